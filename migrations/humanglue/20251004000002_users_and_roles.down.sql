-- Removes people's profiles, teams' members and roles with all their data, the policies of the tenants, and what they stand on.
-- Accounts in auth.users stay.
DROP POLICY teams_delete ON public.teams;
DROP POLICY teams_update ON public.teams;
DROP POLICY teams_insert ON public.teams;
DROP POLICY teams_select ON public.teams;
DROP POLICY organizations_delete ON public.organizations;
DROP POLICY organizations_update ON public.organizations;
DROP POLICY organizations_insert ON public.organizations;
DROP POLICY organizations_select ON public.organizations;
DROP TABLE public.user_roles;
DROP TABLE public.team_members;
DROP TABLE public.users;
DROP FUNCTION private.led_users();
DROP FUNCTION private.managed_teams();
DROP FUNCTION private.managed_users();
DROP FUNCTION private.organization_users();
DROP FUNCTION private.administered_organization();
DROP FUNCTION private.organization();
DROP FUNCTION private.is_admin();
