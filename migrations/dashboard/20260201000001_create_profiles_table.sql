-- Profiles: one row per user, the root of everything that belongs to a user.
-- The primary key is already the index that looks a profile up by its user, so user_id gets no second one.
CREATE TABLE public.profiles (
    user_id UUID CONSTRAINT profiles_pkey PRIMARY KEY,
    first_name VARCHAR(100),
    last_name VARCHAR(100),
    email VARCHAR(255),
    subscription_status VARCHAR(50) DEFAULT 'free',
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);

CREATE INDEX idx_profiles_subscription_status ON public.profiles (subscription_status);

COMMENT ON TABLE public.profiles IS 'Users of the dashboard; deleting a profile deletes everything the user owns';
COMMENT ON COLUMN public.profiles.user_id IS 'The user''s id in Supabase Auth, given by the application and never generated here';
COMMENT ON COLUMN public.profiles.subscription_status IS 'Free text owned by the application, e.g. free';
