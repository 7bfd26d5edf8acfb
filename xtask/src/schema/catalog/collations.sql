-- Collations and conversions. The locale of ICU has moved from column to column (collcollate, 15: colliculocale, 17: colllocale), and a
-- column that a version lacks is asked for through JSON. The version of a collation is its library's and stays out.
SELECT 'z' || c.oid AS key,
       json_build_object(
           'kind', 'collation',
           'schema', quote_ident(n.nspname),
           'name', quote_ident(c.collname),
           'lines', array_remove(ARRAY[
               'provider ' || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
               CASE WHEN c.collprovider <> 'c' OR c.collcollate = c.collctype
                    THEN 'locale ' || coalesce(j.it ->> 'colllocale', j.it ->> 'colliculocale', c.collcollate) END,
               CASE WHEN c.collprovider = 'c' AND c.collcollate <> c.collctype THEN 'lc_collate ' || c.collcollate END,
               CASE WHEN c.collprovider = 'c' AND c.collcollate <> c.collctype THEN 'lc_ctype ' || c.collctype END,
               'rules ' || (j.it ->> 'collicurules'),
               CASE WHEN NOT c.collisdeterministic THEN 'not deterministic' END], NULL),
           'comment', pg_catalog.obj_description(c.oid, 'pg_collation')
       ) AS object
  FROM pg_catalog.pg_collation AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace,
       LATERAL to_jsonb(c) AS j (it)
 WHERE c.oid >= 16384
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_collation'::regclass AND m.objid = c.oid AND m.deptype = 'e')
UNION ALL
SELECT 'z' || c.oid,
       json_build_object(
           'kind', 'conversion',
           'schema', quote_ident(n.nspname),
           'name', quote_ident(c.conname),
           'lines', array_remove(ARRAY[
               'from ' || pg_catalog.pg_encoding_to_char(c.conforencoding) || ' to ' || pg_catalog.pg_encoding_to_char(c.contoencoding),
               'function ' || c.conproc,
               CASE WHEN c.condefault THEN 'default' END], NULL),
           'comment', pg_catalog.obj_description(c.oid, 'pg_conversion'))
  FROM pg_catalog.pg_conversion AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.connamespace
 WHERE c.oid >= 16384
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_conversion'::regclass AND m.objid = c.oid AND m.deptype = 'e');
