-- Reminders of an appointment, sent by a job of the application that acts for an ADMIN. Seen by whoever sees the appointment.
CREATE TABLE public.session_reminders (
    id UUID CONSTRAINT session_reminders_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    booking_id UUID NOT NULL
        CONSTRAINT session_reminders_booking_id_fkey REFERENCES public.session_bookings (id) ON DELETE CASCADE,
    channel TEXT NOT NULL
        CONSTRAINT session_reminders_channel_check CHECK (channel IN ('EMAIL', 'SMS', 'PUSH')),
    send_at TIMESTAMPTZ NOT NULL,
    sent_at TIMESTAMPTZ,
    status TEXT NOT NULL DEFAULT 'PENDING'
        CONSTRAINT session_reminders_status_check CHECK (status IN ('PENDING', 'SENT', 'FAILED', 'CANCELLED')),
    error TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT session_reminders_booking_id_channel_send_at_key UNIQUE (booking_id, channel, send_at),
    CONSTRAINT session_reminders_sent_at_check CHECK ((status = 'SENT') = (sent_at IS NOT NULL))
);

COMMENT ON TABLE public.session_reminders IS 'Reminders of appointments';
COMMENT ON COLUMN public.session_reminders.send_at IS 'When it is due';
COMMENT ON COLUMN public.session_reminders.sent_at IS 'When it went out; set exactly when status is SENT';
COMMENT ON COLUMN public.session_reminders.error IS 'What the channel answered when status is FAILED';

-- The unique key begins with booking_id and serves that foreign key too.
-- What the job asks for: pending and due.
CREATE INDEX idx_session_reminders_pending_send_at ON public.session_reminders (send_at) WHERE status = 'PENDING';

CREATE TRIGGER session_reminders_set_updated_at BEFORE UPDATE ON public.session_reminders
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

ALTER TABLE public.session_reminders ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.session_reminders FORCE ROW LEVEL SECURITY;

CREATE POLICY session_reminders_select ON public.session_reminders FOR SELECT
    USING (
        booking_id IN (SELECT booking.id FROM public.session_bookings AS booking)
    );

CREATE POLICY session_reminders_insert ON public.session_reminders FOR INSERT
    WITH CHECK (
        booking_id IN (SELECT booking.id FROM public.session_bookings AS booking WHERE booking.beneficiary_id <> (SELECT public.app_user_id()))
    );

CREATE POLICY session_reminders_update ON public.session_reminders FOR UPDATE
    USING (
        booking_id IN (SELECT booking.id FROM public.session_bookings AS booking WHERE booking.beneficiary_id <> (SELECT public.app_user_id()))
    )
    WITH CHECK (
        booking_id IN (SELECT booking.id FROM public.session_bookings AS booking WHERE booking.beneficiary_id <> (SELECT public.app_user_id()))
    );

CREATE POLICY session_reminders_delete ON public.session_reminders FOR DELETE
    USING (
        booking_id IN (SELECT booking.id FROM public.session_bookings AS booking WHERE booking.beneficiary_id <> (SELECT public.app_user_id()))
    );
