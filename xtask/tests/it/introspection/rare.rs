//! Facets of what few products make: operators, text search, foreign servers and their like; and those that only newer versions know.

use super::Facet;

const ROLE: &str = "CREATE ROLE facet_reader; CREATE TABLE t (id integer, note text)";
const KEY: &str = "CREATE TABLE t (id integer PRIMARY KEY)";
const FUNCTION: &str = "CREATE FUNCTION f() RETURNS SETOF integer LANGUAGE sql AS 'SELECT 1'";
const CAST: &str = "CREATE TYPE c AS (a integer); CREATE CAST (c AS text) WITH INOUT";
const OPERATOR: &str = "CREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq)";
const LANGUAGE: &str = "CREATE TRUSTED LANGUAGE l HANDLER plpgsql_call_handler";
const DICTIONARY: &str = "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)";
const CONFIGURATION: &str = "CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)";
const SERVER: &str = "CREATE ROLE facet_reader; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'a', api_key 'x')";
const MAPPING: &str = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR public SERVER s OPTIONS (password 'x')";
const SUBSCRIPTION: &str =
    "CREATE SUBSCRIPTION s CONNECTION 'host=nowhere password=hidden' PUBLICATION p WITH (connect = false)";
const PARTITION_TRIGGER: &str = "CREATE TABLE t (id integer) PARTITION BY LIST (id); CREATE TABLE p PARTITION OF t DEFAULT;
    CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; CREATE TRIGGER g AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tf()";
const DEPENDING: &str = "CREATE EXTENSION citext; CREATE TABLE t (id integer); CREATE INDEX i ON t (id); CREATE MATERIALIZED VIEW m AS SELECT id FROM t;
    CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tf()";
const AGGREGATE: &str = "CREATE AGGREGATE s(integer) (SFUNC = int4pl, STYPE = integer, MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = integer)";

