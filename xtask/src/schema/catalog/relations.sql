-- Tables, views, materialized views and foreign tables, without what hangs below them.
SELECT c.oid AS key,
       quote_ident(n.nspname) AS schema,
       quote_ident(c.relname) AS name,
       CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind,
       c.relpersistence = 'u' AS unlogged,
       CASE c.relkind WHEN 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS partition_key,
       pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS partition_bound,
       CASE WHEN c.oid IN (SELECT inhrelid FROM pg_catalog.pg_inherits) THEN (
           SELECT json_agg(i.inhparent::regclass::text ORDER BY i.inhseqno)
             FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid) END AS parents,
       CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END AS of_type,
       nullif(a.amname, 'heap') AS access_method,
       CASE WHEN c.reloptions IS NOT NULL OR toast.reloptions IS NOT NULL
            THEN to_json(coalesce(c.reloptions, '{}') || ARRAY(SELECT 'toast.' || o FROM unnest(toast.reloptions) AS o)) END AS options,
       CASE WHEN c.relrowsecurity AND c.relforcerowsecurity THEN 'enabled, forced'
            WHEN c.relrowsecurity THEN 'enabled'
            WHEN c.relforcerowsecurity THEN 'disabled, forced' END AS row_security,
       CASE WHEN c.relkind NOT IN ('r', 'p') THEN NULL
            WHEN c.relreplident = 'n' THEN 'nothing'
            WHEN c.relreplident = 'f' THEN 'full'
            WHEN c.relreplident = 'i' THEN 'index ' || coalesce(
                (SELECT quote_ident(ic.relname)
                   FROM pg_catalog.pg_index AS ri
                   JOIN pg_catalog.pg_class AS ic ON ic.oid = ri.indexrelid
                  WHERE ri.indrelid = c.oid AND ri.indisreplident), '(dropped)') END AS replica_identity,
       quote_ident(s.srvname) AS server,
       CASE WHEN f.ftoptions IS NOT NULL
            THEN to_json(ARRAY(SELECT quote_ident(o.option_name) || ' ' || quote_literal(o.option_value)
                                 FROM pg_catalog.pg_options_to_table(f.ftoptions) AS o)) END AS server_options,
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END AS definition,
       d.description AS comment
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_am AS a ON a.oid = c.relam
  LEFT JOIN pg_catalog.pg_class AS toast ON toast.oid = c.reltoastrelid AND toast.reloptions IS NOT NULL
  LEFT JOIN pg_catalog.pg_foreign_table AS f ON f.ftrelid = c.oid
  LEFT JOIN pg_catalog.pg_foreign_server AS s ON s.oid = f.ftserver
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid >= 16384 AND d.objoid = c.oid AND d.objsubid = 0
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND c.oid NOT IN (SELECT m.objid FROM pg_catalog.pg_depend AS m
                      WHERE m.refclassid = 'pg_catalog.pg_extension'::regclass AND m.classid = 'pg_catalog.pg_class'::regclass AND m.deptype = 'e');
