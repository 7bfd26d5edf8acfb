-- Policies that nobody is held to.
SELECT r.schema, r.name, r.object,
       format('has %s that nobody is held to: row level security is off',
              CASE count(*) WHEN 1 THEN 'a policy' ELSE count(*) || ' policies' END)
  FROM relation AS r
  JOIN policy AS p ON p.polrelid = r.oid
 WHERE NOT r.row_security
 GROUP BY r.schema, r.name, r.object;
