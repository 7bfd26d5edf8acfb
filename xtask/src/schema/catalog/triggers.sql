-- Triggers that people made; those that a partition has from its parent follow from the parent's.
SELECT 'r' || t.tgrelid AS key,
       json_build_object(
           'name', quote_ident(t.tgname),
           'table', t.tgrelid::regclass::text,
           'definition', pg_catalog.pg_get_triggerdef(t.oid),
           'state', CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica only' WHEN 'A' THEN 'always' END,
           'comment', d.description
       ) AS object
  FROM pg_catalog.pg_trigger AS t
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_trigger'::regclass AND d.objoid = t.oid AND d.objsubid = 0
 WHERE NOT t.tgisinternal
   AND t.tgparentid = 0;
