-- Assessments: one row per assessment that a user started. They go with their profile (CASCADE).
-- The specification's column list has no updated_at; started_at and completed_at tell the progress.
CREATE TABLE public.assessments (
    id UUID CONSTRAINT assessments_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL CONSTRAINT assessments_user_id_fkey REFERENCES public.profiles (user_id) ON DELETE CASCADE,
    title VARCHAR(255),
    overall_score DECIMAL(5,2),
    status VARCHAR(20) DEFAULT 'in_progress',
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    completed_at TIMESTAMP WITH TIME ZONE,
    started_at TIMESTAMP WITH TIME ZONE
);

CREATE INDEX idx_assessments_user_id ON public.assessments (user_id);
CREATE INDEX idx_assessments_status ON public.assessments (status);
CREATE INDEX idx_assessments_created_at ON public.assessments (created_at);
CREATE INDEX idx_assessments_completed_at ON public.assessments (completed_at);

COMMENT ON TABLE public.assessments IS 'Assessments that users took or are taking';
COMMENT ON COLUMN public.assessments.overall_score IS 'Score over all categories; NULL until the assessment is scored';
COMMENT ON COLUMN public.assessments.status IS 'Free text owned by the application, e.g. in_progress, completed';
COMMENT ON COLUMN public.assessments.completed_at IS 'NULL until the assessment is completed';
