-- What the automation library runs. Signed in, a query sees the user's own rows and what is published; the condition on user_id is the
-- application's all the same, so that the planner knows which index to use. Origins are lines of Story 1.3, "Set Up Database Schema".
-- role: authenticated

-- query: the profile of a user (story 1.3:22)
SELECT id, role, business_name, industry, business_size, experience, current_tools
FROM user_profiles
WHERE user_id = $1::uuid;

-- query: a user says what their business is (story 1.3:22)
-- The role is not among the columns: it keeps its default, or what it was.
INSERT INTO user_profiles (user_id, business_name, industry, business_size, experience, current_tools)
VALUES ($1::uuid, $2, $3, $4, $5, $6::text[])
ON CONFLICT (user_id) DO UPDATE SET
    business_name = excluded.business_name,
    industry = excluded.industry,
    business_size = excluded.business_size,
    experience = excluded.experience,
    current_tools = excluded.current_tools;

-- query: users that work with a tool (story 1.3:124)
-- role: service_role
SELECT user_id FROM user_profiles WHERE current_tools @> ARRAY[$1::text];

-- query: the session that a user has not finished (story 1.3:28)
SELECT id, started_at, context
FROM questionnaire_sessions
WHERE user_id = $1::uuid AND status = 'in-progress'
ORDER BY started_at DESC
LIMIT 1;

-- query: sessions of a user, newest first (story 1.3:28)
SELECT id, status, started_at, completed_at
FROM questionnaire_sessions
WHERE user_id = $1::uuid
ORDER BY created_at DESC
LIMIT 20;

-- query: answers of a session (story 1.3:27)
SELECT question_key, answer FROM questionnaire_responses WHERE session_id = $1::uuid ORDER BY question_key;

-- query: a user answers a question, or answers it anew (story 1.3:27)
INSERT INTO questionnaire_responses (session_id, question_key, answer)
VALUES ($1::uuid, $2, $3::jsonb)
ON CONFLICT (session_id, question_key) DO UPDATE SET answer = excluded.answer;

-- query: a session is completed (story 1.3:26)
UPDATE questionnaire_sessions SET status = 'completed', completed_at = now() WHERE id = $1::uuid AND status = 'in-progress';

-- query: the page of an automation (story 1.3:30)
-- role: anon
SELECT id, title, description, difficulty, tags FROM automations WHERE slug = $1 AND published;

-- query: tools of an automation (story 1.3:31)
-- role: anon
SELECT tool_name, purpose, required FROM automation_tools WHERE automation_id = $1::uuid ORDER BY required DESC, tool_name;

-- query: steps of an automation in their order (story 1.3:32)
-- role: anon
SELECT id, position, title, instructions, estimated_minutes
FROM implementation_steps
WHERE automation_id = $1::uuid
ORDER BY position;

-- query: media of the steps of an automation (story 1.3:33)
-- role: anon
SELECT media.step_id, media.media_type, media.url, media.alt_text
FROM implementation_steps AS step
JOIN step_media AS media ON media.step_id = step.id
WHERE step.automation_id = $1::uuid
ORDER BY step.position, media.created_at;

-- query: the published library by difficulty (story 1.3:104)
-- role: anon
SELECT id, title, slug, difficulty, tags FROM automations WHERE published AND difficulty = $1 ORDER BY title;

-- query: published automations with any of some tags (story 1.3:124)
SELECT id, title, slug FROM automations WHERE published AND tags && $1::text[];

-- query: published automations for an industry (story 1.3:73)
-- Parameter: {"industries": ["retail"]}
SELECT id, title, slug FROM automations WHERE published AND ai_context @> $1::jsonb;

-- query: automations that come nearest to what a user needs (story 1.3:125)
-- The embedding of the question, by the model that the library was embedded with.
SELECT id, title, slug, 1 - (embedding <=> $1::vector(1536)) AS similarity
FROM automations
WHERE published
ORDER BY embedding <=> $1::vector(1536)
LIMIT 10;

-- query: the weekly discovery of a user (story 1.3:123)
SELECT discovery.id, discovery.summary, found.rank, found.score, found.reason, automation.title, automation.slug
FROM weekly_discoveries AS discovery
JOIN discovered_automations AS found ON found.discovery_id = discovery.id
JOIN automations AS automation ON automation.id = found.automation_id
WHERE discovery.week_of = $1::date AND discovery.user_id = $2::uuid
ORDER BY found.rank;

