BEGIN;
SET LOCAL client_min_messages = warning;
CREATE TABLE IF NOT EXISTS public.schema_mark (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    mark text NOT NULL CHECK (mark IN ('development', 'test', 'production')),
    system_identifier bigint NOT NULL,
    database_oid oid NOT NULL,
    marked_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    marked_by text NOT NULL DEFAULT session_user
);
-- Supabase grants its API's roles everything that is made in public; what is the toolkit's own is none of theirs.
DO $$BEGIN
    IF (SELECT pg_catalog.count(*) = 3 FROM pg_catalog.pg_roles WHERE rolname IN ('anon', 'authenticated', 'service_role')) THEN
        REVOKE ALL ON public.schema_mark FROM anon, authenticated, service_role;
    END IF;
END$$;
COMMIT;
