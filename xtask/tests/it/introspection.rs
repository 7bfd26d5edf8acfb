//! Proves the introspection on a real server: every facet that changes shows in the text and nowhere else, undoing it restores
//! the text, and the same schema written in two ways is the same text.
//!
//! Each row runs in one transaction that is rolled back, so that all of them share one empty database.

mod names;
mod pairs;
mod plain;
mod rare;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use crate::harness::TestDatabase;
use postgres::{Client, Transaction};
use xtask::schema::{Schema, introspect, introspect_within, render};

/// A facet: its name, the schema before, what changes it, and what undoes that.
pub type Facet = (&'static str, &'static str, &'static str, &'static str);

const TABLE: &str = "CREATE TABLE t (id integer NOT NULL, note text, at timestamptz)";
const FUNCTION: &str = "CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'";
const TRIGGER: &str = "CREATE TABLE t (id integer, note text); CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
    CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tf()";
const POLICY: &str =
    "CREATE TABLE t (id integer); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id = 1)";
const VIEW: &str = "CREATE TABLE t (id integer, note text); CREATE VIEW v AS SELECT id FROM t";
const PARTITIONED: &str = "CREATE TABLE t (id integer, at date) PARTITION BY RANGE (at)";
const ROLE: &str = "CREATE ROLE facet_reader; CREATE TABLE t (id integer, note text)";
const PUBLICATION: &str = "CREATE TABLE t (id integer PRIMARY KEY, note text); CREATE PUBLICATION p FOR TABLE t";
const FOREIGN: &str = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
    CREATE FOREIGN TABLE t (id integer OPTIONS (x '1')) SERVER s OPTIONS (y '1')";
const EVENT_TRIGGER: &str = "CREATE FUNCTION ef() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE EVENT TRIGGER e ON ddl_command_end WHEN TAG IN ('CREATE CONVERSION') EXECUTE FUNCTION ef()";

