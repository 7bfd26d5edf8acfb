-- Enrolments in every status and what hangs on them. Days are counted from the day of seeding, so that "recent" is recent; rows that are
-- there stay (DO NOTHING), so that seeding again, on another day as well, changes nothing. The last two digits of an id stand for it.
-- Enrolling sets off the triggers: the course's count, the rows of progress and the instructor's notifications are theirs.
INSERT INTO public.enrollments (id, user_id, course_id, status, progress_percentage, enrolled_at, completed_at, last_accessed_at)
SELECT
    ('00000008-0000-4000-8000-0000000000' || seed.id)::uuid,
    ('00000001-0000-4000-8000-0000000000' || seed.student)::uuid,
    ('00000005-0000-4000-8000-0000000000' || seed.course)::uuid,
    seed.status::public.enrollment_status,
    seed.progress,
    CURRENT_DATE - seed.enrolled,
    CURRENT_DATE - seed.completed,
    CURRENT_DATE - seed.accessed
FROM (VALUES
    ('11', '15', '11', 'completed', 100, 40, 5, 5),
    ('12', '16', '11', 'in_progress', 33, 20, NULL, 1),
    ('13', '17', '11', 'enrolled', 0, 2, NULL, NULL),
    ('14', '18', '11', 'dropped', 33, 30, NULL, 25),
    ('15', '15', '12', 'in_progress', 50, 10, NULL, 2),
    ('16', '12', '12', 'enrolled', 0, 1, NULL, NULL),
    ('21', '25', '21', 'completed', 100, 45, 7, 7),
    ('22', '26', '21', 'in_progress', 67, 15, NULL, 1),
    ('23', '27', '21', 'enrolled', 0, 3, NULL, NULL),
    ('24', '28', '21', 'dropped', 0, 28, NULL, NULL),
    ('25', '25', '22', 'enrolled', 0, 4, NULL, NULL),
    ('26', '26', '23', 'completed', 100, 90, 80, 80)
) AS seed (id, student, course, status, progress, enrolled, completed, accessed)
ON CONFLICT DO NOTHING;

-- What the students have done of the lessons; only of the rows that this very seeding has made.
UPDATE public.student_progress AS progress
SET is_completed = true,
    started_at = CURRENT_DATE - seed.days - INTERVAL '1 hour',
    completed_at = CURRENT_DATE - seed.days,
    time_spent_seconds = seed.seconds
FROM (VALUES
    ('15', '11', 30, 760), ('15', '12', 20, 540), ('15', '13', 5, 430), ('16', '11', 12, 700), ('15', '14', 2, 1100),
    ('25', '21', 30, 880), ('25', '22', 20, 600), ('25', '23', 7, 3600), ('26', '21', 9, 900), ('26', '22', 1, 610),
    ('26', '26', 80, 400)
) AS seed (student, lesson, days, seconds)
WHERE progress.user_id = ('00000001-0000-4000-8000-0000000000' || seed.student)::uuid
  AND progress.lesson_id = ('00000007-0000-4000-8000-0000000000' || seed.lesson)::uuid
  AND progress.created_at = now();

INSERT INTO public.student_activity (id, user_id, course_id, lesson_id, activity_type, metadata, created_at)
SELECT
    ('00000009-0000-4000-8000-0000000000' || seed.id)::uuid,
    ('00000001-0000-4000-8000-0000000000' || seed.student)::uuid,
    ('00000005-0000-4000-8000-0000000000' || seed.course)::uuid,
    ('00000007-0000-4000-8000-0000000000' || seed.lesson)::uuid,
    seed.type::public.activity_type,
    seed.metadata::jsonb,
    CURRENT_DATE - seed.days
