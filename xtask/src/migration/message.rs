//! The messages that migrations travel in: many files in one, each framed by its transaction and its ledger row; and what an error says
//! about the files before and after it.

use std::ops::Range;

use super::file::Migration;
use super::ledger::{self, Phase};
use super::lock::{Blocker, LockPolicy, Watch};
use super::session::{Commits, Event, Session};
use crate::pg::execute::{self, Failed, Frame, RESET_SESSION, run_pieces};
use crate::pg::script::{Block, Piece, Run};

/// At most so many files travel in one message,
const FILES_PER_MESSAGE: usize = 100;
/// and at most so many bytes.
const BYTES_PER_MESSAGE: usize = 1 << 20;

/// How a message ended.
pub(super) enum Ended {
    /// Everything in it is committed.
    Well,
    /// Another runner was first with the file of this index; those before it are committed.
    Overtaken(usize, Failed),
    /// A lock could not be had for the file of this index; those before it are committed.
    LockTimeout(usize, Failed, Vec<Blocker>),
    /// The file of this index failed; those before it are committed.
    Failed(usize, Failed),
}

/// How many of the first steps go into the next message; at least one.
pub(super) fn message_length(steps: &[&Migration]) -> usize {
    let mut bytes = 0;
    let fit = steps
        .iter()
        .take(FILES_PER_MESSAGE)
        .take_while(|step| {
            bytes += step.up.text.len();
            is_one_message(step) && bytes <= BYTES_PER_MESSAGE
        })
        .count();
    fit.max(1)
}

/// Whether the file is without inline COPY data, which needs messages of its own.
fn is_one_message(step: &Migration) -> bool {
    match &step.up.run {
        Run::Nothing => true,
        Run::Transaction(block) => matches!(block.pieces.as_slice(), [Piece::Sql(_)]),
        Run::Statements(_) => false,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// Each file begins and commits.
    EachFile,
    /// A transaction is open already.
    Inside,
}

/// Sends the steps and finds out how far they came.
pub(super) fn send(session: &mut Session, steps: &[&Migration], framing: Framing, locks: LockPolicy) -> Ended {
    let commits = match framing {
        Framing::EachFile => Commits::Each,
        Framing::Inside => Commits::Later,
    };
    session.expect(steps.iter().map(|step| step.stem.clone()).collect(), commits);
    let watch = Watch::start(session, locks);
    let result = match steps {
        [step] if !is_one_message(step) => send_pieces(session, step, framing, locks),
        _ => send_message(session, steps, framing, locks),
    };
    let blockers = watch.finish();
    let Err((index, failed)) = result else {
        if let (Framing::EachFile, Some(last)) = (framing, steps.last()) {
            session.tell(&Event::Applied(last.stem.clone()));
        }
        return Ended::Well;
    };
    // In a transaction that failed there is nothing to lose; a lost connection has rolled back already.
    let _ = session.client.batch_execute("ROLLBACK");
    if ledger::is_already_recorded(&failed.error) {
        Ended::Overtaken(index, failed)
    } else if failed.error.code() == Some(&postgres::error::SqlState::LOCK_NOT_AVAILABLE) {
        Ended::LockTimeout(index, failed, blockers)
    } else if framing == Framing::EachFile && session.begun() == 0 && index > 0 {
        // The server reads a whole message before it runs the first statement: a syntax error in a later file has kept
        // the files before it from running, so they go again without it.
        match send(session, &steps[..index], framing, locks) {
            Ended::Well => Ended::Failed(index, failed),
            other => other,
        }
    } else {
        Ended::Failed(index, failed)
    }
}

/// The message for several files, and where each one's text stands in it.
#[derive(Default)]
struct Message {
    sql: String,
    files: Vec<Range<usize>>,
}

fn send_message(
    session: &mut Session,
    steps: &[&Migration],
    framing: Framing,
    locks: LockPolicy,
) -> Result<(), (usize, Failed)> {
    let mut message = Message {
        sql: format!("{} ", session.comment()),
        files: Vec::new(),
    };
    for (index, step) in steps.iter().enumerate() {
        message.sql.push_str(&before(session, step, index, framing, locks));
        let start = message.sql.len();
        if let Run::Transaction(Block { pieces, .. }) = &step.up.run
            && let [Piece::Sql(fragment)] = pieces.as_slice()
        {
            message.sql.push_str(&fragment.sql);
        }
        message.files.push(start..message.sql.len());
        message.sql.push_str(&after(step, framing));
    }
    session.client.batch_execute(&message.sql).map_err(|error| {
        let position = execute::position(&error, &message.sql);
        let placed = position.and_then(|at| {
            let index = message
                .files
                .iter()
                .position(|file| file.contains(&at) || file.end == at)?;
            Some((index, at - message.files[index].start))
        });
        let begun = session.begun().saturating_sub(1);
        let (index, offset) = placed.map_or((begun, None), |(index, offset)| (index, Some(offset)));
        (index, Failed { error, offset })
    })
}

fn send_pieces(
    session: &mut Session,
    step: &Migration,
    framing: Framing,
    locks: LockPolicy,
) -> Result<(), (usize, Failed)> {
    let Run::Transaction(block) = &step.up.run else {
        return Ok(());
    };
    let frame = Frame {
        comment: &format!("{} ", session.comment()),
        before: &before(session, step, 0, framing, locks),
        after: &after(step, framing),
    };
    run_pieces(&mut session.client, &step.up, &block.pieces, frame).map_err(|failed| (0, failed))
}

/// What goes before a file: its transaction, the sign that it has begun, and its ledger row. Waiting for another runner's row is
/// not limited by the lock time-out, which is for the file, nor by a time-out that the role has for its queries.
fn before(session: &Session, step: &Migration, index: usize, framing: Framing, locks: LockPolicy) -> String {
    let begin = match (&step.up.run, framing) {
        (_, Framing::Inside) => String::new(),
        (Run::Transaction(block), Framing::EachFile) => format!("{}; ", block.begin),
        (_, Framing::EachFile) => "BEGIN; ".to_owned(),
    };
    format!(
        "{begin}{}SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; {}; SET LOCAL statement_timeout TO DEFAULT; {}\n",
        session.mark(index),
        ledger::insert_statement(step, Phase::Complete),
        locks.statement(),
    )
}

/// What goes behind a file: whatever it set is set back, so that neither the ledger nor the next file is touched by it. Where its COMMIT
/// is not its own, what that would check is checked nevertheless.
fn after(step: &Migration, framing: Framing) -> String {
    let commit = match framing {
        Framing::EachFile => "COMMIT;",
        Framing::Inside => "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;",
    };
    format!(
        "\n;{RESET_SESSION} {}; {commit}\n",
        ledger::finish_statement(step.version)
    )
}
