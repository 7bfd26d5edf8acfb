-- Who may do what: policies and grants for the API's roles. Row level security is on since the file before.
--
-- - One policy a table and command, for those who are signed in: their own rows, or all of them for an admin. Rows without a user of
--   their own follow their parent's.
-- - auth.uid() and is_admin() stand in subqueries, so that they are evaluated once a statement and not once a row.
-- - Each policy for INSERT and UPDATE checks the row as it will be: nobody gives a row to somebody else, or makes it under somebody
--   else's parent. Where USING asks for an admin only, the row doesn't matter, and USING is the check too.
-- - Whom nothing is granted needs no policy: nobody but service_role, for whom no policy holds, writes subscriptions and usage_metrics.

-- Whether who is signed in is an admin. A policy on user_profiles that reads user_profiles would never come to an end, so this reads it as
-- its owner, whom no policy may hold back: the role that migrates is a superuser or has BYPASSRLS, as Supabase's `postgres` does.
CREATE FUNCTION public.is_admin() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
    SELECT EXISTS (
        SELECT FROM public.user_profiles AS profile
        WHERE profile.user_id = (SELECT auth.uid()) AND profile.role = 'admin')
$$;
-- Policies for `authenticated` call it, as the role that asks. Those for anon don't, and no policy holds for service_role.
REVOKE ALL ON FUNCTION public.is_admin() FROM PUBLIC, anon, authenticated, service_role;
GRANT EXECUTE ON FUNCTION public.is_admin() TO authenticated;
COMMENT ON FUNCTION public.is_admin() IS 'Whether the signed-in user is an admin; false when nobody is signed in';

GRANT SELECT, INSERT, UPDATE, DELETE ON public.user_profiles, public.questionnaire_sessions, public.questionnaire_responses,
    public.automations, public.automation_tools, public.implementation_steps, public.step_media, public.weekly_discoveries,
    public.discovered_automations, public.user_automations, public.automation_progress TO authenticated;
GRANT SELECT ON public.subscriptions, public.usage_metrics TO authenticated;
GRANT SELECT ON public.automations, public.automation_tools, public.implementation_steps, public.step_media TO anon;

-- The new row of who is no admin has the role user: so nobody makes themselves one, by whatever command.
CREATE POLICY user_profiles_select ON public.user_profiles FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()));
CREATE POLICY user_profiles_insert ON public.user_profiles FOR INSERT TO authenticated
    WITH CHECK ((user_id = (SELECT auth.uid()) AND role = 'user') OR (SELECT public.is_admin()));
CREATE POLICY user_profiles_update ON public.user_profiles FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()))
    WITH CHECK ((user_id = (SELECT auth.uid()) AND role = 'user') OR (SELECT public.is_admin()));
CREATE POLICY user_profiles_delete ON public.user_profiles FOR DELETE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()));

CREATE POLICY questionnaire_sessions_select ON public.questionnaire_sessions FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()));
CREATE POLICY questionnaire_sessions_insert ON public.questionnaire_sessions FOR INSERT TO authenticated
    WITH CHECK (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()));
CREATE POLICY questionnaire_sessions_update ON public.questionnaire_sessions FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()))
    WITH CHECK (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()));
CREATE POLICY questionnaire_sessions_delete ON public.questionnaire_sessions FOR DELETE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()));

CREATE POLICY questionnaire_responses_select ON public.questionnaire_responses FOR SELECT TO authenticated
    USING (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.questionnaire_sessions AS session
            WHERE session.id = questionnaire_responses.session_id AND session.user_id = (SELECT auth.uid()))
    );
CREATE POLICY questionnaire_responses_insert ON public.questionnaire_responses FOR INSERT TO authenticated
    WITH CHECK (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.questionnaire_sessions AS session
            WHERE session.id = questionnaire_responses.session_id AND session.user_id = (SELECT auth.uid()))
    );
