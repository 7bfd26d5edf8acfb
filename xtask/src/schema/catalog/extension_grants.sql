-- What people granted on objects of extensions, and revoked, measured against what the extension itself left behind. What an object was
-- born with by default privileges is no grant of theirs: it depends on which objects this version of the extension has.
WITH object (extension, classid, objid, objsubid, owner, acl, birth, everywhere, defaults) AS (
    SELECT e.extname, o.classid, o.objid, o.objsubid, o.owner, o.acl, coalesce(i.initprivs, o.birth),
           everywhere.defaclacl, everywhere.defaclacl || here.defaclacl
      FROM (SELECT 'pg_catalog.pg_class'::regclass AS classid, c.oid AS objid, 0 AS objsubid, c.relowner AS owner, c.relacl AS acl,
                   acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner) AS birth,
                   CASE c.relkind WHEN 'S' THEN 'S' ELSE 'r' END::"char" AS kind, c.relnamespace AS namespace
              FROM pg_catalog.pg_class AS c WHERE c.oid >= 16384
            UNION ALL
            SELECT 'pg_catalog.pg_class'::regclass, c.oid, a.attnum, c.relowner, a.attacl, NULL, NULL, 0
              FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid WHERE c.oid >= 16384
            UNION ALL
            SELECT 'pg_catalog.pg_proc'::regclass, p.oid, 0, p.proowner, p.proacl, acldefault('f', p.proowner), 'f', p.pronamespace
              FROM pg_catalog.pg_proc AS p
             WHERE p.oid >= 16384
            UNION ALL
            SELECT 'pg_catalog.pg_type'::regclass, t.oid, 0, t.typowner, t.typacl, acldefault('T', t.typowner), 'T', t.typnamespace
              FROM pg_catalog.pg_type AS t
             WHERE t.oid >= 16384
            UNION ALL
            SELECT 'pg_catalog.pg_namespace'::regclass, n.oid, 0, n.nspowner, n.nspacl, acldefault('n', n.nspowner), 'n', 0
              FROM pg_catalog.pg_namespace AS n
            UNION ALL
            SELECT 'pg_catalog.pg_language'::regclass, l.oid, 0, l.lanowner, l.lanacl, acldefault('l', l.lanowner), NULL, 0
              FROM pg_catalog.pg_language AS l
            UNION ALL
            SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass, w.oid, 0, w.fdwowner, w.fdwacl, acldefault('F', w.fdwowner), NULL, 0
              FROM pg_catalog.pg_foreign_data_wrapper AS w) AS o
      JOIN pg_catalog.pg_depend AS m ON m.classid = o.classid AND m.objid = o.objid AND m.objsubid = 0
       AND m.deptype = 'e' AND m.refclassid = 'pg_catalog.pg_extension'::regclass
      JOIN pg_catalog.pg_extension AS e ON e.oid = m.refobjid
      LEFT JOIN pg_catalog.pg_init_privs AS i ON i.classoid = o.classid AND i.objoid = o.objid AND i.objsubid = o.objsubid
      LEFT JOIN pg_catalog.pg_default_acl AS everywhere
             ON everywhere.defaclrole = o.owner AND everywhere.defaclnamespace = 0 AND everywhere.defaclobjtype = o.kind
      LEFT JOIN pg_catalog.pg_default_acl AS here
             ON here.defaclrole = o.owner AND here.defaclnamespace = o.namespace AND here.defaclobjtype = o.kind AND o.namespace <> 0
     WHERE o.acl IS NOT NULL
),
privilege (extension, classid, objid, objsubid, owner, action, grantee, name, grantable) AS (
    SELECT o.extension, o.classid, o.objid, o.objsubid, o.owner, 'grant', x.grantee, x.privilege_type, x.is_grantable
      FROM object AS o, aclexplode(o.acl) AS x
     WHERE NOT EXISTS (SELECT FROM aclexplode(o.birth || o.defaults) AS b
                        WHERE b.grantee = x.grantee AND b.privilege_type = x.privilege_type AND b.is_grantable = x.is_grantable)
    UNION ALL
    SELECT o.extension, o.classid, o.objid, o.objsubid, o.owner, 'revoke', b.grantee, b.privilege_type, false
      FROM object AS o, aclexplode(o.birth) AS b
     WHERE NOT EXISTS (SELECT FROM aclexplode(o.acl) AS x
                        WHERE x.grantee = b.grantee AND x.privilege_type = b.privilege_type)
       AND (o.everywhere IS NULL
            OR EXISTS (SELECT FROM aclexplode(o.everywhere) AS x WHERE x.grantee = b.grantee AND x.privilege_type = b.privilege_type))
)
SELECT 'x' || line.extension AS key,
       json_build_object(
           'kind', 'objects of extension',
           'name', quote_ident(line.extension),
           'lines', array_agg(line.line ORDER BY line.line COLLATE "C")
       ) AS object
  FROM (SELECT p.extension,
               p.action || ' ' || string_agg(DISTINCT lower(p.name), ', ') || ' on ' || i.type || ' ' || i.identity
                   || CASE p.action WHEN 'grant' THEN ' to ' ELSE ' from ' END
                   || CASE WHEN p.grantee = 0 THEN 'public' WHEN p.grantee = p.owner THEN 'owner' ELSE coalesce(quote_ident(r.rolname), 'unknown') END
                   || CASE WHEN p.grantable THEN ' with grant option' ELSE '' END AS line
          FROM privilege AS p
          LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = p.grantee,
               LATERAL pg_catalog.pg_identify_object(p.classid, p.objid, p.objsubid) AS i
         GROUP BY p.extension, p.objid, p.objsubid, p.owner, p.action, p.grantee, p.grantable, r.rolname, i.type, i.identity) AS line
 GROUP BY line.extension;
