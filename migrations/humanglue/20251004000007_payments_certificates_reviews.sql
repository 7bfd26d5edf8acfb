-- Payments and certificates. The reviews of the file's name are course_reviews (0003) and workshop_feedback (0004).
--
-- Payments are the service's, which hears of them from the provider: people read their own and administrators their organization's.
CREATE TABLE public.payments (
    id uuid CONSTRAINT payments_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid
        CONSTRAINT payments_organization_id_fkey REFERENCES public.organizations (id) ON DELETE RESTRICT,
    user_id uuid CONSTRAINT payments_user_id_fkey REFERENCES public.users (id) ON DELETE SET NULL,
    course_id uuid CONSTRAINT payments_course_id_fkey REFERENCES public.courses (id) ON DELETE SET NULL,
    workshop_id uuid CONSTRAINT payments_workshop_id_fkey REFERENCES public.workshops (id) ON DELETE SET NULL,
    consultation_id uuid CONSTRAINT payments_consultation_id_fkey REFERENCES public.consultations (id) ON DELETE SET NULL,
    amount numeric(10, 2) NOT NULL CONSTRAINT payments_amount_check CHECK (amount > 0),
    currency text NOT NULL DEFAULT 'USD' CONSTRAINT payments_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    status public.payment_status NOT NULL DEFAULT 'pending',
    provider text NOT NULL DEFAULT 'stripe' CONSTRAINT payments_provider_check CHECK (btrim(provider) <> ''),
    provider_payment_id text,
    failure_reason text,
    metadata jsonb NOT NULL DEFAULT '{}' CONSTRAINT payments_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    paid_at timestamptz,
    refunded_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT payments_provider_provider_payment_id_key UNIQUE (provider, provider_payment_id),
    CONSTRAINT payments_subject_check CHECK (num_nonnulls(course_id, workshop_id, consultation_id) <= 1),
    CONSTRAINT payments_paid_at_check CHECK ((status IN ('completed', 'refunded')) = (paid_at IS NOT NULL)),
    CONSTRAINT payments_refunded_at_check CHECK ((status = 'refunded') = (refunded_at IS NOT NULL)),
    CONSTRAINT payments_failure_reason_check CHECK (failure_reason IS NULL OR status = 'failed')
);

CREATE TABLE public.certificates (
    id uuid CONSTRAINT certificates_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT certificates_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    course_id uuid CONSTRAINT certificates_course_id_fkey REFERENCES public.courses (id) ON DELETE CASCADE,
    workshop_id uuid CONSTRAINT certificates_workshop_id_fkey REFERENCES public.workshops (id) ON DELETE CASCADE,
    certificate_number text NOT NULL CONSTRAINT certificates_certificate_number_key UNIQUE
        CONSTRAINT certificates_certificate_number_check CHECK (certificate_number ~ '^[A-Z0-9-]{8,}$'),
    url text,
    issued_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    CONSTRAINT certificates_user_id_course_id_key UNIQUE (user_id, course_id),
    CONSTRAINT certificates_user_id_workshop_id_key UNIQUE (user_id, workshop_id),
    CONSTRAINT certificates_subject_check CHECK (num_nonnulls(course_id, workshop_id) = 1),
    CONSTRAINT certificates_expires_at_check CHECK (expires_at > issued_at)
);

ALTER TABLE public.revenue_transactions
    ADD COLUMN payment_id uuid CONSTRAINT revenue_transactions_payment_id_fkey REFERENCES public.payments (id) ON DELETE SET NULL;

-- certificates.user_id is served by its unique keys.
CREATE INDEX idx_payments_organization_id_created_at ON public.payments (organization_id, created_at DESC);
CREATE INDEX idx_payments_user_id_created_at ON public.payments (user_id, created_at DESC);
CREATE INDEX idx_payments_course_id ON public.payments (course_id);
CREATE INDEX idx_payments_workshop_id ON public.payments (workshop_id);
CREATE INDEX idx_payments_consultation_id ON public.payments (consultation_id);
CREATE INDEX idx_payments_pending_created_at ON public.payments (created_at) WHERE status = 'pending';
CREATE INDEX idx_payments_metadata ON public.payments USING gin (metadata jsonb_path_ops);
CREATE INDEX idx_certificates_course_id ON public.certificates (course_id);
CREATE INDEX idx_certificates_workshop_id ON public.certificates (workshop_id);
CREATE INDEX idx_revenue_transactions_payment_id ON public.revenue_transactions (payment_id);

