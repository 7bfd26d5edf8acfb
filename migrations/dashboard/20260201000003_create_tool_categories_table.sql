-- Tool categories: the headings of the AI tool catalogue.
CREATE TABLE public.tool_categories (
    id UUID CONSTRAINT tool_categories_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(100) NOT NULL,
    description TEXT,
    icon VARCHAR(50),
    sort_order INTEGER DEFAULT 0,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);

COMMENT ON TABLE public.tool_categories IS 'Headings of the AI tool catalogue (reference data)';
COMMENT ON COLUMN public.tool_categories.icon IS 'Name of an icon in the application''s icon set, not a file or a URL';
COMMENT ON COLUMN public.tool_categories.sort_order IS 'Position in lists, lowest first';
