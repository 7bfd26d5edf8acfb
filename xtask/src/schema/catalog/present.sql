-- Which of the queries that most databases have no use for are worth asking, each by its name: to plan them takes longer than to see that
-- there is nothing to find. To say true in vain costs a little time, to say false in vain an object that is not told of.
SELECT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql') AS extensions,
       EXISTS (SELECT FROM pg_catalog.pg_type WHERE typtype IN ('e', 'd', 'r') AND oid >= 16384)
           OR EXISTS (SELECT FROM pg_catalog.pg_class WHERE relkind = 'c' AND oid >= 16384) AS types,
       EXISTS (SELECT FROM pg_catalog.pg_statistic_ext) AS statistics,
       EXISTS (SELECT FROM pg_catalog.pg_rewrite WHERE rulename <> '_RETURN' AND oid >= 16384) AS rules,
       EXISTS (SELECT FROM pg_catalog.pg_policy) AS policies,
       EXISTS (SELECT FROM pg_catalog.pg_default_acl) AS default_privileges,
       EXISTS (SELECT FROM pg_catalog.pg_publication) AS publications,
       EXISTS (SELECT FROM pg_catalog.pg_event_trigger) AS event_triggers,
       EXISTS (SELECT FROM pg_catalog.pg_cast WHERE oid >= 16384)
           OR EXISTS (SELECT FROM pg_catalog.pg_transform WHERE oid >= 16384)
           OR EXISTS (SELECT FROM pg_catalog.pg_language WHERE oid >= 16384)
           OR EXISTS (SELECT FROM pg_catalog.pg_am WHERE oid >= 16384) AS casts,
       EXISTS (SELECT FROM pg_catalog.pg_operator WHERE oid >= 16384)
           OR EXISTS (SELECT FROM pg_catalog.pg_opfamily WHERE oid >= 16384)
           OR EXISTS (SELECT FROM pg_catalog.pg_opclass WHERE oid >= 16384) AS operators,
       EXISTS (SELECT FROM pg_catalog.pg_ts_parser WHERE oid >= 16384)
           OR EXISTS (SELECT FROM pg_catalog.pg_ts_template WHERE oid >= 16384)
           OR EXISTS (SELECT FROM pg_catalog.pg_ts_dict WHERE oid >= 16384)
           OR EXISTS (SELECT FROM pg_catalog.pg_ts_config WHERE oid >= 16384) AS text_search,
       EXISTS (SELECT FROM pg_catalog.pg_collation WHERE oid >= 16384)
           OR EXISTS (SELECT FROM pg_catalog.pg_conversion WHERE oid >= 16384) AS collations,
       EXISTS (SELECT FROM pg_catalog.pg_foreign_data_wrapper) AS foreign,
       EXISTS (SELECT FROM pg_catalog.pg_subscription) AS subscriptions,
       EXISTS (SELECT FROM pg_catalog.pg_seclabel) AS labels,
       EXISTS (SELECT FROM pg_catalog.pg_extension WHERE oid >= 16384)
           OR EXISTS (SELECT FROM pg_catalog.pg_language WHERE lanacl IS NOT NULL) AS extension_grants;
