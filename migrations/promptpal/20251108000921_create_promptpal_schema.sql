-- PromptPal: folders, prompts made of modules with options and variables, encrypted API keys and usage, each user's own.
-- One file for all seven tables, so that a database has the whole of it or nothing.
--
-- What holds everywhere:
-- - Row level security is on and forced, with one policy for each command. Policies are for `authenticated`; anon has none and sees
--   nothing, service_role bypasses them. auth.uid() stands in a subquery, so that it is evaluated once a statement and not once a row.
-- - A user deletes by setting deleted_at; such rows stay visible to their user (the bin) until they are deleted for good.
-- - created_by and updated_by are plain UUIDs without a foreign key: who touched a row is known even after that account is gone.
-- - The source asks for indexes on updated_at too and then lists none: no screen sorts or searches by it, so there is none.

CREATE FUNCTION public.update_updated_at() RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

-- Who is signed in is the author, whatever the client sends. Without a user (the service, a migration) what is given is kept.
CREATE FUNCTION public.stamp_author() RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS $$
DECLARE
    author uuid := auth.uid();
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.created_by := coalesce(author, NEW.created_by);
        NEW.updated_by := coalesce(author, NEW.updated_by, NEW.created_by);
    ELSE
        NEW.created_by := OLD.created_by;
        NEW.updated_by := coalesce(author, NEW.updated_by);
    END IF;
    RETURN NEW;
END
$$;

CREATE TABLE public.folders (
    id uuid CONSTRAINT folders_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT folders_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
    name text NOT NULL CONSTRAINT folders_name_check CHECK (btrim(name) <> ''),
    created_by uuid,
    updated_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);

CREATE TABLE public.prompts (
    id uuid CONSTRAINT prompts_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT prompts_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
    folder_id uuid CONSTRAINT prompts_folder_id_fkey REFERENCES public.folders (id) ON DELETE SET NULL,
    title text NOT NULL CONSTRAINT prompts_title_check CHECK (btrim(title) <> ''),
    description text,
    created_by uuid,
    updated_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);

CREATE TABLE public.modules (
    id uuid CONSTRAINT modules_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    prompt_id uuid NOT NULL CONSTRAINT modules_prompt_id_fkey REFERENCES public.prompts (id) ON DELETE CASCADE,
    title text NOT NULL CONSTRAINT modules_title_check CHECK (btrim(title) <> ''),
    content text NOT NULL DEFAULT '',
    order_index integer NOT NULL DEFAULT 0 CONSTRAINT modules_order_index_check CHECK (order_index >= 0),
    created_by uuid,
    updated_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);

CREATE TABLE public.module_options (
    id uuid CONSTRAINT module_options_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    module_id uuid NOT NULL CONSTRAINT module_options_module_id_fkey REFERENCES public.modules (id) ON DELETE CASCADE,
    label text NOT NULL CONSTRAINT module_options_label_check CHECK (btrim(label) <> ''),
    content text NOT NULL DEFAULT '',
    metadata jsonb NOT NULL DEFAULT '{}'
        CONSTRAINT module_options_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    created_by uuid,
    updated_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);

CREATE TABLE public.variables (
    id uuid CONSTRAINT variables_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    prompt_id uuid NOT NULL CONSTRAINT variables_prompt_id_fkey REFERENCES public.prompts (id) ON DELETE CASCADE,
    name text NOT NULL CONSTRAINT variables_name_check CHECK (btrim(name) <> ''),
    config jsonb NOT NULL DEFAULT '{}' CONSTRAINT variables_config_check CHECK (jsonb_typeof(config) = 'object'),
    created_by uuid,
    updated_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);

-- There is no column that a plain key would fit in: the application encrypts before it writes.
CREATE TABLE public.encrypted_api_keys (
    id uuid CONSTRAINT encrypted_api_keys_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT encrypted_api_keys_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
    provider text NOT NULL CONSTRAINT encrypted_api_keys_provider_check CHECK (btrim(provider) <> ''),
    ciphertext bytea NOT NULL CONSTRAINT encrypted_api_keys_ciphertext_check CHECK (octet_length(ciphertext) > 0),
    nonce bytea NOT NULL CONSTRAINT encrypted_api_keys_nonce_check CHECK (octet_length(nonce) >= 12),
    key_version integer NOT NULL CONSTRAINT encrypted_api_keys_key_version_check CHECK (key_version > 0),
    created_by uuid,
    updated_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);

