-- Schema public as initdb made it, where it is the connected role's: its privileges are kept in pg_init_privs
-- (https://www.postgresql.org/docs/current/catalog-pg-init-privs.html).
DO $restore$
DECLARE
    public_oid CONSTANT oid := (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'public');
    wanted record;
BEGIN
    IF NOT pg_catalog.pg_has_role((SELECT nspowner FROM pg_catalog.pg_namespace WHERE oid = public_oid), 'USAGE') THEN
        RETURN;
    END IF;
    COMMENT ON SCHEMA public IS 'standard public schema';
    FOR wanted IN
        WITH now AS (
            SELECT x.grantee, x.privilege_type, x.is_grantable
              FROM pg_catalog.pg_namespace AS n, pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) AS x
             WHERE n.oid = public_oid
        ),
        made AS (
            SELECT x.grantee, x.privilege_type, x.is_grantable
              FROM pg_catalog.pg_init_privs AS i, pg_catalog.aclexplode(i.initprivs) AS x
             WHERE i.classoid = 'pg_catalog.pg_namespace'::regclass AND i.objoid = public_oid AND i.objsubid = 0
        ),
        changed AS (
            SELECT grantee FROM (TABLE now EXCEPT TABLE made) AS added
            UNION
            SELECT grantee FROM (TABLE made EXCEPT TABLE now) AS removed
        )
        SELECT CASE WHEN c.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_catalog.pg_get_userbyid(c.grantee)) END AS name,
               (SELECT pg_catalog.string_agg(i.privilege_type, ', ') FROM made AS i WHERE i.grantee = c.grantee) AS privileges
          FROM changed AS c
    LOOP
        EXECUTE format('REVOKE ALL ON SCHEMA public FROM %s CASCADE', wanted.name);
        IF wanted.privileges IS NOT NULL THEN
            EXECUTE format('GRANT %s ON SCHEMA public TO %s', wanted.privileges, wanted.name);
        END IF;
    END LOOP;
END
$restore$;
