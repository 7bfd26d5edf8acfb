SELECT mark
FROM public.schema_mark
WHERE system_identifier = (SELECT system_identifier FROM pg_catalog.pg_control_system())
  AND database_oid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
