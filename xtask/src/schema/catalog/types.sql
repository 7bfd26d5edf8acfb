-- Enums, domains, composite types and ranges; not the types that a table, an array or a multirange brings along.
SELECT 't' || t.oid AS key,
       json_build_object(
           'schema', quote_ident(n.nspname),
           'name', quote_ident(t.typname),
           'kind', CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite' ELSE 'range' END,
           'labels', coalesce((SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)
                                 FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid), '[]'),
           'attributes', coalesce((
               SELECT json_agg(json_build_object(
                          'name', quote_ident(a.attname),
                          'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
                          'collation', CASE WHEN a.attcollation <> at.typcollation THEN a.attcollation::regcollation::text END,
                          'comment', ad.description) ORDER BY a.attnum)
                 FROM pg_catalog.pg_attribute AS a
                 JOIN pg_catalog.pg_type AS at ON at.oid = a.atttypid
                 LEFT JOIN pg_catalog.pg_description AS ad
                        ON ad.classoid = 'pg_catalog.pg_class'::regclass AND ad.objoid = a.attrelid AND ad.objsubid = a.attnum
                WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '[]'),
           'definition', CASE t.typtype
               WHEN 'd' THEN concat_ws(' ',
                   pg_catalog.format_type(t.typbasetype, t.typtypmod),
                   CASE WHEN t.typcollation <> b.typcollation THEN 'collate ' || t.typcollation::regcollation END,
                   CASE WHEN t.typnotnull THEN 'not null' END,
                   'default ' || pg_catalog.pg_get_expr(t.typdefaultbin, 0))
               WHEN 'r' THEN concat_ws(', ',
                   'subtype = ' || pg_catalog.format_type(r.rngsubtype, NULL),
                   CASE WHEN NOT o.opcdefault THEN 'subtype_opclass = ' || quote_ident(oc.nspname) || '.' || quote_ident(o.opcname) END,
                   CASE WHEN r.rngcollation <> rs.typcollation THEN 'collation = ' || r.rngcollation::regcollation END,
                   'canonical = ' || nullif(r.rngcanonical, 0)::regproc,
                   'subtype_diff = ' || nullif(r.rngsubdiff, 0)::regproc,
                   'multirange_type_name = ' || pg_catalog.format_type(r.rngmultitypid, NULL))
               END,
           'comment', d.description
       ) AS object
  FROM pg_catalog.pg_type AS t
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid AND c.relkind = 'c'
  LEFT JOIN pg_catalog.pg_type AS b ON b.oid = t.typbasetype
  LEFT JOIN pg_catalog.pg_range AS r ON r.rngtypid = t.oid
  LEFT JOIN pg_catalog.pg_type AS rs ON rs.oid = r.rngsubtype
  LEFT JOIN pg_catalog.pg_opclass AS o ON o.oid = r.rngsubopc
  LEFT JOIN pg_catalog.pg_namespace AS oc ON oc.oid = o.opcnamespace
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_type'::regclass AND d.objoid >= 16384 AND d.objoid = t.oid AND d.objsubid = 0
 WHERE (t.typtype IN ('e', 'd', 'r') OR c.oid IS NOT NULL)
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND t.oid NOT IN (SELECT m.objid FROM pg_catalog.pg_depend AS m
                      WHERE m.refclassid = 'pg_catalog.pg_extension'::regclass AND m.classid = 'pg_catalog.pg_type'::regclass AND m.deptype = 'e');
