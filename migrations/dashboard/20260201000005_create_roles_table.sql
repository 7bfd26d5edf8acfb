-- Roles: named sets of permissions. The three default roles belong to the schema and are present in production too.
CREATE TABLE public.roles (
    id UUID CONSTRAINT roles_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(100) NOT NULL CONSTRAINT roles_name_key UNIQUE,
    description TEXT,
    is_system BOOLEAN DEFAULT false,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);

COMMENT ON TABLE public.roles IS 'Named sets of permissions that users are given';
COMMENT ON COLUMN public.roles.is_system IS 'True for the roles that come with the schema and that the application must not delete';

-- Literal ids: a default role has the same id in every database.
INSERT INTO public.roles (id, name, description, is_system)
VALUES
    ('00000005-0000-4000-8000-000000000001', 'admin', 'Runs the platform: every permission', true),
    ('00000005-0000-4000-8000-000000000002', 'user', 'Uses the dashboard and manages their own data', true),
    ('00000005-0000-4000-8000-000000000003', 'consultant', 'Advises users: consultations, assessment results, prompts', true);
