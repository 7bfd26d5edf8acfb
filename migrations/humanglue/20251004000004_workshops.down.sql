-- Removes workshops, registrations and feedback with all their data; students are those of courses again.
ALTER TABLE public.revenue_transactions DROP COLUMN workshop_id;
DROP TABLE public.workshop_feedback;
DROP TABLE public.workshop_registrations;
DROP TABLE public.workshops;
DROP FUNCTION private.attended_workshops();
DROP FUNCTION private.open_workshops();
DROP FUNCTION private.managed_workshops();
CREATE OR REPLACE FUNCTION private.students() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
    SELECT enrollment.user_id
    FROM public.enrollments AS enrollment
    JOIN public.courses AS course ON course.id = enrollment.course_id
    WHERE course.instructor_id = (SELECT auth.uid()) AND course.organization_id = (SELECT private.organization())
$$;
