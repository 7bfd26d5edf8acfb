-- Two indexes of one definition: the one to drop, and the one that does its work. A primary key stays before another constraint, that before
-- a unique index, that before a plain one; of two equals the first by name. That one is the beginning of another is no rule: which of the
-- two is quicker depends on the data.
SELECT DISTINCT ON (spare.oid) spare.schema, spare.name, spare.object,
       format('does nothing that %s%s doesn''t do', kept.object,
              CASE WHEN kept.constraint_name IS NULL THEN '' ELSE format(' (of the constraint %I)', kept.constraint_name) END)
  FROM index AS spare
  JOIN index AS kept ON kept.relation = spare.relation AND kept.definition = spare.definition
 WHERE spare.is_valid
   AND kept.is_valid
   AND NOT spare.is_partition
   AND NOT spare.is_exclusion
   AND (NOT spare.is_unique OR (kept.is_unique AND kept.promise IS NOT DISTINCT FROM spare.promise))
   AND (kept.rank, kept.index_name) < (spare.rank, spare.index_name)
 ORDER BY spare.oid, kept.rank, kept.index_name;
