//! The server that all tests of a run share.
//!
//! It is held by [`Weak`]: Rust drops no statics, so whoever holds it last (a database of a test) takes it down. Tests that follow one
//! another start it again only when no test ran in between; in a run of many threads that is rare.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use testcontainers::core::{IntoContainerPort, Mount};
use testcontainers::runners::SyncRunner;
use testcontainers::{Container, GenericImage, ImageExt};
use xtask::pg::connect::{ConnectOptions, connect};
use xtask::pg::url::{Environment, Target};
use xtask::server::installation::installations;
use xtask::server::{image, local};

use super::stock::{self, Stock};

/// A disk of 16 MB of the server in a container, to be filled.
pub const SMALL_FOLDER: &str = "/small";

/// A server for tests and what keeps it running.
pub struct TestServer {
    url: String,
    target: Target,
    /// The migrated template of each product.
    templates: Mutex<BTreeMap<String, String>>,
    stock: Stock,
    keeper: Mutex<Keeper>,
}

#[expect(dead_code, reason = "held so that it is dropped with the server")]
enum Keeper {
    Container(Box<Container<GenericImage>>),
    Cluster(Box<local::Cluster>),
    Nobody,
}

/// What becomes of a test of a product on a server.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Run,
    Skip(String),
    Fail(String),
}

fn verdict(product: &str, missing: &[String], keeper: &Keeper) -> Verdict {
    let Some(first) = missing.first() else {
        return Verdict::Run;
    };
    let lacks = format!("{product}: extension \"{first}\" is not available on this server");
    match keeper {
        Keeper::Container(_) => Verdict::Fail(format!("{lacks}, whose image is to have it")),
        Keeper::Cluster(_) | Keeper::Nobody => Verdict::Skip(format!("skipped: {lacks}")),
    }
}

static SERVER: Mutex<Weak<TestServer>> = Mutex::new(Weak::new());

impl TestServer {
    /// The server of this run, started when nobody holds it.
    pub fn get() -> Arc<Self> {
        let mut server = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = server.upgrade() {
            return server;
        }
        let started = Arc::new(Self::start());
        *server = Arc::downgrade(&started);
        started
    }

    fn start() -> Self {
        if let Ok(url) = std::env::var("TEST_DATABASE_URL") {
            return Self::new(url, Keeper::Nobody);
        }
        match std::env::var("XTASK_TEST_SERVER").as_deref() {
            Ok("local") => Self::start_cluster(),
            Ok("docker") => Self::start_container().expect("a container can be started"),
            Ok(other) => panic!("XTASK_TEST_SERVER is `docker` or `local`, not `{other}`"),
            Err(_) => Self::start_container().unwrap_or_else(|error| {
                eprintln!("no container ({error:#}): the tests use PostgreSQL that is installed on this machine");
                Self::start_cluster()
            }),
        }
    }

    /// One server of each major version that is at hand: the one of this run, and others for which Docker has an image or this machine
    /// the programs. Nothing is pulled or built.
    pub fn of_each_version() -> BTreeMap<u32, Arc<Self>> {
        let own = Self::get();
        let version = own
            .connect("postgres")
            .query_one("SHOW server_version_num", &[])
            .unwrap();
        let version: u32 = version.get::<_, String>(0).parse().unwrap();
        let mut servers = BTreeMap::from([(version / 10_000, own)]);
        for (version, image) in image::present() {
            servers
                .entry(version)
                .or_insert_with(|| Arc::new(Self::run_container(image).expect("a present image can be run")));
        }
        for installation in installations() {
            servers.entry(installation.version).or_insert_with(|| {
                Arc::new(Self::run_cluster(
                    local::Cluster::of(installation).expect("what is installed can be run"),
                ))
            });
        }
        servers
    }

    fn start_container() -> anyhow::Result<Self> {
        Self::run_container(image::ensure()?)
    }

    fn run_container(image: image::Image) -> anyhow::Result<Self> {
        const PASSWORD: &str = "for-tests-only";
        let container = GenericImage::new(image.name, image.tag)
            .with_exposed_port(5432.tcp())
            .with_env_var("POSTGRES_PASSWORD", PASSWORD)
            .with_env_var("POSTGRES_INITDB_ARGS", "--no-sync")
            // In memory: nobody misses the data of a test, and the machine's disk is spared.
            .with_mount(Mount::tmpfs_mount("/var/lib/postgresql/data"))
            .with_mount(Mount::tmpfs_mount(SMALL_FOLDER).with_size("16m").with_mode(0o777))
            .with_cmd(["-c", "fsync=off", "-c", "max_connections=200", "-c", "autovacuum=off"])
            .start()?;
        let host = container.get_host()?.to_string();
        let port = container.get_host_port_ipv4(5432.tcp())?;
        let keeper = Keeper::Container(Box::new(container));
        Ok(Self::new(
            format!("postgres://postgres:{PASSWORD}@{host}:{port}/postgres?sslmode=disable"),
            keeper,
        ))
    }

    fn start_cluster() -> Self {
        Self::run_cluster(local::Cluster::start(&BTreeSet::new()).expect("PostgreSQL is installed on this machine"))
    }

    fn run_cluster(cluster: local::Cluster) -> Self {
        let server = cluster.server();
        let url = format!(
            "postgres://{}:{}@{}:{}/postgres?sslmode=disable",
            server.user, server.password, server.host, server.port
        );
        Self::new(url, Keeper::Cluster(Box::new(cluster)))
    }

