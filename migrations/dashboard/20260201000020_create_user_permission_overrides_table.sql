-- Permission overrides: what one user may or may not do, whatever their roles say. Goes with either side (CASCADE).
-- set_by is a plain UUID without a foreign key: an override outlives the profile of who set it.
CREATE TABLE public.user_permission_overrides (
    user_id UUID
        CONSTRAINT user_permission_overrides_user_id_fkey REFERENCES public.profiles (user_id) ON DELETE CASCADE,
    permission_id UUID
        CONSTRAINT user_permission_overrides_permission_id_fkey REFERENCES public.permissions (id) ON DELETE CASCADE,
    is_granted BOOLEAN DEFAULT true,
    set_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    set_by UUID,
    reason TEXT,
    CONSTRAINT user_permission_overrides_pkey PRIMARY KEY (user_id, permission_id)
);

-- The schema notes ask for an index on each foreign key, for joins and for the deletes that cascade or set NULL.
CREATE INDEX idx_user_permission_overrides_permission_id ON public.user_permission_overrides (permission_id);

COMMENT ON TABLE public.user_permission_overrides IS 'Exceptions from what a user''s roles grant';
COMMENT ON COLUMN public.user_permission_overrides.is_granted IS 'True grants the permission, false takes it away, whatever the user''s roles say';
COMMENT ON COLUMN public.user_permission_overrides.set_by IS 'user_id of who set it, not a foreign key';
