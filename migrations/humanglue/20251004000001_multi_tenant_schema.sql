-- The tenants: organizations and their teams; the enums that all later files share; updated_at; names found by trigram.
--
-- What holds in all files:
-- - Every row belongs, by its user, course or workshop, to one organization. Nobody but a platform admin reads or writes across them.
-- - Row level security is on and forced everywhere, with one policy for each command. All policies are for `authenticated`. anon is
--   granted nothing; service_role bypasses policies. What needs no session (the person who asks, their roles, their courses) is a
--   function of schema `private`, called in a subquery, so that it is evaluated once a statement and not once a row.
-- - Columns that say whose a row is are not granted for UPDATE where nobody has a reason to move it; elsewhere WITH CHECK holds it.
-- - Whoever migrates must bypass row level security, as `postgres` does on Supabase: the functions of `private` run with its rights.
-- - Points in time are timestamptz. Sums of money are in the currency that stands beside them, else in US dollars.
--
-- gen_random_uuid() is PostgreSQL's own, so uuid-ossp is not needed. The policies of both tables need users: they come in the next
-- file; until then nobody but service_role reaches a row.
CREATE EXTENSION pg_trgm SCHEMA public;

-- Helpers of policies and triggers. Not among the API's schemas, so none of them can be called over HTTP.
CREATE SCHEMA private;
GRANT USAGE ON SCHEMA private TO authenticated;
COMMENT ON SCHEMA private IS 'Functions of policies and triggers; not exposed by the API';

CREATE TYPE public.user_role AS ENUM ('admin', 'org_admin', 'team_lead', 'member');
COMMENT ON TYPE public.user_role IS 'admin: of the platform, all organizations; the others within one organization';
CREATE TYPE public.assessment_status AS ENUM ('not_started', 'in_progress', 'completed', 'archived');
CREATE TYPE public.enrollment_status AS ENUM ('enrolled', 'in_progress', 'completed', 'dropped');
CREATE TYPE public.workshop_status AS ENUM ('draft', 'published', 'in_progress', 'completed', 'cancelled');
CREATE TYPE public.registration_status AS ENUM ('registered', 'waitlisted', 'attended', 'cancelled', 'no_show');
CREATE TYPE public.consultation_status AS ENUM ('requested', 'scheduled', 'completed', 'cancelled');
CREATE TYPE public.payment_status AS ENUM ('pending', 'completed', 'failed', 'refunded');
CREATE TYPE public.content_type AS ENUM ('video', 'article', 'quiz', 'assignment', 'resource');
CREATE TYPE public.ai_pillar AS ENUM ('adaptability', 'coaching', 'marketplace');
COMMENT ON TYPE public.ai_pillar IS 'Which of the three parts of the offer something belongs to';

CREATE FUNCTION public.update_updated_at_column() RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION public.update_updated_at_column() FROM PUBLIC, anon, authenticated;
COMMENT ON FUNCTION public.update_updated_at_column() IS 'Trigger: updated_at is the time of the transaction that changed the row';

CREATE TABLE public.organizations (
    id uuid CONSTRAINT organizations_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL CONSTRAINT organizations_name_check CHECK (btrim(name) <> ''),
    slug text NOT NULL CONSTRAINT organizations_slug_key UNIQUE
        CONSTRAINT organizations_slug_check CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    plan text NOT NULL DEFAULT 'trial'
        CONSTRAINT organizations_plan_check CHECK (plan IN ('trial', 'team', 'business', 'enterprise')),
    settings jsonb NOT NULL DEFAULT '{}'
        CONSTRAINT organizations_settings_check CHECK (jsonb_typeof(settings) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE public.teams (
    id uuid CONSTRAINT teams_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL
        CONSTRAINT teams_organization_id_fkey REFERENCES public.organizations (id) ON DELETE CASCADE,
    name text NOT NULL CONSTRAINT teams_name_check CHECK (btrim(name) <> ''),
    description text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT teams_organization_id_name_key UNIQUE (organization_id, name)
);

-- teams.organization_id is served by its unique key.
CREATE INDEX idx_organizations_name_trgm ON public.organizations USING gin (name gin_trgm_ops);

CREATE TRIGGER update_organizations_updated_at BEFORE UPDATE ON public.organizations
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_teams_updated_at BEFORE UPDATE ON public.teams
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.organizations FORCE ROW LEVEL SECURITY;
ALTER TABLE public.teams ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.teams FORCE ROW LEVEL SECURITY;

-- The platform grants everything to everybody; what is left is what policies look at. The plan follows the bill: the service writes it.
REVOKE ALL ON public.organizations, public.teams FROM anon, authenticated;
GRANT SELECT, INSERT, DELETE ON public.organizations, public.teams TO authenticated;
GRANT UPDATE (name, slug, settings) ON public.organizations TO authenticated;
GRANT UPDATE (organization_id, name, description) ON public.teams TO authenticated;

COMMENT ON TABLE public.organizations IS 'Tenants: the customers, whose people, courses and figures are kept apart';
COMMENT ON COLUMN public.organizations.slug IS 'Name in URLs: lower-case letters, digits and single hyphens';
COMMENT ON COLUMN public.organizations.plan IS 'What the organization pays for: trial, team, business or enterprise; written by the service';
COMMENT ON COLUMN public.organizations.settings IS 'Object owned by the application, e.g. {"locale": "en"}';

COMMENT ON TABLE public.teams IS 'Departments or groups within an organization';
