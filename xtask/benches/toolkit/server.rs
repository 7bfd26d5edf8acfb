//! A durable server for the benchmark, and databases in it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use postgres::Client;
use testcontainers::core::{ExecCommand, IntoContainerPort};
use testcontainers::runners::SyncRunner;
use testcontainers::{Container, GenericImage, ImageExt};
use xshell::{Shell, cmd};
use xtask::pg::connect::{ConnectOptions, connect};
use xtask::pg::url::{Environment, Target};
use xtask::server::{image, local};

/// A server on this machine that syncs every commit to disk.
pub struct Server {
    /// On the loopback address.
    pub port: u16,
    login: String,
    keeper: Keeper,
}

#[expect(dead_code, reason = "the cluster is held so that it is dropped with the server")]
enum Keeper {
    Container(Box<Container<GenericImage>>),
    /// And the folder of its programs.
    Cluster(Box<local::Cluster>, PathBuf),
}

impl Server {
    /// Starts it.
    pub fn start() -> Result<Self> {
        let server = match std::env::var("XTASK_TEST_SERVER").as_deref() {
            Ok("local") => Self::start_cluster()?,
            _ => Self::start_container()?,
        };
        server.make_durable()?;
        Ok(server)
    }

    fn start_container() -> Result<Self> {
        const PASSWORD: &str = "for-the-benchmark-only";
        let image = image::ensure()?;
        let container = GenericImage::new(image.name, image.tag)
            .with_exposed_port(5432.tcp())
            .with_env_var("POSTGRES_PASSWORD", PASSWORD)
            .start()?;
        Ok(Self {
            port: container.get_host_port_ipv4(5432.tcp())?,
            login: format!("postgres:{PASSWORD}"),
            keeper: Keeper::Container(Box::new(container)),
        })
    }

    fn start_cluster() -> Result<Self> {
        let installation = local::choose(&local::installations(), &BTreeSet::new())?;
        let cluster = local::Cluster::start(&BTreeSet::new())?;
        let server = cluster.server();
        Ok(Self {
            port: server.port,
            login: format!("{}:{}", server.user, server.password),
            keeper: Keeper::Cluster(Box::new(cluster), installation.bin),
        })
    }

    /// Sets back what a cluster for tests gives up for speed, and waits until the server has it so.
    fn make_durable(&self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut client = loop {
            match self.connect("postgres") {
                Ok(client) => break client,
                Err(error) => ensure!(Instant::now() < deadline, "the server does not answer: {error:#}"),
            }
            thread::sleep(Duration::from_millis(100));
        };
        for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
            client.batch_execute(&format!("ALTER SYSTEM SET {setting} = on"))?;
        }
        client.batch_execute("SELECT pg_reload_conf()")?;
        while client.query_one("SHOW fsync", &[])?.get::<_, &str>(0) != "on" {
            ensure!(Instant::now() < deadline, "the server keeps `fsync` off");
        }
        Ok(())
    }

    /// The URL of a database through `port`, which leads to the server.
    pub fn url(&self, port: u16, database: &str) -> String {
        format!("postgres://{}@127.0.0.1:{port}/{database}?sslmode=disable", self.login)
    }

    /// The same, read.
    pub fn target(&self, port: u16, database: &str) -> Result<Target> {
        Ok(Target::parse(&self.url(port, database), &Environment::default())?)
    }

    /// A connection to one of its databases.
    pub fn connect(&self, database: &str) -> Result<Client> {
        Ok(connect(&self.target(self.port, database)?, ConnectOptions::default())?)
    }

    /// An empty database; what was written before is on disk, so that nobody pays for another's checkpoint.
    pub fn create_database(&self) -> Result<String> {
        let mut client = self.connect("postgres")?;
        let name = format!("bench_{:016x}", rand::random::<u64>());
        client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0"))?;
        client.batch_execute("CHECKPOINT")?;
        Ok(name)
    }

    /// Removes a database.
    pub fn drop_database(&self, name: &str) -> Result<()> {
        self.connect("postgres")?
            .batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))?;
        Ok(())
    }

    /// How long its own `pg_dump --schema-only` takes, from its start over the connection to its end: the program runs beside the server, and
    /// what starts it there is not counted.
    pub fn time_dump(&self, database: &str) -> Result<Duration> {
        const SCRIPT: &str = include_str!("pg_dump.sh");
        let (user, password) = self.login.split_once(':').context("a login has a password")?;
        let login = [("PGUSER", user), ("PGPASSWORD", password), ("PGDATABASE", database)];
        let told = match &self.keeper {
            Keeper::Container(container) => {
                let command = ExecCommand::new(["bash", "-c", SCRIPT]).with_env_vars(login);
                String::from_utf8(container.exec(command)?.stdout_to_vec()?)?
            }
            Keeper::Cluster(_, bin) => {
                let shell = Shell::new()?;
                let path = std::env::join_paths([bin.as_path(), Path::new("/bin"), Path::new("/usr/bin")])?;
                let place = [("PGHOST", "127.0.0.1"), ("PGPORT", &self.port.to_string())];
                cmd!(shell, "bash -c {SCRIPT}")
                    .envs(login)
                    .envs(place)
                    .env("PATH", path)
                    .quiet()
                    .read()?
            }
        };
        let times: Vec<f64> = told.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let [began, ended] = times[..] else {
            bail!("`pg_dump` failed");
        };
        Ok(Duration::try_from_secs_f64(ended - began)?)
    }
}
