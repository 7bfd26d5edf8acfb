-- Row level security policies.
SELECT 'r' || p.polrelid AS key,
       json_build_object(
           'name', quote_ident(p.polname),
           'permissive', p.polpermissive,
           'command', CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END,
           'roles', (SELECT json_agg(coalesce(quote_ident(r.rolname), 'public'))
                       FROM unnest(p.polroles) AS member (oid) LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = member.oid),
           'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid),
           'check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
           'comment', d.description
       ) AS object
  FROM pg_catalog.pg_policy AS p
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_policy'::regclass AND d.objoid = p.oid AND d.objsubid = 0;
