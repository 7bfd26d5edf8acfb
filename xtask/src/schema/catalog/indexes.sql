-- Indexes that no constraint made; those of partitions follow from the parent's. The server writes the definition of those that are
-- not plain; of the others it gives what plain.rs writes it from.
--
-- indnullsnotdistinct came with PostgreSQL 15: on 14 its name means the column of before_15.
SELECT i.indrelid AS key,
       i.indexrelid AS oid,
       quote_ident(c.relname) AS name,
       CASE WHEN NOT p.plain THEN pg_catalog.pg_get_indexdef(i.indexrelid) END AS definition,
       i.indisunique AS unique,
       c.relkind = 'I' AS partitioned,
       i.indkey AS columns,
       i.indnkeyatts AS keys,
       i.indclass AS classes,
       i.indcollation AS collations,
       i.indoption AS orders,
       i.indnullsnotdistinct AS nulls_not_distinct,
       CASE WHEN p.plain THEN pg_catalog.pg_get_expr(i.indpred, i.indrelid) END AS predicate,
       i.indisvalid AND i.indisready AS valid,
       i.indisclustered AS clustered,
       d.description AS comment
  FROM (VALUES (false)) AS before_15 (indnullsnotdistinct),
       LATERAL (SELECT indexrelid, indrelid, indisunique, indkey, indnkeyatts, indclass, indcollation, indoption, indexprs, indpred,
                       indnullsnotdistinct, indisvalid, indisready, indisclustered
                  FROM pg_catalog.pg_index) AS i
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid >= 16384 AND d.objoid = c.oid AND d.objsubid = 0,
       LATERAL (SELECT i.indexprs IS NULL AND c.reloptions IS NULL AND i.indclass::oid[] <@ ARRAY(
                           SELECT o.oid
                             FROM pg_catalog.pg_opclass AS o
                             JOIN pg_catalog.pg_type AS t ON t.oid = o.opcintype
                            WHERE o.opcmethod = 403 AND o.opcdefault AND o.oid < 16384 AND t.typtype <> 'p')) AS p (plain)
 WHERE NOT c.relispartition
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k
                    WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x'));
