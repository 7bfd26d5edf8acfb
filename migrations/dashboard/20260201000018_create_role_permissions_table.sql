-- Role permissions: which role holds which permission. A grant goes with either side (CASCADE).
-- granted_by is a plain UUID without a foreign key: a grant outlives the profile of who gave it.
CREATE TABLE public.role_permissions (
    role_id UUID CONSTRAINT role_permissions_role_id_fkey REFERENCES public.roles (id) ON DELETE CASCADE,
    permission_id UUID
        CONSTRAINT role_permissions_permission_id_fkey REFERENCES public.permissions (id) ON DELETE CASCADE,
    granted_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    granted_by UUID,
    CONSTRAINT role_permissions_pkey PRIMARY KEY (role_id, permission_id)
);

-- The schema notes ask for an index on each foreign key, for joins and for the deletes that cascade or set NULL.
CREATE INDEX idx_role_permissions_permission_id ON public.role_permissions (permission_id);

COMMENT ON TABLE public.role_permissions IS 'Permissions that roles hold';
COMMENT ON COLUMN public.role_permissions.granted_by IS 'user_id of who granted it, not a foreign key; NULL for grants that come with the product';
