//! The guard, attacked: whatever leads to a database, and whatever somebody wrote into it, what may be erased is decided by where the
//! connection arrived.
//!
//! The server of the tests stands in for the workspace's own development server, which is told by its port and its data.

use std::fs;

use serde_json::json;

use crate::connections::cluster::Cluster;
use crate::harness::faults;
use crate::harness::program::Ended;
use crate::harness::proxy::Proxy;
use crate::harness::{Sandbox, TestDatabase};

const FILES: &[(&str, &str)] = &[
    ("001_a.sql", "CREATE TABLE a (id int PRIMARY KEY);\n"),
    ("001_a.down.sql", "DROP TABLE a;\n"),
];

/// A migrated database with a row that must not be lost.
struct Case {
    database: TestDatabase,
    sandbox: Sandbox,
}

/// What the workspace takes for its development server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Recorded {
    /// The server of the tests.
    ThisServer,
    /// A server on this one's port with other data.
    OtherData,
}

impl Case {
    fn new(recorded: Recorded) -> Self {
        let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(FILES));
        sandbox.run_on(&database, &["db-migrate"]).expect(0);
        database.connect().batch_execute("INSERT INTO a VALUES (99)").unwrap();
        sandbox.write("seeds/shop/a.csv", "id\n1\n");
        let case = Self { database, sandbox };
        case.record(recorded);
        case
    }

    /// The database on the development server, marked development: the one that a reset is for.
    fn of_development() -> Self {
        let case = Self::new(Recorded::ThisServer);
        case.mark(&case.database, "development");
        case
    }

    /// Writes the record that `db-start` would have left.
    fn record(&self, recorded: Recorded) {
        // It finds no server to stop, and leaves the folder that records lie in.
        self.sandbox.run(&["db-stop"]).expect(0);
        let servers = self.sandbox.path().join("state/servers");
        let folder = fs::read_dir(servers).unwrap().next().unwrap().unwrap().path();
        let own: i64 = self
            .database
            .connect()
            .query_one("SELECT system_identifier FROM pg_control_system()", &[])
            .unwrap()
            .get(0);
        let record = json!({
            "port": self.database.target().endpoints()[0].port,
            "password": "unused",
            "origin": { "docker": { "container": "none", "image": "none" } },
            "system_identifier": if recorded == Recorded::ThisServer { own } else { own + 1 },
        });
        fs::write(folder.join("server.json"), record.to_string()).unwrap();
    }

    fn mark(&self, database: &TestDatabase, mark: &str) {
        self.sandbox.run_on(database, &["db-mark", "shop", mark]).expect(0);
    }

    fn reset(&self, url: &str, more: &[&str]) -> Ended {
        self.sandbox.run(&[&["db-reset", "--url", url], more].concat())
    }

    /// The commands that lose or change data, each without consent.
    fn attempts(url: &str) -> [Vec<&str>; 4] {
        [
            vec!["db-reset", "--url", url],
            vec!["db-rollback", "--url", url],
            vec!["db-seed", "--url", url],
            vec!["db-repair", "shop", "1", "--strike", "--url", url],
        ]
    }

    /// Every attempt is refused for this reason, and nothing has changed.
    #[track_caller]
    fn refuses_all(&self, url: &str, reason: &str) {
        for attempt in Self::attempts(url) {
            let ended = self.sandbox.run(&attempt).expect(4);
            assert!(ended.err.contains(reason), "{attempt:?}: {}", ended.err);
            assert!(ended.err.contains("nothing was touched"), "{attempt:?}: {}", ended.err);
        }
        self.is_untouched();
        faults::survived("command that the guard must refuse", 4);
    }

    /// As [`Case::refuses_all`], where repairing is told apart: it loses nothing.
    #[track_caller]
    fn refuses_but_repair(&self, url: &str, reason: &str) {
        for attempt in &Self::attempts(url)[..3] {
            for consent in [&[][..], &["--erase", self.database.name()]] {
                let ended = self.sandbox.run(&[attempt, consent].concat()).expect(4);
                assert!(ended.err.contains(reason), "{attempt:?}: {}", ended.err);
            }
        }
        self.is_untouched();
        faults::survived("command that the guard must refuse", 6);
    }

    #[track_caller]
    fn is_untouched(&self) {
        let mut client = self.database.connect();
        let rows = client.query("SELECT id FROM a", &[]).unwrap();
        assert_eq!(rows.iter().map(|row| row.get(0)).collect::<Vec<i32>>(), [99]);
        let applied: i64 = client
            .query_one("SELECT count(*) FROM schema_migrations", &[])
            .unwrap()
            .get(0);
        assert_eq!(applied, 1);
    }
}

const UNMARKED: &str = "nothing says that it is a development or test database";
const ELSEWHERE: &str = "it is not on the development server of this workspace";

#[test]
fn a_marked_database_of_the_development_server_may_be_filled_and_emptied() {
    let case = Case::of_development();
    let url = case.database.url();
    case.sandbox.run(&["db-seed", "--url", &url]).expect(0);
    case.sandbox.run(&["db-rollback", "--url", &url]).expect(0);
}

