-- Instructors, courses of sections of lessons, enrolments with their progress and activity, revenue and reviews; the dashboards' functions.
--
-- - An instructor is a user with an instructor profile, which an org_admin makes; courses belong to instructors of the same organization.
-- - Which course a lesson or a student's progress is of stands in their own row, for the policies, and is held by composite keys.
-- - Students enrol themselves in what is free. What costs money is enrolled in by the service, once it is paid.
-- - What can be counted is counted by the functions; the one stored figure is courses.enrolled_count, which a trigger keeps.
CREATE TYPE public.course_status AS ENUM ('draft', 'published', 'archived');
CREATE TYPE public.course_difficulty AS ENUM ('beginner', 'intermediate', 'advanced');
CREATE TYPE public.lesson_type AS ENUM ('video', 'article', 'quiz', 'assignment', 'live_session');
CREATE TYPE public.workshop_type AS ENUM ('online', 'in_person', 'hybrid');
CREATE TYPE public.activity_type AS ENUM (
    'enrolled', 'lesson_started', 'lesson_completed', 'quiz_completed', 'assignment_submitted', 'course_completed', 'review_posted',
    'workshop_registered', 'workshop_attended', 'certificate_earned'
);
CREATE TYPE public.transaction_type AS ENUM ('course_enrollment', 'workshop_registration', 'consultation', 'refund');
CREATE TYPE public.payout_schedule AS ENUM ('weekly', 'biweekly', 'monthly');

