-- Notifications, presence, what notifies instructors, three views, and the seven tables that Realtime sends changes of.
--
-- - Realtime applies each listener's policies, so that a table is published does not open it.
-- - The notify_… functions write rows of another user, hence SECURITY DEFINER. As trigger functions nobody can call them, and nobody
--   but the service is granted to.
-- - create_notification and the cleanups run with the caller's rights and are for the service (or a job of the owner's) alone.
CREATE TABLE public.notifications (
    id uuid CONSTRAINT notifications_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT notifications_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    type text NOT NULL CONSTRAINT notifications_type_check CHECK (type ~ '^[a-z]+(_[a-z]+)*$'),
    title text NOT NULL CONSTRAINT notifications_title_check CHECK (btrim(title) <> ''),
    message text NOT NULL DEFAULT '',
    action_url text,
    metadata jsonb NOT NULL DEFAULT '{}' CONSTRAINT notifications_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    read_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE public.student_presence (
    user_id uuid NOT NULL CONSTRAINT student_presence_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    course_id uuid NOT NULL CONSTRAINT student_presence_course_id_fkey REFERENCES public.courses (id) ON DELETE CASCADE,
    lesson_id uuid,
    is_online boolean NOT NULL DEFAULT true,
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT student_presence_pkey PRIMARY KEY (user_id, course_id),
    CONSTRAINT student_presence_lesson_id_course_id_fkey
        FOREIGN KEY (lesson_id, course_id) REFERENCES public.course_lessons (id, course_id) ON DELETE CASCADE
);

CREATE INDEX idx_notifications_user_id_created_at ON public.notifications (user_id, created_at DESC);
CREATE INDEX idx_notifications_unread_user_id ON public.notifications (user_id, created_at DESC) WHERE read_at IS NULL;
CREATE INDEX idx_notifications_read_created_at ON public.notifications (created_at) WHERE read_at IS NOT NULL;
CREATE INDEX idx_student_presence_course_id_is_online ON public.student_presence (course_id, is_online);
CREATE INDEX idx_student_presence_lesson_id_course_id ON public.student_presence (lesson_id, course_id);
CREATE INDEX idx_student_presence_online_last_seen_at ON public.student_presence (last_seen_at) WHERE is_online;

ALTER TABLE public.notifications ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.notifications FORCE ROW LEVEL SECURITY;
ALTER TABLE public.student_presence ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.student_presence FORCE ROW LEVEL SECURITY;

REVOKE ALL ON public.notifications, public.student_presence FROM anon, authenticated;
GRANT SELECT, INSERT, DELETE ON public.notifications, public.student_presence TO authenticated;
GRANT UPDATE (read_at) ON public.notifications TO authenticated;
GRANT UPDATE (lesson_id, is_online, last_seen_at) ON public.student_presence TO authenticated;

-- Administrators can tell their people something; what others have been told they do not see.
CREATE POLICY notifications_select ON public.notifications FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT private.is_admin()));
CREATE POLICY notifications_insert ON public.notifications FOR INSERT TO authenticated
    WITH CHECK (user_id IN (SELECT private.managed_users()));
CREATE POLICY notifications_update ON public.notifications FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT private.is_admin()));
CREATE POLICY notifications_delete ON public.notifications FOR DELETE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT private.is_admin()));

CREATE POLICY student_presence_select ON public.student_presence FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) OR course_id IN (SELECT private.managed_courses()));
CREATE POLICY student_presence_insert ON public.student_presence FOR INSERT TO authenticated
    WITH CHECK (
        (user_id = (SELECT auth.uid()) AND course_id IN (SELECT private.enrolled_courses()))
        OR (SELECT private.is_admin())
    );
CREATE POLICY student_presence_update ON public.student_presence FOR UPDATE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT private.is_admin()));
CREATE POLICY student_presence_delete ON public.student_presence FOR DELETE TO authenticated
    USING (user_id = (SELECT auth.uid()) OR (SELECT private.is_admin()));

CREATE FUNCTION public.create_notification(
    p_user_id uuid, p_type text, p_title text, p_message text, p_metadata jsonb DEFAULT '{}', p_action_url text DEFAULT NULL
) RETURNS uuid
LANGUAGE sql
SET search_path = ''
AS $$
    INSERT INTO public.notifications (user_id, type, title, message, metadata, action_url)
    VALUES (p_user_id, p_type, p_title, p_message, p_metadata, p_action_url)
    RETURNING id
