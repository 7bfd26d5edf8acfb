-- Assessments of people and their answers. They are between the person and the organization's administrators: no instructor sees them.
CREATE TABLE public.assessments (
    id uuid CONSTRAINT assessments_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT assessments_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    title text NOT NULL CONSTRAINT assessments_title_check CHECK (btrim(title) <> ''),
    pillar public.ai_pillar NOT NULL,
    status public.assessment_status NOT NULL DEFAULT 'not_started',
    score numeric(5, 2) CONSTRAINT assessments_score_check CHECK (score BETWEEN 0 AND 100),
    results jsonb NOT NULL DEFAULT '{}' CONSTRAINT assessments_results_check CHECK (jsonb_typeof(results) = 'object'),
    started_at timestamptz,
    completed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT assessments_completed_at_check CHECK (status <> 'completed' OR completed_at IS NOT NULL)
);

CREATE TABLE public.assessment_responses (
    id uuid CONSTRAINT assessment_responses_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    assessment_id uuid NOT NULL
        CONSTRAINT assessment_responses_assessment_id_fkey REFERENCES public.assessments (id) ON DELETE CASCADE,
    question_key text NOT NULL CONSTRAINT assessment_responses_question_key_check CHECK (question_key ~ '^[a-z0-9_.]+$'),
    answer jsonb NOT NULL CONSTRAINT assessment_responses_answer_check CHECK (answer <> 'null'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT assessment_responses_assessment_id_question_key_key UNIQUE (assessment_id, question_key)
);

-- assessment_responses.assessment_id is served by its unique key.
CREATE INDEX idx_assessments_user_id_status ON public.assessments (user_id, status);
CREATE INDEX idx_assessments_completed_pillar_completed_at
    ON public.assessments (pillar, completed_at DESC) WHERE status = 'completed';
CREATE INDEX idx_assessments_results ON public.assessments USING gin (results jsonb_path_ops);

CREATE TRIGGER update_assessments_updated_at BEFORE UPDATE ON public.assessments
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_assessment_responses_updated_at BEFORE UPDATE ON public.assessment_responses
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

ALTER TABLE public.assessments ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.assessments FORCE ROW LEVEL SECURITY;
ALTER TABLE public.assessment_responses ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.assessment_responses FORCE ROW LEVEL SECURITY;

-- Score and results are worked out by the service.
REVOKE ALL ON public.assessments, public.assessment_responses FROM anon, authenticated;
GRANT SELECT, DELETE ON public.assessments, public.assessment_responses TO authenticated;
GRANT INSERT (id, user_id, title, pillar, status, started_at) ON public.assessments TO authenticated;
GRANT UPDATE (title, status, started_at, completed_at) ON public.assessments TO authenticated;
GRANT INSERT ON public.assessment_responses TO authenticated;
GRANT UPDATE (assessment_id, answer) ON public.assessment_responses TO authenticated;

CREATE POLICY assessments_select ON public.assessments FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) OR user_id IN (SELECT private.managed_users()));
CREATE POLICY assessments_insert ON public.assessments FOR INSERT TO authenticated
    WITH CHECK (user_id = (SELECT auth.uid()) OR user_id IN (SELECT private.managed_users()));
CREATE POLICY assessments_update ON public.assessments FOR UPDATE TO authenticated
    USING (
        (user_id = (SELECT auth.uid()) AND status IN ('not_started', 'in_progress'))
        OR user_id IN (SELECT private.managed_users())
    )
    WITH CHECK (
        (user_id = (SELECT auth.uid()) AND status <> 'archived')
        OR user_id IN (SELECT private.managed_users())
    );
CREATE POLICY assessments_delete ON public.assessments FOR DELETE TO authenticated
    USING (user_id IN (SELECT private.managed_users()));

-- Who sees the assessment sees its answers, by the policy of assessments; they change until it is completed, and only by who answers.
CREATE POLICY assessment_responses_select ON public.assessment_responses FOR SELECT TO authenticated
    USING (assessment_id IN (SELECT assessment.id FROM public.assessments AS assessment));
CREATE POLICY assessment_responses_insert ON public.assessment_responses FOR INSERT TO authenticated
    WITH CHECK (EXISTS (
        SELECT FROM public.assessments AS assessment
        WHERE assessment.id = assessment_responses.assessment_id
          AND assessment.status IN ('not_started', 'in_progress')
          AND (assessment.user_id = (SELECT auth.uid()) OR (SELECT private.is_admin()))));
CREATE POLICY assessment_responses_update ON public.assessment_responses FOR UPDATE TO authenticated
    USING (EXISTS (
        SELECT FROM public.assessments AS assessment
        WHERE assessment.id = assessment_responses.assessment_id
          AND assessment.status IN ('not_started', 'in_progress')
          AND (assessment.user_id = (SELECT auth.uid()) OR (SELECT private.is_admin()))))
    WITH CHECK (EXISTS (
        SELECT FROM public.assessments AS assessment
        WHERE assessment.id = assessment_responses.assessment_id
          AND assessment.status IN ('not_started', 'in_progress')
          AND (assessment.user_id = (SELECT auth.uid()) OR (SELECT private.is_admin()))));
CREATE POLICY assessment_responses_delete ON public.assessment_responses FOR DELETE TO authenticated
    USING (EXISTS (
        SELECT FROM public.assessments AS assessment
        WHERE assessment.id = assessment_responses.assessment_id AND assessment.user_id IN (SELECT private.managed_users())));

COMMENT ON TABLE public.assessments IS 'Assessments that people take of themselves';
COMMENT ON COLUMN public.assessments.score IS '0 to 100, worked out by the service; NULL until then';
COMMENT ON COLUMN public.assessments.results IS 'Object of the figures behind score, e.g. {"level": "advanced"}; searched by containment';

COMMENT ON TABLE public.assessment_responses IS 'Answers, one a question';
COMMENT ON COLUMN public.assessment_responses.question_key IS 'Name that the application gives the question, e.g. adaptability.learning_1';
COMMENT ON COLUMN public.assessment_responses.answer IS 'Any JSON value but null; its form depends on the question';