/// As [`FACETS`](super::FACETS).
#[rustfmt::skip]
pub const RARE: &[Facet] = &[
    // Casts, operators and their families
    ("a cast", "CREATE TYPE c AS (a integer)", "CREATE CAST (c AS text) WITH INOUT", "DROP CAST (c AS text)"),
    ("where a cast is made unasked", CAST, "DROP CAST (c AS text); CREATE CAST (c AS text) WITH INOUT AS IMPLICIT", "DROP CAST (c AS text); CREATE CAST (c AS text) WITH INOUT"),
    ("a cast's comment", CAST, "COMMENT ON CAST (c AS text) IS 'why'", "COMMENT ON CAST (c AS text) IS NULL"),
    ("an operator", "", OPERATOR, "DROP OPERATOR === (integer, integer)"),
    ("an operator's estimate", OPERATOR, "ALTER OPERATOR === (integer, integer) SET (RESTRICT = eqsel)", "ALTER OPERATOR === (integer, integer) SET (RESTRICT = NONE)"),
    ("an operator's negator", OPERATOR, "DROP OPERATOR === (integer, integer); CREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq, NEGATOR = OPERATOR(public.!==))", "DROP OPERATOR === (integer, integer); DROP OPERATOR !== (integer, integer); CREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq)"),
    ("an operator in front", OPERATOR, "CREATE OPERATOR === (RIGHTARG = integer, FUNCTION = int4up)", "DROP OPERATOR === (none, integer)"),
    ("an operator's comment", OPERATOR, "COMMENT ON OPERATOR === (integer, integer) IS 'why'", "COMMENT ON OPERATOR === (integer, integer) IS NULL"),
    ("an operator family", "", "CREATE OPERATOR FAMILY y USING btree", "DROP OPERATOR FAMILY y USING btree"),
    ("what is in an operator family", "CREATE OPERATOR FAMILY y USING btree", "ALTER OPERATOR FAMILY y USING btree ADD OPERATOR 1 < (integer, integer), FUNCTION 1 btint4cmp(integer, integer)", "ALTER OPERATOR FAMILY y USING btree DROP OPERATOR 1 (integer, integer), FUNCTION 1 (integer, integer)"),
    ("an operator class", "CREATE OPERATOR FAMILY y USING hash", "CREATE OPERATOR CLASS k FOR TYPE integer USING hash FAMILY y AS STORAGE integer", "DROP OPERATOR CLASS k USING hash"),
    ("an operator class's comment", "CREATE OPERATOR CLASS k FOR TYPE integer USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(integer)", "COMMENT ON OPERATOR CLASS k USING hash IS 'why'", "COMMENT ON OPERATOR CLASS k USING hash IS NULL"),
    // Text search, collations, conversions
    ("a text search configuration", "", CONFIGURATION, "DROP TEXT SEARCH CONFIGURATION c"),
    ("where a configuration looks words up", CONFIGURATION, "ALTER TEXT SEARCH CONFIGURATION c ALTER MAPPING FOR word WITH english_stem, simple", "ALTER TEXT SEARCH CONFIGURATION c ALTER MAPPING FOR word WITH simple"),
    ("a configuration's comment", CONFIGURATION, "COMMENT ON TEXT SEARCH CONFIGURATION c IS 'why'", "COMMENT ON TEXT SEARCH CONFIGURATION c IS NULL"),
    ("a text search dictionary", "", DICTIONARY, "DROP TEXT SEARCH DICTIONARY d"),
    ("a dictionary's option", DICTIONARY, "ALTER TEXT SEARCH DICTIONARY d (accept = false)", "ALTER TEXT SEARCH DICTIONARY d (accept)"),
    ("a text search template", "", "CREATE TEXT SEARCH TEMPLATE x (LEXIZE = dsimple_lexize)", "DROP TEXT SEARCH TEMPLATE x"),
    ("a text search parser", "", "CREATE TEXT SEARCH PARSER x (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)", "DROP TEXT SEARCH PARSER x"),
    ("a collation", "", "CREATE COLLATION c (LOCALE = 'C')", "DROP COLLATION c"),
    ("a collation that holds different texts for equal", "CREATE COLLATION c (PROVIDER = icu, LOCALE = 'und')", "DROP COLLATION c; CREATE COLLATION c (PROVIDER = icu, LOCALE = 'und', DETERMINISTIC = false)", "DROP COLLATION c; CREATE COLLATION c (PROVIDER = icu, LOCALE = 'und')"),
    ("a collation's locale", "CREATE COLLATION c (PROVIDER = icu, LOCALE = 'und')", "DROP COLLATION c; CREATE COLLATION c (PROVIDER = icu, LOCALE = 'de')", "DROP COLLATION c; CREATE COLLATION c (PROVIDER = icu, LOCALE = 'und')"),
    ("a conversion", "", "CREATE CONVERSION c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8", "DROP CONVERSION c"),
    // Languages and access methods
    ("a language", "", LANGUAGE, "DROP LANGUAGE l"),
    ("a language that is not trusted", LANGUAGE, "CREATE OR REPLACE LANGUAGE l HANDLER plpgsql_call_handler", "CREATE OR REPLACE TRUSTED LANGUAGE l HANDLER plpgsql_call_handler"),
    ("everybody's right to a language", LANGUAGE, "REVOKE USAGE ON LANGUAGE l FROM public", "GRANT USAGE ON LANGUAGE l TO public"),
    ("a transform", LANGUAGE, "CREATE TRANSFORM FOR integer LANGUAGE l (FROM SQL WITH FUNCTION prsd_lextype(internal))", "DROP TRANSFORM FOR integer LANGUAGE l"),
    ("an access method", "", "CREATE ACCESS METHOD a TYPE TABLE HANDLER heap_tableam_handler", "DROP ACCESS METHOD a"),
    ("a table's access method", "CREATE ACCESS METHOD a TYPE TABLE HANDLER heap_tableam_handler; CREATE TABLE t ()", "DROP TABLE t; CREATE TABLE t () USING a", "DROP TABLE t; CREATE TABLE t ()"),
    // Foreign data and replication
    ("a foreign data wrapper", "", "CREATE FOREIGN DATA WRAPPER w", "DROP FOREIGN DATA WRAPPER w"),
    ("a wrapper's option", SERVER, "ALTER FOREIGN DATA WRAPPER w OPTIONS (debug 'true')", "ALTER FOREIGN DATA WRAPPER w OPTIONS (DROP debug)"),
    ("a grant on a wrapper", SERVER, "GRANT USAGE ON FOREIGN DATA WRAPPER w TO facet_reader", "REVOKE USAGE ON FOREIGN DATA WRAPPER w FROM facet_reader"),
    ("a server", "CREATE FOREIGN DATA WRAPPER w", "CREATE SERVER s TYPE 'x' VERSION '1' FOREIGN DATA WRAPPER w", "DROP SERVER s"),
    ("a server's option", SERVER, "ALTER SERVER s OPTIONS (SET host 'b')", "ALTER SERVER s OPTIONS (SET host 'a')"),
    ("a grant on a server", SERVER, "GRANT USAGE ON FOREIGN SERVER s TO facet_reader WITH GRANT OPTION", "REVOKE USAGE ON FOREIGN SERVER s FROM facet_reader"),
    ("a server's comment", SERVER, "COMMENT ON SERVER s IS 'why'", "COMMENT ON SERVER s IS NULL"),
    ("a user mapping", SERVER, "CREATE USER MAPPING FOR facet_reader SERVER s", "DROP USER MAPPING FOR facet_reader SERVER s"),
    ("a user mapping's option", MAPPING, "ALTER USER MAPPING FOR public SERVER s OPTIONS (ADD login 'x')", "ALTER USER MAPPING FOR public SERVER s OPTIONS (DROP login)"),
    ("a subscription", "", SUBSCRIPTION, "ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s"),
    ("a subscription's publications", SUBSCRIPTION, "ALTER SUBSCRIPTION s SET PUBLICATION p, q WITH (refresh = false)", "ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false)"),
    ("a subscription's format", SUBSCRIPTION, "ALTER SUBSCRIPTION s SET (binary = true)", "ALTER SUBSCRIPTION s SET (binary = false)"),
    // What people do to objects of extensions, and labels
    ("a grant on what belongs to an extension", "CREATE ROLE facet_reader; CREATE EXTENSION citext", "GRANT EXECUTE ON FUNCTION citext_eq(citext, citext) TO facet_reader", "REVOKE EXECUTE ON FUNCTION citext_eq(citext, citext) FROM facet_reader"),
    ("everybody's right to what belongs to an extension", "CREATE EXTENSION citext", "REVOKE EXECUTE ON FUNCTION citext_eq(citext, citext) FROM public", "GRANT EXECUTE ON FUNCTION citext_eq(citext, citext) TO public"),
    ("an extension's comment", "CREATE EXTENSION citext", "COMMENT ON EXTENSION citext IS 'why'", "COMMENT ON EXTENSION citext IS 'data type for case-insensitive character strings'"),
    ("a security label", "CREATE TABLE t (); SET LOCAL allow_system_table_mods = on", "INSERT INTO pg_catalog.pg_seclabel VALUES ('t'::regclass, 'pg_class'::regclass, 0, 'anon', 'MASKED')", "DELETE FROM pg_catalog.pg_seclabel"),
    ("what an index depends on", DEPENDING, "ALTER INDEX i DEPENDS ON EXTENSION citext", "ALTER INDEX i NO DEPENDS ON EXTENSION citext"),
    ("what a trigger depends on", DEPENDING, "ALTER TRIGGER g ON t DEPENDS ON EXTENSION citext", "ALTER TRIGGER g ON t NO DEPENDS ON EXTENSION citext"),
    ("what a function depends on", DEPENDING, "ALTER FUNCTION tf DEPENDS ON EXTENSION citext", "ALTER FUNCTION tf NO DEPENDS ON EXTENSION citext"),
    ("what a materialized view depends on", DEPENDING, "ALTER MATERIALIZED VIEW m DEPENDS ON EXTENSION citext", "ALTER MATERIALIZED VIEW m NO DEPENDS ON EXTENSION citext"),
    // What is rarely said of tables and routines
    ("a key's storage parameter", KEY, "ALTER INDEX t_pkey SET (fillfactor = 50)", "ALTER INDEX t_pkey RESET (fillfactor)"),
    ("the key that a table is clustered on", KEY, "ALTER TABLE t CLUSTER ON t_pkey", "ALTER TABLE t SET WITHOUT CLUSTER"),
    ("the comment of a key's index", KEY, "COMMENT ON INDEX t_pkey IS 'why'", "COMMENT ON INDEX t_pkey IS NULL"),
    ("the statistics target of an expression", "CREATE TABLE t (a text); CREATE INDEX i ON t (lower(a))", "ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 500", "ALTER INDEX i ALTER COLUMN 1 SET STATISTICS -1"),
    ("the target of extended statistics", "CREATE TABLE t (a integer, b integer); CREATE STATISTICS s ON a, b FROM t", "ALTER STATISTICS s SET STATISTICS 500", "ALTER STATISTICS s SET STATISTICS -1"),
    ("a trigger that is disabled for a partition", PARTITION_TRIGGER, "ALTER TABLE p DISABLE TRIGGER g", "ALTER TABLE p ENABLE TRIGGER g"),
    ("a storage parameter of large values", "CREATE TABLE t (a text)", "ALTER TABLE t SET (toast.autovacuum_enabled = false)", "ALTER TABLE t RESET (toast.autovacuum_enabled)"),
    ("what is left of everything", "CREATE ROLE facet_reader; CREATE TABLE t (); GRANT ALL ON t TO facet_reader", "REVOKE DELETE, TRUNCATE ON t FROM facet_reader", "GRANT DELETE, TRUNCATE ON t TO facet_reader"),
    ("a grant of two rare privileges", ROLE, "GRANT TRIGGER, REFERENCES ON t TO facet_reader", "REVOKE TRIGGER, REFERENCES ON t FROM facet_reader"),
    ("how many rows a function returns", FUNCTION, "ALTER FUNCTION f ROWS 5", "ALTER FUNCTION f ROWS 1000"),
    ("what supports a function", FUNCTION, "ALTER FUNCTION f SUPPORT generate_series_int4_support", "CREATE OR REPLACE FUNCTION f() RETURNS SETOF integer LANGUAGE sql AS 'SELECT 1'"),
    ("the state of a moving aggregate", AGGREGATE, "DROP AGGREGATE s(integer); CREATE AGGREGATE s(integer) (SFUNC = int4pl, STYPE = integer, MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = integer, MSSPACE = 99)",
        "DROP AGGREGATE s(integer); CREATE AGGREGATE s(integer) (SFUNC = int4pl, STYPE = integer, MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = integer)"),
    ("a multirange's name", "CREATE TYPE r AS RANGE (SUBTYPE = float8)", "DROP TYPE r; CREATE TYPE r AS RANGE (SUBTYPE = float8, MULTIRANGE_TYPE_NAME = many)", "DROP TYPE r; CREATE TYPE r AS RANGE (SUBTYPE = float8)"),
    ("a type's collation", "CREATE DOMAIN d AS text", "DROP DOMAIN d; CREATE DOMAIN d AS text COLLATE \"C\"", "DROP DOMAIN d; CREATE DOMAIN d AS text"),
    // Comments
    ("the comment of a domain's check", "CREATE DOMAIN d AS text CONSTRAINT c CHECK (value <> '')", "COMMENT ON CONSTRAINT c ON DOMAIN d IS 'why'", "COMMENT ON CONSTRAINT c ON DOMAIN d IS NULL"),
    ("an attribute's comment", "CREATE TYPE c AS (a integer)", "COMMENT ON COLUMN c.a IS 'why'", "COMMENT ON COLUMN c.a IS NULL"),
    ("a sequence's comment", "CREATE SEQUENCE s", "COMMENT ON SEQUENCE s IS 'why'", "COMMENT ON SEQUENCE s IS NULL"),
    ("the comment of statistics", "CREATE TABLE t (a integer, b integer); CREATE STATISTICS s ON a, b FROM t", "COMMENT ON STATISTICS s IS 'why'", "COMMENT ON STATISTICS s IS NULL"),
    ("a rule's comment", "CREATE TABLE t (); CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING", "COMMENT ON RULE r ON t IS 'why'", "COMMENT ON RULE r ON t IS NULL"),
    ("an aggregate's comment", AGGREGATE, "COMMENT ON AGGREGATE s(integer) IS 'why'", "COMMENT ON AGGREGATE s(integer) IS NULL"),
    ("the comment of a view's column", "CREATE VIEW v AS SELECT 1 AS a", "COMMENT ON COLUMN v.a IS 'why'", "COMMENT ON COLUMN v.a IS NULL"),
];

