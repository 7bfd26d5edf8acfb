-- Figures of the appointments, one row a consultant and month, written by a job of the application that acts for an ADMIN.
CREATE TABLE public.session_analytics (
    id UUID CONSTRAINT session_analytics_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID
        CONSTRAINT session_analytics_organization_id_fkey REFERENCES public.organizations (id) ON DELETE CASCADE,
    consultant_id UUID NOT NULL
        CONSTRAINT session_analytics_consultant_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    month DATE NOT NULL
        CONSTRAINT session_analytics_month_check CHECK (month = date_trunc('month', month::timestamp)::date),
    booked_count INTEGER NOT NULL DEFAULT 0
        CONSTRAINT session_analytics_booked_count_check CHECK (booked_count >= 0),
    completed_count INTEGER NOT NULL DEFAULT 0
        CONSTRAINT session_analytics_completed_count_check CHECK (completed_count >= 0),
    cancelled_count INTEGER NOT NULL DEFAULT 0
        CONSTRAINT session_analytics_cancelled_count_check CHECK (cancelled_count >= 0),
    no_show_count INTEGER NOT NULL DEFAULT 0
        CONSTRAINT session_analytics_no_show_count_check CHECK (no_show_count >= 0),
    minutes_held INTEGER NOT NULL DEFAULT 0
        CONSTRAINT session_analytics_minutes_held_check CHECK (minutes_held >= 0),
    average_score NUMERIC(3, 2)
        CONSTRAINT session_analytics_average_score_check CHECK (average_score BETWEEN 1 AND 5),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT session_analytics_consultant_id_month_key UNIQUE (consultant_id, month),
    CONSTRAINT session_analytics_counts_check CHECK (completed_count + cancelled_count + no_show_count <= booked_count)
);

COMMENT ON TABLE public.session_analytics IS 'Figures of the appointments, one row a consultant and month';
COMMENT ON COLUMN public.session_analytics.month IS 'Its first day';
COMMENT ON COLUMN public.session_analytics.minutes_held IS 'Minutes of the completed appointments';
COMMENT ON COLUMN public.session_analytics.average_score IS 'Mean of the consultant_score of the month, 1 to 5; NULL without responses';

-- The unique key begins with consultant_id and serves that foreign key too.
CREATE INDEX idx_session_analytics_organization_id_month ON public.session_analytics (organization_id, month);

CREATE TRIGGER session_analytics_set_updated_at BEFORE UPDATE ON public.session_analytics
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

ALTER TABLE public.session_analytics ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.session_analytics FORCE ROW LEVEL SECURITY;

CREATE POLICY session_analytics_select ON public.session_analytics FOR SELECT
    USING (
        consultant_id = (SELECT public.app_user_id())
        OR organization_id = (SELECT public.app_administered_organization())
        OR (SELECT public.app_is_admin())
    );

CREATE POLICY session_analytics_insert ON public.session_analytics FOR INSERT
    WITH CHECK (
        (SELECT public.app_is_admin())
    );

CREATE POLICY session_analytics_update ON public.session_analytics FOR UPDATE
    USING (
        (SELECT public.app_is_admin())
    );

CREATE POLICY session_analytics_delete ON public.session_analytics FOR DELETE
    USING (
        (SELECT public.app_is_admin())
    );
