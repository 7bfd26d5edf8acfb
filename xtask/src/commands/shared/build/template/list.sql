SELECT datname::text AS name,
       coalesce(pg_catalog.shobj_description(oid, 'pg_database'), '') AS comment
FROM pg_catalog.pg_database
WHERE pg_catalog.starts_with(datname::text, 'xtask_')
ORDER BY datname
