//! SQL files: their text, normalised, and how PostgreSQL has to be given it.
//!
//! A [`Script`] that exists can be run: everything that can be known to fail without a server (bytes that are no UTF-8, an open
//! quote, a COMMIT in the middle, a statement that refuses to run in a transaction) was reported when it was read.

use std::fmt::Write as _;
use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::pg::lex::{self, Item, Kind, LexError, LexErrorKind, OutsideTransaction, Statement};
use crate::pg::report::{Place, Report, Reports, word_at};

/// A SQL file that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Relative to the workspace, for messages.
    pub path: String,
    /// Without byte order mark, lines ended by `\n`.
    pub text: String,
    /// How to run it.
    pub run: Run,
}

/// How a script is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    /// There is no statement in it.
    Nothing,
    /// As a whole, in one transaction.
    Transaction(Block),
    /// Statement by statement, since its first line is `-- xtask: no-transaction`.
    Statements(Vec<Unit>),
}

/// SQL that runs in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The words that begin the transaction: `BEGIN`, or the file's own with its options.
    pub begin: String,
    /// What is sent, one message after the other; offsets into [`Script::text`].
    pub pieces: Vec<Piece>,
}

impl Default for Block {
    /// Nothing, in a plain transaction.
    fn default() -> Self {
        Self {
            begin: "BEGIN".to_owned(),
            pieces: Vec::new(),
        }
    }
}

/// What can be sent in one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Statements.
    Sql(Fragment),
    /// `COPY … FROM STDIN` and the lines of data below it.
    Copy {
        /// The COPY statement.
        statement: Fragment,
        /// Its data, without the closing `\.`.
        data: Range<usize>,
    },
}

/// A part of a script as it is sent: `sql` has the length of the text it stands for, so that positions agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// Where it starts in [`Script::text`], in bytes.
    pub start: usize,
    /// The text, with what is not for the server (the file's own BEGIN and COMMIT, `\restrict`) blanked.
    pub sql: String,
}

/// One step of a script that runs statement by statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Where it stands in [`Script::text`], in bytes.
    pub span: Range<usize>,
    /// How it is run.
    pub how: How,
}

/// How a unit is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// In a transaction of its own, together with the note that it is done.
    Block(Block),
    /// The same; and it holds for the statements behind it: SET, RESET, `SELECT set_config(…)`.
    Setting(Block),
    /// CALL and DO: the same, unless the procedure turns out to commit by itself.
    Procedure(Block),
    /// By itself, since PostgreSQL refuses it in a transaction.
    Alone(OutsideTransaction),
}

const DIRECTIVE: &str = "-- xtask: no-transaction";

impl Script {
    /// Reads a file's bytes. `path` is for messages.
    ///
    /// # Errors
    /// One report for each thing that keeps the file from being run.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self, Reports> {
        let text = normalise(path, bytes)?;
        let mut text_to_send = text.clone();
        let statements = read_statements(path, &text, &mut text_to_send)?;
        let source = Source {
            path,
            text: &text,
            send: &text_to_send,
        };
        let run = if statements.is_empty() {
            Run::Nothing
        } else if is_no_transaction(path, &text)? {
            Run::Statements(source.units(&statements)?)
        } else {
            Run::Transaction(source.transaction(&statements)?)
        };
        Ok(Self {
            path: path.to_owned(),
            text,
            run,
        })
    }

    /// SHA-256 of the normalised text, in hexadecimal: the same for a checkout on any system.
    #[must_use]
    pub fn checksum(&self) -> String {
        checksum(&self.text)
    }

    /// The place of the bytes `span`.
    #[must_use]
    pub fn place(&self, span: Range<usize>, label: &str) -> Place {
        Place::new(&self.path, &self.text, span, label)
    }

    /// The place of the word at byte `offset`.
    #[must_use]
    pub fn word_at(&self, offset: usize) -> Place {
        self.place(word_at(&self.text, offset), "")
    }
}

/// SHA-256 of a normalised text, in hexadecimal.
#[must_use]
pub fn checksum(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// UTF-8 without byte order mark, with `\n` at the end of each line.
fn normalise(path: &str, bytes: &[u8]) -> Result<String, Report> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
        let end = good.len();
        Report::new("the file is not UTF-8")
            .at(Place::new(path, &good, end..end, "the next byte is no UTF-8"))
            .help("save it as UTF-8, for example with `iconv -f WINDOWS-1252 -t UTF-8`")
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n"))
}

fn is_no_transaction(path: &str, text: &str) -> Result<bool, Report> {
    let first = text.lines().next().unwrap_or_default().trim();
    if first == DIRECTIVE || first == "-- no-transaction" {
        return Ok(true);
    }
    match first.strip_prefix("-- xtask:") {
        Some(unknown) => Err(Report::new(format!("unknown directive `{}`", unknown.trim()))
            .at(Place::new(path, text, 0..first.len(), ""))
            .help(format!("the only directive is `{DIRECTIVE}`"))),
        None => Ok(false),
    }
}

