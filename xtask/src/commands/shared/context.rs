//! Which databases a command is for, and where they are.
//!
//! A database is where `--url` says, or `<NAME>_DATABASE_URL`, or `DATABASE_URL`, or on the development server; the real environment wins
//! over a `.env` file in the root.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use postgres::Client;
use postgres::error::SqlState;
use serde_json::Value;

use super::failure::of_database;
use crate::cli::{Place, Selection};
use crate::guard::Mark;
use crate::guard::facts::write_mark;
use crate::migration::file::{self, Migrations};
use crate::outcome::{Answer, DatabaseOutcome, Exit, Outcome, Status, Usage};
use crate::pg::connect::{ConnectOptions, connect};
use crate::pg::url::{Environment, PlainServer, Target};
use crate::server::{self, Server};
use crate::standin::{self, Gap};
use crate::ui;
use crate::workspace::{Database, Workspace};

/// The workspace and the environment that a command runs in.
pub struct Context {
    /// The workspace.
    pub workspace: Workspace,
    variables: BTreeMap<String, String>,
}

/// Whether a command may start the development server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// When it is needed and does not run.
    WhenNeeded,
    /// No: the command only looks.
    Never,
}

/// Where a database is, and how that was found out.
#[derive(Debug, Clone)]
pub struct Located {
    /// What to connect to.
    pub target: Target,
    /// How it was found.
    pub origin: Origin,
}

/// How the place of a database was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The workspace's own server.
    DevelopmentServer,
    /// `--url` or an environment variable, by its name.
    Given(String),
}

impl Context {
    /// Finds the workspace from the current folder upwards, and reads the environment and `.env`.
    ///
    /// # Errors
    /// There is no workspace, or `.env` can't be read.
    pub fn of_process() -> Result<Self> {
        let here = std::env::current_dir().context("the current folder is not there")?;
        // A workspace that is there but can't be read must not be passed over for the toolkit's own.
        let workspace = match std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) {
            Some(package) if Workspace::root_above(&here).is_none() => Workspace::find(&package)?,
            _ => Workspace::find(&here)?,
        };
        let mut variables = BTreeMap::new();
        let env_file = workspace.root().join(".env");
        if env_file.exists() {
            for pair in dotenvy::from_path_iter(&env_file).context("failed to read `.env`")? {
                let (name, value) =
                    pair.map_err(|_| anyhow::anyhow!("a line of `.env` is not of the form NAME=value"))?;
                variables.insert(name, value);
            }
        }
        variables.extend(
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        );
        Ok(Self { workspace, variables })
    }

    /// An environment variable that is set and not empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.trim().is_empty())
    }

    /// The databases that are selected.
    ///
    /// # Errors
    /// [`Usage`]: a name that is none, or `--url` for several.
    pub fn select(&self, selection: &Selection) -> Result<Vec<Database>> {
        let databases = self
            .workspace
            .select(&selection.databases)
            .map_err(|error| Usage(error.to_string()))?;
        if selection.place.url.is_some() && databases.len() > 1 {
            return Err(Usage(format!(
                "`--url` is for one database, but {} are selected; name the one that it leads to",
                databases.len()
            ))
            .into());
        }
        Ok(databases.into_iter().cloned().collect())
    }

    /// Where each database is. The development server is started once, with all the extensions that the migrations need.
    ///
    /// # Errors
    /// [`Usage`] for a `DATABASE_URL` with several databases; a connection string that can't be read; no server to be had.
    pub fn locate(
        &self,
        databases: &[Database],
        migrations: &[Migrations],
        place: &Place,
        start: Start,
    ) -> Result<Vec<Option<Located>>> {
        let given: Vec<Option<Located>> = databases
            .iter()
            .map(|database| self.given(database, place, databases.len()))
            .collect::<Result<_>>()?;
        if given.iter().all(Option::is_some) {
            return Ok(given);
        }
        let server = match start {
            Start::Never => server::running(self.workspace.root())?,
            Start::WhenNeeded => Some(self.start_server(migrations)?),
        };
        Ok(given
            .into_iter()
            .zip(databases)
            .map(|(given, database)| given.or_else(|| Some(on_development_server(server.as_ref()?, database))))
            .collect())
    }

    /// The place of a database on the development server, which is started when it does not run and has the extensions that `migrations`
    /// need.
    ///
    /// # Errors
    /// No server is to be had.
    pub fn development_server(&self, database: &Database, migrations: &Migrations) -> Result<Located> {
        let server = self.start_server(std::slice::from_ref(migrations))?;
        Ok(on_development_server(&server, database))
    }

    fn start_server(&self, migrations: &[Migrations]) -> Result<Server> {
        let extensions: BTreeSet<String> = migrations
            .iter()
            .flat_map(|migrations| file::extensions(&migrations.list))
            .collect();
        server::ensure_running(self.workspace.root(), &extensions)
    }

    /// Where a database is according to the command line and the environment.
    fn given(&self, database: &Database, place: &Place, selected: usize) -> Result<Option<Located>> {
        let own = database.url_variable();
        let (name, text) = if let Some(url) = &place.url {
            ("--url".to_owned(), url.as_str())
        } else if let Some(url) = self.variable(&own) {
            (own, url)
        } else if let Some(url) = self.variable("DATABASE_URL") {
            if selected > 1 {
                return Err(Usage(format!(
                    "`DATABASE_URL` is set, but {selected} databases are selected, and one URL leads to one database\n  \
                     name one database, or set `{own}` and its like, or unset `DATABASE_URL`"
                ))
                .into());
            }
            ("DATABASE_URL".to_owned(), url)
        } else {
            return Ok(None);
        };
        let environment = Environment::with_variables(self.variables.clone());
        let target = Target::parse(text, &environment)
            .with_context(|| format!("`{name}` is no connection string for the database `{}`", database.name))?;
        for warning in target.warnings() {
            ui::warn(format!("{name}: {warning}"));
        }
        Ok(Some(Located {
            target,
            origin: Origin::Given(name),
        }))
    }
}

