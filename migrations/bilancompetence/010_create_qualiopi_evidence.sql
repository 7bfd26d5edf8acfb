-- Evidence: files that show an auditor that an indicator is met. Theirs who administer the organization.
CREATE TABLE public.qualiopi_evidence (
    id UUID CONSTRAINT qualiopi_evidence_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID NOT NULL
        CONSTRAINT qualiopi_evidence_organization_id_fkey REFERENCES public.organizations (id) ON DELETE CASCADE,
    indicator_number SMALLINT NOT NULL
        CONSTRAINT qualiopi_evidence_indicator_number_fkey REFERENCES public.qualiopi_indicators (number) ON DELETE RESTRICT,
    uploaded_by UUID
        CONSTRAINT qualiopi_evidence_uploaded_by_fkey REFERENCES public.users (id) ON DELETE SET NULL,
    title TEXT NOT NULL
        CONSTRAINT qualiopi_evidence_title_check CHECK (btrim(title) <> ''),
    kind TEXT NOT NULL
        CONSTRAINT qualiopi_evidence_kind_check CHECK (kind IN ('PROCEDURE', 'RECORD', 'SURVEY', 'CONTRACT', 'SCREENSHOT', 'OTHER')),
    storage_key TEXT NOT NULL CONSTRAINT qualiopi_evidence_storage_key_key UNIQUE,
    collected_on DATE NOT NULL DEFAULT CURRENT_DATE,
    retain_until DATE NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT qualiopi_evidence_retain_until_check CHECK (retain_until > collected_on)
);

COMMENT ON TABLE public.qualiopi_evidence IS 'Files that show that an indicator is met; the bytes are in the object store';
COMMENT ON COLUMN public.qualiopi_evidence.uploaded_by IS 'NULL when the account was deleted';
COMMENT ON COLUMN public.qualiopi_evidence.kind IS 'PROCEDURE is how it should be, RECORD that it was done';
COMMENT ON COLUMN public.qualiopi_evidence.storage_key IS 'Key of the object in the store, no URL';
COMMENT ON COLUMN public.qualiopi_evidence.retain_until IS 'Last day on which it must be kept';

CREATE INDEX idx_qualiopi_evidence_organization_id_indicator_number ON public.qualiopi_evidence (organization_id, indicator_number);
CREATE INDEX idx_qualiopi_evidence_indicator_number ON public.qualiopi_evidence (indicator_number);
CREATE INDEX idx_qualiopi_evidence_uploaded_by ON public.qualiopi_evidence (uploaded_by);
-- What may be erased.
CREATE INDEX idx_qualiopi_evidence_retain_until ON public.qualiopi_evidence (retain_until);

CREATE TRIGGER qualiopi_evidence_set_updated_at BEFORE UPDATE ON public.qualiopi_evidence
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

ALTER TABLE public.qualiopi_evidence ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.qualiopi_evidence FORCE ROW LEVEL SECURITY;

CREATE POLICY qualiopi_evidence_all ON public.qualiopi_evidence FOR ALL
    USING (
        organization_id = (SELECT public.app_administered_organization()) OR (SELECT public.app_is_admin())
    )
    WITH CHECK (
        organization_id = (SELECT public.app_administered_organization()) OR (SELECT public.app_is_admin())
    );