/// One row a facet. `change` changes nothing else, and `undo` restores what `before` made.
#[rustfmt::skip]
pub const FACETS: &[Facet] = &[
    // Extensions and schemas
    ("an extension", "", "CREATE EXTENSION citext", "DROP EXTENSION citext"),
    ("an extension's schema", "CREATE SCHEMA x; CREATE EXTENSION citext", "ALTER EXTENSION citext SET SCHEMA x", "ALTER EXTENSION citext SET SCHEMA public"),
    ("a schema", "", "CREATE SCHEMA x", "DROP SCHEMA x"),
    ("a schema's name", "CREATE SCHEMA x", "ALTER SCHEMA x RENAME TO \"X\"", "ALTER SCHEMA \"X\" RENAME TO x"),
    ("a schema's comment", "CREATE SCHEMA x", "COMMENT ON SCHEMA x IS 'why'", "COMMENT ON SCHEMA x IS NULL"),
    ("the schema public", "", "DROP SCHEMA public", "CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO public"),
    ("a grant on a schema", "CREATE ROLE facet_reader; CREATE SCHEMA x", "GRANT USAGE ON SCHEMA x TO facet_reader", "REVOKE USAGE ON SCHEMA x FROM facet_reader"),
    ("everybody's usage of public", "", "REVOKE USAGE ON SCHEMA public FROM public", "GRANT USAGE ON SCHEMA public TO public"),
    // Tables as a whole
    ("a table", "", "CREATE TABLE t (id integer)", "DROP TABLE t"),
    ("a table without columns", "", "CREATE TABLE t ()", "DROP TABLE t"),
    ("a table's name", TABLE, "ALTER TABLE t RENAME TO \"T.\"\"1\"\"\"", "ALTER TABLE \"T.\"\"1\"\"\" RENAME TO t"),
    ("a table's schema", "CREATE SCHEMA x; CREATE TABLE t (id integer)", "ALTER TABLE t SET SCHEMA x", "ALTER TABLE x.t SET SCHEMA public"),
    ("a table's persistence", TABLE, "ALTER TABLE t SET UNLOGGED", "ALTER TABLE t SET LOGGED"),
    ("a storage parameter", TABLE, "ALTER TABLE t SET (fillfactor = 70)", "ALTER TABLE t RESET (fillfactor)"),
    ("a storage parameter's value", "CREATE TABLE t () WITH (fillfactor = 70)", "ALTER TABLE t SET (fillfactor = 80)", "ALTER TABLE t SET (fillfactor = 70)"),
    ("row level security", TABLE, "ALTER TABLE t ENABLE ROW LEVEL SECURITY", "ALTER TABLE t DISABLE ROW LEVEL SECURITY"),
    ("forced row level security", "CREATE TABLE t (); ALTER TABLE t ENABLE ROW LEVEL SECURITY", "ALTER TABLE t FORCE ROW LEVEL SECURITY", "ALTER TABLE t NO FORCE ROW LEVEL SECURITY"),
    ("the replica identity", TABLE, "ALTER TABLE t REPLICA IDENTITY FULL", "ALTER TABLE t REPLICA IDENTITY DEFAULT"),
    ("the replica identity's index", "CREATE TABLE t (id integer NOT NULL); CREATE UNIQUE INDEX i ON t (id)", "ALTER TABLE t REPLICA IDENTITY USING INDEX i", "ALTER TABLE t REPLICA IDENTITY DEFAULT"),
    ("a table's comment", TABLE, "COMMENT ON TABLE t IS E'why\\nand how'", "COMMENT ON TABLE t IS NULL"),
    ("inheritance", "CREATE TABLE a (id integer); CREATE TABLE t (id integer)", "ALTER TABLE t INHERIT a", "ALTER TABLE t NO INHERIT a"),
    ("a typed table", "CREATE TYPE c AS (id integer); CREATE TABLE t (id integer)", "ALTER TABLE t OF c", "ALTER TABLE t NOT OF"),
    ("a partition", PARTITIONED, "CREATE TABLE p PARTITION OF t FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')", "DROP TABLE p"),
    ("a partition's bound", "CREATE TABLE t (at date) PARTITION BY RANGE (at); CREATE TABLE p PARTITION OF t FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
        "ALTER TABLE t DETACH PARTITION p; ALTER TABLE t ATTACH PARTITION p DEFAULT", "ALTER TABLE t DETACH PARTITION p; ALTER TABLE t ATTACH PARTITION p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')"),
    ("a partition key", PARTITIONED, "DROP TABLE t; CREATE TABLE t (id integer, at date) PARTITION BY LIST (at)", "DROP TABLE t; CREATE TABLE t (id integer, at date) PARTITION BY RANGE (at)"),
    // Columns
    ("a column", TABLE, "ALTER TABLE t ADD extra integer", "ALTER TABLE t DROP extra"),
    ("a column's name", TABLE, "ALTER TABLE t RENAME note TO \"select\"", "ALTER TABLE t RENAME \"select\" TO note"),
    ("the order of columns", "CREATE TABLE t (a integer, b integer)", "ALTER TABLE t DROP a, ADD a integer", "ALTER TABLE t DROP b, ADD b integer"),
    ("a column's type", TABLE, "ALTER TABLE t ALTER id TYPE bigint", "ALTER TABLE t ALTER id TYPE integer"),
    ("a type's modifier", "CREATE TABLE t (a varchar(20))", "ALTER TABLE t ALTER a TYPE varchar(21)", "ALTER TABLE t ALTER a TYPE varchar(20)"),
    ("a numeric's scale", "CREATE TABLE t (a numeric(5,2))", "ALTER TABLE t ALTER a TYPE numeric(5,1)", "ALTER TABLE t ALTER a TYPE numeric(5,2)"),
    ("an array", "CREATE TABLE t (a text)", "ALTER TABLE t ALTER a TYPE text[] USING ARRAY[a]", "ALTER TABLE t ALTER a TYPE text USING a[1]"),
    ("a time's zone", TABLE, "ALTER TABLE t ALTER at TYPE timestamp", "ALTER TABLE t ALTER at TYPE timestamptz"),
    ("a null rule", TABLE, "ALTER TABLE t ALTER note SET NOT NULL", "ALTER TABLE t ALTER note DROP NOT NULL"),
    ("a default", TABLE, "ALTER TABLE t ALTER at SET DEFAULT now()", "ALTER TABLE t ALTER at DROP DEFAULT"),
    ("a default's value", "CREATE TABLE t (a integer DEFAULT 1)", "ALTER TABLE t ALTER a SET DEFAULT 2", "ALTER TABLE t ALTER a SET DEFAULT 1"),
    ("a line break in a default", "CREATE TABLE t (a text DEFAULT 'x y')", "ALTER TABLE t ALTER a SET DEFAULT E'x\\ny'", "ALTER TABLE t ALTER a SET DEFAULT 'x y'"),
    ("identity", TABLE, "ALTER TABLE t ALTER id ADD GENERATED ALWAYS AS IDENTITY", "ALTER TABLE t ALTER id DROP IDENTITY"),
    ("the kind of identity", "CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY)", "ALTER TABLE t ALTER id SET GENERATED BY DEFAULT", "ALTER TABLE t ALTER id SET GENERATED ALWAYS"),
    ("how identity counts", "CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY)", "ALTER TABLE t ALTER id SET INCREMENT 10", "ALTER TABLE t ALTER id SET INCREMENT 1"),
    ("a generated column", TABLE, "ALTER TABLE t ADD twice integer GENERATED ALWAYS AS (id * 2) STORED", "ALTER TABLE t DROP twice"),
    ("a generated column that is so no more", "CREATE TABLE t (a integer)", "ALTER TABLE t ADD b integer GENERATED ALWAYS AS (a) STORED", "ALTER TABLE t DROP b"),
    ("a collation", TABLE, "ALTER TABLE t ALTER note TYPE text COLLATE \"C\"", "ALTER TABLE t ALTER note TYPE text"),
    ("a column's storage", TABLE, "ALTER TABLE t ALTER note SET STORAGE external", "ALTER TABLE t ALTER note SET STORAGE extended"),
    ("a column's compression", TABLE, "ALTER TABLE t ALTER note SET COMPRESSION pglz", "ALTER TABLE t ALTER note SET COMPRESSION default"),
    ("a column's statistics target", TABLE, "ALTER TABLE t ALTER note SET STATISTICS 500", "ALTER TABLE t ALTER note SET STATISTICS -1"),
    ("a column's option", TABLE, "ALTER TABLE t ALTER note SET (n_distinct = 5)", "ALTER TABLE t ALTER note RESET (n_distinct)"),
    ("a column's comment", TABLE, "COMMENT ON COLUMN t.note IS 'why'", "COMMENT ON COLUMN t.note IS NULL"),
    // Constraints
    ("a primary key", TABLE, "ALTER TABLE t ADD PRIMARY KEY (id)", "ALTER TABLE t DROP CONSTRAINT t_pkey"),
    ("a constraint's name", "CREATE TABLE t (id integer PRIMARY KEY)", "ALTER TABLE t RENAME CONSTRAINT t_pkey TO t_pk", "ALTER TABLE t RENAME CONSTRAINT t_pk TO t_pkey"),
    ("a unique constraint", TABLE, "ALTER TABLE t ADD CONSTRAINT u UNIQUE (note, id)", "ALTER TABLE t DROP CONSTRAINT u"),
    ("the columns that a unique constraint includes", "CREATE TABLE t (a integer, b integer, CONSTRAINT u UNIQUE (a))", "ALTER TABLE t DROP CONSTRAINT u, ADD CONSTRAINT u UNIQUE (a) INCLUDE (b)", "ALTER TABLE t DROP CONSTRAINT u, ADD CONSTRAINT u UNIQUE (a)"),
    ("a check", TABLE, "ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0)", "ALTER TABLE t DROP CONSTRAINT c"),
    ("a check that was never validated", "CREATE TABLE t (a integer, CONSTRAINT c CHECK (a > 0))", "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 0) NOT VALID", "ALTER TABLE t VALIDATE CONSTRAINT c"),
    ("a check that is not inherited", "CREATE TABLE t (a integer, CONSTRAINT c CHECK (a > 0))", "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 0) NO INHERIT", "ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 0)"),
    ("a foreign key", "CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE t (a integer)", "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES a", "ALTER TABLE t DROP CONSTRAINT k"),
    ("a delete rule", "CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE t (a integer CONSTRAINT k REFERENCES a)", "ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES a ON DELETE CASCADE", "ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES a"),
    ("an update rule", "CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE t (a integer CONSTRAINT k REFERENCES a)", "ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES a ON UPDATE SET NULL", "ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES a"),
    ("a deferrable foreign key", "CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE t (a integer CONSTRAINT k REFERENCES a)", "ALTER TABLE t ALTER CONSTRAINT k DEFERRABLE INITIALLY DEFERRED", "ALTER TABLE t ALTER CONSTRAINT k NOT DEFERRABLE"),
    ("an exclusion constraint", "CREATE TABLE t (r int4range)", "ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING gist (r WITH &&)", "ALTER TABLE t DROP CONSTRAINT x"),
    ("a constraint's comment", "CREATE TABLE t (a integer, CONSTRAINT c CHECK (a > 0))", "COMMENT ON CONSTRAINT c ON t IS 'why'", "COMMENT ON CONSTRAINT c ON t IS NULL"),
    // Indexes and statistics
    ("an index", TABLE, "CREATE INDEX i ON t (note)", "DROP INDEX i"),
    ("an index's name", "CREATE TABLE t (a integer); CREATE INDEX i ON t (a)", "ALTER INDEX i RENAME TO \" USING \"", "ALTER INDEX \" USING \" RENAME TO i"),
    ("an index that is unique", "CREATE TABLE t (a integer); CREATE INDEX i ON t (a)", "DROP INDEX i; CREATE UNIQUE INDEX i ON t (a)", "DROP INDEX i; CREATE INDEX i ON t (a)"),
    ("an index's method", "CREATE TABLE t (a integer); CREATE INDEX i ON t (a)", "DROP INDEX i; CREATE INDEX i ON t USING hash (a)", "DROP INDEX i; CREATE INDEX i ON t (a)"),
    ("an index's order", "CREATE TABLE t (a integer); CREATE INDEX i ON t (a)", "DROP INDEX i; CREATE INDEX i ON t (a DESC NULLS LAST)", "DROP INDEX i; CREATE INDEX i ON t (a)"),
    ("an index's predicate", "CREATE TABLE t (a integer); CREATE INDEX i ON t (a)", "DROP INDEX i; CREATE INDEX i ON t (a) WHERE a > 0", "DROP INDEX i; CREATE INDEX i ON t (a)"),
    ("an index's expression", "CREATE TABLE t (a text); CREATE INDEX i ON t (a)", "DROP INDEX i; CREATE INDEX i ON t (lower(a))", "DROP INDEX i; CREATE INDEX i ON t (a)"),
    ("an index's operator class", "CREATE TABLE t (a text); CREATE INDEX i ON t (a)", "DROP INDEX i; CREATE INDEX i ON t (a text_pattern_ops)", "DROP INDEX i; CREATE INDEX i ON t (a)"),
    ("the columns that an index includes", "CREATE TABLE t (a integer, b text); CREATE INDEX i ON t (a)", "DROP INDEX i; CREATE INDEX i ON t (a) INCLUDE (b)", "DROP INDEX i; CREATE INDEX i ON t (a)"),
    ("an index's storage parameter", "CREATE TABLE t (a integer); CREATE INDEX i ON t (a)", "ALTER INDEX i SET (fillfactor = 50)", "ALTER INDEX i RESET (fillfactor)"),
    ("an index that is invalid", PARTITIONED_INDEX, "DROP INDEX i; CREATE INDEX i ON ONLY t (id)", "DROP INDEX i; CREATE INDEX i ON t (id)"),
    ("the index that a table is clustered on", "CREATE TABLE t (a integer); CREATE INDEX i ON t (a)", "ALTER TABLE t CLUSTER ON i", "ALTER TABLE t SET WITHOUT CLUSTER"),
    ("an index's comment", "CREATE TABLE t (a integer); CREATE INDEX i ON t (a)", "COMMENT ON INDEX i IS 'why'", "COMMENT ON INDEX i IS NULL"),
    ("extended statistics", TABLE, "CREATE STATISTICS s (ndistinct) ON id, note FROM t", "DROP STATISTICS s"),
    ("the kinds of extended statistics", "CREATE TABLE t (a integer, b integer); CREATE STATISTICS s (ndistinct) ON a, b FROM t", "DROP STATISTICS s; CREATE STATISTICS s (mcv) ON a, b FROM t", "DROP STATISTICS s; CREATE STATISTICS s (ndistinct) ON a, b FROM t"),
    // Triggers and rules
    ("a trigger", "CREATE TABLE t (id integer); CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'", "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tf()", "DROP TRIGGER g ON t"),
    ("a trigger's time", TRIGGER, "CREATE OR REPLACE TRIGGER g AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tf()", "CREATE OR REPLACE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tf()"),
    ("a trigger's events", TRIGGER, "CREATE OR REPLACE TRIGGER g BEFORE UPDATE OR INSERT ON t FOR EACH ROW EXECUTE FUNCTION tf()", "CREATE OR REPLACE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tf()"),
    ("a trigger's columns", TRIGGER, "CREATE OR REPLACE TRIGGER g BEFORE UPDATE OF note ON t FOR EACH ROW EXECUTE FUNCTION tf()", "CREATE OR REPLACE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tf()"),
    ("a trigger's condition", TRIGGER, "CREATE OR REPLACE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW WHEN (old.id <> new.id) EXECUTE FUNCTION tf()", "CREATE OR REPLACE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tf()"),
    ("a trigger's arguments", TRIGGER, "CREATE OR REPLACE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tf('x')", "CREATE OR REPLACE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tf()"),
    ("a trigger that is disabled", TRIGGER, "ALTER TABLE t DISABLE TRIGGER g", "ALTER TABLE t ENABLE TRIGGER g"),
    ("a trigger that always fires", TRIGGER, "ALTER TABLE t ENABLE ALWAYS TRIGGER g", "ALTER TABLE t ENABLE TRIGGER g"),
    ("a trigger's comment", TRIGGER, "COMMENT ON TRIGGER g ON t IS 'why'", "COMMENT ON TRIGGER g ON t IS NULL"),
    ("a constraint trigger", TRIGGER, "DROP TRIGGER g ON t; CREATE CONSTRAINT TRIGGER g AFTER UPDATE ON t DEFERRABLE FOR EACH ROW EXECUTE FUNCTION tf()", "DROP TRIGGER g ON t; CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tf()"),
    ("a rule", TABLE, "CREATE RULE r AS ON DELETE TO t WHERE old.id > 0 DO INSTEAD NOTHING", "DROP RULE r ON t"),
    ("a rule that is disabled", "CREATE TABLE t (id integer); CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING", "ALTER TABLE t DISABLE RULE r", "ALTER TABLE t ENABLE RULE r"),
    // Policies
    ("a policy", "CREATE TABLE t (id integer)", "CREATE POLICY p ON t", "DROP POLICY p ON t"),
    ("a policy's command", POLICY, "DROP POLICY p ON t; CREATE POLICY p ON t FOR SELECT USING (id = 1)", "DROP POLICY p ON t; CREATE POLICY p ON t USING (id = 1)"),
    ("a policy's mode", POLICY, "DROP POLICY p ON t; CREATE POLICY p ON t AS RESTRICTIVE USING (id = 1)", "DROP POLICY p ON t; CREATE POLICY p ON t USING (id = 1)"),
    ("a policy's roles", "CREATE ROLE facet_reader; CREATE TABLE t (id integer); CREATE POLICY p ON t", "ALTER POLICY p ON t TO facet_reader", "ALTER POLICY p ON t TO public"),
    ("a policy that is always true", POLICY, "ALTER POLICY p ON t USING (true)", "ALTER POLICY p ON t USING (id = 1)"),
    ("a policy's check", "CREATE TABLE t (id integer); CREATE POLICY p ON t WITH CHECK (id = 1)", "ALTER POLICY p ON t WITH CHECK (id = 2)", "ALTER POLICY p ON t WITH CHECK (id = 1)"),
    ("a policy's comment", POLICY, "COMMENT ON POLICY p ON t IS 'why'", "COMMENT ON POLICY p ON t IS NULL"),
    // Views
    ("a view", TABLE, "CREATE VIEW v AS SELECT id FROM t", "DROP VIEW v"),
    ("a view's query", VIEW, "CREATE OR REPLACE VIEW v AS SELECT id FROM t WHERE id > 0", "CREATE OR REPLACE VIEW v AS SELECT id FROM t"),
    ("a view's security", VIEW, "ALTER VIEW v SET (security_barrier = true)", "ALTER VIEW v RESET (security_barrier)"),
    ("a view's check option", VIEW, "ALTER VIEW v SET (check_option = cascaded)", "ALTER VIEW v RESET (check_option)"),
    ("a default of a view's column", VIEW, "ALTER VIEW v ALTER id SET DEFAULT 1", "ALTER VIEW v ALTER id DROP DEFAULT"),
    ("a view's comment", VIEW, "COMMENT ON VIEW v IS 'why'", "COMMENT ON VIEW v IS NULL"),
    ("a materialized view", TABLE, "CREATE MATERIALIZED VIEW m AS SELECT id FROM t", "DROP MATERIALIZED VIEW m"),
    ("a materialized view's index", "CREATE MATERIALIZED VIEW m AS SELECT 1 AS a", "CREATE UNIQUE INDEX i ON m (a)", "DROP INDEX i"),
    // Routines
    ("a function", "", FUNCTION, "DROP FUNCTION f"),
    ("a function's body", FUNCTION, "CREATE OR REPLACE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 2'", "CREATE OR REPLACE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'"),
    ("an overloaded function", FUNCTION, "CREATE FUNCTION f(a text) RETURNS integer LANGUAGE sql AS 'SELECT 1'", "DROP FUNCTION f(text)"),
    ("a function's default", FUNCTION, "CREATE OR REPLACE FUNCTION f(a integer DEFAULT 1) RETURNS integer LANGUAGE sql AS 'SELECT 1'", "DROP FUNCTION f; CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'"),
    ("a function's volatility", FUNCTION, "ALTER FUNCTION f STABLE", "ALTER FUNCTION f VOLATILE"),
    ("a function's security", FUNCTION, "ALTER FUNCTION f SECURITY DEFINER", "ALTER FUNCTION f SECURITY INVOKER"),
    ("a function's search path", FUNCTION, "ALTER FUNCTION f SET search_path = ''", "ALTER FUNCTION f RESET search_path"),
    ("a function's strictness", FUNCTION, "ALTER FUNCTION f STRICT", "ALTER FUNCTION f CALLED ON NULL INPUT"),
    ("a function's parallel safety", FUNCTION, "ALTER FUNCTION f PARALLEL SAFE", "ALTER FUNCTION f PARALLEL UNSAFE"),
    ("a function's leakproofness", FUNCTION, "ALTER FUNCTION f LEAKPROOF", "ALTER FUNCTION f NOT LEAKPROOF"),
    ("a function's cost", FUNCTION, "ALTER FUNCTION f COST 5", "ALTER FUNCTION f COST 100"),
    ("a function's comment", FUNCTION, "COMMENT ON FUNCTION f IS 'why'", "COMMENT ON FUNCTION f IS NULL"),
    ("everybody's right to a function", FUNCTION, "REVOKE EXECUTE ON FUNCTION f FROM public", "GRANT EXECUTE ON FUNCTION f TO public"),
    ("a procedure", "", "CREATE PROCEDURE p(a integer) LANGUAGE sql AS 'SELECT 1'", "DROP PROCEDURE p"),
    ("an aggregate", "", "CREATE AGGREGATE s(integer) (SFUNC = int4pl, STYPE = integer)", "DROP AGGREGATE s(integer)"),
    ("an aggregate's first value", "CREATE AGGREGATE s(integer) (SFUNC = int4pl, STYPE = integer)", "CREATE OR REPLACE AGGREGATE s(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0')", "CREATE OR REPLACE AGGREGATE s(integer) (SFUNC = int4pl, STYPE = integer)"),
    // Types and sequences
    ("an enum", "", "CREATE TYPE e AS ENUM ('a', 'b')", "DROP TYPE e"),
    ("an enum's label", "CREATE TYPE e AS ENUM ('a', 'b')", "ALTER TYPE e RENAME VALUE 'b' TO 'c'", "ALTER TYPE e RENAME VALUE 'c' TO 'b'"),
    ("the order of an enum", "CREATE TYPE e AS ENUM ('a', 'b')", "DROP TYPE e; CREATE TYPE e AS ENUM ('b', 'a')", "DROP TYPE e; CREATE TYPE e AS ENUM ('a', 'b')"),
    ("a type's comment", "CREATE TYPE e AS ENUM ('a')", "COMMENT ON TYPE e IS 'why'", "COMMENT ON TYPE e IS NULL"),
    ("everybody's right to a type", "CREATE TYPE e AS ENUM ('a')", "REVOKE USAGE ON TYPE e FROM public", "GRANT USAGE ON TYPE e TO public"),
    ("a domain", "", "CREATE DOMAIN d AS text", "DROP DOMAIN d"),
    ("a domain's check", "CREATE DOMAIN d AS text", "ALTER DOMAIN d ADD CONSTRAINT c CHECK (value <> '')", "ALTER DOMAIN d DROP CONSTRAINT c"),
    ("a domain's null rule", "CREATE DOMAIN d AS text", "ALTER DOMAIN d SET NOT NULL", "ALTER DOMAIN d DROP NOT NULL"),
    ("a domain's default", "CREATE DOMAIN d AS text", "ALTER DOMAIN d SET DEFAULT 'x'", "ALTER DOMAIN d DROP DEFAULT"),
    ("a composite type", "", "CREATE TYPE c AS (a integer)", "DROP TYPE c"),
    ("a composite type's attribute", "CREATE TYPE c AS (a integer)", "ALTER TYPE c ADD ATTRIBUTE b text", "ALTER TYPE c DROP ATTRIBUTE b"),
    ("the type of an attribute", "CREATE TYPE c AS (a integer)", "ALTER TYPE c ALTER ATTRIBUTE a TYPE bigint", "ALTER TYPE c ALTER ATTRIBUTE a TYPE integer"),
    ("a range type", "", "CREATE TYPE r AS RANGE (SUBTYPE = float8)", "DROP TYPE r"),
    ("a range type's difference", "CREATE TYPE r AS RANGE (SUBTYPE = float8)", "DROP TYPE r; CREATE TYPE r AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi)", "DROP TYPE r; CREATE TYPE r AS RANGE (SUBTYPE = float8)"),
    ("a sequence", "", "CREATE SEQUENCE s", "DROP SEQUENCE s"),
    ("a sequence's type", "CREATE SEQUENCE s", "ALTER SEQUENCE s AS integer", "ALTER SEQUENCE s AS bigint"),
    ("a sequence's start", "CREATE SEQUENCE s", "ALTER SEQUENCE s START 100", "ALTER SEQUENCE s START 1"),
    ("a sequence's cycle", "CREATE SEQUENCE s", "ALTER SEQUENCE s CYCLE", "ALTER SEQUENCE s NO CYCLE"),
    ("a sequence's owner column", "CREATE TABLE t (id integer); CREATE SEQUENCE s", "ALTER SEQUENCE s OWNED BY t.id", "ALTER SEQUENCE s OWNED BY NONE"),
    ("a grant on a sequence", "CREATE ROLE facet_reader; CREATE SEQUENCE s", "GRANT USAGE ON SEQUENCE s TO facet_reader", "REVOKE USAGE ON SEQUENCE s FROM facet_reader"),
    // Grants, default privileges, publications, event triggers, foreign tables
    ("a grant", ROLE, "GRANT SELECT, INSERT ON t TO facet_reader", "REVOKE SELECT, INSERT ON t FROM facet_reader"),
    ("a grant to everybody", ROLE, "GRANT SELECT ON t TO public", "REVOKE SELECT ON t FROM public"),
    ("a grant of everything", ROLE, "GRANT ALL ON t TO facet_reader", "REVOKE ALL ON t FROM facet_reader"),
    ("a grant of a column", ROLE, "GRANT SELECT (note) ON t TO facet_reader", "REVOKE SELECT (note) ON t FROM facet_reader"),
    ("a grant option", "CREATE ROLE facet_reader; CREATE TABLE t (); GRANT SELECT ON t TO facet_reader", "GRANT SELECT ON t TO facet_reader WITH GRANT OPTION", "REVOKE GRANT OPTION FOR SELECT ON t FROM facet_reader"),
    ("what the owner lost", TABLE, "REVOKE DELETE ON t FROM current_user", "GRANT DELETE ON t TO current_user"),
    ("default privileges", ROLE, "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO facet_reader", "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM facet_reader"),
    ("default privileges in a schema", ROLE, "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO facet_reader", "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE USAGE ON SEQUENCES FROM facet_reader"),
    ("default privileges taken from everybody", "", "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM public", "ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO public"),
    ("a publication", "CREATE TABLE t (id integer)", "CREATE PUBLICATION p FOR TABLE t", "DROP PUBLICATION p"),
    ("a publication's tables", "CREATE TABLE t (id integer); CREATE PUBLICATION p", "ALTER PUBLICATION p ADD TABLE t", "ALTER PUBLICATION p DROP TABLE t"),
    ("a publication of everything", "", "CREATE PUBLICATION p FOR ALL TABLES", "DROP PUBLICATION p"),
    ("a publication's operations", PUBLICATION, "ALTER PUBLICATION p SET (publish = 'insert')", "ALTER PUBLICATION p SET (publish = 'insert, update, delete, truncate')"),
    ("a publication of partitions", PUBLICATION, "ALTER PUBLICATION p SET (publish_via_partition_root = true)", "ALTER PUBLICATION p SET (publish_via_partition_root = false)"),
    ("a publication's comment", PUBLICATION, "COMMENT ON PUBLICATION p IS 'why'", "COMMENT ON PUBLICATION p IS NULL"),
    ("an event trigger that is disabled", EVENT_TRIGGER, "ALTER EVENT TRIGGER e DISABLE", "ALTER EVENT TRIGGER e ENABLE"),
    ("an event trigger", "CREATE FUNCTION ef() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'", "CREATE EVENT TRIGGER e ON sql_drop WHEN TAG IN ('DROP CONVERSION') EXECUTE FUNCTION ef()", "DROP EVENT TRIGGER e"),
    ("a foreign table's option", FOREIGN, "ALTER FOREIGN TABLE t OPTIONS (SET y '2')", "ALTER FOREIGN TABLE t OPTIONS (SET y '1')"),
    ("an option of a foreign column", FOREIGN, "ALTER FOREIGN TABLE t ALTER id OPTIONS (SET x '2')", "ALTER FOREIGN TABLE t ALTER id OPTIONS (SET x '1')"),
];