CREATE TRIGGER update_payments_updated_at BEFORE UPDATE ON public.payments
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

ALTER TABLE public.payments ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.payments FORCE ROW LEVEL SECURITY;
ALTER TABLE public.certificates ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.certificates FORCE ROW LEVEL SECURITY;

REVOKE ALL ON public.payments, public.certificates FROM anon, authenticated;
GRANT SELECT, INSERT, DELETE ON public.payments, public.certificates TO authenticated;
GRANT UPDATE (status, failure_reason, paid_at, refunded_at, metadata) ON public.payments TO authenticated;
GRANT UPDATE (url, expires_at) ON public.certificates TO authenticated;

CREATE POLICY payments_select ON public.payments FOR SELECT TO authenticated
    USING (
        user_id = (SELECT auth.uid())
        OR organization_id = (SELECT private.administered_organization())
        OR (SELECT private.is_admin())
    );
CREATE POLICY payments_insert ON public.payments FOR INSERT TO authenticated
    WITH CHECK ((SELECT private.is_admin()));
CREATE POLICY payments_update ON public.payments FOR UPDATE TO authenticated
    USING ((SELECT private.is_admin()));
CREATE POLICY payments_delete ON public.payments FOR DELETE TO authenticated
    USING ((SELECT private.is_admin()));

-- Instructors certify their own students, administrators their people; each for what they are in charge of.
CREATE POLICY certificates_select ON public.certificates FOR SELECT TO authenticated
    USING (
        user_id = (SELECT auth.uid())
        OR course_id IN (SELECT private.managed_courses())
        OR workshop_id IN (SELECT private.managed_workshops())
    );
CREATE POLICY certificates_insert ON public.certificates FOR INSERT TO authenticated
    WITH CHECK (
        (course_id IN (SELECT private.managed_courses()) OR workshop_id IN (SELECT private.managed_workshops()))
        AND (user_id IN (SELECT private.students()) OR user_id IN (SELECT private.managed_users()))
    );
CREATE POLICY certificates_update ON public.certificates FOR UPDATE TO authenticated
    USING (course_id IN (SELECT private.managed_courses()) OR workshop_id IN (SELECT private.managed_workshops()));
CREATE POLICY certificates_delete ON public.certificates FOR DELETE TO authenticated
    USING (user_id IN (SELECT private.managed_users()));

COMMENT ON TABLE public.payments IS 'Payments as the provider tells of them; written by the service';
COMMENT ON COLUMN public.payments.organization_id IS 'Of the payer at that time; NULL for who belonged to none';
COMMENT ON COLUMN public.payments.user_id IS 'Who paid; NULL when that account was deleted';
COMMENT ON COLUMN public.payments.amount IS 'In currency; a refund is a status, not a negative amount';
COMMENT ON COLUMN public.payments.currency IS 'ISO 4217';
COMMENT ON COLUMN public.payments.provider_payment_id IS 'The provider''s own id; NULL until it gave one';
COMMENT ON COLUMN public.payments.failure_reason IS 'The provider''s words; only of a failed one';
COMMENT ON COLUMN public.payments.metadata IS 'Object as it was given to the provider; searched by containment';

COMMENT ON TABLE public.certificates IS 'Certificates for a course or for a workshop, one each';
COMMENT ON COLUMN public.certificates.certificate_number IS 'Printed on it; capital letters, digits and hyphens, 8 at least';
COMMENT ON COLUMN public.certificates.url IS 'Where the document is; NULL until it is made';
COMMENT ON COLUMN public.certificates.expires_at IS 'NULL for one that does not expire';

COMMENT ON COLUMN public.revenue_transactions.payment_id IS 'What it was paid by; NULL where nothing was paid yet';
