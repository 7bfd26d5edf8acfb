SELECT version,
       name,
       checksum,
       pg_catalog.to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS applied_at,
       coalesce(extract(epoch FROM execution_time), 0)::float8 AS seconds,
       applied_by,
       coalesce(phase, '') AS phase,
       statements_done,
       statement_started
FROM public.schema_migrations
ORDER BY version
