-- Removes PromptPal's seven tables with all their data, indexes, policies, triggers and comments, and the two trigger functions.
-- No CASCADE: whatever still depends on them is an error. Users in auth.users stay.
--
-- What is lost can't be brought back by migrating again: export prompts and keys first if anybody has made some.
DROP TABLE public.usage_tracking;
DROP TABLE public.encrypted_api_keys;
DROP TABLE public.variables;
DROP TABLE public.module_options;
DROP TABLE public.modules;
DROP TABLE public.prompts;
DROP TABLE public.folders;
DROP FUNCTION public.stamp_author();
DROP FUNCTION public.update_updated_at();
