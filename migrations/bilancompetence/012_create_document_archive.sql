-- Archive: documents that must be kept after the bilan, with the last day on which they must be. Written by the organization's administrators.
-- bilan_id and document_id are set to NULL when their row goes: what is archived outlives both, until retain_until.
CREATE TABLE public.document_archive (
    id UUID CONSTRAINT document_archive_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID NOT NULL
        CONSTRAINT document_archive_organization_id_fkey REFERENCES public.organizations (id) ON DELETE RESTRICT,
    bilan_id UUID
        CONSTRAINT document_archive_bilan_id_fkey REFERENCES public.bilans (id) ON DELETE SET NULL,
    document_id UUID
        CONSTRAINT document_archive_document_id_fkey REFERENCES public.documents (id) ON DELETE SET NULL,
    archived_by UUID
        CONSTRAINT document_archive_archived_by_fkey REFERENCES public.users (id) ON DELETE SET NULL,
    file_name TEXT NOT NULL
        CONSTRAINT document_archive_file_name_check CHECK (btrim(file_name) <> ''),
    storage_key TEXT NOT NULL CONSTRAINT document_archive_storage_key_key UNIQUE,
    sha256 TEXT NOT NULL
        CONSTRAINT document_archive_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    archived_on DATE NOT NULL DEFAULT CURRENT_DATE,
    retain_until DATE NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT document_archive_retain_until_check CHECK (retain_until > archived_on)
);

COMMENT ON TABLE public.document_archive IS 'Documents kept after the bilan; the bytes are in the object store';
COMMENT ON COLUMN public.document_archive.bilan_id IS 'NULL when the bilan was deleted';
COMMENT ON COLUMN public.document_archive.document_id IS 'What it is a copy of; NULL when that was deleted';
COMMENT ON COLUMN public.document_archive.archived_by IS 'NULL when the account was deleted';
COMMENT ON COLUMN public.document_archive.storage_key IS 'Key of the object in the store, no URL';
COMMENT ON COLUMN public.document_archive.sha256 IS 'Of the bytes, 64 hexadecimal digits, lower case';
COMMENT ON COLUMN public.document_archive.retain_until IS 'Last day on which it must be kept; it can be deleted after it only, and is never cut short';

CREATE INDEX idx_document_archive_organization_id_retain_until ON public.document_archive (organization_id, retain_until);
CREATE INDEX idx_document_archive_bilan_id ON public.document_archive (bilan_id);
CREATE INDEX idx_document_archive_document_id ON public.document_archive (document_id);
CREATE INDEX idx_document_archive_archived_by ON public.document_archive (archived_by);

CREATE TRIGGER document_archive_set_updated_at BEFORE UPDATE ON public.document_archive
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

-- What must be kept is kept: its time can be extended and not cut short.
CREATE TRIGGER document_archive_keeps_its_time BEFORE UPDATE OF retain_until ON public.document_archive
    FOR EACH ROW WHEN (NEW.retain_until < OLD.retain_until) EXECUTE FUNCTION public.refuse_change();

ALTER TABLE public.document_archive ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.document_archive FORCE ROW LEVEL SECURITY;

CREATE POLICY document_archive_select ON public.document_archive FOR SELECT
    USING (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan)
        OR organization_id = (SELECT public.app_administered_organization()) OR (SELECT public.app_is_admin())
    );

CREATE POLICY document_archive_insert ON public.document_archive FOR INSERT
    WITH CHECK (
        (organization_id = (SELECT public.app_administered_organization()) AND (bilan_id IS NULL OR bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan)))
        OR (SELECT public.app_is_admin())
    );

CREATE POLICY document_archive_update ON public.document_archive FOR UPDATE
    USING (
        organization_id = (SELECT public.app_administered_organization()) OR (SELECT public.app_is_admin())
    )
    WITH CHECK (
        (organization_id = (SELECT public.app_administered_organization()) AND (bilan_id IS NULL OR bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan)))
        OR (SELECT public.app_is_admin())
    );

-- Not before its time, not even by an ADMIN.
CREATE POLICY document_archive_delete ON public.document_archive FOR DELETE
    USING (
        (organization_id = (SELECT public.app_administered_organization()) OR (SELECT public.app_is_admin())) AND retain_until < CURRENT_DATE
    );
