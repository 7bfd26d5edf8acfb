//! Applying migrations: many files in one message, each with its own transaction and its ledger row, first, in the same transaction.
//!
//! A file is applied whole and recorded, or neither. What stops a run (an error, a kill, a lost connection, another runner) leaves the
//! files before it applied and recorded, so that the next run goes on where this one stopped.

use super::file::{Migration, Version};
use super::ledger;
use super::lock::{Attempts, LockPolicy, name_holders};
use super::message::{Ended, Framing, message_length, send};
use super::obstacle;
use super::plan::{Allow, compare, plan};
use super::session::{Event, Session};
use super::statements::{self, By};
use crate::pg::execute::Failed;
use crate::pg::report::{Report, Reports, is_connection_lost};
use crate::pg::script::Run;

/// How to apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The newest version to apply.
    pub to: Option<Version>,
    /// What may be overlooked.
    pub allow: Allow,
    /// How to treat locks.
    pub locks: LockPolicy,
    /// Which transactions there are.
    pub grouping: Grouping,
}

/// Which transactions there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// One a file.
    EachFile,
    /// One for all files.
    Together,
    /// One for all files, rolled back at the end.
    DryRun,
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// The migrations that this run applied (or, in a dry run, tried), in order.
    pub applied: Vec<String>,
    /// The migrations that a dry run can't try, in order.
    pub untried: Vec<String>,
}

/// Why a run stopped.
#[derive(Debug)]
pub struct Stopped {
    /// What to tell.
    pub reports: Reports,
    /// What this run had applied before.
    pub applied: Vec<String>,
}

/// Reads the ledger, and reports everything that stands in the way of applying `files`. Writes nothing.
///
/// # Errors
/// The obstacles; a ledger that can't be read.
pub fn prepare<'a>(session: &mut Session, files: &'a [Migration], options: Options) -> Result<Prepared<'a>, Reports> {
    let rows = ledger::read(&mut session.client).map_err(Report::from)?;
    let entries = compare(files, rows.as_deref().unwrap_or_default());
    let steps = match plan(&entries, options.to, options.allow) {
        Ok(steps) => steps,
        Err(obstacles) => return Err(obstacle::reports(&mut session.client, &obstacles)),
    };
    if let (Grouping::Together, Some(step)) = (options.grouping, steps.iter().find(|step| is_statements(step))) {
        return Err(Report::new(format!(
            "`{}` runs outside a transaction, so it can't be part of one",
            step.up.path
        ))
        .note("nothing was touched")
        .help("run `cargo xtask db-migrate` without `--single-transaction`")
        .into());
    }
    Ok(Prepared {
        steps,
        ledger: if rows.is_some() {
            LedgerTable::Exists
        } else {
            LedgerTable::Missing
        },
    })
}

/// A plan for one database, made from its ledger as it was a moment ago.
#[derive(Debug, Clone)]
pub struct Prepared<'a> {
    /// What to apply, in order.
    pub steps: Vec<&'a Migration>,
    ledger: LedgerTable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LedgerTable {
    Exists,
    Missing,
}

/// Applies a plan; when another runner is at work on the same database, both together apply everything once.
///
/// # Errors
/// What stopped it, with what had been applied.
pub fn apply(
    session: &mut Session,
    prepared: Prepared<'_>,
    files: &[Migration],
    options: Options,
) -> Result<Summary, Stopped> {
    let mut summary = Summary::default();
    let result = match options.grouping {
        Grouping::EachFile => apply_each(session, prepared, files, options, &mut summary),
        Grouping::Together | Grouping::DryRun => apply_together(session, prepared, files, options, &mut summary),
    };
    match result {
        Ok(()) => Ok(summary),
        Err(reports) => Err(Stopped {
            reports,
            applied: if options.grouping == Grouping::EachFile {
                summary.applied
            } else {
                Vec::new()
            },
        }),
    }
}

fn is_statements(migration: &Migration) -> bool {
    matches!(migration.up.run, Run::Statements(_))
}

