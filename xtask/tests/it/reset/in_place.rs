//! The reset by a role that owns its database and may not create another one: all of it in one transaction.

use std::fs;

use insta::assert_snapshot;
use xtask::schema::{introspect, render};

use super::FILES;
use crate::harness::database::root;
use crate::harness::faults::{self, Fate};
use crate::harness::program::Ended;
use crate::harness::proxy::{Point, Proxy};
use crate::harness::running::Victim;
use crate::harness::{Sandbox, TestDatabase, wait_until};

/// One object of each kind that an ordinary role can make, and all that it can change of schema public.
const EVERYTHING: &str = include_str!("everything.sql");

/// A database of an ordinary role, which has migrated it, and a row that no seed holds.
struct Case {
    database: TestDatabase,
    sandbox: Sandbox,
    role: String,
}

impl Case {
    fn new() -> Self {
        Self::with(Sandbox::new(FILES))
    }

    fn with(sandbox: Sandbox) -> Self {
        let database = TestDatabase::empty();
        let role = database.role("owner");
        let owner = format!("ALTER DATABASE {} OWNER TO {role}", database.name());
        database.connect().batch_execute(&owner).unwrap();
        let case = Self {
            database,
            sandbox,
            role,
        };
        case.run(&["db-mark", "shop", "test"]).expect(0);
        case.run(&["db-migrate"]).expect(0);
        case.start_again();
        case.sandbox.write("seeds/shop/a.csv", "id\n1\n2\n");
        case
    }

    /// Puts the row there.
    fn start_again(&self) {
        let statement = "CREATE TABLE IF NOT EXISTS a (id int PRIMARY KEY); DELETE FROM a; INSERT INTO a VALUES (99)";
        self.database.connect_as(&self.role).batch_execute(statement).unwrap();
    }

    fn url(&self) -> String {
        self.database.url_as(&self.role, "secret")
    }

    fn run(&self, args: &[&str]) -> Ended {
        self.sandbox.run(&[args, &["--url", &self.url()]].concat())
    }

    fn reset(&self, more: &[&str]) -> Ended {
        self.run(&[&["db-reset", "--erase", self.database.name()], more].concat())
    }

