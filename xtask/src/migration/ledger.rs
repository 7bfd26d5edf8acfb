//! The ledger: the table `public.schema_migrations`, one row for each migration that is applied.
//!
//! It is always addressed with its schema, so that no migration's `search_path` can lead its book-keeping astray, and it is written
//! in the transaction of the migration that a row stands for. Statements go out unnamed or as plain text, so that a transaction
//! pooler in between does not matter.

use postgres::error::SqlState;
use postgres::{Client, GenericClient, Row};
use postgres_protocol::escape::escape_literal;

use super::file::{Migration, Version};
use crate::pg::report::Report;

/// One row of the ledger, without the texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The primary key.
    pub version: Version,
    /// `create_profiles_table`.
    pub name: String,
    /// See [`crate::pg::script::Script::checksum`].
    pub checksum: String,
    /// In UTC, as `2026-02-01 12:00:00`.
    pub applied_at: String,
    /// Seconds.
    pub seconds: f64,
    /// The role that applied it.
    pub applied_by: String,
    /// Whether it is applied whole, or stopped half-way outside a transaction.
    pub phase: Phase,
}

/// How far a migration has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It is applied.
    Complete,
    /// A file that runs statement by statement is on its way up.
    Up(Progress),
    /// A file that runs statement by statement is on its way down.
    Down(Progress),
}

/// How far a file that runs statement by statement has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// So many statements are done.
    pub done: usize,
    /// The next statement was sent, and whether it worked is not recorded.
    pub started: bool,
}

/// The up and down text of a row, as applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// The up script.
    pub up: String,
    /// The down script, if there was one.
    pub down: Option<String>,
}

/// The key of the advisory lock under which the toolkit's own tables are made.
const CREATE_LOCK: i64 = 0x7874_6173_6b01;

/// Why the ledger could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// There is a table of this name with other columns.
    #[error("the table `public.schema_migrations` belongs to another tool: {0}")]
    Foreign(String),
    /// Everything else.
    #[error(transparent)]
    Server(#[from] postgres::Error),
}

impl From<LedgerError> for Report {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Foreign(_) => Report::new(error.to_string()).note("nothing was touched").help(
                "rename that table, or move it to another schema, once its tool is no longer used on this database",
            ),
            LedgerError::Server(error) => Report::of_error(&error),
        }
    }
}

/// The rows in the order of their versions; `None` where there is no ledger. One round trip, which in a transaction needs a savepoint.
///
/// # Errors
/// See [`LedgerError`].
pub fn read(client: &mut impl GenericClient) -> Result<Option<Vec<Applied>>, LedgerError> {
    let rows = match client.query_typed(include_str!("ledger/read.sql"), &[]) {
        Ok(rows) => rows,
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => return Ok(None),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_COLUMN) => {
            let message = error
                .as_db_error()
                .map_or_else(String::new, |error| error.message().to_owned());
            return Err(LedgerError::Foreign(message));
        }
        Err(error) => return Err(error.into()),
    };
    rows.iter()
        .map(applied)
        .collect::<Result<_, _>>()
        .map(Some)
        .map_err(LedgerError::Server)
}

fn applied(row: &Row) -> Result<Applied, postgres::Error> {
    let progress = Progress {
        done: usize::try_from(row.try_get::<_, i32>("statements_done")?).unwrap_or(0),
        started: row.try_get("statement_started")?,
    };
    Ok(Applied {
        version: Version(row.try_get("version")?),
        name: row.try_get("name")?,
        checksum: row.try_get("checksum")?,
        applied_at: row.try_get("applied_at")?,
        seconds: row.try_get("seconds")?,
        applied_by: row.try_get("applied_by")?,
        phase: match row.try_get::<_, String>("phase")?.as_str() {
            "up" => Phase::Up(progress),
            "down" => Phase::Down(progress),
            _ => Phase::Complete,
        },
    })
}

/// The texts of one row, as they were applied.
///
/// # Errors
/// Whatever the server says; there being no such row.
pub fn texts(client: &mut impl GenericClient, version: Version) -> Result<Texts, postgres::Error> {
    let row = client.query_typed_one(
        "SELECT up, down FROM public.schema_migrations WHERE version = $1",
        &[(&version.0, postgres::types::Type::INT8)],
    )?;
    Ok(Texts {
        up: row.try_get(0)?,
        down: row.try_get(1)?,
    })
}

/// Makes the ledger where it is missing; safe when several do it at once. One round trip.
///
/// # Errors
/// Whatever the server says.
pub fn create(client: &mut Client) -> Result<(), postgres::Error> {
    client.batch_execute(&format!("BEGIN; {} COMMIT;", create_statements()))
}

/// The statements that make the ledger, for inside a transaction.
#[must_use]
pub fn create_statements() -> String {
    format!(
        "SELECT pg_catalog.pg_advisory_xact_lock({CREATE_LOCK}); {}",
        include_str!("ledger/create.sql")
    )
}

