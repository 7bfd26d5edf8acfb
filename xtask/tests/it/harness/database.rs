//! A database for one test, dropped with the value; that of a failed test is kept and its URL printed.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use postgres::Client;
use postgres::error::SqlState;
use xtask::guard::Mark;
use xtask::guard::facts::write_mark;
use xtask::migration::apply::{self, Grouping, Options};
use xtask::migration::file;
use xtask::migration::lock::LockPolicy;
use xtask::migration::plan::Allow;
use xtask::migration::session::Session;
use xtask::pg::connect::{ConnectOptions, connect};
use xtask::pg::url::{Environment, Target};
use xtask::standin;
use xtask::workspace::Workspace;

use super::TestServer;

/// A database of its own for one test.
pub struct TestDatabase {
    server: Arc<TestServer>,
    name: String,
    roles: RefCell<Vec<String>>,
}

impl TestDatabase {
    /// An empty one.
    pub fn empty() -> Self {
        Self::take(TestServer::get(), "template0")
    }

    /// One for the migrations of `product`: empty but for what its platform brings, which the toolkit stands in for.
    pub fn before(product: &str) -> Self {
        let database = Self::empty();
        lay_platform(&database.target(), product);
        database
    }

    /// A clone of `product`, migrated, as [`TestDatabase::of`]; `None` where the server lacks an extension that the migrations make, which
    /// is told, and the test is to be skipped.
    pub fn of_if_supported(product: &str) -> Option<Self> {
        let server = TestServer::get();
        is_supported(&server, product).then(|| Self::of(product))
    }

    /// A clone of the product `name`, migrated: its migrations run once in a run of the tests.
    pub fn of(product: &str) -> Self {
        Self::of_on(TestServer::get(), product)
    }

    /// The same on another server.
    pub fn of_on(server: Arc<TestServer>, product: &str) -> Self {
        let template = server.template(product, |target| migrate(target, product));
        Self::take(server, &template)
    }

    fn take(server: Arc<TestServer>, template: &str) -> Self {
        let name = server.take(template);
        Self::called(server, name)
    }

    fn called(server: Arc<TestServer>, name: String) -> Self {
        Self {
            server,
            name,
            roles: RefCell::default(),
        }
    }

    /// A clone of another one.
    pub fn clone_of(other: &Self) -> Self {
        let name = other.server.create_database(&other.name);
        Self::called(Arc::clone(&other.server), name)
    }

    /// Becomes a clone of another one, under its own name.
    pub fn replace_by_clone_of(&self, other: &Self) {
        self.server.drop_database(&self.name);
        self.server
            .connect("postgres")
            .batch_execute(&format!("CREATE DATABASE {} TEMPLATE {}", self.name, other.name))
            .unwrap();
    }

    /// Applies all migrations of a product of this workspace.
    pub fn migrate(&self, product: &str) {
        migrate(&self.target(), product);
    }

    /// Where it is, as superuser.
    pub fn target(&self) -> Target {
        self.server.target().with_database(&self.name)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A connection, as superuser.
    pub fn connect(&self) -> Client {
        self.server.connect(&self.name)
    }

    /// A URL for the program. The password is in it: it is the tests' own.
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// A URL for the program, as another role; the password is percent-encoded as it shall stand there.
    pub fn url_as(&self, role: &str, password: &str) -> String {
        let url = self.url();
        let (_, place) = url.split_once('@').expect("the URL names a role");
        format!("postgres://{role}:{password}@{place}")
    }

    /// A connection as a role that [`Self::role`] made.
    pub fn connect_as(&self, role: &str) -> Client {
        let target = Target::parse(&self.url_as(role, "secret"), &Environment::default()).unwrap();
        connect(&target, ConnectOptions::default()).unwrap()
    }

    /// A role that may log in with the password `secret`; it is dropped with the database. Its name.
    pub fn role(&self, name: &str) -> String {
        let role = format!("{}_{name}", self.name);
        self.connect()
            .batch_execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 'secret'"))
            .unwrap();
        self.roles.borrow_mut().push(role.clone());
        role
    }
}

impl TestDatabase {
    /// A name that no database has; whatever takes it is dropped with the value.
    pub fn absent() -> Self {
        let database = Self::empty();
        database.server.drop_database(&database.name);
        database
    }

