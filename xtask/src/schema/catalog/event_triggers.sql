-- Event triggers.
SELECT 'v' || t.oid AS key,
       json_build_object(
           'name', quote_ident(t.evtname),
           'event', t.evtevent,
           'tags', coalesce(t.evttags, '{}'),
           'function', t.evtfoid::regprocedure::text,
           'state', CASE t.evtenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica only' WHEN 'A' THEN 'always' END,
           'comment', d.description
       ) AS object
  FROM pg_catalog.pg_event_trigger AS t
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_event_trigger'::regclass AND d.objoid = t.oid AND d.objsubid = 0
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_event_trigger'::regclass AND m.objid = t.oid AND m.deptype = 'e');