/// The statements of `text`; psql's `\restrict` lines, which `pg_dump` writes, are blanked in `send`.
fn read_statements<'a>(path: &str, text: &'a str, send: &mut String) -> Result<Vec<Statement<'a>>, Reports> {
    let mut statements = Vec::new();
    let mut reports = Vec::new();
    for item in lex::split(text).map_err(|error| unreadable(path, text, error))? {
        match item {
            Item::Statement(statement) => statements.push(statement),
            Item::Meta { text: meta, offset } if meta.starts_with("\\restrict") || meta.starts_with("\\unrestrict") => {
                blank(send, offset..offset + meta.len());
            }
            Item::Meta { text: meta, offset } => reports.push(
                Report::new("a command of psql, which no server understands")
                    .at(Place::new(path, text, offset..offset + meta.len(), ""))
                    .help("remove the line, or write what it does in SQL"),
            ),
        }
    }
    if reports.is_empty() {
        Ok(statements)
    } else {
        Err(Reports(reports))
    }
}

fn unreadable(path: &str, text: &str, error: LexError) -> Report {
    let (label, help) = match error.kind {
        LexErrorKind::UnterminatedString => (
            "it begins here",
            "close it; a quote inside a text is written twice: `'it''s'`",
        ),
        LexErrorKind::UnterminatedDollarString => ("it begins here", "close it with the very same tag"),
        LexErrorKind::UnterminatedIdentifier => ("it begins here", "close it with `\"`"),
        LexErrorKind::UnterminatedComment => (
            "it begins here",
            "close it with `*/`; comments nest, so that each `/*` needs its own",
        ),
        LexErrorKind::Nul => ("", "remove it, or save the file as UTF-8 if it is UTF-16"),
        LexErrorKind::TextAfterCopy => ("", "put the data on the lines below, and `\\.` on the line behind them"),
    };
    Report::new(error.to_string())
        .at(Place::new(path, text, word_at(text, error.offset), label))
        .help(help)
}

fn blank(text: &mut String, span: Range<usize>) {
    let spaces: String = text[span.clone()]
        .bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
        .collect();
    text.replace_range(span, &spaces);
}

struct Source<'a> {
    path: &'a str,
    text: &'a str,
    send: &'a str,
}

impl Source<'_> {
    fn place(&self, statement: &Statement<'_>) -> Place {
        let start = statement.span.start;
        let first_line = statement.text.lines().next().unwrap_or_default();
        Place::new(self.path, self.text, start..start + first_line.len(), "")
    }

    fn transaction(&self, statements: &[Statement<'_>]) -> Result<Block, Reports> {
        let (begin, inner) = match unwrap_transaction(statements) {
            Some((begin, inner)) => (begin, inner),
            None => ("BEGIN", statements),
        };
        let reports: Vec<Report> = inner.iter().filter_map(|statement| self.refusal(statement)).collect();
        if !reports.is_empty() {
            return Err(Reports(reports));
        }
        let mut send = self.send.to_owned();
        if inner.len() < statements.len() {
            for own in [statements.first(), statements.last()].into_iter().flatten() {
                blank(&mut send, own.span.clone());
            }
        }
        Ok(Block {
            begin: begin.to_owned(),
            pieces: pieces(&send, 0..send.len(), inner),
        })
    }

    /// Why a statement can't run inside the transaction of its file, if it can't.
    fn refusal(&self, statement: &Statement<'_>) -> Option<Report> {
        let misplaced = self.text.contains("xtask: no-transaction");
        let directive = if misplaced {
            format!("`{DIRECTIVE}` must be the first line of the file")
        } else {
            format!(
                "put `{DIRECTIVE}` on the first line: the statements then run one by one, and a failed run resumes after the last that worked"
            )
        };
        match statement.kind() {
            Kind::OutsideTransaction(command) => Some(
                Report::new(format!("{} cannot run inside a transaction", command.command_name()))
                    .at(self.place(statement))
                    .help(directive),
            ),
            Kind::Begin | Kind::Commit | Kind::Rollback | Kind::TwoPhase => Some(
                Report::new("transaction control in the middle of a file that runs in a transaction")
                    .at(self.place(statement))
                    .note("each file is one transaction; one `BEGIN … COMMIT` around the whole file is accepted")
                    .help("remove it, or split the file there")
                    .help(directive),
            ),
            _ => None,
        }
    }

    fn units(&self, statements: &[Statement<'_>]) -> Result<Vec<Unit>, Reports> {
        let mut units = Vec::new();
        let mut rest = statements;
        while let Some((statement, tail)) = rest.split_first() {
            let (unit, tail) = match statement.kind() {
                Kind::Begin => self.group(statement, tail)?,
                Kind::Commit | Kind::Rollback | Kind::TwoPhase => {
                    return Err(Report::new("this ends a transaction that the file did not begin")
                        .at(self.place(statement))
                        .help("remove it, or write `BEGIN;` where the transaction begins")
                        .into());
                }
                _ => (self.unit(statement), tail),
            };
            units.push(unit);
            rest = tail;
        }
        Ok(units)
    }

    /// The file's own `BEGIN … COMMIT`, which `begin` opens: one unit.
    fn group<'s, 'a>(
        &self,
        begin: &Statement<'a>,
        rest: &'s [Statement<'a>],
    ) -> Result<(Unit, &'s [Statement<'a>]), Reports> {
        let Some(end) = rest.iter().position(|statement| {
            matches!(
                statement.kind(),
                Kind::Begin | Kind::Commit | Kind::Rollback | Kind::TwoPhase
            )
        }) else {
            return Err(Report::new("this transaction is never committed")
                .at(self.place(begin))
                .help("write `COMMIT;` where it ends")
                .into());
        };
        if rest[end].kind() != Kind::Commit {
            return Err(Report::new("a transaction of the file must end with COMMIT")
                .at(self.place(&rest[end]))
                .into());
        }
        let inner = &rest[..end];
        if let Some(report) = inner.iter().find_map(|statement| match statement.kind() {
            Kind::OutsideTransaction(command) => Some(
                Report::new(format!("{} cannot run inside a transaction", command.command_name()))
                    .at(self.place(statement))
                    .help("move it out of the file's `BEGIN … COMMIT`"),
            ),
            _ => None,
        }) {
            return Err(report.into());
        }
        let unit = Unit {
            span: begin.span.start..rest[end].span.end,
            how: How::Block(Block {
                begin: begin.text.to_owned(),
                pieces: pieces(self.send, begin.span.end..rest[end].span.start, inner),
            }),
        };
        Ok((unit, &rest[end + 1..]))
    }

    fn unit(&self, statement: &Statement<'_>) -> Unit {
        let block = Block {
            begin: "BEGIN".to_owned(),
            pieces: pieces(self.send, statement.span.clone(), std::slice::from_ref(statement)),
        };
        let how = match statement.kind() {
            Kind::OutsideTransaction(command) => How::Alone(command),
            Kind::Set => How::Setting(block),
            Kind::Ordinary if is_set_config(statement.text) => How::Setting(block),
            Kind::Call | Kind::Do => How::Procedure(block),
            _ => How::Block(block),
        };
        Unit {
            span: statement.span.clone(),
            how,
        }
    }
}

