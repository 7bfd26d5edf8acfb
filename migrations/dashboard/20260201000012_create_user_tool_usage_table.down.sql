-- Removes user_tool_usage with its data, indexes and comments.
-- No CASCADE: whatever still depends on it is an error.
DROP TABLE public.user_tool_usage;
