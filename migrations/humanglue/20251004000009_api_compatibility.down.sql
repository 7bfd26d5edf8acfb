-- Removes the API's names. What is lost: attempts at quizzes, submissions, time spent and times of last access. Names and pictures stay.
DROP VIEW public.lesson_progress;
DROP VIEW public.course_enrollments;
DROP TABLE public.assignment_submissions;
DROP TABLE public.quiz_attempts;
ALTER TABLE public.enrollments DROP COLUMN last_accessed_at;
ALTER TABLE public.student_progress DROP COLUMN time_spent_seconds;
ALTER TABLE public.course_lessons DROP COLUMN content_type;
ALTER TABLE public.users DROP COLUMN full_name;
ALTER TABLE public.users RENAME COLUMN avatar_url TO avatar;
