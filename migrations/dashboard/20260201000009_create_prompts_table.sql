-- Prompts: the library of ready-made prompts. A prompt outlives its category (SET NULL).
-- created_by is a plain UUID without a foreign key: a prompt outlives the profile of its author.
CREATE TABLE public.prompts (
    id UUID CONSTRAINT prompts_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    title VARCHAR(255) NOT NULL,
    description TEXT,
    content TEXT NOT NULL,
    category_id UUID CONSTRAINT prompts_category_id_fkey REFERENCES public.prompt_categories (id) ON DELETE SET NULL,
    complexity_level VARCHAR(20),
    usage_count INTEGER DEFAULT 0,
    average_rating DECIMAL(3,2) DEFAULT 0,
    is_featured BOOLEAN DEFAULT false,
    status VARCHAR(20) DEFAULT 'active',
    is_public BOOLEAN DEFAULT true,
    created_by UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);

-- The schema notes ask for an index on each foreign key, for joins and for the deletes that cascade or set NULL.
CREATE INDEX idx_prompts_category_id ON public.prompts (category_id);

COMMENT ON TABLE public.prompts IS 'Library of ready-made prompts';
COMMENT ON COLUMN public.prompts.content IS 'The prompt itself; [BRACKETS] mark what the user fills in';
COMMENT ON COLUMN public.prompts.category_id IS 'NULL when the prompt''s category was deleted';
COMMENT ON COLUMN public.prompts.complexity_level IS 'Free text owned by the application, e.g. beginner, intermediate, advanced';
COMMENT ON COLUMN public.prompts.usage_count IS 'How often the prompt was used; written by the application';
COMMENT ON COLUMN public.prompts.average_rating IS 'Mean of the users'' ratings (1-5), 0 while there are none; written by the application';
COMMENT ON COLUMN public.prompts.is_featured IS 'Shown on the dashboard';
COMMENT ON COLUMN public.prompts.status IS 'Free text owned by the application, e.g. active';
COMMENT ON COLUMN public.prompts.is_public IS 'False hides the prompt from users';
COMMENT ON COLUMN public.prompts.created_by IS 'user_id of the author, not a foreign key; NULL for prompts that come with the product';