/// The BEGIN that a file is wrapped in and the statements inside, when it is wrapped whole in one `BEGIN … COMMIT`.
fn unwrap_transaction<'s, 'a>(statements: &'s [Statement<'a>]) -> Option<(&'a str, &'s [Statement<'a>])> {
    let [first, inner @ .., last] = statements else {
        return None;
    };
    let wrapped = first.kind() == Kind::Begin
        && last.kind() == Kind::Commit
        && !inner
            .iter()
            .any(|statement| matches!(statement.kind(), Kind::Begin | Kind::Commit | Kind::Rollback));
    wrapped.then_some((first.text, inner))
}

/// Whether the statement is a SELECT of `set_config(…)`, which `pg_dump` writes in the place of SET.
fn is_set_config(statement: &str) -> bool {
    let call = |name: &str| {
        let rest = statement.get("select".len()..).unwrap_or_default().trim_start();
        rest.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    statement
        .get(.."select".len())
        .is_some_and(|word| word.eq_ignore_ascii_case("select"))
        && (call("set_config(") || call("pg_catalog.set_config("))
}

/// Cuts `span` at each COPY with inline data; all else stays whole, comments included.
fn pieces(send: &str, span: Range<usize>, statements: &[Statement<'_>]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut start = span.start;
    let fragment = |span: Range<usize>| Fragment {
        start: span.start,
        sql: send[span].to_owned(),
    };
    for statement in statements {
        let Some(data) = &statement.copy_data else { continue };
        if !lex::is_blank(&send[start..statement.span.start]) {
            pieces.push(Piece::Sql(fragment(start..statement.span.start)));
        }
        pieces.push(Piece::Copy {
            statement: fragment(statement.span.clone()),
            data: data.clone(),
        });
        start = after_copy(send, data.end);
    }
    let end = span.end.max(start);
    if pieces.is_empty() || !lex::is_blank(&send[start..end]) {
        pieces.push(Piece::Sql(fragment(start..end)));
    }
    pieces
}

/// Where SQL goes on after COPY data that ends at `end`: behind the line `\.`, if there is one.
fn after_copy(text: &str, end: usize) -> usize {
    let rest = &text[end..];
    if rest.starts_with("\\.") {
        end + rest.find('\n').map_or(rest.len(), |newline| newline + 1)
    } else {
        end
    }
}

#[cfg(test)]
mod tests;
