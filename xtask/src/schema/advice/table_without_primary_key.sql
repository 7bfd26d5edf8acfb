-- Nothing names one row of it: logical replication, ORMs and people have to guess. A partition's key is its parent's.
SELECT r.schema, r.name, r.object, 'has no primary key'
  FROM relation AS r
 WHERE r.kind IN ('r', 'p')
   AND NOT r.is_partition
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = r.oid AND k.contype = 'p');
