-- Removes availability_slots: rows, indexes, triggers, policies and comments.
-- No CASCADE: whatever still depends on it is an error.
DROP TABLE public.availability_slots;
DROP EXTENSION btree_gist;
