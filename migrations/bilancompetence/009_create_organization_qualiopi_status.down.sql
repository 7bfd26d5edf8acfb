-- Removes organization_qualiopi_status: rows, indexes, triggers, policies and comments.
-- No CASCADE: whatever still depends on it is an error.
DROP TABLE public.organization_qualiopi_status;
