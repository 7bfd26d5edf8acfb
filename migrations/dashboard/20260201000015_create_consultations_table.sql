-- Consultations: what a user asks a consultant for, and the meeting that comes of it.
-- assigned_to is a plain UUID without a foreign key: the request stays when the consultant leaves.
CREATE TABLE public.consultations (
    id UUID CONSTRAINT consultations_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL CONSTRAINT consultations_user_id_fkey REFERENCES public.profiles (user_id) ON DELETE CASCADE,
    subject VARCHAR(500) NOT NULL,
    consultation_type VARCHAR(50),
    status VARCHAR(20) DEFAULT 'pending',
    urgency VARCHAR(20) DEFAULT 'medium',
    description TEXT,
    scheduled_at TIMESTAMP WITH TIME ZONE,
    completed_at TIMESTAMP WITH TIME ZONE,
    assigned_to UUID,
    meeting_url VARCHAR(500),
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);

CREATE INDEX idx_consultations_user_id ON public.consultations (user_id);
CREATE INDEX idx_consultations_status ON public.consultations (status);
CREATE INDEX idx_consultations_urgency ON public.consultations (urgency);
CREATE INDEX idx_consultations_created_at ON public.consultations (created_at);
CREATE INDEX idx_consultations_assigned_to ON public.consultations (assigned_to);

COMMENT ON TABLE public.consultations IS 'Consultations that users asked for';
COMMENT ON COLUMN public.consultations.user_id IS 'Who asked for the consultation';
COMMENT ON COLUMN public.consultations.status IS 'Free text owned by the application, e.g. pending, completed';
COMMENT ON COLUMN public.consultations.urgency IS 'Free text owned by the application, e.g. medium';
COMMENT ON COLUMN public.consultations.scheduled_at IS 'When the meeting takes place; NULL until it is arranged';
COMMENT ON COLUMN public.consultations.completed_at IS 'NULL until the consultation is completed';
COMMENT ON COLUMN public.consultations.assigned_to IS 'user_id of the consultant, not a foreign key; NULL until one is assigned';
