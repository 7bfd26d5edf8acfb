//! What is advised, rule by rule: what must be told, and what only looks like it.

use std::collections::BTreeMap;
use std::fs;

use postgres::Transaction;
use xtask::schema::advice::{Advice, advise, advise_within, rules};

use crate::harness::TestDatabase;
use crate::harness::database::root;

/// What every case finds there, nothing of it a matter of advice. `app` may be used by the API's roles, `closed` by nobody. Whatever is
/// made in `public` the API's roles may do anything with, as on the real platform.
const SCHEMA: &str = "
    CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO anon, authenticated;
    CREATE SCHEMA closed;
    CREATE ROLE advice_login LOGIN; CREATE ROLE advice_group; CREATE ROLE advice_bypass LOGIN BYPASSRLS; CREATE ROLE advice_super LOGIN SUPERUSER;
    CREATE TABLE app.a (id integer PRIMARY KEY, owner uuid);
    CREATE TABLE app.safe (id integer PRIMARY KEY, owner uuid);
    ALTER TABLE app.safe ENABLE ROW LEVEL SECURITY;
    ALTER TABLE app.safe FORCE ROW LEVEL SECURITY;
    CREATE POLICY own ON app.safe TO authenticated USING (owner = (SELECT auth.uid()));
    CREATE FUNCTION app.is_admin() RETURNS boolean STABLE LANGUAGE sql SET search_path = '' AS 'SELECT true';
    CREATE FUNCTION app.may(id uuid) RETURNS boolean STABLE LANGUAGE sql SET search_path = '' AS 'SELECT true';
    CREATE FUNCTION app.fixed() RETURNS boolean IMMUTABLE LANGUAGE sql SET search_path = '' AS 'SELECT true';
    CREATE FUNCTION app.mine() RETURNS SETOF uuid STABLE LANGUAGE sql SET search_path = '' AS 'SELECT NULL::uuid';";