$$;
COMMENT ON FUNCTION public.create_notification(uuid, text, text, text, jsonb, text) IS 'Tells a user something; the id of the notification';

CREATE FUNCTION public.cleanup_old_notifications() RETURNS integer
LANGUAGE plpgsql
SET search_path = ''
AS $$
DECLARE
    removed integer;
BEGIN
    DELETE FROM public.notifications WHERE read_at IS NOT NULL AND created_at < now() - INTERVAL '30 days';
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION public.cleanup_old_notifications() IS 'Deletes what was read and is older than 30 days; how many. What is unread stays';

CREATE FUNCTION public.cleanup_stale_presence() RETURNS integer
LANGUAGE plpgsql
SET search_path = ''
AS $$
DECLARE
    gone integer;
BEGIN
    UPDATE public.student_presence SET is_online = false WHERE is_online AND last_seen_at < now() - INTERVAL '5 minutes';
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
COMMENT ON FUNCTION public.cleanup_stale_presence() IS 'Sets those offline who were not seen for 5 minutes; how many';

CREATE FUNCTION public.notify_instructor_new_enrollment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
    PERFORM public.create_notification(
        course.instructor_id, 'new_enrollment', 'New enrollment', format('%s enrolled in %s', student.name, course.title),
        jsonb_build_object('course_id', course.id, 'user_id', student.id, 'enrollment_id', NEW.id)
    )
    FROM public.courses AS course, public.users AS student
    WHERE course.id = NEW.course_id AND student.id = NEW.user_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION public.notify_instructor_new_enrollment() IS 'Trigger: tells the instructor who enrolled';

CREATE FUNCTION public.notify_instructor_workshop_registration() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
    PERFORM public.create_notification(
        workshop.instructor_id, 'workshop_registration', 'New workshop registration',
        format('%s registered for %s', student.name, workshop.title),
        jsonb_build_object('workshop_id', workshop.id, 'user_id', student.id, 'registration_id', NEW.id)
    )
    FROM public.workshops AS workshop, public.users AS student
    WHERE workshop.id = NEW.workshop_id AND student.id = NEW.user_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION public.notify_instructor_workshop_registration() IS 'Trigger: tells the instructor who registered';

CREATE FUNCTION public.notify_instructor_completion() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
    PERFORM public.create_notification(
        course.instructor_id, 'course_completion', 'Course completed', format('%s completed %s', student.name, course.title),
        jsonb_build_object('course_id', course.id, 'user_id', student.id, 'enrollment_id', NEW.id)
    )
    FROM public.courses AS course, public.users AS student
    WHERE course.id = NEW.course_id AND student.id = NEW.user_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION public.notify_instructor_completion() IS 'Trigger: tells the instructor who completed a course';

CREATE FUNCTION public.notify_instructor_new_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
    PERFORM public.create_notification(
        course.instructor_id, 'new_review', 'New review', format('%s gave %s %s of 5', student.name, course.title, NEW.rating),
        jsonb_build_object('course_id', course.id, 'user_id', student.id, 'review_id', NEW.id, 'rating', NEW.rating)
    )
    FROM public.courses AS course, public.users AS student
    WHERE course.id = NEW.course_id AND student.id = NEW.user_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION public.notify_instructor_new_review() IS 'Trigger: tells the instructor of a new review';

CREATE FUNCTION public.notify_instructor_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.status = 'completed' THEN
        RETURN NULL;
    END IF;
    PERFORM public.create_notification(
        subject.instructor_id, 'payment_received', 'Payment received',
        format('%s %s for %s', NEW.amount, NEW.currency, subject.title), jsonb_build_object('payment_id', NEW.id)
    )
    FROM (
        SELECT instructor_id, title FROM public.courses WHERE id = NEW.course_id
        UNION ALL
        SELECT instructor_id, title FROM public.workshops WHERE id = NEW.workshop_id
        UNION ALL
        SELECT instructor_id, topic FROM public.consultations WHERE id = NEW.consultation_id
    ) AS subject;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION public.notify_instructor_payment() IS 'Trigger: tells the instructor of a payment when it is completed';

REVOKE ALL ON FUNCTION public.create_notification(uuid, text, text, text, jsonb, text), public.cleanup_old_notifications(),
    public.cleanup_stale_presence(), public.notify_instructor_new_enrollment(), public.notify_instructor_workshop_registration(),
    public.notify_instructor_completion(), public.notify_instructor_new_review(), public.notify_instructor_payment()
    FROM PUBLIC, anon, authenticated;

