-- The nine core tables, what the policies of all tables stand on, 17 indexes and 10 updated_at triggers.
-- 
-- Identity. The product brings its own users. The application names the user that it acts for in each transaction:
--     SELECT set_config('app.user_id', '<id>', true)
-- and, while nobody is signed in (registration, login), the e-mail that it was given:
--     SELECT set_config('app.login_email', '<e-mail>', true)
-- which shows the one account that has it. Whoever can run SQL as the application can set both; row level security guards against
-- a forgotten WHERE, so statements must be parametrized.
-- 
-- Roles. Migrations create no role: roles belong to the server, and an ordinary owner can't make one. The application connects as a
-- role of its own, which the operator makes once and gives its rights, after each migration, by
--     SELECT public.grant_application('<role>')
-- FORCE makes the policies hold for the owner of the tables as well, so an application that connects as the owner is bound too; but an
-- owner can switch them off, hence the role of its own. It must be neither superuser nor BYPASSRLS: those no policy binds.
-- 
-- What has to pass the policies (reference rows of a migration, development data, the first ADMIN) is done by the owner with
-- NO FORCE and FORCE again around it, in one transaction, as in 007. That is DDL which only the owner can run; there is no variable
-- or policy that opens the tables. The first ADMIN: ALTER TABLE public.users NO FORCE ROW LEVEL SECURITY; UPDATE …; FORCE again.
CREATE TABLE public.organizations (
    id UUID CONSTRAINT organizations_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    name TEXT NOT NULL
        CONSTRAINT organizations_name_check CHECK (btrim(name) <> ''),
    siret TEXT CONSTRAINT organizations_siret_key UNIQUE
        CONSTRAINT organizations_siret_check CHECK (siret ~ '^[0-9]{14}$'),
    description TEXT,
    subscription_plan TEXT NOT NULL DEFAULT 'FREE'
        CONSTRAINT organizations_subscription_plan_check CHECK (subscription_plan IN ('FREE', 'STARTER', 'PROFESSIONAL', 'ENTERPRISE')),
    qualiopi_certified BOOLEAN NOT NULL DEFAULT false,
    qualiopi_certificate_number TEXT,
    qualiopi_valid_until DATE,
    activity_declaration_number TEXT,
    address TEXT,
    website_url TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT organizations_qualiopi_check CHECK (NOT qualiopi_certified OR qualiopi_valid_until IS NOT NULL)
);

COMMENT ON TABLE public.organizations IS 'Training organizations that carry out bilans de compétences';
COMMENT ON COLUMN public.organizations.siret IS '14 digits of the French establishment; NULL while it is not known';
COMMENT ON COLUMN public.organizations.subscription_plan IS 'What the organization pays for: FREE, STARTER, PROFESSIONAL or ENTERPRISE';
COMMENT ON COLUMN public.organizations.qualiopi_certified IS 'Whether it holds a Qualiopi certificate; then qualiopi_valid_until is set';
COMMENT ON COLUMN public.organizations.qualiopi_valid_until IS 'Last day of the certificate';
COMMENT ON COLUMN public.organizations.activity_declaration_number IS 'Numéro de déclaration d''activité (NDA) at the DREETS';

CREATE TABLE public.users (
    id UUID CONSTRAINT users_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    email TEXT NOT NULL
        CONSTRAINT users_email_check CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 254),
    password_hash TEXT NOT NULL
        CONSTRAINT users_password_hash_check CHECK (password_hash <> ''),
    full_name TEXT NOT NULL
        CONSTRAINT users_full_name_check CHECK (btrim(full_name) <> ''),
    role TEXT NOT NULL DEFAULT 'BENEFICIARY'
        CONSTRAINT users_role_check CHECK (role IN ('BENEFICIARY', 'CONSULTANT', 'ORG_ADMIN', 'ADMIN')),
    organization_id UUID
        CONSTRAINT users_organization_id_fkey REFERENCES public.organizations (id) ON DELETE RESTRICT,
    avatar_url TEXT,
    bio TEXT,
    email_verified BOOLEAN NOT NULL DEFAULT false,
    last_login TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT users_org_admin_check CHECK (role <> 'ORG_ADMIN' OR organization_id IS NOT NULL)
);

