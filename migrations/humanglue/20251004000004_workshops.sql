-- Workshops with registrations and feedback; who attends a workshop is its instructor's student too.
CREATE TABLE public.workshops (
    id uuid CONSTRAINT workshops_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL
        CONSTRAINT workshops_organization_id_fkey REFERENCES public.organizations (id) ON DELETE RESTRICT,
    instructor_id uuid NOT NULL
        CONSTRAINT workshops_instructor_id_fkey REFERENCES public.instructor_profiles (user_id) ON DELETE RESTRICT,
    title text NOT NULL CONSTRAINT workshops_title_check CHECK (btrim(title) <> ''),
    description text NOT NULL DEFAULT '',
    pillar public.ai_pillar NOT NULL,
    type public.workshop_type NOT NULL DEFAULT 'online',
    status public.workshop_status NOT NULL DEFAULT 'draft',
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    location text,
    capacity integer CONSTRAINT workshops_capacity_check CHECK (capacity > 0),
    price numeric(10, 2) NOT NULL DEFAULT 0 CONSTRAINT workshops_price_check CHECK (price >= 0),
    currency text NOT NULL DEFAULT 'USD' CONSTRAINT workshops_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT workshops_ends_at_check CHECK (ends_at > starts_at),
    CONSTRAINT workshops_location_check CHECK (type = 'online' OR location IS NOT NULL)
);

CREATE TABLE public.workshop_registrations (
    id uuid CONSTRAINT workshop_registrations_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    workshop_id uuid NOT NULL
        CONSTRAINT workshop_registrations_workshop_id_fkey REFERENCES public.workshops (id) ON DELETE CASCADE,
    user_id uuid NOT NULL
        CONSTRAINT workshop_registrations_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    status public.registration_status NOT NULL DEFAULT 'registered',
    registered_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT workshop_registrations_workshop_id_user_id_key UNIQUE (workshop_id, user_id)
);

CREATE TABLE public.workshop_feedback (
    id uuid CONSTRAINT workshop_feedback_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    workshop_id uuid NOT NULL
        CONSTRAINT workshop_feedback_workshop_id_fkey REFERENCES public.workshops (id) ON DELETE CASCADE,
    user_id uuid NOT NULL CONSTRAINT workshop_feedback_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    rating smallint NOT NULL CONSTRAINT workshop_feedback_rating_check CHECK (rating BETWEEN 1 AND 5),
    comment text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT workshop_feedback_workshop_id_user_id_key UNIQUE (workshop_id, user_id)
);

ALTER TABLE public.revenue_transactions
    ADD COLUMN workshop_id uuid
    CONSTRAINT revenue_transactions_workshop_id_fkey REFERENCES public.workshops (id) ON DELETE SET NULL;

-- workshop_id of registrations and feedback is served by their unique keys.
CREATE INDEX idx_workshops_organization_id_status ON public.workshops (organization_id, status);
CREATE INDEX idx_workshops_instructor_id_starts_at ON public.workshops (instructor_id, starts_at);
CREATE INDEX idx_workshops_published_starts_at ON public.workshops (organization_id, starts_at) WHERE status = 'published';
CREATE INDEX idx_workshops_title_trgm ON public.workshops USING gin (title gin_trgm_ops);
CREATE INDEX idx_workshop_registrations_user_id_status ON public.workshop_registrations (user_id, status);
CREATE INDEX idx_workshop_registrations_waitlisted
    ON public.workshop_registrations (workshop_id, registered_at) WHERE status = 'waitlisted';
CREATE INDEX idx_workshop_feedback_user_id ON public.workshop_feedback (user_id);
CREATE INDEX idx_revenue_transactions_workshop_id ON public.revenue_transactions (workshop_id);

CREATE TRIGGER update_workshops_updated_at BEFORE UPDATE ON public.workshops
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_workshop_registrations_updated_at BEFORE UPDATE ON public.workshop_registrations
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_workshop_feedback_updated_at BEFORE UPDATE ON public.workshop_feedback
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

