//! Killed, or cut off, at every message of a run: the next run finishes the job, and nothing is applied twice or half.
//!
//! The histories tell on whoever applies them wrongly: a table that is made twice fails, and each line of the log stands there once.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use postgres::Client;

use crate::harness::faults::{self, Fate};
use crate::harness::proxy::Point;
use crate::harness::running::{Victim, kill};
use crate::harness::{HELD_UP, Proxy, Sandbox, TestDatabase, wait_until};

/// Files that each run in a transaction; one has COPY data, which takes messages of its own, and one is wrapped in a transaction.
const TRANSACTIONAL: &[(&str, &str)] = &[
    (
        "001_log.sql",
        "CREATE TABLE log (line text);\nINSERT INTO log VALUES ('1');\n",
    ),
    (
        "002_copy.sql",
        "CREATE TABLE copied (id int);\nCOPY copied FROM stdin;\n1\n2\n\\.\nINSERT INTO log VALUES ('2');\n",
    ),
    (
        "003_wrapped.sql",
        "BEGIN ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE wrapped ();\nINSERT INTO log VALUES ('3');\nCOMMIT;\n",
    ),
    ("004_last.sql", "CREATE TABLE last ();\nINSERT INTO log VALUES ('4');\n"),
];

/// A file that runs statement by statement, between two that don't.
const STATEMENTS: &[(&str, &str)] = &[
    (
        "001_log.sql",
        "CREATE TABLE log (line text);\nINSERT INTO log VALUES ('1');\nCREATE SCHEMA side;\n",
    ),
    (
        "002_statements.sql",
        "-- xtask: no-transaction
SET search_path = side, public;
CREATE TABLE work (id int);
INSERT INTO log VALUES ('2');
CREATE INDEX old ON work (id);
BEGIN;
INSERT INTO work SELECT generate_series(1, 100);
CREATE TABLE grouped ();
INSERT INTO log VALUES ('3');
COMMIT;
CREATE INDEX CONCURRENTLY new ON work (id);
DROP INDEX CONCURRENTLY old;
VACUUM work;
INSERT INTO log VALUES ('4')
",
    ),
    ("003_last.sql", "CREATE TABLE last ();\nINSERT INTO log VALUES ('5');\n"),
];

