-- Foreign data wrappers, servers and user mappings. What the options of a user mapping hold is secret, and so only their names are
-- told; the same goes for an option of a wrapper or a server whose name says that it may be a secret.
WITH option (name) AS (VALUES ('pass|secret|token|key|cred|auth'))
SELECT 'w' || w.oid AS key,
       json_build_object(
           'kind', 'foreign data wrapper',
           'name', quote_ident(w.fdwname),
           'lines', array_remove(ARRAY[
               'handler ' || nullif(w.fdwhandler, 0)::regproc,
               'validator ' || nullif(w.fdwvalidator, 0)::regproc], NULL)
             || ARRAY(SELECT 'option ' || CASE WHEN split_part(o, '=', 1) ~* secret.name THEN split_part(o, '=', 1) ELSE o END
                        FROM unnest(w.fdwoptions) AS o, option AS secret ORDER BY o COLLATE "C"),
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
             || ARRAY(SELECT 'option ' || CASE WHEN split_part(o, '=', 1) ~* secret.name THEN split_part(o, '=', 1) ELSE o END
                        FROM unnest(s.srvoptions) AS o, option AS secret ORDER BY o COLLATE "C"),
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
           'lines', ARRAY(SELECT 'option ' || split_part(o, '=', 1) FROM unnest(u.umoptions) AS o ORDER BY o COLLATE "C"))
  FROM pg_catalog.pg_user_mappings AS u;