CREATE TABLE public.instructor_profiles (
    user_id uuid CONSTRAINT instructor_profiles_pkey PRIMARY KEY
        CONSTRAINT instructor_profiles_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    display_name text NOT NULL CONSTRAINT instructor_profiles_display_name_check CHECK (btrim(display_name) <> ''),
    headline text,
    bio text,
    credentials text[] NOT NULL DEFAULT '{}',
    expertise jsonb NOT NULL DEFAULT '[]'
        CONSTRAINT instructor_profiles_expertise_check CHECK (jsonb_typeof(expertise) = 'array'),
    years_of_experience smallint
        CONSTRAINT instructor_profiles_years_of_experience_check CHECK (years_of_experience BETWEEN 0 AND 80),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE public.instructor_settings (
    user_id uuid CONSTRAINT instructor_settings_pkey PRIMARY KEY
        CONSTRAINT instructor_settings_user_id_fkey REFERENCES public.instructor_profiles (user_id) ON DELETE CASCADE,
    payout_schedule public.payout_schedule NOT NULL DEFAULT 'monthly',
    email_notifications boolean NOT NULL DEFAULT true,
    timezone text NOT NULL DEFAULT 'UTC',
    preferences jsonb NOT NULL DEFAULT '{}'
        CONSTRAINT instructor_settings_preferences_check CHECK (jsonb_typeof(preferences) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE public.courses (
    id uuid CONSTRAINT courses_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL
        CONSTRAINT courses_organization_id_fkey REFERENCES public.organizations (id) ON DELETE RESTRICT,
    instructor_id uuid NOT NULL
        CONSTRAINT courses_instructor_id_fkey REFERENCES public.instructor_profiles (user_id) ON DELETE RESTRICT,
    title text NOT NULL CONSTRAINT courses_title_check CHECK (btrim(title) <> ''),
    description text NOT NULL DEFAULT '',
    pillar public.ai_pillar NOT NULL,
    difficulty public.course_difficulty NOT NULL DEFAULT 'beginner',
    status public.course_status NOT NULL DEFAULT 'draft',
    price numeric(10, 2) NOT NULL DEFAULT 0 CONSTRAINT courses_price_check CHECK (price >= 0),
    currency text NOT NULL DEFAULT 'USD' CONSTRAINT courses_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    tags jsonb NOT NULL DEFAULT '[]' CONSTRAINT courses_tags_check CHECK (jsonb_typeof(tags) = 'array'),
    enrolled_count integer NOT NULL DEFAULT 0 CONSTRAINT courses_enrolled_count_check CHECK (enrolled_count >= 0),
    published_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT courses_published_at_check CHECK (status <> 'published' OR published_at IS NOT NULL)
);

CREATE TABLE public.course_sections (
    id uuid CONSTRAINT course_sections_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    course_id uuid NOT NULL CONSTRAINT course_sections_course_id_fkey REFERENCES public.courses (id) ON DELETE CASCADE,
    title text NOT NULL CONSTRAINT course_sections_title_check CHECK (btrim(title) <> ''),
    order_index integer NOT NULL DEFAULT 0 CONSTRAINT course_sections_order_index_check CHECK (order_index >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT course_sections_id_course_id_key UNIQUE (id, course_id)
);

CREATE TABLE public.course_lessons (
    id uuid CONSTRAINT course_lessons_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    course_id uuid NOT NULL,
    section_id uuid NOT NULL,
    title text NOT NULL CONSTRAINT course_lessons_title_check CHECK (btrim(title) <> ''),
    lesson_type public.lesson_type NOT NULL,
    content jsonb NOT NULL DEFAULT '{}' CONSTRAINT course_lessons_content_check CHECK (jsonb_typeof(content) = 'object'),
    duration_minutes integer CONSTRAINT course_lessons_duration_minutes_check CHECK (duration_minutes > 0),
    order_index integer NOT NULL DEFAULT 0 CONSTRAINT course_lessons_order_index_check CHECK (order_index >= 0),
    is_preview boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT course_lessons_id_course_id_key UNIQUE (id, course_id),
    CONSTRAINT course_lessons_section_id_course_id_fkey
        FOREIGN KEY (section_id, course_id) REFERENCES public.course_sections (id, course_id) ON DELETE CASCADE
);

CREATE TABLE public.enrollments (
    id uuid CONSTRAINT enrollments_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT enrollments_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    course_id uuid NOT NULL CONSTRAINT enrollments_course_id_fkey REFERENCES public.courses (id) ON DELETE CASCADE,
    status public.enrollment_status NOT NULL DEFAULT 'enrolled',
    progress_percentage smallint NOT NULL DEFAULT 0
        CONSTRAINT enrollments_progress_percentage_check CHECK (progress_percentage BETWEEN 0 AND 100),
    enrolled_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT enrollments_user_id_course_id_key UNIQUE (user_id, course_id),
    CONSTRAINT enrollments_completed_at_check CHECK (completed_at >= enrolled_at)
);

CREATE TABLE public.student_progress (
    id uuid CONSTRAINT student_progress_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL,
    course_id uuid NOT NULL,
    lesson_id uuid NOT NULL,
    is_completed boolean NOT NULL DEFAULT false,
    started_at timestamptz,
    completed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT student_progress_user_id_lesson_id_key UNIQUE (user_id, lesson_id),
    CONSTRAINT student_progress_user_id_course_id_fkey
        FOREIGN KEY (user_id, course_id) REFERENCES public.enrollments (user_id, course_id) ON DELETE CASCADE,
    CONSTRAINT student_progress_lesson_id_course_id_fkey
        FOREIGN KEY (lesson_id, course_id) REFERENCES public.course_lessons (id, course_id) ON DELETE CASCADE,
    CONSTRAINT student_progress_completed_at_check CHECK (is_completed = (completed_at IS NOT NULL))
);

-- Append-only, hence no updated_at.
CREATE TABLE public.student_activity (
    id uuid CONSTRAINT student_activity_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT student_activity_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    course_id uuid NOT NULL CONSTRAINT student_activity_course_id_fkey REFERENCES public.courses (id) ON DELETE CASCADE,
    lesson_id uuid,
    activity_type public.activity_type NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}' CONSTRAINT student_activity_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT student_activity_lesson_id_course_id_fkey
        FOREIGN KEY (lesson_id, course_id) REFERENCES public.course_lessons (id, course_id) ON DELETE CASCADE
);

-- Append-only: what was settled is taken back by a refund of its own.
CREATE TABLE public.revenue_transactions (
    id uuid CONSTRAINT revenue_transactions_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    instructor_id uuid NOT NULL
        CONSTRAINT revenue_transactions_instructor_id_fkey REFERENCES public.instructor_profiles (user_id) ON DELETE RESTRICT,
    student_id uuid CONSTRAINT revenue_transactions_student_id_fkey REFERENCES public.users (id) ON DELETE SET NULL,
    course_id uuid CONSTRAINT revenue_transactions_course_id_fkey REFERENCES public.courses (id) ON DELETE SET NULL,
    type public.transaction_type NOT NULL,
    amount numeric(10, 2) NOT NULL,
    platform_fee numeric(10, 2) NOT NULL DEFAULT 0,
    net_amount numeric(10, 2) NOT NULL GENERATED ALWAYS AS (amount - platform_fee) STORED,
    status public.payment_status NOT NULL DEFAULT 'pending',
    transacted_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT revenue_transactions_amount_check CHECK (CASE WHEN type = 'refund' THEN amount < 0 ELSE amount >= 0 END),
    CONSTRAINT revenue_transactions_platform_fee_check CHECK (abs(platform_fee) <= abs(amount) AND platform_fee * amount >= 0)
);

CREATE TABLE public.course_reviews (
    id uuid CONSTRAINT course_reviews_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    course_id uuid NOT NULL CONSTRAINT course_reviews_course_id_fkey REFERENCES public.courses (id) ON DELETE CASCADE,
    user_id uuid NOT NULL CONSTRAINT course_reviews_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    rating smallint NOT NULL CONSTRAINT course_reviews_rating_check CHECK (rating BETWEEN 1 AND 5),
    comment text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT course_reviews_course_id_user_id_key UNIQUE (course_id, user_id)
);

-- Indexes. Foreign keys that are not named here are served by a key that begins with their first column.
CREATE INDEX idx_instructor_profiles_display_name_trgm ON public.instructor_profiles USING gin (display_name gin_trgm_ops);
CREATE INDEX idx_instructor_profiles_expertise ON public.instructor_profiles USING gin (expertise jsonb_path_ops);
CREATE INDEX idx_courses_organization_id_status ON public.courses (organization_id, status);
CREATE INDEX idx_courses_instructor_id_status ON public.courses (instructor_id, status);
CREATE INDEX idx_courses_published_pillar_difficulty
    ON public.courses (organization_id, pillar, difficulty) WHERE status = 'published';
CREATE INDEX idx_courses_title_trgm ON public.courses USING gin (title gin_trgm_ops);
CREATE INDEX idx_courses_tags ON public.courses USING gin (tags jsonb_path_ops);
CREATE INDEX idx_course_sections_course_id_order_index ON public.course_sections (course_id, order_index);
CREATE INDEX idx_course_lessons_section_id_order_index ON public.course_lessons (section_id, order_index);
CREATE INDEX idx_course_lessons_course_id_order_index ON public.course_lessons (course_id, order_index);
CREATE INDEX idx_enrollments_course_id_status ON public.enrollments (course_id, status);
CREATE INDEX idx_enrollments_active_user_id_enrolled_at
    ON public.enrollments (user_id, enrolled_at DESC) WHERE status IN ('enrolled', 'in_progress');
CREATE INDEX idx_enrollments_course_id_completed_at ON public.enrollments (course_id, completed_at) WHERE status = 'completed';
CREATE INDEX idx_student_progress_user_id_course_id ON public.student_progress (user_id, course_id);
CREATE INDEX idx_student_progress_lesson_id_course_id ON public.student_progress (lesson_id, course_id);
CREATE INDEX idx_student_progress_course_id_completed ON public.student_progress (course_id, user_id) WHERE is_completed;
CREATE INDEX idx_student_activity_user_id_created_at ON public.student_activity (user_id, created_at DESC);
CREATE INDEX idx_student_activity_course_id_created_at ON public.student_activity (course_id, created_at DESC);
CREATE INDEX idx_student_activity_lesson_id_course_id ON public.student_activity (lesson_id, course_id);
CREATE INDEX idx_student_activity_metadata ON public.student_activity USING gin (metadata jsonb_path_ops);
CREATE INDEX idx_revenue_transactions_instructor_id_transacted_at
    ON public.revenue_transactions (instructor_id, transacted_at DESC);
CREATE INDEX idx_revenue_transactions_pending_instructor_id
    ON public.revenue_transactions (instructor_id) WHERE status = 'pending';
CREATE INDEX idx_revenue_transactions_student_id ON public.revenue_transactions (student_id);
CREATE INDEX idx_revenue_transactions_course_id ON public.revenue_transactions (course_id);
CREATE INDEX idx_course_reviews_user_id ON public.course_reviews (user_id);
CREATE INDEX idx_course_reviews_course_id_created_at ON public.course_reviews (course_id, created_at DESC);

CREATE TRIGGER update_instructor_profiles_updated_at BEFORE UPDATE ON public.instructor_profiles
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_instructor_settings_updated_at BEFORE UPDATE ON public.instructor_settings
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
-- That somebody enrols is no change of the course.
CREATE TRIGGER update_courses_updated_at BEFORE UPDATE ON public.courses
    FOR EACH ROW WHEN (NEW.enrolled_count = OLD.enrolled_count) EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_course_sections_updated_at BEFORE UPDATE ON public.course_sections
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_course_lessons_updated_at BEFORE UPDATE ON public.course_lessons
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_enrollments_updated_at BEFORE UPDATE ON public.enrollments
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_student_progress_updated_at BEFORE UPDATE ON public.student_progress
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
CREATE TRIGGER update_course_reviews_updated_at BEFORE UPDATE ON public.course_reviews
    FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();

-- Both triggers write what a student who enrols may not write themselves, hence SECURITY DEFINER. Nobody can call a trigger function.
CREATE FUNCTION private.count_enrolled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.status <> 'dropped' THEN
        UPDATE public.courses SET enrolled_count = enrolled_count - 1 WHERE id = OLD.course_id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.status <> 'dropped' THEN
        UPDATE public.courses SET enrolled_count = enrolled_count + 1 WHERE id = NEW.course_id;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION private.count_enrolled() IS 'Trigger: courses.enrolled_count is the number of enrolments that are not dropped';

CREATE FUNCTION private.create_student_progress() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
    INSERT INTO public.student_progress (user_id, course_id, lesson_id)
    SELECT NEW.user_id, NEW.course_id, lesson.id FROM public.course_lessons AS lesson WHERE lesson.course_id = NEW.course_id
    ON CONFLICT (user_id, lesson_id) DO NOTHING;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION private.create_student_progress() IS 'Trigger: who enrols gets a row of progress for each lesson that the course has';
REVOKE ALL ON FUNCTION private.count_enrolled(), private.create_student_progress() FROM PUBLIC;

CREATE TRIGGER auto_update_enrolled_count AFTER INSERT OR DELETE OR UPDATE OF status, course_id ON public.enrollments
    FOR EACH ROW EXECUTE FUNCTION private.count_enrolled();
CREATE TRIGGER auto_create_student_progress AFTER INSERT ON public.enrollments
    FOR EACH ROW EXECUTE FUNCTION private.create_student_progress();

-- Which courses the session's user has to do with, for the policies.
CREATE FUNCTION private.managed_courses() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
    SELECT course.id FROM public.courses AS course
    WHERE (course.instructor_id = (SELECT auth.uid()) AND course.organization_id = (SELECT private.organization()))
       OR course.organization_id = (SELECT private.administered_organization())
       OR (SELECT private.is_admin())
$$;
COMMENT ON FUNCTION private.managed_courses() IS 'Courses that the session''s user teaches or administers';

CREATE FUNCTION private.enrolled_courses() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
    SELECT enrollment.course_id FROM public.enrollments AS enrollment
    WHERE enrollment.user_id = (SELECT auth.uid()) AND enrollment.status <> 'dropped'
$$;
COMMENT ON FUNCTION private.enrolled_courses() IS 'Courses that the session''s user is enrolled in and has not dropped';

CREATE FUNCTION private.open_courses() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
    SELECT course.id FROM public.courses AS course
    WHERE course.organization_id = (SELECT private.organization()) AND course.status = 'published' AND course.price = 0
$$;
COMMENT ON FUNCTION private.open_courses() IS 'Courses that the session''s user can enrol in without paying';

CREATE FUNCTION private.students() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
    SELECT enrollment.user_id
    FROM public.enrollments AS enrollment
    JOIN public.courses AS course ON course.id = enrollment.course_id
    WHERE course.instructor_id = (SELECT auth.uid()) AND course.organization_id = (SELECT private.organization())
$$;
COMMENT ON FUNCTION private.students() IS 'Who learns or has learned with the session''s user';

REVOKE ALL ON FUNCTION private.managed_courses(), private.enrolled_courses(), private.open_courses(), private.students() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.managed_courses(), private.enrolled_courses(), private.open_courses(), private.students()
    TO authenticated;

ALTER TABLE public.instructor_profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.instructor_profiles FORCE ROW LEVEL SECURITY;
ALTER TABLE public.instructor_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.instructor_settings FORCE ROW LEVEL SECURITY;
ALTER TABLE public.courses ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.courses FORCE ROW LEVEL SECURITY;
ALTER TABLE public.course_sections ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.course_sections FORCE ROW LEVEL SECURITY;
ALTER TABLE public.course_lessons ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.course_lessons FORCE ROW LEVEL SECURITY;
ALTER TABLE public.enrollments ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.enrollments FORCE ROW LEVEL SECURITY;
ALTER TABLE public.student_progress ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.student_progress FORCE ROW LEVEL SECURITY;
ALTER TABLE public.student_activity ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.student_activity FORCE ROW LEVEL SECURITY;
ALTER TABLE public.revenue_transactions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.revenue_transactions FORCE ROW LEVEL SECURITY;
ALTER TABLE public.course_reviews ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.course_reviews FORCE ROW LEVEL SECURITY;

REVOKE ALL ON public.instructor_profiles, public.instructor_settings, public.courses, public.course_sections, public.course_lessons,
    public.enrollments, public.student_progress, public.student_activity, public.revenue_transactions, public.course_reviews
    FROM anon, authenticated;
GRANT SELECT, DELETE ON public.instructor_profiles, public.instructor_settings, public.courses, public.course_sections,
    public.course_lessons, public.enrollments, public.student_progress, public.student_activity, public.revenue_transactions,
    public.course_reviews TO authenticated;
GRANT INSERT ON public.instructor_profiles, public.instructor_settings, public.course_sections, public.course_lessons,
    public.enrollments, public.student_progress, public.student_activity, public.revenue_transactions, public.course_reviews
    TO authenticated;
GRANT UPDATE (display_name, headline, bio, credentials, expertise, years_of_experience) ON public.instructor_profiles TO authenticated;
GRANT UPDATE (payout_schedule, email_notifications, timezone, preferences) ON public.instructor_settings TO authenticated;
-- enrolled_count is the trigger's.
GRANT INSERT (id, organization_id, instructor_id, title, description, pillar, difficulty, status, price, currency, tags, published_at)
    ON public.courses TO authenticated;
GRANT UPDATE (organization_id, instructor_id, title, description, pillar, difficulty, status, price, currency, tags, published_at)
    ON public.courses TO authenticated;
GRANT UPDATE (course_id, title, order_index) ON public.course_sections TO authenticated;
GRANT UPDATE (course_id, section_id, title, lesson_type, content, duration_minutes, order_index, is_preview)
    ON public.course_lessons TO authenticated;
GRANT UPDATE (status, progress_percentage, completed_at) ON public.enrollments TO authenticated;
GRANT UPDATE (is_completed, started_at, completed_at) ON public.student_progress TO authenticated;
GRANT UPDATE (metadata) ON public.student_activity TO authenticated;
GRANT UPDATE (status) ON public.revenue_transactions TO authenticated;
GRANT UPDATE (rating, comment) ON public.course_reviews TO authenticated;

ALTER POLICY users_select ON public.users
    USING (
        id = (SELECT auth.uid())
        OR id IN (SELECT private.managed_users())
        OR id IN (SELECT private.led_users())
        OR id IN (SELECT private.students())
    );

CREATE POLICY instructor_profiles_select ON public.instructor_profiles FOR SELECT TO authenticated
    USING (user_id IN (SELECT private.organization_users()));
CREATE POLICY instructor_profiles_insert ON public.instructor_profiles FOR INSERT TO authenticated
    WITH CHECK (user_id IN (SELECT private.managed_users()));
CREATE POLICY instructor_profiles_update ON public.instructor_profiles FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR user_id IN (SELECT private.managed_users()));
CREATE POLICY instructor_profiles_delete ON public.instructor_profiles FOR DELETE TO authenticated
    USING (user_id IN (SELECT private.managed_users()));

CREATE POLICY instructor_settings_select ON public.instructor_settings FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) OR user_id IN (SELECT private.managed_users()));
CREATE POLICY instructor_settings_insert ON public.instructor_settings FOR INSERT TO authenticated
    WITH CHECK (user_id = (SELECT auth.uid()) OR user_id IN (SELECT private.managed_users()));
