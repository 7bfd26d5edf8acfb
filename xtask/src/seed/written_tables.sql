SELECT CASE WHEN namespace.nspname = 'public' THEN class.relname ELSE namespace.nspname || '.' || class.relname END::text AS shown,
       quote_ident(namespace.nspname) || '.' || quote_ident(class.relname) AS quoted,
       coalesce(statistics.n_tup_ins, 0) AS inserted,
       coalesce(statistics.n_tup_upd, 0) AS updated,
       coalesce(statistics.n_tup_del, 0) AS deleted
FROM pg_catalog.pg_locks AS lock
JOIN pg_catalog.pg_class AS class ON class.oid = lock.relation
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
LEFT JOIN pg_catalog.pg_stat_xact_user_tables AS statistics ON statistics.relid = class.oid
WHERE lock.pid = pg_backend_pid()
  AND lock.locktype = 'relation'
  AND lock.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
  AND lock.mode = 'RowExclusiveLock'
  AND class.relkind IN ('r', 'p')
  AND class.relpersistence <> 't'
  AND namespace.nspname !~ '^pg_'
ORDER BY shown