    /// A tablespace of 16 MB, shared by all tests of the run; `None`, with a word about it, where the server has no room of that kind.
    pub fn small_tablespace(&self) -> Option<&'static str> {
        if !self.server.has_small_folder() {
            let test = thread::current().name().unwrap_or_default().to_owned();
            eprintln!("skipped: {test} (only the server in a container has a small disk)");
            return None;
        }
        // PostgreSQL wants a folder of its own.
        let folder = format!("{}/space", super::server::SMALL_FOLDER);
        let mut client = self.connect();
        client
            .batch_execute(&format!("COPY (SELECT) TO PROGRAM 'mkdir -p {folder}'"))
            .unwrap();
        match client.batch_execute(&format!("CREATE TABLESPACE small LOCATION '{folder}'")) {
            Err(error) if error.code() != Some(&SqlState::DUPLICATE_OBJECT) => panic!("{error:?}"),
            _ => Some("small"),
        }
    }

    /// Where the server listens, `host:port`.
    pub fn address(&self) -> String {
        let target = self.target();
        let endpoint = &target.endpoints()[0];
        format!("{}:{}", endpoint.host, endpoint.port)
    }

    /// The URL by way of something that listens at `address` (`host:port`).
    pub fn url_through(&self, address: &str) -> String {
        let (url, direct) = (self.url(), format!("@{}/", self.address()));
        assert!(url.contains(&direct), "the URL of a test database names host and port");
        url.replace(&direct, &format!("@{address}/"))
    }
}

/// Marks the database as one of the tests' own and lays the stand-in of the product's platform, if it has one.
fn lay_platform(target: &Target, product: &str) {
    let workspace = workspace();
    let product = workspace.database(product).unwrap();
    if product.settings.platform.is_none() {
        return;
    }
    let mut client = connect(target, ConnectOptions::default()).unwrap();
    write_mark(&mut client, Mark::Test).unwrap();
    if let Some(gap) = standin::find_gap(&mut client, product).unwrap() {
        standin::lay(&mut client, &gap).unwrap();
    }
}

fn migrate(target: &Target, product: &str) {
    lay_platform(target, product);
    let workspace = workspace();
    let migrations = file::read(&workspace, workspace.database(product).unwrap()).unwrap();
    let mut session = Session::connect(target, Arc::new(|_| {})).unwrap();
    let prepared = apply::prepare(&mut session, &migrations.list, OPTIONS).unwrap();
    apply::apply(&mut session, prepared, &migrations.list, OPTIONS).unwrap();
}

/// Whether the server has every extension that the migrations of `product` make. If not, that is told, and the test is to be skipped.
pub fn is_supported(server: &TestServer, product: &str) -> bool {
    let workspace = workspace();
    let migrations = file::read(&workspace, workspace.database(product).unwrap()).unwrap();
    server.has(product, &file::extensions(&migrations.list))
}

/// As `db-migrate` applies without any flag.
pub const OPTIONS: Options = Options {
    to: None,
    allow: Allow {
        out_of_order: false,
        missing: false,
    },
    locks: LockPolicy {
        timeout: std::time::Duration::from_secs(5),
        retries: 5,
    },
    grouping: Grouping::EachFile,
};

/// The root of this workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// This workspace.
pub fn workspace() -> Workspace {
    Workspace::open(&root()).unwrap()
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the database of the failed test is kept: {}", self.target());
            return;
        }
        self.server.give_back(&self.name, self.roles.take());
    }
}

/// For [`wait_until`]: somebody in this database waits for the advisory lock 1.
pub const HELD_UP: &str = "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// Waits until a query that returns one boolean returns true; fails the test when that takes too long.
pub fn wait_until(database: &TestDatabase, query: &str) {
    let mut client = database.connect();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !client.query_one(query, &[]).unwrap().get::<_, bool>(0) {
        assert!(Instant::now() < deadline, "it never came to this: {query}");
        thread::sleep(Duration::from_millis(10));
    }
}
