-- Sequences. That of an identity column says which column's it is.
SELECT c.oid AS key,
       quote_ident(n.nspname) AS schema,
       quote_ident(c.relname) AS name,
       c.relpersistence = 'u' AS unlogged,
       pg_catalog.format_type(q.seqtypid, NULL) AS type,
       q.seqstart AS start,
       q.seqincrement AS increment,
       q.seqmin AS minimum,
       q.seqmax AS maximum,
       q.seqcache AS cache,
       q.seqcycle AS cycle,
       CASE o.deptype WHEN 'a' THEN o.refobjid::regclass || '.' || (
           SELECT quote_ident(a.attname) FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = o.refobjid AND a.attnum = o.refobjsubid) END AS owned_by,
       CASE o.deptype WHEN 'i' THEN o.refobjid END AS identity_of,
       CASE o.deptype WHEN 'i' THEN o.refobjsubid END AS identity_column,
       d.description AS comment
  FROM pg_catalog.pg_sequence AS q
  JOIN pg_catalog.pg_class AS c ON c.oid = q.seqrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_depend AS o
         ON o.classid = 'pg_catalog.pg_class'::regclass AND o.objid = q.seqrelid AND o.objsubid = 0
        AND o.refclassid = 'pg_catalog.pg_class'::regclass AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i')
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid >= 16384 AND d.objoid = c.oid AND d.objsubid = 0
 WHERE n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND c.oid NOT IN (SELECT m.objid FROM pg_catalog.pg_depend AS m
                      WHERE m.refclassid = 'pg_catalog.pg_extension'::regclass AND m.classid = 'pg_catalog.pg_class'::regclass AND m.deptype = 'e');
