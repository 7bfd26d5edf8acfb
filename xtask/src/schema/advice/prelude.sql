-- What the rules look at. Every rule's file is a SELECT that is sent behind this text; what it doesn't name is not computed.
--
-- Without system schemas, temporary tables and what belongs to an extension.
WITH relation AS (
    SELECT c.oid,
           n.nspname AS schema,
           c.relname AS name,
           format('%I.%I', n.nspname, c.relname) AS object,
           c.relkind AS kind,
           c.relowner AS owner,
           c.relnamespace AS namespace,
           c.relacl AS acl,
           c.reloptions AS options,
           c.relispartition AS is_partition,
           c.relrowsecurity AS row_security,
           c.relforcerowsecurity AS forced
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
       AND n.nspname !~ '^pg_'
       AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                        WHERE m.classid = 'pg_catalog.pg_class'::regclass AND m.objid = c.oid AND m.deptype = 'e')
),
policy AS (
    SELECT p.*, r.schema, r.name, format('%s.%I', r.object, p.polname) AS object
      FROM pg_catalog.pg_policy AS p
      JOIN relation AS r ON r.oid = p.polrelid
),
-- The roles that row level security is for: everybody, those of an API, and those that a policy is written for. A superuser and a role
-- that bypasses row level security are held to nothing. In a database without policies a role of its operator's is none of these.
bound (oid, name) AS (
    SELECT 0::oid, 'PUBLIC'
    UNION ALL
    SELECT r.oid, quote_ident(r.rolname)
      FROM pg_catalog.pg_roles AS r
     WHERE NOT r.rolsuper
       AND NOT r.rolbypassrls
       AND r.rolname !~ '^pg_'
       AND (r.rolname IN ('anon', 'authenticated')
            OR EXISTS (SELECT FROM policy AS p WHERE p.polroles && ARRAY[0, r.oid]))
),
privilege (relation, grantee, name) AS (
    SELECT r.oid, x.grantee, x.privilege_type
      FROM relation AS r, aclexplode(r.acl) AS x
    UNION
    SELECT r.oid, x.grantee, x.privilege_type
      FROM relation AS r
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND NOT a.attisdropped AND a.attacl IS NOT NULL, aclexplode(a.attacl) AS x
),
-- What a bound role may do with which rows: granted to it, to everybody or to a role whose rights it has, in a schema that it may use.
-- Whoever has the owner's rights is not meant.
reach (relation, role, privilege) AS (
    SELECT DISTINCT p.relation, b.name, lower(p.name)
      FROM privilege AS p
      JOIN relation AS r ON r.oid = p.relation AND r.owner <> p.grantee
      JOIN bound AS b ON p.grantee IN (0, b.oid) OR (b.oid <> 0 AND pg_has_role(b.oid, p.grantee, 'USAGE'))
     WHERE p.name IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
       AND has_schema_privilege(b.oid, r.namespace, 'USAGE')
       AND (b.oid = 0 OR NOT pg_has_role(b.oid, r.owner, 'USAGE'))
),
-- The same in words, for each relation that is reached at all: PUBLIC stands for all.
reached (relation, roles, privileges, is_read) AS (
    SELECT e.relation,
           CASE WHEN bool_or(e.role = 'PUBLIC') THEN 'PUBLIC' ELSE string_agg(DISTINCT e.role, ', ' ORDER BY e.role) END,
           string_agg(DISTINCT e.privilege, ', ' ORDER BY e.privilege),
           bool_or(e.privilege = 'select')
      FROM reach AS e
     GROUP BY e.relation
),
-- Indexes that people made, each with all that makes two of them the same. Some columns are younger than PostgreSQL 14.
index AS (
    SELECT i.indexrelid AS oid,
           r.schema,
           r.name,
           r.object AS table_object,
           i.indrelid AS relation,
           c.relname AS index_name,
           format('%I.%I', r.schema, c.relname) AS object,
           c.relispartition AS is_partition,
           a.amname AS method,
           i.indisunique AS is_unique,
           i.indisexclusion AS is_exclusion,
           i.indisvalid AND i.indisready AND i.indislive AS is_valid,
           i.indnkeyatts AS key_count,
           i.indkey::int2[] AS columns,
           i.indpred::text AS predicate,
           ARRAY[a.amname, i.indnkeyatts::text, i.indkey::text, i.indclass::text, i.indcollation::text, i.indoption::text,
                 coalesce(pg_get_expr(i.indexprs, i.indrelid), ''), coalesce(pg_get_expr(i.indpred, i.indrelid), '')] AS definition,
           ARRAY[to_jsonb(i) ->> 'indnullsnotdistinct', i.indimmediate::text] AS promise,
           n.conname AS constraint_name,
           CASE WHEN i.indisprimary THEN 1 WHEN n.oid IS NOT NULL THEN 2 WHEN i.indisunique THEN 3 ELSE 4 END AS rank
      FROM pg_catalog.pg_index AS i
      JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
      JOIN pg_catalog.pg_am AS a ON a.oid = c.relam
      JOIN relation AS r ON r.oid = i.indrelid
      LEFT JOIN pg_catalog.pg_constraint AS n ON n.conindid = i.indexrelid AND n.conrelid = i.indrelid AND n.contype IN ('p', 'u', 'x')
)
