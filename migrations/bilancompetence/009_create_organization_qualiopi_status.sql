-- Where each organization stands with each indicator. Its members read it, its administrators write it.
CREATE TABLE public.organization_qualiopi_status (
    id UUID CONSTRAINT organization_qualiopi_status_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID NOT NULL
        CONSTRAINT organization_qualiopi_status_organization_id_fkey REFERENCES public.organizations (id) ON DELETE CASCADE,
    indicator_number SMALLINT NOT NULL
        CONSTRAINT organization_qualiopi_status_indicator_number_fkey REFERENCES public.qualiopi_indicators (number) ON DELETE RESTRICT,
    level_code TEXT NOT NULL DEFAULT 'NOT_STARTED'
        CONSTRAINT organization_qualiopi_status_level_code_fkey REFERENCES public.qualiopi_certification_levels (code) ON DELETE RESTRICT,
    status TEXT NOT NULL DEFAULT 'TO_DO'
        CONSTRAINT organization_qualiopi_status_status_check CHECK (status IN ('TO_DO', 'IN_PROGRESS', 'COMPLIANT', 'MINOR_NON_CONFORMITY', 'MAJOR_NON_CONFORMITY', 'NOT_APPLICABLE')),
    score SMALLINT
        CONSTRAINT organization_qualiopi_status_score_check CHECK (score BETWEEN 0 AND 100),
    notes TEXT,
    reviewed_on DATE,
    next_review_on DATE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT organization_qualiopi_status_organization_id_indicator_numb_key UNIQUE (organization_id, indicator_number),
    CONSTRAINT organization_qualiopi_status_next_review_on_check CHECK (next_review_on > reviewed_on)
);

COMMENT ON TABLE public.organization_qualiopi_status IS 'Conformity of an organization, one row an indicator';
COMMENT ON COLUMN public.organization_qualiopi_status.level_code IS 'The level that the indicator has reached';
COMMENT ON COLUMN public.organization_qualiopi_status.status IS 'As in an audit report, with TO_DO and IN_PROGRESS before it';
COMMENT ON COLUMN public.organization_qualiopi_status.score IS 'How much of the indicator is covered, 0 to 100; NULL until judged';
COMMENT ON COLUMN public.organization_qualiopi_status.reviewed_on IS 'NULL until the first review';

-- The unique key begins with organization_id and serves that foreign key too.
CREATE INDEX idx_organization_qualiopi_status_indicator_number ON public.organization_qualiopi_status (indicator_number);
CREATE INDEX idx_organization_qualiopi_status_level_code ON public.organization_qualiopi_status (level_code);

CREATE TRIGGER organization_qualiopi_status_set_updated_at BEFORE UPDATE ON public.organization_qualiopi_status
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

ALTER TABLE public.organization_qualiopi_status ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.organization_qualiopi_status FORCE ROW LEVEL SECURITY;

CREATE POLICY organization_qualiopi_status_select ON public.organization_qualiopi_status FOR SELECT
    USING (
        organization_id = (SELECT public.app_user_organization()) OR (SELECT public.app_is_admin())
    );

CREATE POLICY organization_qualiopi_status_insert ON public.organization_qualiopi_status FOR INSERT
    WITH CHECK (
        organization_id = (SELECT public.app_administered_organization()) OR (SELECT public.app_is_admin())
    );

CREATE POLICY organization_qualiopi_status_update ON public.organization_qualiopi_status FOR UPDATE
    USING (
        organization_id = (SELECT public.app_administered_organization()) OR (SELECT public.app_is_admin())
    )
    WITH CHECK (
        organization_id = (SELECT public.app_administered_organization()) OR (SELECT public.app_is_admin())
    );

CREATE POLICY organization_qualiopi_status_delete ON public.organization_qualiopi_status FOR DELETE
    USING (
        organization_id = (SELECT public.app_administered_organization()) OR (SELECT public.app_is_admin())
    );
