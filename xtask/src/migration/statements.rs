//! Files that run statement by statement (`-- xtask: no-transaction`): exactly once, though no transaction holds them together.
//!
//! - The ledger row says how far the file has come. A statement that PostgreSQL takes in a transaction is committed together with that
//!   note, which comes first and is taken only from the place before it: whoever is late changes nothing. Before any other statement the
//!   row says that it was started; a run that finds this looks at what the statement left.
//! - What the file sets is set for each statement anew and set back behind it: the next message may reach another session of a pooler,
//!   and nobody else of the pool may meet it.
//! - One runner at a time: a second connection holds an advisory lock in an open transaction, so that the lock is gone when the runner is
//!   gone, behind a transaction pooler too. Those who wait for it ask again and again and hold no transaction, for `CREATE INDEX
//!   CONCURRENTLY` waits for transactions
//!   (<https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY>).
//! - A statement outlives a runner that is killed: the next run waits until the server has done with it, and reads the row then. What the
//!   server had not even begun with by then comes too late or moves the row; who finds the row moved reads it again and goes on from there.

mod made_index;
mod walk;

use std::thread;
use std::time::Duration;

use postgres::{Client, SimpleQueryMessage};

use super::file::{Migration, Version};
use super::ledger::{self, Phase, Progress};
use super::lock::LockPolicy;
use super::session::{Event, Session};
use crate::pg::report::{Report, Reports};
use crate::pg::script::{Run, Script, Unit};

use self::walk::{Direction, Walk};

/// Advisory locks of files are this number and the version.
const LOCK_SPACE: i64 = 0x7874_0000_0000_0000;
const POLL: Duration = Duration::from_millis(200);

/// Who brought a file to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// This runner.
    Us,
    /// Another one, meanwhile.
    Another,
}

/// Applies a migration whose file runs statement by statement, from where an earlier attempt stopped.
///
/// # Errors
/// The failed statement; a file that no longer begins with what was done already.
pub fn apply(session: &mut Session, migration: &Migration, units: &[Unit], locks: LockPolicy) -> Result<By, Reports> {
    let _guard = Guard::acquire(session, migration.version, &migration.stem)?;
    let run = Walk {
        version: migration.version,
        stem: &migration.stem,
        script: &migration.up,
        units,
        direction: Direction::Up,
        locks,
    };
    let mut is_begun = false;
    run.take_up(session, |session, row| {
        let progress = match row.map(|row| (row.phase, row.checksum)) {
            Some((Phase::Complete, _)) => return Ok(By::Another),
            Some((Phase::Down(_), _)) => return Err(interrupted_rollback(migration).into()),
            Some((Phase::Up(progress), checksum)) => {
                if checksum != migration.up.checksum() {
                    adopt_changed_file(session, migration, progress)?;
                }
                progress
            }
            None if is_begun => return Err(struck(migration).into()),
            None => {
                begin(session, migration)?;
                Progress::default()
            }
        };
        is_begun = true;
        let end = run.units(session, progress)?;
        run.record(session, Phase::Up(end), Phase::Complete)?;
        session.tell(&Event::Applied(migration.stem.clone()));
        Ok(By::Us)
    })
}

/// Makes the row of a file, of which nothing is done yet.
fn begin(session: &mut Session, migration: &Migration) -> Result<(), Report> {
    let insert = ledger::insert_statement(migration, Phase::Up(Progress::default()));
    session.client.batch_execute(&insert).map_err(|error| {
        let mut report = Report::of_error(&error);
        if ledger::is_already_recorded(&error) {
            report.sqlstate = Some(ledger::OVERTAKEN.to_owned());
        }
        report
    })
}

/// Rolls a migration back whose down file runs statement by statement, from where an earlier attempt stopped.
///
/// # Errors
/// The failed statement.
pub fn roll_back(
    session: &mut Session,
    version: Version,
    stem: &str,
    script: &Script,
    units: &[Unit],
    locks: LockPolicy,
) -> Result<By, Reports> {
    let _guard = Guard::acquire(session, version, stem)?;
    let run = Walk {
        version,
        stem,
        script,
        units,
        direction: Direction::Down,
        locks,
    };
    run.take_up(session, |session, row| {
        let progress = match row.map(|row| row.phase) {
            None => return Ok(By::Another),
            Some(Phase::Down(progress)) => progress,
            Some(phase) => {
                run.record(session, phase, Phase::Down(Progress::default()))?;
                Progress::default()
            }
        };
        let end = run.units(session, progress)?;
        session
            .client
            .batch_execute(&ledger::delete_statement_in(version, Phase::Down(end)))
            .map_err(|error| Report::of_error(&error))?;
        Ok(By::Us)
    })
}

fn interrupted_rollback(migration: &Migration) -> Report {
    Report::new(format!("the rollback of `{}` stopped half-way", migration.stem))
        .help("finish it with `cargo xtask db-rollback`, then migrate")
}

fn struck(migration: &Migration) -> Report {
    Report::new(format!("the ledger row of `{}` was removed while it ran", migration.stem))
        .help("look at what of it is done; then run `cargo xtask db-migrate <database>` again, which begins with its first statement")
}

/// Takes the file as it is now for the one that was begun, when what was done already is still the same.
fn adopt_changed_file(session: &mut Session, migration: &Migration, progress: Progress) -> Result<(), Report> {
    let begun = ledger::texts(&mut session.client, migration.version).map_err(|error| Report::of_error(&error))?;
    let done = |script: &Script| -> Option<Vec<String>> {
        let Run::Statements(units) = &script.run else {
            return None;
        };
        let done = units.get(..progress.done)?;
        Some(
            done.iter()
                .map(|unit| script.text[unit.span.clone()].to_owned())
                .collect(),
        )
    };
    let before = Script::parse(&migration.up.path, begun.up.as_bytes()).ok();
    if before.as_ref().and_then(done) != done(&migration.up) {
        return Err(Report::new(format!(
            "`{}` was changed in the {} that were already done",
            migration.up.path,
            crate::ui::count(progress.done, "statement")
        ))
        .note("an earlier run stopped half-way, and the file can only be taken up where it stopped")
        .help("restore those statements; what comes after them may be changed"));
    }
    let update = ledger::replace_text_statement(migration);
    session
        .client
        .batch_execute(&update)
        .map_err(|error| Report::of_error(&error))
}

/// The right to work at one file: an advisory lock in an open transaction of its own connection.
struct Guard {
    _client: Client,
}

impl Guard {
    /// Waits until no other runner works at this version.
    fn acquire(session: &Session, version: Version, stem: &str) -> Result<Self, Report> {
        let mut client = session.another().map_err(|error| Report::new(error.to_string()))?;
        let mut waited = false;
        let key = LOCK_SPACE.wrapping_add(version.0);
        // READ COMMITTED whatever the database's default is: a snapshot that is kept would be waited for by CREATE INDEX CONCURRENTLY.
        let attempt = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = 0; \
             SELECT pg_catalog.pg_try_advisory_xact_lock({key})"
        );
        loop {
            let answer = client
                .simple_query(&attempt)
                .map_err(|error| Report::of_error(&error))?;
            if answer
                .iter()
                .any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("t")))
            {
                break;
            }
            client
                .batch_execute("ROLLBACK")
                .map_err(|error| Report::of_error(&error))?;
            if !waited {
                session.tell(&Event::Busy(stem.to_owned()));
                waited = true;
            }
            thread::sleep(POLL);
        }
        Ok(Self { _client: client })
    }
}
