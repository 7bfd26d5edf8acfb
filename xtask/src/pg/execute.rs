//! Running a block of SQL in an open transaction, and finding the place in its file when it fails.

use std::io::Write as _;
use std::ops::Range;

use postgres::Client;
use postgres::error::{DbError, ErrorPosition};

use crate::pg::lex::{self, Item};
use crate::pg::report::{Report, word_at};
use crate::pg::script::{Fragment, Piece, Script};

/// Sets back what a file may have set: role and search path above all.
pub const RESET_SESSION: &str = "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL;";

/// A failed statement: what was said, and where in the script, in bytes, if that is known.
#[derive(Debug)]
pub struct Failed {
    /// What the server or the client said.
    pub error: postgres::Error,
    /// Where in [`Script::text`].
    pub offset: Option<usize>,
}

impl Failed {
    /// The report, with the place in `script`: the server's own position, else the one statement that the message can mean.
    #[must_use]
    pub fn report(&self, script: &Script) -> Report {
        let report = Report::of_error(&self.error);
        let place = match (self.offset, self.error.as_db_error()) {
            (Some(offset), _) => Some(script.word_at(offset)),
            (None, Some(error)) => {
                likely_statement(&script.text, error).map(|span| script.place(span, "in this statement"))
            }
            (None, None) => None,
        };
        report.at(place.unwrap_or_else(|| crate::pg::report::Place::file(&script.path)))
    }
}

/// What goes around the pieces of a script.
#[derive(Debug, Clone, Copy, Default)]
pub struct Frame<'a> {
    /// A comment that leads each message, so that `pg_stat_activity` shows whose it is.
    pub comment: &'a str,
    /// What goes before the first piece.
    pub before: &'a str,
    /// What goes behind the last piece.
    pub after: &'a str,
}

/// Sends the pieces one after the other, in their frame.
///
/// # Errors
/// The first failure; the transaction is then the caller's to roll back.
pub fn run_pieces(client: &mut Client, script: &Script, pieces: &[Piece], frame: Frame<'_>) -> Result<(), Failed> {
    let mut before = frame.before;
    for piece in pieces {
        let lead = format!("{}{before}", frame.comment);
        match piece {
            Piece::Sql(fragment) => send(client, &lead, fragment)?,
            Piece::Copy { statement, data } => {
                if !before.is_empty() {
                    run(client, &lead)?;
                }
                copy(client, frame.comment, statement, script.text[data.clone()].as_bytes())?;
            }
        }
        before = "";
    }
    if before.is_empty() && frame.after.is_empty() {
        return Ok(());
    }
    run(client, &format!("{}{before}{}", frame.comment, frame.after))
}

fn send(client: &mut Client, lead: &str, fragment: &Fragment) -> Result<(), Failed> {
    let sql = format!("{lead}{}", fragment.sql);
    client.batch_execute(&sql).map_err(|error| Failed {
        offset: position(&error, &sql)
            .and_then(|at| at.checked_sub(lead.len()))
            .map(|at| fragment.start + at),
        error,
    })
}

fn run(client: &mut Client, sql: &str) -> Result<(), Failed> {
    client
        .batch_execute(sql)
        .map_err(|error| Failed { error, offset: None })
}

fn copy(client: &mut Client, comment: &str, statement: &Fragment, data: &[u8]) -> Result<(), Failed> {
    let sql = format!("{comment}{}", statement.sql.trim_end().trim_end_matches(';'));
    let failed = |error| {
        let at = position(&error, &sql).and_then(|at| at.checked_sub(comment.len()));
        Failed {
            offset: Some(statement.start + at.unwrap_or(0)),
            error,
        }
    };
    let mut writer = client.copy_in(&sql).map_err(failed)?;
    // A failed write is told again, with the server's reason, by `finish`.
    let _ = writer.write_all(data);
    writer.finish().map(|_| ()).map_err(failed)
}

/// The byte in `sql` that the server's error points at.
#[must_use]
pub fn position(error: &postgres::Error, sql: &str) -> Option<usize> {
    match error.as_db_error()?.position()? {
        ErrorPosition::Original(character) => Some(lex::byte_of_char(sql, (*character as usize).saturating_sub(1))),
        ErrorPosition::Internal { .. } => None,
    }
}

/// The one statement of `text` that an error without a position can come from: the only one that names the constraint, relation or
/// other object that the error names.
fn likely_statement(text: &str, error: &DbError) -> Option<Range<usize>> {
    let items = lex::split(text).ok()?;
    let statements: Vec<(Range<usize>, &str)> = items
        .iter()
        .filter_map(|item| match item {
            Item::Statement(statement) => Some((statement.span.clone(), statement.text)),
            Item::Meta { .. } => None,
        })
        .collect();
    let quoted = error.message().split('"').skip(1).step_by(2);
    let names = error.constraint().into_iter().chain(quoted).chain(error.table());
    let only = |name: &str| {
        let mut naming = statements.iter().filter(|(_, statement)| statement.contains(name));
        naming.next().filter(|_| naming.next().is_none())
    };
    let (span, _) = match statements.as_slice() {
        [one] => one,
        _ => names.filter(|name| !name.is_empty()).find_map(only)?,
    };
    let first = word_at(text, span.start);
    Some(
        first.start
            ..text[first.start..span.end]
                .find('\n')
                .map_or(span.end, |newline| first.start + newline),
    )
}
