-- Autovacuum gives way by itself, and not everybody may end it.
SELECT count(pg_terminate_backend(pid, 5000))
FROM pg_catalog.pg_stat_activity
WHERE datname = $1
  AND pid <> pg_backend_pid()
  AND backend_type <> 'autovacuum worker'
