//! `db-reset`: the new database takes the place of the old one, or the old one is as it was.

mod in_place;

use insta::assert_snapshot;

use postgres::Client;
use xtask::pg::connect::ConnectOptions;
use xtask::pg::url::Target;

use crate::harness::faults::{self, Fate};
use crate::harness::program::Ended;
use crate::harness::proxy::{Point, Proxy};
use crate::harness::running::Victim;
use crate::harness::{Sandbox, TestDatabase};

const FILES: &[(&str, &str)] = &[("001_create_a.sql", "CREATE TABLE a (id int PRIMARY KEY);\n")];

fn connect(target: &Target) -> Client {
    xtask::pg::connect::connect(target, ConnectOptions::default()).unwrap()
}

/// A database with a row that no seed holds, and what is to be built in its place.
struct Case {
    database: TestDatabase,
    sandbox: Sandbox,
}

impl Case {
    fn new() -> Self {
        let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(FILES));
        sandbox.run_on(&database, &["db-migrate"]).expect(0);
        database.connect().batch_execute("INSERT INTO a VALUES (99)").unwrap();
        sandbox.write("seeds/shop/a.csv", "id\n1\n2\n");
        Self { database, sandbox }
    }

    fn reset(&self, more: &[&str]) -> Ended {
        let erase = ["db-reset", "--erase", self.database.name()];
        self.sandbox.run_on(&self.database, &[&erase, more].concat())
    }

    fn rows(&self, database: &str) -> Vec<i32> {
        let mut client = connect(&self.database.target().with_database(database));
        let rows = client.query("SELECT id FROM a ORDER BY id", &[]).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// The databases whose names begin with this one's, without that beginning.
    fn databases(&self) -> Vec<String> {
        let mut client = self.database.connect();
        let query = "SELECT substr(datname, length($1) + 1) FROM pg_database WHERE starts_with(datname, $1) ORDER BY 1";
        let rows = client.query(query, &[&self.database.name()]).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// A reset that goes by way of `proxy`.
    fn reset_at(&self, victim: &Victim, proxy: &Proxy) -> Ended {
        let url = self.database.url_through(&proxy.address());
        let args = ["db-reset", "--url", &url, "--erase", self.database.name()];
        self.sandbox.start_as(victim, &args).finish()
    }

    /// Nothing has changed, and nothing was left over.
    #[track_caller]
    fn is_untouched(&self) {
        assert_eq!(self.rows(self.database.name()), [99]);
        assert_eq!(self.databases(), [""]);
        faults::survived("db-reset that must not go through", 1);
    }

    /// How many templates there are of this database.
    fn templates(&self) -> i64 {
        let query = "SELECT count(*) FROM pg_database WHERE starts_with(datname, 'xtask_seeded_' || $1)";
        self.database
            .connect()
            .query_one(query, &[&self.database.name()])
            .unwrap()
            .get(0)
    }

    fn mark_development(&self) {
        self.sandbox
            .run_on(&self.database, &["db-mark", "shop", "development"])
            .expect(0);
    }

    /// The database as it is in the beginning, and nothing beside it.
    fn start_again(&self) {
        let drop = format!("DROP DATABASE IF EXISTS {}", self.kept());
        let mut client = self.database.connect();
        client.batch_execute(&drop).unwrap();
        client
            .batch_execute("BEGIN; DELETE FROM a; INSERT INTO a VALUES (99); COMMIT")
            .unwrap();
    }

    fn kept(&self) -> String {
        format!("{}__before_reset", self.database.name())
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.kept());
        self.database.connect().batch_execute(&drop).ok();
    }
}

#[test]
fn a_reset_replaces_the_database_and_keeps_the_old_one() {
    let case = Case::new();
    assert_snapshot!(case.reset(&[]).expect(0).shown(Some(&case.database)));
    assert_eq!(case.rows(case.database.name()), [1, 2]);
    assert_eq!(case.rows(&case.kept()), [99]);
    assert_eq!(case.databases(), ["", "__before_reset"]);
}

