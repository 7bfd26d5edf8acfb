-- Answers of the beneficiaries, one a question and bilan. The beneficiary writes them; whoever sees the bilan reads them.
CREATE TABLE public.assessment_answers (
    id UUID CONSTRAINT assessment_answers_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    assessment_id UUID NOT NULL
        CONSTRAINT assessment_answers_assessment_id_fkey REFERENCES public.bilans (id) ON DELETE CASCADE,
    question_id UUID NOT NULL
        CONSTRAINT assessment_answers_question_id_fkey REFERENCES public.assessment_questions (id) ON DELETE RESTRICT,
    answer JSONB NOT NULL
        CONSTRAINT assessment_answers_answer_check CHECK (jsonb_typeof(answer) <> 'null'),
    score SMALLINT
        CONSTRAINT assessment_answers_score_check CHECK (score BETWEEN 1 AND 10),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT assessment_answers_assessment_id_question_id_key UNIQUE (assessment_id, question_id)
);

COMMENT ON TABLE public.assessment_answers IS 'Answers of the beneficiaries, one a question and bilan';
COMMENT ON COLUMN public.assessment_answers.assessment_id IS 'The bilan';
COMMENT ON COLUMN public.assessment_answers.question_id IS 'RESTRICT: a question that was answered is not deleted';
COMMENT ON COLUMN public.assessment_answers.answer IS 'JSON: a text, a number from 1 to 10, an array of texts or a boolean, as the question''s answer_type says';
COMMENT ON COLUMN public.assessment_answers.score IS '1 to 10, for SCALE questions; NULL otherwise';

-- The unique key begins with assessment_id and serves that foreign key too.
CREATE INDEX idx_assessment_answers_question_id ON public.assessment_answers (question_id);

CREATE TRIGGER assessment_answers_set_updated_at BEFORE UPDATE ON public.assessment_answers
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

ALTER TABLE public.assessment_answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.assessment_answers FORCE ROW LEVEL SECURITY;

CREATE POLICY assessment_answers_select ON public.assessment_answers FOR SELECT
    USING (
        assessment_id IN (SELECT bilan.id FROM public.bilans AS bilan)
    );

CREATE POLICY assessment_answers_insert ON public.assessment_answers FOR INSERT
    WITH CHECK (
        assessment_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id = (SELECT public.app_user_id()))
        OR (SELECT public.app_is_admin())
    );

CREATE POLICY assessment_answers_update ON public.assessment_answers FOR UPDATE
    USING (
        assessment_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id = (SELECT public.app_user_id()))
        OR (SELECT public.app_is_admin())
    )
    WITH CHECK (
        assessment_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id = (SELECT public.app_user_id()))
        OR (SELECT public.app_is_admin())
    );

CREATE POLICY assessment_answers_delete ON public.assessment_answers FOR DELETE
    USING (
        assessment_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id = (SELECT public.app_user_id()))
        OR (SELECT public.app_is_admin())
    );
