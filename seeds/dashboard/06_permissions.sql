-- Permissions: read, write and delete on every table of the product, named <resource>.<action>.
-- Whose rows a permission reaches (one's own, an assigned client's, all) is the application's decision, made by role.
-- SQL and not CSV because the name, not the id, says what a permission is: one that exists under another id is kept.
CREATE TEMP TABLE permission_seed (
    id UUID,
    resource TEXT,
    action TEXT,
    description TEXT
) ON COMMIT DROP;

COPY pg_temp.permission_seed (id, resource, action, description) FROM stdin WITH (FORMAT csv);
00000006-0000-4000-8000-000000000001,profiles,read,See profiles
00000006-0000-4000-8000-000000000002,profiles,write,Create and change profiles
00000006-0000-4000-8000-000000000003,profiles,delete,Delete profiles
00000006-0000-4000-8000-000000000004,assessment_categories,read,See assessment categories
00000006-0000-4000-8000-000000000005,assessment_categories,write,Create and change assessment categories
00000006-0000-4000-8000-000000000006,assessment_categories,delete,Delete assessment categories
00000006-0000-4000-8000-000000000007,tool_categories,read,See tool categories
00000006-0000-4000-8000-000000000008,tool_categories,write,Create and change tool categories
00000006-0000-4000-8000-000000000009,tool_categories,delete,Delete tool categories
00000006-0000-4000-8000-000000000010,prompt_categories,read,See prompt categories
00000006-0000-4000-8000-000000000011,prompt_categories,write,Create and change prompt categories
00000006-0000-4000-8000-000000000012,prompt_categories,delete,Delete prompt categories
00000006-0000-4000-8000-000000000013,roles,read,See roles
00000006-0000-4000-8000-000000000014,roles,write,Create and change roles
00000006-0000-4000-8000-000000000015,roles,delete,Delete roles
00000006-0000-4000-8000-000000000016,permissions,read,See permissions
00000006-0000-4000-8000-000000000017,permissions,write,Create and change permissions
00000006-0000-4000-8000-000000000018,permissions,delete,Delete permissions
00000006-0000-4000-8000-000000000019,blog_posts,read,See blog posts
00000006-0000-4000-8000-000000000020,blog_posts,write,Create and change blog posts
00000006-0000-4000-8000-000000000021,blog_posts,delete,Delete blog posts
00000006-0000-4000-8000-000000000022,ai_tools,read,See AI tools
00000006-0000-4000-8000-000000000023,ai_tools,write,Create and change AI tools
00000006-0000-4000-8000-000000000024,ai_tools,delete,Delete AI tools
00000006-0000-4000-8000-000000000025,prompts,read,See prompts of the library
00000006-0000-4000-8000-000000000026,prompts,write,Create and change prompts of the library
00000006-0000-4000-8000-000000000027,prompts,delete,Delete prompts of the library
00000006-0000-4000-8000-000000000028,assessments,read,See assessments
00000006-0000-4000-8000-000000000029,assessments,write,Create and change assessments
00000006-0000-4000-8000-000000000030,assessments,delete,Delete assessments
00000006-0000-4000-8000-000000000031,assessment_results,read,See results of assessments
00000006-0000-4000-8000-000000000032,assessment_results,write,Create and change results of assessments
00000006-0000-4000-8000-000000000033,assessment_results,delete,Delete results of assessments
00000006-0000-4000-8000-000000000034,user_tool_usage,read,See tool usage
00000006-0000-4000-8000-000000000035,user_tool_usage,write,Create and change tool usage
00000006-0000-4000-8000-000000000036,user_tool_usage,delete,Delete tool usage
00000006-0000-4000-8000-000000000037,user_prompt_collections,read,See prompt collections
00000006-0000-4000-8000-000000000038,user_prompt_collections,write,Create and change prompt collections
00000006-0000-4000-8000-000000000039,user_prompt_collections,delete,Delete prompt collections
00000006-0000-4000-8000-000000000040,prompt_collection_items,read,See prompts in collections
00000006-0000-4000-8000-000000000041,prompt_collection_items,write,Create and change prompts in collections
00000006-0000-4000-8000-000000000042,prompt_collection_items,delete,Delete prompts in collections
00000006-0000-4000-8000-000000000043,consultations,read,See consultations
00000006-0000-4000-8000-000000000044,consultations,write,Create and change consultations
00000006-0000-4000-8000-000000000045,consultations,delete,Delete consultations
00000006-0000-4000-8000-000000000046,user_notifications,read,See notifications
00000006-0000-4000-8000-000000000047,user_notifications,write,Create and change notifications
00000006-0000-4000-8000-000000000048,user_notifications,delete,Delete notifications
00000006-0000-4000-8000-000000000049,user_saved_prompts,read,See saved prompts
00000006-0000-4000-8000-000000000050,user_saved_prompts,write,Create and change saved prompts
00000006-0000-4000-8000-000000000051,user_saved_prompts,delete,Delete saved prompts
00000006-0000-4000-8000-000000000052,role_permissions,read,See permissions of roles
00000006-0000-4000-8000-000000000053,role_permissions,write,Create and change permissions of roles
00000006-0000-4000-8000-000000000054,role_permissions,delete,Delete permissions of roles
00000006-0000-4000-8000-000000000055,user_roles,read,See roles of users
00000006-0000-4000-8000-000000000056,user_roles,write,Create and change roles of users
00000006-0000-4000-8000-000000000057,user_roles,delete,Delete roles of users
00000006-0000-4000-8000-000000000058,user_permission_overrides,read,See permission overrides of users
00000006-0000-4000-8000-000000000059,user_permission_overrides,write,Create and change permission overrides of users
00000006-0000-4000-8000-000000000060,user_permission_overrides,delete,Delete permission overrides of users
\.

INSERT INTO public.permissions AS permission (id, name, resource, action, description)
SELECT id, resource || '.' || action, resource, action, description
FROM pg_temp.permission_seed
ORDER BY id
ON CONFLICT (name) DO UPDATE
SET
    resource = EXCLUDED.resource,
    action = EXCLUDED.action,
    description = EXCLUDED.description
WHERE (permission.resource, permission.action, permission.description)
    IS DISTINCT FROM (EXCLUDED.resource, EXCLUDED.action, EXCLUDED.description);
