-- Permissions: what may be done (action) to what (resource). A permission has no updated_at: it is granted or not.
CREATE TABLE public.permissions (
    id UUID CONSTRAINT permissions_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(100) NOT NULL CONSTRAINT permissions_name_key UNIQUE,
    resource VARCHAR(50) NOT NULL,
    action VARCHAR(50) NOT NULL,
    description TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);

COMMENT ON TABLE public.permissions IS 'Actions on resources that roles and users can be granted';
COMMENT ON COLUMN public.permissions.name IS 'What the application asks for, e.g. assessments.read';
COMMENT ON COLUMN public.permissions.resource IS 'What is acted on, e.g. assessments';
COMMENT ON COLUMN public.permissions.action IS 'What is done to it, e.g. read, write, delete';