CREATE POLICY questionnaire_responses_update ON public.questionnaire_responses FOR UPDATE TO authenticated
    USING (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.questionnaire_sessions AS session
            WHERE session.id = questionnaire_responses.session_id AND session.user_id = (SELECT auth.uid()))
    )
    WITH CHECK (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.questionnaire_sessions AS session
            WHERE session.id = questionnaire_responses.session_id AND session.user_id = (SELECT auth.uid()))
    );
CREATE POLICY questionnaire_responses_delete ON public.questionnaire_responses FOR DELETE TO authenticated
    USING (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.questionnaire_sessions AS session
            WHERE session.id = questionnaire_responses.session_id AND session.user_id = (SELECT auth.uid()))
    );

-- The library: all read what is published, admins read and write everything. anon has policies of its own, for it may not ask who is an
-- admin.
CREATE POLICY automations_select_anon ON public.automations FOR SELECT TO anon
    USING (published);
CREATE POLICY automations_select ON public.automations FOR SELECT TO authenticated
    USING (published OR (SELECT public.is_admin()));
CREATE POLICY automations_insert ON public.automations FOR INSERT TO authenticated
    WITH CHECK ((SELECT public.is_admin()));
CREATE POLICY automations_update ON public.automations FOR UPDATE TO authenticated
    USING ((SELECT public.is_admin()));
CREATE POLICY automations_delete ON public.automations FOR DELETE TO authenticated
    USING ((SELECT public.is_admin()));

CREATE POLICY automation_tools_select_anon ON public.automation_tools FOR SELECT TO anon
    USING (
        EXISTS (
            SELECT FROM public.automations AS automation
            WHERE automation.id = automation_tools.automation_id AND automation.published)
    );
CREATE POLICY automation_tools_select ON public.automation_tools FOR SELECT TO authenticated
    USING (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.automations AS automation
            WHERE automation.id = automation_tools.automation_id AND automation.published)
    );
CREATE POLICY automation_tools_insert ON public.automation_tools FOR INSERT TO authenticated
    WITH CHECK ((SELECT public.is_admin()));
CREATE POLICY automation_tools_update ON public.automation_tools FOR UPDATE TO authenticated
    USING ((SELECT public.is_admin()));
CREATE POLICY automation_tools_delete ON public.automation_tools FOR DELETE TO authenticated
    USING ((SELECT public.is_admin()));

CREATE POLICY implementation_steps_select_anon ON public.implementation_steps FOR SELECT TO anon
    USING (
        EXISTS (
            SELECT FROM public.automations AS automation
            WHERE automation.id = implementation_steps.automation_id AND automation.published)
    );
CREATE POLICY implementation_steps_select ON public.implementation_steps FOR SELECT TO authenticated
    USING (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.automations AS automation
            WHERE automation.id = implementation_steps.automation_id AND automation.published)
    );
CREATE POLICY implementation_steps_insert ON public.implementation_steps FOR INSERT TO authenticated
    WITH CHECK ((SELECT public.is_admin()));
CREATE POLICY implementation_steps_update ON public.implementation_steps FOR UPDATE TO authenticated
    USING ((SELECT public.is_admin()));
CREATE POLICY implementation_steps_delete ON public.implementation_steps FOR DELETE TO authenticated
    USING ((SELECT public.is_admin()));

CREATE POLICY step_media_select_anon ON public.step_media FOR SELECT TO anon
    USING (
        EXISTS (
            SELECT FROM public.implementation_steps AS step
            JOIN public.automations AS automation ON automation.id = step.automation_id
            WHERE step.id = step_media.step_id AND automation.published)
    );
CREATE POLICY step_media_select ON public.step_media FOR SELECT TO authenticated
    USING (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.implementation_steps AS step
            JOIN public.automations AS automation ON automation.id = step.automation_id
            WHERE step.id = step_media.step_id AND automation.published)
    );
CREATE POLICY step_media_insert ON public.step_media FOR INSERT TO authenticated
    WITH CHECK ((SELECT public.is_admin()));
