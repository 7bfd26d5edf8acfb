-- Notifications: messages to one user, read by the dashboard newest first.
CREATE TABLE public.user_notifications (
    id UUID CONSTRAINT user_notifications_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL
        CONSTRAINT user_notifications_user_id_fkey REFERENCES public.profiles (user_id) ON DELETE CASCADE,
    title VARCHAR(255) NOT NULL,
    message TEXT NOT NULL,
    notification_type VARCHAR(50),
    is_read BOOLEAN DEFAULT false,
    is_archived BOOLEAN DEFAULT false,
    related_entity_type VARCHAR(50),
    related_entity_id UUID,
    action_url VARCHAR(500),
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    read_at TIMESTAMP WITH TIME ZONE
);

CREATE INDEX idx_user_notifications_user_id_is_read_created_at
    ON public.user_notifications (user_id, is_read, created_at DESC);

COMMENT ON TABLE public.user_notifications IS 'Messages to users';
COMMENT ON COLUMN public.user_notifications.related_entity_type IS 'What the message is about, e.g. consultation; tells which table related_entity_id is an id of';
COMMENT ON COLUMN public.user_notifications.related_entity_id IS 'Id of what the message is about; no foreign key, since the table varies';
COMMENT ON COLUMN public.user_notifications.action_url IS 'Where the message leads when it is clicked';
COMMENT ON COLUMN public.user_notifications.read_at IS 'NULL until the message is read';
