CREATE TABLE IF NOT EXISTS public.schema_migrations_audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    by text NOT NULL DEFAULT session_user,
    version bigint NOT NULL,
    note text NOT NULL,
    up text NOT NULL,
    down text
);
