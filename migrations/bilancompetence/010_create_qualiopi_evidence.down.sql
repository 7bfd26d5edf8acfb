-- Removes qualiopi_evidence: rows, indexes, triggers, policies and comments.
-- No CASCADE: whatever still depends on it is an error.
DROP TABLE public.qualiopi_evidence;