fn on_development_server(server: &Server, database: &Database) -> Located {
    Located {
        target: Target::plain(PlainServer {
            host: &server.host,
            port: server.port,
            user: &server.user,
            password: Some(&server.password),
            database: &database.name,
        }),
        origin: Origin::DevelopmentServer,
    }
}

/// Whether a database that is missing may be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Create {
    /// On the development server only.
    OnDevelopmentServer,
    /// Wherever it is.
    Anywhere,
}

/// Whether the database that `located` leads to may be created where it is missing.
#[must_use]
pub fn may_create(located: &Located, create: Create) -> bool {
    create == Create::Anywhere || located.origin == Origin::DevelopmentServer
}

/// Creates the database that `located` leads to, by way of the server's database `postgres`. On the development server it is marked
/// development. That another process creates it meanwhile is as good.
///
/// # Errors
/// The server refuses.
pub fn create(located: &Located) -> Result<()> {
    let name = located.target.database();
    let mut client = connect(&located.target.with_database("postgres"), ConnectOptions::default())?;
    let statement = format!("CREATE DATABASE {}", postgres_protocol::escape::escape_identifier(name));
    match client.batch_execute(&statement) {
        Ok(()) => ui::status("Created", format!("database {name}")),
        Err(error)
            if matches!(
                error.code(),
                Some(&SqlState::DUPLICATE_DATABASE | &SqlState::UNIQUE_VIOLATION)
            ) => {}
        Err(error) => return Err(error).with_context(|| format!("failed to create the database `{name}`")),
    }
    if located.origin == Origin::DevelopmentServer {
        let mut client = connect(&located.target, ConnectOptions::default())?;
        write_mark(&mut client, Mark::Development).with_context(|| format!("failed to mark the database `{name}`"))?;
    }
    Ok(())
}

/// Lays the stand-in of the platform, and says so.
///
/// # Errors
/// See [`standin::lay`].
pub fn lay_standin(client: &mut Client, name: &str, gap: &Gap) -> Result<()> {
    standin::lay(client, gap)?;
    ui::status(
        "Laid",
        format!("the stand-in of Supabase in {name}: {}", gap.missing().join(", ")),
    );
    Ok(())
}

/// One database that a command works on: its name, its place, and what the command has read of it.
pub type Item<T> = (String, Located, T);

/// Pairs databases with their places and with what was read of them.
pub fn items<T>(
    databases: &[Database],
    located: Vec<Option<Located>>,
    read: impl IntoIterator<Item = T>,
) -> impl Iterator<Item = Item<T>> {
    let names = databases.iter().map(|database| database.name.clone());
    names
        .zip(located)
        .zip(read)
        .filter_map(|((name, located), read)| Some((name, located?, read)))
}

/// Checks all databases, and only then works on one after the other; the first failure ends it.
pub fn check_then_do<I, T, A: Into<Answer>>(
    items: impl Iterator<Item = Item<I>>,
    mut check: impl FnMut(&str, &Located, I) -> Result<T>,
    mut work: impl FnMut(&str, &Located, T) -> Result<A>,
) -> Outcome {
    let mut checked = Vec::new();
    let outcome = for_each(items, |name, located, item| {
        let item = check(name, &located, item).map_err(|error| of_database(name, Some(&located), error))?;
        checked.push((name.to_owned(), located, item));
        Ok(Value::Null)
    });
    if outcome.error.is_some() {
        return outcome.nothing_done();
    }
    for_each(checked.into_iter(), |name, located, item| {
        work(name, &located, item).map_err(|error| of_database(name, Some(&located), error))
    })
}

/// Carries a command out for each item in turn. The first failure stops it; those behind it are not started.
pub fn for_each<L, T, A: Into<Answer>>(
    items: impl Iterator<Item = (String, L, T)>,
    mut carry_out: impl FnMut(&str, L, T) -> Result<A>,
) -> Outcome {
    let mut outcome = Outcome::done(Vec::new());
    for (name, located, item) in items {
        let mut database = DatabaseOutcome::done(&name, Value::Null);
        if outcome.error.is_some() {
            database.status = Status::NotStarted;
        } else {
            match carry_out(&name, located, item).map(Into::into) {
                Ok(Answer { result, shown }) => (database.result, database.shown) = (result, shown),
                Err(error) => {
                    database.status = Status::Failed;
                    outcome.exit = Exit::of(&error);
                    outcome.error = Some(error);
                }
            }
        }
        outcome.databases.push(database);
    }
    outcome
}