FROM (VALUES
    ('11', '15', '11', NULL, 'enrolled', '{}', 40),
    ('12', '15', '11', '13', 'quiz_completed', '{"score": 9, "max_score": 10}', 5),
    ('13', '15', '11', NULL, 'course_completed', '{}', 5),
    ('14', '15', '11', NULL, 'review_posted', '{"rating": 5}', 4),
    ('15', '16', '11', '11', 'lesson_completed', '{}', 12),
    ('16', '16', '11', '12', 'lesson_started', '{}', 1),
    ('17', '15', '12', '14', 'lesson_completed', '{}', 2),
    ('21', '25', '21', '23', 'assignment_submitted', '{}', 8),
    ('22', '25', '21', NULL, 'certificate_earned', '{}', 6),
    ('23', '26', '21', '22', 'lesson_completed', '{}', 1)
) AS seed (id, student, course, lesson, type, metadata, days)
ON CONFLICT DO NOTHING;

INSERT INTO public.course_reviews (id, course_id, user_id, rating, comment, created_at)
SELECT
    ('0000000a-0000-4000-8000-0000000000' || seed.id)::uuid,
    ('00000005-0000-4000-8000-0000000000' || seed.course)::uuid,
    ('00000001-0000-4000-8000-0000000000' || seed.student)::uuid,
    seed.rating,
    seed.comment,
    CURRENT_DATE - seed.days
FROM (VALUES
    ('11', '11', '15', 5, 'Used it the same afternoon', 4),
    ('12', '11', '16', 4, NULL, 3),
    ('21', '21', '25', 4, 'Honest about what goes wrong', 6),
    ('22', '23', '26', 3, NULL, 79)
) AS seed (id, course, student, rating, comment, days)
ON CONFLICT DO NOTHING;

INSERT INTO public.quiz_attempts (id, user_id, course_id, lesson_id, score, max_score, passed, attempt_number, created_at)
SELECT
    ('0000000b-0000-4000-8000-0000000000' || seed.id)::uuid,
    '00000001-0000-4000-8000-000000000015',
    '00000005-0000-4000-8000-000000000011',
    '00000007-0000-4000-8000-000000000013',
    seed.score,
    10,
    seed.score >= 7,
    seed.attempt,
    CURRENT_DATE - seed.days
FROM (VALUES ('11', 5, 1, 6), ('12', 9, 2, 5)) AS seed (id, score, attempt, days)
ON CONFLICT DO NOTHING;

INSERT INTO public.assignment_submissions (id, user_id, course_id, lesson_id, submission_url, feedback, grade, status, submitted_at, graded_at)
SELECT
    ('0000000c-0000-4000-8000-0000000000' || seed.id)::uuid,
    ('00000001-0000-4000-8000-0000000000' || seed.student)::uuid,
    ('00000005-0000-4000-8000-0000000000' || seed.course)::uuid,
    ('00000007-0000-4000-8000-0000000000' || seed.lesson)::uuid,
    'https://files.example.com/submissions/' || seed.id,
    seed.feedback,
    seed.grade,
    seed.status,
    CURRENT_DATE - seed.submitted,
    CURRENT_DATE - seed.graded
FROM (VALUES
    ('11', '15', '12', '15', NULL, NULL, 'submitted', 1, NULL),
    ('21', '25', '21', '23', 'Clear and doable', 88, 'graded', 8, 7),
    ('22', '26', '21', '23', 'Who does what by when?', NULL, 'returned', 3, NULL)
) AS seed (id, student, course, lesson, feedback, grade, status, submitted, graded)
ON CONFLICT DO NOTHING;

INSERT INTO public.student_presence (user_id, course_id, lesson_id, is_online, last_seen_at)
VALUES
    (
        '00000001-0000-4000-8000-000000000016', '00000005-0000-4000-8000-000000000011', '00000007-0000-4000-8000-000000000012',
        true, now()
    ),
    ('00000001-0000-4000-8000-000000000026', '00000005-0000-4000-8000-000000000021', NULL, false, CURRENT_DATE - 1)
ON CONFLICT DO NOTHING;