#[test]
fn a_second_reset_replaces_what_the_first_one_kept_if_that_may_be_lost() {
    let case = Case::new();
    case.mark_development();
    case.reset(&[]).expect(0);
    case.sandbox.write("seeds/shop/a.csv", "id\n3\n");
    case.reset(&[]).expect(0);
    assert_eq!(case.rows(case.database.name()), [3]);
    assert_eq!(case.rows(&case.kept()), [1, 2]);
    assert_eq!(case.databases(), ["", "__before_reset"]);
}

#[test]
fn a_kept_database_that_nothing_is_said_of_is_not_dropped() {
    let case = Case::new();
    case.reset(&[]).expect(0);
    let shown = case.reset(&[]).expect(1).shown(Some(&case.database));
    assert_snapshot!(shown);
    assert_eq!(case.rows(&case.kept()), [99]);
    assert_eq!(case.rows(case.database.name()), [1, 2]);
    assert_eq!(case.databases(), ["", "__before_reset"]);
}

#[test]
fn the_guard_refuses_what_nothing_is_said_of() {
    let case = Case::new();
    let ended = case.sandbox.run_on(&case.database, &["db-reset"]).expect(4);
    assert_snapshot!(ended.shown(Some(&case.database)));
    case.is_untouched();
}

#[test]
fn other_sessions_are_named() {
    let case = Case::new();
    let mut other = case.database.connect();
    let pid: i32 = other.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    let shown = case.reset(&[]).expect(1).shown(Some(&case.database));
    let shown = shown.replace(&pid.to_string(), "PID");
    let address = shown
        .split(" from ")
        .nth(1)
        .and_then(|rest| rest.split(':').next())
        .unwrap()
        .to_owned();
    assert_snapshot!(shown.replace(&format!("from {address}"), "from ADDRESS"));
    case.is_untouched();
    case.reset(&["--disconnect"]).expect(0);
    assert!(other.simple_query("SELECT 1").is_err());
    assert_eq!(case.rows(case.database.name()), [1, 2]);
}

#[test]
fn a_migration_that_fails_leaves_the_old_database() {
    let case = Case::new();
    case.sandbox.write(
        "migrations/shop/002_wrong.sql",
        "CREATE TABLE b (id int REFERENCES nothing);\n",
    );
    assert_snapshot!(case.reset(&[]).expect(1).shown(Some(&case.database)));
    case.is_untouched();
}

#[test]
fn a_seed_that_fails_leaves_the_old_database() {
    let case = Case::new();
    case.sandbox.write("seeds/shop/a.csv", "id\n1\nx\n");
    assert_snapshot!(case.reset(&[]).expect(1).shown(Some(&case.database)));
    case.is_untouched();
}

#[test]
fn a_contract_that_is_not_kept_leaves_the_old_database() {
    let case = Case::new();
    let contract = "-- role: owner\n\n-- query: all of a (app/a.ts:7)\nSELECT id, name FROM a;\n\n-- check: there are more than five\nSELECT count(*) > 5 FROM a;\n";
    case.sandbox.write("migrations/shop/contract.sql", contract);
    assert_snapshot!(case.reset(&[]).expect(1).shown(Some(&case.database)));
    case.is_untouched();
}

#[test]
fn what_a_new_database_would_lack_is_a_reason_to_refuse() {
    let case = Case::new();
    let owner = case.database.role("owner");
    let name = case.database.name();
    let belongings = format!(
        "ALTER DATABASE {name} SET work_mem = '8MB'; ALTER DATABASE {name} OWNER TO {owner}; GRANT CONNECT ON DATABASE {name} TO {owner}"
    );
    case.database.connect().batch_execute(&belongings).unwrap();
    assert_snapshot!(case.reset(&[]).expect(1).shown(Some(&case.database)));
    case.is_untouched();
}

