CREATE TABLE IF NOT EXISTS public.schema_migrations (
    version bigint CONSTRAINT schema_migrations_pkey PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    up text NOT NULL,
    down text,
    applied_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    execution_time interval,
    applied_by text NOT NULL DEFAULT session_user,
    toolkit text NOT NULL,
    phase text CHECK (phase IN ('up', 'down')),
    statements_done integer NOT NULL DEFAULT 0,
    statement_started boolean NOT NULL DEFAULT false
);
-- Supabase grants its API's roles everything that is made in public; what is the toolkit's own is none of theirs.
DO $$BEGIN
    IF (SELECT pg_catalog.count(*) = 3 FROM pg_catalog.pg_roles WHERE rolname IN ('anon', 'authenticated', 'service_role')) THEN
        REVOKE ALL ON public.schema_migrations FROM anon, authenticated, service_role;
    END IF;
END$$;
