-- Removes qualiopi_audit_log: rows, indexes, triggers, policies and comments.
-- No CASCADE: whatever still depends on it is an error.
DROP TABLE public.qualiopi_audit_log;
