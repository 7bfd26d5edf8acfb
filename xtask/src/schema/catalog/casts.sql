-- Casts, transforms, procedural languages and access methods that people made. They live in no schema. Oids from 16384 on are those
-- of objects that initdb did not make. The cast from a range to its multirange comes with the range.
SELECT 'c' || c.oid AS key,
       json_build_object(
           'kind', 'cast',
           'name', '(' || pg_catalog.format_type(c.castsource, NULL) || ' AS ' || pg_catalog.format_type(c.casttarget, NULL) || ')',
           'lines', array_remove(ARRAY[
               CASE c.castmethod WHEN 'f' THEN 'function ' || c.castfunc::regprocedure WHEN 'i' THEN 'by input and output' ELSE 'without function' END,
               CASE c.castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'in assignments' END], NULL),
           'comment', pg_catalog.obj_description(c.oid, 'pg_cast')
       ) AS object
  FROM pg_catalog.pg_cast AS c
 WHERE c.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_cast'::regclass AND m.objid = c.oid AND m.deptype IN ('e', 'i'))
UNION ALL
SELECT 'o' || t.oid,
       json_build_object(
           'kind', 'transform',
           'name', 'for ' || pg_catalog.format_type(t.trftype, NULL) || ' language ' || quote_ident(l.lanname),
           'lines', array_remove(ARRAY[
               'from sql ' || nullif(t.trffromsql, 0)::regprocedure,
               'to sql ' || nullif(t.trftosql, 0)::regprocedure], NULL),
           'comment', pg_catalog.obj_description(t.oid, 'pg_transform'))
  FROM pg_catalog.pg_transform AS t
  JOIN pg_catalog.pg_language AS l ON l.oid = t.trflang
 WHERE t.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_transform'::regclass AND m.objid = t.oid AND m.deptype = 'e')
UNION ALL
SELECT 'l' || l.oid,
       json_build_object(
           'kind', 'language',
           'name', quote_ident(l.lanname),
           'lines', array_remove(ARRAY[
               CASE WHEN l.lanpltrusted THEN 'trusted' END,
               'handler ' || nullif(l.lanplcallfoid, 0)::regprocedure,
               'inline ' || nullif(l.laninline, 0)::regprocedure,
               'validator ' || nullif(l.lanvalidator, 0)::regprocedure], NULL),
           'comment', pg_catalog.obj_description(l.oid, 'pg_language'))
  FROM pg_catalog.pg_language AS l
 WHERE l.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_language'::regclass AND m.objid = l.oid AND m.deptype = 'e')
UNION ALL
SELECT 'a' || a.oid,
       json_build_object(
           'kind', 'access method',
           'name', quote_ident(a.amname),
           'lines', ARRAY['for ' || CASE a.amtype WHEN 't' THEN 'tables' ELSE 'indexes' END, 'handler ' || a.amhandler::oid::regprocedure],
           'comment', pg_catalog.obj_description(a.oid, 'pg_am'))
  FROM pg_catalog.pg_am AS a
 WHERE a.oid >= 16384
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_am'::regclass AND m.objid = a.oid AND m.deptype = 'e');