-- Append-only: a row is never changed, so it has no updated_at, no deleted_at and no author but its user.
CREATE TABLE public.usage_tracking (
    id uuid CONSTRAINT usage_tracking_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT usage_tracking_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
    action text NOT NULL CONSTRAINT usage_tracking_action_check CHECK (btrim(action) <> ''),
    details jsonb NOT NULL DEFAULT '{}' CONSTRAINT usage_tracking_details_check CHECK (jsonb_typeof(details) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Indexes: first the source's, table by table. Their first column is a foreign key, which they serve too.
CREATE INDEX idx_folders_user_id_created_at_deleted_at ON public.folders (user_id, created_at, deleted_at);
CREATE INDEX idx_prompts_user_id_folder_id_created_at_deleted_at
    ON public.prompts (user_id, folder_id, created_at, deleted_at);
CREATE INDEX idx_modules_prompt_id_order_index ON public.modules (prompt_id, order_index);
CREATE INDEX idx_module_options_module_id ON public.module_options (module_id);
CREATE INDEX idx_variables_prompt_id_name ON public.variables (prompt_id, name);
CREATE INDEX idx_encrypted_api_keys_user_id_provider ON public.encrypted_api_keys (user_id, provider);
CREATE INDEX idx_usage_tracking_user_id_created_at_action ON public.usage_tracking (user_id, created_at, action);

-- "All my prompts, newest first" names no folder, so the composite above can't give the order of created_at.
CREATE INDEX idx_prompts_user_id_created_at ON public.prompts (user_id, created_at DESC) WHERE deleted_at IS NULL;
-- "How often this month" gives an action and a range of time: behind the range, the composite above only filters by action.
CREATE INDEX idx_usage_tracking_user_id_action_created_at ON public.usage_tracking (user_id, action, created_at);
-- The foreign key that no index above begins with: deleting a folder sets it NULL.
CREATE INDEX idx_prompts_folder_id ON public.prompts (folder_id);

-- The source's UNIQUE (user_id, name, deleted_at) lets two live folders share a name, for NULLs are distinct. A name is unique among
-- the live ones, and free again when its folder is deleted. This is also the index of "my folders, by name".
CREATE UNIQUE INDEX idx_folders_user_id_name ON public.folders (user_id, name) WHERE deleted_at IS NULL;
-- One live key a user and provider. It holds no deleted rows, so the foreign key and the history need the plain one above.
CREATE UNIQUE INDEX idx_encrypted_api_keys_user_id_provider_live
    ON public.encrypted_api_keys (user_id, provider) WHERE deleted_at IS NULL;

CREATE TRIGGER stamp_author BEFORE INSERT OR UPDATE ON public.folders
    FOR EACH ROW EXECUTE FUNCTION public.stamp_author();
CREATE TRIGGER stamp_author BEFORE INSERT OR UPDATE ON public.prompts
    FOR EACH ROW EXECUTE FUNCTION public.stamp_author();
CREATE TRIGGER stamp_author BEFORE INSERT OR UPDATE ON public.modules
    FOR EACH ROW EXECUTE FUNCTION public.stamp_author();
CREATE TRIGGER stamp_author BEFORE INSERT OR UPDATE ON public.module_options
    FOR EACH ROW EXECUTE FUNCTION public.stamp_author();
CREATE TRIGGER stamp_author BEFORE INSERT OR UPDATE ON public.variables
    FOR EACH ROW EXECUTE FUNCTION public.stamp_author();
CREATE TRIGGER stamp_author BEFORE INSERT OR UPDATE ON public.encrypted_api_keys
    FOR EACH ROW EXECUTE FUNCTION public.stamp_author();

CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.folders
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.prompts
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.modules
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.module_options
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.variables
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.encrypted_api_keys
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();

ALTER TABLE public.folders ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.folders FORCE ROW LEVEL SECURITY;
ALTER TABLE public.prompts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.prompts FORCE ROW LEVEL SECURITY;
ALTER TABLE public.modules ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.modules FORCE ROW LEVEL SECURITY;
ALTER TABLE public.module_options ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.module_options FORCE ROW LEVEL SECURITY;
ALTER TABLE public.variables ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.variables FORCE ROW LEVEL SECURITY;
ALTER TABLE public.encrypted_api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.encrypted_api_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE public.usage_tracking ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.usage_tracking FORCE ROW LEVEL SECURITY;

-- The platform grants everything to everybody. What no policy looks at (TRUNCATE, and what takes the table's definition) goes.
REVOKE ALL ON public.folders, public.prompts, public.modules, public.module_options, public.variables,
    public.encrypted_api_keys, public.usage_tracking FROM anon, authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.folders, public.prompts, public.modules, public.module_options, public.variables,
    public.encrypted_api_keys, public.usage_tracking TO anon, authenticated;

CREATE POLICY folders_select ON public.folders FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()));
CREATE POLICY folders_insert ON public.folders FOR INSERT TO authenticated
    WITH CHECK (user_id = (SELECT auth.uid()));
CREATE POLICY folders_update ON public.folders FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid()))
    WITH CHECK (user_id = (SELECT auth.uid()));
