-- What was done about the conformity of an organization, for its auditors; append-only as audit_logs, and for the same reason without
-- foreign keys to users and organizations. indicator_number has one: RESTRICT keeps the indicators that entries speak of.
CREATE TABLE public.qualiopi_audit_log (
    id UUID CONSTRAINT qualiopi_audit_log_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID NOT NULL,
    indicator_number SMALLINT
        CONSTRAINT qualiopi_audit_log_indicator_number_fkey REFERENCES public.qualiopi_indicators (number) ON DELETE RESTRICT,
    user_id UUID,
    action TEXT NOT NULL
        CONSTRAINT qualiopi_audit_log_action_check CHECK (action IN ('EVIDENCE_ADDED', 'EVIDENCE_REMOVED', 'STATUS_CHANGED', 'REVIEWED', 'AUDIT_PREPARED', 'AUDIT_PASSED', 'AUDIT_FAILED')),
    old_value JSONB,
    new_value JSONB,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

COMMENT ON TABLE public.qualiopi_audit_log IS 'Trail of the conformity work; nobody updates, deletes or truncates it, hence no updated_at';
COMMENT ON COLUMN public.qualiopi_audit_log.organization_id IS 'No foreign key: an entry outlives the organization';
COMMENT ON COLUMN public.qualiopi_audit_log.user_id IS 'Who acted; no foreign key: an entry outlives the account';
COMMENT ON COLUMN public.qualiopi_audit_log.indicator_number IS 'NULL where it concerns all';
COMMENT ON COLUMN public.qualiopi_audit_log.old_value IS 'Before, as JSON; NULL where there was nothing';
COMMENT ON COLUMN public.qualiopi_audit_log.new_value IS 'After, as JSON; NULL where nothing is left';

CREATE INDEX idx_qualiopi_audit_log_organization_id_created_at ON public.qualiopi_audit_log (organization_id, created_at DESC);
CREATE INDEX idx_qualiopi_audit_log_indicator_number ON public.qualiopi_audit_log (indicator_number);

CREATE TRIGGER qualiopi_audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.qualiopi_audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

ALTER TABLE public.qualiopi_audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.qualiopi_audit_log FORCE ROW LEVEL SECURITY;

CREATE POLICY qualiopi_audit_log_select ON public.qualiopi_audit_log FOR SELECT
    USING (
        organization_id = (SELECT public.app_administered_organization()) OR (SELECT public.app_is_admin())
    );

-- Members write in their own name.
CREATE POLICY qualiopi_audit_log_insert ON public.qualiopi_audit_log FOR INSERT
    WITH CHECK (
        (organization_id = (SELECT public.app_user_organization()) AND user_id = (SELECT public.app_user_id()))
        OR (SELECT public.app_is_admin())
    );
