-- Removes document_archive: rows, indexes, triggers, policies and comments.
-- No CASCADE: whatever still depends on it is an error.
DROP TABLE public.document_archive;
