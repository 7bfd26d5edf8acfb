-- Sequences, without those of identity columns, which columns.sql tells of.
SELECT 'r' || c.oid AS key,
       json_build_object(
           'schema', quote_ident(n.nspname),
           'name', quote_ident(c.relname),
           'unlogged', c.relpersistence = 'u',
           'options', json_build_object(
               'type', pg_catalog.format_type(q.seqtypid, NULL),
               'start', q.seqstart, 'increment', q.seqincrement, 'minimum', q.seqmin, 'maximum', q.seqmax,
               'cache', q.seqcache, 'cycle', q.seqcycle),
           'owned_by', o.refobjid::regclass || '.' || quote_ident(a.attname),
           'comment', d.description
       ) AS object
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_sequence AS q ON q.seqrelid = c.oid
  LEFT JOIN pg_catalog.pg_depend AS o
         ON o.classid = 'pg_catalog.pg_class'::regclass AND o.objid = c.oid AND o.objsubid = 0
        AND o.refclassid = 'pg_catalog.pg_class'::regclass AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i')
  LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
 WHERE n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND o.deptype IS DISTINCT FROM 'i'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_class'::regclass AND m.objid = c.oid AND m.deptype = 'e');