fn texts(client: &mut Client, query: &str) -> Vec<String> {
    let rows = client.query(query, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn assert_ledger_is_complete(client: &mut Client, files: &[(&str, &str)]) {
    let rows = texts(
        client,
        "SELECT format('%s_%s.sql', lpad(version::text, 3, '0'), name) FROM public.schema_migrations
         WHERE phase IS NULL AND statements_done = 0 AND NOT statement_started ORDER BY version",
    );
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    assert_eq!(rows, names);
}

fn assert_transactional_is_applied(client: &mut Client) {
    assert_ledger_is_complete(client, TRANSACTIONAL);
    assert_eq!(
        texts(client, "SELECT line FROM log ORDER BY line"),
        ["1", "2", "3", "4"]
    );
    assert_eq!(texts(client, "SELECT id::text FROM copied ORDER BY id"), ["1", "2"]);
}

fn assert_statements_are_applied(client: &mut Client) {
    assert_ledger_is_complete(client, STATEMENTS);
    assert_eq!(
        texts(client, "SELECT line FROM log ORDER BY line"),
        ["1", "2", "3", "4", "5"]
    );
    assert_eq!(texts(client, "SELECT count(*)::text FROM side.work"), ["100"]);
    assert_eq!(
        texts(
            client,
            "SELECT format('%s %s', indexrelid::regclass, indisvalid) FROM pg_index
             WHERE indrelid = 'side.work'::regclass",
        ),
        ["side.new t"]
    );
    assert_eq!(
        texts(
            client,
            "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace IN ('side'::regnamespace, 'public'::regnamespace)
             ORDER BY relname COLLATE \"C\"",
        ),
        ["grouped", "last", "log", "schema_migrations", "work"]
    );
}

fn meet_everywhere(files: &[(&str, &str)], check: fn(&mut Client), fate: Fate, point: fn(usize) -> Point) {
    let database = TestDatabase::empty();
    meet_everywhere_at(&database, &database.address(), files, check, fate, point);
}

/// Lets runs over `files`, on what listens at `address`, meet their fate at one point after the other, until a run ends before it comes
/// to the point. After each, another run has to finish the job.
fn meet_everywhere_at(
    database: &TestDatabase,
    address: &str,
    files: &[(&str, &str)],
    check: fn(&mut Client),
    fate: Fate,
    point: fn(usize) -> Point,
) {
    let sandbox = Sandbox::new(files);
    let mut client = database.connect();
    for number in 0.. {
        client
            .batch_execute("DROP SCHEMA IF EXISTS side CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            .unwrap();
        let victim = Victim::default();
        let proxy = Proxy::striking(address, point(number), fate.deed(&victim));
        let url = database.url_through(&proxy.address());
        let ended = sandbox.start_as(&victim, &["db-migrate", "--url", &url]).finish();
        if !proxy.has_struck() {
            assert_eq!(ended.code, 0, "{}", ended.err);
            check(&mut client);
            assert!(number > 20, "so few messages can't be all");
            faults::survived(&format!("db-migrate {fate} at a point of its traffic"), number);
            return;
        }
        assert!(!ended.err.contains("panicked"), "{:?}: {}", point(number), ended.err);
        drop(proxy);
        let next = sandbox.run(&["db-migrate", "--url", &database.url_through(address)]);
        assert_eq!(
            next.code,
            0,
            "{:?}: {}\nand then: {}",
            point(number),
            ended.err,
            next.err
        );
        check(&mut client);
    }
}

/// Kills runs that come by way of a pooler, behind each of their messages.
pub fn kill_everywhere_behind(database: &TestDatabase, pooler: &str) {
    meet_everywhere_at(
        database,
        pooler,
        STATEMENTS,
        assert_statements_are_applied,
        Fate::Killed,
        Point::AfterFrontend,
    );
}

#[test]
fn a_kill_before_any_message_of_transactional_files_is_made_good() {
    meet_everywhere(
        TRANSACTIONAL,
        assert_transactional_is_applied,
        Fate::Killed,
        Point::BeforeFrontend,
    );
}

#[test]
fn a_kill_behind_any_message_of_transactional_files_is_made_good() {
    meet_everywhere(
        TRANSACTIONAL,
        assert_transactional_is_applied,
        Fate::Killed,
        Point::AfterFrontend,
    );
}

#[test]
fn a_kill_before_any_answer_on_transactional_files_is_made_good() {
    meet_everywhere(
        TRANSACTIONAL,
        assert_transactional_is_applied,
        Fate::Killed,
        Point::BeforeBackend,
    );
}

#[test]
fn a_cut_connection_on_transactional_files_is_made_good() {
    meet_everywhere(
        TRANSACTIONAL,
        assert_transactional_is_applied,
        Fate::CutOff,
        Point::AfterFrontend,
    );
}

#[test]
fn a_kill_before_any_message_of_a_file_without_transaction_is_made_good() {
    meet_everywhere(
        STATEMENTS,
        assert_statements_are_applied,
        Fate::Killed,
        Point::BeforeFrontend,
    );
}

#[test]
fn a_kill_behind_any_message_of_a_file_without_transaction_is_made_good() {
    meet_everywhere(
        STATEMENTS,
        assert_statements_are_applied,
        Fate::Killed,
        Point::AfterFrontend,
    );
}

#[test]
fn a_kill_before_any_answer_on_a_file_without_transaction_is_made_good() {
    meet_everywhere(
        STATEMENTS,
        assert_statements_are_applied,
        Fate::Killed,
        Point::BeforeBackend,
    );
}

#[test]
fn a_cut_connection_on_a_file_without_transaction_is_made_good() {
    meet_everywhere(
        STATEMENTS,
        assert_statements_are_applied,
        Fate::CutOff,
        Point::AfterFrontend,
    );
}

/// The statement of a killed run is still at work, with its note not yet committed, when the next run begins.
#[test]
fn a_statement_that_a_killed_run_left_at_work_is_waited_for_and_not_run_again() {
    let files = [
        ("001_log.sql", "CREATE TABLE log (line text);\n"),
        (
            "002_statements.sql",
            "-- xtask: no-transaction\nINSERT INTO log SELECT '1' FROM (SELECT pg_advisory_xact_lock(1)) AS held;\n",
        ),
    ];
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(&files));
    let mut gate = database.connect();
    gate.batch_execute("SELECT pg_advisory_lock(1)").unwrap();
    let url = database.url();
    let victim = Victim::default();
    let killed = sandbox.start_as(&victim, &["db-migrate", "--lock-timeout", "0s", "--url", &url]);
    wait_until(&database, HELD_UP);
    kill(&victim);
    killed.finish().expect(-1);
    let next = sandbox.start(&["db-migrate", "--url", &url]);
    wait_until(
        &database,
        "SELECT count(*) = 1 FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%query LIKE $1%' AND state = 'idle'",
    );
    assert!(next.is_running());
    gate.batch_execute("SELECT pg_advisory_unlock(1)").unwrap();
    let next = next.finish().expect(0);
    assert!(next.err.contains("that an earlier run left"), "{}", next.err);
    assert_eq!(texts(&mut gate, "SELECT line FROM log"), ["1"]);
    assert_ledger_is_complete(&mut gate, &files);
}

/// A proxy that holds the first message with `text` back; what is received when it has it, and what lets it go.
fn holding(server: &str, text: &'static str) -> (Proxy, Receiver<()>, Sender<()>) {
    let (tell, has_it) = channel();
    let (release, released) = channel();
    let deed = move || {
        tell.send(()).unwrap();
        // A test that has failed lets go of it, too.
        let _ = released.recv();
    };
    let proxy = Proxy::holding(server, Point::BeforeText(text), Box::new(deed));
    (proxy, has_it, release)
}

/// What a killed run has sent reaches the server only when the next run has read the row: on a server under load, or behind a slow network.
#[test]
fn a_message_of_a_killed_run_that_comes_late_is_made_good_by_the_next_run() {
    // A text of the late message, and one of the message that the next run is about to send by then: the file's row is made,
    come_late("db-migrate", "', 'up')", "', 'up')");
    // its first statement is committed,
    let done = "statements_done = 1, statement_started = false";
    come_late("db-migrate", "RESET ALL; COMMIT", done);
    come_late("db-rollback", "RESET ALL; COMMIT", done);
    // the second one begins,
    let begun = "statements_done = 1, statement_started = true";
    come_late("db-migrate", begun, begun);
    // ends,
    let done = "statements_done = 2, statement_started = false";
    come_late("db-migrate", done, done);
    // and so does the file.
    come_late("db-migrate", "phase = NULL", "phase = NULL");
    let end = "DELETE FROM public.schema_migrations";
    come_late("db-rollback", end, end);
}

/// Kills a run while its message with the text `late` is on its way, and lets that message arrive when the next run is about to send its
/// own with the text `next`.
fn come_late(command: &str, late: &'static str, next: &'static str) {
    const PATIENCE: Duration = Duration::from_secs(30);
    const ROWS: &str =
        "SELECT coalesce(string_agg(row::text, ' ' ORDER BY version), '') FROM public.schema_migrations AS row";
    let files = [
        ("001_log.sql", "CREATE TABLE log (line text);\n"),
        (
            "002_file.sql",
            "-- xtask: no-transaction\nINSERT INTO log VALUES ('1');\nVACUUM log;\n",
        ),
        (
            "002_file.down.sql",
            "-- xtask: no-transaction\nINSERT INTO log VALUES ('2');\nVACUUM log;\n",
        ),
    ];
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(&files));
    let erase = ["--erase", database.name()];
    let (prepare, consent, log, applied): (&[&str], &[&str], &[&str], usize) = match command {
        "db-rollback" => (&["db-migrate"], &erase, &["1", "2"], 1),
        _ => (&["db-migrate", "--to", "1"], &[], &["1"], 2),
    };
    sandbox.run_on(&database, prepare).expect(0);
    let start = |victim: &Victim, proxy: &Proxy| {
        let url = database.url_through(&proxy.address());
        sandbox.start_as(victim, &[&[command, "--url", &url], consent].concat())
    };

    let victim = Victim::default();
    let (first_way, has_first, release_first) = holding(&database.address(), late);
    let first = start(&victim, &first_way);
    has_first.recv_timeout(PATIENCE).expect(late);
    kill(&victim);
    first.finish().expect(-1);
    let (second_way, has_second, release_second) = holding(&database.address(), next);
    let second = start(&Victim::default(), &second_way);
    has_second.recv_timeout(PATIENCE).expect(next);

    let mut client = database.connect();
    let before = texts(&mut client, ROWS)[0].replace('\'', "''");
    release_first.send(()).unwrap();
    wait_until(&database, &format!("SELECT ({ROWS}) <> '{before}'"));
    release_second.send(()).unwrap();
    second.finish().expect(0);
    assert_eq!(texts(&mut client, "SELECT line FROM log ORDER BY line"), log, "{late}");
    assert_ledger_is_complete(&mut client, &files[..applied]);
}
