-- Default privileges. Those for every schema replace what objects are born with and are told as the difference from it, those
-- for one schema are added to it (https://www.postgresql.org/docs/current/catalog-pg-default-acl.html). "all but …" is
-- that of grants.sql.
WITH entry AS (
    SELECT a.oid, a.defaclrole, a.defaclnamespace, a.defaclobjtype, a.defaclacl,
           CASE WHEN a.defaclnamespace = 0
                THEN acldefault(CASE a.defaclobjtype WHEN 'S' THEN 's'::"char" ELSE a.defaclobjtype END, a.defaclrole) END AS birth
      FROM pg_catalog.pg_default_acl AS a
),
privilege (oid, defaclrole, defaclnamespace, defaclobjtype, action, grantee, name, grantable) AS (
    SELECT e.oid, e.defaclrole, e.defaclnamespace, e.defaclobjtype, 'grant', x.grantee, x.privilege_type, x.is_grantable
      FROM entry AS e, aclexplode(e.defaclacl) AS x
     WHERE NOT EXISTS (SELECT FROM aclexplode(e.birth) AS b
                        WHERE b.grantee = x.grantee AND b.privilege_type = x.privilege_type AND b.is_grantable = x.is_grantable)
    UNION ALL
    SELECT e.oid, e.defaclrole, e.defaclnamespace, e.defaclobjtype, 'revoke', b.grantee, b.privilege_type, false
      FROM entry AS e, aclexplode(e.birth) AS b
     WHERE NOT EXISTS (SELECT FROM aclexplode(e.defaclacl) AS x
                        WHERE x.grantee = b.grantee AND x.privilege_type = b.privilege_type)
)
SELECT 'd' || p.oid AS key,
       json_build_object(
           'schema', quote_ident(n.nspname),
           'made_by', CASE WHEN p.defaclrole <> db.datdba THEN quote_ident(o.rolname) END,
           'objects', CASE p.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                                           WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END,
           'grant', json_build_object(
               'action', p.action,
               'role', CASE WHEN p.grantee = 0 THEN 'public' WHEN p.grantee = p.defaclrole THEN 'owner' ELSE coalesce(quote_ident(r.rolname), 'unknown') END,
               'privileges', CASE WHEN p.defaclobjtype = 'r' AND bool_or(p.name = 'TRIGGER') AND bool_or(p.name = 'REFERENCES')
                                   AND (bool_or(p.name = 'MAINTAIN') OR current_setting('server_version_num')::integer < 170000)
                                   AND count(*) > 2 + (current_setting('server_version_num')::integer >= 170000)::integer
                                  THEN json_build_array(concat_ws(' but ', 'all', (
                                      SELECT string_agg(lower(missing.name), ', ' ORDER BY missing.place)
                                        FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) WITH ORDINALITY AS missing (name, place)
                                       WHERE missing.name <> ALL (array_agg(p.name)))))
                                  ELSE json_agg(DISTINCT lower(p.name)) END,
               'grantable', p.grantable)
       ) AS object
  FROM privilege AS p
  JOIN pg_catalog.pg_database AS db ON db.datname = current_database()
  JOIN pg_catalog.pg_roles AS o ON o.oid = p.defaclrole
  LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = p.defaclnamespace
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = p.grantee
 GROUP BY p.oid, p.defaclrole, p.defaclobjtype, p.action, p.grantee, p.grantable, n.nspname, o.rolname, r.rolname, db.datdba;