CREATE POLICY instructor_settings_update ON public.instructor_settings FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR user_id IN (SELECT private.managed_users()));
CREATE POLICY instructor_settings_delete ON public.instructor_settings FOR DELETE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR user_id IN (SELECT private.managed_users()));

-- A draft is its instructor's and the administrators'; students keep what they enrolled in when it is archived.
CREATE POLICY courses_select ON public.courses FOR SELECT TO authenticated
    USING (
        (organization_id = (SELECT private.organization()) AND (status = 'published' OR instructor_id = (SELECT auth.uid())))
        OR organization_id = (SELECT private.administered_organization())
        OR id IN (SELECT private.enrolled_courses())
        OR (SELECT private.is_admin())
    );
CREATE POLICY courses_insert ON public.courses FOR INSERT TO authenticated
    WITH CHECK (
        (organization_id = (SELECT private.organization()) AND instructor_id = (SELECT auth.uid()))
        OR (organization_id = (SELECT private.administered_organization()) AND instructor_id IN (SELECT private.managed_users()))
        OR (SELECT private.is_admin())
    );
CREATE POLICY courses_update ON public.courses FOR UPDATE TO authenticated
    USING (
        (organization_id = (SELECT private.organization()) AND instructor_id = (SELECT auth.uid()))
        OR organization_id = (SELECT private.administered_organization())
        OR (SELECT private.is_admin())
    )
    WITH CHECK (
        (organization_id = (SELECT private.organization()) AND instructor_id = (SELECT auth.uid()))
        OR (organization_id = (SELECT private.administered_organization()) AND instructor_id IN (SELECT private.managed_users()))
        OR (SELECT private.is_admin())
    );
