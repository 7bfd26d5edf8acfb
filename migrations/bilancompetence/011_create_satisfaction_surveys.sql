-- Satisfaction surveys of a bilan (indicator 30 of the reference) and the responses to them.
-- The organization's side sends them; who answers writes own answers; whoever sees the bilan reads both.
CREATE TABLE public.satisfaction_surveys (
    id UUID CONSTRAINT satisfaction_surveys_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    bilan_id UUID NOT NULL
        CONSTRAINT satisfaction_surveys_bilan_id_fkey REFERENCES public.bilans (id) ON DELETE CASCADE,
    kind TEXT NOT NULL
        CONSTRAINT satisfaction_surveys_kind_check CHECK (kind IN ('MID_TERM', 'END', 'FOLLOW_UP')),
    status TEXT NOT NULL DEFAULT 'PENDING'
        CONSTRAINT satisfaction_surveys_status_check CHECK (status IN ('PENDING', 'SENT', 'ANSWERED', 'EXPIRED')),
    sent_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT satisfaction_surveys_bilan_id_kind_key UNIQUE (bilan_id, kind),
    CONSTRAINT satisfaction_surveys_expires_at_check CHECK (expires_at > sent_at)
);

COMMENT ON TABLE public.satisfaction_surveys IS 'Surveys, one a bilan and occasion';
COMMENT ON COLUMN public.satisfaction_surveys.kind IS 'MID_TERM, END, or FOLLOW_UP six months later';
COMMENT ON COLUMN public.satisfaction_surveys.sent_at IS 'NULL while PENDING';
COMMENT ON COLUMN public.satisfaction_surveys.expires_at IS 'Answers are taken until then; NULL for ever';

CREATE TABLE public.survey_responses (
    id UUID CONSTRAINT survey_responses_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    survey_id UUID NOT NULL
        CONSTRAINT survey_responses_survey_id_fkey REFERENCES public.satisfaction_surveys (id) ON DELETE CASCADE,
    respondent_id UUID NOT NULL
        CONSTRAINT survey_responses_respondent_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    overall_score SMALLINT NOT NULL
        CONSTRAINT survey_responses_overall_score_check CHECK (overall_score BETWEEN 1 AND 5),
    consultant_score SMALLINT
        CONSTRAINT survey_responses_consultant_score_check CHECK (consultant_score BETWEEN 1 AND 5),
    usefulness_score SMALLINT
        CONSTRAINT survey_responses_usefulness_score_check CHECK (usefulness_score BETWEEN 1 AND 5),
    recommendation_score SMALLINT
        CONSTRAINT survey_responses_recommendation_score_check CHECK (recommendation_score BETWEEN 0 AND 10),
    comment TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT survey_responses_survey_id_respondent_id_key UNIQUE (survey_id, respondent_id)
);

COMMENT ON TABLE public.survey_responses IS 'Responses, one a survey and respondent';
COMMENT ON COLUMN public.survey_responses.overall_score IS '1 not at all satisfied to 5 very satisfied';
COMMENT ON COLUMN public.survey_responses.consultant_score IS '1 to 5, as overall_score';
COMMENT ON COLUMN public.survey_responses.usefulness_score IS '1 to 5, as overall_score';
COMMENT ON COLUMN public.survey_responses.recommendation_score IS '0 to 10: would recommend it (net promoter score)';

-- The unique keys begin with bilan_id and survey_id and serve those foreign keys too.
CREATE INDEX idx_survey_responses_respondent_id ON public.survey_responses (respondent_id);

CREATE TRIGGER satisfaction_surveys_set_updated_at BEFORE UPDATE ON public.satisfaction_surveys
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER survey_responses_set_updated_at BEFORE UPDATE ON public.survey_responses
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

ALTER TABLE public.satisfaction_surveys ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.satisfaction_surveys FORCE ROW LEVEL SECURITY;
ALTER TABLE public.survey_responses ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.survey_responses FORCE ROW LEVEL SECURITY;

CREATE POLICY satisfaction_surveys_select ON public.satisfaction_surveys FOR SELECT
    USING (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan)
    );

CREATE POLICY satisfaction_surveys_insert ON public.satisfaction_surveys FOR INSERT
    WITH CHECK (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id <> (SELECT public.app_user_id()))
    );

CREATE POLICY satisfaction_surveys_update ON public.satisfaction_surveys FOR UPDATE
    USING (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id <> (SELECT public.app_user_id()))
    )
    WITH CHECK (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id <> (SELECT public.app_user_id()))
    );

CREATE POLICY satisfaction_surveys_delete ON public.satisfaction_surveys FOR DELETE
    USING (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id <> (SELECT public.app_user_id()))
    );

CREATE POLICY survey_responses_select ON public.survey_responses FOR SELECT
    USING (
        survey_id IN (SELECT survey.id FROM public.satisfaction_surveys AS survey)
    );

CREATE POLICY survey_responses_insert ON public.survey_responses FOR INSERT
    WITH CHECK (
        (respondent_id = (SELECT public.app_user_id()) AND survey_id IN (SELECT survey.id FROM public.satisfaction_surveys AS survey))
        OR (SELECT public.app_is_admin())
    );

CREATE POLICY survey_responses_update ON public.survey_responses FOR UPDATE
    USING (
        (respondent_id = (SELECT public.app_user_id()) AND survey_id IN (SELECT survey.id FROM public.satisfaction_surveys AS survey))
        OR (SELECT public.app_is_admin())
    )
    WITH CHECK (
        (respondent_id = (SELECT public.app_user_id()) AND survey_id IN (SELECT survey.id FROM public.satisfaction_surveys AS survey))
        OR (SELECT public.app_is_admin())
    );

CREATE POLICY survey_responses_delete ON public.survey_responses FOR DELETE
    USING (
        (respondent_id = (SELECT public.app_user_id()) AND survey_id IN (SELECT survey.id FROM public.satisfaction_surveys AS survey))
        OR (SELECT public.app_is_admin())
    );
