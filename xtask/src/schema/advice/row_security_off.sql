-- A table whose rows a bound role may touch, and nothing chooses which. Where it has policies, policies-while-off tells of it.
SELECT r.schema, r.name, r.object,
       format('row level security is off: every row is open to %s (%s)', e.roles, e.privileges)
  FROM relation AS r
  JOIN reached AS e ON e.relation = r.oid
 WHERE r.kind IN ('r', 'p')
   AND NOT r.row_security
   AND NOT EXISTS (SELECT FROM policy AS p WHERE p.polrelid = r.oid);