-- With a course its enrolments go, so an instructor deletes drafts only and archives the others.
CREATE POLICY courses_delete ON public.courses FOR DELETE TO authenticated
    USING (
        (organization_id = (SELECT private.organization()) AND instructor_id = (SELECT auth.uid()) AND status = 'draft')
        OR organization_id = (SELECT private.administered_organization())
        OR (SELECT private.is_admin())
    );

-- Sections, reviews and previews are for whoever sees the course, by the policy of courses.
CREATE POLICY course_sections_select ON public.course_sections FOR SELECT TO authenticated
    USING (course_id IN (SELECT course.id FROM public.courses AS course));
CREATE POLICY course_sections_insert ON public.course_sections FOR INSERT TO authenticated
    WITH CHECK (course_id IN (SELECT private.managed_courses()));
CREATE POLICY course_sections_update ON public.course_sections FOR UPDATE TO authenticated
    USING (course_id IN (SELECT private.managed_courses()))
    WITH CHECK (course_id IN (SELECT private.managed_courses()));
CREATE POLICY course_sections_delete ON public.course_sections FOR DELETE TO authenticated
    USING (course_id IN (SELECT private.managed_courses()));

CREATE POLICY course_lessons_select ON public.course_lessons FOR SELECT TO authenticated
    USING (
        course_id IN (SELECT private.managed_courses())
        OR course_id IN (SELECT private.enrolled_courses())
        OR (is_preview AND course_id IN (SELECT course.id FROM public.courses AS course))
    );