COMMENT ON TABLE public.users IS 'Everyone who can sign in';
COMMENT ON COLUMN public.users.email IS 'As the user wrote it; unique whatever its letter case (idx_users_lower_email)';
COMMENT ON COLUMN public.users.password_hash IS 'Hash made by the application, with its parameters and salt; never the password, and never sent to a client';
COMMENT ON COLUMN public.users.role IS 'BENEFICIARY has own bilans, CONSULTANT those assigned, ORG_ADMIN the organization''s, ADMIN all';
COMMENT ON COLUMN public.users.organization_id IS 'NULL for a beneficiary who came alone and for an ADMIN';
COMMENT ON COLUMN public.users.email_verified IS 'True once the link in the confirmation message was followed';
COMMENT ON COLUMN public.users.last_login IS 'NULL until the first one';

CREATE TABLE public.bilans (
    id UUID CONSTRAINT bilans_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    beneficiary_id UUID NOT NULL
        CONSTRAINT bilans_beneficiary_id_fkey REFERENCES public.users (id) ON DELETE RESTRICT,
    consultant_id UUID
        CONSTRAINT bilans_consultant_id_fkey REFERENCES public.users (id) ON DELETE RESTRICT,
    organization_id UUID
        CONSTRAINT bilans_organization_id_fkey REFERENCES public.organizations (id) ON DELETE RESTRICT,
    title TEXT NOT NULL DEFAULT 'Bilan de compétences',
    status TEXT NOT NULL DEFAULT 'DRAFT'
        CONSTRAINT bilans_status_check CHECK (status IN ('DRAFT', 'IN_PROGRESS', 'COMPLETED', 'ARCHIVED', 'CANCELLED')),
    progress_percentage SMALLINT NOT NULL DEFAULT 0
        CONSTRAINT bilans_progress_percentage_check CHECK (progress_percentage BETWEEN 0 AND 100),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT bilans_participants_check CHECK (beneficiary_id <> consultant_id)
);

COMMENT ON TABLE public.bilans IS 'Skills assessments (bilans de compétences), one a beneficiary and occasion; the API calls them assessments';
COMMENT ON COLUMN public.bilans.consultant_id IS 'NULL until one is assigned';
COMMENT ON COLUMN public.bilans.organization_id IS 'Who carries it out; NULL until that is settled';
COMMENT ON COLUMN public.bilans.status IS 'DRAFT, IN_PROGRESS, COMPLETED, ARCHIVED or CANCELLED';
COMMENT ON COLUMN public.bilans.progress_percentage IS '0 to 100, of all three phases together; written by the application';

CREATE TABLE public.competencies (
    id UUID CONSTRAINT competencies_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    bilan_id UUID NOT NULL
        CONSTRAINT competencies_bilan_id_fkey REFERENCES public.bilans (id) ON DELETE CASCADE,
    name TEXT NOT NULL
        CONSTRAINT competencies_name_check CHECK (btrim(name) <> ''),
    category TEXT NOT NULL
        CONSTRAINT competencies_category_check CHECK (category IN ('TECHNICAL', 'BEHAVIOURAL', 'LANGUAGE', 'MANAGERIAL', 'TRANSVERSAL')),
    description TEXT,
    level SMALLINT
        CONSTRAINT competencies_level_check CHECK (level BETWEEN 1 AND 5),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT competencies_bilan_id_name_key UNIQUE (bilan_id, name)
);

COMMENT ON TABLE public.competencies IS 'Competencies that a bilan brought to light';
COMMENT ON COLUMN public.competencies.level IS '1 beginner to 5 expert; NULL until it is judged';
COMMENT ON COLUMN public.competencies.category IS 'TECHNICAL, BEHAVIOURAL, LANGUAGE, MANAGERIAL or TRANSVERSAL';

