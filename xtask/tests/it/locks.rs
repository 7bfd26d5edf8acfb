//! Locks that others hold: named, insisted on for as long as asked, and never waited for at the cost of everybody else.

use std::thread;

use crate::harness::{Sandbox, TestDatabase, wait_until};

const ALTER: &[(&str, &str)] = &[("001_alter.sql", "ALTER TABLE t ADD COLUMN a int;\n")];

const ALTER_WAITS: &str =
    "SELECT count(*) = 1 FROM pg_locks WHERE NOT granted AND relation = 't'::regclass AND mode = 'AccessExclusiveLock'";

/// A database with a table that a transaction of another session has read.
fn blocked() -> (TestDatabase, postgres::Client) {
    let database = TestDatabase::empty();
    let mut blocker = database.connect();
    blocker.batch_execute("CREATE TABLE t (id int)").unwrap();
    blocker.batch_execute("BEGIN; SELECT count(*) FROM t;").unwrap();
    (database, blocker)
}

#[test]
fn a_lock_time_out_names_who_holds_the_lock() {
    let (database, mut blocker) = blocked();
    let sandbox = Sandbox::new(ALTER);
    let ended = sandbox
        .run_on(
            &database,
            &["db-migrate", "--lock-timeout", "300ms", "--lock-retries", "1"],
        )
        .expect(1);
    let pid: i32 = blocker.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    for part in [
        "canceling statement due to lock timeout",
        "001_alter.sql:1:1",
        "tried 2 times with a lock time-out of 300ms; nothing of it was applied",
        &format!("the lock is held by process {pid} of role `postgres`, idle in transaction for "),
        "`BEGIN; SELECT count(*) FROM t;`",
        &format!("SELECT pg_terminate_backend({pid})"),
    ] {
        assert!(ended.err.contains(part), "{part}\n{}", ended.err);
    }
}

#[test]
fn a_run_succeeds_when_the_blocker_goes_away_between_two_attempts() {
    let (database, mut blocker) = blocked();
    let sandbox = Sandbox::new(ALTER);
    let run = sandbox.start(&["db-migrate", "--lock-timeout", "300ms", "--url", &database.url()]);
    wait_until(&database, ALTER_WAITS);
    wait_until(&database, &format!("SELECT NOT ({ALTER_WAITS})"));
    blocker.batch_execute("ROLLBACK").unwrap();
    let ended = run.finish().expect(0);
    assert!(ended.err.contains("Retrying"), "{}", ended.err);
}

#[test]
fn a_reader_that_queues_behind_a_migration_is_let_through_while_the_blocker_still_blocks() {
    let (database, mut blocker) = blocked();
    let sandbox = Sandbox::new(ALTER);
    let run = sandbox.start(&[
        "db-migrate",
        "--lock-timeout",
        "2s",
        "--lock-retries",
        "0",
        "--url",
        &database.url(),
    ]);
    wait_until(&database, ALTER_WAITS);
    let mut reader = database.connect();
    let reader = thread::spawn(move || {
        reader
            .query_one("SELECT count(*) FROM t", &[])
            .unwrap()
            .get::<_, i64>(0)
    });
    wait_until(
        &database,
        "SELECT count(*) = 1 FROM pg_locks WHERE NOT granted AND relation = 't'::regclass AND mode = 'AccessShareLock'",
    );
    assert_eq!(reader.join().unwrap(), 0);
    // Its transaction is still open: nothing but the time-out has let the reader through.
    blocker.batch_execute("SAVEPOINT still_here").unwrap();
    run.finish().expect(1);
}

#[test]
fn who_holds_a_lock_against_data_below_a_copy_is_named_too() {
    let (database, mut blocker) = blocked();
    let sandbox = Sandbox::new(&[(
        "001_copy.sql",
        "CREATE TABLE c (id int);\nCOPY c FROM stdin;\n1\n\\.\nALTER TABLE t ADD COLUMN a int;\n",
    )]);
    let ended = sandbox
        .run_on(
            &database,
            &["db-migrate", "--lock-timeout", "800ms", "--lock-retries", "0"],
        )
        .expect(1);
    let pid: i32 = blocker.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    assert!(
        ended.err.contains(&format!("the lock is held by process {pid}")),
        "{}",
        ended.err
    );
}

