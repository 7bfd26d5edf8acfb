-- Removes the core tables and the functions that the policies of all tables stand on.
-- No CASCADE: whatever still depends on them is an error. The policies go first where they name another table.
DROP POLICY organizations_select ON public.organizations;
DROP POLICY users_select ON public.users;
DROP TABLE public.audit_logs;
DROP TABLE public.sessions;
DROP TABLE public.messages;
DROP TABLE public.documents;
DROP TABLE public.recommendations;
DROP TABLE public.competencies;
DROP TABLE public.bilans;
DROP TABLE public.users;
DROP TABLE public.organizations;
DROP FUNCTION public.grant_application(REGROLE);
DROP FUNCTION public.refuse_change();
DROP FUNCTION public.touch_bilan();
DROP FUNCTION public.set_updated_at();
DROP FUNCTION public.app_keeps_bilan(UUID, UUID, UUID, UUID);
DROP FUNCTION public.app_sees_user(UUID);
DROP FUNCTION public.app_is_admin();
DROP FUNCTION public.app_administered_organization();
DROP FUNCTION public.app_user_organization();
DROP FUNCTION public.app_user_role();
DROP FUNCTION public.app_account();
DROP FUNCTION public.app_user_id();
