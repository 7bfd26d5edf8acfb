-- Text search parsers, templates, dictionaries and configurations.
SELECT 'z' || p.oid AS key,
       json_build_object(
           'kind', 'text search parser',
           'schema', quote_ident(n.nspname),
           'name', quote_ident(p.prsname),
           'lines', array_remove(ARRAY['start ' || p.prsstart, 'gettoken ' || p.prstoken, 'end ' || p.prsend,
               'headline ' || nullif(p.prsheadline::oid, 0)::regproc, 'lextypes ' || p.prslextype], NULL),
           'comment', pg_catalog.obj_description(p.oid, 'pg_ts_parser')
       ) AS object
  FROM pg_catalog.pg_ts_parser AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.prsnamespace
 WHERE p.oid >= 16384
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_ts_parser'::regclass AND m.objid = p.oid AND m.deptype = 'e')
UNION ALL
SELECT 'z' || t.oid,
       json_build_object(
           'kind', 'text search template',
           'schema', quote_ident(n.nspname),
           'name', quote_ident(t.tmplname),
           'lines', array_remove(ARRAY['init ' || nullif(t.tmplinit::oid, 0)::regproc, 'lexize ' || t.tmpllexize], NULL),
           'comment', pg_catalog.obj_description(t.oid, 'pg_ts_template'))
  FROM pg_catalog.pg_ts_template AS t
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.tmplnamespace
 WHERE t.oid >= 16384
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_ts_template'::regclass AND m.objid = t.oid AND m.deptype = 'e')
UNION ALL
SELECT 'z' || d.oid,
       json_build_object(
           'kind', 'text search dictionary',
           'schema', quote_ident(n.nspname),
           'name', quote_ident(d.dictname),
           'lines', array_remove(ARRAY['template ' || quote_ident(tn.nspname) || '.' || quote_ident(t.tmplname), d.dictinitoption], NULL),
           'comment', pg_catalog.obj_description(d.oid, 'pg_ts_dict'))
  FROM pg_catalog.pg_ts_dict AS d
  JOIN pg_catalog.pg_namespace AS n ON n.oid = d.dictnamespace
  JOIN pg_catalog.pg_ts_template AS t ON t.oid = d.dicttemplate
  JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.tmplnamespace
 WHERE d.oid >= 16384
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_ts_dict'::regclass AND m.objid = d.oid AND m.deptype = 'e')
UNION ALL
SELECT 'z' || c.oid,
       json_build_object(
           'kind', 'text search configuration',
           'schema', quote_ident(n.nspname),
           'name', quote_ident(c.cfgname),
           'lines', ARRAY['parser ' || quote_ident(pn.nspname) || '.' || quote_ident(p.prsname)] || ARRAY(
               SELECT (SELECT token.alias FROM pg_catalog.ts_token_type(c.cfgparser) AS token WHERE token.tokid = m.maptokentype)
                          || ' with ' || string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno)
                 FROM pg_catalog.pg_ts_config_map AS m
                WHERE m.mapcfg = c.oid
                GROUP BY m.maptokentype
                ORDER BY m.maptokentype),
           'comment', pg_catalog.obj_description(c.oid, 'pg_ts_config'))
  FROM pg_catalog.pg_ts_config AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace
  JOIN pg_catalog.pg_ts_parser AS p ON p.oid = c.cfgparser
  JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.prsnamespace
 WHERE c.oid >= 16384
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_ts_config'::regclass AND m.objid = c.oid AND m.deptype = 'e');
