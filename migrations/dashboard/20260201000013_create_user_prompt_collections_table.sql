-- Prompt collections: a user's own folders of prompts.
-- "user_id, is_default" of the specification are two indexes, one a column.
CREATE TABLE public.user_prompt_collections (
    id UUID CONSTRAINT user_prompt_collections_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL
        CONSTRAINT user_prompt_collections_user_id_fkey REFERENCES public.profiles (user_id) ON DELETE CASCADE,
    name VARCHAR(200) NOT NULL,
    description TEXT,
    is_default BOOLEAN DEFAULT false,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);

CREATE INDEX idx_user_prompt_collections_user_id ON public.user_prompt_collections (user_id);
CREATE INDEX idx_user_prompt_collections_is_default ON public.user_prompt_collections (is_default);

COMMENT ON TABLE public.user_prompt_collections IS 'Folders of prompts that users keep';
COMMENT ON COLUMN public.user_prompt_collections.is_default IS 'The collection that a prompt goes to when the user names none';
