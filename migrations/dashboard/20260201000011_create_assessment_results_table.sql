-- Assessment results: the score of one assessment in one category, at most one row a pair.
-- Both columns of the unique pair have an index of their own too, as the specification asks.
CREATE TABLE public.assessment_results (
    id UUID CONSTRAINT assessment_results_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    assessment_id UUID NOT NULL
        CONSTRAINT assessment_results_assessment_id_fkey REFERENCES public.assessments (id) ON DELETE CASCADE,
    category_id UUID NOT NULL
        CONSTRAINT assessment_results_category_id_fkey REFERENCES public.assessment_categories (id) ON DELETE CASCADE,
    category_score DECIMAL(5,2) NOT NULL,
    max_possible_score DECIMAL(5,2),
    feedback TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    CONSTRAINT assessment_results_assessment_id_category_id_key UNIQUE (assessment_id, category_id)
);

CREATE INDEX idx_assessment_results_assessment_id ON public.assessment_results (assessment_id);
CREATE INDEX idx_assessment_results_category_id ON public.assessment_results (category_id);

COMMENT ON TABLE public.assessment_results IS 'Scores of an assessment, one a category';
COMMENT ON COLUMN public.assessment_results.category_score IS 'Points reached in the category';
COMMENT ON COLUMN public.assessment_results.max_possible_score IS 'Points that could be reached in the category';
COMMENT ON COLUMN public.assessment_results.feedback IS 'Advice shown to the user for the category';