#[test]
fn a_failed_unique_index_is_named_and_made_anew_once_the_rows_are_mended() {
    let database = TestDatabase::empty();
    let mut client = database.connect();
    client
        .batch_execute("CREATE TABLE t (id int); INSERT INTO t VALUES (1), (1)")
        .unwrap();
    let sandbox = Sandbox::new(&[(
        "001_unique.sql",
        "-- xtask: no-transaction\nINSERT INTO t VALUES (2);\nCREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id);\n",
    )]);
    let ended = sandbox.run_on(&database, &["db-migrate"]).expect(1);
    for part in [
        "could not create unique index \"t_id\"",
        "001_unique.sql:3:",
        "INVALID index `public.t_id`",
        "`DROP INDEX CONCURRENTLY public.t_id`",
        "1 of 2 statements are done and recorded",
    ] {
        assert!(ended.err.contains(part), "{part}\n{}", ended.err);
    }
    client.batch_execute("DELETE FROM t WHERE id = 1").unwrap();
    let ended = sandbox.run_on(&database, &["db-migrate"]).expect(0);
    assert!(
        ended.err.contains("removing the INVALID index `public.t_id`"),
        "{}",
        ended.err
    );
    let row = client
        .query_one(
            "SELECT indisvalid, (SELECT count(*) FROM t) FROM pg_index WHERE indexrelid = 't_id'::regclass",
            &[],
        )
        .unwrap();
    assert_eq!((row.get::<_, bool>(0), row.get::<_, i64>(1)), (true, 1));
}

#[test]
fn a_statement_without_transaction_that_meets_a_lock_is_retried_told_and_taken_up_again() {
    let (database, mut blocker) = blocked();
    let sandbox = Sandbox::new(&[(
        "001_alter.sql",
        "-- xtask: no-transaction\nCREATE TABLE log AS SELECT 1 AS line;\nALTER TABLE t ADD COLUMN a int;\nINSERT INTO log VALUES (2);\n",
    )]);
    let policy = ["db-migrate", "--lock-timeout", "300ms", "--lock-retries", "1"];
    let ended = sandbox.run_on(&database, &policy).expect(1);
    let pid: i32 = blocker.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    for part in [
        "Retrying",
        "001_alter.sql:3:1",
        "tried 2 times with a lock time-out of 300ms; nothing of this statement was applied",
        &format!("the lock is held by process {pid} of role `postgres`"),
        "1 of 3 statements are done and recorded",
        "it goes on with statement 2",
    ] {
        assert!(ended.err.contains(part), "{part}\n{}", ended.err);
    }
    blocker.batch_execute("ROLLBACK").unwrap();
    sandbox.run_on(&database, &policy).expect(0);
    let lines: i64 = blocker.query_one("SELECT sum(line) FROM log", &[]).unwrap().get(0);
    assert_eq!(lines, 3);
}

/// It takes no lock that anybody waits for, so it may wait; who keeps it waiting is told all the same.
#[test]
fn an_index_that_waits_for_a_transaction_says_for_whose_and_holds_nobody_up() {
    let (database, mut blocker) = blocked();
    let sandbox = Sandbox::new(&[(
        "001_index.sql",
        "-- xtask: no-transaction\nCREATE INDEX CONCURRENTLY t_id ON t (id);\n",
    )]);
    let pid: i32 = blocker.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    let run = sandbox.start(&["db-migrate", "--lock-timeout", "200ms", "--url", &database.url()]);
    wait_until(
        &database,
        "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'virtualxid'
         AND clock_timestamp() - query_start > interval '1 s'",
    );
    assert!(run.is_running());
    database
        .connect()
        .batch_execute("SET lock_timeout = '2s'; INSERT INTO t VALUES (1); SELECT count(*) FROM t")
        .unwrap();
    blocker.batch_execute("ROLLBACK").unwrap();
    let ended = run.finish().expect(0);
    assert!(ended.err.contains(&format!("process {pid}")), "{}", ended.err);
}
