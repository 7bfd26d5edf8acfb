-- Constraints of tables and domains. NOT NULL is told by its column, a constraint trigger by triggers.sql, and what a
-- partition has from its parent by the parent.
SELECT CASE WHEN k.conrelid <> 0 THEN 'r' || k.conrelid ELSE 't' || k.contypid END AS key,
       quote_ident(k.conname) AS name,
       CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'x' THEN 'exclude'
                      WHEN 'c' THEN 'check' ELSE 'foreign key' END AS kind,
       pg_catalog.pg_get_constraintdef(k.oid) AS definition,
       d.description AS comment
  FROM pg_catalog.pg_constraint AS k
  JOIN pg_catalog.pg_namespace AS n ON n.oid = k.connamespace
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_constraint'::regclass AND d.objoid = k.oid AND d.objsubid = 0
 WHERE k.contype IN ('p', 'u', 'x', 'c', 'f')
   AND k.conparentid = 0
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema';
