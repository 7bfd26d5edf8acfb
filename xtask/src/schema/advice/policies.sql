-- Every policy, for the rules that judge its expressions. The functions are those that are worth evaluating once: a dependency names
-- what people made, and of the system's own only current_setting is meant.
SELECT p.schema, p.name, p.object,
       json_build_object(
           'command', CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END,
           'permissive', p.polpermissive,
           'roles', (SELECT json_agg(m.name ORDER BY m.name)
                       FROM (SELECT 'PUBLIC' WHERE 0 = ANY (p.polroles)
                             UNION ALL
                             SELECT o.rolname FROM pg_catalog.pg_roles AS o
                              WHERE o.oid = ANY (p.polroles) AND NOT o.rolsuper AND NOT o.rolbypassrls) AS m (name)),
           'using', CASE WHEN p.polqual IS NOT NULL THEN
               json_build_object('text', pg_get_expr(p.polqual, p.polrelid), 'tree', p.polqual::text) END,
           'check', CASE WHEN p.polwithcheck IS NOT NULL THEN
               json_build_object('text', pg_get_expr(p.polwithcheck, p.polrelid), 'tree', p.polwithcheck::text) END,
           'functions', (SELECT json_object_agg(f.oid, f.name)
                           FROM (SELECT c.oid, c.proname || '()'
                                   FROM pg_catalog.pg_proc AS c
                                  WHERE c.pronamespace = 'pg_catalog'::regnamespace AND c.proname = 'current_setting'
                                 UNION ALL
                                 SELECT c.oid, format('%I.%I()', n.nspname, c.proname)
                                   FROM pg_catalog.pg_depend AS d
                                   JOIN pg_catalog.pg_proc AS c ON c.oid = d.refobjid AND c.provolatile <> 'i'
                                   JOIN pg_catalog.pg_namespace AS n ON n.oid = c.pronamespace
                                  WHERE d.classid = 'pg_catalog.pg_policy'::regclass AND d.objid = p.oid
                                    AND d.refclassid = 'pg_catalog.pg_proc'::regclass) AS f (oid, name))
       )::text
  FROM policy AS p;