CREATE POLICY folders_delete ON public.folders FOR DELETE TO authenticated
    USING (user_id = (SELECT auth.uid()));

-- A prompt lies in no folder or in one of the same user's.
CREATE POLICY prompts_select ON public.prompts FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()));
CREATE POLICY prompts_insert ON public.prompts FOR INSERT TO authenticated
    WITH CHECK (
        user_id = (SELECT auth.uid())
        AND (folder_id IS NULL OR EXISTS (
            SELECT FROM public.folders AS folder
            WHERE folder.id = prompts.folder_id AND folder.user_id = (SELECT auth.uid())))
    );
CREATE POLICY prompts_update ON public.prompts FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid()))
    WITH CHECK (
        user_id = (SELECT auth.uid())
        AND (folder_id IS NULL OR EXISTS (
            SELECT FROM public.folders AS folder
            WHERE folder.id = prompts.folder_id AND folder.user_id = (SELECT auth.uid())))
    );
CREATE POLICY prompts_delete ON public.prompts FOR DELETE TO authenticated
    USING (user_id = (SELECT auth.uid()));

-- Modules, options and variables have no user of their own: whose prompt it is decides, of the row as it was and as it will be.
CREATE POLICY modules_select ON public.modules FOR SELECT TO authenticated
    USING (EXISTS (
        SELECT FROM public.prompts AS prompt
        WHERE prompt.id = modules.prompt_id AND prompt.user_id = (SELECT auth.uid())));
CREATE POLICY modules_insert ON public.modules FOR INSERT TO authenticated
    WITH CHECK (EXISTS (
        SELECT FROM public.prompts AS prompt
        WHERE prompt.id = modules.prompt_id AND prompt.user_id = (SELECT auth.uid())));
CREATE POLICY modules_update ON public.modules FOR UPDATE TO authenticated
    USING (EXISTS (
        SELECT FROM public.prompts AS prompt
        WHERE prompt.id = modules.prompt_id AND prompt.user_id = (SELECT auth.uid())))
    WITH CHECK (EXISTS (
        SELECT FROM public.prompts AS prompt
        WHERE prompt.id = modules.prompt_id AND prompt.user_id = (SELECT auth.uid())));
CREATE POLICY modules_delete ON public.modules FOR DELETE TO authenticated
    USING (EXISTS (
        SELECT FROM public.prompts AS prompt
        WHERE prompt.id = modules.prompt_id AND prompt.user_id = (SELECT auth.uid())));

CREATE POLICY module_options_select ON public.module_options FOR SELECT TO authenticated
    USING (EXISTS (
        SELECT FROM public.modules AS module
        JOIN public.prompts AS prompt ON prompt.id = module.prompt_id
        WHERE module.id = module_options.module_id AND prompt.user_id = (SELECT auth.uid())));
CREATE POLICY module_options_insert ON public.module_options FOR INSERT TO authenticated
    WITH CHECK (EXISTS (
        SELECT FROM public.modules AS module
        JOIN public.prompts AS prompt ON prompt.id = module.prompt_id
        WHERE module.id = module_options.module_id AND prompt.user_id = (SELECT auth.uid())));
