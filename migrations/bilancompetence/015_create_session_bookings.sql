-- Appointments of a bilan. Those of one consultant can't overlap unless cancelled: an exclusion constraint over consultant and time
-- (btree_gist is there since 014). Everyone who sees the bilan books and moves them, for its beneficiary and consultant only.
CREATE TABLE public.session_bookings (
    id UUID CONSTRAINT session_bookings_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    bilan_id UUID NOT NULL
        CONSTRAINT session_bookings_bilan_id_fkey REFERENCES public.bilans (id) ON DELETE CASCADE,
    slot_id UUID
        CONSTRAINT session_bookings_slot_id_fkey REFERENCES public.availability_slots (id) ON DELETE SET NULL,
    beneficiary_id UUID NOT NULL
        CONSTRAINT session_bookings_beneficiary_id_fkey REFERENCES public.users (id) ON DELETE RESTRICT,
    consultant_id UUID NOT NULL
        CONSTRAINT session_bookings_consultant_id_fkey REFERENCES public.users (id) ON DELETE RESTRICT,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    status TEXT NOT NULL DEFAULT 'SCHEDULED'
        CONSTRAINT session_bookings_status_check CHECK (status IN ('SCHEDULED', 'CONFIRMED', 'COMPLETED', 'NO_SHOW', 'CANCELLED')),
    cancellation_reason TEXT,
    notes TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT session_bookings_ends_at_check CHECK (ends_at > starts_at),
    CONSTRAINT session_bookings_cancellation_reason_check CHECK (cancellation_reason IS NULL OR status = 'CANCELLED'),
    CONSTRAINT session_bookings_participants_check CHECK (beneficiary_id <> consultant_id),
    CONSTRAINT session_bookings_consultant_id_tstzrange_excl
        EXCLUDE USING gist (consultant_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (status <> 'CANCELLED')
);

COMMENT ON TABLE public.session_bookings IS 'Appointments of a bilan';
COMMENT ON COLUMN public.session_bookings.slot_id IS 'The slot that was booked; NULL when it was agreed otherwise or the slot is gone';
COMMENT ON COLUMN public.session_bookings.ends_at IS 'Not part of the appointment: one may start when another ends';
COMMENT ON COLUMN public.session_bookings.status IS 'SCHEDULED, CONFIRMED, COMPLETED, NO_SHOW or CANCELLED';
COMMENT ON COLUMN public.session_bookings.notes IS 'Seen by everyone who sees the bilan';

CREATE INDEX idx_session_bookings_bilan_id_starts_at ON public.session_bookings (bilan_id, starts_at);
CREATE INDEX idx_session_bookings_slot_id ON public.session_bookings (slot_id);
CREATE INDEX idx_session_bookings_beneficiary_id_starts_at ON public.session_bookings (beneficiary_id, starts_at);
CREATE INDEX idx_session_bookings_consultant_id_starts_at ON public.session_bookings (consultant_id, starts_at);

CREATE TRIGGER session_bookings_set_updated_at BEFORE UPDATE ON public.session_bookings
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

ALTER TABLE public.session_bookings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.session_bookings FORCE ROW LEVEL SECURITY;

CREATE POLICY session_bookings_select ON public.session_bookings FOR SELECT
    USING (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan)
    );

CREATE POLICY session_bookings_insert ON public.session_bookings FOR INSERT
    WITH CHECK (
        EXISTS (
            SELECT FROM public.bilans AS bilan
            WHERE bilan.id = session_bookings.bilan_id
              AND bilan.beneficiary_id = session_bookings.beneficiary_id
              AND bilan.consultant_id = session_bookings.consultant_id
        )
        OR (SELECT public.app_is_admin())
    );

CREATE POLICY session_bookings_update ON public.session_bookings FOR UPDATE
    USING (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan)
    )
    WITH CHECK (
        EXISTS (
            SELECT FROM public.bilans AS bilan
            WHERE bilan.id = session_bookings.bilan_id
              AND bilan.beneficiary_id = session_bookings.beneficiary_id
              AND bilan.consultant_id = session_bookings.consultant_id
        )
        OR (SELECT public.app_is_admin())
    );

-- A beneficiary cancels; the organization's side deletes.
CREATE POLICY session_bookings_delete ON public.session_bookings FOR DELETE
    USING (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id <> (SELECT public.app_user_id()))
    );
