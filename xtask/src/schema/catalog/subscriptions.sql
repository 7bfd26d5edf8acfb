-- Subscriptions of this database, never how they connect: only columns that every version has and everybody may read.
SELECT 'b' || s.oid AS key,
       json_build_object(
           'kind', 'subscription',
           'name', quote_ident(s.subname),
           'lines', array_remove(ARRAY[
               'to ' || (SELECT string_agg(quote_ident(p), ', ' ORDER BY p COLLATE "C") FROM unnest(s.subpublications) AS p),
               CASE WHEN NOT s.subenabled THEN 'disabled' END,
               CASE WHEN s.subbinary THEN 'binary' END,
               CASE s.substream::text WHEN 't' THEN 'streaming' WHEN 'true' THEN 'streaming' WHEN 'p' THEN 'streaming parallel' END,
               'slot ' || quote_ident(s.subslotname),
               'synchronous commit ' || nullif(s.subsynccommit, 'off')], NULL),
           'comment', pg_catalog.obj_description(s.oid, 'pg_subscription')
       ) AS object
  FROM pg_catalog.pg_subscription AS s
  JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
 WHERE d.datname = current_database();
