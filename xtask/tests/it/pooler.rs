//! Behind PgBouncer in transaction mode, where two messages may reach two sessions of the server, and a session has many clients.
//!
//! The tests say so and pass where `pgbouncer` is not installed.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use xshell::{Shell, cmd};
use xtask::pg::connect::{ConnectOptions, connect};
use xtask::pg::url::{Environment, Target};

use crate::concurrency::{assert_applied_once, history, run_all};
use crate::crash::kill_everywhere_behind;
use crate::harness::{Sandbox, TestDatabase};

const POOL: usize = 12;
/// What the pooler calls the database beside its own name.
const ALIAS: &str = "alias";

/// A PgBouncer of the test's own.
struct Pooler {
    process: Child,
    address: String,
    _folder: TempDir,
}

impl Pooler {
    /// In front of the server of `database`; `None`, with a word about it, where PgBouncer is not installed.
    fn start(database: &TestDatabase) -> Option<Self> {
        let shell = Shell::new().unwrap();
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
        shell.set_var("PATH", &path);
        if cmd!(shell, "pgbouncer --version")
            .quiet()
            .ignore_stderr()
            .read()
            .is_err()
        {
            let test = thread::current().name().unwrap_or_default().to_owned();
            eprintln!("skipped: {test} (pgbouncer is not installed)");
            return None;
        }
        let folder = TempDir::new().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = settings(database, folder.path().join("users.txt").to_str().unwrap(), port);
        fs::write(folder.path().join("users.txt"), users(database)).unwrap();
        fs::write(folder.path().join("pgbouncer.ini"), settings).unwrap();
        let ini = folder.path().join("pgbouncer.ini");
        // It refuses to be root.
        let user = (fs::metadata(folder.path()).unwrap().uid() == 0).then_some(["-u", "nobody"]);
        let user = user.iter().flatten();
        let process = Command::from(cmd!(shell, "pgbouncer -q {user...} {ini}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let pooler = Self {
            process,
            address: format!("127.0.0.1:{port}"),
            _folder: folder,
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        while let Err(error) = connect(&pooler.target(database), ConnectOptions::default()) {
            assert!(Instant::now() < deadline, "PgBouncer does not answer: {error}");
            thread::sleep(Duration::from_millis(20));
        }
        Some(pooler)
    }

    fn url(&self, database: &TestDatabase) -> String {
        database.url_through(&self.address)
    }

    fn target(&self, database: &TestDatabase) -> Target {
        Target::parse(&self.url(database), &Environment::default()).unwrap()
    }

    /// Fails unless all sessions of the pool are as they were when they began.
    fn assert_is_clean(&self, database: &TestDatabase) {
        // As many clients as there are sessions, each in a transaction: nobody shares.
        let mut clients: Vec<_> = (0..POOL)
            .map(|_| connect(&self.target(database), ConnectOptions::default()).unwrap())
            .collect();
        for client in &mut clients {
            client.batch_execute("BEGIN").unwrap();
            // What PgBouncer itself keeps for each client.
            let rows = client
                .query_typed(
                    "SELECT name || ' = ' || setting FROM pg_settings WHERE source = 'session'
                     AND name NOT IN ('client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings', 'application_name')
                     UNION ALL SELECT 'role = ' || current_user WHERE current_user <> 'postgres' OR session_user <> 'postgres'
                     UNION ALL SELECT 'prepared ' || name FROM pg_prepared_statements WHERE name <> ''
                     UNION ALL SELECT 'advisory lock' FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
                    &[],
                )
                .unwrap();
            let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
            assert_eq!(found, Vec::<String>::new(), "left in a session of the pool");
        }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn settings(database: &TestDatabase, users: &str, port: u16) -> String {
    let target = database.target();
    let server = &target.endpoints()[0];
    format!(
        "[databases]\n{ALIAS} = host={} port={} dbname={}\n* = host={} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
         auth_type = scram-sha-256\nauth_file = {users}\npool_mode = transaction\ndefault_pool_size = {POOL}\nmax_client_conn = 200\n",
        server.host,
        server.port,
        database.name(),
        server.host,
        server.port
    )
}

/// The superuser of the test server, as its URL has it.
fn users(database: &TestDatabase) -> String {
    let url = database.url();
    let (user, password) = url
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('@'))
        .and_then(|(user, _)| user.split_once(':'))
        .expect("the URL of a test database has user and password");
    format!("\"{user}\" \"{password}\"\n")
}

#[test]
fn all_commands_work_behind_a_pooler() {
    let (database, sandbox) = (TestDatabase::empty(), history(true));
    let Some(pooler) = Pooler::start(&database) else { return };
    sandbox.write("seeds/shop/01_t1.sql", "COPY t1 FROM stdin;\n1\n2\n\\.\n");
    let url = pooler.url(&database);
    let run = |args: &[&str]| sandbox.run(&[args, &["--url", &url]].concat()).expect(0);
    run(&["db-migrate", "--dry-run"]);
    run(&["db-migrate"]);
    assert_applied_once(&mut database.connect());
    run(&["db-status", "--check"]);
    run(&["db-mark", "shop", "test"]);
    run(&["db-seed", "--erase", database.name()]);
    let undone = run(&["db-rollback", "--to", "5", "--erase", database.name()]);
    assert!(undone.err.contains("rolled back 15 migrations"), "{}", undone.err);
    run(&["db-migrate"]);
    assert_applied_once(&mut database.connect());
    pooler.assert_is_clean(&database);
}

#[test]
fn what_a_pooler_calls_a_database_is_no_consent_to_erase_it() {
    let (database, sandbox) = (TestDatabase::empty(), history(true));
    let Some(pooler) = Pooler::start(&database) else { return };
    sandbox.run_on(&database, &["db-migrate"]).expect(0);
    let url = pooler
        .url(&database)
        .replace(&format!("/{}?", database.name()), &format!("/{ALIAS}?"));
    let run = |args: &[&str]| sandbox.run(&[args, &["--url", &url]].concat());
    let ended = run(&["db-rollback", "--erase", ALIAS]).expect(4);
    assert!(ended.err.contains("names another database"), "{}", ended.err);
    let ended = run(&["db-reset", "--erase", database.name()]).expect(1);
    assert!(ended.err.contains("a pooler stands in between"), "{}", ended.err);
    assert_applied_once(&mut database.connect());
}

#[test]
fn eight_runners_behind_a_pooler_apply_everything_once() {
    let (database, sandbox) = (TestDatabase::empty(), history(true));
    let Some(pooler) = Pooler::start(&database) else { return };
    run_all(&sandbox, &["db-migrate", "--url", &pooler.url(&database)]);
    assert_applied_once(&mut database.connect());
    pooler.assert_is_clean(&database);
}

#[test]
fn a_kill_behind_a_pooler_is_made_good() {
    let database = TestDatabase::empty();
    let Some(pooler) = Pooler::start(&database) else { return };
    kill_everywhere_behind(&database, &pooler.address);
    pooler.assert_is_clean(&database);
}

#[test]
fn what_migrations_set_does_not_reach_other_clients_of_the_pool() {
    const SET: &str = "SET search_path = pg_catalog;\nSET ROLE pg_monitor;\nSET lock_timeout = '7s';\nSET statement_timeout = '7s';\n\
                       SELECT set_config('work_mem', '7MB', false);\n";
    let database = TestDatabase::empty();
    let Some(pooler) = Pooler::start(&database) else { return };
    let sandbox = Sandbox::new(&[]);
    sandbox.write(
        "migrations/shop/1_transaction.sql",
        format!("CREATE TABLE a ();\n{SET}"),
    );
    sandbox.write(
        "migrations/shop/2_statements.sql",
        format!("-- xtask: no-transaction\n{SET}SELECT 1;\nRESET ROLE;\nVACUUM public.a;\nSELECT 1;\n"),
    );
    sandbox.write(
        "migrations/shop/3_fails.sql",
        format!("-- xtask: no-transaction\n{SET}RESET ROLE;\nVACUUM public.nothing;\n"),
    );
    let url = pooler.url(&database);
    let ended = sandbox.run(&["db-migrate", "--url", &url]).expect(1);
    assert!(
        ended.err.contains("relation \"public.nothing\" does not exist"),
        "{}",
        ended.err
    );
    pooler.assert_is_clean(&database);
}