#[test]
fn the_mark_stays_with_the_name() {
    let case = Case::new();
    case.sandbox
        .run_on(&case.database, &["db-mark", "shop", "test"])
        .expect(0);
    case.reset(&[]).expect(0);
    let ended = case
        .sandbox
        .run_on(&case.database, &["db-mark", "shop", "test", "--json"])
        .expect(0);
    assert!(ended.out.contains("\"before\": \"test\""), "{}", ended.out);
}

#[test]
fn undo_brings_the_old_one_back_and_undo_again_the_new_one() {
    let case = Case::new();
    case.reset(&[]).expect(0);
    assert_snapshot!(case.reset(&["--undo"]).expect(0).shown(Some(&case.database)));
    assert_eq!(case.rows(case.database.name()), [99]);
    assert_eq!(case.rows(&case.kept()), [1, 2]);
    case.reset(&["--undo"]).expect(0);
    assert_eq!(case.rows(case.database.name()), [1, 2]);
    assert_eq!(case.databases(), ["", "__before_reset"]);
}

#[test]
fn undo_asks_the_guard_looks_for_sessions_and_says_when_there_is_nothing() {
    let case = Case::new();
    assert_snapshot!(case.reset(&["--undo"]).expect(1).shown(Some(&case.database)));
    case.is_untouched();
    case.reset(&[]).expect(0);
    case.sandbox.run_on(&case.database, &["db-reset", "--undo"]).expect(4);
    let mut kept = connect(&case.database.target().with_database(&case.kept()));
    let ended = case.reset(&["--undo"]).expect(1);
    assert!(ended.err.contains("is in use by 1 other session"), "{}", ended.err);
    assert_eq!(case.rows(case.database.name()), [1, 2]);
    case.reset(&["--undo", "--disconnect"]).expect(0);
    assert!(kept.simple_query("SELECT 1").is_err());
    assert_eq!(case.rows(case.database.name()), [99]);
}

#[test]
fn without_keeping_the_old_one_is_dropped() {
    let case = Case::new();
    let ended = case.reset(&["--no-keep", "--json"]).expect(0);
    assert!(ended.out.contains("\"kept\": null"), "{}", ended.out);
    assert_eq!(case.rows(case.database.name()), [1, 2]);
    assert_eq!(case.databases(), [""]);
}

#[test]
fn two_resets_at_once_both_succeed_and_lose_nothing_of_the_last_one() {
    let case = Case::new();
    case.mark_development();
    let (url, name) = (case.database.url(), case.database.name().to_owned());
    let args = ["db-reset", "--url", &url, "--erase", &name];
    let running: Vec<_> = (0..3).map(|_| case.sandbox.start(&args)).collect();
    for run in running {
        run.finish().expect(0);
    }
    assert_eq!(case.rows(&name), [1, 2]);
    assert_eq!(case.rows(&case.kept()), [1, 2]);
    assert_eq!(case.databases(), ["", "__before_reset"]);
}

/// Lets resets meet their fate at points of their traffic: at every third, and at all of the last ones, among which is the swap; at every
/// one where `XTASK_ALL_FAULTS` is set. Each time the data that was there is under its name or one command away; what a run has left is
/// cleared by those after it.
fn meet_everywhere(fate: Fate, point: fn(usize) -> Point) {
    const LAST: usize = 16;
    let case = Case::new();
    case.mark_development();
    let proxy = Proxy::new(&case.database.address());
    case.reset_at(&Victim::default(), &proxy);
    let (messages, stride) = (proxy.traffic().frontend, if faults::all() { 1 } else { 3 });
    let points: Vec<usize> = (0..messages)
        .filter(|number| number % stride == 0 || number + LAST >= messages)
        .collect();
    assert!(points.len() > 30, "so few messages can't be all");
    for &number in &points {
        case.start_again();
        let victim = Victim::default();
        let proxy = Proxy::striking(&case.database.address(), point(number), fate.deed(&victim));
        let ended = case.reset_at(&victim, &proxy);
        let place = format!("{fate:?} {:?}: {}", point(number), ended.err);
        assert!(!ended.err.contains("panicked"), "{place}");
        let rows = case.rows(case.database.name());
        match rows.as_slice() {
            [99] => assert!(ended.code != 0, "{place}"),
            [1, 2] => assert_eq!(case.rows(&case.kept()), [99], "{place}"),
            other => panic!("{other:?}: {place}"),
        }
        if ended.err.contains("was not touched") {
            assert_eq!(rows, [99], "{place}");
        }
    }
    case.reset(&[]).expect(0);
    assert_eq!(case.rows(case.database.name()), [1, 2]);
    assert_eq!(case.databases(), ["", "__before_reset"], "leftovers are cleared");
    faults::survived(&format!("db-reset {fate} at a point of its traffic"), points.len());
}

