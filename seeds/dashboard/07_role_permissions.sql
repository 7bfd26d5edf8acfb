-- Grants of the three default roles, joined by name: neither the roles' nor the permissions' ids are assumed.
-- A grant that is there stays as it is, with its granted_at and granted_by.
INSERT INTO public.role_permissions (role_id, permission_id)
SELECT role.id, permission.id
FROM public.roles AS role
CROSS JOIN public.permissions AS permission
WHERE role.name = 'admin'
ON CONFLICT DO NOTHING;

CREATE TEMP TABLE grant_seed (
    role TEXT,
    permission TEXT
) ON COMMIT DROP;

COPY pg_temp.grant_seed (role, permission) FROM stdin WITH (FORMAT csv);
user,profiles.read
user,profiles.write
user,assessment_categories.read
user,tool_categories.read
user,prompt_categories.read
user,blog_posts.read
user,ai_tools.read
user,prompts.read
user,assessments.read
user,assessments.write
user,assessments.delete
user,assessment_results.read
user,user_tool_usage.read
user,user_tool_usage.write
user,user_prompt_collections.read
user,user_prompt_collections.write
user,user_prompt_collections.delete
user,prompt_collection_items.read
user,prompt_collection_items.write
user,prompt_collection_items.delete
user,consultations.read
user,consultations.write
user,user_notifications.read
user,user_notifications.write
user,user_notifications.delete
user,user_saved_prompts.read
user,user_saved_prompts.write
user,user_saved_prompts.delete
consultant,profiles.read
consultant,assessment_categories.read
consultant,tool_categories.read
consultant,prompt_categories.read
consultant,blog_posts.read
consultant,blog_posts.write
consultant,ai_tools.read
consultant,prompts.read
consultant,prompts.write
consultant,assessments.read
consultant,assessment_results.read
consultant,assessment_results.write
consultant,user_tool_usage.read
consultant,consultations.read
consultant,consultations.write
consultant,user_notifications.read
consultant,user_notifications.write
\.

-- LEFT JOIN, so that a misspelt role or permission is a NULL that the primary key refuses, not a grant that is missing.
INSERT INTO public.role_permissions (role_id, permission_id)
SELECT role.id, permission.id
FROM pg_temp.grant_seed AS seed
LEFT JOIN public.roles AS role ON role.name = seed.role
LEFT JOIN public.permissions AS permission ON permission.name = seed.permission
ON CONFLICT DO NOTHING;
