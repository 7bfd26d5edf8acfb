-- Removes roles with its data, indexes and comments, and the three default roles with it.
-- No CASCADE: whatever still depends on it is an error.
DROP TABLE public.roles;
