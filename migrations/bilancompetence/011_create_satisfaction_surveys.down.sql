-- Removes satisfaction_surveys and survey_responses: rows, indexes, triggers, policies and comments.
-- No CASCADE: whatever still depends on it is an error.
DROP TABLE public.survey_responses;
DROP TABLE public.satisfaction_surveys;
