-- Prompt categories: the headings of the prompt library.
CREATE TABLE public.prompt_categories (
    id UUID CONSTRAINT prompt_categories_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(100) NOT NULL,
    description TEXT,
    sort_order INTEGER DEFAULT 0,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);

COMMENT ON TABLE public.prompt_categories IS 'Headings of the prompt library (reference data)';
COMMENT ON COLUMN public.prompt_categories.sort_order IS 'Position in lists, lowest first';
