-- Functions, procedures and aggregates; pg_get_functiondef does not know aggregates.
SELECT 'f' || p.oid AS key,
       json_build_object(
           'schema', quote_ident(n.nspname),
           'name', quote_ident(p.proname),
           'kind', CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
           'arguments', pg_catalog.pg_get_function_arguments(p.oid),
           'identity', pg_catalog.oidvectortypes(p.proargtypes),
           'definition', CASE WHEN a.aggfnoid IS NULL THEN pg_catalog.pg_get_functiondef(p.oid) ELSE concat_ws(E'\n',
               'RETURNS ' || pg_catalog.pg_get_function_result(p.oid),
               'SFUNC = ' || a.aggtransfn::regproc,
               'STYPE = ' || pg_catalog.format_type(a.aggtranstype, NULL),
               'SSPACE = ' || nullif(a.aggtransspace, 0),
               'FINALFUNC = ' || nullif(a.aggfinalfn, 0)::regproc,
               CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
               CASE WHEN a.aggfinalmodify <> CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END
                    THEN 'FINALFUNC_MODIFY = ' || CASE a.aggfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
               'COMBINEFUNC = ' || nullif(a.aggcombinefn, 0)::regproc,
               'SERIALFUNC = ' || nullif(a.aggserialfn, 0)::regproc,
               'DESERIALFUNC = ' || nullif(a.aggdeserialfn, 0)::regproc,
               'INITCOND = ' || quote_literal(a.agginitval),
               'MSFUNC = ' || nullif(a.aggmtransfn, 0)::regproc,
               'MINVFUNC = ' || nullif(a.aggminvtransfn, 0)::regproc,
               CASE WHEN a.aggmtranstype <> 0 THEN 'MSTYPE = ' || pg_catalog.format_type(a.aggmtranstype, NULL) END,
               'MSSPACE = ' || nullif(a.aggmtransspace, 0),
               'MFINALFUNC = ' || nullif(a.aggmfinalfn, 0)::regproc,
               CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
               CASE WHEN a.aggmfinalmodify <> CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END
                    THEN 'MFINALFUNC_MODIFY = ' || CASE a.aggmfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
               'MINITCOND = ' || quote_literal(a.aggminitval),
               'SORTOP = ' || nullif(a.aggsortop, 0)::regoperator,
               CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END,
               CASE p.proparallel WHEN 's' THEN 'PARALLEL = SAFE' WHEN 'r' THEN 'PARALLEL = RESTRICTED' END) END,
           'comment', d.description
       ) AS object
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  LEFT JOIN pg_catalog.pg_aggregate AS a ON a.aggfnoid = p.oid
  LEFT JOIN pg_catalog.pg_description AS d
         ON d.classoid = 'pg_catalog.pg_proc'::regclass AND d.objoid >= 16384 AND d.objoid = p.oid AND d.objsubid = 0
 WHERE p.oid >= 16384
   AND n.nspname !~ '^pg_'
   AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS m
                    WHERE m.classid = 'pg_catalog.pg_proc'::regclass AND m.objid = p.oid AND m.deptype IN ('e', 'i'));
