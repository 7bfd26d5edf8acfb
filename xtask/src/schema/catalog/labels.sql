-- Security labels, which extensions such as anonymisers read.
SELECT 'q' || l.objoid AS key,
       json_build_object(
           'kind', 'security label',
           'name', 'on ' || i.type || ' ' || i.identity || ' for ' || quote_ident(l.provider),
           'lines', ARRAY[quote_literal(l.label)]
       ) AS object
  FROM pg_catalog.pg_seclabel AS l, LATERAL pg_catalog.pg_identify_object(l.classoid, l.objoid, l.objsubid) AS i
 WHERE i.identity IS NOT NULL;
