SELECT count(pg_terminate_backend(pid, 5000))
FROM pg_catalog.pg_stat_activity
WHERE datname = $1
  AND pid <> pg_backend_pid()
