-- Questions: templates that every bilan starts with (assessment_id IS NULL, seeded by 007) and those of one bilan.
-- A template is shown to everybody and written by an ADMIN; a bilan's own question is written by the other side than the beneficiary's.
CREATE TABLE public.assessment_questions (
    id UUID CONSTRAINT assessment_questions_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    assessment_id UUID
        CONSTRAINT assessment_questions_assessment_id_fkey REFERENCES public.bilans (id) ON DELETE CASCADE,
    type TEXT NOT NULL
        CONSTRAINT assessment_questions_type_check CHECK (type IN ('initial', 'investigation', 'conclusion')),
    position SMALLINT NOT NULL
        CONSTRAINT assessment_questions_position_check CHECK (position > 0),
    question TEXT NOT NULL
        CONSTRAINT assessment_questions_question_check CHECK (btrim(question) <> ''),
    help_text TEXT,
    answer_type TEXT NOT NULL DEFAULT 'TEXT'
        CONSTRAINT assessment_questions_answer_type_check CHECK (answer_type IN ('TEXT', 'SCALE', 'SINGLE_CHOICE', 'MULTIPLE_CHOICE', 'BOOLEAN')),
    choices JSONB
        CONSTRAINT assessment_questions_choices_check CHECK (jsonb_typeof(choices) = 'array'),
    is_required BOOLEAN NOT NULL DEFAULT true,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT assessment_questions_answer_type_choices_check CHECK ((answer_type IN ('SINGLE_CHOICE', 'MULTIPLE_CHOICE')) = (choices IS NOT NULL))
);

COMMENT ON TABLE public.assessment_questions IS 'Questions of the bilans, templates among them';
COMMENT ON COLUMN public.assessment_questions.assessment_id IS 'The bilan that alone has the question; NULL for a template';
COMMENT ON COLUMN public.assessment_questions.type IS 'The phase that it belongs to: initial, investigation or conclusion';
COMMENT ON COLUMN public.assessment_questions.position IS 'Place among the questions of its type, from 1';
COMMENT ON COLUMN public.assessment_questions.answer_type IS 'TEXT, SCALE (1 to 10), SINGLE_CHOICE, MULTIPLE_CHOICE or BOOLEAN';
COMMENT ON COLUMN public.assessment_questions.choices IS 'JSON array of texts, for the two kinds of choice; NULL otherwise';

CREATE INDEX idx_assessment_questions_assessment_id_type_position ON public.assessment_questions (assessment_id, type, position);
-- One template a place.
CREATE UNIQUE INDEX idx_assessment_questions_template_type_position ON public.assessment_questions (type, position) WHERE assessment_id IS NULL;

CREATE TRIGGER assessment_questions_set_updated_at BEFORE UPDATE ON public.assessment_questions
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

ALTER TABLE public.assessment_questions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.assessment_questions FORCE ROW LEVEL SECURITY;

CREATE POLICY assessment_questions_select ON public.assessment_questions FOR SELECT
    USING (
        assessment_id IS NULL OR assessment_id IN (SELECT bilan.id FROM public.bilans AS bilan)
    );

CREATE POLICY assessment_questions_insert ON public.assessment_questions FOR INSERT
    WITH CHECK (
        CASE
            WHEN assessment_id IS NULL THEN (SELECT public.app_is_admin())
            ELSE assessment_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id <> (SELECT public.app_user_id()))
        END
    );

CREATE POLICY assessment_questions_update ON public.assessment_questions FOR UPDATE
    USING (
        CASE
            WHEN assessment_id IS NULL THEN (SELECT public.app_is_admin())
            ELSE assessment_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id <> (SELECT public.app_user_id()))
        END
    )
    WITH CHECK (
        CASE
            WHEN assessment_id IS NULL THEN (SELECT public.app_is_admin())
            ELSE assessment_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id <> (SELECT public.app_user_id()))
        END
    );

CREATE POLICY assessment_questions_delete ON public.assessment_questions FOR DELETE
    USING (
        CASE
            WHEN assessment_id IS NULL THEN (SELECT public.app_is_admin())
            ELSE assessment_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id <> (SELECT public.app_user_id()))
        END
    );
