-- Tool usage: one row per session of a user with an AI tool.
-- The scale of satisfaction_rating is part of its meaning, hence the CHECK.
CREATE TABLE public.user_tool_usage (
    id UUID CONSTRAINT user_tool_usage_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL
        CONSTRAINT user_tool_usage_user_id_fkey REFERENCES public.profiles (user_id) ON DELETE CASCADE,
    tool_id UUID NOT NULL
        CONSTRAINT user_tool_usage_tool_id_fkey REFERENCES public.ai_tools (id) ON DELETE CASCADE,
    session_duration INTEGER,
    satisfaction_rating INTEGER
        CONSTRAINT user_tool_usage_satisfaction_rating_check CHECK (satisfaction_rating BETWEEN 1 AND 5),
    usage_data JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);

CREATE INDEX idx_user_tool_usage_user_id_created_at ON public.user_tool_usage (user_id, created_at DESC);
CREATE INDEX idx_user_tool_usage_tool_id ON public.user_tool_usage (tool_id);

COMMENT ON TABLE public.user_tool_usage IS 'Sessions of users with AI tools';
COMMENT ON COLUMN public.user_tool_usage.session_duration IS 'Length of the session in seconds';
COMMENT ON COLUMN public.user_tool_usage.satisfaction_rating IS 'The user''s rating from 1 (poor) to 5 (excellent); NULL when not rated';
COMMENT ON COLUMN public.user_tool_usage.usage_data IS 'Further data of the session; its shape depends on the tool';
COMMENT ON COLUMN public.user_tool_usage.created_at IS 'When the tool was used';
