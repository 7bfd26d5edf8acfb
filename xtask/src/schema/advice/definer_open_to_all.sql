-- A trigger's function too: whoever may make a temporary table may put it on that one, and choose the rows that it sees. An event
-- trigger's can't be called, and takes a superuser to attach.
SELECT n.nspname, f.proname, format('%I.%I(%s)', n.nspname, f.proname, pg_get_function_identity_arguments(f.oid)),
       format('runs with the rights of %I, and %s may execute it', pg_get_userbyid(f.proowner), string_agg(a.name, ', ' ORDER BY a.name))
  FROM pg_catalog.pg_proc AS f
  JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
  JOIN (SELECT 0::oid, 'PUBLIC'
        UNION ALL
        SELECT r.oid, r.rolname FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'anon') AS a (oid, name)
    ON has_function_privilege(a.oid, f.oid, 'EXECUTE') AND has_schema_privilege(a.oid, n.oid, 'USAGE')
 WHERE f.prosecdef
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND f.prorettype <> 'pg_catalog.event_trigger'::regtype
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_proc'::regclass AND m.objid = f.oid AND m.deptype = 'e')
 GROUP BY n.nspname, f.proname, f.oid, f.proowner;
