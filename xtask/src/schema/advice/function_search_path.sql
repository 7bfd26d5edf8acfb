-- A body in which names are looked up while it runs, by whatever search_path its caller has. A body in standard SQL (BEGIN ATOMIC) is
-- looked up when it is made, C code looks nothing up.
SELECT n.nspname, f.proname, format('%I.%I(%s)', n.nspname, f.proname, pg_get_function_identity_arguments(f.oid)),
       format('runs with whatever search_path its caller has%s', CASE WHEN f.prosecdef THEN ', and with the rights of its owner' ELSE '' END)
  FROM pg_catalog.pg_proc AS f
  JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
  JOIN pg_catalog.pg_language AS l ON l.oid = f.prolang
 WHERE n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND f.prokind <> 'a'
   AND f.prosqlbody IS NULL
   AND l.lanname NOT IN ('c', 'internal')
   AND NOT EXISTS (SELECT FROM unnest(f.proconfig) AS setting WHERE setting LIKE 'search\_path=%')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_proc'::regclass AND m.objid = f.oid AND m.deptype = 'e');
