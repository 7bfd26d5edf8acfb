-- The talent marketplace: profiles, requests for projects, one-to-one consultations. It is one within each organization.
CREATE TABLE public.talent_profiles (
    user_id uuid CONSTRAINT talent_profiles_pkey PRIMARY KEY
        CONSTRAINT talent_profiles_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    headline text NOT NULL CONSTRAINT talent_profiles_headline_check CHECK (btrim(headline) <> ''),
    bio text,
    skills jsonb NOT NULL DEFAULT '[]' CONSTRAINT talent_profiles_skills_check CHECK (jsonb_typeof(skills) = 'array'),
    hourly_rate numeric(10, 2) CONSTRAINT talent_profiles_hourly_rate_check CHECK (hourly_rate >= 0),
    currency text NOT NULL DEFAULT 'USD' CONSTRAINT talent_profiles_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    is_listed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE public.engagement_requests (
    id uuid CONSTRAINT engagement_requests_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id uuid NOT NULL CONSTRAINT engagement_requests_client_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    talent_id uuid NOT NULL
        CONSTRAINT engagement_requests_talent_id_fkey REFERENCES public.talent_profiles (user_id) ON DELETE CASCADE,
    title text NOT NULL CONSTRAINT engagement_requests_title_check CHECK (btrim(title) <> ''),
    description text NOT NULL DEFAULT '',
    budget numeric(10, 2) CONSTRAINT engagement_requests_budget_check CHECK (budget >= 0),
    status text NOT NULL DEFAULT 'pending'
        CONSTRAINT engagement_requests_status_check CHECK (status IN ('pending', 'accepted', 'declined', 'completed', 'cancelled')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT engagement_requests_participants_check CHECK (client_id <> talent_id)
);

CREATE TABLE public.consultations (
    id uuid CONSTRAINT consultations_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT consultations_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    instructor_id uuid NOT NULL
        CONSTRAINT consultations_instructor_id_fkey REFERENCES public.instructor_profiles (user_id) ON DELETE RESTRICT,
    topic text NOT NULL CONSTRAINT consultations_topic_check CHECK (btrim(topic) <> ''),
    pillar public.ai_pillar NOT NULL,
    status public.consultation_status NOT NULL DEFAULT 'requested',
    scheduled_at timestamptz,
    duration_minutes integer NOT NULL DEFAULT 60 CONSTRAINT consultations_duration_minutes_check CHECK (duration_minutes > 0),
    notes text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT consultations_participants_check CHECK (user_id <> instructor_id),
    CONSTRAINT consultations_scheduled_at_check CHECK (status NOT IN ('scheduled', 'completed') OR scheduled_at IS NOT NULL)
);

ALTER TABLE public.revenue_transactions
    ADD COLUMN consultation_id uuid
    CONSTRAINT revenue_transactions_consultation_id_fkey REFERENCES public.consultations (id) ON DELETE SET NULL;

CREATE INDEX idx_talent_profiles_headline_trgm ON public.talent_profiles USING gin (headline gin_trgm_ops);
CREATE INDEX idx_talent_profiles_listed_skills
    ON public.talent_profiles USING gin (skills jsonb_path_ops) WHERE is_listed;
CREATE INDEX idx_engagement_requests_client_id_created_at ON public.engagement_requests (client_id, created_at DESC);
CREATE INDEX idx_engagement_requests_talent_id_status ON public.engagement_requests (talent_id, status);
CREATE INDEX idx_consultations_user_id_scheduled_at ON public.consultations (user_id, scheduled_at);
CREATE INDEX idx_consultations_instructor_id_scheduled_at ON public.consultations (instructor_id, scheduled_at);
CREATE INDEX idx_consultations_requested_instructor_id
    ON public.consultations (instructor_id, created_at) WHERE status = 'requested';
CREATE INDEX idx_revenue_transactions_consultation_id ON public.revenue_transactions (consultation_id);

CREATE TRIGGER update_talent_profiles_updated_at BEFORE UPDATE ON public.talent_profiles
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_engagement_requests_updated_at BEFORE UPDATE ON public.engagement_requests
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_consultations_updated_at BEFORE UPDATE ON public.consultations
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

ALTER TABLE public.talent_profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.talent_profiles FORCE ROW LEVEL SECURITY;
ALTER TABLE public.engagement_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.engagement_requests FORCE ROW LEVEL SECURITY;
ALTER TABLE public.consultations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.consultations FORCE ROW LEVEL SECURITY;

REVOKE ALL ON public.talent_profiles, public.engagement_requests, public.consultations FROM anon, authenticated;
GRANT SELECT, INSERT, DELETE ON public.talent_profiles, public.engagement_requests, public.consultations TO authenticated;
GRANT UPDATE (headline, bio, skills, hourly_rate, currency, is_listed) ON public.talent_profiles TO authenticated;
GRANT UPDATE (title, description, budget, status) ON public.engagement_requests TO authenticated;
GRANT UPDATE (topic, status, scheduled_at, duration_minutes, notes) ON public.consultations TO authenticated;

CREATE POLICY talent_profiles_select ON public.talent_profiles FOR SELECT TO authenticated
    USING (
        user_id = (SELECT auth.uid())
        OR (is_listed AND user_id IN (SELECT private.organization_users()))
        OR user_id IN (SELECT private.managed_users())
    );
CREATE POLICY talent_profiles_insert ON public.talent_profiles FOR INSERT TO authenticated
    WITH CHECK (user_id = (SELECT auth.uid()) OR user_id IN (SELECT private.managed_users()));
CREATE POLICY talent_profiles_update ON public.talent_profiles FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR user_id IN (SELECT private.managed_users()));
CREATE POLICY talent_profiles_delete ON public.talent_profiles FOR DELETE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR user_id IN (SELECT private.managed_users()));

