-- The columns of relations.sql; what equals the default of the column's type is null. How an identity column counts is told by
-- sequences.sql.
--
-- A server of 17.12 was seen to put an option pg_attver on every column: a number that grows with each change of the table, that
-- SET and RESET do not touch and no documentation names. No migration can make it and it differs from run to run, so it stays out;
-- every other option stays in.
--
-- A default knows no columns, so it is written without its table: to know a table, the server first reads all that it has.
SELECT c.oid AS key,
       a.attnum AS number,
       a.atttypid AS type_oid,
       quote_ident(a.attname) AS name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END AS collation,
       a.attnotnull AS not_null,
       CASE a.attgenerated WHEN '' THEN pg_catalog.pg_get_expr(e.adbin, 0) END AS default,
       CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(e.adbin, e.adrelid) END AS generated,
       CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END AS generated_kind,
       CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
       CASE WHEN a.attstorage <> t.typstorage
            THEN CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END END AS storage,
       CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,
       nullif(a.attstattarget, -1) AS statistics,
       CASE WHEN a.attoptions[2] IS NOT NULL OR a.attoptions[1] NOT LIKE 'pg\_attver=%' OR a.attfdwoptions IS NOT NULL
            THEN to_json(coalesce((SELECT array_agg(o) FROM unnest(a.attoptions) AS o WHERE o NOT LIKE 'pg\_attver=%'), '{}')
                         || ARRAY(SELECT quote_ident(o.option_name) || ' ' || quote_literal(o.option_value)
                                    FROM pg_catalog.pg_options_to_table(a.attfdwoptions) AS o)) END AS options,
       d.description AS comment
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef AS e ON e.adrelid = c.oid AND e.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid >= 16384 AND d.objoid = c.oid AND d.objsubid = a.attnum
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema';