CREATE POLICY course_lessons_insert ON public.course_lessons FOR INSERT TO authenticated
    WITH CHECK (course_id IN (SELECT private.managed_courses()));
CREATE POLICY course_lessons_update ON public.course_lessons FOR UPDATE TO authenticated
    USING (course_id IN (SELECT private.managed_courses()))
    WITH CHECK (course_id IN (SELECT private.managed_courses()));
CREATE POLICY course_lessons_delete ON public.course_lessons FOR DELETE TO authenticated
    USING (course_id IN (SELECT private.managed_courses()));

CREATE POLICY enrollments_select ON public.enrollments FOR SELECT TO authenticated
    USING (
        user_id = (SELECT auth.uid())
        OR course_id IN (SELECT private.managed_courses())
        OR user_id IN (SELECT private.led_users())
    );
CREATE POLICY enrollments_insert ON public.enrollments FOR INSERT TO authenticated
    WITH CHECK (
        (user_id = (SELECT auth.uid()) AND status = 'enrolled' AND course_id IN (SELECT private.open_courses()))
        OR (user_id IN (SELECT private.managed_users()) AND course_id IN (SELECT private.managed_courses()))
    );
-- A student goes on with a course or drops it; that it is completed, or taken up again, others say.
CREATE POLICY enrollments_update ON public.enrollments FOR UPDATE TO authenticated
    USING (
        (user_id = (SELECT auth.uid()) AND status IN ('enrolled', 'in_progress'))
        OR course_id IN (SELECT private.managed_courses())
    )
    WITH CHECK (
        (user_id = (SELECT auth.uid()) AND status <> 'completed')
        OR course_id IN (SELECT private.managed_courses())
    );
