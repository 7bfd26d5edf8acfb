-- What a CREATE INDEX CONCURRENTLY that failed has left, or a partitioned index that lacks a partition. One that is being built is none.
SELECT i.schema, i.name, i.object,
       format('is INVALID: it answers no query on %s, and each write keeps it up to date', i.table_object)
  FROM index AS i
 WHERE NOT i.is_valid
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index AS b WHERE b.index_relid = i.oid);