CREATE TABLE public.recommendations (
    id UUID CONSTRAINT recommendations_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    bilan_id UUID NOT NULL
        CONSTRAINT recommendations_bilan_id_fkey REFERENCES public.bilans (id) ON DELETE CASCADE,
    created_by UUID
        CONSTRAINT recommendations_created_by_fkey REFERENCES public.users (id) ON DELETE SET NULL,
    kind TEXT NOT NULL
        CONSTRAINT recommendations_kind_check CHECK (kind IN ('TRAINING', 'CAREER', 'CERTIFICATION', 'VAE', 'BUSINESS_CREATION', 'OTHER')),
    title TEXT NOT NULL
        CONSTRAINT recommendations_title_check CHECK (btrim(title) <> ''),
    description TEXT,
    priority SMALLINT NOT NULL DEFAULT 3
        CONSTRAINT recommendations_priority_check CHECK (priority BETWEEN 1 AND 5),
    status TEXT NOT NULL DEFAULT 'PROPOSED'
        CONSTRAINT recommendations_status_check CHECK (status IN ('PROPOSED', 'ACCEPTED', 'DECLINED', 'DONE')),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

COMMENT ON TABLE public.recommendations IS 'Steps that a consultant advises at the end of a bilan';
COMMENT ON COLUMN public.recommendations.created_by IS 'The consultant; NULL when the account was deleted';
COMMENT ON COLUMN public.recommendations.kind IS 'TRAINING, CAREER, CERTIFICATION, VAE (validation des acquis de l''expérience), BUSINESS_CREATION or OTHER';
COMMENT ON COLUMN public.recommendations.priority IS '1 first to 5 last';
COMMENT ON COLUMN public.recommendations.status IS 'What the beneficiary made of it: PROPOSED, ACCEPTED, DECLINED or DONE';

CREATE TABLE public.documents (
    id UUID CONSTRAINT documents_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    bilan_id UUID NOT NULL
        CONSTRAINT documents_bilan_id_fkey REFERENCES public.bilans (id) ON DELETE CASCADE,
    uploaded_by UUID
        CONSTRAINT documents_uploaded_by_fkey REFERENCES public.users (id) ON DELETE SET NULL,
    kind TEXT NOT NULL DEFAULT 'OTHER'
        CONSTRAINT documents_kind_check CHECK (kind IN ('CV', 'CONTRACT', 'CONSENT', 'SYNTHESIS', 'TEST_RESULT', 'ATTENDANCE', 'OTHER')),
    file_name TEXT NOT NULL
        CONSTRAINT documents_file_name_check CHECK (btrim(file_name) <> ''),
    mime_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL
        CONSTRAINT documents_size_bytes_check CHECK (size_bytes >= 0),
    storage_key TEXT NOT NULL CONSTRAINT documents_storage_key_key UNIQUE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

COMMENT ON TABLE public.documents IS 'Files of a bilan; the bytes are in the object store';
COMMENT ON COLUMN public.documents.uploaded_by IS 'NULL when the account was deleted';
COMMENT ON COLUMN public.documents.kind IS 'SYNTHESIS is the synthesis document that the law asks for, ATTENDANCE a signed attendance sheet';
COMMENT ON COLUMN public.documents.storage_key IS 'Key of the object in the store, no URL';

CREATE TABLE public.messages (
    id UUID CONSTRAINT messages_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    bilan_id UUID NOT NULL
        CONSTRAINT messages_bilan_id_fkey REFERENCES public.bilans (id) ON DELETE CASCADE,
    sender_id UUID NOT NULL
        CONSTRAINT messages_sender_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    recipient_id UUID NOT NULL
        CONSTRAINT messages_recipient_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    content TEXT NOT NULL
        CONSTRAINT messages_content_check CHECK (content <> ''),
    read_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT messages_participants_check CHECK (sender_id <> recipient_id)
);

COMMENT ON TABLE public.messages IS 'Messages between two people of a bilan; only read_at changes once one is sent';
COMMENT ON COLUMN public.messages.read_at IS 'NULL while unread';

CREATE TABLE public.sessions (
    id UUID CONSTRAINT sessions_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL
        CONSTRAINT sessions_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    refresh_token_hash TEXT NOT NULL CONSTRAINT sessions_refresh_token_hash_key UNIQUE,
    user_agent TEXT,
    ip_address INET,
    expires_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT sessions_expires_at_check CHECK (expires_at > created_at)
);

COMMENT ON TABLE public.sessions IS 'Logins; appointments are in session_bookings';
COMMENT ON COLUMN public.sessions.refresh_token_hash IS 'SHA-256 of the refresh token, in hexadecimal; never the token';
COMMENT ON COLUMN public.sessions.revoked_at IS 'NULL while the login is good';

CREATE TABLE public.audit_logs (
    id UUID CONSTRAINT audit_logs_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID,
    user_id UUID,
    action TEXT NOT NULL
        CONSTRAINT audit_logs_action_check CHECK (btrim(action) <> ''),
    entity_type TEXT NOT NULL,
    entity_id UUID,
    details JSONB NOT NULL DEFAULT '{}'
        CONSTRAINT audit_logs_details_check CHECK (jsonb_typeof(details) = 'object'),
    ip_address INET,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

COMMENT ON TABLE public.audit_logs IS 'Who did what; nobody updates, deletes or truncates it, hence no updated_at';
COMMENT ON COLUMN public.audit_logs.organization_id IS 'No foreign key: an entry outlives the organization, and SET NULL would be an update';
COMMENT ON COLUMN public.audit_logs.user_id IS 'Who acted, NULL when signed out; no foreign key: an entry outlives the account, and SET NULL would be an update';
COMMENT ON COLUMN public.audit_logs.action IS 'Verb of the application, such as bilan.completed';
COMMENT ON COLUMN public.audit_logs.entity_type IS 'Table of the row that was acted on';
COMMENT ON COLUMN public.audit_logs.entity_id IS 'Its id; no foreign key: the row may be gone';
COMMENT ON COLUMN public.audit_logs.details IS 'JSON object; its form depends on action';

-- Who is asking, for the policies. Each is called as (SELECT …), so that it is evaluated once a query and not once a row.
CREATE FUNCTION public.app_user_id() RETURNS UUID
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT nullif(current_setting('app.user_id', true), '')::uuid $$;

COMMENT ON FUNCTION public.app_user_id() IS 'The user that the application acts for (session variable app.user_id); NULL when signed out';

-- users' own policy calls this, and this looks at users: app.lookup = 'self' makes the policy show the own row and nothing else,
-- without calling again, so there is no recursion, whatever the plan. The variable can only ever narrow what is seen, and opens
-- nothing to a session that sets it by hand. SECURITY DEFINER would not do: with FORCE the policies hold for the definer as well.
-- It is set in the body, since only a superuser may put an application's variable into a function's SET clause; an error undoes it.
CREATE FUNCTION public.app_account(OUT role TEXT, OUT organization_id UUID)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before TEXT := coalesce(current_setting('app.lookup', true), '');
BEGIN
    PERFORM set_config('app.lookup', 'self', true);
    SELECT account.role, account.organization_id
    INTO app_account.role, app_account.organization_id
    FROM public.users AS account
    WHERE account.id = public.app_user_id();
    PERFORM set_config('app.lookup', before, true);
END
$$;

COMMENT ON FUNCTION public.app_account() IS 'Role and organization of the user that the application acts for, as they were before the statement; NULL when there is none';

CREATE FUNCTION public.app_user_role() RETURNS TEXT
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT account.role FROM public.app_account() AS account $$;

COMMENT ON FUNCTION public.app_user_role() IS 'The role of the user that the application acts for; NULL when there is none';

CREATE FUNCTION public.app_user_organization() RETURNS UUID
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT account.organization_id FROM public.app_account() AS account $$;

COMMENT ON FUNCTION public.app_user_organization() IS 'The organization of the user that the application acts for; NULL when there is none';

CREATE FUNCTION public.app_administered_organization() RETURNS UUID
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT account.organization_id FROM public.app_account() AS account WHERE account.role = 'ORG_ADMIN' $$;

COMMENT ON FUNCTION public.app_administered_organization() IS 'The organization that the user administers; NULL for all but an ORG_ADMIN';

CREATE FUNCTION public.app_is_admin() RETURNS BOOLEAN
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT coalesce(account.role = 'ADMIN', false) FROM public.app_account() AS account $$;

COMMENT ON FUNCTION public.app_is_admin() IS 'Whether the user that the application acts for is an ADMIN';

-- The two below run with the caller's rights, under the policies. As functions they keep policies of users and bilans from naming
-- each other's table, which PostgreSQL refuses as recursion. Being STABLE they see a row as it was before the statement that is checked.
CREATE FUNCTION public.app_sees_user(user_id UUID) RETURNS BOOLEAN
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT EXISTS (SELECT FROM public.users AS account WHERE account.id = app_sees_user.user_id) $$;

COMMENT ON FUNCTION public.app_sees_user(UUID) IS 'Whether the policies show this user to the session';

CREATE FUNCTION public.app_keeps_bilan(bilan_id UUID, beneficiary_id UUID, consultant_id UUID, organization_id UUID) RETURNS BOOLEAN
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM public.bilans AS bilan
        WHERE bilan.id = app_keeps_bilan.bilan_id
          AND bilan.beneficiary_id = app_keeps_bilan.beneficiary_id
          AND bilan.consultant_id IS NOT DISTINCT FROM app_keeps_bilan.consultant_id
          AND bilan.organization_id IS NOT DISTINCT FROM app_keeps_bilan.organization_id
    )
$$;

COMMENT ON FUNCTION public.app_keeps_bilan(UUID, UUID, UUID, UUID) IS 'Whether the bilan belonged to the same people and organization before this statement';

CREATE FUNCTION public.set_updated_at() RETURNS TRIGGER
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION public.set_updated_at() IS 'Trigger: updated_at is the time of the transaction that changed the row';

CREATE FUNCTION public.touch_bilan() RETURNS TRIGGER
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE public.bilans SET updated_at = now() WHERE id = NEW.bilan_id;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION public.touch_bilan() IS 'Trigger: a bilan is as recent as the last thing that happened in it';

CREATE FUNCTION public.refuse_change() RETURNS TRIGGER
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '% on "%" is refused: its rows stay as they were written', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;

COMMENT ON FUNCTION public.refuse_change() IS 'Trigger: what was written stays as it is, for the owner and a superuser as well';

CREATE FUNCTION public.grant_application(application REGROLE) RETURNS VOID
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    relation REGCLASS;
    append_only BOOLEAN;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %s', application);
    FOR relation, append_only IN
        SELECT
            class.oid,
            EXISTS (SELECT FROM pg_trigger WHERE tgrelid = class.oid AND tgname = class.relname || '_append_only')
        FROM pg_class AS class
        WHERE class.relnamespace = 'public'::regnamespace
          AND class.relkind = 'r'
          AND class.relrowsecurity
    LOOP
        EXECUTE format(
            'GRANT %s ON %s TO %s',
            CASE WHEN append_only THEN 'SELECT, INSERT' ELSE 'SELECT, INSERT, UPDATE, DELETE' END,
            relation,
            application
        );
    END LOOP;
END
$$;

COMMENT ON FUNCTION public.grant_application(REGROLE) IS
    'Run by the owner after migrating: gives the application''s role what it needs on tables with row level security, and no more';

REVOKE EXECUTE ON FUNCTION public.grant_application(REGROLE) FROM PUBLIC;

-- 17 indexes beyond the keys. Each foreign key has one.
-- Keeps e-mails apart. Under the policies it does not look them up: lower() isn't leakproof, so PostgreSQL asks the policy of each row
-- first, some 70 ms for 100,000 accounts. Whoever has more keeps lower(email) in a column of its own: the equality of texts is leakproof.
CREATE UNIQUE INDEX idx_users_lower_email ON public.users (lower(email));
CREATE INDEX idx_users_organization_id ON public.users (organization_id);
CREATE INDEX idx_bilans_beneficiary_id ON public.bilans (beneficiary_id);
CREATE INDEX idx_bilans_consultant_id_status ON public.bilans (consultant_id, status);
CREATE INDEX idx_bilans_organization_id_status ON public.bilans (organization_id, status);
CREATE INDEX idx_competencies_bilan_id_category ON public.competencies (bilan_id, category);
CREATE INDEX idx_recommendations_bilan_id_priority ON public.recommendations (bilan_id, priority);
CREATE INDEX idx_recommendations_created_by ON public.recommendations (created_by);
CREATE INDEX idx_documents_bilan_id_created_at ON public.documents (bilan_id, created_at DESC);
CREATE INDEX idx_documents_uploaded_by ON public.documents (uploaded_by);
CREATE INDEX idx_messages_bilan_id_created_at ON public.messages (bilan_id, created_at);
CREATE INDEX idx_messages_sender_id ON public.messages (sender_id);
CREATE INDEX idx_messages_recipient_id_read_at ON public.messages (recipient_id, read_at);
CREATE INDEX idx_sessions_user_id_expires_at ON public.sessions (user_id, expires_at);
CREATE INDEX idx_audit_logs_organization_id_created_at ON public.audit_logs (organization_id, created_at DESC);
CREATE INDEX idx_audit_logs_user_id_created_at ON public.audit_logs (user_id, created_at DESC);
CREATE INDEX idx_audit_logs_entity_type_entity_id ON public.audit_logs (entity_type, entity_id);

-- 10 triggers keep updated_at: eight that of the row itself, two that of the bilan in which something happened.
CREATE TRIGGER users_set_updated_at BEFORE UPDATE ON public.users
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER organizations_set_updated_at BEFORE UPDATE ON public.organizations
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER bilans_set_updated_at BEFORE UPDATE ON public.bilans
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER competencies_set_updated_at BEFORE UPDATE ON public.competencies
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER recommendations_set_updated_at BEFORE UPDATE ON public.recommendations
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER documents_set_updated_at BEFORE UPDATE ON public.documents
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER messages_set_updated_at BEFORE UPDATE ON public.messages
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER sessions_set_updated_at BEFORE UPDATE ON public.sessions
    FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER documents_touch_bilan AFTER INSERT OR UPDATE ON public.documents
    FOR EACH ROW EXECUTE FUNCTION public.touch_bilan();
CREATE TRIGGER messages_touch_bilan AFTER INSERT OR UPDATE ON public.messages
    FOR EACH ROW EXECUTE FUNCTION public.touch_bilan();

-- By statement: it is refused even where the policies leave no row.
CREATE TRIGGER audit_logs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.audit_logs
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER messages_stay_as_sent BEFORE UPDATE OF bilan_id, sender_id, recipient_id, content, created_at ON public.messages
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.organizations FORCE ROW LEVEL SECURITY;
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.users FORCE ROW LEVEL SECURITY;
ALTER TABLE public.bilans ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.bilans FORCE ROW LEVEL SECURITY;
ALTER TABLE public.competencies ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.competencies FORCE ROW LEVEL SECURITY;
ALTER TABLE public.recommendations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.recommendations FORCE ROW LEVEL SECURITY;
ALTER TABLE public.documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.documents FORCE ROW LEVEL SECURITY;
ALTER TABLE public.messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.messages FORCE ROW LEVEL SECURITY;
ALTER TABLE public.sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.sessions FORCE ROW LEVEL SECURITY;
ALTER TABLE public.audit_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit_logs FORCE ROW LEVEL SECURITY;

-- Policies. A beneficiary sees own bilans, a consultant those assigned, an ORG_ADMIN the organization's, an ADMIN all.
CREATE POLICY organizations_select ON public.organizations FOR SELECT
    USING (
        id = (SELECT public.app_user_organization())
        OR id IN (SELECT bilan.organization_id FROM public.bilans AS bilan)
        OR (SELECT public.app_is_admin())
    );

CREATE POLICY organizations_insert ON public.organizations FOR INSERT
    WITH CHECK (
        (SELECT public.app_is_admin())
    );

CREATE POLICY organizations_update ON public.organizations FOR UPDATE
    USING (
        id = (SELECT public.app_administered_organization()) OR (SELECT public.app_is_admin())
    )
    WITH CHECK (
        id = (SELECT public.app_administered_organization()) OR (SELECT public.app_is_admin())
    );

CREATE POLICY organizations_delete ON public.organizations FOR DELETE
    USING (
        (SELECT public.app_is_admin())
    );

-- CASE keeps its order, which is what ends the look-ups above. Signed out, a session sees the one account whose e-mail it names.
CREATE POLICY users_select ON public.users FOR SELECT
    USING (
        CASE
            WHEN id = (SELECT public.app_user_id()) THEN true
            WHEN (SELECT current_setting('app.lookup', true)) = 'self' THEN false
            WHEN (SELECT public.app_user_id()) IS NULL THEN lower(email) = (SELECT lower(current_setting('app.login_email', true)))
            ELSE (SELECT public.app_is_admin())
                OR organization_id = (SELECT public.app_administered_organization())
                OR id IN (SELECT bilan.beneficiary_id FROM public.bilans AS bilan)
                OR id IN (SELECT bilan.consultant_id FROM public.bilans AS bilan)
        END
    );

-- Registration makes a beneficiary of no organization; an organization invites its own people.
CREATE POLICY users_insert ON public.users FOR INSERT
    WITH CHECK (
        (
            role = 'BENEFICIARY'
            AND organization_id IS NULL
            AND NOT email_verified
            AND ((SELECT public.app_user_id()) IS NULL OR id = (SELECT public.app_user_id()))
        )
        OR (role IN ('BENEFICIARY', 'CONSULTANT') AND organization_id = (SELECT public.app_administered_organization()))
        OR (SELECT public.app_is_admin())
    );

-- Nobody gives themselves a role or an organization: both are compared with the row as it was before the statement.
CREATE POLICY users_update ON public.users FOR UPDATE
    USING (
        id = (SELECT public.app_user_id())
        OR (role IN ('BENEFICIARY', 'CONSULTANT') AND organization_id = (SELECT public.app_administered_organization()))
        OR (SELECT public.app_is_admin())
    )
    WITH CHECK (
        (
            id = (SELECT public.app_user_id())
            AND role = (SELECT public.app_user_role())
            AND organization_id IS NOT DISTINCT FROM (SELECT public.app_user_organization())
        )
        OR (role IN ('BENEFICIARY', 'CONSULTANT') AND organization_id = (SELECT public.app_administered_organization()))
        OR (SELECT public.app_is_admin())
    );

CREATE POLICY users_delete ON public.users FOR DELETE
    USING (
        (SELECT public.app_is_admin())
    );

-- No policy of bilans names another table, so that those of other tables may build on it.
CREATE POLICY bilans_select ON public.bilans FOR SELECT
    USING (
        beneficiary_id = (SELECT public.app_user_id())
        OR consultant_id = (SELECT public.app_user_id())
        OR organization_id = (SELECT public.app_administered_organization())
        OR (SELECT public.app_is_admin())
    );

-- A beneficiary asks for a bilan; the organization gives it a consultant. Whom it doesn't see it can't draw in.
CREATE POLICY bilans_insert ON public.bilans FOR INSERT
    WITH CHECK (
        (beneficiary_id = (SELECT public.app_user_id()) AND consultant_id IS NULL)
        OR (
            organization_id = (SELECT public.app_administered_organization())
            AND public.app_sees_user(beneficiary_id)
            AND (consultant_id IS NULL OR public.app_sees_user(consultant_id))
        )
        OR (SELECT public.app_is_admin())
    );

-- Those who take part change its content, not whose it is.
CREATE POLICY bilans_update ON public.bilans FOR UPDATE
    USING (
        beneficiary_id = (SELECT public.app_user_id())
        OR consultant_id = (SELECT public.app_user_id())
        OR organization_id = (SELECT public.app_administered_organization())
        OR (SELECT public.app_is_admin())
    )
    WITH CHECK (
        (
            (SELECT public.app_user_id()) IN (beneficiary_id, consultant_id)
            AND public.app_keeps_bilan(id, beneficiary_id, consultant_id, organization_id)
        )
        OR (
            organization_id = (SELECT public.app_administered_organization())
            AND public.app_sees_user(beneficiary_id)
            AND (consultant_id IS NULL OR public.app_sees_user(consultant_id))
        )
        OR (SELECT public.app_is_admin())
    );

CREATE POLICY bilans_delete ON public.bilans FOR DELETE
    USING (
        organization_id = (SELECT public.app_administered_organization()) OR (SELECT public.app_is_admin())
    );

CREATE POLICY competencies_all ON public.competencies FOR ALL
    USING (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan)
    )
    WITH CHECK (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan)
    );