#[test]
fn an_unmarked_database_of_the_development_server_is_refused() {
    let case = Case::new(Recorded::ThisServer);
    case.refuses_all(&case.database.url(), UNMARKED);
}

#[test]
fn production_is_refused_whatever_is_said() {
    let case = Case::of_development();
    case.mark(&case.database, "production");
    let (url, name) = (case.database.url(), case.database.name().to_owned());
    for flags in [&[][..], &["--erase", &name]] {
        for attempt in &Case::attempts(&url)[..3] {
            case.sandbox.run(&[attempt, flags].concat()).expect(4);
        }
    }
    case.is_untouched();
    // Nor does it leave that state by the way.
    case.sandbox
        .run_on(&case.database, &["db-mark", "shop", "test"])
        .expect(4);
    case.refuses_all(&url, "");
}

#[test]
fn a_tunnel_from_this_machine_is_no_development_server() {
    let case = Case::of_development();
    let tunnel = Proxy::new(&case.database.address());
    case.refuses_all(&case.database.url_through(&tunnel.address()), ELSEWHERE);
}

#[test]
fn another_server_on_the_port_of_the_development_server_is_told_apart() {
    let case = Case::new(Recorded::OtherData);
    case.mark(&case.database, "development");
    case.refuses_all(&case.database.url(), ELSEWHERE);
}

#[test]
fn of_several_hosts_all_must_be_the_development_server() {
    let case = Case::of_development();
    let (address, port) = (case.database.address(), free_port());
    let url = case.database.url_through(&format!("127.0.0.1:{port},{address}"));
    case.refuses_all(&url, ELSEWHERE);
}

#[test]
fn a_host_and_an_address_that_disagree_are_both_looked_at() {
    let case = Case::of_development();
    case.sandbox.write(
        "Cargo.toml",
        "[workspace]\n[workspace.metadata.db.shop]\nprotected-hosts = [\"*.prod.example.com\", \"203.0.113.7\"]\n",
    );
    let (_, port) = case
        .database
        .address()
        .rsplit_once(':')
        .map(|(host, port)| (host.to_owned(), port.to_owned()))
        .unwrap();
    let url = case.database.url_through(&format!("db.prod.example.com:{port}")) + "&hostaddr=127.0.0.1";
    case.refuses_but_repair(&url, "its host `db.prod.example.com` is protected");
}

#[test]
fn the_name_to_repeat_is_the_one_that_the_server_says() {
    let case = Case::new(Recorded::ThisServer);
    let name = case.database.name().to_owned();
    let encoded = name.replace('_', "%5F");
    let url = case
        .database
        .url()
        .replace(&format!("/{name}?"), &format!("/{encoded}?"));
    assert_ne!(url, case.database.url());
    for wrong in [encoded.as_str(), "shop", &name.to_uppercase(), "", " "] {
        let ended = case.reset(&url, &["--erase", wrong]).expect(4);
        assert!(ended.err.contains("names another database"), "{wrong}: {}", ended.err);
    }
    case.is_untouched();
    case.sandbox
        .run(&["db-rollback", "--url", &url, "--erase", &name])
        .expect(0);
}

#[test]
fn a_mark_does_not_travel_with_a_dump_or_a_clone() {
    let case = Case::of_development();
    // A clone has the row; a restored dump has it too.
    let clone = TestDatabase::clone_of(&case.database);
    let marks = "SELECT count(*) FROM schema_mark WHERE mark = 'development'";
    assert_eq!(clone.connect().query_one(marks, &[]).unwrap().get::<_, i64>(0), 1);
    let ended = case.reset(&clone.url(), &[]).expect(4);
    assert!(ended.err.contains(UNMARKED), "{}", ended.err);
    // The other way round: what a dump says of its old place does not make the new one production.
    case.mark(&case.database, "production");
    let clone = TestDatabase::clone_of(&case.database);
    let ended = case.reset(&clone.url(), &[]).expect(4);
    assert!(ended.err.contains(UNMARKED), "{}", ended.err);
}

#[test]
fn a_renamed_database_keeps_its_mark_and_needs_its_new_name() {
    let case = Case::new(Recorded::OtherData);
    case.mark(&case.database, "development");
    let (old, new) = (
        case.database.name().to_owned(),
        format!("{}_renamed", case.database.name()),
    );
    let rename = |from: &str, to: &str| {
        let mut server = xtask::pg::connect::connect(
            &case.database.target().with_database("postgres"),
            xtask::pg::connect::ConnectOptions::default(),
        )
        .unwrap();
        server
            .batch_execute(&format!("ALTER DATABASE {from} RENAME TO {to}"))
            .unwrap();
    };
    rename(&old, &new);
    let url = case.database.url().replace(&format!("/{old}?"), &format!("/{new}?"));
    let marked = case
        .sandbox
        .run(&["db-mark", "shop", "development", "--json", "--url", &url])
        .expect(0);
    let refused = case.reset(&url, &["--erase", &old]);
    rename(&new, &old);
    assert!(marked.out.contains("\"before\": \"development\""), "{}", marked.out);
    assert!(refused.expect(4).err.contains("names another database"));
    case.is_untouched();
}

