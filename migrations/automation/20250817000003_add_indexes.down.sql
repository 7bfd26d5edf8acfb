-- Removes the indexes: queries get slower, and a user may have two live subscriptions, which then keep this file from being applied again.
DROP INDEX public.idx_automations_embedding;
DROP INDEX public.idx_user_profiles_current_tools;
DROP INDEX public.idx_automations_ai_context;
DROP INDEX public.idx_automations_tags;
DROP INDEX public.idx_subscriptions_user_id_live;
DROP INDEX public.idx_automation_progress_step_id;
DROP INDEX public.idx_user_automations_automation_id;
DROP INDEX public.idx_discovered_automations_automation_id;
DROP INDEX public.idx_step_media_step_id;
DROP INDEX public.idx_weekly_discoveries_week_of_user_id;
DROP INDEX public.idx_subscriptions_user_id_status;
DROP INDEX public.idx_user_automations_user_id_status;
DROP INDEX public.idx_user_automations_user_id_created_at;
DROP INDEX public.idx_questionnaire_sessions_user_id_status;
DROP INDEX public.idx_questionnaire_sessions_user_id_created_at;
