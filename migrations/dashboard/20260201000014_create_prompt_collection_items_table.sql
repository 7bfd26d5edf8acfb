-- Prompt collection items: which prompts are in which collection, each at most once.
CREATE TABLE public.prompt_collection_items (
    id UUID CONSTRAINT prompt_collection_items_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    collection_id UUID NOT NULL
        CONSTRAINT prompt_collection_items_collection_id_fkey
        REFERENCES public.user_prompt_collections (id) ON DELETE CASCADE,
    prompt_id UUID NOT NULL
        CONSTRAINT prompt_collection_items_prompt_id_fkey REFERENCES public.prompts (id) ON DELETE CASCADE,
    sort_order INTEGER DEFAULT 0,
    added_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    CONSTRAINT prompt_collection_items_collection_id_prompt_id_key UNIQUE (collection_id, prompt_id)
);

-- The schema notes ask for an index on each foreign key, for joins and for the deletes that cascade or set NULL.
CREATE INDEX idx_prompt_collection_items_prompt_id ON public.prompt_collection_items (prompt_id);

COMMENT ON TABLE public.prompt_collection_items IS 'Prompts in the collections of users';
COMMENT ON COLUMN public.prompt_collection_items.sort_order IS 'Position in the collection, lowest first';
