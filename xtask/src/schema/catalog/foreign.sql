-- Foreign data wrappers, servers and user mappings. What the options of a user mapping hold is secret, and so only their names are
-- told; the same goes for an option of a wrapper or a server whose name says that it may be a secret.
WITH secret (pattern) AS (VALUES ('pass|secret|token|key|cred|auth'))
SELECT 'w' || w.oid AS key,
       json_build_object(
           'kind', 'foreign data wrapper',
           'name', quote_ident(w.fdwname),
           'lines', array_remove(ARRAY[
               'handler ' || nullif(w.fdwhandler, 0)::regproc,
               'validator ' || nullif(w.fdwvalidator, 0)::regproc], NULL)
             || ARRAY(SELECT concat_ws(' ', 'option', quote_ident(o.option_name), CASE WHEN o.option_name !~* secret.pattern THEN quote_literal(o.option_value) END)
                        FROM pg_catalog.pg_options_to_table(w.fdwoptions) AS o, secret ORDER BY o.option_name COLLATE "C"),
           'comment', pg_catalog.obj_description(w.oid, 'pg_foreign_data_wrapper')
       ) AS object
  FROM pg_catalog.pg_foreign_data_wrapper AS w
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass AND m.objid = w.oid AND m.deptype = 'e')
UNION ALL
SELECT 's' || s.oid,
       json_build_object(
           'kind', 'server',
           'name', quote_ident(s.srvname),
           'lines', array_remove(ARRAY[
               'foreign data wrapper ' || quote_ident(w.fdwname),
               'type ' || quote_literal(s.srvtype),
               'version ' || quote_literal(s.srvversion)], NULL)
             || ARRAY(SELECT concat_ws(' ', 'option', quote_ident(o.option_name), CASE WHEN o.option_name !~* secret.pattern THEN quote_literal(o.option_value) END)
                        FROM pg_catalog.pg_options_to_table(s.srvoptions) AS o, secret ORDER BY o.option_name COLLATE "C"),
           'comment', pg_catalog.obj_description(s.oid, 'pg_foreign_server'))
  FROM pg_catalog.pg_foreign_server AS s
  JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_foreign_server'::regclass AND m.objid = s.oid AND m.deptype = 'e')
UNION ALL
SELECT 'u' || u.umid,
       json_build_object(
           'kind', 'user mapping',
           'name', 'for ' || CASE WHEN u.umuser = 0 THEN 'public' ELSE quote_ident(u.usename) END || ' server ' || quote_ident(u.srvname),
           'lines', ARRAY(SELECT 'option ' || quote_ident(o.option_name) FROM pg_catalog.pg_options_to_table(u.umoptions) AS o ORDER BY o.option_name COLLATE "C"))
  FROM pg_catalog.pg_user_mappings AS u;