CREATE POLICY module_options_update ON public.module_options FOR UPDATE TO authenticated
    USING (EXISTS (
        SELECT FROM public.modules AS module
        JOIN public.prompts AS prompt ON prompt.id = module.prompt_id
        WHERE module.id = module_options.module_id AND prompt.user_id = (SELECT auth.uid())))
    WITH CHECK (EXISTS (
        SELECT FROM public.modules AS module
        JOIN public.prompts AS prompt ON prompt.id = module.prompt_id
        WHERE module.id = module_options.module_id AND prompt.user_id = (SELECT auth.uid())));
CREATE POLICY module_options_delete ON public.module_options FOR DELETE TO authenticated
    USING (EXISTS (
        SELECT FROM public.modules AS module
        JOIN public.prompts AS prompt ON prompt.id = module.prompt_id
        WHERE module.id = module_options.module_id AND prompt.user_id = (SELECT auth.uid())));

CREATE POLICY variables_select ON public.variables FOR SELECT TO authenticated
    USING (EXISTS (
        SELECT FROM public.prompts AS prompt
        WHERE prompt.id = variables.prompt_id AND prompt.user_id = (SELECT auth.uid())));
CREATE POLICY variables_insert ON public.variables FOR INSERT TO authenticated
    WITH CHECK (EXISTS (
        SELECT FROM public.prompts AS prompt
        WHERE prompt.id = variables.prompt_id AND prompt.user_id = (SELECT auth.uid())));
CREATE POLICY variables_update ON public.variables FOR UPDATE TO authenticated
    USING (EXISTS (
        SELECT FROM public.prompts AS prompt
        WHERE prompt.id = variables.prompt_id AND prompt.user_id = (SELECT auth.uid())))
    WITH CHECK (EXISTS (
        SELECT FROM public.prompts AS prompt
        WHERE prompt.id = variables.prompt_id AND prompt.user_id = (SELECT auth.uid())));
CREATE POLICY variables_delete ON public.variables FOR DELETE TO authenticated
    USING (EXISTS (
        SELECT FROM public.prompts AS prompt
        WHERE prompt.id = variables.prompt_id AND prompt.user_id = (SELECT auth.uid())));

CREATE POLICY encrypted_api_keys_select ON public.encrypted_api_keys FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()));
CREATE POLICY encrypted_api_keys_insert ON public.encrypted_api_keys FOR INSERT TO authenticated
    WITH CHECK (user_id = (SELECT auth.uid()));
CREATE POLICY encrypted_api_keys_update ON public.encrypted_api_keys FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid()))
    WITH CHECK (user_id = (SELECT auth.uid()));
CREATE POLICY encrypted_api_keys_delete ON public.encrypted_api_keys FOR DELETE TO authenticated
    USING (user_id = (SELECT auth.uid()));

-- Append-only for users: they add and read, and no row is one that they may change or delete. Without these two policies that would
-- be so as well; with them it is said.
CREATE POLICY usage_tracking_select ON public.usage_tracking FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()));
CREATE POLICY usage_tracking_insert ON public.usage_tracking FOR INSERT TO authenticated
    WITH CHECK (user_id = (SELECT auth.uid()));
CREATE POLICY usage_tracking_update ON public.usage_tracking FOR UPDATE TO authenticated
    USING (false);
CREATE POLICY usage_tracking_delete ON public.usage_tracking FOR DELETE TO authenticated
    USING (false);

COMMENT ON FUNCTION public.update_updated_at() IS 'Sets updated_at to the time of the transaction';
COMMENT ON FUNCTION public.stamp_author() IS 'Sets created_by and updated_by to the signed-in user, if there is one; created_by never changes';

COMMENT ON TABLE public.folders IS 'Folders that users sort their prompts into; a name is unique among a user''s live folders';
COMMENT ON COLUMN public.folders.created_by IS 'User who made the row, not a foreign key; NULL when no user was signed in';
COMMENT ON COLUMN public.folders.updated_by IS 'User who changed the row last, not a foreign key; NULL when no user was signed in';
COMMENT ON COLUMN public.folders.deleted_at IS 'When the user deleted it (soft delete); NULL for a live row';

