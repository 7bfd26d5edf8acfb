-- Removes assessment_results with its data, indexes and comments.
-- No CASCADE: whatever still depends on it is an error.
DROP TABLE public.assessment_results;
