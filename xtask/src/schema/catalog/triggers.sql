-- Triggers that people made; those that a partition has from its parent follow from the parent's.
SELECT t.tgrelid AS key,
       quote_ident(t.tgname) AS name,
       pg_catalog.pg_get_triggerdef(t.oid) AS definition,
       CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica only' WHEN 'A' THEN 'always' END AS state,
       d.description AS comment
  FROM pg_catalog.pg_trigger AS t
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_trigger'::regclass AND d.objoid >= 16384 AND d.objoid = t.oid AND d.objsubid = 0
 WHERE NOT t.tgisinternal
   AND t.tgparentid = 0;
