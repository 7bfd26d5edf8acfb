-- What the API asks for under other names: users.full_name and avatar_url, time spent, last access, a lesson's content_type, attempts at
-- quizzes, submissions of assignments, and the views course_enrollments and lesson_progress. Rows that are there keep their data.
--
-- - full_name and content_type are generated: they say what name and lesson_type say, for old rows and new, and can't come to differ.
-- - course_lessons.title, which the API asks for too, is there since 0003.
ALTER TABLE public.users RENAME COLUMN avatar TO avatar_url;
ALTER TABLE public.users ADD COLUMN full_name text NOT NULL GENERATED ALWAYS AS (name) STORED;

ALTER TABLE public.course_lessons ADD COLUMN content_type public.content_type NOT NULL GENERATED ALWAYS AS (
    CASE lesson_type
        WHEN 'video' THEN 'video'::public.content_type
        WHEN 'article' THEN 'article'::public.content_type
        WHEN 'quiz' THEN 'quiz'::public.content_type
        WHEN 'assignment' THEN 'assignment'::public.content_type
        ELSE 'resource'::public.content_type
    END
) STORED;

ALTER TABLE public.student_progress
    ADD COLUMN time_spent_seconds integer NOT NULL DEFAULT 0
    CONSTRAINT student_progress_time_spent_seconds_check CHECK (time_spent_seconds >= 0);

-- The latest known activity is the last access of who enrolled before. That is no change of the enrolment, so updated_at stays.
ALTER TABLE public.enrollments ADD COLUMN last_accessed_at timestamptz;
ALTER TABLE public.enrollments DISABLE TRIGGER update_enrollments_updated_at;
UPDATE public.enrollments AS enrollment
SET last_accessed_at = activity.latest
FROM (SELECT user_id, course_id, max(created_at) AS latest FROM public.student_activity GROUP BY user_id, course_id) AS activity
WHERE activity.user_id = enrollment.user_id AND activity.course_id = enrollment.course_id;
ALTER TABLE public.enrollments ENABLE TRIGGER update_enrollments_updated_at;

GRANT UPDATE (time_spent_seconds) ON public.student_progress TO authenticated;
GRANT UPDATE (last_accessed_at) ON public.enrollments TO authenticated;

CREATE TABLE public.quiz_attempts (
    id uuid CONSTRAINT quiz_attempts_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT quiz_attempts_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    course_id uuid NOT NULL CONSTRAINT quiz_attempts_course_id_fkey REFERENCES public.courses (id) ON DELETE CASCADE,
    lesson_id uuid,
    score numeric(5, 2) NOT NULL,
    max_score numeric(5, 2) NOT NULL CONSTRAINT quiz_attempts_max_score_check CHECK (max_score > 0),
    passed boolean NOT NULL DEFAULT false,
    attempt_number integer NOT NULL DEFAULT 1 CONSTRAINT quiz_attempts_attempt_number_check CHECK (attempt_number > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT quiz_attempts_lesson_id_course_id_fkey
        FOREIGN KEY (lesson_id, course_id) REFERENCES public.course_lessons (id, course_id) ON DELETE CASCADE,
    CONSTRAINT quiz_attempts_score_check CHECK (score BETWEEN 0 AND max_score)
);

CREATE TABLE public.assignment_submissions (
    id uuid CONSTRAINT assignment_submissions_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL CONSTRAINT assignment_submissions_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
    course_id uuid NOT NULL CONSTRAINT assignment_submissions_course_id_fkey REFERENCES public.courses (id) ON DELETE CASCADE,
    lesson_id uuid,
    submission_url text,
    feedback text,
    grade numeric(5, 2) CONSTRAINT assignment_submissions_grade_check CHECK (grade BETWEEN 0 AND 100),
    status text NOT NULL DEFAULT 'submitted'
        CONSTRAINT assignment_submissions_status_check CHECK (status IN ('submitted', 'graded', 'returned')),
    submitted_at timestamptz NOT NULL DEFAULT now(),
    graded_at timestamptz,
    CONSTRAINT assignment_submissions_lesson_id_course_id_fkey
        FOREIGN KEY (lesson_id, course_id) REFERENCES public.course_lessons (id, course_id) ON DELETE CASCADE,
    CONSTRAINT assignment_submissions_graded_check CHECK (status <> 'graded' OR (grade IS NOT NULL AND graded_at IS NOT NULL))
);

CREATE INDEX idx_quiz_attempts_course_id_user_id ON public.quiz_attempts (course_id, user_id);
CREATE INDEX idx_quiz_attempts_user_id_lesson_id ON public.quiz_attempts (user_id, lesson_id);
CREATE INDEX idx_quiz_attempts_lesson_id_course_id ON public.quiz_attempts (lesson_id, course_id);
CREATE INDEX idx_assignment_submissions_course_id_user_id ON public.assignment_submissions (course_id, user_id);
CREATE INDEX idx_assignment_submissions_user_id_submitted_at ON public.assignment_submissions (user_id, submitted_at DESC);
CREATE INDEX idx_assignment_submissions_lesson_id_course_id ON public.assignment_submissions (lesson_id, course_id);
CREATE INDEX idx_assignment_submissions_submitted
    ON public.assignment_submissions (course_id, submitted_at) WHERE status = 'submitted';

ALTER TABLE public.quiz_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.quiz_attempts FORCE ROW LEVEL SECURITY;
ALTER TABLE public.assignment_submissions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.assignment_submissions FORCE ROW LEVEL SECURITY;

REVOKE ALL ON public.quiz_attempts, public.assignment_submissions FROM anon, authenticated;
GRANT SELECT, INSERT, DELETE ON public.quiz_attempts, public.assignment_submissions TO authenticated;
GRANT UPDATE (score, max_score, passed) ON public.quiz_attempts TO authenticated;
GRANT UPDATE (feedback, grade, status, graded_at) ON public.assignment_submissions TO authenticated;

-- A student does not mark their own quiz or assignment: the course's people and the service do.
CREATE POLICY quiz_attempts_select ON public.quiz_attempts FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) OR course_id IN (SELECT private.managed_courses()));
CREATE POLICY quiz_attempts_insert ON public.quiz_attempts FOR INSERT TO authenticated
    WITH CHECK (
        course_id IN (SELECT private.managed_courses())
        AND (user_id IN (SELECT private.students()) OR user_id IN (SELECT private.managed_users()))
    );