/// Facets that came with PostgreSQL 17.
#[rustfmt::skip]
pub const FACETS_17: &[Facet] = &[
    ("a grant of maintenance", ROLE, "GRANT MAINTAIN ON t TO facet_reader", "REVOKE MAINTAIN ON t FROM facet_reader"),
    ("everything but maintenance", "CREATE ROLE facet_reader; CREATE TABLE t (); GRANT ALL ON t TO facet_reader", "REVOKE MAINTAIN ON t FROM facet_reader", "GRANT MAINTAIN ON t TO facet_reader"),
    ("the comment of a domain's null rule", "CREATE DOMAIN d AS text CONSTRAINT c NOT NULL", "COMMENT ON CONSTRAINT c ON DOMAIN d IS 'why'", "COMMENT ON CONSTRAINT c ON DOMAIN d IS NULL"),
];

/// Facets that came with PostgreSQL 18.
#[rustfmt::skip]
pub const FACETS_18: &[Facet] = &[
    ("a null rule that is not inherited", "CREATE TABLE t (a integer NOT NULL)", "ALTER TABLE t ALTER CONSTRAINT t_a_not_null NO INHERIT", "ALTER TABLE t ALTER CONSTRAINT t_a_not_null INHERIT"),
    ("a null rule that was never validated", "CREATE TABLE t (a integer NOT NULL)", "ALTER TABLE t ALTER a DROP NOT NULL, ADD CONSTRAINT n NOT NULL a NOT VALID", "ALTER TABLE t VALIDATE CONSTRAINT n"),
    ("a null rule's comment", "CREATE TABLE t (a integer NOT NULL)", "COMMENT ON CONSTRAINT t_a_not_null ON t IS 'why'", "COMMENT ON CONSTRAINT t_a_not_null ON t IS NULL"),
    ("a check that is not enforced", "CREATE TABLE t (a integer, CONSTRAINT c CHECK (a > 0))", "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 0) NOT ENFORCED", "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 0)"),
    ("a foreign key that is not enforced", "CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE t (a integer CONSTRAINT k REFERENCES a)", "ALTER TABLE t ALTER CONSTRAINT k NOT ENFORCED", "ALTER TABLE t ALTER CONSTRAINT k ENFORCED"),
    ("a virtual column", "CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS (a) STORED)", "ALTER TABLE t DROP b, ADD b integer GENERATED ALWAYS AS (a) VIRTUAL", "ALTER TABLE t DROP b, ADD b integer GENERATED ALWAYS AS (a) STORED"),
    ("a key without overlaps", "CREATE EXTENSION btree_gist; CREATE TABLE t (id integer, at tstzrange, CONSTRAINT k UNIQUE (id, at))", "ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k UNIQUE (id, at WITHOUT OVERLAPS)", "ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k UNIQUE (id, at)"),
    ("a foreign key of periods", "CREATE EXTENSION btree_gist; CREATE TABLE a (id integer, at tstzrange, PRIMARY KEY (id, at WITHOUT OVERLAPS)); CREATE TABLE t (id integer, at tstzrange)", "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (id, PERIOD at) REFERENCES a (id, PERIOD at)", "ALTER TABLE t DROP CONSTRAINT k"),
    ("a publication of generated columns", "CREATE TABLE t (id integer PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t", "ALTER PUBLICATION p SET (publish_generated_columns = stored)", "ALTER PUBLICATION p SET (publish_generated_columns = none)"),
];
