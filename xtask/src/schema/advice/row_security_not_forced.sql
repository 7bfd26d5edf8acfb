-- The owner, and who has the owner's rights, is held to policies by FORCE alone. That matters where such a role can be connected as (it
-- logs in, or another role may take it on) and FORCE would hold it: a superuser and a role with BYPASSRLS it doesn't.
SELECT r.schema, r.name, r.object,
       format('row level security is not forced: no policy holds its owner%s',
              CASE WHEN bool_or(o.oid = r.owner) THEN ' ' || string_agg(quote_ident(o.rolname), ', ') FILTER (WHERE o.oid = r.owner)
                   ELSE '''s rights, which ' || string_agg(quote_ident(o.rolname), ', ' ORDER BY o.rolname) || ' may use' END)
  FROM relation AS r
  JOIN pg_catalog.pg_roles AS o
    ON pg_has_role(o.oid, r.owner, 'USAGE') AND NOT o.rolsuper AND NOT o.rolbypassrls
   AND (o.rolcanlogin OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m WHERE m.roleid = o.oid))
 WHERE r.kind IN ('r', 'p')
   AND r.row_security
   AND NOT r.forced
 GROUP BY r.schema, r.name, r.object;