COMMENT ON TABLE public.prompts IS 'Prompts, put together from modules and filled in by variables';
COMMENT ON COLUMN public.prompts.folder_id IS 'A folder of the same user; NULL outside of folders and when the folder was deleted for good';
COMMENT ON COLUMN public.prompts.created_by IS 'User who made the row, not a foreign key; NULL when no user was signed in';
COMMENT ON COLUMN public.prompts.updated_by IS 'User who changed the row last, not a foreign key; NULL when no user was signed in';
COMMENT ON COLUMN public.prompts.deleted_at IS 'When the user deleted it (soft delete); NULL for a live row';

COMMENT ON TABLE public.modules IS 'Building blocks of a prompt, in their order';
COMMENT ON COLUMN public.modules.content IS 'Text of the block; empty where one of its options gives the text';
COMMENT ON COLUMN public.modules.order_index IS 'Place in the prompt, from 0; equal numbers are ordered by created_at';
COMMENT ON COLUMN public.modules.created_by IS 'User who made the row, not a foreign key; NULL when no user was signed in';
COMMENT ON COLUMN public.modules.updated_by IS 'User who changed the row last, not a foreign key; NULL when no user was signed in';
COMMENT ON COLUMN public.modules.deleted_at IS 'When the user deleted it (soft delete); NULL for a live row';

COMMENT ON TABLE public.module_options IS 'Alternatives that a user chooses from for a module';
COMMENT ON COLUMN public.module_options.label IS 'What the user is shown in the list of choices';
COMMENT ON COLUMN public.module_options.content IS 'Text that goes into the prompt when the option is chosen';
COMMENT ON COLUMN public.module_options.metadata IS 'Object owned by the application, e.g. {"tone": "formal"}';
COMMENT ON COLUMN public.module_options.created_by IS 'User who made the row, not a foreign key; NULL when no user was signed in';
COMMENT ON COLUMN public.module_options.updated_by IS 'User who changed the row last, not a foreign key; NULL when no user was signed in';
COMMENT ON COLUMN public.module_options.deleted_at IS 'When the user deleted it (soft delete); NULL for a live row';

COMMENT ON TABLE public.variables IS 'Places in a prompt that the user fills in';
COMMENT ON COLUMN public.variables.name IS 'As it stands in the text of the modules, without its brackets';
COMMENT ON COLUMN public.variables.config IS 'Object owned by the application: type of input, default, choices';
COMMENT ON COLUMN public.variables.created_by IS 'User who made the row, not a foreign key; NULL when no user was signed in';
COMMENT ON COLUMN public.variables.updated_by IS 'User who changed the row last, not a foreign key; NULL when no user was signed in';
COMMENT ON COLUMN public.variables.deleted_at IS 'When the user deleted it (soft delete); NULL for a live row';

COMMENT ON TABLE public.encrypted_api_keys IS 'Users'' keys for model providers, encrypted by the application; one live key a user and provider';
COMMENT ON COLUMN public.encrypted_api_keys.provider IS 'Name that the application gives the provider, e.g. openai';
COMMENT ON COLUMN public.encrypted_api_keys.ciphertext IS 'The key as the application encrypted it, with the authentication tag; never the plain key';
COMMENT ON COLUMN public.encrypted_api_keys.nonce IS 'Nonce of the encryption, at least 12 bytes, never used twice with one encryption key';
COMMENT ON COLUMN public.encrypted_api_keys.key_version IS 'Which of the application''s encryption keys was used, from 1; the keys themselves are not in the database';
COMMENT ON COLUMN public.encrypted_api_keys.created_by IS 'User who made the row, not a foreign key; NULL when no user was signed in';
COMMENT ON COLUMN public.encrypted_api_keys.updated_by IS 'User who changed the row last, not a foreign key; NULL when no user was signed in';
COMMENT ON COLUMN public.encrypted_api_keys.deleted_at IS 'When the user deleted it (soft delete); NULL for the live key';

COMMENT ON TABLE public.usage_tracking IS 'What users did, for statistics and limits; users can add rows and read their own, never change or delete one';
COMMENT ON COLUMN public.usage_tracking.action IS 'Name that the application gives the action, e.g. prompt.generated';
COMMENT ON COLUMN public.usage_tracking.details IS 'Object owned by the application, e.g. {"tokens": 512}';