/// One of each shape in which the deparsers of PostgreSQL's versions could differ.
const DEPARSED: &str = include_str!("introspection/deparsed.sql");

/// An index on a partitioned table with a partition: `ON ONLY` leaves it invalid.
const PARTITIONED_INDEX: &str = "CREATE TABLE t (id integer, at date) PARTITION BY RANGE (at); CREATE TABLE p PARTITION OF t DEFAULT; CREATE INDEX i ON t (id)";

/// Facets that PostgreSQL 14 does not know.
#[rustfmt::skip]
pub const FACETS_15: &[Facet] = &[
    ("a view that asks with the rights of its user", VIEW, "ALTER VIEW v SET (security_invoker = true)", "ALTER VIEW v RESET (security_invoker)"),
    ("nulls that are not distinct", "CREATE TABLE t (a integer, CONSTRAINT u UNIQUE (a))", "ALTER TABLE t DROP CONSTRAINT u, ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a)", "ALTER TABLE t DROP CONSTRAINT u, ADD CONSTRAINT u UNIQUE (a)"),
    ("the columns that a delete rule sets to null", "CREATE TABLE a (x integer, y integer, PRIMARY KEY (x, y)); CREATE TABLE t (x integer, y integer, CONSTRAINT k FOREIGN KEY (x, y) REFERENCES a ON DELETE SET NULL)",
        "ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k FOREIGN KEY (x, y) REFERENCES a ON DELETE SET NULL (y)", "ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k FOREIGN KEY (x, y) REFERENCES a ON DELETE SET NULL"),
    ("a publication's columns", PUBLICATION, "ALTER PUBLICATION p SET TABLE t (id)", "ALTER PUBLICATION p SET TABLE t"),
    ("a publication's rows", PUBLICATION, "ALTER PUBLICATION p SET TABLE t WHERE (id > 0)", "ALTER PUBLICATION p SET TABLE t"),
    ("a publication's schemas", "CREATE SCHEMA x; CREATE PUBLICATION p", "ALTER PUBLICATION p ADD TABLES IN SCHEMA x", "ALTER PUBLICATION p DROP TABLES IN SCHEMA x"),
    ("everybody's right to create in public", "", "GRANT CREATE ON SCHEMA public TO public", "REVOKE CREATE ON SCHEMA public FROM public"),
];

