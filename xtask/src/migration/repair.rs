//! Changes to the ledger that no migration makes, each with a note of who made it and what was there before.

use postgres::Client;
use postgres_protocol::escape::escape_literal;

use super::file::{Migration, Version};
use super::ledger::{self, Phase, Progress};
use crate::guard::{Action, Permit};
use crate::pg::report::Report;

/// What to change about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair<'a> {
    /// The file as it is now is what the row stands for.
    Accept(&'a Migration),
    /// The migration counts as never applied.
    Strike,
    /// The statement that was cut off worked.
    StatementDone,
    /// The statement that was cut off did not work.
    StatementAgain,
}

/// Changes the row of `version` and writes the note, in one transaction. The note.
///
/// # Errors
/// There is no such row; a statement that was cut off when none was; whatever the server says.
pub fn repair(client: &mut Client, version: Version, repair: Repair<'_>, permit: &Permit) -> Result<String, Report> {
    permit.confirm(client, Action::Repair)?;
    let rows = ledger::read(client)?.unwrap_or_default();
    let Some(row) = rows.iter().find(|row| row.version == version) else {
        return Err(Report::new(format!("the ledger has no row of version {version}"))
            .note("nothing was touched")
            .help("`cargo xtask db-status <database>` shows the rows that there are"));
    };
    let (change, note) = match repair {
        Repair::Accept(migration) => {
            let note = format!(
                "accepted `{}` as it is; its checksum was {}",
                migration.up.path, row.checksum
            );
            (ledger::replace_text_statement(migration), note)
        }
        Repair::Strike => {
            let note = format!(
                "struck {version}_{}, applied at {} UTC by {}",
                row.name, row.applied_at, row.applied_by
            );
            (ledger::delete_statement(version), note)
        }
        Repair::StatementDone | Repair::StatementAgain => cut_off(version, row.phase, repair)?,
    };
    let audit = format!(
        "{} INSERT INTO public.schema_migrations_audit (version, note, up, down) \
         SELECT version, {}, up, down FROM public.schema_migrations WHERE version = {version}",
        include_str!("repair/create_audit.sql"),
        escape_literal(&note),
    );
    if let Err(error) = client.batch_execute(&format!("BEGIN; {audit}; {change}; COMMIT")) {
        let _ = client.batch_execute("ROLLBACK");
        return Err(Report::of_error(&error).note("nothing was changed"));
    }
    Ok(note)
}

fn cut_off(version: Version, phase: Phase, repair: Repair<'_>) -> Result<(String, String), Report> {
    let resolved = |progress: Progress| Progress {
        done: progress.done + usize::from(repair == Repair::StatementDone),
        started: false,
    };
    let (phase, number) = match phase {
        Phase::Up(progress) if progress.started => (Phase::Up(resolved(progress)), progress.done + 1),
        Phase::Down(progress) if progress.started => (Phase::Down(resolved(progress)), progress.done + 1),
        _ => {
            return Err(Report::new(format!("no statement of version {version} was cut off"))
                .note("nothing was touched")
                .help("`cargo xtask db-status <database>` shows what is interrupted"));
        }
    };
    let said = if repair == Repair::StatementDone {
        "done"
    } else {
        "to be run again"
    };
    Ok((
        ledger::progress_statement(version, phase),
        format!("statement {number} of version {version} counts as {said}"),
    ))
}
