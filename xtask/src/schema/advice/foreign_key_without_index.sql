-- Deleting or changing the row that is referred to looks for those that refer to it, by all columns of the key. An index serves that whose
-- first columns are those, in any order; a partial one if it leaves out nothing but NULLs of them, which are never looked for.
-- GiST counts for the sake of exclusion constraints; block ranges and inverted indexes don't find single rows quickly.
SELECT r.schema, r.name, format('%s.%I', r.object, f.conname),
       format('no index begins with (%s)', (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.place)
                                               FROM unnest(f.conkey) WITH ORDINALITY AS k (number, place)
                                               JOIN pg_catalog.pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = k.number))
  FROM pg_catalog.pg_constraint AS f
  JOIN relation AS r ON r.oid = f.conrelid
 WHERE f.contype = 'f'
   AND f.conparentid = 0
   AND NOT EXISTS (
       SELECT FROM index AS i
        WHERE i.relation = f.conrelid
          AND i.is_valid
          AND i.method IN ('btree', 'hash', 'gist')
          AND i.key_count >= cardinality(f.conkey)
          AND (i.columns)[0:cardinality(f.conkey) - 1] @> f.conkey
          AND (i.predicate IS NULL
               OR (i.predicate !~ '\{(?!NULLTEST |VAR |BOOLEXPR )' AND i.predicate !~ ':boolop (or|not)' AND i.predicate !~ ':nulltesttype 0'
                   AND NOT EXISTS (SELECT FROM regexp_matches(i.predicate, ':varattno (-?\d+)', 'g') AS v WHERE v[1]::int2 <> ALL (f.conkey)))));
