-- Indexes that no constraint made; those of partitions follow from the parent's.
SELECT 'r' || i.indrelid AS key,
       json_build_object(
           'name', quote_ident(c.relname),
           'table', i.indrelid::regclass::text,
           'definition', pg_catalog.pg_get_indexdef(i.indexrelid),
           'valid', i.indisvalid AND i.indisready,
           'clustered', i.indisclustered,
           'comment', d.description
       ) AS object
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
 WHERE NOT c.relispartition
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k
                    WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x'));
