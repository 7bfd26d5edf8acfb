-- A stand-in of what Supabase brings to every project, as far as policies, foreign keys and sign-in queries can see it.
--
-- Runs in one transaction and makes only what is missing. Whoever else lays it in this database waits for the lock; roles belong to
-- the whole server, where another database's stand-in may be making the same ones.
SET LOCAL client_min_messages = error;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL check_function_bodies = on;
SELECT pg_advisory_xact_lock(hashtextextended('xtask stand-in of supabase', 0));

DO $roles$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            (1, 'anon', 'NOLOGIN INHERIT'),
            (2, 'authenticated', 'NOLOGIN INHERIT'),
            (3, 'service_role', 'NOLOGIN INHERIT BYPASSRLS')) AS role (number, name, attributes)
        WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role.name)
        ORDER BY number
    LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I %s', wanted.name, wanted.attributes);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- made meanwhile, by the stand-in of another database
        END;
    END LOOP;
END
$roles$;

CREATE SCHEMA IF NOT EXISTS auth;
GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role;

-- The columns, defaults and keys of Supabase Auth's own table; only its service writes to it, so nobody is granted anything.
CREATE TABLE IF NOT EXISTS auth.users (
    instance_id uuid,
    id uuid NOT NULL CONSTRAINT users_pkey PRIMARY KEY,
    aud varchar(255),
    role varchar(255),
    email varchar(255),
    encrypted_password varchar(255),
    email_confirmed_at timestamptz,
    invited_at timestamptz,
    confirmation_token varchar(255),
    confirmation_sent_at timestamptz,
    recovery_token varchar(255),
    recovery_sent_at timestamptz,
    email_change_token_new varchar(255),
    email_change varchar(255),
    email_change_sent_at timestamptz,
    last_sign_in_at timestamptz,
    raw_app_meta_data jsonb,
    raw_user_meta_data jsonb,
    is_super_admin boolean,
    created_at timestamptz,
    updated_at timestamptz,
    phone text DEFAULT NULL CONSTRAINT users_phone_key UNIQUE,
    phone_confirmed_at timestamptz,
    phone_change text DEFAULT '',
    phone_change_token varchar(255) DEFAULT '',
    phone_change_sent_at timestamptz,
    confirmed_at timestamptz GENERATED ALWAYS AS (LEAST(email_confirmed_at, phone_confirmed_at)) STORED,
    email_change_token_current varchar(255) DEFAULT '',
    email_change_confirm_status smallint DEFAULT 0
        CONSTRAINT users_email_change_confirm_status_check CHECK (email_change_confirm_status BETWEEN 0 AND 2),
    banned_until timestamptz,
    reauthentication_token varchar(255) DEFAULT '',
    reauthentication_sent_at timestamptz,
    is_sso_user boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    is_anonymous boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX IF NOT EXISTS users_email_partial_key ON auth.users (email) WHERE is_sso_user = false;
CREATE INDEX IF NOT EXISTS users_instance_id_email_idx ON auth.users (instance_id, lower(email::text));
CREATE INDEX IF NOT EXISTS users_instance_id_idx ON auth.users (instance_id);
CREATE INDEX IF NOT EXISTS users_is_anonymous_idx ON auth.users (is_anonymous);
ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;
-- By this comment missing.sql tells the stand-in from the real one.
COMMENT ON TABLE auth.users IS 'Stand-in of Supabase Auth for development and tests, laid by cargo xtask';

-- Language SQL, STABLE and without settings of their own, as the real ones, so that the planner treats policies alike. A claim is
-- NULL when nobody is signed in; a setting that was set and set back is '' and means the same. Claims that are no JSON, and a
-- subject that is no UUID, are errors there and here.
DO $functions$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            ('uid', 'uuid', $body$
    SELECT coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
    )::uuid
$body$),
            ('role', 'text', $body$
    SELECT coalesce(
        nullif(current_setting('request.jwt.claim.role', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
    )::text
$body$),
            ('email', 'text', $body$
    SELECT coalesce(
        nullif(current_setting('request.jwt.claim.email', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
    )::text
$body$),
            ('jwt', 'jsonb', $body$
    SELECT coalesce(
        nullif(current_setting('request.jwt.claim', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')
    )::jsonb
$body$)) AS function (name, returns, body)
        WHERE NOT EXISTS (
            SELECT FROM pg_proc WHERE pronamespace = 'auth'::regnamespace AND proname = function.name AND pronargs = 0)
    LOOP
        EXECUTE format('CREATE FUNCTION auth.%I() RETURNS %s LANGUAGE sql STABLE AS %L', wanted.name, wanted.returns, wanted.body);
    END LOOP;

    IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'supabase_realtime') THEN
        CREATE PUBLICATION supabase_realtime;
    END IF;
END
$functions$;

-- As in every project, the API's roles may do everything in public: policies are what protects rows.
GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
