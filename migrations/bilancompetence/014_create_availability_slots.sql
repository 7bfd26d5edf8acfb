-- When consultants can be booked. Slots of one consultant can't overlap: an exclusion constraint over consultant and time, for which
-- btree_gist brings the equality of UUIDs; it is a trusted extension, so an owner who is no superuser can make it.
-- Seen by the consultant, by those who have a bilan with them, and by the organization.
CREATE EXTENSION btree_gist SCHEMA public;

CREATE TABLE public.availability_slots (
    id UUID CONSTRAINT availability_slots_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    consultant_id UUID NOT NULL
        CONSTRAINT availability_slots_consultant_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    organization_id UUID
        CONSTRAINT availability_slots_organization_id_fkey REFERENCES public.organizations (id) ON DELETE CASCADE,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    mode TEXT NOT NULL DEFAULT 'VIDEO'
        CONSTRAINT availability_slots_mode_check CHECK (mode IN ('VIDEO', 'ON_SITE', 'PHONE')),
    location TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT availability_slots_ends_at_check CHECK (ends_at > starts_at),
    CONSTRAINT availability_slots_consultant_id_tstzrange_excl
        EXCLUDE USING gist (consultant_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
);

COMMENT ON TABLE public.availability_slots IS 'Times at which a consultant can be booked';
COMMENT ON COLUMN public.availability_slots.organization_id IS 'For which the consultant works then; NULL when alone';
COMMENT ON COLUMN public.availability_slots.mode IS 'VIDEO, ON_SITE or PHONE';
COMMENT ON COLUMN public.availability_slots.location IS 'Address or link; NULL until it is settled';
COMMENT ON COLUMN public.availability_slots.ends_at IS 'Not part of the slot: one may start when another ends';

CREATE INDEX idx_availability_slots_consultant_id_starts_at ON public.availability_slots (consultant_id, starts_at);
CREATE INDEX idx_availability_slots_organization_id_starts_at ON public.availability_slots (organization_id, starts_at);

CREATE TRIGGER availability_slots_set_updated_at BEFORE UPDATE ON public.availability_slots
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

ALTER TABLE public.availability_slots ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.availability_slots FORCE ROW LEVEL SECURITY;

CREATE POLICY availability_slots_select ON public.availability_slots FOR SELECT
    USING (
        consultant_id = (SELECT public.app_user_id())
        OR consultant_id IN (SELECT bilan.consultant_id FROM public.bilans AS bilan)
        OR organization_id = (SELECT public.app_administered_organization())
        OR (SELECT public.app_is_admin())
    );

CREATE POLICY availability_slots_insert ON public.availability_slots FOR INSERT
    WITH CHECK (
        (
            consultant_id = (SELECT public.app_user_id())
            AND (SELECT public.app_user_role()) = 'CONSULTANT'
            AND organization_id IS NOT DISTINCT FROM (SELECT public.app_user_organization())
        )
        OR (organization_id = (SELECT public.app_administered_organization()) AND public.app_sees_user(consultant_id))
        OR (SELECT public.app_is_admin())
    );

CREATE POLICY availability_slots_update ON public.availability_slots FOR UPDATE
    USING (
        (
            consultant_id = (SELECT public.app_user_id())
            AND (SELECT public.app_user_role()) = 'CONSULTANT'
            AND organization_id IS NOT DISTINCT FROM (SELECT public.app_user_organization())
        )
        OR organization_id = (SELECT public.app_administered_organization())
        OR (SELECT public.app_is_admin())
    )
    WITH CHECK (
        (
            consultant_id = (SELECT public.app_user_id())
            AND (SELECT public.app_user_role()) = 'CONSULTANT'
            AND organization_id IS NOT DISTINCT FROM (SELECT public.app_user_organization())
        )
        OR (organization_id = (SELECT public.app_administered_organization()) AND public.app_sees_user(consultant_id))
        OR (SELECT public.app_is_admin())
    );

CREATE POLICY availability_slots_delete ON public.availability_slots FOR DELETE
    USING (
        (
            consultant_id = (SELECT public.app_user_id())
            AND (SELECT public.app_user_role()) = 'CONSULTANT'
            AND organization_id IS NOT DISTINCT FROM (SELECT public.app_user_organization())
        )
        OR organization_id = (SELECT public.app_administered_organization())
        OR (SELECT public.app_is_admin())
    );