CREATE POLICY enrollments_delete ON public.enrollments FOR DELETE TO authenticated
    USING (user_id IN (SELECT private.managed_users()));

CREATE POLICY student_progress_select ON public.student_progress FOR SELECT TO authenticated
    USING (
        user_id = (SELECT auth.uid())
        OR course_id IN (SELECT private.managed_courses())
        OR user_id IN (SELECT private.led_users())
    );
CREATE POLICY student_progress_insert ON public.student_progress FOR INSERT TO authenticated
    WITH CHECK (
        (user_id = (SELECT auth.uid()) AND course_id IN (SELECT private.enrolled_courses()))
        OR (user_id IN (SELECT private.managed_users()) AND course_id IN (SELECT private.managed_courses()))
    );
CREATE POLICY student_progress_update ON public.student_progress FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR course_id IN (SELECT private.managed_courses()));
CREATE POLICY student_progress_delete ON public.student_progress FOR DELETE TO authenticated
    USING (user_id IN (SELECT private.managed_users()));

CREATE POLICY student_activity_select ON public.student_activity FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) OR course_id IN (SELECT private.managed_courses()));
CREATE POLICY student_activity_insert ON public.student_activity FOR INSERT TO authenticated
    WITH CHECK (
        (user_id = (SELECT auth.uid()) AND course_id IN (SELECT private.enrolled_courses()))
        OR (SELECT private.is_admin())
    );
CREATE POLICY student_activity_update ON public.student_activity FOR UPDATE TO authenticated
    USING ((SELECT private.is_admin()));
CREATE POLICY student_activity_delete ON public.student_activity FOR DELETE TO authenticated
    USING ((SELECT private.is_admin()));

CREATE POLICY revenue_transactions_select ON public.revenue_transactions FOR SELECT TO authenticated
    USING (instructor_id = (SELECT auth.uid()) OR instructor_id IN (SELECT private.managed_users()));
CREATE POLICY revenue_transactions_insert ON public.revenue_transactions FOR INSERT TO authenticated
    WITH CHECK ((SELECT private.is_admin()));
CREATE POLICY revenue_transactions_update ON public.revenue_transactions FOR UPDATE TO authenticated
    USING ((SELECT private.is_admin()));
CREATE POLICY revenue_transactions_delete ON public.revenue_transactions FOR DELETE TO authenticated
    USING ((SELECT private.is_admin()));

CREATE POLICY course_reviews_select ON public.course_reviews FOR SELECT TO authenticated
    USING (course_id IN (SELECT course.id FROM public.courses AS course));
CREATE POLICY course_reviews_insert ON public.course_reviews FOR INSERT TO authenticated
    WITH CHECK (
        (user_id = (SELECT auth.uid()) AND course_id IN (SELECT private.enrolled_courses()))
        OR (SELECT private.is_admin())
    );
CREATE POLICY course_reviews_update ON public.course_reviews FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT private.is_admin()));
CREATE POLICY course_reviews_delete ON public.course_reviews FOR DELETE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR user_id IN (SELECT private.managed_users()));

