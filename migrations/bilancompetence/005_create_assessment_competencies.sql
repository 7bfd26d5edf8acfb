-- How a competency is judged in a bilan: by the beneficiary and by the consultant. Everyone who sees the bilan works on it.
CREATE TABLE public.assessment_competencies (
    id UUID CONSTRAINT assessment_competencies_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    assessment_id UUID NOT NULL
        CONSTRAINT assessment_competencies_assessment_id_fkey REFERENCES public.bilans (id) ON DELETE CASCADE,
    competency_id UUID NOT NULL
        CONSTRAINT assessment_competencies_competency_id_fkey REFERENCES public.competencies (id) ON DELETE CASCADE,
    self_level SMALLINT
        CONSTRAINT assessment_competencies_self_level_check CHECK (self_level BETWEEN 1 AND 5),
    consultant_level SMALLINT
        CONSTRAINT assessment_competencies_consultant_level_check CHECK (consultant_level BETWEEN 1 AND 5),
    interest SMALLINT
        CONSTRAINT assessment_competencies_interest_check CHECK (interest BETWEEN 1 AND 5),
    evidence TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT assessment_competencies_assessment_id_competency_id_key UNIQUE (assessment_id, competency_id)
);

COMMENT ON TABLE public.assessment_competencies IS 'Judgements of competencies within a bilan';
COMMENT ON COLUMN public.assessment_competencies.assessment_id IS 'The bilan';
COMMENT ON COLUMN public.assessment_competencies.self_level IS 'By the beneficiary, 1 beginner to 5 expert; NULL until given';
COMMENT ON COLUMN public.assessment_competencies.consultant_level IS 'By the consultant, 1 beginner to 5 expert; NULL until given';
COMMENT ON COLUMN public.assessment_competencies.interest IS 'How much the beneficiary likes using it, 1 not at all to 5 very much';
COMMENT ON COLUMN public.assessment_competencies.evidence IS 'Experience that bears the level out';

-- The unique key begins with assessment_id and serves that foreign key too.
CREATE INDEX idx_assessment_competencies_competency_id ON public.assessment_competencies (competency_id);

CREATE TRIGGER assessment_competencies_set_updated_at BEFORE UPDATE ON public.assessment_competencies
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

ALTER TABLE public.assessment_competencies ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.assessment_competencies FORCE ROW LEVEL SECURITY;

CREATE POLICY assessment_competencies_all ON public.assessment_competencies FOR ALL
    USING (
        assessment_id IN (SELECT bilan.id FROM public.bilans AS bilan)
    )
    WITH CHECK (
        assessment_id IN (SELECT bilan.id FROM public.bilans AS bilan)
    );
