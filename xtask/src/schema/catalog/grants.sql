-- What was granted beyond, and revoked from, the privileges that an object of its kind is born with.
--
-- For the schema public the measure is PostgreSQL 15's: usage for everybody, and no more. The right of everybody to create
-- there, which PostgreSQL 14 still gives at birth, is neither shown nor missed. Oids from 16384 on are those of objects that
-- initdb did not make.
--
-- PostgreSQL 17 added the privilege MAINTAIN of tables, which GRANT ALL includes there. So that GRANT ALL, and what a REVOKE leaves of
-- it, is the same text before and after, it is told as "all but …" wherever TRIGGER and REFERENCES are among the privileges, and on 17
-- and newer MAINTAIN too. Who lists those two by hand, without MAINTAIN, gets another text on 17.
-- A missing array is NULL and not '{}', which aclexplode refuses.
WITH object (key, kind, owner, column_name, acl, birth) AS (
    SELECT 'n' || n.oid, 'n'::"char", n.nspowner, NULL::name,
           coalesce(n.nspacl, acldefault('n', n.nspowner)),
           acldefault('n', n.nspowner)
               || CASE WHEN n.nspname = 'public' THEN ARRAY[makeaclitem(0, n.nspowner, 'USAGE', false)] END
               || CASE WHEN n.nspname = 'public' AND EXISTS (
                           SELECT FROM pg_catalog.pg_init_privs AS i, aclexplode(i.initprivs) AS x
                            WHERE i.objoid = n.oid AND i.classoid = 'pg_catalog.pg_namespace'::regclass
                              AND x.grantee = 0 AND x.privilege_type = 'CREATE')
                       THEN ARRAY[makeaclitem(0, n.nspowner, 'CREATE', false)] END
      FROM pg_catalog.pg_namespace AS n
     WHERE n.nspacl IS NOT NULL OR n.nspname = 'public'
    UNION ALL
    SELECT c.oid::text, k.kind, c.relowner, NULL, c.relacl, acldefault(k.kind, c.relowner)
      FROM pg_catalog.pg_class AS c, LATERAL (SELECT CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char") AS k (kind)
     WHERE c.relacl IS NOT NULL AND c.oid >= 16384
    UNION ALL
    SELECT c.oid::text, 'c', c.relowner, a.attname, a.attacl, NULL
      FROM pg_catalog.pg_attribute AS a
      JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
     WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND c.oid >= 16384
    UNION ALL
    SELECT 'f' || p.oid, 'f', p.proowner, NULL, p.proacl, acldefault('f', p.proowner)
      FROM pg_catalog.pg_proc AS p
     WHERE p.proacl IS NOT NULL AND p.oid >= 16384
    UNION ALL
    SELECT 't' || t.oid, 'T', t.typowner, NULL, t.typacl, acldefault('T', t.typowner)
      FROM pg_catalog.pg_type AS t
     WHERE t.typacl IS NOT NULL AND t.oid >= 16384
    UNION ALL
    SELECT 'l' || l.oid, 'l', l.lanowner, NULL, l.lanacl, acldefault('l', l.lanowner)
      FROM pg_catalog.pg_language AS l
     WHERE l.lanacl IS NOT NULL AND l.oid >= 16384
    UNION ALL
    SELECT 'w' || w.oid, 'F', w.fdwowner, NULL, w.fdwacl, acldefault('F', w.fdwowner)
      FROM pg_catalog.pg_foreign_data_wrapper AS w
     WHERE w.fdwacl IS NOT NULL
    UNION ALL
    SELECT 's' || s.oid, 'S', s.srvowner, NULL, s.srvacl, acldefault('S', s.srvowner)
      FROM pg_catalog.pg_foreign_server AS s
     WHERE s.srvacl IS NOT NULL
),
privilege (key, kind, owner, column_name, action, grantee, name, grantable) AS (
    SELECT o.key, o.kind, o.owner, o.column_name, 'grant', x.grantee, x.privilege_type, x.is_grantable
      FROM object AS o, aclexplode(o.acl) AS x
     WHERE NOT EXISTS (SELECT FROM aclexplode(o.birth) AS b
                        WHERE b.grantee = x.grantee AND b.privilege_type = x.privilege_type AND b.is_grantable = x.is_grantable)
    UNION ALL
    SELECT o.key, o.kind, o.owner, o.column_name, 'revoke', b.grantee, b.privilege_type, false
      FROM object AS o, aclexplode(o.birth) AS b
     WHERE NOT (o.kind = 'n' AND b.grantee = 0 AND b.privilege_type = 'CREATE')
       AND NOT EXISTS (SELECT FROM aclexplode(o.acl) AS x
                        WHERE x.grantee = b.grantee AND x.privilege_type = b.privilege_type)
)
SELECT p.key,
       json_build_object(
           'action', p.action,
           'role', CASE WHEN p.grantee = 0 THEN 'public' WHEN p.grantee = p.owner THEN 'owner' ELSE coalesce(quote_ident(r.rolname), 'unknown') END,
           'privileges', CASE WHEN p.kind = 'r' AND bool_or(p.name = 'TRIGGER') AND bool_or(p.name = 'REFERENCES')
                               AND (bool_or(p.name = 'MAINTAIN') OR current_setting('server_version_num')::integer < 170000)
                               AND count(*) > 2 + (current_setting('server_version_num')::integer >= 170000)::integer
                              THEN json_build_array(concat_ws(' but ', 'all', (
                                  SELECT string_agg(lower(missing.name), ', ' ORDER BY missing.place)
                                    FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) WITH ORDINALITY AS missing (name, place)
                                   WHERE missing.name <> ALL (array_agg(p.name)))))
                              ELSE json_agg(DISTINCT lower(p.name)) END,
           'column', quote_ident(p.column_name),
           'grantable', p.grantable
       ) AS object
  FROM privilege AS p
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = p.grantee
 GROUP BY p.key, p.kind, p.owner, p.action, p.grantee, r.rolname, p.column_name, p.grantable;