CREATE FUNCTION private.managed_workshops() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
    SELECT workshop.id FROM public.workshops AS workshop
    WHERE (workshop.instructor_id = (SELECT auth.uid()) AND workshop.organization_id = (SELECT private.organization()))
       OR workshop.organization_id = (SELECT private.administered_organization())
       OR (SELECT private.is_admin())
$$;
COMMENT ON FUNCTION private.managed_workshops() IS 'Workshops that the session''s user holds or administers';

CREATE FUNCTION private.open_workshops() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
    SELECT workshop.id FROM public.workshops AS workshop
    WHERE workshop.organization_id = (SELECT private.organization()) AND workshop.status = 'published' AND workshop.price = 0
$$;
COMMENT ON FUNCTION private.open_workshops() IS 'Workshops that the session''s user can register for without paying';

CREATE FUNCTION private.attended_workshops() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
    SELECT registration.workshop_id FROM public.workshop_registrations AS registration
    WHERE registration.user_id = (SELECT auth.uid()) AND registration.status = 'attended'
$$;
COMMENT ON FUNCTION private.attended_workshops() IS 'Workshops that the session''s user was at';

CREATE OR REPLACE FUNCTION private.students() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
    SELECT enrollment.user_id
    FROM public.enrollments AS enrollment
    JOIN public.courses AS course ON course.id = enrollment.course_id
    WHERE course.instructor_id = (SELECT auth.uid()) AND course.organization_id = (SELECT private.organization())
    UNION
    SELECT registration.user_id
    FROM public.workshop_registrations AS registration
    JOIN public.workshops AS workshop ON workshop.id = registration.workshop_id
    WHERE workshop.instructor_id = (SELECT auth.uid()) AND workshop.organization_id = (SELECT private.organization())
$$;

REVOKE ALL ON FUNCTION private.managed_workshops(), private.open_workshops(), private.attended_workshops() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.managed_workshops(), private.open_workshops(), private.attended_workshops() TO authenticated;

ALTER TABLE public.workshops ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.workshops FORCE ROW LEVEL SECURITY;
ALTER TABLE public.workshop_registrations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.workshop_registrations FORCE ROW LEVEL SECURITY;
ALTER TABLE public.workshop_feedback ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.workshop_feedback FORCE ROW LEVEL SECURITY;

REVOKE ALL ON public.workshops, public.workshop_registrations, public.workshop_feedback FROM anon, authenticated;
GRANT SELECT, INSERT, DELETE ON public.workshops, public.workshop_registrations, public.workshop_feedback TO authenticated;
GRANT UPDATE (
    organization_id, instructor_id, title, description, pillar, type, status, starts_at, ends_at, location, capacity, price, currency
) ON public.workshops TO authenticated;
GRANT UPDATE (status) ON public.workshop_registrations TO authenticated;
GRANT UPDATE (rating, comment) ON public.workshop_feedback TO authenticated;

CREATE POLICY workshops_select ON public.workshops FOR SELECT TO authenticated
    USING (
        (organization_id = (SELECT private.organization()) AND (status <> 'draft' OR instructor_id = (SELECT auth.uid())))
        OR organization_id = (SELECT private.administered_organization())
        OR (SELECT private.is_admin())
    );
CREATE POLICY workshops_insert ON public.workshops FOR INSERT TO authenticated
    WITH CHECK (
        (organization_id = (SELECT private.organization()) AND instructor_id = (SELECT auth.uid()))
        OR (organization_id = (SELECT private.administered_organization()) AND instructor_id IN (SELECT private.managed_users()))
        OR (SELECT private.is_admin())
    );
