-- What would be lost with the database, by the statistics: nothing is counted, so that it is quick on a large one.
SELECT (SELECT pg_catalog.count(*)
        FROM pg_catalog.pg_stat_user_tables) AS tables,
       (SELECT coalesce(pg_catalog.sum(greatest(statistics.n_live_tup, class.reltuples::bigint, 0)), 0)::bigint
        FROM pg_catalog.pg_stat_user_tables AS statistics
        JOIN pg_catalog.pg_class AS class ON class.oid = statistics.relid) AS rows,
       pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(current_database())) AS size,
       (SELECT pg_catalog.count(*)
        FROM pg_catalog.pg_stat_activity
        WHERE datname = current_database()
          AND pid <> pg_catalog.pg_backend_pid()
          AND backend_type = 'client backend') AS sessions,
       -- Known only where the server keeps the time of each commit; it is that of all its databases.
       CASE WHEN current_setting('track_commit_timestamp') = 'on'
            THEN (SELECT pg_catalog.to_char(timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
                  FROM pg_catalog.pg_last_committed_xact()) END AS last_write
