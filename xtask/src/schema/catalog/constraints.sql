-- Constraints of tables and domains. NOT NULL is told by its column, a constraint trigger by triggers.sql, and what a
-- partition has from its parent by the parent. The server writes the definition of those that are not plain; of the others, primary
-- and foreign keys, it gives what plain.rs writes it from.
--
-- confdelsetcols came with PostgreSQL 15, conperiod with 18: where there is none, its name means the column of before_18.
SELECT CASE WHEN k.conrelid <> 0 THEN k.conrelid::text ELSE 't' || k.contypid END AS key,
       quote_ident(k.conname) AS name,
       CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'x' THEN 'exclude'
                      WHEN 'c' THEN 'check' ELSE 'foreign key' END AS kind,
       CASE WHEN p.plain IS NOT TRUE THEN pg_catalog.pg_get_constraintdef(k.oid) END AS definition,
       CASE WHEN p.plain THEN array_to_string(k.conkey, ' ') END AS columns,
       CASE WHEN p.plain AND k.contype = 'f' THEN k.confrelid END AS referenced,
       CASE WHEN p.plain AND k.contype = 'f' THEN k.confrelid::regclass END AS referenced_name,
       CASE WHEN p.plain AND k.contype = 'f' THEN array_to_string(k.confkey, ' ') END AS referenced_columns,
       nullif(nullif(k.confupdtype, ' '), 'a') AS on_update,
       nullif(nullif(k.confdeltype, ' '), 'a') AS on_delete,
       d.description AS comment
  FROM (VALUES (NULL::smallint[], false)) AS before_18 (confdelsetcols, conperiod),
       LATERAL (SELECT oid, conname, connamespace, contype, condeferrable, convalidated, conrelid, contypid, conindid, conparentid, confrelid,
                       confupdtype, confdeltype, confmatchtype, conkey, confkey, confdelsetcols, conperiod
                  FROM pg_catalog.pg_constraint) AS k
  JOIN pg_catalog.pg_namespace AS n ON n.oid = k.connamespace
  LEFT JOIN pg_catalog.pg_index AS i ON k.contype = 'p' AND i.indexrelid = k.conindid
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_constraint'::regclass AND d.objoid >= 16384 AND d.objoid = k.oid AND d.objsubid = 0,
       LATERAL (SELECT k.convalidated AND NOT k.condeferrable AND NOT k.conperiod
                   AND (k.contype = 'p' AND i.indnatts = i.indnkeyatts
                        OR k.contype = 'f' AND k.confrelid >= 16384 AND k.confmatchtype = 's' AND k.confdelsetcols IS NULL)) AS p (plain)
 WHERE k.contype IN ('p', 'u', 'x', 'c', 'f')
   AND k.conparentid = 0
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema';