#[test]
fn a_mark_that_an_ordinary_role_forged_counts_for_nothing() {
    let case = Case::new(Recorded::ThisServer);
    let forger = case.database.role("forger");
    case.database
        .connect()
        .batch_execute(&format!("GRANT CREATE ON SCHEMA public TO {forger}"))
        .unwrap();
    let url = case.database.url_as(&forger, "secret");
    // By the toolkit, which says so, and by hand.
    let ended = case
        .sandbox
        .run(&["db-mark", "shop", "development", "--url", &url])
        .expect(1);
    assert!(ended.err.contains("was written, but does not count"), "{}", ended.err);
    let by_hand = format!(
        "DROP TABLE public.schema_mark; SET ROLE {forger}; CREATE TABLE public.schema_mark (mark text, system_identifier bigint, database_oid oid);
         INSERT INTO public.schema_mark SELECT 'development', system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database())
         FROM pg_control_system(); GRANT SELECT ON public.schema_mark TO public; RESET ROLE"
    );
    case.database.connect().batch_execute(&by_hand).unwrap();
    case.refuses_all(&case.database.url(), UNMARKED);
}

#[test]
fn a_database_whose_mark_was_dropped_is_unmarked() {
    let case = Case::of_development();
    case.database.connect().batch_execute("DROP TABLE schema_mark").unwrap();
    case.refuses_all(&case.database.url(), UNMARKED);
}

#[test]
fn an_environment_that_says_production_in_any_spelling_stops_everything_but_a_repair() {
    let case = Case::of_development();
    let (url, name) = (case.database.url(), case.database.name().to_owned());
    for (variable, value) in [
        ("APP_ENV", "production"),
        ("NODE_ENV", " PRODUCTION\t"),
        ("RAILS_ENV", "Prod"),
        ("RUST_ENV", "prod-eu"),
        ("DATABASE_ENV", "LIVE"),
    ] {
        for consent in [&[][..], &["--erase", &name]] {
            for attempt in &Case::attempts(&url)[..3] {
                let ended = case
                    .sandbox
                    .run_with(&[attempt, consent].concat(), &[(variable, value)]);
                assert!(ended.expect(4).err.contains("the environment says production"));
            }
        }
    }
    // What `.env` says is the environment too.
    case.sandbox.write(".env", "APP_ENV=production\n");
    case.reset(&url, &[]).expect(4);
    case.is_untouched();
}

#[test]
fn the_databases_of_the_server_itself_are_never_touched() {
    let case = Case::of_development();
    let name = case.database.name();
    for system in ["postgres", "template1"] {
        let url = case
            .database
            .url()
            .replace(&format!("/{name}?"), &format!("/{system}?"));
        let ended = case.reset(&url, &["--erase", system]).expect(4);
        assert!(ended.err.contains("refused to reset"), "{}", ended.err);
    }
    let set = |value: &str| {
        let statement = format!("ALTER DATABASE {name} IS_TEMPLATE {value}");
        case.database.connect().batch_execute(&statement).unwrap();
    };
    set("true");
    case.refuses_all(&case.database.url(), "it is a template for other databases");
    set("false");
}

#[test]
fn a_standby_is_refused_before_anything_is_tried() {
    let Some(cluster) = Cluster::start() else {
        eprintln!("skipped: a_standby_is_refused_before_anything_is_tried (PostgreSQL's programs are not installed)");
        return;
    };
    cluster.stand_by();
    let sandbox = Sandbox::new(FILES);
    let url = format!(
        "postgres://trusting@127.0.0.1:{}/postgres?sslmode=disable",
        cluster.port
    );
    let ended = sandbox
        .run(&["db-seed", "--url", &url, "--erase", "postgres"])
        .expect(4);
    assert!(ended.err.contains("it is a standby"), "{}", ended.err);
}

#[test]
fn on_a_terminal_the_name_is_asked_for_and_what_would_be_lost_is_shown() {
    let case = Case::new(Recorded::ThisServer);
    let (url, name) = (case.database.url(), case.database.name().to_owned());
    let rollback = ["db-rollback", "shop", "--url", &url];
    for typed in ["\n", "yes\n", "SHOP\n", "y\n"] {
        let Some(Ended { code, out: shown, .. }) = case.sandbox.on_a_terminal(&rollback, typed) else {
            return;
        };
        assert_eq!(code, 4, "{typed}: {shown}");
        for part in [
            &format!("about to roll back `{name}`"),
            "tables: ",
            "other sessions on it: 0",
            &format!("type `{name}` to go on"),
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    }
    case.is_untouched();
    let ended = case
        .sandbox
        .on_a_terminal(&rollback, &format!("{name}\n"))
        .unwrap()
        .expect(0);
    assert!(ended.out.contains("rolled back 1 migration"), "{}", ended.out);
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
