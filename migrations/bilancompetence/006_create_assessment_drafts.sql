-- Drafts: what somebody typed and did not send yet, saved by the application every few seconds. Seen by nobody else.
CREATE TABLE public.assessment_drafts (
    id UUID CONSTRAINT assessment_drafts_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    assessment_id UUID NOT NULL
        CONSTRAINT assessment_drafts_assessment_id_fkey REFERENCES public.bilans (id) ON DELETE CASCADE,
    user_id UUID NOT NULL
        CONSTRAINT assessment_drafts_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    step TEXT NOT NULL
        CONSTRAINT assessment_drafts_step_check CHECK (step IN ('initial', 'investigation', 'conclusion')),
    content JSONB NOT NULL DEFAULT '{}'
        CONSTRAINT assessment_drafts_content_check CHECK (jsonb_typeof(content) = 'object'),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT assessment_drafts_assessment_id_user_id_step_key UNIQUE (assessment_id, user_id, step)
);

COMMENT ON TABLE public.assessment_drafts IS 'Unsent answers, one draft a bilan, user and step';
COMMENT ON COLUMN public.assessment_drafts.assessment_id IS 'The bilan';
COMMENT ON COLUMN public.assessment_drafts.step IS 'The type of questions: initial, investigation or conclusion';
COMMENT ON COLUMN public.assessment_drafts.content IS 'JSON object: question id to unsent answer';

-- The unique key begins with assessment_id and serves that foreign key too.
CREATE INDEX idx_assessment_drafts_user_id ON public.assessment_drafts (user_id);

CREATE TRIGGER assessment_drafts_set_updated_at BEFORE UPDATE ON public.assessment_drafts
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

ALTER TABLE public.assessment_drafts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.assessment_drafts FORCE ROW LEVEL SECURITY;

CREATE POLICY assessment_drafts_all ON public.assessment_drafts FOR ALL
    USING (
        (user_id = (SELECT public.app_user_id()) AND assessment_id IN (SELECT bilan.id FROM public.bilans AS bilan))
        OR (SELECT public.app_is_admin())
    )
    WITH CHECK (
        (user_id = (SELECT public.app_user_id()) AND assessment_id IN (SELECT bilan.id FROM public.bilans AS bilan))
        OR (SELECT public.app_is_admin())
    );
