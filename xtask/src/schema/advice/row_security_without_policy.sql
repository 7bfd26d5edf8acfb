-- Nobody but the owner and those who bypass row level security sees a row; rarely what was meant.
SELECT r.schema, r.name, r.object,
       'row level security is on, and without a policy nobody it binds sees or writes a row'
  FROM relation AS r
 WHERE r.kind IN ('r', 'p')
   AND r.row_security
   AND NOT EXISTS (SELECT FROM policy AS p WHERE p.polrelid = r.oid);
