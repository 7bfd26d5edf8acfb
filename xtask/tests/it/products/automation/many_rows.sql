-- Enough rows for indexes to matter: 5,000 users, of whom the first 100 are busy, and 1,600 automations.
--
-- An embedding is a point of a torus in 1536 dimensions, automation n at the angles 2π/40 · (n / 40) and 2π/40 · (n % 40): who is near
-- whom is known without asking. The test makes its question by the same formula.
INSERT INTO auth.users (id, email)
SELECT format('0000000e-0000-4000-8000-%s', lpad(n::text, 12, '0'))::uuid, format('u%s@example.com', n)
FROM generate_series(1, 5000) AS n;

INSERT INTO user_profiles (user_id, business_size, experience, current_tools)
SELECT id, 'solo', 'beginner', ARRAY['Slack', 'tool ' || row_number() OVER (ORDER BY id) % 500] FROM auth.users;

INSERT INTO automations (title, slug, description, difficulty, published, tags, ai_context, embedding)
SELECT
    'automation ' || n,
    'automation-' || n,
    repeat('What it does, in a few words. ', 8),
    'easy',
    n % 20 <> 0,
    ARRAY['all', 'tag-' || n % 200],
    jsonb_build_object('industries', jsonb_build_array('industry-' || n % 200)),
    (
        SELECT array_agg((cos(pi() / 20 * (n / 40) + i::double precision) + cos(pi() / 20 * (n % 40) + i * sqrt(2)))::real ORDER BY i)
        FROM generate_series(1, 1536) AS i
    )::vector
FROM generate_series(0, 1599) AS n;

INSERT INTO implementation_steps (automation_id, position, title) SELECT id, n, 'step' FROM automations, generate_series(1, 3) AS n;
INSERT INTO step_media (step_id, media_type, url) SELECT id, 'image', 'https://example.com/a.png' FROM implementation_steps;
INSERT INTO automation_tools (automation_id, tool_name) SELECT id, 'tool ' || n FROM automations, generate_series(1, 3) AS n;

INSERT INTO questionnaire_sessions (user_id, status, created_at)
SELECT id, CASE n WHEN 1 THEN 'in-progress' ELSE 'abandoned' END, now() - n * interval '1 hour'
FROM (SELECT id FROM auth.users ORDER BY id LIMIT 100) AS busy, generate_series(1, 200) AS n;
INSERT INTO questionnaire_responses (session_id, question_key, answer) SELECT id, 'question', '1' FROM questionnaire_sessions;

INSERT INTO weekly_discoveries (user_id, week_of)
SELECT id, date '2024-01-01' + 7 * n FROM (SELECT id FROM auth.users ORDER BY id LIMIT 100) AS busy, generate_series(1, 104) AS n;
INSERT INTO discovered_automations (discovery_id, automation_id, rank, score)
SELECT discovery.id, automation.id, 1, 0.5
FROM (SELECT id, row_number() OVER () AS n FROM weekly_discoveries) AS discovery
JOIN (SELECT id, row_number() OVER () AS n FROM automations) AS automation ON automation.n = discovery.n % 1600 + 1;

INSERT INTO user_automations (user_id, automation_id, status, created_at)
SELECT busy.id, automation.id, CASE WHEN n <= 3 THEN 'in-progress' ELSE 'saved' END, now() - n * interval '1 hour'
FROM (SELECT id FROM auth.users ORDER BY id LIMIT 100) AS busy, (SELECT id, row_number() OVER () AS n FROM automations LIMIT 200) AS automation;
INSERT INTO automation_progress (user_automation_id, step_id)
SELECT taken.id, step.id FROM user_automations AS taken JOIN implementation_steps AS step USING (automation_id) WHERE step.position = 1;

INSERT INTO subscriptions (user_id, stripe_customer_id, stripe_subscription_id, status)
SELECT busy.id, format('cus_%s_%s', busy.id, n), format('sub_%s_%s', busy.id, n), CASE n WHEN 1 THEN 'active' WHEN 2 THEN 'incomplete_expired' ELSE 'canceled' END
FROM (SELECT id FROM auth.users ORDER BY id LIMIT 100) AS busy, generate_series(1, 100) AS n;
INSERT INTO usage_metrics (user_id, metric, period)
SELECT busy.id, 'metric ' || n % 10, (date '2020-01-01' + n / 10 * interval '1 month')::date
FROM (SELECT id FROM auth.users ORDER BY id LIMIT 100) AS busy, generate_series(0, 199) AS n;

-- What vacuum would do: new entries of a GIN index wait in a list, which the planner expects to be read whole.
SELECT gin_clean_pending_list(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE relname IN ('idx_automations_tags', 'idx_automations_ai_context', 'idx_user_profiles_current_tools');
ANALYZE;
