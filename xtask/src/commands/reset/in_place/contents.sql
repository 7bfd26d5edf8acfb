-- Everything that a new database would not have: what it is for people, the statement that removes it, and whether the connected role may run
-- that statement. What belongs to an extension, or goes with something else, is left to that.
--
-- Whoever owns a schema may drop what is in it (https://www.postgresql.org/docs/current/sql-droptable.html), so that of schemas other than
-- public, which stays, only the schema itself is told. $1 are the extensions that must be gone for the migrations to make them.
WITH made (classid, objid, owner) AS (
    SELECT 'pg_catalog.pg_namespace'::regclass, n.oid, n.nspowner
      FROM pg_catalog.pg_namespace AS n
     WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public')
    UNION ALL
    SELECT 'pg_catalog.pg_extension'::regclass, e.oid, e.extowner FROM pg_catalog.pg_extension AS e
    UNION ALL
    SELECT 'pg_catalog.pg_publication'::regclass, p.oid, p.pubowner FROM pg_catalog.pg_publication AS p
    UNION ALL
    SELECT 'pg_catalog.pg_event_trigger'::regclass, t.oid, t.evtowner FROM pg_catalog.pg_event_trigger AS t
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass, w.oid, w.fdwowner FROM pg_catalog.pg_foreign_data_wrapper AS w
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::regclass, s.oid, s.srvowner FROM pg_catalog.pg_foreign_server AS s
    UNION ALL
    SELECT 'pg_catalog.pg_language'::regclass, l.oid, l.lanowner FROM pg_catalog.pg_language AS l
    UNION ALL
    -- One of them is enough.
    SELECT 'pg_catalog.pg_cast'::regclass, c.oid, CASE WHEN pg_catalog.pg_has_role(s.typowner, 'USAGE') THEN s.typowner ELSE t.typowner END
      FROM pg_catalog.pg_cast AS c
      JOIN pg_catalog.pg_type AS s ON s.oid = c.castsource
      JOIN pg_catalog.pg_type AS t ON t.oid = c.casttarget
    UNION ALL
    SELECT 'pg_catalog.pg_transform'::regclass, f.oid, t.typowner
      FROM pg_catalog.pg_transform AS f
      JOIN pg_catalog.pg_type AS t ON t.oid = f.trftype
    UNION ALL
    -- Nobody owns an access method: it is a superuser's.
    SELECT 'pg_catalog.pg_am'::regclass, a.oid, 10 FROM pg_catalog.pg_am AS a
),
in_public (classid, objid, owner) AS (
    SELECT 'pg_catalog.pg_class'::regclass, oid, relowner
      FROM pg_catalog.pg_class
     -- The mark says what the database is, and that is not changed.
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relname <> 'schema_mark'
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, oid, typowner FROM pg_catalog.pg_type WHERE typnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::regclass, oid, proowner FROM pg_catalog.pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_operator'::regclass, oid, oprowner FROM pg_catalog.pg_operator WHERE oprnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_opclass'::regclass, oid, opcowner FROM pg_catalog.pg_opclass WHERE opcnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_opfamily'::regclass, oid, opfowner FROM pg_catalog.pg_opfamily WHERE opfnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_collation'::regclass, oid, collowner FROM pg_catalog.pg_collation WHERE collnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_conversion'::regclass, oid, conowner FROM pg_catalog.pg_conversion WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::regclass, oid, stxowner FROM pg_catalog.pg_statistic_ext WHERE stxnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_ts_config'::regclass, oid, cfgowner FROM pg_catalog.pg_ts_config WHERE cfgnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_ts_dict'::regclass, oid, dictowner FROM pg_catalog.pg_ts_dict WHERE dictnamespace = 'public'::regnamespace
    UNION ALL
    -- Nor does anybody own these.
    SELECT 'pg_catalog.pg_ts_parser'::regclass, oid, 10 FROM pg_catalog.pg_ts_parser WHERE prsnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_ts_template'::regclass, oid, 10 FROM pg_catalog.pg_ts_template WHERE tmplnamespace = 'public'::regnamespace
),
dropped AS (
    SELECT it.type, it.identity, every.owner, every.objid,
           every.classid = 'pg_catalog.pg_extension'::regclass AS is_extension,
           pg_catalog.pg_has_role(every.owner, 'USAGE') OR every.owner_of_schema AS may
      FROM (SELECT *, false AS owner_of_schema FROM made
            UNION ALL
            SELECT *, pg_catalog.pg_has_role((SELECT nspowner FROM pg_catalog.pg_namespace WHERE nspname = 'public'), 'USAGE')
              FROM in_public) AS every
     CROSS JOIN LATERAL pg_catalog.pg_identify_object(every.classid, every.objid, 0) AS it
     -- Lower ones are initdb's (https://www.postgresql.org/docs/current/system-catalog-initial-data.html#SYSTEM-CATALOG-OID-ASSIGNMENT).
     WHERE every.objid >= 16384
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                        WHERE d.classid = every.classid AND d.objid = every.objid AND d.objsubid = 0 AND d.deptype IN ('i', 'e', 'a'))
),
items (rank, shown, statement, may) AS (
    SELECT CASE WHEN type = 'event trigger' THEN 1 ELSE 2 END,
           type || ' ' || identity || ', which belongs to ' || quote_ident(pg_catalog.pg_get_userbyid(owner)),
           CASE type
               WHEN 'function' THEN 'DROP ROUTINE IF EXISTS '
               WHEN 'procedure' THEN 'DROP ROUTINE IF EXISTS '
               WHEN 'aggregate' THEN 'DROP ROUTINE IF EXISTS '
               WHEN 'statistics object' THEN 'DROP STATISTICS IF EXISTS '
               WHEN 'foreign-data wrapper' THEN 'DROP FOREIGN DATA WRAPPER IF EXISTS '
               ELSE 'DROP ' || upper(type) || ' IF EXISTS '
           END || identity || ' CASCADE',
           may
      FROM dropped
     -- An extension of an administrator stays, as one that was there before the first migration, unless its schema goes.
     WHERE may OR NOT is_extension
        OR EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.oid = objid AND e.extname = ANY ($1))
        OR EXISTS (SELECT FROM pg_catalog.pg_extension AS e
                     JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
                    WHERE e.oid = objid AND e.extnamespace IN (SELECT other.objid FROM dropped AS other WHERE other.type = 'schema'))
    UNION ALL
    SELECT 2, 'large object ' || oid || ', which belongs to ' || quote_ident(pg_catalog.pg_get_userbyid(lomowner)),
           format('SELECT pg_catalog.lo_unlink(%s)', oid), pg_catalog.pg_has_role(lomowner, 'USAGE')
      FROM pg_catalog.pg_largeobject_metadata
    UNION ALL
    -- It may hold a slot on another server, which no transaction can give up.
    SELECT 2, 'subscription ' || quote_ident(subname) || ', which no transaction can drop', '', false
      FROM pg_catalog.pg_subscription
     WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    UNION ALL
    SELECT 3, 'default privileges of ' || quote_ident(pg_catalog.pg_get_userbyid(d.defaclrole)) || ' on ' || lower(kind.name) || coalesce(' in schema ' || quote_ident(n.nspname), ''),
           concat_ws('; ',
               (SELECT pg_catalog.string_agg(DISTINCT format('ALTER DEFAULT PRIVILEGES FOR ROLE %s%s REVOKE ALL ON %s FROM %s',
                           quote_ident(pg_catalog.pg_get_userbyid(d.defaclrole)), ' IN SCHEMA ' || quote_ident(n.nspname), kind.name,
                           CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END), '; ')
                  FROM pg_catalog.aclexplode(d.defaclacl) AS x),
               -- Without a schema, the privileges are in the place of those that there are without them.
               (SELECT pg_catalog.string_agg(DISTINCT format('ALTER DEFAULT PRIVILEGES FOR ROLE %s GRANT ALL ON %s TO %s',
                           quote_ident(pg_catalog.pg_get_userbyid(d.defaclrole)), kind.name,
                           CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END), '; ')
                  FROM pg_catalog.aclexplode(pg_catalog.acldefault(kind.letter, d.defaclrole)) AS x
                 WHERE d.defaclnamespace = 0)),
           pg_catalog.pg_has_role(d.defaclrole, 'USAGE')
      FROM pg_catalog.pg_default_acl AS d
      LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
      JOIN (VALUES ('r'::"char", 'TABLES', 'r'::"char"), ('S', 'SEQUENCES', 's'), ('f', 'FUNCTIONS', 'f'), ('T', 'TYPES', 'T'),
                   ('n', 'SCHEMAS', 'n'), ('L', 'LARGE OBJECTS', 'L')) AS kind (type, name, letter) ON kind.type = d.defaclobjtype
     WHERE d.defaclnamespace = 0 OR n.nspname = 'public'
)
SELECT shown, statement, may
  FROM items
 ORDER BY rank, shown
