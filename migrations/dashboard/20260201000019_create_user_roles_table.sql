-- User roles: which user has which role. An assignment goes with either side (CASCADE).
-- assigned_by is a plain UUID without a foreign key: an assignment outlives the profile of who made it.
CREATE TABLE public.user_roles (
    user_id UUID CONSTRAINT user_roles_user_id_fkey REFERENCES public.profiles (user_id) ON DELETE CASCADE,
    role_id UUID CONSTRAINT user_roles_role_id_fkey REFERENCES public.roles (id) ON DELETE CASCADE,
    assigned_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    assigned_by UUID,
    CONSTRAINT user_roles_pkey PRIMARY KEY (user_id, role_id)
);

-- The schema notes ask for an index on each foreign key, for joins and for the deletes that cascade or set NULL.
CREATE INDEX idx_user_roles_role_id ON public.user_roles (role_id);

COMMENT ON TABLE public.user_roles IS 'Roles that users have';
COMMENT ON COLUMN public.user_roles.assigned_by IS 'user_id of who assigned it, not a foreign key';
