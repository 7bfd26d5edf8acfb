-- Row level security policies.
SELECT p.polrelid AS key,
       quote_ident(p.polname) AS name,
       p.polpermissive AS permissive,
       CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END AS command,
       CASE WHEN p.polroles = '{0}' THEN '["public"]' ELSE (
           SELECT json_agg(coalesce(quote_ident(r.rolname), 'public'))
             FROM unnest(p.polroles) AS member (oid) LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = member.oid) END AS roles,
       pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using,
       pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS check,
       d.description AS comment
  FROM pg_catalog.pg_policy AS p
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_policy'::regclass AND d.objoid >= 16384 AND d.objoid = p.oid AND d.objsubid = 0;
