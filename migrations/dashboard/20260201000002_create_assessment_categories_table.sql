-- Assessment categories: the areas in which an assessment is scored.
CREATE TABLE public.assessment_categories (
    id UUID CONSTRAINT assessment_categories_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(100) NOT NULL,
    description TEXT,
    sort_order INTEGER DEFAULT 0,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);

CREATE INDEX idx_assessment_categories_sort_order ON public.assessment_categories (sort_order);

COMMENT ON TABLE public.assessment_categories IS 'Areas in which an assessment is scored (reference data)';
COMMENT ON COLUMN public.assessment_categories.sort_order IS 'Position in lists, lowest first';
