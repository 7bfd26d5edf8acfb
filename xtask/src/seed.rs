//! Seeds: the files of `seeds/<name>/` in the order of their names, in one transaction.
//!
//! - `.sql`: statements; `COPY … FROM stdin` with its data below it works.
//! - `.csv`: rows of one table. The file is named like the table, after an optional `NN_` for the order (`02_ai_tools.csv`, or
//!   `02_sales.orders.csv` with a schema); its header names the columns, the primary key among them. Rows are upserted: a row that is there
//!   and the same is left alone.

pub mod csv;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use postgres::{Client, Row};
use serde::Serialize;

use crate::guard::{Action, Permit};
use crate::pg::execute::{Failed, Frame, RESET_SESSION, run_pieces};
use crate::pg::report::{Place, Report, Reports};
use crate::pg::script::{Run, Script};
use crate::workspace::{Database, Workspace};

use self::csv::Rows;

/// One file of seeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seed {
    /// `.sql`
    Sql(Script),
    /// `.csv`
    Csv(Rows),
}

impl Seed {
    /// Relative to the workspace.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Sql(script) => &script.path,
            Self::Csv(rows) => &rows.path,
        }
    }
}

/// What seeding did to a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableCount {
    /// With its schema, unless that is `public`.
    pub table: String,
    /// Rows that are new.
    pub inserted: i64,
    /// Rows that were changed.
    pub updated: i64,
    /// Rows that were removed.
    pub deleted: i64,
    /// Rows that are as they were.
    pub unchanged: i64,
}

/// Reads the seeds of several databases.
///
/// # Errors
/// As [`read`]; the [`Reports`] are those of all folders.
pub fn read_all(workspace: &Workspace, databases: &[Database]) -> Result<Vec<Vec<Seed>>> {
    let mut all = Vec::new();
    let mut reports = Vec::new();
    for database in databases {
        match read(workspace, database) {
            Ok(seeds) => all.push(seeds),
            Err(error) => reports.extend(error.downcast::<Reports>()?.0),
        }
    }
    if reports.is_empty() {
        Ok(all)
    } else {
        Err(Reports(reports).into())
    }
}

/// Reads `seeds/<database>/`; a folder that is missing holds nothing. Other files than `.sql` and `.csv` are left alone.
///
/// # Errors
/// [`Reports`] for every file that can't be run; a folder or file that can't be read.
pub fn read(workspace: &Workspace, database: &Database) -> Result<Vec<Seed>> {
    if !database.seeds.is_dir() {
        return Ok(Vec::new());
    }
    let failed = || format!("failed to read `{}`", workspace.display(&database.seeds));
    let mut paths = Vec::new();
    for entry in fs::read_dir(&database.seeds).with_context(failed)? {
        paths.push(entry.with_context(failed)?.path());
    }
    paths.sort();
    let mut seeds = Vec::new();
    let mut reports = Vec::new();
    for path in &paths {
        let shown = workspace.display(path);
        let seed = match path.extension().and_then(|extension| extension.to_str()) {
            Some("sql") => read_bytes(path).map(|bytes| parse_script(&shown, &bytes).map(Seed::Sql))?,
            Some("csv") => {
                read_bytes(path).map(|bytes| Rows::parse(&shown, &bytes).map(Seed::Csv).map_err(Reports::from))?
            }
            _ => continue,
        };
        match seed {
            Ok(seed) => seeds.push(seed),
            Err(found) => reports.extend(found.0),
        }
    }
    if reports.is_empty() {
        Ok(seeds)
    } else {
        Err(Reports(reports).into())
    }
}

fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("failed to read `{}`", path.display()))
}

fn parse_script(path: &str, bytes: &[u8]) -> Result<Script, Reports> {
    let script = Script::parse(path, bytes)?;
    match script.run {
        Run::Statements(_) => Err(Report::new("seeds run in one transaction, all or none")
            .at(Place::file(path))
            .help(
                "remove the line `-- xtask: no-transaction`, and move what can't run in a transaction into a migration",
            )
            .into()),
        Run::Nothing | Run::Transaction(_) => Ok(script),
    }
}