-- query: users who had a discovery in a week (story 1.3:123)
-- role: service_role
SELECT user_id FROM weekly_discoveries WHERE week_of = $1::date ORDER BY user_id;

-- query: automations of a user with a status (story 1.3:122)
SELECT taken.id, taken.status, taken.notes, automation.title, automation.slug
FROM user_automations AS taken
JOIN automations AS automation ON automation.id = taken.automation_id
WHERE taken.user_id = $1::uuid AND taken.status = $2;

-- query: latest activity of a user (story 1.3:121)
SELECT id, automation_id, status, created_at FROM user_automations WHERE user_id = $1::uuid ORDER BY created_at DESC LIMIT 20;

-- query: how far a user has come with an automation (story 1.3:40)
SELECT step.id, step.position, step.title, coalesce(progress.status, 'not-started') AS status
FROM user_automations AS taken
JOIN implementation_steps AS step ON step.automation_id = taken.automation_id
LEFT JOIN automation_progress AS progress ON progress.user_automation_id = taken.id AND progress.step_id = step.id
WHERE taken.user_id = $1::uuid AND taken.automation_id = $2::uuid
ORDER BY step.position;

-- query: a user does a step (story 1.3:40)
INSERT INTO automation_progress (user_automation_id, step_id, status)
VALUES ($1::uuid, $2::uuid, $3)
ON CONFLICT (user_automation_id, step_id) DO UPDATE SET status = excluded.status;

-- query: the live subscription of a user (story 1.3:43)
SELECT id, status, current_period_start, current_period_end
FROM subscriptions
WHERE user_id = $1::uuid AND status NOT IN ('canceled', 'incomplete_expired');

-- query: what a Stripe event says of a subscription (story 1.3:45)
-- role: service_role
INSERT INTO subscriptions (user_id, stripe_customer_id, stripe_subscription_id, status, current_period_start, current_period_end)
VALUES ($1::uuid, $2, $3, $4, $5::timestamptz, $6::timestamptz)
ON CONFLICT (stripe_customer_id) DO UPDATE SET
    stripe_subscription_id = excluded.stripe_subscription_id,
    status = excluded.status,
    current_period_start = excluded.current_period_start,
    current_period_end = excluded.current_period_end;

-- query: the user that a Stripe event is about (story 1.3:45)
-- role: service_role
SELECT user_id FROM subscriptions WHERE stripe_subscription_id = $1;

-- query: what a user has used in a month (story 1.3:44)
SELECT metric, quantity FROM usage_metrics WHERE user_id = $1::uuid AND period = $2::date ORDER BY metric;

-- query: something more is used (story 1.3:44)
-- role: service_role
INSERT INTO usage_metrics (user_id, metric, period, quantity)
VALUES ($1::uuid, $2, $3::date, $4::bigint)
ON CONFLICT (user_id, metric, period) DO UPDATE SET quantity = usage_metrics.quantity + excluded.quantity;

-- check: the thirteen tables are there and each has row level security on and forced
SELECT count(*) = 13 AND bool_and(relrowsecurity AND relforcerowsecurity)
FROM pg_catalog.pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname IN (
    'user_profiles', 'questionnaire_sessions', 'questionnaire_responses', 'automations', 'automation_tools', 'implementation_steps',
    'step_media', 'weekly_discoveries', 'discovered_automations', 'user_automations', 'automation_progress', 'subscriptions',
    'usage_metrics');

-- check: nobody but the service may write subscriptions and usage metrics
SELECT NOT bool_or(has_table_privilege(api.role, metered.name, privilege.name))
FROM (VALUES ('anon'), ('authenticated')) AS api (role),
    (VALUES ('public.subscriptions'), ('public.usage_metrics')) AS metered (name),
    (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS privilege (name);

-- check: the owner of is_admin() is held back by no policy; else there is no admin
SELECT owner.rolsuper OR owner.rolbypassrls
FROM pg_catalog.pg_proc AS function
JOIN pg_catalog.pg_roles AS owner ON owner.oid = function.proowner
WHERE function.oid = 'public.is_admin()'::regprocedure AND function.prosecdef;

-- check: every foreign key has an index that begins with its column
SELECT NOT EXISTS (
    SELECT FROM pg_catalog.pg_constraint AS key
    WHERE key.contype = 'f' AND key.connamespace = 'public'::regnamespace AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_index AS index
        WHERE index.indrelid = key.conrelid AND index.indpred IS NULL AND index.indkey[0] = key.conkey[1]));
