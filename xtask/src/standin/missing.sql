-- What of Supabase is missing here, for the role that is connected; and whether the real platform is there.
--
-- The catalogues are asked and not to_regclass and its like, which are refused where the schema may not be used.
WITH api (name) AS (
    VALUES ('anon'), ('authenticated'), ('service_role')
),
auth AS (
    SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'auth'
),
users AS (
    SELECT c.oid, pg_catalog.obj_description(c.oid, 'pg_class') AS comment
      FROM pg_catalog.pg_class AS c
      JOIN auth ON auth.oid = c.relnamespace
     WHERE c.relname = 'users'
),
missing (rank, name, number) AS (
    SELECT 1, 'role ' || api.name, 0
      FROM api
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = api.name)
    UNION ALL
    SELECT 2, 'table auth.users', 0
     WHERE NOT EXISTS (SELECT FROM users)
    UNION ALL
    SELECT 3, 'function auth.' || f.name || '()', f.number
      FROM (VALUES ('uid', 1), ('role', 2), ('jwt', 3), ('email', 4)) AS f (name, number)
     WHERE NOT EXISTS (
               SELECT FROM pg_catalog.pg_proc AS p JOIN auth ON auth.oid = p.pronamespace
                WHERE p.proname = f.name AND p.pronargs = 0)
    UNION ALL
    SELECT 4, 'publication supabase_realtime', 0
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_publication AS p WHERE p.pubname = 'supabase_realtime')
    UNION ALL
    -- A role that is missing is told above; its privileges come with it.
    SELECT 5, 'usage of schema ' || n.nspname || ' for ' || r.rolname, 0
      FROM pg_catalog.pg_roles AS r
      JOIN api ON api.name = r.rolname
      JOIN pg_catalog.pg_namespace AS n ON n.nspname IN ('auth', 'public')
     WHERE NOT pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
    UNION ALL
    SELECT 6, 'default privileges on ' || k.name || ' in schema public', k.number
      FROM (VALUES ('tables', 'r'::"char", 1), ('sequences', 'S', 2), ('functions', 'f', 3)) AS k (name, kind, number)
     WHERE EXISTS (
               SELECT FROM pg_catalog.pg_roles AS r
                 JOIN api ON api.name = r.rolname
                WHERE NOT EXISTS (
                          SELECT FROM pg_catalog.pg_default_acl AS d
                            JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace,
                                 pg_catalog.aclexplode(d.defaclacl) AS x
                           WHERE n.nspname = 'public' AND d.defaclobjtype = k.kind AND x.grantee = r.oid
                             AND d.defaclrole = (SELECT me.oid FROM pg_catalog.pg_roles AS me WHERE me.rolname = current_user)))
)
SELECT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname IN ('supabase_admin', 'supabase_auth_admin'))
           OR EXISTS (SELECT FROM users WHERE coalesce(users.comment, '') NOT LIKE 'Stand-in of Supabase Auth %') AS real,
       ARRAY(SELECT m.name FROM missing AS m ORDER BY m.rank, m.number, m.name)::text[] AS missing,
       current_database()::text AS database,
       current_user::text AS role
