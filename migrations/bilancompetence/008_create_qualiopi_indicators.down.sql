-- Removes qualiopi_indicators and qualiopi_certification_levels: the reference rows, indexes, triggers, policies and comments.
-- No CASCADE: whatever still depends on it is an error.
DROP TABLE public.qualiopi_certification_levels;
DROP TABLE public.qualiopi_indicators;
