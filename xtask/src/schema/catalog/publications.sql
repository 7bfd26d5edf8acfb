-- Publications, with column lists, row filters and whole schemas, which came with PostgreSQL 15; generated
-- columns came with 18, and to_jsonb knows whether there is such a setting.
SELECT 'p' || p.oid AS key,
       json_build_object(
           'name', quote_ident(p.pubname),
           'operations', concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                                         CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
           'via_root', p.pubviaroot,
           'generated', coalesce(to_jsonb(p) ->> 'pubgencols' = 's', false),
           'members', CASE WHEN p.puballtables THEN json_build_array('all tables') ELSE (
               SELECT coalesce(json_agg(member), '[]') FROM (
                   SELECT concat_ws(' ', 'table ' || m.prrelid::regclass,
                              '(' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
                                        FROM pg_catalog.pg_attribute AS a
                                       WHERE a.attrelid = m.prrelid AND a.attnum = ANY (m.prattrs)) || ')',
                              'where ' || pg_catalog.pg_get_expr(m.prqual, m.prrelid))
                     FROM pg_catalog.pg_publication_rel AS m WHERE m.prpubid = p.oid
                   UNION ALL
                   SELECT 'tables in schema ' || quote_ident(n.nspname)
                     FROM pg_catalog.pg_publication_namespace AS m
                     JOIN pg_catalog.pg_namespace AS n ON n.oid = m.pnnspid
                    WHERE m.pnpubid = p.oid) AS members (member)) END,
           'comment', d.description
       ) AS object
  FROM pg_catalog.pg_publication AS p
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_publication'::regclass AND d.objoid = p.oid AND d.objsubid = 0;
