-- What the dashboard runs. A query is prepared on the live schema as the application sends it, hence without `public.`:
-- it must be found by the connection's search_path. A check returns one boolean and holds from the last migration on,
-- on a seeded database and on one without a row. The application connects as the owner of its database.
-- role: owner

-- query: profile (app/actions/dashboard-actions.ts:161)
SELECT first_name, last_name, email, subscription_status, created_at
FROM profiles
WHERE user_id = $1::uuid;

-- query: latest assessment (app/actions/dashboard-actions.ts:228-241)
SELECT id, title, overall_score, status, started_at, completed_at
FROM assessments
WHERE user_id = $1::uuid
  AND status = 'completed'
ORDER BY completed_at DESC NULLS LAST
LIMIT 1;

-- query: results of an assessment by category (app/actions/dashboard-actions.ts:252-262)
SELECT
    result.category_id,
    category.name AS category_name,
    result.category_score,
    result.max_possible_score,
    result.feedback
FROM assessment_results AS result
JOIN assessment_categories AS category ON category.id = result.category_id
WHERE result.assessment_id = $1::uuid
ORDER BY category.sort_order;

-- query: assessment history (app/actions/dashboard-actions.ts:271-283)
SELECT id, title, overall_score, status, created_at
FROM assessments
WHERE user_id = $1::uuid
ORDER BY created_at DESC
LIMIT 10;

-- query: featured tools with their category (app/actions/dashboard-actions.ts:324-337)
-- A tool whose category was deleted is still shown, hence the LEFT JOIN.
SELECT
    tool.id,
    tool.name,
    tool.description,
    category.name AS category_name,
    tool.complexity_level,
    tool.average_rating,
    tool.usage_count
FROM ai_tools AS tool
LEFT JOIN tool_categories AS category ON category.id = tool.category_id
WHERE tool.is_featured
  AND tool.is_public
  AND tool.status = 'active'
ORDER BY tool.average_rating DESC, tool.usage_count DESC
LIMIT 6;

-- query: tool usage statistics (app/actions/dashboard-actions.ts:375-387)
-- A user's sessions, their length in seconds and their mean rating, the tool used last first.
SELECT
    usage.tool_id,
    tool.name AS tool_name,
    count(usage.id) AS sessions,
    sum(usage.session_duration) AS total_seconds,
    avg(usage.satisfaction_rating) AS mean_rating,
    max(usage.created_at) AS last_used_at
FROM user_tool_usage AS usage
JOIN ai_tools AS tool ON tool.id = usage.tool_id
WHERE usage.user_id = $1::uuid
GROUP BY usage.tool_id, tool.name
ORDER BY last_used_at DESC
LIMIT 5;

-- query: featured prompts with their category (app/actions/dashboard-actions.ts:424-437)
-- A prompt whose category was deleted is still shown, hence the LEFT JOIN.
SELECT
    prompt.id,
    prompt.title,
    prompt.description,
    category.name AS category_name,
    prompt.complexity_level,
    prompt.usage_count,
    prompt.average_rating
FROM prompts AS prompt
LEFT JOIN prompt_categories AS category ON category.id = prompt.category_id
WHERE prompt.is_featured
  AND prompt.is_public
  AND prompt.status = 'active'
ORDER BY prompt.average_rating DESC, prompt.usage_count DESC
LIMIT 3;

-- query: prompt collections with item counts (app/actions/dashboard-actions.ts:475-487)
-- An empty collection counts 0, hence the LEFT JOIN.
SELECT
    collection.id,
    collection.name,
    collection.description,
    collection.is_default,
    collection.created_at,
    count(item.id) AS prompt_count
FROM user_prompt_collections AS collection
LEFT JOIN prompt_collection_items AS item ON item.collection_id = collection.id
WHERE collection.user_id = $1::uuid
GROUP BY collection.id
ORDER BY collection.created_at DESC;

-- query: consultations (app/actions/dashboard-actions.ts:522-532)
SELECT id, subject, consultation_type, status, urgency, scheduled_at, created_at
FROM consultations
WHERE user_id = $1::uuid
  AND status NOT IN ('completed', 'cancelled')
ORDER BY created_at DESC;

-- query: notifications newest first (app/actions/dashboard-actions.ts:667-681)
SELECT
    id,
    title,
    message,
    notification_type,
    is_read,
    related_entity_type,
    related_entity_id,
    action_url,
    created_at
FROM user_notifications
WHERE user_id = $1::uuid
  AND NOT is_archived
ORDER BY created_at DESC
LIMIT 20;

-- query: display name for a video call (app/actions/video-actions.ts:105)
SELECT first_name, last_name, email
FROM profiles
WHERE user_id = $1::uuid;

-- check: the twenty tables of the dashboard exist
SELECT count(*) = 20
FROM unnest(ARRAY[
    'profiles', 'assessment_categories', 'tool_categories', 'prompt_categories', 'roles',
    'permissions', 'blog_posts', 'ai_tools', 'prompts', 'assessments',
    'assessment_results', 'user_tool_usage', 'user_prompt_collections', 'prompt_collection_items', 'consultations',
    'user_notifications', 'user_saved_prompts', 'role_permissions', 'user_roles', 'user_permission_overrides'
]) AS expected (name)
WHERE to_regclass('public.' || expected.name) IS NOT NULL;

-- check: the three default roles exist and are system roles
SELECT count(*) = 3
FROM public.roles
WHERE name IN ('admin', 'user', 'consultant')
  AND is_system;

-- check: what a user owns is deleted with the profile
-- Eight tables point to profiles, each with ON DELETE CASCADE.
SELECT count(*) >= 8 AND bool_and(confdeltype = 'c')
FROM pg_catalog.pg_constraint
WHERE contype = 'f'
  AND confrelid = to_regclass('public.profiles');

-- check: tools and prompts outlive their category
SELECT count(*) = 2 AND bool_and(confdeltype = 'n')
FROM pg_catalog.pg_constraint
WHERE contype = 'f'
  AND conrelid IN (to_regclass('public.ai_tools'), to_regclass('public.prompts'))
  AND confrelid IN (to_regclass('public.tool_categories'), to_regclass('public.prompt_categories'));

-- check: grants, role assignments and overrides are deleted with either side
SELECT count(*) = 6 AND bool_and(confdeltype = 'c')
FROM pg_catalog.pg_constraint
WHERE contype = 'f'
  AND conrelid IN (
      to_regclass('public.role_permissions'),
      to_regclass('public.user_roles'),
      to_regclass('public.user_permission_overrides')
  );

-- check: no two permissions mean the same action on the same resource
SELECT count(*) = count(DISTINCT (resource, action))
FROM public.permissions;