CREATE POLICY quiz_attempts_update ON public.quiz_attempts FOR UPDATE TO authenticated
    USING (course_id IN (SELECT private.managed_courses()));
CREATE POLICY quiz_attempts_delete ON public.quiz_attempts FOR DELETE TO authenticated
    USING (course_id IN (SELECT private.managed_courses()));

CREATE POLICY assignment_submissions_select ON public.assignment_submissions FOR SELECT TO authenticated
    USING (user_id = (SELECT auth.uid()) OR course_id IN (SELECT private.managed_courses()));
CREATE POLICY assignment_submissions_insert ON public.assignment_submissions FOR INSERT TO authenticated
    WITH CHECK (
        (
            user_id = (SELECT auth.uid())
            AND course_id IN (SELECT private.enrolled_courses())
            AND status = 'submitted' AND grade IS NULL AND feedback IS NULL
        )
        OR (SELECT private.is_admin())
    );
CREATE POLICY assignment_submissions_update ON public.assignment_submissions FOR UPDATE TO authenticated
    USING (course_id IN (SELECT private.managed_courses()));
CREATE POLICY assignment_submissions_delete ON public.assignment_submissions FOR DELETE TO authenticated
    USING (user_id IN (SELECT private.managed_users()));

CREATE VIEW public.course_enrollments WITH (security_invoker = true) AS
SELECT
    id, user_id, course_id, status, progress_percentage, enrolled_at, completed_at, last_accessed_at, created_at, updated_at
FROM public.enrollments;

CREATE VIEW public.lesson_progress WITH (security_invoker = true) AS
SELECT
    id, user_id, course_id, lesson_id, is_completed, started_at, completed_at, time_spent_seconds, created_at, updated_at
FROM public.student_progress;

-- They can be written to as the tables can: the caller needs the table's grants and passes its policies.
REVOKE ALL ON public.course_enrollments, public.lesson_progress FROM anon, authenticated;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.course_enrollments, public.lesson_progress TO authenticated;

COMMENT ON COLUMN public.users.full_name IS 'The same as name, which is the column to write';
COMMENT ON COLUMN public.course_lessons.content_type IS 'What lesson_type is in the API; a live_session is a resource';
COMMENT ON COLUMN public.student_progress.time_spent_seconds IS 'Summed up by the application while the lesson is open';
COMMENT ON COLUMN public.enrollments.last_accessed_at IS 'When the student last opened the course; NULL if never';

COMMENT ON TABLE public.quiz_attempts IS 'Marked attempts at quizzes';
COMMENT ON COLUMN public.quiz_attempts.lesson_id IS 'The lesson that is the quiz; NULL for one of the course as a whole';
COMMENT ON COLUMN public.quiz_attempts.score IS 'Points, 0 to max_score';
COMMENT ON COLUMN public.quiz_attempts.attempt_number IS 'From 1, of this user and lesson';

COMMENT ON TABLE public.assignment_submissions IS 'What students handed in, and what the instructor said to it';
COMMENT ON COLUMN public.assignment_submissions.lesson_id IS 'The lesson that is the assignment; NULL for one of the course as a whole';
COMMENT ON COLUMN public.assignment_submissions.grade IS '0 to 100; NULL until it is graded';
COMMENT ON COLUMN public.assignment_submissions.status IS 'submitted, then graded, or returned to be done again';

COMMENT ON VIEW public.course_enrollments IS 'enrollments under the name that the API uses';
COMMENT ON VIEW public.lesson_progress IS 'student_progress under the name that the API uses';