/// Runs the seeds in one transaction and says what they did to each table that they write to.
///
/// # Errors
/// The failed file; then nothing was changed.
pub fn run(
    client: &mut Client,
    seeds: &[Seed],
    permit: &Permit,
    working_on: &dyn Fn(&str),
) -> Result<Vec<TableCount>, Report> {
    permit.confirm(client, Action::Seed)?;
    let result = run_open(client, seeds, working_on);
    if result.is_err() {
        // In a transaction that failed there is nothing to lose; a lost connection has rolled back already.
        let _ = client.batch_execute("ROLLBACK");
    }
    result.map_err(|report| report.note("seeds run in one transaction: nothing was changed"))
}

fn run_open(client: &mut Client, seeds: &[Seed], working_on: &dyn Fn(&str)) -> Result<Vec<TableCount>, Report> {
    client
        .batch_execute("BEGIN")
        .map_err(|error| Report::of_error(&error))?;
    load(client, seeds, working_on)?;
    let counts = count(client, &BTreeMap::new()).map_err(|error| Report::of_error(&error))?;
    client
        .batch_execute("COMMIT")
        .map_err(|error| Report::of_error(&error))?;
    Ok(counts)
}

/// As [`run`], in a transaction that is open on `client` and replaces what the database holds: the permit is for a reset. What the
/// transaction did to the tables before is not counted.
///
/// # Errors
/// The failed file; the transaction is then the caller's to roll back.
pub fn run_within(
    client: &mut Client,
    seeds: &[Seed],
    permit: &Permit,
    working_on: &dyn Fn(&str),
) -> Result<Vec<TableCount>, Report> {
    permit.confirm(client, Action::Reset)?;
    let before = client
        .query_typed(WRITTEN_TABLES, &[])
        .and_then(|rows| rows.iter().map(written_table).collect())
        .map_err(|error| Report::of_error(&error))?;
    load(client, seeds, working_on)?;
    count(client, &before).map_err(|error| Report::of_error(&error))
}

fn load(client: &mut Client, seeds: &[Seed], working_on: &dyn Fn(&str)) -> Result<(), Report> {
    for seed in seeds {
        working_on(seed.path());
        match seed {
            Seed::Sql(script) => run_script(client, script).map_err(|failed| failed.report(script))?,
            Seed::Csv(rows) => csv::load(client, rows)?,
        }
    }
    // Constraints that are deferred speak up now, where the counts are not yet told.
    client
        .batch_execute(&format!("{RESET_SESSION} SET CONSTRAINTS ALL IMMEDIATE"))
        .map_err(|error| Report::of_error(&error))
}

fn run_script(client: &mut Client, script: &Script) -> Result<(), Failed> {
    match &script.run {
        Run::Transaction(block) => {
            let frame = Frame {
                after: RESET_SESSION,
                ..Frame::default()
            };
            run_pieces(client, script, &block.pieces, frame)
        }
        Run::Nothing | Run::Statements(_) => Ok(()),
    }
}

/// What a transaction did to a table: rows inserted, updated, deleted.
type Deeds = [i64; 3];

/// What the open transaction did to the tables that it holds a writer's lock on, but for what it did to them `before`.
fn count(client: &mut Client, before: &BTreeMap<String, Deeds>) -> Result<Vec<TableCount>, postgres::Error> {
    let mut counts = Vec::new();
    for row in client.query_typed(WRITTEN_TABLES, &[])? {
        let (table, deeds) = written_table(&row)?;
        if before.get(&table) == Some(&deeds) {
            continue;
        }
        let earlier = before.get(&table).copied().unwrap_or_default();
        let [inserted, updated, deleted] = std::array::from_fn(|kind| deeds[kind] - earlier[kind]);
        let total: i64 = client
            .query_typed_one(
                &format!("SELECT count(*) FROM {}", row.try_get::<_, String>("quoted")?),
                &[],
            )?
            .try_get(0)?;
        counts.push(TableCount {
            table,
            inserted,
            updated,
            deleted,
            unchanged: (total - inserted - updated).max(0),
        });
    }
    Ok(counts)
}

const WRITTEN_TABLES: &str = include_str!("seed/written_tables.sql");

fn written_table(row: &Row) -> Result<(String, Deeds), postgres::Error> {
    let deeds = [
        row.try_get("inserted")?,
        row.try_get("updated")?,
        row.try_get("deleted")?,
    ];
    Ok((row.try_get("shown")?, deeds))
}
