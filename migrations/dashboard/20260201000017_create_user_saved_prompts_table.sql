-- Saved prompts: which prompts a user has bookmarked, each at most once.
CREATE TABLE public.user_saved_prompts (
    id UUID CONSTRAINT user_saved_prompts_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL
        CONSTRAINT user_saved_prompts_user_id_fkey REFERENCES public.profiles (user_id) ON DELETE CASCADE,
    prompt_id UUID NOT NULL
        CONSTRAINT user_saved_prompts_prompt_id_fkey REFERENCES public.prompts (id) ON DELETE CASCADE,
    saved_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    notes TEXT,
    CONSTRAINT user_saved_prompts_user_id_prompt_id_key UNIQUE (user_id, prompt_id)
);

-- The schema notes ask for an index on each foreign key, for joins and for the deletes that cascade or set NULL.
CREATE INDEX idx_user_saved_prompts_prompt_id ON public.user_saved_prompts (prompt_id);

COMMENT ON TABLE public.user_saved_prompts IS 'Prompts that users have bookmarked';
COMMENT ON COLUMN public.user_saved_prompts.notes IS 'The user''s own remarks about the prompt';
