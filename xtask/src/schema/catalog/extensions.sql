-- Extensions. Every database has plpgsql; a version differs from server to server and stays out, as does
-- the comment that it brings along.
SELECT 'e' || e.oid AS key,
       json_build_object(
           'name', quote_ident(e.extname),
           'schema', quote_ident(n.nspname),
           'comment', CASE WHEN pg_catalog.obj_description(e.oid, 'pg_extension') <> a.comment
                           THEN pg_catalog.obj_description(e.oid, 'pg_extension') END
       ) AS object
  FROM pg_catalog.pg_extension AS e
  JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
  LEFT JOIN pg_catalog.pg_available_extensions AS a ON a.name = e.extname
 WHERE e.extname <> 'plpgsql';