CREATE POLICY recommendations_select ON public.recommendations FOR SELECT
    USING (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan)
    );

-- Advice comes from the other side than the beneficiary's.
CREATE POLICY recommendations_insert ON public.recommendations FOR INSERT
    WITH CHECK (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id <> (SELECT public.app_user_id()))
    );

CREATE POLICY recommendations_update ON public.recommendations FOR UPDATE
    USING (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id <> (SELECT public.app_user_id()))
    )
    WITH CHECK (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id <> (SELECT public.app_user_id()))
    );

CREATE POLICY recommendations_delete ON public.recommendations FOR DELETE
    USING (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan WHERE bilan.beneficiary_id <> (SELECT public.app_user_id()))
    );

CREATE POLICY documents_select ON public.documents FOR SELECT
    USING (
        bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan)
    );

CREATE POLICY documents_insert ON public.documents FOR INSERT
    WITH CHECK (
        (bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan) AND uploaded_by = (SELECT public.app_user_id()))
        OR (SELECT public.app_is_admin())
    );

CREATE POLICY documents_update ON public.documents FOR UPDATE
    USING (
        (bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan) AND uploaded_by = (SELECT public.app_user_id()))
        OR (SELECT public.app_is_admin())
    )
    WITH CHECK (
        (bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan) AND uploaded_by = (SELECT public.app_user_id()))
        OR (SELECT public.app_is_admin())
    );

