-- Removes the thirteen tables with all their data, triggers and comments, the trigger function and the extension.
-- No CASCADE: whatever still depends on them, a vector column of another table too, is an error. Users in auth.users stay.
--
-- What is lost can't be brought back by migrating again: export it first.
DROP TABLE public.usage_metrics;
DROP TABLE public.subscriptions;
DROP TABLE public.automation_progress;
DROP TABLE public.user_automations;
DROP TABLE public.discovered_automations;
DROP TABLE public.weekly_discoveries;
DROP TABLE public.step_media;
DROP TABLE public.implementation_steps;
DROP TABLE public.automation_tools;
DROP TABLE public.automations;
DROP TABLE public.questionnaire_responses;
DROP TABLE public.questionnaire_sessions;
DROP TABLE public.user_profiles;
DROP FUNCTION public.update_updated_at();
DROP EXTENSION vector;
