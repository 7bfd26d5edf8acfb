SELECT DISTINCT ON (blocker.pid)
       blocker.pid,
       coalesce(blocker.usename::text, '') AS usename,
       coalesce(blocker.application_name, '') AS application_name,
       coalesce(blocker.state, 'background') AS state,
       coalesce(extract(epoch FROM clock_timestamp() - coalesce(blocker.xact_start, blocker.state_change)), 0)::int8 AS seconds,
       coalesce(left(blocker.query, 200), '') AS query
FROM pg_catalog.pg_stat_activity AS waiting
CROSS JOIN LATERAL unnest(pg_catalog.pg_blocking_pids(waiting.pid)) AS blocking(pid)
JOIN pg_catalog.pg_stat_activity AS blocker ON blocker.pid = blocking.pid
WHERE waiting.datname = current_database()
  AND waiting.pid <> pg_backend_pid()
  AND starts_with(waiting.query, $1)
ORDER BY blocker.pid
