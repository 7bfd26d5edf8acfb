//! The way through a file that runs statement by statement: each unit with its note, from where an earlier run stopped.

use std::thread;

use postgres::error::SqlState;
use postgres::types::Type;
use postgres::{Client, SimpleQueryMessage};

use super::super::file::Version;
use super::super::ledger::{self, Applied, Phase, Progress};
use super::super::lock::{Attempts, LockPolicy, Watch};
use super::super::session::{Event, Session};
use super::POLL;
use super::made_index::{MadeIndex, is_done_already};
use crate::pg::execute::{Failed, Frame, RESET_SESSION, run_pieces};
use crate::pg::lex::OutsideTransaction;
use crate::pg::report::{Report, Reports};
use crate::pg::script::{Block, How, Script, Unit};

/// Which way a file runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Up,
    Down,
}

/// What is the same for all units of a run.
pub(super) struct Walk<'a> {
    pub(super) version: Version,
    pub(super) stem: &'a str,
    pub(super) script: &'a Script,
    pub(super) units: &'a [Unit],
    pub(super) direction: Direction,
    pub(super) locks: LockPolicy,
}

impl Walk<'_> {
    /// Does `attempt` with the row of the file as it is when no statement of a dead run is at work any more; and does it again where the row
    /// turns out to have moved since then.
    pub(super) fn take_up<T>(
        &self,
        session: &mut Session,
        mut attempt: impl FnMut(&mut Session, Option<Applied>) -> Result<T, Reports>,
    ) -> Result<T, Reports> {
        let mut last = None;
        loop {
            self.wait_for_leftover(session)?;
            let row = find_row(session, self.version)?;
            let phase = row.as_ref().map(|row| row.phase);
            match attempt(session, row) {
                // A row that has not moved will not do so next time.
                Err(reports) if is_overtaken(&reports) && last != Some(phase) => last = Some(phase),
                result => return result,
            }
        }
    }

    /// Runs the units from a place on; the place behind the last one.
    pub(super) fn units(&self, session: &mut Session, from: Progress) -> Result<Progress, Reports> {
        session.tell(&Event::Started(self.stem.to_owned()));
        for (index, unit) in self.units.iter().enumerate().skip(from.done) {
            session.tell(&Event::Statement {
                stem: self.stem.to_owned(),
                number: index + 1,
                of: self.units.len(),
            });
            let before = Progress {
                done: index,
                started: from.started && from.done == index,
            };
            self.unit(session, unit, before)
                .map_err(|report| self.resumable(report, index, self.units.len()))?;
        }
        Ok(if from.done < self.units.len() {
            Progress {
                done: self.units.len(),
                started: false,
            }
        } else {
            from
        })
    }

    /// What the units before the `done`th set.
    fn settings(&self, done: usize) -> String {
        let before = self.units.iter().take(done);
        before
            .filter(|unit| matches!(unit.how, How::Setting(_)))
            .flat_map(|unit| [self.script.text[unit.span.clone()].trim_end_matches(';'), "\n; "])
            .collect()
    }

    fn resumable(&self, report: Report, done: usize, of: usize) -> Report {
        let command = match self.direction {
            Direction::Up => "db-migrate",
            Direction::Down => "db-rollback",
        };
        report
            .note(format!(
                "{done} of {} are done and recorded",
                crate::ui::count(of, "statement")
            ))
            .help(format!(
                "mend the cause and run `cargo xtask {command}` again: it goes on with statement {}",
                done + 1
            ))
    }

    /// Waits until the server has done with a statement of this file whose runner is gone.
    fn wait_for_leftover(&self, session: &mut Session) -> Result<(), Report> {
        let mut told = false;
        let pattern = format!("/* xtask-% */ {}%", self.comment());
        loop {
            let running: i64 = session
                .client
                .query_typed_one(include_str!("leftover.sql"), &[(&pattern, Type::TEXT)])
                .and_then(|row| row.try_get(0))
                .map_err(|error| Report::of_error(&error))?;
            if running == 0 {
                return Ok(());
            }
            if !told {
                session.tell(&Event::Busy(format!(
                    "a statement of {} that an earlier run left",
                    self.stem
                )));
                told = true;
            }
            thread::sleep(POLL);
        }
    }

    fn comment(&self) -> String {
        format!("/* file {} */", self.version)
    }

    fn unit(&self, session: &mut Session, unit: &Unit, before: Progress) -> Result<(), Report> {
        match &unit.how {
            How::Block(block) | How::Setting(block) => self.block(session, unit, block, before),
            How::Procedure(block) => match self.try_block(session, block, before) {
                Err(failed) if failed.error.code() == Some(&SqlState::INVALID_TRANSACTION_TERMINATION) => {
                    if before.started {
                        return Err(self.unknown(unit));
                    }
                    self.alone(session, unit, before)?;
                    self.record(session, self.phase(before.begun()), self.phase(before.next()))
                }
                result => result.map_err(|failed| failed.report(self.script)),
            },
            How::Alone(command) => {
                let leftover = if before.started {
                    self.leftover(session, unit, command, before.done)?
                } else {
                    Leftover::Nothing
                };
                if leftover == Leftover::Nothing {
                    let result = self.alone(session, unit, before);
                    if !(before.started && result.is_err() && is_done_already(command, result.as_ref().err())) {
                        result.map_err(|report| self.name_invalid_index(session, command, before.done, report))?;
                    }
                    self.refuse_invalid_index(session, unit, command, before.done)?;
                }
                self.record(session, self.phase(before.begun()), self.phase(before.next()))
            }
        }
    }

    /// Runs a block with its note; a lock time-out is tried again as the policy says.
    fn block(&self, session: &mut Session, unit: &Unit, block: &Block, before: Progress) -> Result<(), Report> {
        let mut attempts = Attempts::new(self.locks);
        loop {
            let watch = Watch::start(session, self.locks);
            let result = self.try_block(session, block, before);
            let blockers = watch.finish();
            match result {
                Err(mut failed) if failed.error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
                    // The server doesn't say where.
                    failed.offset.get_or_insert(unit.span.start);
                    attempts.pause(session, self.stem, self.script, &failed, blockers)?;
                }
                result => return result.map_err(|failed| failed.report(self.script)),
            }
        }
    }

    fn try_block(&self, session: &mut Session, block: &Block, before: Progress) -> Result<(), Failed> {
        let before = format!(
            "{}; {}; {} {}",
            block.begin,
            ledger::step_statement(self.version, self.phase(before), self.phase(before.next())),
            self.locks.statement(),
            self.settings(before.done),
        );
        let frame = Frame {
            comment: &format!("{} {} ", session.comment(), self.comment()),
            before: &before,
            after: &format!("\n;{RESET_SESSION} COMMIT"),
        };
        let result = run_pieces(&mut session.client, self.script, &block.pieces, frame);
        if result.is_err() {
            let _ = session.client.batch_execute("ROLLBACK");
        }
        result
    }

    /// Runs a statement that no transaction can hold, and tells who is in its way for long.
    fn alone(&self, session: &mut Session, unit: &Unit, before: Progress) -> Result<(), Report> {
        self.record(session, self.phase(before), self.phase(before.begun()))?;
        let lead = format!("{} {} ", session.comment(), self.comment());
        let sql = format!("{lead}{}", &self.script.text[unit.span.clone()]);
        let watch = Watch::start(session, self.locks);
        let result = self.with_settings(session, before.done, |client| {
            client.batch_execute(&sql).map_err(|error| {
                let offset = crate::pg::execute::position(&error, &sql)
                    .and_then(|at| at.checked_sub(lead.len()))
                    .map_or(unit.span.start, |at| unit.span.start + at);
                Failed {
                    error,
                    offset: Some(offset),
                }
                .report(self.script)
            })
        });
        let _ = watch.finish();
        result
    }

    /// Does something in a session that has what the units before the `done`th set, and sets that back.
    ///
    /// A statement that no transaction can hold has to share its session with others. That a pooler leads the three messages into one
    /// session is the rule (the session that was used last is taken first), and that it was so is made sure.
    fn with_settings<T>(
        &self,
        session: &mut Session,
        done: usize,
        work: impl FnOnce(&mut Client) -> Result<T, Report>,
    ) -> Result<T, Report> {
        let settings = self.settings(done);
        if settings.is_empty() {
            return work(&mut session.client);
        }
        let set = process_after(&mut session.client, &settings)?;
        let result = work(&mut session.client);
        let reset = process_after(&mut session.client, RESET_SESSION);
        let result = result?;
        if reset? != set {
            return Err(Report::new("a pooler led the file's settings and its statement into different sessions")
                .note("a statement that can't run in a transaction can't be held together with a SET by a pooler in transaction mode")
                .help("connect to the server itself, or to the pooler in session mode, for this migration"));
        }
        Ok(result)
    }

    /// Takes the row from one place to the next.
    ///
    /// # Errors
    /// With [`ledger::OVERTAKEN`], where it is elsewhere.
    pub(super) fn record(&self, session: &mut Session, from: Phase, to: Phase) -> Result<(), Report> {
        session
            .client
            .batch_execute(&ledger::step_statement(self.version, from, to))
            .map_err(|error| Report::of_error(&error))
    }

    pub(super) fn phase(&self, progress: Progress) -> Phase {
        match self.direction {
            Direction::Up => Phase::Up(progress),
            Direction::Down => Phase::Down(progress),
        }
    }

    /// What an earlier attempt at a statement left; an index that is INVALID is removed, since it is that attempt's and no good.
    fn leftover(
        &self,
        session: &mut Session,
        unit: &Unit,
        command: &OutsideTransaction,
        done: usize,
    ) -> Result<Leftover, Report> {
        match self.made_index(session, command, done)? {
            MadeIndex::NotAsked | MadeIndex::Missing => Ok(Leftover::Nothing),
            MadeIndex::Unnamed => Err(self.unknown(unit)),
            MadeIndex::Valid(name) => {
                session.tell(&Event::Note(format!(
                    "the index `{name}` was made by an earlier attempt"
                )));
                Ok(Leftover::Done)
            }
            MadeIndex::Invalid(name) => {
                session.tell(&Event::Note(format!(
                    "removing the INVALID index `{name}` that an earlier attempt left"
                )));
                session
                    .client
                    .batch_execute(&format!("DROP INDEX CONCURRENTLY {name}"))
                    .map_err(|error| Report::of_error(&error))?;
                Ok(Leftover::Nothing)
            }
        }
    }

    /// `IF NOT EXISTS` is satisfied by an INVALID index; we are not.
    fn refuse_invalid_index(
        &self,
        session: &mut Session,
        unit: &Unit,
        command: &OutsideTransaction,
        done: usize,
    ) -> Result<(), Report> {
        match self.made_index(session, command, done)? {
            MadeIndex::Invalid(name) => Err(Report::new(format!(
                "the index `{name}` is there, but INVALID: no query uses it"
            ))
            .at(self.script.place(unit.span.clone(), ""))
            .help(format!("remove it: `DROP INDEX CONCURRENTLY {name}`"))),
            _ => Ok(()),
        }
    }

    fn name_invalid_index(
        &self,
        session: &mut Session,
        command: &OutsideTransaction,
        done: usize,
        report: Report,
    ) -> Report {
        match self.made_index(session, command, done) {
            Ok(MadeIndex::Invalid(name)) => report
                .note(format!(
                    "the failed attempt left the INVALID index `{name}`, which slows writes and serves no query"
                ))
                .help(format!(
                    "`DROP INDEX CONCURRENTLY {name}` removes it; the next run does so itself before it tries again"
                )),
            _ => report,
        }
    }

    /// Names are looked up as the statement looks them up: in the search path of the file.
    fn made_index(
        &self,
        session: &mut Session,
        command: &OutsideTransaction,
        done: usize,
    ) -> Result<MadeIndex, Report> {
        self.with_settings(session, done, |client| MadeIndex::find(client, command))
    }

    fn unknown(&self, unit: &Unit) -> Report {
        Report::new("an earlier run was cut off in this statement, and whether it worked can't be told")
            .at(self.script.place(unit.span.clone(), ""))
            .help(format!(
                "look at the database; then `cargo xtask db-repair <database> {} --statement done`, or `--statement again`",
                self.version
            ))
    }
}

fn find_row(session: &mut Session, version: Version) -> Result<Option<Applied>, Report> {
    let rows = ledger::read(&mut session.client).map_err(Report::from)?;
    Ok(rows.unwrap_or_default().into_iter().find(|row| row.version == version))
}

fn is_overtaken(reports: &Reports) -> bool {
    let codes = reports.0.iter().filter_map(|report| report.sqlstate.as_deref());
    codes.eq([ledger::OVERTAKEN])
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leftover {
    Nothing,
    Done,
}

/// Runs `sql`; the process that the server ran it in.
fn process_after(client: &mut Client, sql: &str) -> Result<Option<String>, Report> {
    let answer = client
        .simple_query(&format!("{sql} SELECT pg_catalog.pg_backend_pid()"))
        .map_err(|error| Report::of_error(&error))?;
    Ok(answer.iter().rev().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}
