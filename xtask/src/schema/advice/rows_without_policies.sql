-- What row level security can't be switched on for.
SELECT r.schema, r.name, r.object,
       format('%s: no policy can choose its rows, and %s may read them all',
              CASE r.kind WHEN 'm' THEN 'a materialized view' ELSE 'a foreign table' END, e.roles)
  FROM relation AS r
  JOIN reached AS e ON e.relation = r.oid AND e.is_read
 WHERE r.kind IN ('m', 'f');
