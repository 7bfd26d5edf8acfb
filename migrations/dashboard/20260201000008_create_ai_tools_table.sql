-- AI tools: the catalogue that the dashboard features. A tool outlives its category (SET NULL).
CREATE TABLE public.ai_tools (
    id UUID CONSTRAINT ai_tools_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(200) NOT NULL,
    description TEXT,
    category_id UUID CONSTRAINT ai_tools_category_id_fkey REFERENCES public.tool_categories (id) ON DELETE SET NULL,
    complexity_level VARCHAR(20),
    average_rating DECIMAL(3,2) DEFAULT 0,
    usage_count INTEGER DEFAULT 0,
    is_featured BOOLEAN DEFAULT false,
    status VARCHAR(20) DEFAULT 'active',
    is_public BOOLEAN DEFAULT true,
    api_endpoint VARCHAR(500),
    documentation_url VARCHAR(500),
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);

CREATE INDEX idx_ai_tools_category_id ON public.ai_tools (category_id);
CREATE INDEX idx_ai_tools_status ON public.ai_tools (status);
CREATE INDEX idx_ai_tools_is_featured ON public.ai_tools (is_featured);
CREATE INDEX idx_ai_tools_is_public ON public.ai_tools (is_public);

COMMENT ON TABLE public.ai_tools IS 'Catalogue of AI tools';
COMMENT ON COLUMN public.ai_tools.category_id IS 'NULL when the tool''s category was deleted';
COMMENT ON COLUMN public.ai_tools.complexity_level IS 'Free text owned by the application, e.g. beginner, intermediate, advanced';
COMMENT ON COLUMN public.ai_tools.average_rating IS 'Mean of the users'' ratings (1-5), 0 while there are none; written by the application';
COMMENT ON COLUMN public.ai_tools.usage_count IS 'How often the tool was used; written by the application';
COMMENT ON COLUMN public.ai_tools.is_featured IS 'Shown on the dashboard';
COMMENT ON COLUMN public.ai_tools.status IS 'Free text owned by the application, e.g. active';
COMMENT ON COLUMN public.ai_tools.is_public IS 'False hides the tool from users';
COMMENT ON COLUMN public.ai_tools.api_endpoint IS 'URL that the application calls; NULL for a tool it only links to';
