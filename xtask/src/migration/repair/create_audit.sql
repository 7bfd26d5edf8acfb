CREATE TABLE IF NOT EXISTS public.schema_migrations_audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    by text NOT NULL DEFAULT session_user,
    version bigint NOT NULL,
    note text NOT NULL,
    up text NOT NULL,
    down text
);
-- Supabase grants its API's roles everything that is made in public; what is the toolkit's own is none of theirs.
DO $$BEGIN
    IF (SELECT pg_catalog.count(*) = 3 FROM pg_catalog.pg_roles WHERE rolname IN ('anon', 'authenticated', 'service_role')) THEN
        REVOKE ALL ON public.schema_migrations_audit FROM anon, authenticated, service_role;
    END IF;
END$$;
