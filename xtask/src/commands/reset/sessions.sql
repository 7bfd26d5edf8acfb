SELECT format('process %s of role %s%s%s: %s',
              pid,
              coalesce(quote_ident(usename), '?'),
              coalesce(' (' || nullif(application_name, '') || ')', ''),
              coalesce(' from ' || host(client_addr), ''),
              coalesce(state, backend_type)) AS session
FROM pg_catalog.pg_stat_activity
WHERE datname = $1
  AND pid <> pg_backend_pid()
  AND backend_type = 'client backend'
ORDER BY pid
