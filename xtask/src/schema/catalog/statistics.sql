-- Extended statistics, below their table.
SELECT s.stxrelid AS key,
       json_build_object(
           'name', quote_ident(sn.nspname) || '.' || quote_ident(s.stxname),
           'definition', pg_catalog.pg_get_statisticsobjdef(s.oid),
           'comment', d.description
       ) AS object
  FROM pg_catalog.pg_statistic_ext AS s
  JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.stxnamespace
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_statistic_ext'::regclass AND d.objoid = s.oid AND d.objsubid = 0
 WHERE sn.nspname !~ '^pg_'
   AND sn.nspname <> 'information_schema';
