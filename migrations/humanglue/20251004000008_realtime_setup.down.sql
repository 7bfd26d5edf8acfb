-- Removes notifications and presence with all their data, the views, triggers and functions. The tables leave the publication, which is
-- the platform's and stays.
ALTER PUBLICATION supabase_realtime DROP TABLE
    public.notifications, public.enrollments, public.workshop_registrations, public.student_activity, public.course_reviews,
    public.student_presence, public.payments;
DROP VIEW public.live_course_stats;
DROP VIEW public.instructor_recent_activity;
DROP VIEW public.user_unread_notifications;
DROP TRIGGER trigger_notify_payment ON public.payments;
DROP TRIGGER trigger_notify_new_review ON public.course_reviews;
DROP TRIGGER trigger_notify_completion ON public.enrollments;
DROP TRIGGER trigger_notify_workshop_registration ON public.workshop_registrations;
DROP TRIGGER trigger_notify_new_enrollment ON public.enrollments;
DROP FUNCTION public.notify_instructor_payment();
DROP FUNCTION public.notify_instructor_new_review();
DROP FUNCTION public.notify_instructor_completion();
DROP FUNCTION public.notify_instructor_workshop_registration();
DROP FUNCTION public.notify_instructor_new_enrollment();
DROP FUNCTION public.cleanup_stale_presence();
DROP FUNCTION public.cleanup_old_notifications();
DROP FUNCTION public.create_notification(uuid, text, text, text, jsonb, text);
DROP TABLE public.student_presence;
DROP TABLE public.notifications;
