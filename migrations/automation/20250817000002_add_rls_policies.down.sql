-- Takes the policies and grants of the API's roles back: they reach nothing until the file is applied again. Row level security stays on,
-- as the file before left it.

DROP POLICY usage_metrics_select ON public.usage_metrics;
DROP POLICY subscriptions_select ON public.subscriptions;
DROP POLICY automation_progress_delete ON public.automation_progress;
DROP POLICY automation_progress_update ON public.automation_progress;
DROP POLICY automation_progress_insert ON public.automation_progress;
DROP POLICY automation_progress_select ON public.automation_progress;
DROP POLICY user_automations_delete ON public.user_automations;
DROP POLICY user_automations_update ON public.user_automations;
DROP POLICY user_automations_insert ON public.user_automations;
DROP POLICY user_automations_select ON public.user_automations;
DROP POLICY discovered_automations_delete ON public.discovered_automations;
DROP POLICY discovered_automations_update ON public.discovered_automations;
DROP POLICY discovered_automations_insert ON public.discovered_automations;
DROP POLICY discovered_automations_select ON public.discovered_automations;
DROP POLICY weekly_discoveries_delete ON public.weekly_discoveries;
DROP POLICY weekly_discoveries_update ON public.weekly_discoveries;
DROP POLICY weekly_discoveries_insert ON public.weekly_discoveries;
DROP POLICY weekly_discoveries_select ON public.weekly_discoveries;
DROP POLICY step_media_delete ON public.step_media;
DROP POLICY step_media_update ON public.step_media;
DROP POLICY step_media_insert ON public.step_media;
DROP POLICY step_media_select ON public.step_media;
DROP POLICY step_media_select_anon ON public.step_media;
DROP POLICY implementation_steps_delete ON public.implementation_steps;
DROP POLICY implementation_steps_update ON public.implementation_steps;
DROP POLICY implementation_steps_insert ON public.implementation_steps;
DROP POLICY implementation_steps_select ON public.implementation_steps;
DROP POLICY implementation_steps_select_anon ON public.implementation_steps;
DROP POLICY automation_tools_delete ON public.automation_tools;
DROP POLICY automation_tools_update ON public.automation_tools;
DROP POLICY automation_tools_insert ON public.automation_tools;
DROP POLICY automation_tools_select ON public.automation_tools;
DROP POLICY automation_tools_select_anon ON public.automation_tools;
DROP POLICY automations_delete ON public.automations;
DROP POLICY automations_update ON public.automations;
DROP POLICY automations_insert ON public.automations;
DROP POLICY automations_select ON public.automations;
DROP POLICY automations_select_anon ON public.automations;
DROP POLICY questionnaire_responses_delete ON public.questionnaire_responses;
DROP POLICY questionnaire_responses_update ON public.questionnaire_responses;
DROP POLICY questionnaire_responses_insert ON public.questionnaire_responses;
DROP POLICY questionnaire_responses_select ON public.questionnaire_responses;
DROP POLICY questionnaire_sessions_delete ON public.questionnaire_sessions;
DROP POLICY questionnaire_sessions_update ON public.questionnaire_sessions;
DROP POLICY questionnaire_sessions_insert ON public.questionnaire_sessions;
DROP POLICY questionnaire_sessions_select ON public.questionnaire_sessions;
DROP POLICY user_profiles_delete ON public.user_profiles;
DROP POLICY user_profiles_update ON public.user_profiles;
DROP POLICY user_profiles_insert ON public.user_profiles;
DROP POLICY user_profiles_select ON public.user_profiles;
DROP FUNCTION public.is_admin();
REVOKE ALL ON public.user_profiles, public.questionnaire_sessions, public.questionnaire_responses, public.automations,
    public.automation_tools, public.implementation_steps, public.step_media, public.weekly_discoveries,
    public.discovered_automations, public.user_automations, public.automation_progress, public.subscriptions,
    public.usage_metrics FROM anon, authenticated;
