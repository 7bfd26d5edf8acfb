SELECT attribute.attname::text AS name,
       coalesce(array_position(key.conkey, attribute.attnum), 0) AS key_position,
       attribute.attgenerated <> '' AS is_generated,
       pg_get_serial_sequence($1, attribute.attname) AS sequence
FROM pg_catalog.pg_attribute AS attribute
LEFT JOIN pg_catalog.pg_constraint AS key ON key.conrelid = attribute.attrelid AND key.contype = 'p'
WHERE attribute.attrelid = to_regclass($1)
  AND attribute.attnum > 0
  AND NOT attribute.attisdropped
ORDER BY attribute.attnum
