-- Removes the tenants with all their data, the shared enums, the trigger function, schema private and the extension pg_trgm.
-- No CASCADE: whatever still depends on them is an error.
DROP TABLE public.teams;
DROP TABLE public.organizations;
DROP FUNCTION public.update_updated_at_column();
DROP TYPE public.ai_pillar;
DROP TYPE public.content_type;
DROP TYPE public.payment_status;
DROP TYPE public.consultation_status;
DROP TYPE public.registration_status;
DROP TYPE public.workshop_status;
DROP TYPE public.enrollment_status;
DROP TYPE public.assessment_status;
DROP TYPE public.user_role;
DROP SCHEMA private;
DROP EXTENSION pg_trgm;