#[test]
fn a_kill_behind_any_message_of_a_reset_loses_nothing() {
    meet_everywhere(Fate::Killed, Point::AfterFrontend);
}

#[test]
fn a_connection_that_is_cut_behind_any_message_of_a_reset_loses_nothing() {
    meet_everywhere(Fate::CutOff, Point::AfterFrontend);
}

#[test]
fn a_disk_that_is_full_leaves_the_old_database() {
    let case = Case::new();
    let Some(tablespace) = case.database.small_tablespace() else {
        return;
    };
    case.sandbox.write(
        "migrations/shop/002_large.sql",
        format!("CREATE TABLE large TABLESPACE {tablespace} AS SELECT repeat('x', 1000) AS x FROM generate_series(1, 100000);\n"),
    );
    let ended = case.reset(&[]).expect(1);
    assert!(ended.err.contains("No space left on device"), "{}", ended.err);
    assert!(ended.err.contains("was not touched"), "{}", ended.err);
    case.is_untouched();
}

#[test]
fn an_unchanged_set_is_copied_from_what_it_made_before() {
    let case = Case::new();
    case.mark_development();
    let made = || {
        let json: serde_json::Value = serde_json::from_str(&case.reset(&["--json"]).expect(0).out).unwrap();
        json["databases"][0]["result"]["built"].clone()
    };
    let (first, second) = (made(), made());
    assert_eq!(first["applied"], serde_json::json!(["001_create_a"]));
    assert_eq!(second["applied"], serde_json::json!([]));
    assert_eq!(first["template"], second["template"]);
    assert_eq!(case.rows(case.database.name()), [1, 2]);
    // It is marked as what it is itself, not as what it was copied from.
    case.sandbox
        .run_on(&case.database, &["db-mark", "shop", "test"])
        .expect(0);
    let third = case.reset(&[]).expect(0);
    assert!(third.err.contains("Copied shop from"), "{}", third.err);
    let mark = case
        .sandbox
        .run_on(&case.database, &["db-mark", "shop", "test", "--json"])
        .expect(0);
    assert!(mark.out.contains("\"before\": \"test\""), "{}", mark.out);
    // Each kind of file makes it another one.
    for (path, text) in [
        ("migrations/shop/002_b.sql", "CREATE TABLE b ();\n"),
        ("seeds/shop/a.csv", "id\n3\n"),
        (
            "migrations/shop/contract.sql",
            "-- check: three\nSELECT count(*) = 1 FROM a;\n",
        ),
    ] {
        case.sandbox.write(path, text);
        let ended = case.reset(&[]).expect(0);
        assert!(ended.err.contains("Building shop afresh"), "{path}: {}", ended.err);
        assert_eq!(case.templates(), 1, "those of other files are dropped");
    }
    assert_eq!(case.rows(case.database.name()), [3]);
}

#[test]
fn where_nothing_says_that_it_is_for_development_no_template_is_left() {
    let case = Case::new();
    case.reset(&[]).expect(0);
    assert_eq!(case.templates(), 0);
}
