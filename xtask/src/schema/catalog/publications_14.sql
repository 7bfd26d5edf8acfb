-- Publications of PostgreSQL 14: whole tables only.
SELECT 'p' || p.oid AS key,
       json_build_object(
           'name', quote_ident(p.pubname),
           'operations', concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                                         CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
           'via_root', p.pubviaroot,
           'generated', false,
           'members', CASE WHEN p.puballtables THEN json_build_array('all tables') ELSE (
               SELECT coalesce(json_agg('table ' || m.prrelid::regclass), '[]')
                 FROM pg_catalog.pg_publication_rel AS m WHERE m.prpubid = p.oid) END,
           'comment', d.description
       ) AS object
  FROM pg_catalog.pg_publication AS p
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_publication'::regclass AND d.objoid = p.oid AND d.objsubid = 0;