CREATE POLICY workshops_update ON public.workshops FOR UPDATE TO authenticated
    USING (
        (organization_id = (SELECT private.organization()) AND instructor_id = (SELECT auth.uid()))
        OR organization_id = (SELECT private.administered_organization())
        OR (SELECT private.is_admin())
    )
    WITH CHECK (
        (organization_id = (SELECT private.organization()) AND instructor_id = (SELECT auth.uid()))
        OR (organization_id = (SELECT private.administered_organization()) AND instructor_id IN (SELECT private.managed_users()))
        OR (SELECT private.is_admin())
    );
-- With a workshop its registrations go, so an instructor deletes drafts only and cancels the others.
CREATE POLICY workshops_delete ON public.workshops FOR DELETE TO authenticated
    USING (
        (organization_id = (SELECT private.organization()) AND instructor_id = (SELECT auth.uid()) AND status = 'draft')
        OR organization_id = (SELECT private.administered_organization())
        OR (SELECT private.is_admin())
    );

CREATE POLICY workshop_registrations_select ON public.workshop_registrations FOR SELECT TO authenticated
    USING (
        user_id = (SELECT auth.uid())
        OR workshop_id IN (SELECT private.managed_workshops())
        OR user_id IN (SELECT private.led_users())
    );
CREATE POLICY workshop_registrations_insert ON public.workshop_registrations FOR INSERT TO authenticated
    WITH CHECK (
        (
            user_id = (SELECT auth.uid())
            AND status IN ('registered', 'waitlisted')
            AND workshop_id IN (SELECT private.open_workshops())
        )
        OR (user_id IN (SELECT private.managed_users()) AND workshop_id IN (SELECT private.managed_workshops()))
    );
-- Who is registered can cancel, and nothing else: that they attended, others say.
CREATE POLICY workshop_registrations_update ON public.workshop_registrations FOR UPDATE TO authenticated
    USING (
        (user_id = (SELECT auth.uid()) AND status IN ('registered', 'waitlisted'))
        OR workshop_id IN (SELECT private.managed_workshops())
    )
    WITH CHECK (
        (user_id = (SELECT auth.uid()) AND status = 'cancelled')
        OR workshop_id IN (SELECT private.managed_workshops())
    );
CREATE POLICY workshop_registrations_delete ON public.workshop_registrations FOR DELETE TO authenticated
    USING (user_id IN (SELECT private.managed_users()));

CREATE POLICY workshop_feedback_select ON public.workshop_feedback FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) OR workshop_id IN (SELECT private.managed_workshops()));
CREATE POLICY workshop_feedback_insert ON public.workshop_feedback FOR INSERT TO authenticated
    WITH CHECK (
        (user_id = (SELECT auth.uid()) AND workshop_id IN (SELECT private.attended_workshops()))
        OR (SELECT private.is_admin())
    );
CREATE POLICY workshop_feedback_update ON public.workshop_feedback FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT private.is_admin()));
CREATE POLICY workshop_feedback_delete ON public.workshop_feedback FOR DELETE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR user_id IN (SELECT private.managed_users()));

COMMENT ON TABLE public.workshops IS 'Events that an instructor holds at one time';
COMMENT ON COLUMN public.workshops.status IS 'draft: only its instructor and administrators see it';
COMMENT ON COLUMN public.workshops.location IS 'Where to come to; NULL only for an online one';
COMMENT ON COLUMN public.workshops.capacity IS 'Most people who can be registered, the waiting list apart; NULL is no limit; kept by the application';
COMMENT ON COLUMN public.workshops.price IS 'In currency; 0 is free, and then people register themselves';
COMMENT ON COLUMN public.workshops.currency IS 'ISO 4217';

COMMENT ON TABLE public.workshop_registrations IS 'Who is registered for which workshop; once each, cancelled or not';

COMMENT ON TABLE public.workshop_feedback IS 'What attendants thought of a workshop, one each';
COMMENT ON COLUMN public.workshop_feedback.rating IS '1 worst to 5 best';

COMMENT ON COLUMN public.revenue_transactions.workshop_id IS 'NULL for what concerns no workshop, and when the workshop was deleted';
