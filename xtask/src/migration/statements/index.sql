SELECT quote_ident(namespace.nspname) || '.' || quote_ident(class.relname) AS name,
       index.indisvalid AS valid
FROM pg_catalog.pg_index AS index
JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE class.relname = $1
  AND index.indrelid = to_regclass($2)
