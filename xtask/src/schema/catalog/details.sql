-- What is rarely said of an object that another query tells of: `of` says of which part of it. An index that a constraint made is told
-- with the constraint.
SELECT i.indrelid::text AS key,
       json_build_object('of', 'constraint', 'name', quote_ident(k.conname), 'text', x.detail) AS object
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_constraint AS k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid >= 16384 AND d.objoid = c.oid AND d.objsubid = 0,
       LATERAL (VALUES ('with ' || array_to_string(c.reloptions, ', ')),
                       (CASE WHEN i.indisclustered THEN 'clustered' END),
                       (CASE WHEN NOT (i.indisvalid AND i.indisready) THEN 'INVALID' END),
                       ('comment on its index ' || quote_literal(d.description))) AS x (detail)
 WHERE (c.reloptions IS NOT NULL OR i.indisclustered OR NOT i.indisvalid OR NOT i.indisready OR d.description IS NOT NULL)
   AND x.detail IS NOT NULL
   AND k.conparentid = 0
UNION ALL
SELECT i.indrelid::text,
       json_build_object('of', 'index', 'name', quote_ident(c.relname), 'text', 'statistics of column ' || a.attnum || ' ' || a.attstattarget)
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
 WHERE a.attstattarget >= 0
   AND i.indexprs IS NOT NULL
   AND c.oid >= 16384
UNION ALL
SELECT s.stxrelid::text,
       json_build_object('of', 'statistics', 'name', quote_ident(n.nspname) || '.' || quote_ident(s.stxname), 'text', 'target ' || s.stxstattarget)
  FROM pg_catalog.pg_statistic_ext AS s
  JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
 WHERE s.stxstattarget >= 0
UNION ALL
SELECT t.tgrelid::text,
       json_build_object('of', 'itself', 'name', '', 'text', 'trigger ' || quote_ident(t.tgname) || ' of its parent is '
           || CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica only' WHEN 'A' THEN 'always' ELSE 'enabled' END)
  FROM pg_catalog.pg_trigger AS t
  JOIN pg_catalog.pg_trigger AS parent ON parent.oid = t.tgparentid
 WHERE t.tgparentid <> 0
   AND t.tgenabled <> parent.tgenabled
   AND t.tgconstrrelid = 0
UNION ALL
SELECT CASE d.classid WHEN 'pg_catalog.pg_proc'::regclass THEN 'f' || d.objid
                      WHEN 'pg_catalog.pg_trigger'::regclass THEN t.tgrelid::text
                      ELSE coalesce(i.indrelid, d.objid)::text END,
       json_build_object(
           'of', CASE WHEN t.oid IS NOT NULL THEN 'trigger' WHEN i.indexrelid IS NOT NULL THEN 'index' ELSE 'itself' END,
           'name', coalesce(quote_ident(t.tgname), quote_ident(c.relname), ''),
           'text', 'depends on extension ' || quote_ident(e.extname))
  FROM pg_catalog.pg_depend AS d
  JOIN pg_catalog.pg_extension AS e ON d.refclassid = 'pg_catalog.pg_extension'::regclass AND e.oid = d.refobjid
  LEFT JOIN pg_catalog.pg_trigger AS t ON d.classid = 'pg_catalog.pg_trigger'::regclass AND t.oid = d.objid
  LEFT JOIN pg_catalog.pg_index AS i ON d.classid = 'pg_catalog.pg_class'::regclass AND i.indexrelid = d.objid
  LEFT JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
 WHERE d.deptype = 'x'
UNION ALL
SELECT CASE WHEN k.conrelid <> 0 THEN k.conrelid::text ELSE 't' || k.contypid END,
       json_build_object('of', 'itself', 'name', '', 'text', concat_ws(' ', 'not null', quote_ident(a.attname), x.detail))
  FROM pg_catalog.pg_constraint AS k
  LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1],
       LATERAL (VALUES (CASE WHEN k.connoinherit THEN 'no inherit' END),
                       (CASE WHEN NOT k.convalidated THEN 'not valid' END),
                       ('comment ' || quote_literal(pg_catalog.obj_description(k.oid, 'pg_constraint')))) AS x (detail)
 WHERE k.contype = 'n'
   AND x.detail IS NOT NULL;
