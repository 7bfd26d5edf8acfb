-- Enough rows that reading a whole table is dearer than an index: 40 organizations, 4,000 people, 400 courses with 8,000 enrolments, and what
-- hangs on them. Without triggers and foreign keys, which have nothing to do with plans.
SET session_replication_role = replica;
INSERT INTO organizations (id, name, slug)
SELECT ('a0000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Organization ' || md5(n::text), 'o-' || n FROM generate_series(0, 1999) AS n;
INSERT INTO users (id, organization_id, email, name)
SELECT
    ('b0000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, ('a0000000-0000-4000-8000-' || lpad((n % 40)::text, 12, '0'))::uuid,
    'u' || n || '@example.org', 'Person ' || md5(n::text)
FROM generate_series(0, 3999) AS n;
INSERT INTO instructor_profiles (user_id, display_name, expertise)
SELECT id, name, jsonb_build_array('topic ' || row_number() OVER (ORDER BY id) % 200) FROM users;
INSERT INTO courses (id, organization_id, instructor_id, title, pillar, difficulty, status, tags, published_at)
SELECT
    ('c0000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, ('a0000000-0000-4000-8000-' || lpad((n % 40)::text, 12, '0'))::uuid,
    ('b0000000-0000-4000-8000-' || lpad((n % 80)::text, 12, '0'))::uuid, 'Course ' || md5(n::text),
    (enum_range(NULL::ai_pillar))[n / 40 % 3 + 1], (enum_range(NULL::course_difficulty))[n / 120 % 3 + 1],
    (enum_range(NULL::course_status))[n / 40 % 4 % 3 + 1], jsonb_build_array('tag ' || n % 300), now()
FROM generate_series(0, 3999) AS n;
INSERT INTO course_sections (id, course_id, title, order_index) SELECT id, id, 'Section', 0 FROM courses;
INSERT INTO course_lessons (course_id, section_id, title, lesson_type, order_index)
SELECT id, id, 'Lesson', 'video', n FROM courses, generate_series(0, 3) AS n;
INSERT INTO enrollments (user_id, course_id, status, enrolled_at, completed_at)
SELECT
    ('b0000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, ('c0000000-0000-4000-8000-' || lpad(((n * 7 + k * 40) % 4000)::text, 12, '0'))::uuid,
    status, now() - (n + 10) * INTERVAL '1 hour', CASE WHEN status = 'completed' THEN now() - k * INTERVAL '1 hour' END
FROM generate_series(0, 3999) AS n, generate_series(0, 7) AS k, LATERAL (SELECT (enum_range(NULL::enrollment_status))[k % 4 + 1] AS status) AS s;
INSERT INTO student_progress (user_id, course_id, lesson_id, is_completed, completed_at)
SELECT e.user_id, e.course_id, l.id, l.order_index = 0, CASE WHEN l.order_index = 0 THEN now() END
FROM enrollments AS e JOIN course_lessons AS l USING (course_id) WHERE l.order_index < 2;
INSERT INTO student_activity (user_id, course_id, activity_type, metadata, created_at)
SELECT user_id, course_id, 'lesson_started', jsonb_build_object('step', row_number() OVER () % 500), enrolled_at FROM enrollments;
INSERT INTO revenue_transactions (instructor_id, student_id, type, amount, status, transacted_at)
SELECT
    ('b0000000-0000-4000-8000-' || lpad((n % 80)::text, 12, '0'))::uuid, ('b0000000-0000-4000-8000-' || lpad((n % 4000)::text, 12, '0'))::uuid,
    'consultation', 1, CASE WHEN n % 50 < 2 THEN 'pending' ELSE 'completed' END::payment_status, now() - n * INTERVAL '1 hour'
FROM generate_series(0, 9999) AS n;
INSERT INTO course_reviews (course_id, user_id, rating, created_at) SELECT course_id, user_id, 4, enrolled_at FROM enrollments;
INSERT INTO workshops (id, organization_id, instructor_id, title, pillar, status, starts_at, ends_at)
SELECT
    ('d0000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, ('a0000000-0000-4000-8000-' || lpad((n % 40)::text, 12, '0'))::uuid,
    ('b0000000-0000-4000-8000-' || lpad((n % 80)::text, 12, '0'))::uuid, 'Workshop ' || md5(n::text), 'coaching',
    (enum_range(NULL::workshop_status))[n / 40 % 5 + 1], now() + n * INTERVAL '1 hour', 'infinity'
FROM generate_series(0, 3999) AS n;
INSERT INTO workshop_registrations (workshop_id, user_id, status, registered_at)
SELECT
    ('d0000000-0000-4000-8000-' || lpad((n % 100)::text, 12, '0'))::uuid, ('b0000000-0000-4000-8000-' || lpad((n / 100 * 10 + k)::text, 12, '0'))::uuid,
    CASE k WHEN 0 THEN 'waitlisted' ELSE 'registered' END::registration_status, now() - n * INTERVAL '1 minute'
FROM generate_series(0, 9999) AS n, generate_series(0, 1) AS k;
INSERT INTO assessments (user_id, title, pillar, status, completed_at, results)
SELECT
    id, 'T', (enum_range(NULL::ai_pillar))[k % 3 + 1], CASE WHEN k = 0 THEN 'completed' ELSE 'archived' END::assessment_status,
    now() - row_number() OVER () * INTERVAL '1 minute', jsonb_build_object('level', 'level ' || row_number() OVER () % 500)
FROM users, generate_series(0, 9) AS k;
INSERT INTO talent_profiles (user_id, headline, skills, is_listed)
SELECT id, name, jsonb_build_array('skill ' || row_number() OVER (ORDER BY id) % 300), row_number() OVER (ORDER BY id) % 2 = 0 FROM users;
INSERT INTO consultations (user_id, instructor_id, topic, pillar, status, scheduled_at, created_at)
SELECT
    id, ('b0000000-0000-4000-8000-' || lpad((k % 80)::text, 12, '0'))::uuid, 'T', 'coaching',
    CASE WHEN k % 9 = 0 THEN 'requested' ELSE 'scheduled' END::consultation_status, now() + k * INTERVAL '1 hour', now() - k * INTERVAL '1 hour'
FROM (SELECT id, row_number() OVER (ORDER BY id) AS k FROM users) AS u;
INSERT INTO payments (organization_id, user_id, amount, status, paid_at, metadata, created_at)
SELECT
    organization_id, id, 1, CASE WHEN k % 40 = 0 THEN 'pending' ELSE 'completed' END::payment_status, CASE WHEN k % 40 <> 0 THEN now() END,
    jsonb_build_object('session', 'cs_' || k), now() - k * INTERVAL '1 hour'
FROM (SELECT id, organization_id, row_number() OVER (ORDER BY id) AS k FROM users) AS u;
INSERT INTO notifications (user_id, type, title, read_at, created_at)
SELECT id, 'announcement', 'T', CASE WHEN k > 0 THEN now() - k * INTERVAL '1 day' END, now() - k * INTERVAL '1 day'
FROM users, generate_series(0, 19) AS k;
INSERT INTO student_presence (user_id, course_id, is_online, last_seen_at)
SELECT user_id, course_id, row_number() OVER () % 30 = 0, enrolled_at FROM enrollments;
INSERT INTO assignment_submissions (user_id, course_id, status, submitted_at)
SELECT user_id, course_id, CASE WHEN row_number() OVER () % 10 = 0 THEN 'submitted' ELSE 'returned' END, enrolled_at FROM enrollments;
RESET session_replication_role;
-- As vacuum would: what GIN has not sorted in yet makes each search dearer.
SELECT count(gin_clean_pending_list(i.oid::regclass)) FROM pg_class AS i JOIN pg_am ON pg_am.oid = i.relam AND amname = 'gin';
ANALYZE;
