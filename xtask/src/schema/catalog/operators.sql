-- Operators, operator families with all that is in them, and operator classes. A shell, which an operator that names it makes, is
-- none yet.
SELECT 'o' || o.oid AS key,
       json_build_object(
           'kind', 'operator',
           'schema', quote_ident(n.nspname),
           'name', o.oprname || '(' || concat_ws(', ', CASE WHEN o.oprleft <> 0 THEN pg_catalog.format_type(o.oprleft, NULL) END,
                                                 pg_catalog.format_type(o.oprright, NULL)) || ')',
           'lines', array_remove(ARRAY[
               'returns ' || pg_catalog.format_type(o.oprresult, NULL),
               'function ' || o.oprcode,
               'commutator ' || nullif(o.oprcom, 0)::regoperator,
               'negator ' || nullif(o.oprnegate, 0)::regoperator,
               'restrict ' || nullif(o.oprrest::oid, 0)::regproc,
               'join ' || nullif(o.oprjoin::oid, 0)::regproc,
               CASE WHEN o.oprcanhash THEN 'hashes' END,
               CASE WHEN o.oprcanmerge THEN 'merges' END], NULL),
           'comment', pg_catalog.obj_description(o.oid, 'pg_operator')
       ) AS object
  FROM pg_catalog.pg_operator AS o
  JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
 WHERE o.oid >= 16384
   AND o.oprcode <> 0
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_operator'::regclass AND m.objid = o.oid AND m.deptype = 'e')
UNION ALL
SELECT 'y' || f.oid,
       json_build_object(
           'kind', 'operator family',
           'schema', quote_ident(n.nspname),
           'name', quote_ident(f.opfname) || ' using ' || quote_ident(a.amname),
           'lines', ARRAY(
               SELECT 'operator ' || p.amopstrategy || ' ' || p.amopopr::regoperator || coalesce(
                          ' for order by ' || (SELECT quote_ident(sn.nspname) || '.' || quote_ident(s.opfname)
                                                 FROM pg_catalog.pg_opfamily AS s JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.opfnamespace
                                                WHERE s.oid = p.amopsortfamily), '')
                 FROM pg_catalog.pg_amop AS p WHERE p.amopfamily = f.oid
                ORDER BY p.amopstrategy, p.amopopr::regoperator::text COLLATE "C")
             || ARRAY(
               SELECT 'function ' || p.amprocnum || ' (' || pg_catalog.format_type(p.amproclefttype, NULL) || ', '
                          || pg_catalog.format_type(p.amprocrighttype, NULL) || ') ' || p.amproc::oid::regprocedure
                 FROM pg_catalog.pg_amproc AS p WHERE p.amprocfamily = f.oid
                ORDER BY p.amprocnum, pg_catalog.format_type(p.amproclefttype, NULL) COLLATE "C", pg_catalog.format_type(p.amprocrighttype, NULL) COLLATE "C"),
           'comment', pg_catalog.obj_description(f.oid, 'pg_opfamily'))
  FROM pg_catalog.pg_opfamily AS f
  JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace
  JOIN pg_catalog.pg_am AS a ON a.oid = f.opfmethod
 WHERE f.oid >= 16384
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_opfamily'::regclass AND m.objid = f.oid AND m.deptype = 'e')
UNION ALL
SELECT 'k' || c.oid,
       json_build_object(
           'kind', 'operator class',
           'schema', quote_ident(n.nspname),
           'name', quote_ident(c.opcname) || ' using ' || quote_ident(a.amname),
           'lines', array_remove(ARRAY[
               'for type ' || pg_catalog.format_type(c.opcintype, NULL),
               CASE WHEN c.opcdefault THEN 'default' END,
               'family ' || quote_ident(fn.nspname) || '.' || quote_ident(f.opfname),
               'storage ' || CASE WHEN c.opckeytype NOT IN (0, c.opcintype) THEN pg_catalog.format_type(c.opckeytype, NULL) END], NULL),
           'comment', pg_catalog.obj_description(c.oid, 'pg_opclass'))
  FROM pg_catalog.pg_opclass AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.opcnamespace
  JOIN pg_catalog.pg_am AS a ON a.oid = c.opcmethod
  JOIN pg_catalog.pg_opfamily AS f ON f.oid = c.opcfamily
  JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.opfnamespace
 WHERE c.oid >= 16384
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_opclass'::regclass AND m.objid = c.oid AND m.deptype = 'e');