-- Whose profile one sees, by its policy, one can ask. The client takes a request back, the talent answers it.
CREATE POLICY engagement_requests_select ON public.engagement_requests FOR SELECT TO authenticated
    USING (
        client_id = (SELECT auth.uid())
        OR talent_id = (SELECT auth.uid())
        OR client_id IN (SELECT private.managed_users())
    );
CREATE POLICY engagement_requests_insert ON public.engagement_requests FOR INSERT TO authenticated
    WITH CHECK (
        (client_id = (SELECT auth.uid()) OR client_id IN (SELECT private.managed_users()))
        AND status = 'pending'
        AND talent_id IN (SELECT talent.user_id FROM public.talent_profiles AS talent)
    );
CREATE POLICY engagement_requests_update ON public.engagement_requests FOR UPDATE TO authenticated
    USING (
        client_id = (SELECT auth.uid())
        OR talent_id = (SELECT auth.uid())
        OR client_id IN (SELECT private.managed_users())
    )
    WITH CHECK (
        (client_id = (SELECT auth.uid()) AND status IN ('pending', 'cancelled'))
        OR (talent_id = (SELECT auth.uid()) AND status IN ('accepted', 'declined', 'completed'))
        OR client_id IN (SELECT private.managed_users())
    );
CREATE POLICY engagement_requests_delete ON public.engagement_requests FOR DELETE TO authenticated
    USING (client_id IN (SELECT private.managed_users()));

CREATE POLICY consultations_select ON public.consultations FOR SELECT TO authenticated
    USING (
        user_id = (SELECT auth.uid())
        OR instructor_id = (SELECT auth.uid())
        OR user_id IN (SELECT private.managed_users())
    );
CREATE POLICY consultations_insert ON public.consultations FOR INSERT TO authenticated
    WITH CHECK (
        ((user_id = (SELECT auth.uid()) AND status = 'requested') OR user_id IN (SELECT private.managed_users()))
        AND instructor_id IN (SELECT instructor.user_id FROM public.instructor_profiles AS instructor)
    );
CREATE POLICY consultations_update ON public.consultations FOR UPDATE TO authenticated
    USING (
        user_id = (SELECT auth.uid())
        OR instructor_id = (SELECT auth.uid())
        OR user_id IN (SELECT private.managed_users())
    )
    WITH CHECK (
        (user_id = (SELECT auth.uid()) AND status IN ('requested', 'cancelled'))
        OR instructor_id = (SELECT auth.uid())
        OR user_id IN (SELECT private.managed_users())
    );
CREATE POLICY consultations_delete ON public.consultations FOR DELETE TO authenticated
    USING (user_id IN (SELECT private.managed_users()));

COMMENT ON TABLE public.talent_profiles IS 'What people offer to others of their organization';
COMMENT ON COLUMN public.talent_profiles.skills IS 'Array of words, searched by containment, e.g. ["python"]';
COMMENT ON COLUMN public.talent_profiles.hourly_rate IS 'In currency; NULL is by agreement';
COMMENT ON COLUMN public.talent_profiles.currency IS 'ISO 4217';
COMMENT ON COLUMN public.talent_profiles.is_listed IS 'Whether the organization''s people see it; else only its user and the administrators';

COMMENT ON TABLE public.engagement_requests IS 'Requests for a project that one person makes to a talent';
COMMENT ON COLUMN public.engagement_requests.client_id IS 'Who asks';
COMMENT ON COLUMN public.engagement_requests.talent_id IS 'Who is asked';
COMMENT ON COLUMN public.engagement_requests.budget IS 'In the talent''s currency; NULL is open';
COMMENT ON COLUMN public.engagement_requests.status IS 'pending, then accepted or declined by the talent, then completed; cancelled by the client';

COMMENT ON TABLE public.consultations IS 'One-to-one sessions with an instructor';
COMMENT ON COLUMN public.consultations.scheduled_at IS 'When it begins; NULL until it is settled';
COMMENT ON COLUMN public.consultations.notes IS 'Of both; both read them';

COMMENT ON COLUMN public.revenue_transactions.consultation_id IS 'NULL for what concerns no consultation, and when it was deleted';