-- The dashboards. With the caller's rights: an instructor asks about themselves, an org_admin about the organization's instructors, and
-- whoever else asks gets nothing or noughts, because the policies show them nothing.
CREATE FUNCTION public.get_instructor_dashboard_stats(p_instructor_id uuid)
RETURNS TABLE (
    total_courses bigint, published_courses bigint, total_students bigint, active_students bigint, completed_enrollments bigint,
    total_reviews bigint, average_rating numeric, total_revenue numeric, revenue_this_month numeric, pending_revenue numeric
)
LANGUAGE sql STABLE
SET search_path = ''
AS $$
    WITH course AS (
        SELECT id, status FROM public.courses WHERE instructor_id = p_instructor_id
    ), enrollment AS (
        SELECT user_id, status FROM public.enrollments WHERE course_id IN (SELECT id FROM course) AND status <> 'dropped'
    ), review AS (
        SELECT rating FROM public.course_reviews WHERE course_id IN (SELECT id FROM course)
    ), revenue AS (
        SELECT net_amount, status, transacted_at FROM public.revenue_transactions WHERE instructor_id = p_instructor_id
    )
    SELECT
        (SELECT count(*) FROM course),
        (SELECT count(*) FROM course WHERE status = 'published'),
        (SELECT count(DISTINCT user_id) FROM enrollment),
        (SELECT count(DISTINCT user_id) FROM enrollment WHERE status IN ('enrolled', 'in_progress')),
        (SELECT count(*) FROM enrollment WHERE status = 'completed'),
        (SELECT count(*) FROM review),
        (SELECT round(avg(rating), 2) FROM review),
        (SELECT coalesce(sum(net_amount), 0) FROM revenue WHERE status = 'completed'),
        (SELECT coalesce(sum(net_amount), 0) FROM revenue
         WHERE status = 'completed' AND transacted_at >= date_trunc('month', now(), 'UTC')),
        (SELECT coalesce(sum(net_amount), 0) FROM revenue WHERE status = 'pending')
$$;
COMMENT ON FUNCTION public.get_instructor_dashboard_stats(uuid) IS 'One row: what an instructor has; revenue is net of fees and refunds, months are those of UTC, average_rating is NULL without reviews';

CREATE FUNCTION public.get_instructor_student_progress(p_instructor_id uuid, p_course_id uuid DEFAULT NULL)
RETURNS TABLE (
    user_id uuid, student_name text, course_id uuid, course_title text, status public.enrollment_status, progress_percentage smallint,
    lessons_completed bigint, lessons_total bigint, enrolled_at timestamptz, completed_at timestamptz, last_activity_at timestamptz
)
LANGUAGE sql STABLE
SET search_path = ''
AS $$
    SELECT
        enrollment.user_id, student.name, course.id, course.title, enrollment.status, enrollment.progress_percentage,
        (SELECT count(*) FROM public.student_progress AS progress
         WHERE progress.user_id = enrollment.user_id AND progress.course_id = course.id AND progress.is_completed),
        (SELECT count(*) FROM public.course_lessons AS lesson WHERE lesson.course_id = course.id),
        enrollment.enrolled_at, enrollment.completed_at,
        (SELECT max(activity.created_at) FROM public.student_activity AS activity
         WHERE activity.user_id = enrollment.user_id AND activity.course_id = course.id)
    FROM public.courses AS course
    JOIN public.enrollments AS enrollment ON enrollment.course_id = course.id
    JOIN public.users AS student ON student.id = enrollment.user_id
    WHERE course.instructor_id = p_instructor_id AND (p_course_id IS NULL OR course.id = p_course_id)
    ORDER BY course.title, student.name, enrollment.user_id
$$;
COMMENT ON FUNCTION public.get_instructor_student_progress(uuid, uuid) IS 'A row for each enrolment in an instructor''s courses, or in one of them';

CREATE FUNCTION public.get_instructor_recent_activity(p_instructor_id uuid, p_limit integer DEFAULT 20)
RETURNS TABLE (
    activity_id uuid, user_id uuid, student_name text, course_id uuid, course_title text, lesson_id uuid,
    activity_type public.activity_type, metadata jsonb, created_at timestamptz
)
LANGUAGE sql STABLE
SET search_path = ''
AS $$
    SELECT
        activity.id, activity.user_id, student.name, course.id, course.title, activity.lesson_id, activity.activity_type,
        activity.metadata, activity.created_at
    FROM public.courses AS course
    JOIN public.student_activity AS activity ON activity.course_id = course.id
    JOIN public.users AS student ON student.id = activity.user_id
    WHERE course.instructor_id = p_instructor_id
    ORDER BY activity.created_at DESC, activity.id
    LIMIT greatest(p_limit, 0)
$$;
COMMENT ON FUNCTION public.get_instructor_recent_activity(uuid, integer) IS 'What students did in an instructor''s courses, newest first, at most p_limit rows';

CREATE FUNCTION public.get_instructor_revenue_breakdown(
    p_instructor_id uuid, p_start_date date DEFAULT NULL, p_end_date date DEFAULT NULL
)
RETURNS TABLE (
    type public.transaction_type, transaction_count bigint, gross_amount numeric, platform_fees numeric, net_amount numeric
)
LANGUAGE sql STABLE
SET search_path = ''
AS $$
    SELECT revenue.type, count(*), sum(revenue.amount), sum(revenue.platform_fee), sum(revenue.net_amount)
    FROM public.revenue_transactions AS revenue
    WHERE revenue.instructor_id = p_instructor_id
      AND revenue.status = 'completed'
      AND (p_start_date IS NULL OR revenue.transacted_at >= p_start_date::timestamp AT TIME ZONE 'UTC')
      AND (p_end_date IS NULL OR revenue.transacted_at < (p_end_date + 1)::timestamp AT TIME ZONE 'UTC')
    GROUP BY revenue.type
    ORDER BY revenue.type
