-- Removes the 16 template questions, by their ids, and the answers to them, which mean nothing without them.
-- The owner is bound by FORCE, so it is lifted for these two statements.
ALTER TABLE public.assessment_answers NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public.assessment_questions NO FORCE ROW LEVEL SECURITY;

DELETE FROM public.assessment_answers
WHERE question_id IN (
    SELECT ('00000003-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid
    FROM generate_series(1, 16) AS number
);

DELETE FROM public.assessment_questions
WHERE id IN (
    SELECT ('00000003-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid
    FROM generate_series(1, 16) AS number
);

ALTER TABLE public.assessment_questions FORCE ROW LEVEL SECURITY;
ALTER TABLE public.assessment_answers FORCE ROW LEVEL SECURITY;
