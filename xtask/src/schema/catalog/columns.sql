-- The columns of relations.sql, in their order; what equals the default of the column's type is null.
--
-- A server of 17.12 was seen to put an option pg_attver on every column: a number that grows with each change of the table, that
-- SET and RESET do not touch and no documentation names. No migration can make it and it differs from run to run, so it stays out;
-- every other option stays in.
SELECT 'r' || c.oid AS key,
       json_build_object(
           'name', quote_ident(a.attname),
           'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
           'collation', CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
           'not_null', a.attnotnull,
           'default', CASE a.attgenerated WHEN '' THEN pg_catalog.pg_get_expr(e.adbin, e.adrelid) END,
           'generated', CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(e.adbin, e.adrelid) END,
           'generated_kind', CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END,
           'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
           'identity_sequence', CASE WHEN q.seqrelid IS NOT NULL THEN json_build_object(
               'type', pg_catalog.format_type(q.seqtypid, NULL),
               'start', q.seqstart, 'increment', q.seqincrement, 'minimum', q.seqmin, 'maximum', q.seqmax,
               'cache', q.seqcache, 'cycle', q.seqcycle) END,
           'storage', CASE WHEN a.attstorage <> t.typstorage
                           THEN CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END END,
           'compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
           'statistics', nullif(a.attstattarget, -1),
           'options', coalesce((SELECT array_agg(o) FROM unnest(a.attoptions) AS o WHERE o NOT LIKE 'pg\_attver=%'), '{}')
               || coalesce(a.attfdwoptions, '{}'),
           'comment', d.description
       ) AS object
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef AS e ON e.adrelid = c.oid AND e.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_depend AS o
         ON a.attidentity <> ''
        AND o.refclassid = 'pg_catalog.pg_class'::regclass AND o.refobjid = c.oid AND o.refobjsubid = a.attnum
        AND o.classid = 'pg_catalog.pg_class'::regclass AND o.deptype = 'i'
  LEFT JOIN pg_catalog.pg_sequence AS q ON q.seqrelid = o.objid
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = a.attnum
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
 ORDER BY c.oid, a.attnum;