fn apply_each(
    session: &mut Session,
    prepared: Prepared<'_>,
    files: &[Migration],
    options: Options,
    summary: &mut Summary,
) -> Result<(), Reports> {
    if prepared.steps.is_empty() {
        return Ok(());
    }
    if prepared.ledger == LedgerTable::Missing {
        ledger::create(&mut session.client).map_err(|error| ledger_report(&error))?;
    }
    let mut steps = prepared.steps;
    let mut attempts = Attempts::new(options.locks);
    while let Some(first) = steps.first() {
        if let Run::Statements(units) = &first.up.run {
            if statements::apply(session, first, units, options.locks)? == By::Us {
                summary.applied.push(first.stem.clone());
            }
            steps.remove(0);
            continue;
        }
        let length = message_length(&steps);
        let ended = send(session, &steps[..length], Framing::EachFile, options.locks);
        let committed = match &ended {
            Ended::Well => length,
            Ended::Overtaken(index, _) | Ended::LockTimeout(index, ..) | Ended::Failed(index, _) => *index,
        };
        summary
            .applied
            .extend(steps[..committed].iter().map(|step| step.stem.clone()));
        if committed > 0 {
            attempts = Attempts::new(options.locks);
        }
        steps.drain(..committed);
        match ended {
            Ended::Well => {}
            Ended::Overtaken(_, failed) => {
                let overtaken = steps[0];
                steps = prepare(session, files, options)?.steps;
                refuse_to_turn_in_circles(&steps, overtaken, &failed)?;
            }
            Ended::LockTimeout(_, failed, blockers) => {
                attempts.pause(session, &steps[0].stem, &steps[0].up, &failed, blockers)?;
            }
            Ended::Failed(_, failed) => return Err(failure(steps[0], &failed)),
        }
    }
    Ok(())
}

/// A migration that is recorded and still to be applied is not another runner's work.
fn refuse_to_turn_in_circles(steps: &[&Migration], overtaken: &Migration, failed: &Failed) -> Result<(), Report> {
    if steps.first().is_none_or(|step| step.version != overtaken.version) {
        return Ok(());
    }
    Err(failed
        .report(&overtaken.up)
        .note("an earlier run began this file statement by statement, or the file itself writes to the ledger")
        .help("put `-- xtask: no-transaction` back on its first line, and the run goes on where it stopped")
        .help(format!(
            "or undo by hand what was done of it, and strike its row: `cargo xtask db-repair <database> {} --strike`",
            overtaken.version
        )))
}

fn failure(step: &Migration, failed: &Failed) -> Reports {
    let fate = if is_connection_lost(&failed.error) {
        "the files before this one are applied; `cargo xtask db-status` tells whether this one is"
    } else {
        "nothing of this file was applied"
    };
    failed.report(&step.up).note(fate).into()
}

/// A failure to make or read the ledger.
fn ledger_report(error: &postgres::Error) -> Report {
    Report::of_error(error).note("the ledger `public.schema_migrations` could not be made; nothing was touched")
}

fn apply_together(
    session: &mut Session,
    prepared: Prepared<'_>,
    files: &[Migration],
    options: Options,
    summary: &mut Summary,
) -> Result<(), Reports> {
    let mut prepared = prepared;
    let mut attempts = Attempts::new(options.locks);
    loop {
        // A dry run stops at the first file that no transaction can hold: what comes after may need what it makes.
        let tried = prepared
            .steps
            .iter()
            .position(|step| is_statements(step))
            .unwrap_or(prepared.steps.len());
        let (steps, untried) = prepared.steps.split_at(tried);
        summary.untried = untried.iter().map(|step| step.stem.clone()).collect();
        summary.applied.clear();
        if steps.is_empty() {
            return Ok(());
        }
        let (index, ended) = transaction(session, steps, prepared.ledger, options);
        match ended {
            Ended::Well => {
                summary.applied = steps.iter().map(|step| step.stem.clone()).collect();
                return Ok(());
            }
            Ended::Overtaken(_, failed) => {
                let overtaken = steps[index];
                prepared = prepare(session, files, options)?;
                refuse_to_turn_in_circles(&prepared.steps, overtaken, &failed)?;
            }
            Ended::LockTimeout(_, failed, blockers) => {
                attempts.pause(session, &steps[index].stem, &steps[index].up, &failed, blockers)?;
            }
            Ended::Failed(_, failed) => {
                return Err(failed
                    .report(&steps[index].up)
                    .note(together_note(options.grouping, &failed))
                    .into());
            }
        }
    }
}