/// The statement that records a migration before it runs: the primary key is lock and check in one.
#[must_use]
pub fn insert_statement(migration: &Migration, phase: Phase) -> String {
    let down = down_literal(migration);
    let phase = match phase {
        Phase::Complete => "NULL",
        Phase::Up(_) => "'up'",
        Phase::Down(_) => "'down'",
    };
    format!(
        "INSERT INTO public.schema_migrations (version, name, checksum, up, down, toolkit, phase) VALUES ({}, {}, '{}', {}, {down}, '{}', {phase})",
        migration.version,
        escape_literal(&migration.name),
        migration.up.checksum(),
        escape_literal(&migration.up.text),
        env!("CARGO_PKG_VERSION"),
    )
}

/// The statement that notes how long a migration took, once its file has run.
#[must_use]
pub fn finish_statement(version: Version) -> String {
    format!(
        "UPDATE public.schema_migrations SET execution_time = pg_catalog.clock_timestamp() - applied_at WHERE version = {version}"
    )
}

/// The statement that notes how far a file that runs statement by statement has come.
#[must_use]
pub fn progress_statement(version: Version, phase: Phase) -> String {
    let set = match phase {
        Phase::Complete => {
            "phase = NULL, statements_done = 0, statement_started = false, execution_time = pg_catalog.clock_timestamp() - applied_at".to_owned()
        }
        Phase::Up(progress) => format!("phase = 'up', {}", progress.columns(", ")),
        Phase::Down(progress) => format!("phase = 'down', {}", progress.columns(", ")),
    };
    format!("UPDATE public.schema_migrations SET {set} WHERE version = {version}")
}

/// The SQLSTATE of a step that was not to be taken, since the file is elsewhere by now.
pub const OVERTAKEN: &str = "XT001";

/// The statement that takes a file that runs statement by statement from one place to the next, and fails with [`OVERTAKEN`] where its row
/// is not at the first: what a dead run had sent may reach the server late, and must not set back what another run has done since.
#[must_use]
pub fn step_statement(version: Version, from: Phase, to: Phase) -> String {
    format!(
        "DO $xtask$BEGIN {} AND {}; \
         IF NOT FOUND THEN RAISE EXCEPTION 'another run has gone on with this file meanwhile' \
         USING ERRCODE = '{OVERTAKEN}', HINT = 'run the command again: it goes on where that run has come to'; END IF; END$xtask$",
        progress_statement(version, to),
        from.condition(),
    )
}

/// The statement that takes a file as it is now for what its row stands for.
#[must_use]
pub fn replace_text_statement(migration: &Migration) -> String {
    format!(
        "UPDATE public.schema_migrations SET name = {}, checksum = '{}', up = {}, down = {} WHERE version = {}",
        escape_literal(&migration.name),
        migration.up.checksum(),
        escape_literal(&migration.up.text),
        down_literal(migration),
        migration.version,
    )
}

/// The statement that takes a row out.
#[must_use]
pub fn delete_statement(version: Version) -> String {
    format!("DELETE FROM public.schema_migrations WHERE version = {version}")
}

/// The same, unless the row is in another phase by now.
#[must_use]
pub fn delete_statement_in(version: Version, phase: Phase) -> String {
    format!("{} AND {}", delete_statement(version), phase.condition())
}

/// Whether `error` says that another runner has recorded the same version.
#[must_use]
pub fn is_already_recorded(error: &postgres::Error) -> bool {
    error.as_db_error().is_some_and(|error| {
        *error.code() == SqlState::UNIQUE_VIOLATION
            && error.schema() == Some("public")
            && error.constraint() == Some("schema_migrations_pkey")
    })
}

fn down_literal(migration: &Migration) -> String {
    migration
        .down
        .as_ref()
        .map_or_else(|| "NULL".to_owned(), |down| escape_literal(&down.text))
}

impl Phase {
    /// What is true of a row in this phase.
    fn condition(self) -> String {
        match self {
            Phase::Complete => "phase IS NULL".to_owned(),
            Phase::Up(progress) => format!("phase = 'up' AND {}", progress.columns(" AND ")),
            Phase::Down(progress) => format!("phase = 'down' AND {}", progress.columns(" AND ")),
        }
    }
}

impl Progress {
    /// One statement further.
    #[must_use]
    pub fn next(self) -> Self {
        Self {
            done: self.done + 1,
            started: false,
        }
    }

    /// At work at the statement behind those that are done.
    #[must_use]
    pub fn begun(self) -> Self {
        Self { started: true, ..self }
    }

    fn columns(self, between: &str) -> String {
        format!(
            "statements_done = {}{between}statement_started = {}",
            self.done, self.started
        )
    }
}
