-- Indexes that no constraint made; those of partitions follow from the parent's.
SELECT 'r' || i.indrelid AS key,
       quote_ident(c.relname) AS name,
       i.indrelid::regclass::text AS table,
       pg_catalog.pg_get_indexdef(i.indexrelid) AS definition,
       i.indisvalid AND i.indisready AS valid,
       i.indisclustered AS clustered,
       d.description AS comment
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