CREATE TRIGGER trigger_notify_new_enrollment AFTER INSERT ON public.enrollments
    FOR EACH ROW EXECUTE FUNCTION public.notify_instructor_new_enrollment();
CREATE TRIGGER trigger_notify_workshop_registration AFTER INSERT ON public.workshop_registrations
    FOR EACH ROW EXECUTE FUNCTION public.notify_instructor_workshop_registration();
CREATE TRIGGER trigger_notify_completion AFTER UPDATE OF status ON public.enrollments
    FOR EACH ROW WHEN (NEW.status = 'completed' AND OLD.status <> 'completed')
    EXECUTE FUNCTION public.notify_instructor_completion();
CREATE TRIGGER trigger_notify_new_review AFTER INSERT ON public.course_reviews
    FOR EACH ROW EXECUTE FUNCTION public.notify_instructor_new_review();
CREATE TRIGGER trigger_notify_payment AFTER INSERT OR UPDATE OF status ON public.payments
    FOR EACH ROW WHEN (NEW.status = 'completed')
    EXECUTE FUNCTION public.notify_instructor_payment();

-- With security_invoker a view shows what the caller's policies show; without, what its owner's would, which is everything.
CREATE VIEW public.user_unread_notifications WITH (security_invoker = true) AS
SELECT user_id, count(*) AS unread_count, max(created_at) AS latest_at
FROM public.notifications
WHERE read_at IS NULL
GROUP BY user_id;

CREATE VIEW public.instructor_recent_activity WITH (security_invoker = true) AS
SELECT
    activity.id, course.instructor_id, activity.course_id, course.title AS course_title, activity.user_id,
    student.name AS student_name, activity.lesson_id, activity.activity_type, activity.metadata, activity.created_at
FROM public.student_activity AS activity
JOIN public.courses AS course ON course.id = activity.course_id
JOIN public.users AS student ON student.id = activity.user_id;

CREATE VIEW public.live_course_stats WITH (security_invoker = true) AS
SELECT
    course.id AS course_id, course.title, course.instructor_id, course.organization_id, course.enrolled_count,
    (SELECT count(*) FROM public.student_presence AS presence WHERE presence.course_id = course.id AND presence.is_online)
        AS online_count,
    (SELECT count(*) FROM public.enrollments AS enrollment
     WHERE enrollment.course_id = course.id AND enrollment.status = 'completed') AS completed_count,
    (SELECT count(*) FROM public.course_reviews AS review WHERE review.course_id = course.id) AS review_count,
    (SELECT round(avg(review.rating), 2) FROM public.course_reviews AS review WHERE review.course_id = course.id) AS average_rating
FROM public.courses AS course
WHERE course.status = 'published';

REVOKE ALL ON public.user_unread_notifications, public.instructor_recent_activity, public.live_course_stats FROM anon, authenticated;
GRANT SELECT ON public.user_unread_notifications, public.instructor_recent_activity, public.live_course_stats TO authenticated;

ALTER PUBLICATION supabase_realtime ADD TABLE
    public.notifications, public.enrollments, public.workshop_registrations, public.student_activity, public.course_reviews,
    public.student_presence, public.payments;

COMMENT ON TABLE public.notifications IS 'Inbox of each user';
COMMENT ON COLUMN public.notifications.type IS 'Name of the event, e.g. new_enrollment';
COMMENT ON COLUMN public.notifications.action_url IS 'Path in the application that it leads to; NULL for none';
COMMENT ON COLUMN public.notifications.metadata IS 'Object with the ids of what it is about';
COMMENT ON COLUMN public.notifications.read_at IS 'NULL while unread';

COMMENT ON TABLE public.student_presence IS 'Who is in which course just now; the application writes it every minute';
COMMENT ON COLUMN public.student_presence.lesson_id IS 'The lesson that is open; NULL on the course''s own page';
COMMENT ON COLUMN public.student_presence.is_online IS 'Set false by the application on leaving, else by cleanup_stale_presence()';

COMMENT ON VIEW public.user_unread_notifications IS 'How many notifications are unread, a row a user who has some';
COMMENT ON VIEW public.instructor_recent_activity IS 'What students do in the courses of each instructor; order by created_at';
COMMENT ON VIEW public.live_course_stats IS 'Published courses with figures; all but enrolled_count and reviews count what the caller sees';