    fn new(url: String, keeper: Keeper) -> Self {
        let target = Target::parse(&url, &Environment::default()).expect("TEST_DATABASE_URL is a connection string");
        wait_until_it_answers(&target);
        Self {
            url,
            stock: Stock::new(target.clone()),
            target,
            templates: Mutex::default(),
            keeper: Mutex::new(keeper),
        }
    }

    /// Whether it has [`SMALL_FOLDER`].
    pub fn has_small_folder(&self) -> bool {
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(*keeper, Keeper::Container(_))
    }

    /// The URL of one of its databases, password and all.
    pub fn url(&self, database: &str) -> String {
        let (base, query) = self.url.split_once('?').unwrap_or((&self.url, "sslmode=prefer"));
        let (server, _) = base.rsplit_once('/').expect("a URL names a database");
        format!("{server}/{database}?{query}")
    }

    /// A clone of `template` for one test, made ahead where it could be.
    pub fn take(&self, template: &str) -> String {
        self.stock.take(template)
    }

    /// Has a database that [`TestServer::take`] gave dropped, what the toolkit built for it, and roles that own nothing outside of it.
    pub fn give_back(&self, name: &str, roles: Vec<String>) {
        self.stock.give_back(name, roles);
    }

    /// Creates a clone of a template that is cloned once.
    pub fn create_database(&self, template: &str) -> String {
        stock::create(&mut self.connect("postgres"), template).expect("a database can be created")
    }

    /// Drops a database, whoever is connected to it.
    pub fn drop_database(&self, name: &str) {
        stock::drop_database(&mut self.connect("postgres"), name);
    }

    /// The template of a product, filled by `fill` the first time.
    pub fn template(&self, product: &str, fill: impl FnOnce(&Target)) -> String {
        let mut templates = self.templates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(template) = templates.get(product) {
            return template.clone();
        }
        let template = self.create_database("template0");
        fill(&self.target.with_database(&template));
        templates.insert(product.to_owned(), template.clone());
        template
    }

    /// Whether it has all of `extensions`. What it lacks is told on standard error, past what captures the output of tests, and the test
    /// of `product` is to be skipped. The image of a container is the toolkit's own choice and lacks nothing: there it fails the test.
    #[expect(
        clippy::explicit_write,
        reason = "libtest captures eprintln!, and shows it of failed tests only"
    )]
    pub fn has(&self, product: &str, extensions: &BTreeSet<String>) -> bool {
        let missing = self.missing(extensions);
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        match verdict(product, &missing, &keeper) {
            Verdict::Run => true,
            Verdict::Skip(reason) => {
                let test = thread::current();
                writeln!(io::stderr(), "{reason} ({})", test.name().unwrap_or("a test")).unwrap();
                false
            }
            Verdict::Fail(reason) => panic!("{reason}"),
        }
    }

    fn missing(&self, extensions: &BTreeSet<String>) -> Vec<String> {
        let query = "SELECT wanted FROM unnest($1::text[]) AS wanted
            WHERE wanted NOT IN (SELECT name FROM pg_available_extensions) ORDER BY wanted";
        let wanted: Vec<&String> = extensions.iter().collect();
        let rows = self.connect("postgres").query(query, &[&wanted]).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Its database `postgres`, as superuser.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// A connection to one of its databases, as superuser.
    pub fn connect(&self, database: &str) -> postgres::Client {
        connect(&self.target.with_database(database), ConnectOptions::default()).expect("the test server answers")
    }
}

impl Drop for TestServer {
    /// Nothing of the tests is left: it goes with the server, or is dropped where the server stays. After a run of many tests, standard error
    /// is told how soon a test had its database.
    fn drop(&mut self) {
        let keeper = self.keeper.get_mut().unwrap_or_else(PoisonError::into_inner);
        let stays = matches!(keeper, Keeper::Nobody);
        self.stock.close(stays);
        let templates = std::mem::take(self.templates.get_mut().unwrap_or_else(PoisonError::into_inner));
        for template in templates.values().filter(|_| stays) {
            self.drop_database(template);
        }
        let (taken, median) = self.stock.waits();
        if taken >= 100 {
            // libtest captures eprintln!, and shows it of failed tests only.
            writeln!(
                io::stderr(),
                "getting a database took a test {median:.1?} at the median of {taken}"
            )
            .ok();
        }
    }
}

/// By connecting: the official images start a first server that says it is ready and takes no connections.
fn wait_until_it_answers(target: &Target) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while let Err(error) = connect(target, ConnectOptions::default()) {
        assert!(Instant::now() < deadline, "the test server does not answer: {error}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_extension_skips_a_test_aloud_and_fails_it_in_a_container() {
        let server = TestServer::get();
        let wanted: BTreeSet<String> = ["plpgsql", "no_such_extension"].map(str::to_owned).into();
        let missing = server.missing(&wanted);
        assert_eq!(missing, ["no_such_extension"]);
        assert_eq!(verdict("shop", &[], &Keeper::Nobody), Verdict::Run);
        let lacks = "shop: extension \"no_such_extension\" is not available on this server";
        assert_eq!(
            verdict("shop", &missing, &Keeper::Nobody),
            Verdict::Skip(format!("skipped: {lacks}"))
        );
        let keeper = server.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        let expected = match &*keeper {
            Keeper::Container(_) => Verdict::Fail(format!("{lacks}, whose image is to have it")),
            Keeper::Cluster(_) | Keeper::Nobody => Verdict::Skip(format!("skipped: {lacks}")),
        };
        assert_eq!(verdict("shop", &missing, &keeper), expected);
    }
}