CREATE POLICY step_media_update ON public.step_media FOR UPDATE TO authenticated
    USING ((SELECT public.is_admin()));
CREATE POLICY step_media_delete ON public.step_media FOR DELETE TO authenticated
    USING ((SELECT public.is_admin()));

CREATE POLICY weekly_discoveries_select ON public.weekly_discoveries FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()));
CREATE POLICY weekly_discoveries_insert ON public.weekly_discoveries FOR INSERT TO authenticated
    WITH CHECK (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()));
CREATE POLICY weekly_discoveries_update ON public.weekly_discoveries FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()))
    WITH CHECK (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()));
CREATE POLICY weekly_discoveries_delete ON public.weekly_discoveries FOR DELETE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()));

CREATE POLICY discovered_automations_select ON public.discovered_automations FOR SELECT TO authenticated
    USING (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.weekly_discoveries AS discovery
            WHERE discovery.id = discovered_automations.discovery_id AND discovery.user_id = (SELECT auth.uid()))
    );
CREATE POLICY discovered_automations_insert ON public.discovered_automations FOR INSERT TO authenticated
    WITH CHECK (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.weekly_discoveries AS discovery
            WHERE discovery.id = discovered_automations.discovery_id AND discovery.user_id = (SELECT auth.uid()))
    );
CREATE POLICY discovered_automations_update ON public.discovered_automations FOR UPDATE TO authenticated
    USING (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.weekly_discoveries AS discovery
            WHERE discovery.id = discovered_automations.discovery_id AND discovery.user_id = (SELECT auth.uid()))
    )
    WITH CHECK (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.weekly_discoveries AS discovery
            WHERE discovery.id = discovered_automations.discovery_id AND discovery.user_id = (SELECT auth.uid()))
    );
CREATE POLICY discovered_automations_delete ON public.discovered_automations FOR DELETE TO authenticated
    USING (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.weekly_discoveries AS discovery
            WHERE discovery.id = discovered_automations.discovery_id AND discovery.user_id = (SELECT auth.uid()))
    );

CREATE POLICY user_automations_select ON public.user_automations FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()));
CREATE POLICY user_automations_insert ON public.user_automations FOR INSERT TO authenticated
    WITH CHECK (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()));
CREATE POLICY user_automations_update ON public.user_automations FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()))
    WITH CHECK (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()));
CREATE POLICY user_automations_delete ON public.user_automations FOR DELETE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()));

CREATE POLICY automation_progress_select ON public.automation_progress FOR SELECT TO authenticated
    USING (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.user_automations AS taken
            WHERE taken.id = automation_progress.user_automation_id AND taken.user_id = (SELECT auth.uid()))
    );
CREATE POLICY automation_progress_insert ON public.automation_progress FOR INSERT TO authenticated
    WITH CHECK (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.user_automations AS taken
            WHERE taken.id = automation_progress.user_automation_id AND taken.user_id = (SELECT auth.uid()))
    );
CREATE POLICY automation_progress_update ON public.automation_progress FOR UPDATE TO authenticated
    USING (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.user_automations AS taken
            WHERE taken.id = automation_progress.user_automation_id AND taken.user_id = (SELECT auth.uid()))
    )
    WITH CHECK (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.user_automations AS taken
            WHERE taken.id = automation_progress.user_automation_id AND taken.user_id = (SELECT auth.uid()))
    );
CREATE POLICY automation_progress_delete ON public.automation_progress FOR DELETE TO authenticated
    USING (
        (SELECT public.is_admin())
        OR EXISTS (
            SELECT FROM public.user_automations AS taken
            WHERE taken.id = automation_progress.user_automation_id AND taken.user_id = (SELECT auth.uid()))
    );

CREATE POLICY subscriptions_select ON public.subscriptions FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()));
CREATE POLICY usage_metrics_select ON public.usage_metrics FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT public.is_admin()));
