-- Removes the instructors' tables with all their data, their functions and enums; users are seen as before there were students.
DROP FUNCTION public.get_instructor_revenue_breakdown(uuid, date, date);
DROP FUNCTION public.get_instructor_recent_activity(uuid, integer);
DROP FUNCTION public.get_instructor_student_progress(uuid, uuid);
DROP FUNCTION public.get_instructor_dashboard_stats(uuid);
ALTER POLICY users_select ON public.users
    USING (
        id = (SELECT auth.uid())
        OR id IN (SELECT private.managed_users())
        OR id IN (SELECT private.led_users())
    );
DROP TABLE public.course_reviews;
DROP TABLE public.revenue_transactions;
DROP TABLE public.student_activity;
DROP TABLE public.student_progress;
DROP TABLE public.enrollments;
DROP TABLE public.course_lessons;
DROP TABLE public.course_sections;
DROP TABLE public.courses;
DROP TABLE public.instructor_settings;
DROP TABLE public.instructor_profiles;
DROP FUNCTION private.students();
DROP FUNCTION private.open_courses();
DROP FUNCTION private.enrolled_courses();
DROP FUNCTION private.managed_courses();
DROP FUNCTION private.create_student_progress();
DROP FUNCTION private.count_enrolled();
DROP TYPE public.payout_schedule;
DROP TYPE public.transaction_type;
DROP TYPE public.activity_type;
DROP TYPE public.workshop_type;
DROP TYPE public.lesson_type;
DROP TYPE public.course_difficulty;
DROP TYPE public.course_status;
