-- What HumanGlue runs. Signed in, a query sees what the policies show; the conditions are the application's all the same, so that the
-- planner knows which index to use. Origins in scripts/migration-report.md are the lines that promise a function, view or feature.
-- role: authenticated

-- query: students of an organization's instructor with their names and pictures (app/api/instructor/students/route.ts:47-53)
-- The filter by instructor, still a TODO in the route, is possible: courses.instructor_id is there.
SELECT DISTINCT student.id, student.full_name, student.email, student.avatar_url
FROM courses AS course
JOIN course_enrollments AS enrollment ON enrollment.course_id = course.id
JOIN users AS student ON student.id = enrollment.user_id
WHERE course.instructor_id = $1::uuid
ORDER BY student.full_name, student.id;

-- query: enrolments of these students with the time of last access (app/api/instructor/students/route.ts:92)
SELECT
    enrollment.id, enrollment.user_id, enrollment.course_id, enrollment.status, enrollment.progress_percentage, enrollment.enrolled_at,
    enrollment.completed_at, enrollment.last_accessed_at, course.title
FROM course_enrollments AS enrollment
JOIN courses AS course ON course.id = enrollment.course_id
WHERE course.instructor_id = $1::uuid AND enrollment.user_id = ANY ($2::uuid[])
ORDER BY enrollment.last_accessed_at DESC NULLS LAST;

-- query: progress of these students, lesson by lesson (app/api/instructor/students/route.ts:103-114)
SELECT
    progress.user_id, progress.course_id, progress.lesson_id, progress.is_completed, progress.completed_at,
    lesson.title, lesson.content_type
FROM lesson_progress AS progress
JOIN course_lessons AS lesson ON lesson.id = progress.lesson_id
WHERE progress.course_id = ANY ($1::uuid[]) AND progress.user_id = ANY ($2::uuid[])
ORDER BY progress.user_id, lesson.order_index;

-- query: time that a student spent on a course (app/api/instructor/students/route.ts:160)
SELECT coalesce(sum(time_spent_seconds), 0) AS seconds
FROM lesson_progress
WHERE user_id = $1::uuid AND course_id = $2::uuid;

-- query: assignments that a student handed in (app/api/instructor/students/route.ts:161)
SELECT count(*) AS submitted, count(*) FILTER (WHERE status = 'graded') AS graded, avg(grade) AS average_grade
FROM assignment_submissions
WHERE user_id = $1::uuid AND course_id = $2::uuid;

-- query: a student's average in quizzes (app/api/instructor/students/route.ts:162)
SELECT avg(score / max_score * 100) AS average_percentage, count(*) FILTER (WHERE passed) AS passed
FROM quiz_attempts
WHERE user_id = $1::uuid AND course_id = $2::uuid;

-- query: the dashboard's figures (scripts/migration-report.md:100)
SELECT * FROM get_instructor_dashboard_stats($1::uuid);

-- query: progress of an instructor's students (scripts/migration-report.md:101)
SELECT * FROM get_instructor_student_progress($1::uuid, $2::uuid);

-- query: what happened last in an instructor's courses (scripts/migration-report.md:102)
SELECT * FROM get_instructor_recent_activity($1::uuid, $2::integer);

-- query: an instructor's revenue by type (scripts/migration-report.md:103)
SELECT * FROM get_instructor_revenue_breakdown($1::uuid, $2::date, $3::date);

-- query: the catalogue of an organization (scripts/migration-report.md:81)
SELECT id, title, description, pillar, difficulty, price, currency, tags, enrolled_count
FROM courses
WHERE organization_id = $1::uuid AND status = 'published' AND pillar = $2::ai_pillar
ORDER BY published_at DESC;

-- query: courses found by a part of the title (scripts/migration-report.md:56)
SELECT id, title FROM courses WHERE status = 'published' AND title ILIKE '%' || $1::text || '%' ORDER BY title LIMIT 20;

-- query: sections and lessons of a course in their order (scripts/migration-report.md:82-83)
SELECT section.id AS section_id, section.title AS section_title, lesson.id, lesson.title, lesson.content_type, lesson.duration_minutes
FROM course_sections AS section
LEFT JOIN course_lessons AS lesson ON lesson.section_id = section.id
WHERE section.course_id = $1::uuid
ORDER BY section.order_index, section.created_at, lesson.order_index, lesson.created_at;

-- query: enrol in a course (scripts/migration-report.md:84)
INSERT INTO enrollments (user_id, course_id) VALUES ($1::uuid, $2::uuid) RETURNING id, status;

-- query: drop a course (scripts/migration-report.md:84)
UPDATE enrollments SET status = 'dropped' WHERE user_id = $1::uuid AND course_id = $2::uuid;

-- query: a lesson is done (scripts/migration-report.md:85)
UPDATE student_progress
SET is_completed = true, completed_at = now(), time_spent_seconds = time_spent_seconds + $3::integer
WHERE user_id = $1::uuid AND lesson_id = $2::uuid AND NOT is_completed;

-- query: upcoming workshops of an organization (scripts/migration-report.md:65)
SELECT id, title, type, starts_at, ends_at, location, capacity, price, currency
FROM workshops
WHERE organization_id = $1::uuid AND status = 'published' AND starts_at > now()
ORDER BY starts_at;

-- query: register for a workshop (scripts/migration-report.md:66)
INSERT INTO workshop_registrations (workshop_id, user_id, status)
VALUES ($1::uuid, $2::uuid, $3::registration_status)
RETURNING id;