/// Makes the ledger and applies all `files`, in the transaction that is open on the session's connection and has no ledger. Whoever
/// commits it tells the session then that they are applied.
///
/// # Errors
/// What stopped it; the transaction is rolled back then.
pub fn apply_within(session: &mut Session, files: &[Migration], locks: LockPolicy) -> Result<(), Reports> {
    let mut steps: Vec<&Migration> = files.iter().collect();
    steps.sort_by_key(|step| step.version);
    session
        .client
        .batch_execute(&ledger::create_statements())
        .map_err(|error| ledger_report(&error))?;
    let (index, ended) = send_all(session, &steps, locks);
    let (failed, blockers) = match ended {
        Ended::Well => return Ok(()),
        Ended::LockTimeout(_, failed, blockers) => (failed, blockers),
        Ended::Overtaken(_, failed) | Ended::Failed(_, failed) => (failed, Vec::new()),
    };
    let report = failed
        .report(&steps[index].up)
        .note(together_note(Grouping::Together, &failed));
    Err(name_holders(report, &blockers).into())
}

fn together_note(grouping: Grouping, failed: &Failed) -> &'static str {
    let enum_value = failed.error.code() == Some(&postgres::error::SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE);
    match grouping {
        Grouping::DryRun if enum_value => {
            "a dry run puts all files in one transaction; with one a file, as `db-migrate` does, this may work"
        }
        _ if enum_value => {
            "all files share one transaction: none was applied; with one a file, as `db-migrate` does, this may work"
        }
        Grouping::DryRun => "this was a dry run: nothing was applied",
        _ => "all files share one transaction: none was applied",
    }
}

/// Runs all steps in one transaction. The index of the step that it ended with goes with the end.
fn transaction(session: &mut Session, steps: &[&Migration], table: LedgerTable, options: Options) -> (usize, Ended) {
    let create = match table {
        LedgerTable::Exists => String::new(),
        LedgerTable::Missing => ledger::create_statements(),
    };
    if let Err(error) = session.client.batch_execute(&format!("BEGIN; {create}")) {
        let _ = session.client.batch_execute("ROLLBACK");
        return (0, Ended::Failed(0, Failed { error, offset: None }));
    }
    let (done, ended) = send_all(session, steps, options.locks);
    if !matches!(ended, Ended::Well) {
        return (done, ended);
    }
    let end = if options.grouping == Grouping::DryRun {
        "ROLLBACK"
    } else {
        "COMMIT"
    };
    match session.client.batch_execute(end) {
        Ok(()) => {
            if options.grouping == Grouping::Together {
                for step in steps {
                    session.tell(&Event::Applied(step.stem.clone()));
                }
            }
            (done, Ended::Well)
        }
        Err(error) => (steps.len() - 1, Ended::Failed(0, Failed { error, offset: None })),
    }
}

/// Sends all steps into the transaction that is open. The index of the step that it ended with goes with the end; where it ended well, their
/// number.
fn send_all(session: &mut Session, steps: &[&Migration], locks: LockPolicy) -> (usize, Ended) {
    let mut done = 0;
    while done < steps.len() {
        let length = message_length(&steps[done..]);
        match send(session, &steps[done..done + length], Framing::Inside, locks) {
            Ended::Well => done += length,
            Ended::Overtaken(index, failed) => return (done + index, Ended::Overtaken(index, failed)),
            Ended::LockTimeout(index, failed, blockers) => {
                return (done + index, Ended::LockTimeout(index, failed, blockers));
            }
            Ended::Failed(index, failed) => return (done + index, Ended::Failed(index, failed)),
        }
    }
    (done, Ended::Well)
}
