//! Running a block of SQL in an open transaction, and finding the place in its file when it fails.

use std::io::Write as _;
use std::ops::Range;

use postgres::Client;
use postgres::error::{DbError, ErrorPosition};

use crate::pg::lex::{self, Item};
use crate::pg::report::{Place, Report, word_at};
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
            (None, Some(error)) => inside_function(&script.text, error)
                .map(|offset| script.word_at(offset))
                .or_else(|| likely_statement(&script.text, error).map(|span| script.place(span, "in this statement"))),
            (None, None) => None,
        };
        report.at(place.unwrap_or_else(|| Place::file(&script.path)))
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
                copy(client, frame.comment, statement, &script.text, data)?;
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

fn copy(
    client: &mut Client,
    comment: &str,
    statement: &Fragment,
    text: &str,
    data: &Range<usize>,
) -> Result<(), Failed> {
    let sql = format!("{comment}{}", statement.sql.trim_end().trim_end_matches(';'));
    let mut writer = client.copy_in(&sql).map_err(|error| {
        let at = position(&error, &sql).and_then(|at| at.checked_sub(comment.len()));
        Failed {
            offset: Some(statement.start + at.unwrap_or(0)),
            error,
        }
    })?;
    // A failed write is told again, with the server's reason, by `finish`.
    let _ = writer.write_all(text[data.clone()].as_bytes());
    writer.finish().map(|_| ()).map_err(|error| {
        let line = error.as_db_error().and_then(copy_line);
        let offset = line.map_or(statement.start, |line| {
            let before = text[data.clone()].split_inclusive('\n').take(line.saturating_sub(1));
            data.start + before.map(str::len).sum::<usize>()
        });
        Failed {
            offset: Some(offset),
            error,
        }
    })
}

/// The line of its data, from 1, that COPY failed at: its context is `COPY t, line 3, column id: "x"`, in the server's language.
#[must_use]
pub fn copy_line(error: &DbError) -> Option<usize> {
    let (_, rest) = error.where_()?.strip_prefix("COPY ")?.split_once(", ")?;
    let mut numbers = rest.split(|c: char| !c.is_ascii_digit());
    numbers.find(|digits| !digits.is_empty())?.parse().ok()
}

/// The byte in `sql` that the server's error points at.
#[must_use]
pub fn position(error: &postgres::Error, sql: &str) -> Option<usize> {
    match error.as_db_error()?.position()? {
        ErrorPosition::Original(character) => Some(lex::byte_of_char(sql, (*character as usize).saturating_sub(1))),
        ErrorPosition::Internal { .. } => None,
    }
}

/// The byte of `text` that an error points at in a statement of a function, where that statement stands in `text` once.
fn inside_function(text: &str, error: &DbError) -> Option<usize> {
    let ErrorPosition::Internal { position, query } = error.position()? else {
        return None;
    };
    let mut found = text.match_indices(query.as_str());
    let (start, _) = found.next().filter(|_| found.next().is_none())?;
    Some(start + lex::byte_of_char(query, (*position as usize).saturating_sub(1)))
}

/// The one statement of `text` that an error without a position can come from: the only one, or the only one of the kind that can
/// fail so and that names the constraint, relation or other object that the error names.
fn likely_statement(text: &str, error: &DbError) -> Option<Range<usize>> {
    let items = lex::split(text).ok()?;
    let statements: Vec<(Range<usize>, &str)> = items
        .iter()
        .filter_map(|item| match item {
            Item::Statement(statement) => Some((statement.span.clone(), statement.text)),
            Item::Meta { .. } => None,
        })
        .collect();
    // What fails inside a function was called by a statement that need not name anything of it.
    let in_function = error.where_().is_some_and(|context| context.contains("function "));
    let quoted = error.message().split('"').skip(1).step_by(2);
    let names = error.constraint().into_iter().chain(quoted).chain(error.table());
    let only = |name: &str| {
        let naming = || statements.iter().filter(|(_, statement)| names_object(statement, name));
        let fitting = naming().filter(|(_, statement)| can_fail_so(statement, error.code().code()));
        the_only(naming()).or_else(|| the_only(fitting))
    };
    let (span, _) = match statements.as_slice() {
        [one] => one,
        _ if in_function => return None,
        _ => names.filter(|name| !name.is_empty()).find_map(only)?,
    };
    let first = word_at(text, span.start);
    let line_end = text[first.start..span.end].find('\n');
    Some(first.start..line_end.map_or(span.end, |newline| first.start + newline))
}

fn the_only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}

/// Whether `name` is a word of `statement`.
fn names_object(statement: &str, name: &str) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    statement.match_indices(name).any(|(start, _)| {
        !statement[..start].ends_with(in_word) && !statement[start + name.len()..].starts_with(in_word)
    })
}

/// Whether a statement that begins so can fail with this SQLSTATE: rows are refused where rows are written, and what exists is in
/// the way of what makes it.
fn can_fail_so(statement: &str, sqlstate: &str) -> bool {
    let verb: String = statement.chars().take_while(char::is_ascii_alphabetic).collect();
    let verbs: &[&str] = match sqlstate {
        "42P07" | "42710" | "42723" | "42P06" => &["CREATE"],
        "42701" => &["ALTER"],
        "42501" | "22001" | "22003" | "23502" | "23503" | "23505" | "23514" | "23P01" => {
            &["INSERT", "UPDATE", "MERGE", "COPY", "WITH"]
        }
        _ => return false,
    };
    verbs.iter().any(|known| verb.eq_ignore_ascii_case(known))
}
