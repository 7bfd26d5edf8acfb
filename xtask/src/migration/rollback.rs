//! Rolling back: the down scripts of the newest migrations, newest first, each in a transaction with the end of its ledger row.

use postgres::error::SqlState;
use postgres::{Client, SimpleQueryMessage};

use super::file::{Migration, Version};
use super::ledger::{self, Applied};
use super::lock::{Attempts, LockPolicy, Watch};
use super::session::{Event, Session};
use super::statements::{self, By};
use crate::guard::{Action, Permit};
use crate::pg::execute::{Failed, Frame, RESET_SESSION, run_pieces};
use crate::pg::report::{Report, Reports};
use crate::pg::script::{Block, Run, Script};

/// One migration to undo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undo {
    /// Its version.
    pub version: Version,
    /// `20260201000001_create_profiles_table`.
    pub stem: String,
    /// What undoes it.
    pub script: Script,
    /// Where the script comes from.
    pub source: Source,
}

/// Where a down script comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The folder.
    File,
    /// The ledger, since the migration has no file on this branch.
    Ledger,
}

/// How far to roll back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// So many of the newest migrations.
    Steps(usize),
    /// All that are newer than this version.
    To(Version),
}

/// The migrations to undo, newest first. Where a migration has no file, its down script is the one that the ledger keeps.
///
/// # Errors
/// Every migration that has no down script, or one that can't be run: before the first one is undone.
pub fn plan(client: &mut Client, files: &[Migration], rows: &[Applied], extent: Extent) -> Result<Vec<Undo>, Reports> {
    let newest_first = rows.iter().rev();
    let chosen: Vec<&Applied> = match extent {
        Extent::Steps(steps) => newest_first.take(steps).collect(),
        Extent::To(version) => newest_first.take_while(|row| row.version > version).collect(),
    };
    let mut undos = Vec::new();
    let mut reports = Vec::new();
    for row in chosen {
        match undo(client, files, row) {
            Ok(undo) => undos.push(undo),
            Err(found) => reports.extend(found.0),
        }
    }
    if reports.is_empty() {
        Ok(undos)
    } else {
        Err(Reports(
            reports
                .into_iter()
                .map(|report| report.note("nothing was rolled back"))
                .collect(),
        ))
    }
}

fn undo(client: &mut Client, files: &[Migration], row: &Applied) -> Result<Undo, Reports> {
    let file = files.iter().find(|migration| migration.version == row.version);
    let (stem, script, source) = if let Some(migration) = file {
        (migration.stem.clone(), migration.down.clone(), Source::File)
    } else {
        let stem = format!("{}_{}", row.version, row.name);
        let texts = ledger::texts(client, row.version).map_err(|error| Report::of_error(&error))?;
        let path = format!("{stem}.down.sql (kept in the ledger)");
        let script = texts
            .down
            .map(|text| Script::parse(&path, text.as_bytes()))
            .transpose()?;
        (stem, script, Source::Ledger)
    };
    match script {
        Some(script) => Ok(Undo {
            version: row.version,
            stem,
            script,
            source,
        }),
        None => Err(Report::new(format!("`{stem}` has no down script"))
            .help(format!("write `{stem}.down.sql`; or undo it by hand and strike its row: `cargo xtask db-repair <database> {} --strike`", row.version))
            .into()),
    }
}

/// Undoes the migrations in the order given. The stems of those that this run undid.
///
/// # Errors
/// The failed script, with what was undone before it.
pub fn roll_back(
    session: &mut Session,
    undos: &[Undo],
    locks: LockPolicy,
    permit: &Permit,
) -> Result<Vec<String>, (Reports, Vec<String>)> {
    let mut done = Vec::new();
    if let Err(report) = permit.confirm(&mut session.client, Action::RollBack) {
        return Err((report.into(), done));
    }
    for undo in undos {
        session.tell(&Event::Started(undo.stem.clone()));
        let result = match &undo.script.run {
            Run::Statements(units) => {
                statements::roll_back(session, undo.version, &undo.stem, &undo.script, units, locks)
            }
            Run::Transaction(block) => in_transaction(session, undo, block, locks).map_err(Reports::from),
            Run::Nothing => in_transaction(session, undo, &Block::default(), locks).map_err(Reports::from),
        };
        match result {
            Ok(By::Us) => {
                session.tell(&Event::RolledBack(undo.stem.clone()));
                done.push(undo.stem.clone());
            }
            Ok(By::Another) => {}
            Err(reports) => return Err((reports, done)),
        }
    }
    Ok(done)
}

fn in_transaction(session: &mut Session, undo: &Undo, block: &Block, locks: LockPolicy) -> Result<By, Report> {
    let mut attempts = Attempts::new(locks);
    loop {
        let watch = Watch::start(session, locks);
        let result = attempt_in_transaction(session, undo, block, locks);
        let blockers = watch.finish();
        match result {
            Ok(by) => return Ok(by),
            Err(failed) => {
                let _ = session.client.batch_execute("ROLLBACK");
                if failed.error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) {
                    attempts.pause(session, &undo.stem, &undo.script, &failed, blockers)?;
                } else {
                    return Err(failed.report(&undo.script).note("nothing of this script was kept"));
                }
            }
        }
    }
}

/// The row goes first: whoever takes it out is the one who undoes the migration.
fn attempt_in_transaction(session: &mut Session, undo: &Undo, block: &Block, locks: LockPolicy) -> Result<By, Failed> {
    let begin = format!(
        "{} {}; {}; {}",
        session.comment(),
        block.begin,
        ledger::delete_statement(undo.version),
        locks.statement()
    );
    let answer = session
        .client
        .simple_query(&begin)
        .map_err(|error| Failed { error, offset: None })?;
    let was_there = answer
        .iter()
        .any(|message| matches!(message, SimpleQueryMessage::CommandComplete(1)));
    if !was_there {
        let _ = session.client.batch_execute("ROLLBACK");
        return Ok(By::Another);
    }
    let frame = Frame {
        comment: &format!("{} ", session.comment()),
        before: "",
        after: &format!("\n;{RESET_SESSION} COMMIT"),
    };
    run_pieces(&mut session.client, &undo.script, &block.pieces, frame)?;
    Ok(By::Us)
}
