//! What stops a run, what of it stays, and what files may set without disturbing the ledger or the next file.

use postgres::Client;

use crate::harness::{Sandbox, TestDatabase};

fn lines(client: &mut Client) -> Vec<i32> {
    let rows = client.query("SELECT line FROM log ORDER BY line", &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn applied(client: &mut Client) -> Vec<i64> {
    let rows = client
        .query(
            "SELECT version FROM public.schema_migrations WHERE phase IS NULL ORDER BY version",
            &[],
        )
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Twenty files that each write a line; the fifteenth is `special`.
fn twenty(special: &str) -> Sandbox {
    let sandbox = Sandbox::new(&[]);
    for number in 1..=20 {
        let log = if number == 1 {
            "CREATE TABLE log (line int);\n"
        } else {
            ""
        };
        let text = match number {
            15 => special.to_owned(),
            _ => format!("{log}INSERT INTO log VALUES ({number});\n"),
        };
        sandbox.write(&format!("migrations/shop/{number:03}_step.sql"), text);
    }
    sandbox
}

/// Runs a history whose fifteenth file is `special` and fails: those before it are applied and said to be, those behind it are not.
fn fails_at_15(special: &str, parts: &[&str]) -> (TestDatabase, Sandbox) {
    let (database, sandbox) = (TestDatabase::empty(), twenty(special));
    let ended = sandbox.run_on(&database, &["db-migrate"]).expect(1);
    let mut client = database.connect();
    assert_eq!(lines(&mut client), (1..=14).collect::<Vec<_>>(), "{}", ended.err);
    assert_eq!(applied(&mut client), (1..=14).collect::<Vec<_>>());
    let always = [
        "Applied 014_step",
        "14 of 20 migrations to apply came before the error: applied, recorded and kept",
        "nothing of this file was applied",
    ];
    for part in always.iter().chain(parts) {
        assert!(ended.err.contains(part), "{part}\n{}", ended.err);
    }
    assert!(!ended.err.contains("Applied 015_step"), "{}", ended.err);
    (database, sandbox)
}

fn finishes_after(database: &TestDatabase, sandbox: &Sandbox) {
    sandbox.write("migrations/shop/015_step.sql", "INSERT INTO log VALUES (15);\n");
    sandbox.run_on(database, &["db-migrate"]).expect(0);
    assert_eq!(lines(&mut database.connect()), (1..=20).collect::<Vec<_>>());
}

#[test]
fn a_syntax_error_in_file_15_keeps_the_14_before_it() {
    let (database, sandbox) = fails_at_15(
        "INSERT INTO log VALUES (15);\nCREATE TABLE täble (id int,, b int);\n",
        &["syntax error at or near \",\"", "015_step.sql:2:28"],
    );
    finishes_after(&database, &sandbox);
}

#[test]
fn an_error_at_commit_is_that_of_its_file() {
    let (database, sandbox) = fails_at_15(
        "CREATE TABLE p (id int PRIMARY KEY);\n\
         CREATE TABLE c (p int CONSTRAINT c_p REFERENCES p DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO log VALUES (15);\nINSERT INTO c VALUES (1);\n",
        &["violates foreign key constraint \"c_p\"", "015_step.sql"],
    );
    finishes_after(&database, &sandbox);
}

#[test]
fn an_error_without_a_position_is_that_of_its_file() {
    let (database, sandbox) = fails_at_15(
        "INSERT INTO log VALUES (15);\nDO $$BEGIN RAISE EXCEPTION 'not today'; END$$;\n",
        &["not today", "015_step.sql"],
    );
    finishes_after(&database, &sandbox);
}

#[test]
fn an_error_in_copy_data_is_that_of_its_file() {
    let (database, sandbox) = fails_at_15(
        "INSERT INTO log VALUES (15);\nCOPY log FROM stdin;\n15\nfifteen\n\\.\n",
        &[
            "invalid input syntax for type integer: \"fifteen\"",
            "015_step.sql:4:1",
            "COPY log, line 2",
        ],
    );
    finishes_after(&database, &sandbox);
}

#[test]
fn copy_data_and_a_transaction_of_its_own_are_taken_in_a_file() {
    let sandbox = Sandbox::new(&[
        (
            "001_copy.sql",
            "CREATE TABLE log (line int, level text);\nCOPY log FROM stdin;\n1\tö\n2\t\\N\n\\.\nINSERT INTO log VALUES (3);\n",
        ),
        (
            "002_serializable.sql",
            "BEGIN ISOLATION LEVEL SERIALIZABLE;\nINSERT INTO log VALUES (4, current_setting('transaction_isolation'));\nCOMMIT;\n",
        ),
        (
            "003_plain.sql",
            "INSERT INTO log VALUES (5, current_setting('transaction_isolation'))",
        ),
    ]);
    let database = TestDatabase::empty();
    sandbox.run_on(&database, &["db-migrate"]).expect(0);
    let rows = database
        .connect()
        .query("SELECT level FROM log ORDER BY line", &[])
        .unwrap();
    let levels: Vec<Option<String>> = rows.iter().map(|row| row.get(0)).collect();
    let levels: Vec<Option<&str>> = levels.iter().map(Option::as_deref).collect();
    assert_eq!(
        levels,
        [Some("ö"), None, None, Some("serializable"), Some("read committed")]
    );
}

#[test]
fn a_single_transaction_is_all_or_none() {
    for special in [
        "INSERT INTO log VALUES (15);\nSELECT 1/0;\n",
        "CREATE TABLE p (id int PRIMARY KEY);\nCREATE TABLE c (p int CONSTRAINT c_p REFERENCES p DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (1);\n",
    ] {
        let (database, sandbox) = (TestDatabase::empty(), twenty(special));
        let before = catalog(&database);
        let ended = sandbox
            .run_on(&database, &["db-migrate", "--single-transaction"])
            .expect(1);
        for part in ["015_step.sql", "all files share one transaction: none was applied"] {
            assert!(ended.err.contains(part), "{part}\n{}", ended.err);
        }
        assert!(!ended.err.contains("Applied"), "{}", ended.err);
        assert_eq!(catalog(&database), before);
        sandbox.write("migrations/shop/015_step.sql", "INSERT INTO log VALUES (15);\n");
        sandbox
            .run_on(&database, &["db-migrate", "--single-transaction"])
            .expect(0);
        assert_eq!(lines(&mut database.connect()), (1..=20).collect::<Vec<_>>());
        let transactions: i64 = database
            .connect()
            .query_one("SELECT count(DISTINCT xmin::text) FROM public.schema_migrations", &[])
            .unwrap()
            .get(0);
        assert_eq!(transactions, 1);
    }
}

/// Everything in the catalogue, row by row, and the ledger, so that two states can be told apart. What the whole server shares is left out:
/// other tests are at work there.
fn catalog(database: &TestDatabase) -> Vec<(String, String)> {
    let mut client = database.connect();
    let rows = client
        .query(
            "SELECT c.oid::regclass::text FROM pg_class c
             WHERE c.relkind = 'r' AND (c.relnamespace IN ('pg_catalog'::regnamespace, 'public'::regnamespace))
               AND c.relname NOT LIKE 'pg\\_stat%' AND c.relname <> 'pg_largeobject' AND NOT c.relisshared ORDER BY 1",
            &[],
        )
        .unwrap();
    assert!(rows.len() > 40, "the catalogue has more tables");
    rows.iter()
        .map(|row| {
            let table: String = row.get(0);
            // What depends on roles is told of all databases of the server, and others come and go meanwhile.
            let own = match table.as_str() {
                "pg_shdepend" => "WHERE dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))",
                _ => "",
            };
            let hash = client
                .query_one(&format!("SELECT count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM {table} AS t {own}"), &[])
                .unwrap();
            (table, hash.get(0))
        })
        .collect()
}

#[test]
fn a_dry_run_changes_nothing_and_says_what_it_could_not_try() {
    let (database, sandbox) = (TestDatabase::empty(), twenty("-- xtask: no-transaction\nVACUUM log;\n"));
    sandbox.run_on(&database, &["db-migrate", "--to", "3"]).expect(0);
    let before = catalog(&database);
    let ended = sandbox.run_on(&database, &["db-migrate", "--dry-run"]).expect(0);
    assert_eq!(catalog(&database), before);
    for part in [
        "Trying 004_step",
        "Trying 014_step",
        "note: not tried: 015_step",
        "note: not tried: 020_step",
        "dry run of 11 migrations, rolled back; nothing was changed",
    ] {
        assert!(ended.err.contains(part), "{part}\n{}", ended.err);
    }
    assert!(!ended.err.contains("Applied"), "{}", ended.err);
    sandbox.run_on(&database, &["db-migrate"]).expect(0);
}

#[test]
fn a_dry_run_on_an_empty_database_leaves_it_empty() {
    let (database, sandbox) = (TestDatabase::empty(), twenty("INSERT INTO log VALUES (15);\n"));
    let before = catalog(&database);
    let ended = sandbox.run_on(&database, &["db-migrate", "--dry-run"]).expect(0);
    assert!(ended.err.contains("dry run of 20 migrations"), "{}", ended.err);
    assert_eq!(catalog(&database), before);
}

#[test]
fn a_dry_run_finds_what_only_a_commit_would() {
    let sandbox = twenty(
        "CREATE TABLE p (id int PRIMARY KEY);\nCREATE TABLE c (p int CONSTRAINT c_p REFERENCES p DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (1);\n",
    );
    let database = TestDatabase::empty();
    let before = catalog(&database);
    let ended = sandbox.run_on(&database, &["db-migrate", "--dry-run"]).expect(1);
    for part in ["\"c_p\"", "015_step.sql", "this was a dry run: nothing was applied"] {
        assert!(ended.err.contains(part), "{part}\n{}", ended.err);
    }
    assert_eq!(catalog(&database), before);
}

/// All that a file can set for its session, each in a file of its own, and after each one that looks.
#[test]
fn what_a_file_sets_disturbs_neither_the_ledger_nor_the_next_file() {
    const SETTINGS: &[&str] = &[
        "SET search_path = pg_catalog",
        "SELECT pg_catalog.set_config('search_path', '', false)",
        "SET ROLE pg_monitor",
        "SET SESSION AUTHORIZATION pg_monitor",
        "SET default_transaction_read_only = on",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY, ISOLATION LEVEL SERIALIZABLE",
        "SET client_min_messages = error",
        "SET statement_timeout = '200ms'",
        "SET lock_timeout = '1ms'",
        "SET row_security = off",
        "SET standard_conforming_strings = off",
        "SET check_function_bodies = off",
        "SET DateStyle = 'German'; SET IntervalStyle = 'sql_standard'; SET bytea_output = 'escape'; SET TimeZone = 'Asia/Tokyo'",
        "SET session_replication_role = replica",
        "SET quote_all_identifiers = on; SET transform_null_equals = on; SET extra_float_digits = 0",
        "SET client_encoding = 'LATIN1'",
    ];
    const LOOK: &str = "INSERT INTO looks SELECT name, setting FROM pg_settings WHERE source = 'session' AND name NOT IN ('lock_timeout', 'client_min_messages');
        INSERT INTO looks SELECT 'role', current_user WHERE current_user <> 'postgres' OR session_user <> 'postgres';
        INSERT INTO looks SELECT 'backslash', 'ü' WHERE length('\\n') <> 2;
        INSERT INTO looks SELECT 'lock_timeout', setting FROM pg_settings WHERE name = 'lock_timeout' AND setting <> '5000';";
    for directive in ["", "-- xtask: no-transaction\n"] {
        let database = TestDatabase::empty();
        let sandbox = Sandbox::new(&[("000_looks.sql", "CREATE TABLE looks (name text, setting text);\n")]);
        for (index, setting) in SETTINGS.iter().enumerate() {
            let (number, path) = (index * 2 + 1, "migrations/shop");
            sandbox.write(
                &format!("{path}/{number:03}_sets.sql"),
                format!("{directive}{setting};\nSELECT 'ö';\n"),
            );
            sandbox.write(&format!("{path}/{:03}_looks.sql", number + 1), LOOK);
        }
        let ended = sandbox.run_on(&database, &["db-migrate"]).expect(0);
        let mut client = database.connect();
        let rows = client.query("SELECT name || ' = ' || setting FROM looks", &[]).unwrap();
        let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(found, Vec::<String>::new());
        // That the look sees what is set, where it is set.
        sandbox.write(
            "migrations/shop/900_sees.sql",
            format!("SET work_mem = '7MB';\nSET ROLE pg_monitor;\nRESET ROLE;\n{LOOK}"),
        );
        sandbox.run_on(&database, &["db-migrate"]).expect(0);
        let seen: String = client.query_one("SELECT name FROM looks", &[]).unwrap().get(0);
        assert_eq!(seen, "work_mem");
        assert_eq!(applied(&mut client).len(), SETTINGS.len() * 2 + 2);
        assert_eq!(
            ended.err.matches(" Applied ").count(),
            SETTINGS.len() * 2 + 1,
            "{}",
            ended.err
        );
        sandbox.run_on(&database, &["db-status", "--check"]).expect(0);
    }
}

#[test]
fn settings_hold_for_the_statements_behind_them_in_a_resumed_file_too() {
    let database = TestDatabase::empty();
    let mut client = database.connect();
    client
        .batch_execute("CREATE SCHEMA side; CREATE TABLE side.t (id int); INSERT INTO side.t VALUES (1), (1)")
        .unwrap();
    let sandbox = Sandbox::new(&[(
        "001_side.sql",
        "-- xtask: no-transaction\nSET search_path = side;\nSET ROLE pg_monitor;\nRESET ROLE;\n\
         CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id);\nCREATE TABLE u AS SELECT current_setting('search_path') AS path;\n",
    )]);
    let ended = sandbox.run_on(&database, &["db-migrate"]).expect(1);
    assert!(ended.err.contains("INVALID index `side.t_id`"), "{}", ended.err);
    client.batch_execute("TRUNCATE side.t").unwrap();
    sandbox.run_on(&database, &["db-migrate"]).expect(0);
    let path: String = client.query_one("SELECT path FROM side.u", &[]).unwrap().get(0);
    assert_eq!(path, "side");
}

#[test]
fn a_file_that_lost_its_directive_half_way_is_told_and_not_tried_for_ever() {
    let (database, sandbox) = (
        TestDatabase::empty(),
        Sandbox::new(&[(
            "001_half.sql",
            "-- xtask: no-transaction\nCREATE TABLE a ();\nSELECT 1/0;\n",
        )]),
    );
    sandbox.run_on(&database, &["db-migrate"]).expect(1);
    sandbox.write("migrations/shop/001_half.sql", "CREATE TABLE a ();\nSELECT 1;\n");
    for flags in [&["db-migrate"][..], &["db-migrate", "--single-transaction"]] {
        let ended = sandbox.run_on(&database, flags).expect(1);
        for part in ["-- xtask: no-transaction", "1 --strike"] {
            assert!(ended.err.contains(part), "{part}\n{}", ended.err);
        }
    }
    sandbox.write(
        "migrations/shop/001_half.sql",
        "-- xtask: no-transaction\nCREATE TABLE a ();\nSELECT 1;\n",
    );
    sandbox.run_on(&database, &["db-migrate"]).expect(0);
}
