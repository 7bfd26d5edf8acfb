-- Removes prompts with its data, indexes and comments.
-- No CASCADE: whatever still depends on it is an error.
DROP TABLE public.prompts;