$$;
COMMENT ON FUNCTION public.get_instructor_revenue_breakdown(uuid, date, date) IS 'A row for each type of settled transaction; both days, of UTC, are within, NULL is without end';

REVOKE ALL ON FUNCTION public.get_instructor_dashboard_stats(uuid), public.get_instructor_student_progress(uuid, uuid),
    public.get_instructor_recent_activity(uuid, integer), public.get_instructor_revenue_breakdown(uuid, date, date)
    FROM PUBLIC, anon;

COMMENT ON TABLE public.instructor_profiles IS 'Instructors as their organization sees them; who has a row here can have courses and workshops';
COMMENT ON COLUMN public.instructor_profiles.credentials IS 'Degrees and certificates, a line each';
COMMENT ON COLUMN public.instructor_profiles.expertise IS 'Array of topics, searched by containment, e.g. ["prompting"]';

COMMENT ON TABLE public.instructor_settings IS 'What an instructor has set; without a row the defaults of its columns hold';
COMMENT ON COLUMN public.instructor_settings.email_notifications IS 'Whether the service sends each notification by e-mail too';
COMMENT ON COLUMN public.instructor_settings.timezone IS 'Name of the IANA database, for the times that the application shows';
COMMENT ON COLUMN public.instructor_settings.preferences IS 'Object owned by the application';

COMMENT ON TABLE public.courses IS 'Courses of an organization''s instructors';
COMMENT ON COLUMN public.courses.status IS 'draft: only its instructor and administrators see it; archived: only who enrolled before, besides them';
COMMENT ON COLUMN public.courses.price IS 'In currency; 0 is free, and then students enrol themselves';
COMMENT ON COLUMN public.courses.currency IS 'ISO 4217';
COMMENT ON COLUMN public.courses.tags IS 'Array of words, searched by containment';
COMMENT ON COLUMN public.courses.enrolled_count IS 'Enrolments that are not dropped; kept by auto_update_enrolled_count';
COMMENT ON COLUMN public.courses.published_at IS 'When it was published first; NULL only if it never was';

COMMENT ON TABLE public.course_sections IS 'Chapters of a course';
COMMENT ON COLUMN public.course_sections.order_index IS 'Place within the course, from 0; ties by created_at';

COMMENT ON TABLE public.course_lessons IS 'Lessons of a section';
COMMENT ON COLUMN public.course_lessons.course_id IS 'That of the section';
COMMENT ON COLUMN public.course_lessons.content IS 'Object owned by the application; its form depends on lesson_type';
COMMENT ON COLUMN public.course_lessons.duration_minutes IS 'NULL where it is not known, as for an assignment';
COMMENT ON COLUMN public.course_lessons.order_index IS 'Place within the section, from 0; ties by created_at';
COMMENT ON COLUMN public.course_lessons.is_preview IS 'True: for everybody who sees the course; false: for who is enrolled';

COMMENT ON TABLE public.enrollments IS 'Who takes which course; once each, dropped or not';
COMMENT ON COLUMN public.enrollments.progress_percentage IS '0 to 100; written by the application';
COMMENT ON COLUMN public.enrollments.completed_at IS 'NULL until the course is completed';

COMMENT ON TABLE public.student_progress IS 'How far a student is, a row a lesson; made by auto_create_student_progress';
COMMENT ON COLUMN public.student_progress.course_id IS 'That of the lesson';
COMMENT ON COLUMN public.student_progress.started_at IS 'When the lesson was opened first; NULL until then';

COMMENT ON TABLE public.student_activity IS 'What students did, for timelines; only added to';
COMMENT ON COLUMN public.student_activity.lesson_id IS 'NULL for what concerns the course as a whole';
COMMENT ON COLUMN public.student_activity.metadata IS 'Object, its form depends on activity_type, e.g. {"score": 80}; searched by containment';

COMMENT ON TABLE public.revenue_transactions IS 'What instructors earn and pay back, in US dollars; written by the service';
COMMENT ON COLUMN public.revenue_transactions.student_id IS 'Who paid; NULL when that account was deleted';
COMMENT ON COLUMN public.revenue_transactions.amount IS 'Before the fee; negative for a refund';
COMMENT ON COLUMN public.revenue_transactions.platform_fee IS 'The platform''s part of amount, of the same sign';
COMMENT ON COLUMN public.revenue_transactions.net_amount IS 'The instructor''s part: amount - platform_fee';

COMMENT ON TABLE public.course_reviews IS 'Ratings of courses, one a student';
COMMENT ON COLUMN public.course_reviews.rating IS '1 worst to 5 best';
