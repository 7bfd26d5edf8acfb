//! `db-status`: lays files and ledger side by side. It never writes, and starts no server.

use anyhow::Result;
use serde_json::{Value, json};

use super::shared::context::{Context, Located, Start, for_each};
use super::shared::failure::of_database;
use crate::cli::StatusArgs;
use crate::migration::file;
use crate::migration::ledger::{self, Applied};
use crate::migration::plan::{Entry, State, compare};
use crate::outcome::{Answer, Exit, Outcome};
use crate::pg::connect::{ConnectError, ConnectOptions, connect};
use crate::pg::report::{Report, Reports};
use crate::ui;

/// Shows all databases.
///
/// # Errors
/// Files that can't be read; what stops a database is in the outcome.
pub fn run(args: &StatusArgs) -> Result<Outcome> {
    let context = Context::of_process()?;
    let databases = context.select(&args.selection)?;
    let migrations = file::read_all(&context.workspace, &databases)?;
    let located = context.locate(&databases, &migrations, &args.selection.place, Start::Never)?;
    let items = databases
        .iter()
        .zip(located)
        .zip(&migrations)
        .map(|((database, located), migrations)| (database.name.clone(), located, migrations));
    let mut all_applied = true;
    let mut outcome = for_each(items, |name, located, migrations| {
        migrations.warnings.iter().for_each(ui::warn);
        let rows = read_rows(name, located.as_ref()).map_err(|error| of_database(name, located.as_ref(), error))?;
        let entries = compare(&migrations.list, &rows);
        all_applied &= entries.iter().all(|entry| entry.state == State::Applied);
        Ok(Answer {
            result: to_json(&entries),
            shown: Some(show(name, &entries)),
        })
    });
    if args.check && outcome.error.is_none() && !all_applied {
        outcome.exit = Exit::Pending;
    }
    Ok(outcome)
}

/// The rows of the ledger; none where there is no ledger, no database, or no development server.
fn read_rows(name: &str, located: Option<&Located>) -> Result<Vec<Applied>> {
    let Some(located) = located else {
        ui::note(format!(
            "{name}: the development server does not run; `cargo xtask db-migrate` starts it"
        ));
        return Ok(Vec::new());
    };
    let mut client = match connect(&located.target, ConnectOptions::default()) {
        Ok(client) => client,
        Err(ConnectError::DatabaseMissing { .. }) => {
            ui::note(format!("{name}: the database does not exist yet"));
            return Ok(Vec::new());
        }
        Err(error) => return Err(error.into()),
    };
    let rows = ledger::read(&mut client).map_err(|error| Reports::from(Report::from(error)))?;
    Ok(rows.unwrap_or_default())
}

fn word(state: State) -> &'static str {
    match state {
        State::Applied => "applied",
        State::Pending => "pending",
        State::OutOfOrder => "out of order",
        State::Interrupted => "interrupted",
        State::InterruptedRollback => "rollback interrupted",
        State::Changed => "changed",
        State::Missing => "missing",
    }
}

fn show(name: &str, entries: &[Entry<'_, '_>]) -> String {
    let header = ["migration", "state", "applied at (UTC)", "took", "by"]
        .map(str::to_owned)
        .to_vec();
    let rows = entries.iter().map(|entry| {
        let applied = |of: fn(&Applied) -> String| entry.applied.map_or_else(String::new, of);
        vec![
            entry.stem(),
            word(entry.state).to_owned(),
            applied(|row| row.applied_at.clone()),
            applied(|row| format!("{:.3}s", row.seconds)),
            applied(|row| row.applied_by.clone()),
        ]
    });
    let rows: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    let summary = format!("{name}: {}", summary(entries));
    if entries.is_empty() {
        return summary;
    }
    let is_wrong = |entry: &Entry<'_, '_>| !matches!(entry.state, State::Applied | State::Pending);
    let advice = if entries.iter().any(is_wrong) {
        format!("\n`cargo xtask db-migrate {name} --dry-run` says what is wrong and what to do, and changes nothing")
    } else {
        String::new()
    };
    format!("{summary}\n{}{advice}", ui::table(&rows))
}

fn summary(entries: &[Entry<'_, '_>]) -> String {
    let states = [
        State::Applied,
        State::Pending,
        State::OutOfOrder,
        State::Interrupted,
        State::InterruptedRollback,
        State::Changed,
        State::Missing,
    ];
    let parts: Vec<String> = states
        .into_iter()
        .map(|state| (state, entries.iter().filter(|entry| entry.state == state).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| format!("{count} {}", word(state)))
        .collect();
    if parts.is_empty() {
        "no migrations".to_owned()
    } else {
        parts.join(", ")
    }
}

fn to_json(entries: &[Entry<'_, '_>]) -> Value {
    entries
        .iter()
        .map(|entry| {
            json!({
                "version": entry.version.0,
                "migration": entry.stem(),
                "state": word(entry.state),
                "applied_at": entry.applied.map(|row| &row.applied_at),
                "seconds": entry.applied.map(|row| row.seconds),
                "applied_by": entry.applied.map(|row| &row.applied_by),
            })
        })
        .collect()
}
