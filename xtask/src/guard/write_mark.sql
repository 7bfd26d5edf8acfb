INSERT INTO public.schema_mark (mark, system_identifier, database_oid)
SELECT $1,
       (SELECT system_identifier FROM pg_catalog.pg_control_system()),
       (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
ON CONFLICT (only_row) DO UPDATE
SET mark = excluded.mark,
    system_identifier = excluded.system_identifier,
    database_oid = excluded.database_oid,
    marked_at = excluded.marked_at,
    marked_by = excluded.marked_by
