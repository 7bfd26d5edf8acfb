-- People, their teams and their roles; who the policies take the session for; the policies of the tenants.
--
-- A role is a row of user_roles and nothing else: there is no second column that could say otherwise. An instructor is whoever has an
-- instructor profile (next file). Accounts are made by Supabase Auth and the service, so only they and a platform admin add users.
CREATE TABLE public.users (
    id uuid CONSTRAINT users_pkey PRIMARY KEY
        CONSTRAINT users_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
    organization_id uuid
        CONSTRAINT users_organization_id_fkey REFERENCES public.organizations (id) ON DELETE RESTRICT,
    email text NOT NULL
        CONSTRAINT users_email_check CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 254),
    name text NOT NULL CONSTRAINT users_name_check CHECK (btrim(name) <> ''),
    avatar text,
    job_title text,
    preferences jsonb NOT NULL DEFAULT '{}'
        CONSTRAINT users_preferences_check CHECK (jsonb_typeof(preferences) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE public.team_members (
    team_id uuid NOT NULL CONSTRAINT team_members_team_id_fkey REFERENCES public.teams (id) ON DELETE CASCADE,
    user_id uuid NOT NULL CONSTRAINT team_members_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    role public.user_role NOT NULL DEFAULT 'member'
        CONSTRAINT team_members_role_check CHECK (role IN ('team_lead', 'member')),
    joined_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT team_members_pkey PRIMARY KEY (team_id, user_id)
);

CREATE TABLE public.user_roles (
    id uuid CONSTRAINT user_roles_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT user_roles_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    role public.user_role NOT NULL,
    organization_id uuid
        CONSTRAINT user_roles_organization_id_fkey REFERENCES public.organizations (id) ON DELETE CASCADE,
    granted_by uuid CONSTRAINT user_roles_granted_by_fkey REFERENCES public.users (id) ON DELETE SET NULL,
    granted_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT user_roles_user_id_role_key UNIQUE (user_id, role),
    CONSTRAINT user_roles_organization_id_check CHECK ((role = 'admin') = (organization_id IS NULL))
);

-- team_members.team_id and user_roles.user_id are served by the keys that begin with them.
CREATE UNIQUE INDEX idx_users_lower_email ON public.users (lower(email));
CREATE INDEX idx_users_organization_id_name ON public.users (organization_id, name);
CREATE INDEX idx_users_name_trgm ON public.users USING gin (name gin_trgm_ops);
CREATE INDEX idx_team_members_user_id ON public.team_members (user_id);
CREATE INDEX idx_user_roles_organization_id_role ON public.user_roles (organization_id, role);
CREATE INDEX idx_user_roles_granted_by ON public.user_roles (granted_by);

CREATE TRIGGER update_users_updated_at BEFORE UPDATE ON public.users
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- Who is asking. SECURITY DEFINER, because the policies of these very tables call them: with the caller's rights that would go round
-- in circles. Each tells only of the session's own user, so calling one gives nothing away.
CREATE FUNCTION private.is_admin() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
    SELECT EXISTS (SELECT FROM public.user_roles AS granted WHERE granted.user_id = auth.uid() AND granted.role = 'admin')
$$;
COMMENT ON FUNCTION private.is_admin() IS 'Whether the session''s user is an admin of the platform';

CREATE FUNCTION private.organization() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$ SELECT person.organization_id FROM public.users AS person WHERE person.id = auth.uid() $$;
COMMENT ON FUNCTION private.organization() IS 'The organization of the session''s user; NULL where there is none';

-- A role that was granted in an organization that its holder has left has no force.
CREATE FUNCTION private.administered_organization() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
    SELECT granted.organization_id
    FROM public.user_roles AS granted
    JOIN public.users AS person ON person.id = granted.user_id AND person.organization_id = granted.organization_id
    WHERE granted.user_id = auth.uid() AND granted.role = 'org_admin'
$$;
COMMENT ON FUNCTION private.administered_organization() IS 'The organization that the session''s user is org_admin of; NULL for all others';

CREATE FUNCTION private.organization_users() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
    SELECT person.id FROM public.users AS person
    WHERE person.organization_id = (SELECT private.organization()) OR (SELECT private.is_admin())
$$;
COMMENT ON FUNCTION private.organization_users() IS 'Everybody in the organization of the session''s user; everybody at all for a platform admin';

CREATE FUNCTION private.managed_users() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
    SELECT person.id FROM public.users AS person
    WHERE person.organization_id = (SELECT private.administered_organization()) OR (SELECT private.is_admin())
$$;
COMMENT ON FUNCTION private.managed_users() IS 'Whom the session''s user administers: an org_admin the organization, a platform admin everybody, others nobody';

CREATE FUNCTION private.managed_teams() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
    SELECT team.id FROM public.teams AS team
    WHERE team.organization_id = (SELECT private.administered_organization()) OR (SELECT private.is_admin())
$$;
COMMENT ON FUNCTION private.managed_teams() IS 'The teams that the session''s user administers';

CREATE FUNCTION private.led_users() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
    SELECT member.user_id
    FROM public.team_members AS lead
    JOIN public.team_members AS member ON member.team_id = lead.team_id
    WHERE lead.user_id = auth.uid() AND lead.role = 'team_lead'
$$;
COMMENT ON FUNCTION private.led_users() IS 'The members of the teams that the session''s user leads';

REVOKE ALL ON FUNCTION private.is_admin(), private.organization(), private.administered_organization(), private.organization_users(),
    private.managed_users(), private.managed_teams(), private.led_users() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.is_admin(), private.organization(), private.administered_organization(), private.organization_users(),
    private.managed_users(), private.managed_teams(), private.led_users() TO authenticated;

ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.users FORCE ROW LEVEL SECURITY;
ALTER TABLE public.team_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.team_members FORCE ROW LEVEL SECURITY;
ALTER TABLE public.user_roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.user_roles FORCE ROW LEVEL SECURITY;

-- The address is Supabase Auth's; the service copies it. A role is granted or taken back, never changed.
REVOKE ALL ON public.users, public.team_members, public.user_roles FROM anon, authenticated;
GRANT SELECT, INSERT, DELETE ON public.users, public.team_members, public.user_roles TO authenticated;
GRANT UPDATE (organization_id, name, avatar, job_title, preferences) ON public.users TO authenticated;
GRANT UPDATE (team_id, user_id, role) ON public.team_members TO authenticated;
GRANT UPDATE (user_id, role, organization_id) ON public.user_roles TO authenticated;

CREATE POLICY organizations_select ON public.organizations FOR SELECT TO authenticated
    USING (id = (SELECT private.organization()) OR (SELECT private.is_admin()));
CREATE POLICY organizations_insert ON public.organizations FOR INSERT TO authenticated
    WITH CHECK ((SELECT private.is_admin()));
CREATE POLICY organizations_update ON public.organizations FOR UPDATE TO authenticated
    USING (id = (SELECT private.administered_organization()) OR (SELECT private.is_admin()));
CREATE POLICY organizations_delete ON public.organizations FOR DELETE TO authenticated
    USING ((SELECT private.is_admin()));

CREATE POLICY teams_select ON public.teams FOR SELECT TO authenticated
    USING (organization_id = (SELECT private.organization()) OR (SELECT private.is_admin()));
CREATE POLICY teams_insert ON public.teams FOR INSERT TO authenticated
    WITH CHECK (organization_id = (SELECT private.administered_organization()) OR (SELECT private.is_admin()));
CREATE POLICY teams_update ON public.teams FOR UPDATE TO authenticated
    USING (organization_id = (SELECT private.administered_organization()) OR (SELECT private.is_admin()))
    WITH CHECK (organization_id = (SELECT private.administered_organization()) OR (SELECT private.is_admin()));
CREATE POLICY teams_delete ON public.teams FOR DELETE TO authenticated
    USING (organization_id = (SELECT private.administered_organization()) OR (SELECT private.is_admin()));

-- Nobody takes themselves, or anybody, to another organization but a platform admin. private.organization() is as it was before.
-- The instructors' sight of their students is added with the courses.
CREATE POLICY users_select ON public.users FOR SELECT TO authenticated
    USING (
        id = (SELECT auth.uid())
        OR id IN (SELECT private.managed_users())
        OR id IN (SELECT private.led_users())
    );
CREATE POLICY users_insert ON public.users FOR INSERT TO authenticated
    WITH CHECK ((SELECT private.is_admin()));
CREATE POLICY users_update ON public.users FOR UPDATE TO authenticated
    USING (id = (SELECT auth.uid()) OR id IN (SELECT private.managed_users()))
    WITH CHECK (
        (id = (SELECT auth.uid()) AND organization_id IS NOT DISTINCT FROM (SELECT private.organization()))
        OR organization_id = (SELECT private.administered_organization())
        OR (SELECT private.is_admin())
    );
CREATE POLICY users_delete ON public.users FOR DELETE TO authenticated
    USING ((SELECT private.is_admin()));

CREATE POLICY team_members_select ON public.team_members FOR SELECT TO authenticated
    USING (
        user_id = (SELECT auth.uid())
        OR team_id IN (SELECT private.managed_teams())
        OR user_id IN (SELECT private.led_users())
    );
CREATE POLICY team_members_insert ON public.team_members FOR INSERT TO authenticated
    WITH CHECK (team_id IN (SELECT private.managed_teams()) AND user_id IN (SELECT private.managed_users()));
CREATE POLICY team_members_update ON public.team_members FOR UPDATE TO authenticated
    USING (team_id IN (SELECT private.managed_teams()))
    WITH CHECK (team_id IN (SELECT private.managed_teams()) AND user_id IN (SELECT private.managed_users()));
CREATE POLICY team_members_delete ON public.team_members FOR DELETE TO authenticated
    USING (team_id IN (SELECT private.managed_teams()));

-- An org_admin grants what holds in the organization, to its people. Only a platform admin makes another one.
CREATE POLICY user_roles_select ON public.user_roles FOR SELECT TO authenticated
    USING (
        user_id = (SELECT auth.uid())
        OR organization_id = (SELECT private.administered_organization())
        OR (SELECT private.is_admin())
    );
CREATE POLICY user_roles_insert ON public.user_roles FOR INSERT TO authenticated
    WITH CHECK (
        (organization_id = (SELECT private.administered_organization()) AND user_id IN (SELECT private.managed_users()))
        OR (SELECT private.is_admin())
    );
CREATE POLICY user_roles_update ON public.user_roles FOR UPDATE TO authenticated
    USING (organization_id = (SELECT private.administered_organization()) OR (SELECT private.is_admin()))
    WITH CHECK (
        (organization_id = (SELECT private.administered_organization()) AND user_id IN (SELECT private.managed_users()))
        OR (SELECT private.is_admin())
    );
CREATE POLICY user_roles_delete ON public.user_roles FOR DELETE TO authenticated
    USING (organization_id = (SELECT private.administered_organization()) OR (SELECT private.is_admin()));

COMMENT ON TABLE public.users IS 'Profiles of the people in auth.users; one organization each';
COMMENT ON COLUMN public.users.organization_id IS 'NULL for the platform''s own people and for who has not joined an organization yet';
COMMENT ON COLUMN public.users.email IS 'Copied from auth.users by the service; unique whatever its letter case (idx_users_lower_email)';
COMMENT ON COLUMN public.users.avatar IS 'URL of the picture; NULL for the initials';
COMMENT ON COLUMN public.users.preferences IS 'Object owned by the application, e.g. {"theme": "dark"}';

COMMENT ON TABLE public.team_members IS 'Who is in which team';
COMMENT ON COLUMN public.team_members.role IS 'Within this team: team_lead sees its members and their progress, member does not';

COMMENT ON TABLE public.user_roles IS 'Roles beyond that of a plain member; each at most once a user';
COMMENT ON COLUMN public.user_roles.organization_id IS 'Where the role holds; NULL for admin, who is of the platform, and for nobody else';
COMMENT ON COLUMN public.user_roles.granted_by IS 'NULL for the service, and when that account was deleted';