/// The same schema written in two ways.
#[rustfmt::skip]
pub const EQUAL: &[(&str, &str, &str)] = &[
    ("the names of types", "CREATE TABLE t (a varchar(20), b int, c timestamptz, d bool, e decimal(5,2), f float8, g char(3))",
        "CREATE TABLE t (a character varying(20), b integer, c timestamp with time zone, d boolean, e numeric(5,2), f double precision, g character(3))"),
    ("a primary key inline and later", "CREATE TABLE t (id integer PRIMARY KEY)", "CREATE TABLE t (id integer); ALTER TABLE t ADD PRIMARY KEY (id)"),
    ("a primary key from an index", "CREATE TABLE t (id integer PRIMARY KEY)", "CREATE TABLE t (id integer NOT NULL); CREATE UNIQUE INDEX i ON t (id); ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX i"),
    ("a foreign key inline and later", "CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE t (a integer REFERENCES a)", "CREATE TABLE t (a integer); CREATE TABLE a (id integer PRIMARY KEY); ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES a (id) MATCH SIMPLE ON DELETE NO ACTION"),
    ("a serial and what it stands for", "CREATE TABLE t (id serial)", "CREATE SEQUENCE t_id_seq AS integer; CREATE TABLE t (id integer NOT NULL DEFAULT nextval('t_id_seq')); ALTER SEQUENCE t_id_seq OWNED BY t.id"),
    ("the order of making", "CREATE TABLE a (x integer, y integer); CREATE INDEX i ON a (x); CREATE INDEX j ON a (y); CREATE TABLE b ()", "CREATE TABLE b (); CREATE TABLE a (x integer, y integer); CREATE INDEX j ON a (y); CREATE INDEX i ON a (x)"),
    ("a dropped column", "CREATE TABLE t (a integer, b text)", "CREATE TABLE t (a integer, x text, b text); ALTER TABLE t DROP x"),
    ("the spelling of an index", "CREATE TABLE t (a text); CREATE INDEX i ON t (a ASC NULLS LAST) WHERE a IS NOT NULL", "CREATE TABLE t (a text); CREATE INDEX i ON public.t USING btree (\"a\" text_ops) WHERE (((a)) IS NOT NULL)"),
    ("the spelling of a check", "CREATE TABLE t (a integer CHECK (a > 0))", "CREATE TABLE t (a integer, CONSTRAINT t_a_check CHECK (((t.a) > (0))))"),
    ("a check that was validated later", "CREATE TABLE t (a integer CHECK (a > 0))", "CREATE TABLE t (a integer); ALTER TABLE t ADD CHECK (a > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT t_a_check"),
    ("the grants of several statements", "CREATE ROLE facet_reader; CREATE TABLE t (); GRANT SELECT, INSERT ON t TO facet_reader", "CREATE ROLE facet_reader; CREATE TABLE t (); GRANT INSERT ON t TO facet_reader; GRANT SELECT ON t TO facet_reader"),
    ("a grant that was taken back", "CREATE TABLE t ()", "CREATE TABLE t (); GRANT SELECT ON t TO public; REVOKE SELECT ON t FROM public"),
    ("a grant of what everybody has", FUNCTION, "CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION f TO public"),
    ("the order of a policy's roles", "CREATE ROLE facet_b; CREATE ROLE facet_a; CREATE TABLE t (); CREATE POLICY p ON t TO facet_b, facet_a", "CREATE ROLE facet_b; CREATE ROLE facet_a; CREATE TABLE t (); CREATE POLICY p ON t TO facet_a, facet_b"),
    ("an enum's label put between", "CREATE TYPE e AS ENUM ('a', 'b', 'c')", "CREATE TYPE e AS ENUM ('a', 'c'); ALTER TYPE e ADD VALUE 'b' BEFORE 'c'"),
    ("the clauses of a function", "CREATE FUNCTION f() RETURNS int STABLE LANGUAGE sql SECURITY DEFINER AS $$SELECT 1$$", "CREATE OR REPLACE FUNCTION public.f() RETURNS integer AS 'SELECT 1' SECURITY DEFINER LANGUAGE sql STABLE PARALLEL UNSAFE COST 100"),
    ("line ends in a function's body", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS E'\\nSELECT 1\\n'", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS E'\\r\\nSELECT 1\\r\\n'"),
    ("a view's query", "CREATE TABLE t (a integer); CREATE VIEW v AS SELECT * FROM t", "CREATE TABLE t (a integer); CREATE VIEW v AS SELECT t.a FROM public.t;"),
    ("the order of a view's options", "CREATE VIEW v WITH (security_barrier = true, check_option = local) AS SELECT relname AS a FROM pg_class", "CREATE VIEW v WITH (check_option = local, security_barrier = true) AS SELECT relname AS a FROM pg_class"),
    ("a constant in another time zone", "CREATE TABLE t (a timestamptz DEFAULT '2020-01-01 00:00:00+00')", "SET LOCAL TimeZone = 'Asia/Tokyo'; SET LOCAL DateStyle = 'German'; CREATE TABLE t (a timestamptz DEFAULT '2020-01-01 09:00:00+09')"),
    ("another search path", "CREATE SCHEMA x; CREATE TABLE x.a (id integer PRIMARY KEY); CREATE TABLE x.t (a integer REFERENCES x.a)", "CREATE SCHEMA x; SET LOCAL search_path = x, public; CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE t (a integer REFERENCES a)"),
    ("settings of the session", "CREATE TABLE t (a text DEFAULT E'\\\\x')", "SET LOCAL quote_all_identifiers = on; SET LOCAL standard_conforming_strings = off; CREATE TABLE t (a text DEFAULT E'\\\\x')"),
    ("the toolkit's own tables", "", "CREATE TABLE schema_migrations (version bigint PRIMARY KEY); COMMENT ON TABLE schema_migrations IS 'x'; GRANT SELECT ON schema_migrations TO public; CREATE TABLE schema_mark (x serial)"),
    ("what belongs to an extension", "CREATE EXTENSION hstore", "CREATE EXTENSION hstore WITH SCHEMA public"),
    ("who owns an object", "CREATE TABLE t (id integer PRIMARY KEY); GRANT SELECT ON t TO public", "CREATE ROLE facet_owner; CREATE TABLE t (id integer PRIMARY KEY); GRANT SELECT ON t TO public; ALTER TABLE t OWNER TO facet_owner"),
    ("a temporary table", "", "CREATE TEMPORARY TABLE t (id serial PRIMARY KEY, CHECK (id > 0)); CREATE INDEX ON t (id)"),
    ("a partition's index and key", "CREATE TABLE t (id integer PRIMARY KEY) PARTITION BY RANGE (id); CREATE INDEX i ON t (id); CREATE TABLE p PARTITION OF t DEFAULT", "CREATE TABLE t (id integer) PARTITION BY RANGE (id); CREATE TABLE p PARTITION OF t DEFAULT; ALTER TABLE t ADD PRIMARY KEY (id); CREATE INDEX i ON t (id)"),
];

