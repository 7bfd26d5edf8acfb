SELECT attribute.attname::text
FROM pg_catalog.pg_constraint AS constraint_
CROSS JOIN LATERAL unnest(constraint_.conkey) WITH ORDINALITY AS key (number, position)
JOIN pg_catalog.pg_attribute AS attribute
  ON attribute.attrelid = constraint_.conrelid AND attribute.attnum = key.number
WHERE constraint_.conrelid = to_regclass($1)
  AND constraint_.contype = 'p'
ORDER BY key.position