/// A rule, what the case is about, its SQL behind [`SCHEMA`], and the objects that the rule tells of.
type Case = (&'static str, &'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("row-security-off", "granted to an API's role", "GRANT SELECT ON app.a TO anon", &["app.a"]),
    ("row-security-off", "granted to everybody", "GRANT DELETE ON app.a TO PUBLIC", &["app.a"]),
    ("row-security-off", "a column of it granted", "GRANT UPDATE (owner) ON app.a TO authenticated", &["app.a"]),
    ("row-security-off", "granted to a role that an API's role is a member of", "GRANT advice_group TO anon; GRANT INSERT ON app.a TO advice_group", &["app.a"]),
    ("row-security-off", "granted by default", "CREATE TABLE public.b (id integer PRIMARY KEY)", &["public.b"]),
    ("row-security-off", "a partition that is granted itself", "CREATE TABLE app.p (id integer PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE app.q PARTITION OF app.p DEFAULT;
        ALTER TABLE app.p ENABLE ROW LEVEL SECURITY; CREATE POLICY x ON app.p USING (false); GRANT SELECT ON app.p, app.q TO anon", &["app.q"]),
    ("row-security-off", "granted to a role that a policy names", "CREATE POLICY x ON app.safe TO advice_login USING (false); GRANT USAGE ON SCHEMA app TO advice_login; GRANT SELECT ON app.a TO advice_login", &["app.a"]),
    ("row-security-off", "granted to any role where a policy is for everybody", "CREATE POLICY x ON app.safe USING (false); GRANT USAGE ON SCHEMA app TO advice_login; GRANT SELECT ON app.a TO advice_login", &["app.a"]),
    ("row-security-off", "hostile names", "CREATE SCHEMA \"public.x\"; GRANT USAGE ON SCHEMA \"public.x\" TO anon; CREATE TABLE \"public.x\".\"Ta\"\"b'le é.\" (); GRANT SELECT ON \"public.x\".\"Ta\"\"b'le é.\" TO anon", &["\"public.x\".\"Ta\"\"b'le é.\""]),
    ("row-security-off", "no grant", "", &[]),
    ("row-security-off", "on", "GRANT SELECT ON app.safe TO anon", &[]),
    ("row-security-off", "granted to a role that no policy is for", "GRANT USAGE ON SCHEMA app TO advice_login; GRANT SELECT ON app.a TO advice_login", &[]),
    ("row-security-off", "granted to the service, whom nothing binds", "GRANT USAGE ON SCHEMA app TO service_role; GRANT ALL ON app.a TO service_role, advice_bypass, advice_super", &[]),
    ("row-security-off", "in a schema that the role may not use", "CREATE TABLE closed.b (id integer PRIMARY KEY); GRANT ALL ON closed.b TO anon, PUBLIC", &[]),
    ("row-security-off", "owned by the role", "ALTER TABLE app.a OWNER TO authenticated", &[]),
    ("row-security-off", "rights that reach no row", "GRANT TRUNCATE, REFERENCES, TRIGGER ON app.a TO anon", &[]),
    ("row-security-off", "the platform's own, the toolkit's own and a temporary table", "CREATE TABLE auth.more (); GRANT SELECT ON auth.more TO anon; CREATE TEMPORARY TABLE t (); GRANT SELECT ON t TO anon; CREATE TABLE IF NOT EXISTS public.schema_migrations (); GRANT SELECT ON public.schema_migrations TO anon", &[]),
    ("row-security-off", "policies, of which another rule tells", "GRANT SELECT ON app.a TO anon; CREATE POLICY x ON app.a USING (false)", &[]),

    ("policies-while-off", "one policy", "CREATE POLICY x ON app.a USING (false)", &["app.a"]),
    ("policies-while-off", "switched off again", "ALTER TABLE app.safe DISABLE ROW LEVEL SECURITY", &["app.safe"]),
    ("policies-while-off", "on", "", &[]),
    ("policies-while-off", "off, and no policy", "GRANT SELECT ON app.a TO anon", &[]),

    ("row-security-without-policy", "none", "ALTER TABLE app.a ENABLE ROW LEVEL SECURITY", &["app.a"]),
    ("row-security-without-policy", "none left", "DROP POLICY own ON app.safe", &["app.safe"]),
    ("row-security-without-policy", "one", "", &[]),
    ("row-security-without-policy", "forced, but off", "ALTER TABLE app.a FORCE ROW LEVEL SECURITY", &[]),
    ("row-security-without-policy", "the platform's", "CREATE TABLE auth.more (); ALTER TABLE auth.more ENABLE ROW LEVEL SECURITY", &[]),

    ("row-security-not-forced", "owned by a role that logs in", "ALTER TABLE app.safe NO FORCE ROW LEVEL SECURITY; ALTER TABLE app.safe OWNER TO advice_login", &["app.safe"]),
    ("row-security-not-forced", "owned by a role that another may take on", "ALTER TABLE app.safe NO FORCE ROW LEVEL SECURITY; ALTER TABLE app.safe OWNER TO advice_group; GRANT advice_group TO advice_login", &["app.safe"]),
    ("row-security-not-forced", "a member of a superuser's role that owns it", "ALTER TABLE app.safe NO FORCE ROW LEVEL SECURITY; ALTER TABLE app.safe OWNER TO advice_super; GRANT advice_super TO advice_login", &["app.safe"]),
    ("row-security-not-forced", "forced", "ALTER TABLE app.safe OWNER TO advice_login", &[]),
    ("row-security-not-forced", "owned by a superuser, whom nothing binds", "ALTER TABLE app.safe NO FORCE ROW LEVEL SECURITY", &[]),
    ("row-security-not-forced", "owned by a role that bypasses policies", "ALTER TABLE app.safe NO FORCE ROW LEVEL SECURITY; ALTER TABLE app.safe OWNER TO advice_bypass", &[]),
    ("row-security-not-forced", "owned by a role that nobody can be", "ALTER TABLE app.safe NO FORCE ROW LEVEL SECURITY; ALTER TABLE app.safe OWNER TO advice_group", &[]),
    ("row-security-not-forced", "off", "ALTER TABLE app.a OWNER TO advice_login", &[]),

    ("policy-for-each-row", "auth.uid()", "CREATE POLICY x ON app.a USING (owner = auth.uid())", &["app.a.x"]),
    ("policy-for-each-row", "auth.jwt(), in WITH CHECK, behind an operator", "CREATE POLICY x ON app.a FOR INSERT WITH CHECK (owner::text = auth.jwt() ->> 'sub')", &["app.a.x"]),
    ("policy-for-each-row", "current_setting() in a cast", "CREATE POLICY x ON app.a USING (owner = current_setting('app.user_id', true)::uuid)", &["app.a.x"]),
    ("policy-for-each-row", "one call of two", "CREATE POLICY x ON app.a USING (owner = (SELECT auth.uid()) OR owner = auth.uid())", &["app.a.x"]),
    ("policy-for-each-row", "in a query over another table", "CREATE POLICY x ON app.a USING (EXISTS (SELECT FROM app.safe AS s WHERE s.id = a.id AND s.owner = auth.uid()))", &["app.a.x"]),
    ("policy-for-each-row", "in a query that refers to the row", "CREATE POLICY x ON app.a USING ((SELECT auth.uid() = owner))", &["app.a.x"]),
    ("policy-for-each-row", "the product's own function", "CREATE POLICY x ON app.a USING (app.is_admin())", &["app.a.x"]),
    ("policy-for-each-row", "in an argument", "CREATE POLICY x ON app.a USING (lower(owner::text) = lower(auth.uid()::text))", &["app.a.x"]),
    ("policy-for-each-row", "on a table of the platform", "CREATE POLICY x ON auth.users USING (id = auth.uid())", &["auth.users.x"]),
    ("policy-for-each-row", "hostile names", "CREATE TABLE app.\"{SUBLINK (:x \\\" (\"{VAR :varlevelsup 0}\" uuid); CREATE POLICY \"} p\" ON app.\"{SUBLINK (:x \\\" USING (\"{VAR :varlevelsup 0}\" = auth.uid())", &["app.\"{SUBLINK (:x \\\".\"} p\""]),
    ("policy-for-each-row", "in a query of its own", "CREATE POLICY x ON app.a USING (owner = (SELECT auth.uid())) WITH CHECK (owner = (SELECT current_setting('app.user_id', true)::uuid))", &[]),
    ("policy-for-each-row", "in a query of its own, in a query over another table", "CREATE POLICY x ON app.a USING (EXISTS (SELECT FROM app.safe AS s WHERE s.id = a.id AND s.owner = (SELECT auth.uid())))", &[]),
    ("policy-for-each-row", "in a list that is made once", "CREATE POLICY x ON app.a USING (owner IN (SELECT auth.uid()) OR owner IN (SELECT app.mine()) OR owner IN (SELECT m FROM app.mine() AS m))", &[]),
    ("policy-for-each-row", "a function of the row", "CREATE POLICY x ON app.a USING (app.may(owner) OR app.may(coalesce(owner, (SELECT auth.uid()))))", &[]),
    ("policy-for-each-row", "a setting that the row names", "CREATE POLICY x ON app.a USING (current_setting('app.' || id, true) = 'yes')", &[]),
    ("policy-for-each-row", "what PostgreSQL folds or has at hand", "CREATE POLICY x ON app.a USING (app.fixed() AND now() > '2020-01-01' AND current_user = 'x')", &[]),
    ("policy-for-each-row", "its name in a text", "CREATE POLICY x ON app.a USING (owner::text = '{FUNCEXPR :funcid 1 auth.uid()}')", &[]),

    ("policy-always-true", "any row may be deleted", "CREATE POLICY x ON app.a FOR DELETE TO authenticated USING (true)", &["app.a.x"]),
    ("policy-always-true", "any row may be inserted", "CREATE POLICY x ON app.a FOR INSERT TO authenticated WITH CHECK (true)", &["app.a.x"]),
    ("policy-always-true", "a row may be given away", "CREATE POLICY x ON app.a FOR UPDATE TO authenticated USING (owner = (SELECT auth.uid())) WITH CHECK (true)", &["app.a.x"]),
    ("policy-always-true", "everything", "CREATE POLICY x ON app.a USING (true)", &["app.a.x"]),
    ("policy-always-true", "read by everybody", "CREATE POLICY x ON app.a FOR SELECT USING (true)", &["app.a.x"]),
    ("policy-always-true", "read by anon among others", "CREATE POLICY x ON app.a FOR SELECT TO authenticated, anon USING (true)", &["app.a.x"]),
    ("policy-always-true", "true in other words", "CREATE POLICY x ON app.a FOR DELETE USING (1 = 1); CREATE POLICY y ON app.a FOR DELETE USING ((SELECT NOT false)); CREATE POLICY z ON app.a FOR DELETE USING (owner = (SELECT auth.uid()) OR true)", &["app.a.x", "app.a.y", "app.a.z"]),
    ("policy-always-true", "a column compared with itself", "CREATE POLICY x ON app.a FOR DELETE USING (a.owner = owner)", &["app.a.x"]),
    ("policy-always-true", "false in other words", "CREATE POLICY x ON app.a USING (false); CREATE POLICY y ON app.a USING (1 = 0); CREATE POLICY z ON app.a USING (id = 1 AND NOT true)", &[]),
    ("policy-always-true", "true and more", "CREATE POLICY x ON app.a USING (true AND owner = (SELECT auth.uid()))", &[]),
    ("policy-always-true", "a text", "CREATE TABLE app.t (is_true text); CREATE POLICY x ON app.t USING (is_true = 'true')", &[]),
    ("policy-always-true", "read by those who are signed in", "CREATE POLICY x ON app.a FOR SELECT TO authenticated USING (true)", &[]),
    ("policy-always-true", "restrictive", "CREATE POLICY x ON app.a AS RESTRICTIVE USING (true)", &[]),
    ("policy-always-true", "for the service, whom nothing binds", "CREATE POLICY x ON app.a TO service_role USING (true)", &[]),

    ("function-search-path", "none", "CREATE FUNCTION app.f(a integer, OUT b text) LANGUAGE sql AS 'SELECT $1::text'", &["app.f(a integer, OUT b text)"]),
    ("function-search-path", "another setting", "CREATE PROCEDURE app.p() LANGUAGE sql SET work_mem = '4MB' AS 'SELECT 1'", &["app.p()"]),
    ("function-search-path", "a trigger's", "CREATE FUNCTION app.\"F()\"() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'", &["app.\"F()\"()"]),
    ("function-search-path", "pinned", "CREATE FUNCTION app.f() RETURNS integer LANGUAGE sql SET search_path = app, pg_temp AS 'SELECT 1'; CREATE FUNCTION app.g() RETURNS integer LANGUAGE sql SET search_path FROM CURRENT AS 'SELECT 1'", &[]),
    ("function-search-path", "standard SQL", "CREATE FUNCTION app.f() RETURNS integer LANGUAGE sql RETURN 1", &[]),
    ("function-search-path", "C and what the server has inside", "CREATE FUNCTION app.f(text) RETURNS integer LANGUAGE internal AS 'textlen'", &[]),
    ("function-search-path", "an extension's", "CREATE EXTENSION hstore WITH SCHEMA app", &[]),
    ("function-search-path", "an aggregate", "CREATE AGGREGATE app.s(integer) (SFUNC = int4pl, STYPE = integer)", &[]),
    ("function-search-path", "the platform's", "CREATE FUNCTION auth.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'", &[]),

    ("definer-open-to-all", "to everybody, as it is born", "CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1'", &["public.f()"]),
    ("definer-open-to-all", "to anon", "CREATE FUNCTION app.f(integer) RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; REVOKE ALL ON FUNCTION app.f FROM PUBLIC; GRANT EXECUTE ON FUNCTION app.f TO anon", &["app.f(integer)"]),
    ("definer-open-to-all", "a trigger's", "CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END'", &["public.f()"]),
    ("definer-open-to-all", "invoker", "CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'", &[]),
    ("definer-open-to-all", "to those who are signed in", "CREATE FUNCTION app.f() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; REVOKE ALL ON FUNCTION app.f FROM PUBLIC; GRANT EXECUTE ON FUNCTION app.f TO authenticated", &[]),
    ("definer-open-to-all", "in a schema that nobody may use", "CREATE FUNCTION closed.f() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", &[]),
    ("definer-open-to-all", "an event trigger's", "CREATE FUNCTION public.f() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN END'", &[]),

    ("view-past-policies", "over a table with row level security", "CREATE VIEW app.v AS SELECT id FROM app.safe", &["app.v"]),
    ("view-past-policies", "by way of another view", "CREATE VIEW app.v WITH (security_barrier) AS SELECT 1 AS a WHERE EXISTS (SELECT FROM app.safe); CREATE VIEW app.w AS SELECT * FROM app.v", &["app.v", "app.w"]),
    ("view-past-policies", "read by an API's role", "CREATE VIEW public.v AS SELECT id FROM app.a", &["public.v"]),
    ("view-past-policies", "over the platform's users", "CREATE VIEW app.v AS SELECT id FROM auth.users", &["app.v"]),
    ("view-past-policies", "read by nobody, over nothing that matters", "CREATE VIEW app.v AS SELECT id FROM app.a", &[]),
    ("view-past-policies", "the platform's", "CREATE VIEW auth.v AS SELECT id FROM auth.users", &[]),

    ("rows-without-policies", "a materialized view", "CREATE MATERIALIZED VIEW app.m AS SELECT id FROM app.safe; GRANT SELECT ON app.m TO authenticated", &["app.m"]),
    ("rows-without-policies", "a foreign table", "CREATE FOREIGN DATA WRAPPER advice_wrapper; CREATE SERVER advice_server FOREIGN DATA WRAPPER advice_wrapper; CREATE FOREIGN TABLE public.f (a integer) SERVER advice_server", &["public.f"]),
    ("rows-without-policies", "read by nobody", "CREATE MATERIALIZED VIEW app.m AS SELECT id FROM app.safe", &[]),
    ("rows-without-policies", "a view, of which another rule tells", "CREATE VIEW public.v AS SELECT id FROM app.a", &[]),
    ("rows-without-policies", "a right that reads nothing", "CREATE MATERIALIZED VIEW app.m AS SELECT id FROM app.safe; GRANT TRIGGER ON app.m TO authenticated", &[]),

    ("foreign-key-without-index", "none", "CREATE TABLE app.b (a integer REFERENCES app.a)", &["app.b.b_a_fkey"]),
    ("foreign-key-without-index", "not the first column", "CREATE TABLE app.b (a integer REFERENCES app.a, b integer); CREATE INDEX ON app.b (b, a)", &["app.b.b_a_fkey"]),
    ("foreign-key-without-index", "partial", "CREATE TABLE app.b (a integer REFERENCES app.a, b integer); CREATE INDEX ON app.b (a) WHERE b > 0; CREATE INDEX ON app.b (a) WHERE b IS NOT NULL; CREATE INDEX ON app.b (a) WHERE a IS NULL; CREATE INDEX ON app.b (a) WHERE a IS NOT NULL OR b IS NOT NULL", &["app.b.b_a_fkey"]),
    ("foreign-key-without-index", "an expression", "CREATE TABLE app.b (a integer REFERENCES app.a); CREATE INDEX ON app.b ((a + 0))", &["app.b.b_a_fkey"]),
    ("foreign-key-without-index", "a method that finds no single row", "CREATE TABLE app.b (a integer REFERENCES app.a); CREATE INDEX ON app.b USING brin (a)", &["app.b.b_a_fkey"]),
    ("foreign-key-without-index", "only included", "CREATE TABLE app.b (a integer REFERENCES app.a, b integer); CREATE INDEX ON app.b (b) INCLUDE (a); CREATE TABLE app.t (x integer, y integer, UNIQUE (x, y)); CREATE TABLE app.c (x integer, y integer, FOREIGN KEY (x, y) REFERENCES app.t (x, y)); CREATE INDEX ON app.c (x) INCLUDE (y)", &["app.b.b_a_fkey", "app.c.c_x_y_fkey"]),
    ("foreign-key-without-index", "an invalid one", "CREATE TABLE app.b (a integer REFERENCES app.a); CREATE INDEX i ON app.b (a); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.i'::regclass", &["app.b.b_a_fkey"]),
    ("foreign-key-without-index", "one column of two", "CREATE TABLE app.t (x integer, y integer, UNIQUE (x, y)); CREATE TABLE app.c (x integer, y integer, z integer, FOREIGN KEY (x, y) REFERENCES app.t (x, y)); CREATE INDEX ON app.c (x, z, y)", &["app.c.c_x_y_fkey"]),
    ("foreign-key-without-index", "partitioned, told once", "CREATE TABLE app.b (a integer REFERENCES app.a) PARTITION BY RANGE (a); CREATE TABLE app.c PARTITION OF app.b DEFAULT", &["app.b.b_a_fkey"]),
    ("foreign-key-without-index", "hostile names", "CREATE TABLE app.\"B.b\" (\"a) IS NOT NULL\" integer, CONSTRAINT \"k.k\" FOREIGN KEY (\"a) IS NOT NULL\") REFERENCES app.a); CREATE TABLE app.c (\"x :boolop or\" integer REFERENCES app.a); CREATE INDEX ON app.c (\"x :boolop or\") WHERE \"x :boolop or\" IS NOT NULL", &["app.\"B.b\".\"k.k\""]),
    ("foreign-key-without-index", "one", "CREATE TABLE app.b (a integer REFERENCES app.a); CREATE INDEX ON app.b USING hash (a)", &[]),
    ("foreign-key-without-index", "the first columns, in another order", "CREATE TABLE app.t (x integer, y integer, UNIQUE (x, y)); CREATE TABLE app.c (x integer, y integer, z integer, FOREIGN KEY (x, y) REFERENCES app.t (x, y)); CREATE INDEX ON app.c (y DESC, x, z)", &[]),
    ("foreign-key-without-index", "without the rows that refer to nothing", "CREATE TABLE app.t (x integer, y integer, UNIQUE (x, y)); CREATE TABLE app.c (x integer, y integer, FOREIGN KEY (x, y) REFERENCES app.t (x, y)); CREATE INDEX ON app.c (x, y) WHERE x IS NOT NULL AND y IS NOT NULL; CREATE TABLE app.b (z integer, a integer REFERENCES app.a); CREATE INDEX ON app.b (a) WHERE a IS NOT NULL", &[]),
    ("foreign-key-without-index", "the primary key", "CREATE TABLE app.b (a integer REFERENCES app.a, n integer, PRIMARY KEY (a, n))", &[]),
    ("foreign-key-without-index", "a partitioned index", "CREATE TABLE app.b (a integer REFERENCES app.a) PARTITION BY RANGE (a); CREATE TABLE app.c PARTITION OF app.b DEFAULT; CREATE INDEX ON app.b (a)", &[]),
    ("foreign-key-without-index", "the platform's", "CREATE TABLE auth.more (a uuid REFERENCES auth.users)", &[]),

    ("duplicate-index", "two of one definition", "CREATE INDEX i ON app.a (owner); CREATE INDEX j ON app.a (owner)", &["app.j"]),
    ("duplicate-index", "three of one definition", "CREATE INDEX i ON app.a (lower(owner::text)) WHERE id > 0; CREATE INDEX j ON app.a (lower(owner::text)) WHERE id > 0; CREATE INDEX k ON app.a (lower(owner::text)) WHERE id > 0", &["app.j", "app.k"]),
    ("duplicate-index", "what the primary key does", "CREATE INDEX i ON app.a (id); CREATE UNIQUE INDEX u ON app.a (id); ALTER TABLE app.a ADD CONSTRAINT \"A.k\" UNIQUE (id)", &["app.\"A.k\"", "app.i", "app.u"]),
    ("duplicate-index", "what a unique index does", "CREATE INDEX a_i ON app.a (owner); CREATE UNIQUE INDEX z ON app.a (owner)", &["app.a_i"]),
    ("duplicate-index", "a partitioned one, told once", "CREATE TABLE app.p (a integer) PARTITION BY RANGE (a); CREATE TABLE app.q PARTITION OF app.p DEFAULT; CREATE INDEX i ON app.p (a); CREATE INDEX j ON app.p (a)", &["app.j"]),
    ("duplicate-index", "another order, method, predicate, class, column more", "CREATE TABLE app.t (a text, b text); CREATE INDEX ON app.t (a); CREATE INDEX ON app.t (a DESC); CREATE INDEX ON app.t USING hash (a); CREATE INDEX ON app.t (a) WHERE b IS NULL; CREATE INDEX ON app.t (a text_pattern_ops); CREATE INDEX ON app.t (a, b); CREATE INDEX ON app.t (a) INCLUDE (b); CREATE INDEX ON app.t (a COLLATE \"C\"); CREATE INDEX ON app.t (b, a)", &[]),
    ("duplicate-index", "one that promises more", "CREATE TABLE app.t (a integer, CONSTRAINT k UNIQUE (a) DEFERRABLE); CREATE UNIQUE INDEX i ON app.t (a)", &[]),
    ("duplicate-index", "an invalid one, of which another rule tells", "CREATE INDEX i ON app.a (owner); CREATE INDEX j ON app.a (owner); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.j'::regclass", &[]),
    ("duplicate-index", "the same column of another table", "CREATE INDEX ON app.a (owner); CREATE INDEX ON app.safe (owner)", &[]),

    ("invalid-index", "left behind", "CREATE INDEX \"I.i\" ON app.a (owner); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.\"I.i\"'::regclass", &["app.\"I.i\""]),
    ("invalid-index", "not on every partition", "CREATE TABLE app.p (a integer) PARTITION BY RANGE (a); CREATE TABLE app.q PARTITION OF app.p DEFAULT; CREATE INDEX i ON ONLY app.p (a)", &["app.i"]),
    ("invalid-index", "valid", "CREATE INDEX ON app.a (owner)", &[]),
    ("invalid-index", "on every partition", "CREATE TABLE app.p (a integer) PARTITION BY RANGE (a); CREATE TABLE app.q PARTITION OF app.p DEFAULT; CREATE INDEX i ON app.p (a)", &[]),

    ("table-without-primary-key", "none", "CREATE TABLE app.b (a integer)", &["app.b"]),
    ("table-without-primary-key", "a unique index", "CREATE TABLE app.b (a integer NOT NULL UNIQUE)", &["app.b"]),
    ("table-without-primary-key", "partitioned, told once", "CREATE TABLE app.b (a integer) PARTITION BY RANGE (a); CREATE TABLE app.c PARTITION OF app.b DEFAULT", &["app.b"]),
    ("table-without-primary-key", "one", "CREATE TABLE app.b (a integer, b integer, PRIMARY KEY (a, b)); CREATE TABLE app.c (a integer PRIMARY KEY) PARTITION BY RANGE (a); CREATE TABLE app.d PARTITION OF app.c DEFAULT", &[]),
    ("table-without-primary-key", "no table", "CREATE VIEW app.v AS SELECT id FROM app.a; CREATE TYPE app.t AS (a integer)", &[]),
    ("table-without-primary-key", "the toolkit's own, the platform's, a temporary one", "CREATE TABLE IF NOT EXISTS public.schema_migrations (a integer); CREATE TABLE auth.more (); CREATE TEMPORARY TABLE t ()", &[]),
];

/// What PostgreSQL 15 brought.
#[rustfmt::skip]
const CASES_15: &[Case] = &[
    ("view-past-policies", "with the rights of whoever asks", "CREATE VIEW public.v WITH (security_invoker) AS SELECT id FROM app.safe; CREATE VIEW public.w WITH (security_invoker = on) AS SELECT id FROM app.safe", &[]),
    ("view-past-policies", "expressly with those of the owner", "CREATE VIEW public.v WITH (security_invoker = off) AS SELECT id FROM app.safe", &["public.v"]),
    ("duplicate-index", "NULLs that are not distinct", "CREATE UNIQUE INDEX i ON app.a (owner); CREATE UNIQUE INDEX j ON app.a (owner) NULLS NOT DISTINCT", &[]),
];

fn cases(transaction: &mut Transaction<'_>) -> Vec<Case> {
    let version: String = transaction.query_one("SHOW server_version_num", &[]).unwrap().get(0);
    let newer: &[Case] = if version.parse::<u32>().unwrap() >= 150_000 {
        CASES_15
    } else {
        &[]
    };
    [CASES, newer].concat()
}

#[test]
fn every_rule_tells_what_it_is_for_and_nothing_that_looks_like_it() {
    let database = TestDatabase::before("promptpal");
    let mut client = database.connect();
    let mut transaction = client.transaction().unwrap();
    transaction.batch_execute(SCHEMA).unwrap();
    assert_eq!(advise_within(&mut transaction).unwrap(), [], "before any case");
    let mut failures = Vec::new();
    for (rule, name, sql, expected) in cases(&mut transaction) {
        let mut savepoint = transaction.transaction().unwrap();
        let told = savepoint
            .batch_execute(sql)
            .map_err(|error| format!("{error:?}"))
            .and_then(|()| advise_within(&mut savepoint).map_err(|error| format!("{error:?}")))
            .map(|advice| objects(&advice, rule));
        let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        if told.as_ref() != Ok(&expected) {
            failures.push(format!("{rule}, {name}: {told:?} and not {expected:?}"));
        }
        savepoint.rollback().unwrap();
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn objects(advice: &[Advice], rule: &str) -> Vec<String> {
    advice
        .iter()
        .filter(|advice| advice.rule == rule)
        .map(|advice| advice.object.clone())
        .collect()
}

#[test]
fn every_rule_is_explained_to_those_who_write_migrations() {
    let text = fs::read_to_string(root().join("migrations/README.md")).unwrap();
    assert!(rules().count() > 0);
    for rule in rules() {
        assert!(
            text.contains(&format!("\n| `{rule}` | ")),
            "migrations/README.md has no row for `{rule}`"
        );
    }
}

#[test]
fn every_rule_has_cases_of_both_kinds() {
    let mut counts: BTreeMap<&str, (usize, usize)> = rules().map(|rule| (rule, (0, 0))).collect();
    for (rule, name, _, expected) in CASES {
        let count = counts
            .get_mut(rule)
            .unwrap_or_else(|| panic!("`{rule}` of `{name}` is no rule"));
        if expected.is_empty() {
            count.1 += 1;
        } else {
            count.0 += 1;
        }
    }
    assert!(!counts.is_empty());
    for (rule, (told, untold)) in counts {
        assert!(
            told >= 2 && untold >= 2,
            "{rule}: {told} that are told, {untold} that look like it"
        );
    }
}

/// One finding of each rule, in the words that people read.
const UNWISE: &str = "
    CREATE ROLE advice_reader; CREATE ROLE advice_login LOGIN;
    CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO anon, authenticated;
    CREATE TABLE app.open (id integer, other integer);
    GRANT SELECT, INSERT ON app.open TO authenticated; GRANT UPDATE (id) ON app.open TO anon;
    CREATE TABLE app.off (id integer PRIMARY KEY);
    CREATE POLICY one ON app.off USING (id > 0); CREATE POLICY two ON app.off USING (id > 1);
    CREATE TABLE app.bare (id integer PRIMARY KEY);
    ALTER TABLE app.bare ENABLE ROW LEVEL SECURITY; ALTER TABLE app.bare OWNER TO advice_login;
    CREATE TABLE app.held (id integer PRIMARY KEY, owner uuid, CONSTRAINT held_id_fkey FOREIGN KEY (id) REFERENCES app.off);
    ALTER TABLE app.held ENABLE ROW LEVEL SECURITY;
    ALTER TABLE app.held ADD CONSTRAINT held_owner_fkey FOREIGN KEY (owner) REFERENCES auth.users;
    CREATE INDEX held_id_idx ON app.held (id);
    CREATE POLICY a_row ON app.held FOR SELECT TO authenticated USING (owner = auth.uid() AND auth.role() = 'authenticated');
    CREATE POLICY give ON app.held FOR UPDATE TO authenticated USING (owner = (SELECT auth.uid())) WITH CHECK (true);
    CREATE POLICY all_of_it ON app.held TO anon, authenticated USING (true);
    CREATE FUNCTION app.f(a integer, b text[]) RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
    CREATE VIEW app.v AS SELECT h.id FROM app.held AS h JOIN app.bare AS b USING (id); GRANT SELECT ON app.v TO anon;
    CREATE MATERIALIZED VIEW app.m AS SELECT 1 AS a; GRANT SELECT ON app.m TO PUBLIC;
    CREATE INDEX held_broken ON app.held (owner, id); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.held_broken'::regclass;";

#[test]
fn advice_says_what_is_wrong_and_what_to_do() {
    let database = TestDatabase::before("promptpal");
    let mut client = database.connect();
    let mut transaction = client.transaction().unwrap();
    transaction.batch_execute(UNWISE).unwrap();
    let advice = advise_within(&mut transaction).unwrap();
    let told: Vec<&str> = advice.iter().map(|it| it.rule).collect();
    for rule in rules() {
        assert!(told.contains(&rule), "{rule}");
    }
    let superuser = database.target().user().to_owned();
    let text: Vec<String> = advice
        .iter()
        .map(|it| {
            format!(
                "{}: `{}`: {}\n    {}",
                it.rule,
                it.object,
                it.message.replace(&superuser, "SUPERUSER"),
                it.help
            )
        })
        .collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn whoever_may_connect_is_advised_alike_and_leaves_no_trace() {
    let database = TestDatabase::before("promptpal");
    let reader = database.role("reader");
    database
        .connect()
        .batch_execute("CREATE TABLE public.open (); CREATE TABLE public.safe (); ALTER TABLE public.safe ENABLE ROW LEVEL SECURITY")
        .unwrap();
    let told = advise(&mut database.connect()).unwrap();
    assert!(told.len() >= 3, "{told:?}");
    let mut client = database.connect_as(&reader);
    client.batch_execute("SET search_path = pg_catalog, public").unwrap();
    assert_eq!(advise(&mut client).unwrap(), told);
    let path: String = client.query_one("SHOW search_path", &[]).unwrap().get(0);
    assert_eq!(path, "pg_catalog, public");
}

#[test]
fn a_database_without_api_roles_and_policies_hears_nothing_of_row_level_security() {
    let database = TestDatabase::empty();
    let application = database.role("application");
    let mut client = database.connect();
    client
        .batch_execute(&format!(
            "CREATE TABLE t (id integer PRIMARY KEY); GRANT ALL ON t TO {application}"
        ))
        .unwrap();
    assert_eq!(advise(&mut client).unwrap(), []);
    client.batch_execute("GRANT SELECT ON t TO PUBLIC").unwrap();
    let told: Vec<_> = advise(&mut client)
        .unwrap()
        .into_iter()
        .map(|it| (it.rule, it.message))
        .collect();
    assert_eq!(
        told,
        [(
            "row-security-off",
            "row level security is off: every row is open to PUBLIC (select)".to_owned()
        )]
    );
    client.batch_execute(&format!("DROP OWNED BY {application}")).unwrap();
}
