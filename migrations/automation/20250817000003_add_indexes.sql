-- Indexes for the queries of the application. PostgreSQL makes none for a foreign key: those that no primary key, unique constraint or
-- composite below begins with have one of their own here.
--
-- GIN and row level security: for whom policies hold, the server evaluates them before any operator that could tell of rows it is given
-- (one that is not leakproof), and the operators of arrays and JSONB are such. So the GIN indexes serve the recommendation service
-- (service_role) and not a signed-in user; the others, of uuid, text, date, timestamptz and the order by distance, serve both.

-- Composite: (user_id, created_at) for the latest activity, (user_id, status) for filters, (week_of, user_id) for the run of a week.
-- Each of the first two serves the foreign key user_id as well.
CREATE INDEX idx_questionnaire_sessions_user_id_created_at ON public.questionnaire_sessions (user_id, created_at);
CREATE INDEX idx_questionnaire_sessions_user_id_status ON public.questionnaire_sessions (user_id, status);
CREATE INDEX idx_user_automations_user_id_created_at ON public.user_automations (user_id, created_at);
CREATE INDEX idx_user_automations_user_id_status ON public.user_automations (user_id, status);
CREATE INDEX idx_subscriptions_user_id_status ON public.subscriptions (user_id, status);
CREATE INDEX idx_weekly_discoveries_week_of_user_id ON public.weekly_discoveries (week_of, user_id);

-- Foreign keys that nothing else begins with.
CREATE INDEX idx_step_media_step_id ON public.step_media (step_id);
CREATE INDEX idx_discovered_automations_automation_id ON public.discovered_automations (automation_id);
CREATE INDEX idx_user_automations_automation_id ON public.user_automations (automation_id);
CREATE INDEX idx_automation_progress_step_id ON public.automation_progress (step_id);

-- One live subscription a user. Stripe never brings one back that is canceled or has expired incomplete; all else may still be paid.
CREATE UNIQUE INDEX idx_subscriptions_user_id_live
    ON public.subscriptions (user_id) WHERE status NOT IN ('canceled', 'incomplete_expired');

-- Arrays by what they hold, and JSONB by containment (@>), which is all that jsonb_path_ops can do, in a smaller index.
CREATE INDEX idx_automations_tags ON public.automations USING gin (tags);
CREATE INDEX idx_automations_ai_context ON public.automations USING gin (ai_context jsonb_path_ops);
CREATE INDEX idx_user_profiles_current_tools ON public.user_profiles USING gin (current_tools);

-- Nearest by cosine distance (<=>). HNSW needs no rows to learn from, as IVFFlat does, so it can be made with the empty table.
CREATE INDEX idx_automations_embedding ON public.automations USING hnsw (embedding public.vector_cosine_ops);
