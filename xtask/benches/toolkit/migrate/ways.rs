//! Ways to apply migrations: the toolkit's own, and programs that do as little as can be done.
//!
//! The others get their messages ready before the clock starts: they read nothing, hash nothing and check nothing. All make the
//! same ledger with the same rows, and all commit each file by itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use postgres::Client;
use xtask::migration::apply::{self, Grouping, Options};
use xtask::migration::file::{self, Migration};
use xtask::migration::ledger::{self, Phase};
use xtask::migration::lock::LockPolicy;
use xtask::migration::plan::Allow;
use xtask::migration::session::Session;
use xtask::pg::connect::{ConnectOptions, connect};
use xtask::pg::url::Target;

use super::workload::Workload;
use crate::figures::Clock;
use crate::server::Server;

/// As `db-migrate` without any flag, with its default time-out.
const OPTIONS: Options = Options {
    to: None,
    allow: Allow {
        out_of_order: false,
        missing: false,
    },
    locks: LockPolicy {
        timeout: Duration::from_secs(5),
        retries: 5,
    },
    grouping: Grouping::EachFile,
};

/// How migrations are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By the toolkit: read, plan, apply.
    Toolkit,
    /// A file and its ledger row in one message.
    MessagePerFile,
    /// A hundred files with their ledger rows in one message, each in its transaction.
    Batches,
    /// BEGIN, file, ledger row and COMMIT, each a message.
    FourMessages,
}

/// How long each part took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Parts {
    /// Reading and checking the files.
    pub read: Duration,
    /// Connecting.
    pub connect: Duration,
    /// Reading the ledger and planning.
    pub plan: Duration,
    /// The rest.
    pub apply: Duration,
}

impl Parts {
    /// All of them.
    pub fn total(&self) -> Duration {
        self.read + self.connect + self.plan + self.apply
    }
}

impl Way {
    /// What it is called in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Toolkit => "toolkit",
            Self::MessagePerFile => "one message a file",
            Self::Batches => "100 files a message",
            Self::FourMessages => "four messages a file",
        }
    }

    /// Applies the workload to a new database, through a port that leads to the server.
    pub fn time(self, server: &Server, port: u16, workload: &Workload) -> Result<Parts> {
        let database = server.create_database()?;
        let parts = self.run(&server.target(port, &database)?, workload)?;
        let rows: i64 = server
            .connect(&database)?
            .query_one("SELECT count(*) FROM public.schema_migrations", &[])?
            .get(0);
        ensure!(
            usize::try_from(rows)? == workload.migrations.len(),
            "{rows} rows in the ledger"
        );
        server.drop_database(&database)?;
        Ok(parts)
    }

    /// Applies the workload to an empty database.
    pub fn run(self, target: &Target, workload: &Workload) -> Result<Parts> {
        let migrations = &workload.migrations;
        match self {
            Self::Toolkit => toolkit(target, workload),
            Self::MessagePerFile => send(
                target,
                migrations
                    .iter()
                    .map(|one| format!("{};{}", text(one), row(one)))
                    .collect(),
            ),
            Self::Batches => {
                let file = |one: &Migration| format!("BEGIN;{};{};COMMIT;", text(one), row(one));
                send(
                    target,
                    migrations
                        .chunks(100)
                        .map(|some| some.iter().map(file).collect())
                        .collect(),
                )
            }
            Self::FourMessages => {
                let file = |one: &Migration| ["BEGIN".to_owned(), text(one), row(one), "COMMIT".to_owned()];
                send(target, migrations.iter().flat_map(file).collect())
            }
        }
    }
}

/// Finds that there is nothing to do, as `db-migrate` does.
pub fn nothing_to_do(target: &Target, workload: &Workload) -> Result<Duration> {
    Ok(toolkit(target, workload)?.total())
}

/// The least that can tell that there is nothing to do.
pub fn select_ledger(target: &Target) -> Result<Duration> {
    let start = Instant::now();
    let mut client = connect(target, ConnectOptions::default())?;
    let rows = client.query_typed("SELECT version, checksum FROM public.schema_migrations", &[])?;
    let time = start.elapsed();
    ensure!(!rows.is_empty(), "the ledger is empty");
    Ok(time)
}

fn toolkit(target: &Target, workload: &Workload) -> Result<Parts> {
    let mut clock = Clock(Instant::now());
    let migrations = file::read(&workload.workspace, workload.workspace.database(&workload.name)?)?;
    let read = clock.lap();
    let mut session = Session::connect(target, Arc::new(|_| {}))?;
    let connect = clock.lap();
    let prepared = apply::prepare(&mut session, &migrations.list, OPTIONS)?;
    let plan = clock.lap();
    apply::apply(&mut session, prepared, &migrations.list, OPTIONS).map_err(|stopped| anyhow!(stopped.reports))?;
    let apply = clock.lap();
    Ok(Parts {
        read,
        connect,
        plan,
        apply,
    })
}

fn send(target: &Target, messages: Vec<String>) -> Result<Parts> {
    let mut clock = Clock(Instant::now());
    let mut client: Client = connect(target, ConnectOptions::default())?;
    let connect = clock.lap();
    ledger::create(&mut client)?;
    for message in messages {
        client.batch_execute(&message)?;
    }
    Ok(Parts {
        connect,
        apply: clock.lap(),
        ..Parts::default()
    })
}

fn text(migration: &Migration) -> String {
    migration.up.text.clone()
}

fn row(migration: &Migration) -> String {
    ledger::insert_statement(migration, Phase::Complete)
}
