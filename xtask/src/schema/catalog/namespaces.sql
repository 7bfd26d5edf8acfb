-- Schemas that people made, and public. The comment that initdb gives public is no comment of theirs.
SELECT 'n' || n.oid AS key,
       json_build_object(
           'name', quote_ident(n.nspname),
           'comment', CASE WHEN n.nspname = 'public' THEN nullif(d.description, 'standard public schema') ELSE d.description END
       ) AS object
  FROM pg_catalog.pg_namespace AS n
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_namespace'::regclass AND d.objoid = n.oid AND d.objsubid = 0
 WHERE n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND n.oid NOT IN (SELECT m.objid FROM pg_catalog.pg_depend AS m
                       WHERE m.refclassid = 'pg_catalog.pg_extension'::regclass AND m.classid = 'pg_catalog.pg_namespace'::regclass AND m.deptype = 'e');
