-- The automation library: profiles, questionnaires, automations with their steps, weekly discoveries, progress, subscriptions.
--
-- What holds everywhere:
-- - Keys are UUIDs; created_at and updated_at are on every table, and a trigger keeps the latter.
-- - Closed vocabularies are CHECK constraints on text: a word more is one ALTER TABLE, and a word less can be tried before it is final.
-- - Row level security is on and forced from here on, though its policies come with the next file: the platform grants every new table
--   to the API's roles, and a deployment that stops between the two files shall deny everything rather than show everything.
--   TRUNCATE, which no policy looks at, is taken away with the other grants; the next file gives back what its policies are for.

-- Embeddings. A trusted extension, so an owner who is no superuser can make it.
CREATE EXTENSION vector SCHEMA public;

CREATE FUNCTION public.update_updated_at() RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TABLE public.user_profiles (
    id uuid CONSTRAINT user_profiles_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL
        CONSTRAINT user_profiles_user_id_key UNIQUE
        CONSTRAINT user_profiles_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
    role text NOT NULL DEFAULT 'user' CONSTRAINT user_profiles_role_check CHECK (role IN ('user', 'admin')),
    business_name text CONSTRAINT user_profiles_business_name_check CHECK (btrim(business_name) <> ''),
    industry text CONSTRAINT user_profiles_industry_check CHECK (btrim(industry) <> ''),
    business_size text
        CONSTRAINT user_profiles_business_size_check CHECK (business_size IN ('solo', 'small-team', 'large-team')),
    experience text
        CONSTRAINT user_profiles_experience_check CHECK (experience IN ('beginner', 'intermediate', 'expert')),
    current_tools text[] NOT NULL DEFAULT '{}'
        CONSTRAINT user_profiles_current_tools_check CHECK (array_position(current_tools, NULL) IS NULL),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE public.questionnaire_sessions (
    id uuid CONSTRAINT questionnaire_sessions_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL
        CONSTRAINT questionnaire_sessions_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
    status text NOT NULL DEFAULT 'in-progress'
        CONSTRAINT questionnaire_sessions_status_check CHECK (status IN ('in-progress', 'completed', 'abandoned')),
    started_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    context jsonb NOT NULL DEFAULT '{}'
        CONSTRAINT questionnaire_sessions_context_check CHECK (jsonb_typeof(context) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT questionnaire_sessions_completed_at_check
        CHECK ((status = 'completed') = (completed_at IS NOT NULL) AND completed_at >= started_at)
);

CREATE TABLE public.questionnaire_responses (
    id uuid CONSTRAINT questionnaire_responses_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id uuid NOT NULL
        CONSTRAINT questionnaire_responses_session_id_fkey
        REFERENCES public.questionnaire_sessions (id) ON DELETE CASCADE,
    question_key text NOT NULL
        CONSTRAINT questionnaire_responses_question_key_check CHECK (btrim(question_key) <> ''),
    answer jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT questionnaire_responses_session_id_question_key_key UNIQUE (session_id, question_key)
);

CREATE TABLE public.automations (
    id uuid CONSTRAINT automations_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    title text NOT NULL CONSTRAINT automations_title_check CHECK (btrim(title) <> ''),
    slug text NOT NULL
        CONSTRAINT automations_slug_key UNIQUE
        CONSTRAINT automations_slug_check CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    description text NOT NULL DEFAULT '',
    difficulty text NOT NULL
        CONSTRAINT automations_difficulty_check CHECK (difficulty IN ('easy', 'medium', 'hard')),
    tags text[] NOT NULL DEFAULT '{}'
        CONSTRAINT automations_tags_check CHECK (array_position(tags, NULL) IS NULL),
    published boolean NOT NULL DEFAULT false,
    ai_context jsonb NOT NULL DEFAULT '{}'
        CONSTRAINT automations_ai_context_check CHECK (jsonb_typeof(ai_context) = 'object'),
    -- The zero vector has no direction: its cosine distance is NaN, and the index would leave it out without a word.
    embedding public.vector(1536)
        CONSTRAINT automations_embedding_check CHECK (public.vector_norm(embedding) > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE public.automation_tools (
    id uuid CONSTRAINT automation_tools_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    automation_id uuid NOT NULL
        CONSTRAINT automation_tools_automation_id_fkey REFERENCES public.automations (id) ON DELETE CASCADE,
    tool_name text NOT NULL CONSTRAINT automation_tools_tool_name_check CHECK (btrim(tool_name) <> ''),
    purpose text NOT NULL DEFAULT '',
    required boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT automation_tools_automation_id_tool_name_key UNIQUE (automation_id, tool_name)
);

-- Positions are held apart at the end of a statement, not row by row, so that one UPDATE can put steps in another order.
CREATE TABLE public.implementation_steps (
    id uuid CONSTRAINT implementation_steps_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    automation_id uuid NOT NULL
        CONSTRAINT implementation_steps_automation_id_fkey REFERENCES public.automations (id) ON DELETE CASCADE,
    position integer NOT NULL CONSTRAINT implementation_steps_position_check CHECK (position > 0),
    title text NOT NULL CONSTRAINT implementation_steps_title_check CHECK (btrim(title) <> ''),
    instructions text NOT NULL DEFAULT '',
    estimated_minutes integer
        CONSTRAINT implementation_steps_estimated_minutes_check CHECK (estimated_minutes > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT implementation_steps_automation_id_position_key UNIQUE (automation_id, position) DEFERRABLE
);

CREATE TABLE public.step_media (
    id uuid CONSTRAINT step_media_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    step_id uuid NOT NULL
        CONSTRAINT step_media_step_id_fkey REFERENCES public.implementation_steps (id) ON DELETE CASCADE,
    media_type text NOT NULL
        CONSTRAINT step_media_media_type_check CHECK (media_type IN ('image', 'video', 'audio', 'document')),
    url text NOT NULL CONSTRAINT step_media_url_check CHECK (url ~ '^https?://[^[:space:]]+$'),
    alt_text text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- One row a user and week: so a week has one name, its Monday.
CREATE TABLE public.weekly_discoveries (
    id uuid CONSTRAINT weekly_discoveries_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL
        CONSTRAINT weekly_discoveries_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
    week_of date NOT NULL
        CONSTRAINT weekly_discoveries_week_of_check CHECK (extract(isodow FROM week_of) = 1),
    summary text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT weekly_discoveries_user_id_week_of_key UNIQUE (user_id, week_of)
);

-- What users have been shown or have taken up is theirs: it keeps an automation, and a step, from being deleted. An automation that shall
-- go is unpublished.
CREATE TABLE public.discovered_automations (
    id uuid CONSTRAINT discovered_automations_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    discovery_id uuid NOT NULL
        CONSTRAINT discovered_automations_discovery_id_fkey
        REFERENCES public.weekly_discoveries (id) ON DELETE CASCADE,
    automation_id uuid NOT NULL
        CONSTRAINT discovered_automations_automation_id_fkey REFERENCES public.automations (id) ON DELETE RESTRICT,
    rank integer NOT NULL CONSTRAINT discovered_automations_rank_check CHECK (rank > 0),
    score double precision NOT NULL
        CONSTRAINT discovered_automations_score_check CHECK (score BETWEEN 0 AND 1),
    reason text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT discovered_automations_discovery_id_automation_id_key UNIQUE (discovery_id, automation_id),
    CONSTRAINT discovered_automations_discovery_id_rank_key UNIQUE (discovery_id, rank) DEFERRABLE
);

CREATE TABLE public.user_automations (
    id uuid CONSTRAINT user_automations_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL
        CONSTRAINT user_automations_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
    automation_id uuid NOT NULL
        CONSTRAINT user_automations_automation_id_fkey REFERENCES public.automations (id) ON DELETE RESTRICT,
    status text NOT NULL DEFAULT 'saved'
        CONSTRAINT user_automations_status_check
        CHECK (status IN ('saved', 'in-progress', 'completed', 'dismissed')),
    notes text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT user_automations_user_id_automation_id_key UNIQUE (user_id, automation_id)
);

CREATE TABLE public.automation_progress (
    id uuid CONSTRAINT automation_progress_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_automation_id uuid NOT NULL
        CONSTRAINT automation_progress_user_automation_id_fkey
        REFERENCES public.user_automations (id) ON DELETE CASCADE,
    step_id uuid NOT NULL
        CONSTRAINT automation_progress_step_id_fkey REFERENCES public.implementation_steps (id) ON DELETE RESTRICT,
    status text NOT NULL DEFAULT 'not-started'
        CONSTRAINT automation_progress_status_check
        CHECK (status IN ('not-started', 'in-progress', 'completed', 'skipped')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT automation_progress_user_automation_id_step_id_key UNIQUE (user_automation_id, step_id)
);

CREATE TABLE public.subscriptions (
    id uuid CONSTRAINT subscriptions_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT subscriptions_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
    stripe_customer_id text NOT NULL
        CONSTRAINT subscriptions_stripe_customer_id_key UNIQUE
        CONSTRAINT subscriptions_stripe_customer_id_check CHECK (btrim(stripe_customer_id) <> ''),
    stripe_subscription_id text
        CONSTRAINT subscriptions_stripe_subscription_id_key UNIQUE
        CONSTRAINT subscriptions_stripe_subscription_id_check CHECK (btrim(stripe_subscription_id) <> ''),
    status text NOT NULL
        CONSTRAINT subscriptions_status_check CHECK (status IN (
            'incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'canceled', 'unpaid', 'paused')),
    current_period_start timestamptz,
    current_period_end timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT subscriptions_current_period_end_check CHECK (current_period_end > current_period_start)
);

CREATE TABLE public.usage_metrics (
    id uuid CONSTRAINT usage_metrics_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT usage_metrics_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
    metric text NOT NULL CONSTRAINT usage_metrics_metric_check CHECK (btrim(metric) <> ''),
    period date NOT NULL CONSTRAINT usage_metrics_period_check CHECK (extract(day FROM period) = 1),
    quantity bigint NOT NULL DEFAULT 0 CONSTRAINT usage_metrics_quantity_check CHECK (quantity >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT usage_metrics_user_id_metric_period_key UNIQUE (user_id, metric, period)
);

CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.user_profiles
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.questionnaire_sessions
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.questionnaire_responses
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.automations
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.automation_tools
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.implementation_steps
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.step_media
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.weekly_discoveries
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.discovered_automations
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.user_automations
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.automation_progress
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.subscriptions
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();
CREATE TRIGGER update_updated_at BEFORE UPDATE ON public.usage_metrics
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at();

ALTER TABLE public.user_profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.user_profiles FORCE ROW LEVEL SECURITY;
ALTER TABLE public.questionnaire_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.questionnaire_sessions FORCE ROW LEVEL SECURITY;
ALTER TABLE public.questionnaire_responses ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.questionnaire_responses FORCE ROW LEVEL SECURITY;
ALTER TABLE public.automations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.automations FORCE ROW LEVEL SECURITY;
ALTER TABLE public.automation_tools ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.automation_tools FORCE ROW LEVEL SECURITY;
ALTER TABLE public.implementation_steps ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.implementation_steps FORCE ROW LEVEL SECURITY;
ALTER TABLE public.step_media ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.step_media FORCE ROW LEVEL SECURITY;
ALTER TABLE public.weekly_discoveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.weekly_discoveries FORCE ROW LEVEL SECURITY;
ALTER TABLE public.discovered_automations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.discovered_automations FORCE ROW LEVEL SECURITY;
ALTER TABLE public.user_automations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.user_automations FORCE ROW LEVEL SECURITY;
ALTER TABLE public.automation_progress ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.automation_progress FORCE ROW LEVEL SECURITY;
ALTER TABLE public.subscriptions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.subscriptions FORCE ROW LEVEL SECURITY;
ALTER TABLE public.usage_metrics ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.usage_metrics FORCE ROW LEVEL SECURITY;

REVOKE ALL ON public.user_profiles, public.questionnaire_sessions, public.questionnaire_responses, public.automations,
    public.automation_tools, public.implementation_steps, public.step_media, public.weekly_discoveries,
    public.discovered_automations, public.user_automations, public.automation_progress, public.subscriptions,
    public.usage_metrics FROM anon, authenticated;

COMMENT ON FUNCTION public.update_updated_at() IS 'Sets updated_at to the time of the transaction';

COMMENT ON TABLE public.user_profiles IS 'What a user has said of themselves and their business, one row a user';
COMMENT ON COLUMN public.user_profiles.role IS 'user or admin; an admin reaches all rows, and only an admin or the service makes another one';
COMMENT ON COLUMN public.user_profiles.business_size IS 'solo, small-team or large-team; NULL until it is known';
COMMENT ON COLUMN public.user_profiles.experience IS 'With automation: beginner, intermediate or expert; NULL until it is known';
COMMENT ON COLUMN public.user_profiles.current_tools IS 'Names of the tools that the business works with already';

COMMENT ON TABLE public.questionnaire_sessions IS 'One run of a user through the questionnaire';
COMMENT ON COLUMN public.questionnaire_sessions.status IS 'in-progress, completed or abandoned';
COMMENT ON COLUMN public.questionnaire_sessions.completed_at IS 'Set if and only if status is completed';
COMMENT ON COLUMN public.questionnaire_sessions.context IS 'Object owned by the application: what the model was told of this run';

COMMENT ON TABLE public.questionnaire_responses IS 'Answers of a session, one a question';
COMMENT ON COLUMN public.questionnaire_responses.question_key IS 'Name that the application gives the question, e.g. weekly_hours';
COMMENT ON COLUMN public.questionnaire_responses.answer IS 'Any JSON value, in the form that the question asks for; null where it was passed over';

COMMENT ON TABLE public.automations IS 'The library: automations that users can set up; all may read a published one, admins only any other';
COMMENT ON COLUMN public.automations.slug IS 'Name in the address of its page: words of a-z and 0-9, joined by hyphens';
COMMENT ON COLUMN public.automations.difficulty IS 'To set up: easy, medium or hard';
COMMENT ON COLUMN public.automations.published IS 'Whether anyone but an admin can see it, with its tools, steps and media';
COMMENT ON COLUMN public.automations.ai_context IS 'Object owned by the application that recommendations are made with, e.g. {"industries": ["retail"]}';
COMMENT ON COLUMN public.automations.embedding IS 'Of title and description, by a model of 1536 dimensions, compared by cosine; NULL until it is computed, never zero';

COMMENT ON TABLE public.automation_tools IS 'Tools that an automation works with';
COMMENT ON COLUMN public.automation_tools.purpose IS 'What the tool does in this automation';
COMMENT ON COLUMN public.automation_tools.required IS 'Whether the automation can''t do without it';

COMMENT ON TABLE public.implementation_steps IS 'How an automation is set up, step by step';
COMMENT ON COLUMN public.implementation_steps.position IS 'Place among the steps, from 1';
COMMENT ON COLUMN public.implementation_steps.estimated_minutes IS 'Minutes that the step takes a beginner; NULL where nobody has measured';

COMMENT ON TABLE public.step_media IS 'Pictures, films, recordings and documents that explain a step';
COMMENT ON COLUMN public.step_media.media_type IS 'image, video, audio or document';
COMMENT ON COLUMN public.step_media.url IS 'http or https address of the file';
COMMENT ON COLUMN public.step_media.alt_text IS 'What is to be seen, for those who can''t; empty where it only decorates';

COMMENT ON TABLE public.weekly_discoveries IS 'What was recommended to a user in one week';
COMMENT ON COLUMN public.weekly_discoveries.week_of IS 'Monday of the week';
COMMENT ON COLUMN public.weekly_discoveries.summary IS 'What the user is told about the week''s choice';

COMMENT ON TABLE public.discovered_automations IS 'Automations of a weekly discovery, the best one first';
COMMENT ON COLUMN public.discovered_automations.rank IS 'Place in the list, from 1';
COMMENT ON COLUMN public.discovered_automations.score IS 'How well it fits the user, from 0 to 1';
COMMENT ON COLUMN public.discovered_automations.reason IS 'What the user is told about why it fits';

COMMENT ON TABLE public.user_automations IS 'Automations that a user has taken up, each once';
COMMENT ON COLUMN public.user_automations.status IS 'saved, in-progress, completed or dismissed';
COMMENT ON COLUMN public.user_automations.notes IS 'The user''s own';

COMMENT ON TABLE public.automation_progress IS 'How far a user has come with the steps of an automation; no row means not-started';
COMMENT ON COLUMN public.automation_progress.status IS 'not-started, in-progress, completed or skipped';

COMMENT ON TABLE public.subscriptions IS 'Users'' subscriptions as Stripe tells of them; written by the service, read by their user';
COMMENT ON COLUMN public.subscriptions.stripe_customer_id IS 'One row a customer: who subscribes again as the same customer has their row updated';
COMMENT ON COLUMN public.subscriptions.stripe_subscription_id IS 'NULL while the customer has not subscribed yet';
COMMENT ON COLUMN public.subscriptions.status IS 'In Stripe''s spelling; canceled and incomplete_expired are final, with any other the subscription is live';
COMMENT ON COLUMN public.subscriptions.current_period_start IS 'Start of the period that is paid for; NULL before the first one';
COMMENT ON COLUMN public.subscriptions.current_period_end IS 'End of the period that is paid for; NULL before the first one';

COMMENT ON TABLE public.usage_metrics IS 'How much of what a user has used in a month, for limits and invoices; written by the service, read by its user';
COMMENT ON COLUMN public.usage_metrics.metric IS 'Name that the application gives to what is counted, e.g. discoveries';
COMMENT ON COLUMN public.usage_metrics.period IS 'First day of the calendar month (UTC) that is counted';
COMMENT ON COLUMN public.usage_metrics.quantity IS 'In the unit of the metric';
