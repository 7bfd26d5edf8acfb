-- A view reads with the rights of its owner, past the policies and grants of whoever asks. It matters where tables with row level
-- security are beneath it, directly or by way of other views, and where a bound role reads it.
SELECT v.schema, v.name, v.object,
       'reads with the rights of its owner'
           || coalesce(', past the row level security of ' || string_agg(DISTINCT t.object, ', ' ORDER BY t.object), '')
           || coalesce(', for ' || e.roles, '')
  FROM relation AS v
  LEFT JOIN reached AS e ON e.relation = v.oid AND e.is_read
  LEFT JOIN (SELECT b.view, r.oid, r.object
               FROM (WITH RECURSIVE beneath (view, relation) AS (
                         SELECT oid, oid FROM relation WHERE kind = 'v'
                         UNION
                         SELECT n.view, d.refobjid
                           FROM beneath AS n
                           JOIN pg_catalog.pg_class AS c ON c.oid = n.relation AND c.relkind = 'v'
                           JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = c.oid AND w.rulename = '_RETURN'
                           JOIN pg_catalog.pg_depend AS d
                             ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid
                            AND d.refclassid = 'pg_catalog.pg_class'::regclass
                     )
                     SELECT * FROM beneath) AS b
               JOIN relation AS r ON r.oid = b.relation AND r.row_security) AS t ON t.view = v.oid
 WHERE v.kind = 'v'
   AND NOT EXISTS (SELECT FROM pg_options_to_table(v.options) AS o
                    WHERE o.option_name = 'security_invoker' AND o.option_value::boolean)
 GROUP BY v.schema, v.name, v.object, e.roles
HAVING e.roles IS NOT NULL OR count(t.oid) > 0;
