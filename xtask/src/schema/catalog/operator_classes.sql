-- The classes that a B-tree takes by default, with the type that each is for; not those for many types, such as arrays. plain.rs needs
-- them.
SELECT o.oid AS key, o.opcintype AS type_oid
  FROM pg_catalog.pg_opclass AS o
  JOIN pg_catalog.pg_type AS t ON t.oid = o.opcintype
 WHERE o.opcmethod = 403 AND o.opcdefault AND t.typtype <> 'p';
