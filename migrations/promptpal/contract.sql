-- What PromptPal runs. Signed in, a query sees the user's own rows only; the condition on user_id is the application's all the same, so
-- that the planner knows which index to use. Origins are sections of the story that the application was built from.
-- role: authenticated

-- query: folders of a user by name (docs/prd/61-story-11-database-schema-and-core-models.md:38)
SELECT id, name, created_at, updated_at
FROM folders
WHERE user_id = $1::uuid AND deleted_at IS NULL
ORDER BY name;

-- query: prompts of a user, newest first (docs/prd/61-story-11-database-schema-and-core-models.md:39)
SELECT id, folder_id, title, description, created_at, updated_at
FROM prompts
WHERE user_id = $1::uuid AND deleted_at IS NULL
ORDER BY created_at DESC
LIMIT 50;

-- query: prompts in a folder (docs/prd/61-story-11-database-schema-and-core-models.md:57)
SELECT id, title, description, created_at, updated_at
FROM prompts
WHERE user_id = $1::uuid AND folder_id = $2::uuid AND deleted_at IS NULL
ORDER BY created_at DESC;

-- query: modules of a prompt in their order (docs/prd/61-story-11-database-schema-and-core-models.md:40)
SELECT id, title, content, order_index
FROM modules
WHERE prompt_id = $1::uuid AND deleted_at IS NULL
ORDER BY order_index, created_at;

-- query: options of the modules of a prompt (docs/prd/61-story-11-database-schema-and-core-models.md:41)
SELECT option.id, option.module_id, option.label, option.content, option.metadata
FROM modules AS module
JOIN module_options AS option ON option.module_id = module.id
WHERE module.prompt_id = $1::uuid AND module.deleted_at IS NULL AND option.deleted_at IS NULL
ORDER BY module.order_index, option.created_at;

-- query: variables of a prompt (docs/prd/61-story-11-database-schema-and-core-models.md:42)
SELECT id, name, config
FROM variables
WHERE prompt_id = $1::uuid AND deleted_at IS NULL
ORDER BY name;

-- query: providers that a user has a key for (docs/prd/61-story-11-database-schema-and-core-models.md:43)
-- The list of settings never reads the key itself.
SELECT provider, key_version, created_at, updated_at
FROM encrypted_api_keys
WHERE user_id = $1::uuid AND deleted_at IS NULL
ORDER BY provider;

-- query: the key for a provider, to be decrypted (docs/prd/61-story-11-database-schema-and-core-models.md:43)
SELECT ciphertext, nonce, key_version
FROM encrypted_api_keys
WHERE user_id = $1::uuid AND provider = $2 AND deleted_at IS NULL;

-- query: how often a user did something since a time (docs/prd/61-story-11-database-schema-and-core-models.md:44)
SELECT count(*)
FROM usage_tracking
WHERE user_id = $1::uuid AND action = $2 AND created_at >= $3::timestamptz;

-- query: latest activity of a user (docs/prd/61-story-11-database-schema-and-core-models.md:44)
SELECT action, details, created_at
FROM usage_tracking
WHERE user_id = $1::uuid
ORDER BY created_at DESC
LIMIT 20;

-- query: the bin of a user (docs/prd/61-story-11-database-schema-and-core-models.md:28)
SELECT 'folder' AS kind, id, name AS title, deleted_at FROM folders WHERE user_id = $1::uuid AND deleted_at IS NOT NULL
UNION ALL
SELECT 'prompt', id, title, deleted_at FROM prompts WHERE user_id = $1::uuid AND deleted_at IS NOT NULL
ORDER BY deleted_at DESC;

-- query: IV1 sign-in by e-mail (docs/prd/61-story-11-database-schema-and-core-models.md:20)
-- As Supabase Auth asks; the service sends the address in lower case. Its own role is no part of the stand-in: the owner stands for it.
-- role: owner
SELECT id, aud, role, email, encrypted_password, email_confirmed_at, banned_until, raw_app_meta_data, raw_user_meta_data
FROM auth.users
WHERE email = $1 AND aud = $2 AND is_sso_user = false AND deleted_at IS NULL;

-- query: IV1 the user of a session (docs/prd/61-story-11-database-schema-and-core-models.md:20)
-- role: owner
SELECT id, email, phone, raw_user_meta_data, is_anonymous, confirmed_at, last_sign_in_at
FROM auth.users
WHERE id = $1::uuid;

-- query: IV2 the user that a Stripe event is about (docs/prd/61-story-11-database-schema-and-core-models.md:21)
-- role: owner
SELECT id, raw_app_meta_data FROM auth.users WHERE email = $1;

-- check: IV1 nothing of PromptPal hangs on auth.users but its foreign keys: no trigger that could stop a sign-in
SELECT NOT EXISTS (
    SELECT FROM pg_catalog.pg_trigger
    WHERE tgrelid = 'auth.users'::regclass AND NOT tgisinternal AND tgfoid IN (
        'public.stamp_author'::regproc, 'public.update_updated_at'::regproc)
);

-- check: IV2 the seven tables refer to auth.users and to each other only, so that tables which the Stripe webhook writes are as they were
SELECT count(*) = 8 AND bool_and(
    confrelid IN (
        'auth.users'::regclass, 'public.folders'::regclass, 'public.prompts'::regclass, 'public.modules'::regclass))
FROM pg_catalog.pg_constraint
WHERE contype = 'f' AND conrelid IN (
    'public.folders'::regclass, 'public.prompts'::regclass, 'public.modules'::regclass, 'public.module_options'::regclass,
    'public.variables'::regclass, 'public.encrypted_api_keys'::regclass, 'public.usage_tracking'::regclass);

-- check: the seven tables are there and each has row level security on and forced
SELECT count(*) = 7
FROM pg_catalog.pg_class
WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND relforcerowsecurity AND relname IN (
    'folders', 'prompts', 'modules', 'module_options', 'variables', 'encrypted_api_keys', 'usage_tracking');

-- check: there are 28 policies, one for each command of each table, all of them for signed-in users
SELECT count(*) = 28 AND count(DISTINCT (tablename, cmd)) = 28 AND bool_and(roles = ARRAY['authenticated'::name])
FROM pg_catalog.pg_policies
WHERE schemaname = 'public' AND tablename IN (
    'folders', 'prompts', 'modules', 'module_options', 'variables', 'encrypted_api_keys', 'usage_tracking');
