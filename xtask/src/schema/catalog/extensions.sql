-- Extensions. Every database has plpgsql; a version differs from server to server and stays out.
SELECT 'e' || e.oid AS key,
       json_build_object(
           'name', quote_ident(e.extname),
           'schema', quote_ident(n.nspname)
       ) AS object
  FROM pg_catalog.pg_extension AS e
  JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
 WHERE e.extname <> 'plpgsql';