CREATE POLICY documents_delete ON public.documents FOR DELETE
    USING (
        (bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan) AND uploaded_by = (SELECT public.app_user_id()))
        OR (SELECT public.app_is_admin())
    );

-- Letters are private: the organization's administrators don't read them.
CREATE POLICY messages_select ON public.messages FOR SELECT
    USING (
        (SELECT public.app_user_id()) IN (sender_id, recipient_id) OR (SELECT public.app_is_admin())
    );

CREATE POLICY messages_insert ON public.messages FOR INSERT
    WITH CHECK (
        (
            sender_id = (SELECT public.app_user_id())
            AND bilan_id IN (SELECT bilan.id FROM public.bilans AS bilan)
            AND public.app_sees_user(recipient_id)
        )
        OR (SELECT public.app_is_admin())
    );

-- The recipient marks it read; messages_stay_as_sent refuses the rest.
CREATE POLICY messages_update ON public.messages FOR UPDATE
    USING (
        recipient_id = (SELECT public.app_user_id()) OR (SELECT public.app_is_admin())
    );

CREATE POLICY messages_delete ON public.messages FOR DELETE
    USING (
        sender_id = (SELECT public.app_user_id()) OR (SELECT public.app_is_admin())
    );

CREATE POLICY sessions_all ON public.sessions FOR ALL
    USING (
        user_id = (SELECT public.app_user_id()) OR (SELECT public.app_is_admin())
    )
    WITH CHECK (
        user_id = (SELECT public.app_user_id()) OR (SELECT public.app_is_admin())
    );

-- No policy lets anybody update or delete, and audit_logs_append_only refuses it to those whom policies don't bind.
CREATE POLICY audit_logs_select ON public.audit_logs FOR SELECT
    USING (
        user_id = (SELECT public.app_user_id())
        OR organization_id = (SELECT public.app_administered_organization())
        OR (SELECT public.app_is_admin())
    );

-- One writes in one's own name; signed out in nobody's.
CREATE POLICY audit_logs_insert ON public.audit_logs FOR INSERT
    WITH CHECK (
        (
            user_id IS NOT DISTINCT FROM (SELECT public.app_user_id())
            AND (organization_id IS NULL OR organization_id = (SELECT public.app_user_organization()))
        )
        OR (SELECT public.app_is_admin())
    );
