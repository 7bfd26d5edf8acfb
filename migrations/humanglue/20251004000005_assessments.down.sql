-- Removes assessments and answers with all their data. No CASCADE: whatever still depends on them is an error.
DROP TABLE public.assessment_responses;
DROP TABLE public.assessments;