    fn rows(&self) -> Vec<i32> {
        let rows = self
            .database
            .connect()
            .query("SELECT id FROM a ORDER BY id", &[])
            .unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    fn schema(&self) -> String {
        render(&introspect(&mut self.database.connect()).unwrap())
    }

    fn text(&self, query: &str) -> String {
        let row = self.database.connect().query_one(query, &[]).unwrap();
        row.get::<_, Option<String>>(0).expect("there is something to compare")
    }

    fn mark(&self) -> String {
        self.text("SELECT schema_mark::text FROM public.schema_mark")
    }

    /// All that the database holds, and which very objects hold it.
    fn state(&self) -> String {
        let ledger =
            self.text("SELECT string_agg(m::text, E'\\n' ORDER BY version) FROM public.schema_migrations AS m");
        let objects = self.text(
            "SELECT string_agg(concat_ws(' ', oid, relfilenode, relname, relowner, relacl), E'\\n' ORDER BY oid)
             FROM pg_class WHERE relnamespace = 'public'::regnamespace",
        );
        let public = self.text("SELECT concat_ws(' ', nspowner, nspacl) FROM pg_namespace WHERE nspname = 'public'");
        [
            self.schema(),
            format!("{:?}", self.rows()),
            ledger,
            objects,
            public,
            self.mark(),
        ]
        .join("\n")
    }

    /// Runs a reset that must not go through; what it says.
    #[track_caller]
    fn fails(&self) -> String {
        let before = self.state();
        let shown = self.reset(&[]).expect(1).shown(Some(&self.database));
        assert_eq!(self.state(), before);
        faults::survived("db-reset in one transaction that must not go through", 1);
        shown
    }
}

#[test]
fn a_role_that_may_not_create_databases_resets_in_one_transaction() {
    let case = Case::new();
    let mark = case.mark();
    let shown = case.reset(&[]).expect(0).shown(Some(&case.database));
    assert_snapshot!(shown);
    assert_eq!(case.rows(), [1, 2]);
    assert_eq!(case.mark(), mark, "the mark is the very same");
    let json: serde_json::Value = serde_json::from_str(&case.reset(&["--json"]).expect(0).out).unwrap();
    let result = &json["databases"][0]["result"];
    assert_eq!(result["kept"], serde_json::Value::Null);
    assert_eq!(result["built"]["applied"], serde_json::json!(["001_create_a"]));
    let seeded = serde_json::json!([{"table": "a", "inserted": 2, "updated": 0, "deleted": 0, "unchanged": 0}]);
    assert_eq!(
        result["built"]["seeded"], seeded,
        "neither the ledger nor what migrations wrote is counted"
    );
    let status = case.run(&["db-status", "--check"]).expect(0);
    assert!(status.out.contains("001"), "{}", status.out);
}

#[test]
fn a_database_that_is_reset_in_one_transaction_is_as_a_new_one() {
    let case = Case::new();
    let mut client = case.database.connect();
    // The administrator's part: it stays.
    client
        .batch_execute(&format!(
            "ALTER DATABASE {} SET work_mem = '8MB'; CREATE EXTENSION postgres_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO {}",
            case.database.name(),
            case.role
        ))
        .unwrap();
    let fresh = case.schema();
    case.database
        .connect_as(&case.role)
        .batch_execute(&EVERYTHING.replace("OWNER", &case.role))
        .unwrap();
    let full = case.schema();
    for kind in [
        "publication",
        "extension",
        "schema other",
        "default privileges",
        "domain",
        "aggregate",
        "server",
    ] {
        assert!(full.contains(kind), "{kind}: {full}");
    }
    case.reset(&[]).expect(0);
    assert_eq!(case.schema(), fresh);
    assert_eq!(case.rows(), [1, 2]);
    let mut count = |query| client.query_one(query, &[]).unwrap().get::<_, i64>(0);
    assert_eq!(count("SELECT count(*) FROM pg_largeobject_metadata"), 0);
    assert_eq!(count("SELECT count(*) FROM pg_default_acl"), 0);
    assert_eq!(
        count(
            "SELECT count(*) FROM pg_db_role_setting AS s JOIN pg_database AS d ON d.oid = s.setdatabase WHERE d.datname = current_database()"
        ),
        1,
        "what belongs to the database stays"
    );
}

#[test]
fn a_migration_that_fails_in_the_one_transaction_leaves_all_as_it_was() {
    let case = Case::new();
    case.sandbox.write(
        "migrations/shop/002_wrong.sql",
        "CREATE TABLE b (id int REFERENCES nothing);\n",
    );
    assert_snapshot!(case.fails());
}

#[test]
fn a_seed_that_fails_in_the_one_transaction_leaves_all_as_it_was() {
    let case = Case::new();
    case.sandbox.write("seeds/shop/a.csv", "id\n1\nx\n");
    assert_snapshot!(case.fails());
}

#[test]
fn a_contract_that_is_not_kept_in_the_one_transaction_leaves_all_as_it_was() {
    let case = Case::new();
    let contract = "-- role: owner\n\n-- query: all of a (app/a.ts:7)\nSELECT id, name FROM a;\n\n-- check: there are more than five\nSELECT count(*) > 5 FROM a;\n";
    case.sandbox.write("migrations/shop/contract.sql", contract);
    assert_snapshot!(case.fails());
}

#[test]
fn a_contract_that_is_kept_is_no_obstacle_to_the_commit() {
    let case = Case::new();
    let contract = "-- role: owner\n\n-- query: all of a (app/a.ts:7)\nSELECT id FROM a;\n\n-- check: there are two\nSELECT count(*) = 2 FROM a;\n";
    case.sandbox.write("migrations/shop/contract.sql", contract);
    case.reset(&[]).expect(0);
    assert_eq!(case.rows(), [1, 2]);
}

#[test]
fn files_that_no_transaction_holds_are_named_before_anything_happens() {
    let case = Case::new();
    for (name, index) in [("002_first.sql", "one"), ("003_second.sql", "two")] {
        let text = format!("-- xtask: no-transaction\nCREATE INDEX CONCURRENTLY {index} ON a (id);\n");
        case.sandbox.write(&format!("migrations/shop/{name}"), text);
    }
    assert_snapshot!(case.fails());
}

#[test]
fn a_value_of_an_enum_that_can_not_be_used_yet_is_explained() {
    let case = Case::new();
    case.sandbox
        .write("migrations/shop/002_mood.sql", "CREATE TYPE mood AS ENUM ('well');\n");
    case.sandbox.write(
        "migrations/shop/003_ill.sql",
        "ALTER TYPE mood ADD VALUE 'ill';\nCREATE TABLE moods (mood mood DEFAULT 'ill');\n",
    );
    let version: i32 = case.text("SHOW server_version_num").parse().unwrap();
    // From 17 on it can be used where its type is as new.
    if version >= 170_000 {
        case.reset(&[]).expect(0);
        assert!(case.schema().contains("'ill'"));
        return;
    }
    let shown = case.fails();
    assert!(shown.contains("003_ill.sql"), "{shown}");
    assert!(
        shown.contains("with one a file, as `db-migrate` does, this may work"),
        "{shown}"
    );
}

#[test]
fn what_the_role_may_not_drop_is_named_before_anything_happens() {
    let case = Case::new();
    let superuser = case.text("SELECT current_user::text");
    case.database
        .connect()
        .batch_execute(
            "CREATE SCHEMA theirs; CREATE TABLE theirs.t (); CREATE TABLE in_public ();
             ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;
             CREATE FUNCTION theirs.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
             CREATE EVENT TRIGGER theirs ON ddl_command_end EXECUTE FUNCTION theirs.on_ddl();
             CREATE SUBSCRIPTION theirs CONNECTION '' PUBLICATION p WITH (connect = false);
             CREATE ACCESS METHOD theirs TYPE TABLE HANDLER heap_tableam_handler;
             CREATE CAST (bigint AS inet) WITH INOUT;
             CREATE FOREIGN DATA WRAPPER theirs;
             SELECT lo_create(4711);
             CREATE EXTENSION pg_trgm; CREATE EXTENSION citext SCHEMA theirs; CREATE EXTENSION pgcrypto",
        )
        .unwrap();
    case.sandbox.write(
        "migrations/shop/002_search.sql",
        "CREATE EXTENSION pg_trgm;\nCREATE EXTENSION IF NOT EXISTS pgcrypto;\n",
    );
    let shown = case.fails();
    let shown = ["to", "of"].iter().fold(shown, |shown, word| {
        shown.replace(&format!(" {word} {superuser}"), &format!(" {word} SUPERUSER"))
    });
    assert_snapshot!(shown);
    // Where schema public is the administrator's, what is in it is no longer the role's to drop.
    case.database
        .connect()
        .batch_execute(&format!("ALTER SCHEMA public OWNER TO {superuser}"))
        .unwrap();
    let shown = case.fails();
    assert!(shown.contains("table public.in_public, which belongs to"), "{shown}");
    assert!(!shown.contains("table public.a,"), "{shown}");
    // A database with a subscription can't be dropped.
    case.database
        .connect()
        .batch_execute("ALTER SUBSCRIPTION theirs SET (slot_name = NONE)")
        .unwrap();
    case.database
        .connect()
        .batch_execute("DROP SUBSCRIPTION theirs")
        .unwrap();
}

#[test]
fn an_extension_of_the_administrator_stays() {
    let case = Case::new();
    case.database
        .connect()
        .batch_execute("CREATE EXTENSION pg_trgm SCHEMA public")
        .unwrap();
    case.sandbox.write(
        "migrations/shop/002_search.sql",
        "CREATE EXTENSION IF NOT EXISTS pg_trgm;\nCREATE TABLE words (word text);\nCREATE INDEX ON words USING gin (word gin_trgm_ops);\n",
    );
    for _ in 0..2 {
        case.reset(&[]).expect(0);
        assert_eq!(case.rows(), [1, 2]);
    }
    assert!(case.schema().contains("pg_trgm"));
}

#[test]
fn there_is_nothing_to_bring_back() {
    let case = Case::new();
    case.reset(&[]).expect(0);
    assert_snapshot!(case.reset(&["--undo"]).expect(1).shown(Some(&case.database)));
    assert_eq!(case.rows(), [1, 2]);
}

#[test]
fn the_guard_is_asked_for_a_reset_in_one_transaction_too() {
    let case = Case::new();
    let before = case.state();
    case.run(&["db-reset"]).expect(4);
    case.reset(&["--erase", "another"]).expect(2);
    case.run(&["db-mark", "shop", "production"]).expect(0);
    let production = case.reset(&[]).expect(4);
    assert!(production.err.contains("it is marked production"), "{}", production.err);
    assert_eq!(case.rows(), [99]);
    assert_ne!(case.state(), before, "the mark is part of what is compared");
}

#[test]
fn who_holds_a_lock_is_named_and_idle_sessions_are_no_obstacle() {
    let case = Case::new();
    let mut other = case.database.connect_as(&case.role);
    other
        .batch_execute("SET application_name = 'editor'; BEGIN; SELECT * FROM a")
        .unwrap();
    let shown = case.fails();
    for part in [
        "canceling statement due to lock timeout",
        "the lock is held by process",
        "editor",
        "--disconnect",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    case.reset(&["--disconnect"]).expect(0);
    assert!(other.simple_query("SELECT 1").is_err());
    assert_eq!(case.rows(), [1, 2]);
    let mut idle = case.database.connect_as(&case.role);
    idle.batch_execute("SELECT * FROM a").unwrap();
    case.reset(&[]).expect(0);
    idle.batch_execute("SELECT * FROM a").unwrap();
}

#[test]
fn two_resets_in_one_transaction_take_turns() {
    let case = Case::new();
    let mut gate = case.database.connect();
    gate.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(132441246493442)")
        .unwrap();
    let (url, name) = (case.url(), case.database.name().to_owned());
    let args = ["db-reset", "--url", &url, "--erase", &name];
    let running: Vec<_> = (0..2).map(|_| case.sandbox.start(&args)).collect();
    wait_until(
        &case.database,
        "SELECT count(*) = 2 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    gate.batch_execute("COMMIT").unwrap();
    for run in running {
        let ended = run.finish().expect(0);
        assert!(ended.err.contains("another run resets"), "{}", ended.err);
    }
    assert_eq!(case.rows(), [1, 2]);
}

/// A product of this workspace whose platform is Supabase, by a role that owns the database, may act as the platform's roles and, as there,
/// seeds past the policies.
#[test]
fn a_product_on_supabases_stand_in_is_reset_by_its_ordinary_owner() {
    // Roles are the server's: an administrator has made them.
    let platform = TestDatabase::before("promptpal");
    let sandbox = Sandbox::new(&[]);
    sandbox.write(
        "Cargo.toml",
        "[workspace]\n\n[workspace.metadata.db.shop]\nplatform = \"supabase\"\n",
    );
    for kind in ["migrations", "seeds"] {
        for entry in fs::read_dir(root().join(kind).join("promptpal")).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            sandbox.write(&format!("{kind}/shop/{name}"), fs::read(entry.path()).unwrap());
        }
    }
    let database = TestDatabase::empty();
    let role = database.role("owner");
    database
        .connect()
        .batch_execute(&format!(
            "ALTER DATABASE {} OWNER TO {role}; GRANT anon, authenticated, service_role TO {role}; ALTER ROLE {role} BYPASSRLS",
            database.name()
        ))
        .unwrap();
    let url = database.url_as(&role, "secret");
    sandbox.run(&["db-mark", "shop", "test", "--url", &url]).expect(0);
    sandbox.run(&["db-migrate", "--url", &url]).expect(0);
    let schema = || render(&introspect(&mut database.connect()).unwrap());
    let (fresh, reset) = (schema(), ["db-reset", "--url", &url, "--erase", database.name()]);
    let statement =
        "INSERT INTO auth.users (id, email) VALUES (gen_random_uuid(), 'somebody@example.com'); CREATE TABLE own ()";
    let rows = || {
        let query = "SELECT (SELECT count(*) FROM auth.users), (SELECT count(*) FROM prompts)";
        let row = database.connect().query_one(query, &[]).unwrap();
        (row.get::<_, i64>(0), row.get::<_, i64>(1))
    };
    sandbox.run(&reset).expect(0);
    let seeded = rows();
    assert!(seeded.0 > 0 && seeded.1 > 0, "{seeded:?}");
    database.connect_as(&role).batch_execute(statement).unwrap();
    sandbox.run(&reset).expect(0);
    assert_eq!(rows(), seeded);
    assert_eq!(schema(), fresh);
    drop(platform);
}

#[test]
fn where_nobody_can_tell_whether_it_was_committed_that_is_said() {
    let case = Case::new();
    let (address, name) = (case.database.address(), case.database.name().to_owned());
    let start = |proxy: &Proxy| {
        let url = case.url().replace(&address, &proxy.address());
        case.sandbox.run(&["db-reset", "--url", &url, "--erase", &name])
    };
    let proxy = Proxy::new(&address);
    start(&proxy).expect(0);
    // Of the answer to COMMIT the last one says that the server is ready for more.
    let committed = proxy.traffic().backend - 2;
    case.start_again();
    let (role, mut client) = (case.role.clone(), case.database.connect());
    let deed = Box::new(move || client.batch_execute(&format!("ALTER ROLE {role} NOLOGIN")).unwrap());
    let ended = start(&Proxy::striking(&address, Point::BeforeBackend(committed), deed)).expect(1);
    assert!(
        ended.err.contains("is either as it was or completely new"),
        "{}",
        ended.err
    );
    assert!(!ended.err.contains("rolled back"), "{}", ended.err);
    assert_eq!(case.rows(), [1, 2], "the server had committed");
}

/// As `meet_everywhere` of the other way: each time the database is as it was or completely new.
fn meet_everywhere(fate: Fate, point: fn(usize) -> Point) {
    const LAST: usize = 8;
    let case = Case::new();
    let start = |victim: &Victim, proxy: &Proxy| {
        let url = case.url().replace(&case.database.address(), &proxy.address());
        let args = ["db-reset", "--url", &url, "--erase", case.database.name()];
        case.sandbox.start_as(victim, &args).finish()
    };
    let proxy = Proxy::new(&case.database.address());
    start(&Victim::default(), &proxy).expect(0);
    let new = (case.schema(), vec![1, 2]);
    let (messages, stride) = (proxy.traffic().frontend, if faults::all() { 1 } else { 3 });
    let points: Vec<usize> = (0..messages)
        .filter(|number| number % stride == 0 || number + LAST >= messages)
        .collect();
    assert!(points.len() > 20, "so few messages can't be all: {messages}");
    case.start_again();
    let mut ends = [0, 0];
    for &number in &points {
        let before = case.state();
        let victim = Victim::default();
        let proxy = Proxy::striking(&case.database.address(), point(number), fate.deed(&victim));
        let ended = start(&victim, &proxy);
        let place = format!("{fate:?} {:?}: {}", point(number), ended.err);
        assert!(!ended.err.contains("panicked"), "{place}");
        // What the server still does for a connection that is gone comes to its end first.
        wait_until(
            &case.database,
            "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        );
        if case.rows() == [99] {
            assert_eq!(case.state(), before, "{place}");
            assert_ne!(ended.code, 0, "{place}");
            ends[0] += 1;
        } else {
            assert_eq!((case.schema(), case.rows()), new, "{place}");
            assert!(!ended.err.contains("is as it was"), "{place}");
            // Where the answer to COMMIT was cut off, the server was asked.
            assert!(fate == Fate::Killed || ended.code == 0, "{place}");
            ends[1] += 1;
        }
        case.start_again();
    }
    assert!(ends[0] > 15 && ends[1] > 0, "{ends:?}");
    faults::survived(
        &format!("db-reset in one transaction, {fate} at a point of its traffic"),
        points.len(),
    );
}

#[test]
fn a_kill_behind_any_message_of_a_reset_in_one_transaction_loses_nothing() {
    meet_everywhere(Fate::Killed, Point::AfterFrontend);
}

#[test]
fn a_connection_that_is_cut_behind_any_message_of_a_reset_in_one_transaction_loses_nothing() {
    meet_everywhere(Fate::CutOff, Point::AfterFrontend);
}