/// A facet as it was read: before its change, with it, and when it is undone; or why not.
pub struct Reading {
    /// Which facet.
    pub name: &'static str,
    /// The three schemas.
    pub schemas: Result<[Schema; 3], String>,
    /// The version that the facet came with, as the name of its snapshot ends.
    since: &'static str,
}

/// All facets that the server knows, read once in a run: what the text says of them and what the comparison finds are asked of the same.
pub fn readings() -> &'static [Reading] {
    static READINGS: LazyLock<Vec<Reading>> = LazyLock::new(|| {
        let database = TestDatabase::empty();
        let mut client = database.connect();
        let mut readings = Vec::new();
        for (since, facets) in groups(&mut client) {
            assert!(!facets.is_empty());
            for (name, before, change, undo) in facets {
                let mut transaction = client.transaction().unwrap();
                let mut after = |sql| schema_after(&mut transaction, sql);
                let schemas = after(before).and_then(|before| Ok([before, after(change)?, after(undo)?]));
                transaction.rollback().unwrap();
                readings.push(Reading { name, schemas, since });
            }
        }
        readings
    });
    &READINGS
}

/// The snapshots say where each change shows; `+` and `-` are objects that came and went.
#[test]
fn every_facet_shows_under_its_object_and_goes_when_it_is_undone() {
    let mut failures = Vec::new();
    let mut places = BTreeMap::new();
    for Reading { name, schemas, since } in readings() {
        match schemas.as_ref().map_err(String::clone).and_then(change_and_undo) {
            Ok(headers) => writeln!(places.entry(since).or_insert_with(String::new), "{name}: {headers}").unwrap(),
            Err(why) => failures.push(format!("{name}: {why}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(!places.is_empty());
    for (since, places) in places {
        insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!(format!("places{since}"), places) });
    }
}

/// The headers under which the change shows.
fn change_and_undo(schemas: &[Schema; 3]) -> Result<String, String> {
    let [original, changed, restored] = schemas.each_ref().map(render);
    if original == changed {
        return Err(format!("the change does not show in:\n{original}"));
    }
    if original != restored {
        return Err(format!("undone, it is not what it was:\n{original}\n-----\n{restored}"));
    }
    let (old, new) = (blocks(&original), blocks(&changed));
    let headers: Vec<String> = old
        .keys()
        .chain(new.keys().filter(|header| !old.contains_key(*header)))
        .filter_map(|header| match (old.get(header), new.get(header)) {
            (Some(before), Some(after)) if before == after => None,
            (Some(_), Some(_)) => Some((*header).to_owned()),
            (Some(_), None) => Some(format!("-{header}")),
            _ => Some(format!("+{header}")),
        })
        .collect();
    Ok(headers.join(" | "))
}

/// The lines below each header; only headers stand at the margin.
fn blocks(text: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut blocks = BTreeMap::new();
    let mut header = "";
    for line in text.lines().filter(|line| !line.is_empty()) {
        if line.starts_with(' ') {
            blocks.entry(header).or_insert_with(Vec::new).push(line);
        } else {
            header = line;
            let other = blocks.insert(header, Vec::new());
            assert!(other.is_none(), "two blocks are headed `{header}`");
        }
    }
    blocks
}

#[test]
fn the_same_schema_written_in_two_ways_is_the_same_text() {
    let pairs = [EQUAL, pairs::SAME].concat();
    assert!(pairs.len() >= 50);
    let failures = compare(&pairs, |one, other| one == other);
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn schemas_that_look_the_same_and_are_not_are_different_texts() {
    assert!(pairs::DIFFERENT.len() > 20);
    let failures = compare(pairs::DIFFERENT, |one, other| one != other);
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// The pairs whose texts are not as `wanted`.
fn compare(pairs: &[(&str, &str, &str)], wanted: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let database = TestDatabase::empty();
    let mut client = database.connect();
    let mut failures = Vec::new();
    for (name, one, other) in pairs {
        let texts = [one, other].map(|sql| {
            let mut transaction = client.transaction().unwrap();
            text_after(&mut transaction, sql)
        });
        match texts {
            [Ok(one), Ok(other)] if wanted(&one, &other) => {}
            [Ok(one), Ok(other)] => failures.push(format!("{name}:\n{one}\n-----\n{other}")),
            [one, other] => failures.extend([one, other].into_iter().filter_map(Result::err)),
        }
    }
    failures
}

/// The same snapshot holds for every server that these tests run on.
#[test]
fn what_the_server_makes_text_of_is_the_same_text_on_every_version() {
    let database = TestDatabase::empty();
    let mut client = database.connect();
    let mut transaction = client.transaction().unwrap();
    let text = text_after(&mut transaction, DEPARSED).unwrap();
    assert!(text.matches("\nview ").count() > 90);
    insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!("deparsed", text) });
}

#[test]
fn introspecting_leaves_the_session_as_it_was() {
    let database = TestDatabase::empty();
    let mut client = database.connect();
    let settings = "SELECT string_agg(name || '=' || setting, ';' ORDER BY name) FROM pg_settings";
    client
        .batch_execute("SET search_path = pg_catalog, public; SET TimeZone = 'Asia/Tokyo'")
        .unwrap();
    let before: String = client.query_one(settings, &[]).unwrap().get(0);
    introspect(&mut client).unwrap();
    let mut transaction = client.transaction().unwrap();
    introspect_within(&mut transaction).unwrap();
    let within: String = transaction.query_one(settings, &[]).unwrap().get(0);
    transaction.rollback().unwrap();
    let after: String = client.query_one(settings, &[]).unwrap().get(0);
    assert_eq!(before, after);
    assert_eq!(
        before.replace("transaction_read_only=off", ""),
        within.replace("transaction_read_only=off", "")
    );
}

#[test]
fn an_empty_database_is_one_line() {
    let database = TestDatabase::empty();
    assert_eq!(render(&introspect(&mut database.connect()).unwrap()), "schema public\n");
    assert_eq!(render(&Schema::default()), "");
}

/// The facets that the server of `client` knows, by the version that they came with.
fn groups(client: &mut Client) -> Vec<(&'static str, Vec<Facet>)> {
    let version: String = client.query_one("SHOW server_version_num", &[]).unwrap().get(0);
    let version = version.parse::<u32>().unwrap() / 10_000;
    let groups = [
        (14, "", [FACETS, rare::RARE].concat()),
        (15, "_of_15", FACETS_15.to_vec()),
        (17, "_of_17", rare::FACETS_17.to_vec()),
        (18, "_of_18", rare::FACETS_18.to_vec()),
    ];
    let known = groups.into_iter().filter(|(since, ..)| *since <= version);
    known.map(|(_, name, facets)| (name, facets)).collect()
}

fn text_after(transaction: &mut Transaction<'_>, sql: &str) -> Result<String, String> {
    schema_after(transaction, sql).map(|schema| render(&schema))
}

fn schema_after(transaction: &mut Transaction<'_>, sql: &str) -> Result<Schema, String> {
    transaction
        .batch_execute(sql)
        .map_err(|error| format!("{error:?} in `{sql}`"))?;
    let schema = introspect_within(transaction).map_err(|error| format!("{error:?}"))?;
    plain::assert_written_as_the_server_does(transaction, &schema);
    Ok(schema)
}
