//! Many runners at once on one database: every migration is applied once, and nobody fails for it.

use postgres::Client;

use crate::harness::program::Ended;
use crate::harness::{HELD_UP, Sandbox, TestDatabase, wait_until};

const RUNNERS: usize = 8;

/// Twenty files that each leave a table and a line. The tenth is serializable; the twelfth needs to run outside a transaction, if asked.
pub fn history(with_statements: bool) -> Sandbox {
    let sandbox = Sandbox::new(&[("000_log.sql", "CREATE TABLE log (line int);\n")]);
    for number in 1..=20 {
        let body = format!("CREATE TABLE t{number} (id int);\nINSERT INTO log VALUES ({number});\n");
        let text = match number {
            10 => format!("BEGIN ISOLATION LEVEL SERIALIZABLE;\n{body}COMMIT;\n"),
            12 if with_statements => {
                format!(
                    "-- xtask: no-transaction\nSET search_path = public;\n{body}CREATE INDEX CONCURRENTLY t12_id ON t12 (id);\n"
                )
            }
            _ => body,
        };
        sandbox.write(&format!("migrations/shop/{number:03}_t.sql"), text);
        sandbox.write(
            &format!("migrations/shop/{number:03}_t.down.sql"),
            match number {
                12 if with_statements => "-- xtask: no-transaction\nDROP INDEX CONCURRENTLY t12_id;\nDELETE FROM log WHERE line = 12;\nDROP TABLE t12;\n".to_owned(),
                _ => format!("DELETE FROM log WHERE line = {number};\nDROP TABLE t{number};\n"),
            },
        );
    }
    sandbox
}

/// Starts the runners and waits for the last; all have to end well.
pub fn run_all(sandbox: &Sandbox, args: &[&str]) -> Vec<Ended> {
    let running: Vec<_> = (0..RUNNERS).map(|_| sandbox.start(args)).collect();
    let ended: Vec<Ended> = running.into_iter().map(|run| run.finish().expect(0)).collect();
    let applied: usize = ended.iter().map(|run| run.err.matches("     Applied 0").count()).sum();
    assert_eq!(applied, 21, "each migration is reported by the one who applied it");
    ended
}

pub fn assert_applied_once(client: &mut Client) {
    let lines: Vec<i32> = client
        .query("SELECT line FROM log ORDER BY line", &[])
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(lines, (1..=20).collect::<Vec<i32>>());
    let row = client
        .query_one(
            "SELECT (SELECT count(*) FROM public.schema_migrations WHERE phase IS NULL AND NOT statement_started),
                    (SELECT deadlocks FROM pg_stat_database WHERE datname = current_database())",
            &[],
        )
        .unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (21, 0));
}

#[test]
fn eight_runners_on_an_empty_database_apply_everything_once() {
    let (database, sandbox) = (TestDatabase::empty(), history(false));
    run_all(&sandbox, &["db-migrate", "--url", &database.url()]);
    assert_applied_once(&mut database.connect());
}

#[test]
fn eight_runners_share_a_history_with_a_file_that_runs_outside_a_transaction() {
    let (database, sandbox) = (TestDatabase::empty(), history(true));
    run_all(&sandbox, &["db-migrate", "--url", &database.url()]);
    assert_applied_once(&mut database.connect());
}

#[test]
fn eight_runners_create_the_database_once() {
    let (database, sandbox) = (TestDatabase::absent(), history(true));
    run_all(&sandbox, &["db-migrate", "--create", "--url", &database.url()]);
    assert_applied_once(&mut database.connect());
}

/// The role's own time-outs are for its queries, not for waiting until another runner has done.
#[test]
fn a_runner_waits_for_another_one_longer_than_its_own_time_outs() {
    let files = [(
        "001_slow.sql",
        "CREATE TABLE slow ();\nSELECT pg_advisory_xact_lock(1);\n",
    )];
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(&files));
    let mut gate = database.connect();
    gate.batch_execute("SELECT pg_advisory_lock(1)").unwrap();
    let first = sandbox.start(&["db-migrate", "--lock-timeout", "0s", "--url", &database.url()]);
    wait_until(&database, HELD_UP);
    gate.batch_execute(&format!(
        "ALTER DATABASE {0} SET statement_timeout = '200ms'; ALTER DATABASE {0} SET lock_timeout = '200ms'",
        database.name()
    ))
    .unwrap();
    let second = sandbox.start(&["db-migrate", "--lock-timeout", "100ms", "--url", &database.url()]);
    wait_until(
        &database,
        "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'transactionid'
         AND clock_timestamp() - query_start > interval '400 ms'",
    );
    gate.batch_execute("SELECT pg_advisory_unlock(1)").unwrap();
    first.finish().expect(0);
    let second = second.finish().expect(0);
    assert!(second.err.contains("nothing to apply"), "{}", second.err);
}