-- query: open assessments of a user (scripts/migration-report.md:120)
SELECT id, title, pillar, status, started_at
FROM assessments
WHERE user_id = $1::uuid AND status IN ('not_started', 'in_progress')
ORDER BY created_at;

-- query: answer a question, or answer it anew (scripts/migration-report.md:121)
INSERT INTO assessment_responses (assessment_id, question_key, answer) VALUES ($1::uuid, $2::text, $3::jsonb)
ON CONFLICT (assessment_id, question_key) DO UPDATE SET answer = excluded.answer;

-- query: talents who have a skill (scripts/migration-report.md:170)
SELECT talent.user_id, talent.headline, talent.skills, talent.hourly_rate, talent.currency
FROM talent_profiles AS talent
WHERE talent.is_listed AND talent.skills @> jsonb_build_array($1::text)
ORDER BY talent.headline;

-- query: requests that a talent has to answer (scripts/migration-report.md:171)
SELECT id, client_id, title, description, budget, created_at
FROM engagement_requests
WHERE talent_id = $1::uuid AND status = 'pending'
ORDER BY created_at;

-- query: payments of an organization, newest first (scripts/migration-report.md:183)
SELECT id, user_id, amount, currency, status, paid_at, refunded_at, failure_reason
FROM payments
WHERE organization_id = $1::uuid
ORDER BY created_at DESC
LIMIT 50;

-- query: a certificate by its number (scripts/migration-report.md:184)
SELECT certificate.id, holder.full_name, certificate.course_id, certificate.workshop_id, certificate.issued_at, certificate.expires_at
FROM certificates AS certificate
JOIN users AS holder ON holder.id = certificate.user_id
WHERE certificate.certificate_number = $1::text;

-- query: unread notifications of a user (scripts/migration-report.md:133)
SELECT id, type, title, message, action_url, metadata, created_at
FROM notifications
WHERE user_id = $1::uuid AND read_at IS NULL
ORDER BY created_at DESC
LIMIT 50;

-- query: how many notifications are unread (scripts/migration-report.md:154)
SELECT unread_count FROM user_unread_notifications WHERE user_id = $1::uuid;

-- query: the feed of an instructor (scripts/migration-report.md:155)
SELECT course_title, student_name, activity_type, metadata, created_at
FROM instructor_recent_activity
WHERE instructor_id = $1::uuid
ORDER BY created_at DESC
LIMIT 20;

-- query: figures of an instructor's published courses (scripts/migration-report.md:156)
SELECT course_id, title, enrolled_count, online_count, completed_count, review_count, average_rating
FROM live_course_stats
WHERE instructor_id = $1::uuid;

-- query: a student is in a course (scripts/migration-report.md:134)
INSERT INTO student_presence (user_id, course_id, lesson_id) VALUES ($1::uuid, $2::uuid, $3::uuid)
ON CONFLICT (user_id, course_id) DO UPDATE SET lesson_id = excluded.lesson_id, is_online = true, last_seen_at = now();

-- query: maintenance (scripts/migration-report.md:138-139)
-- role: service_role
SELECT cleanup_old_notifications(), cleanup_stale_presence();

-- check: the 29 tables are there, each with row level security on and forced
SELECT count(*) = 29 AND bool_and(relrowsecurity AND relforcerowsecurity)
FROM pg_catalog.pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT IN ('schema_migrations', 'schema_mark');

-- check: there are 116 policies, one for each command of each table, all of them for signed-in users
SELECT count(*) = 116 AND count(DISTINCT (tablename, cmd)) = 116 AND bool_and(roles = ARRAY['authenticated'::name])
FROM pg_catalog.pg_policies
WHERE schemaname = 'public';

-- check: every view shows what its caller's policies show
SELECT count(*) = 5 AND bool_and('security_invoker=true' = ANY (reloptions))
FROM pg_catalog.pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'v';

-- check: functions that run with their owner's rights can't be called by anon, and those of schema public by no user
SELECT bool_and(
    NOT has_function_privilege('anon', oid, 'EXECUTE')
    AND (pronamespace <> 'public'::regnamespace OR NOT has_function_privilege('authenticated', oid, 'EXECUTE')))
FROM pg_catalog.pg_proc
WHERE prosecdef AND pronamespace IN ('public'::regnamespace, 'private'::regnamespace);

-- check: the functions that policies call run as somebody whom policies do not bind, so that they find what they look for
SELECT bool_and(rolsuper OR rolbypassrls)
FROM pg_catalog.pg_proc
JOIN pg_catalog.pg_roles AS owner ON owner.oid = proowner
WHERE prosecdef AND pronamespace = 'private'::regnamespace;

-- check: Realtime sends the changes of the seven tables
SELECT array_agg(tablename::text ORDER BY tablename) = ARRAY[
    'course_reviews', 'enrollments', 'notifications', 'payments', 'student_activity', 'student_presence', 'workshop_registrations']
FROM pg_catalog.pg_publication_tables
WHERE pubname = 'supabase_realtime' AND schemaname = 'public';

-- check: courses.enrolled_count is what is enrolled
SELECT NOT EXISTS (
    SELECT FROM courses AS course
    WHERE course.enrolled_count <> (
        SELECT count(*) FROM enrollments AS enrollment WHERE enrollment.course_id = course.id AND enrollment.status <> 'dropped'));

-- check: nobody is enrolled in another organization's course
SELECT NOT EXISTS (
    SELECT FROM enrollments AS enrollment
    JOIN users AS student ON student.id = enrollment.user_id
    JOIN courses AS course ON course.id = enrollment.course_id
    WHERE student.organization_id <> course.organization_id);
