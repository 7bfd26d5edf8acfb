//! Error reports that look like rustc's: the server's message, file, line and column, the lines, a caret, and what to do.
//!
//! A [`Report`] is plain data that renders itself; [`Report::of_server_error`] makes one from what PostgreSQL said. The server
//! counts characters from 1 (<https://www.postgresql.org/docs/current/protocol-error-fields.html>), spans here count bytes.

use std::fmt;
use std::ops::Range;

use annotate_snippets::renderer::Renderer;
use annotate_snippets::renderer::{AnsiColor, Style};
use annotate_snippets::{AnnotationKind, Group, Level, Snippet};
use postgres::error::{DbError, ErrorPosition};
use serde::Serialize;

use crate::pg::lex::line_column;

/// A problem, where it is, and what to do about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// One sentence without a full stop.
    pub message: String,
    /// The SQLSTATE, where the server spoke (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqlstate: Option<String>,
    /// The place in a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Facts: the server's DETAIL and CONTEXT, what was and was not done.
    pub notes: Vec<String>,
    /// What to do next.
    pub help: Vec<String>,
}

/// A place in a file: the line and column, counted in characters from 1, and the text they stand in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file, relative to the workspace.
    pub path: String,
    /// From 1; 0 when only the file is known.
    pub line: usize,
    /// From 1, in characters; 0 when only the file is known.
    pub column: usize,
    #[serde(skip)]
    text: String,
    #[serde(skip)]
    span: Option<Range<usize>>,
    #[serde(skip)]
    label: String,
}

impl Place {
    /// The bytes `span` of `text`, the content of `path`; `label` stands behind the caret and may be empty.
    #[must_use]
    pub fn new(path: &str, text: &str, span: Range<usize>, label: &str) -> Self {
        let start = floor_char_boundary(text, span.start);
        let end = floor_char_boundary(text, span.end).max(start);
        let (line, column) = line_column(text, start);
        Self {
            path: path.to_owned(),
            line,
            column,
            text: text.to_owned(),
            span: Some(start..end),
            label: label.to_owned(),
        }
    }

    /// A file as a whole.
    #[must_use]
    pub fn file(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            line: 0,
            column: 0,
            text: String::new(),
            span: None,
            label: String::new(),
        }
    }
}

impl Report {
    /// A report that says no more than `message`.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Adds the command that goes on once the cause is mended, unless the report tells one already.
    pub fn go_on(&mut self, step: &str) {
        if !self
            .help
            .iter()
            .any(|help| help.contains("then ") || help.contains("again"))
        {
            self.help.push(format!("mend the cause, then {step}"));
        }
    }

    /// What the server said, its DETAIL, CONTEXT and HINT, and a help line for the well-known causes.
    ///
    /// The place is for the caller to add, who knows which file the statement came from.
    #[must_use]
    pub fn of_server_error(error: &DbError) -> Self {
        let mut report = Self::new(error.message());
        report.sqlstate = Some(error.code().code().to_owned());
        report.notes.extend(error.detail().map(str::to_owned));
        if let Some(ErrorPosition::Internal { query, .. }) = error.position() {
            report.notes.push(format!("in the statement {}", one_line(query)));
        }
        report
            .notes
            .extend(error.where_().map(|context| format!("context: {context}")));
        report.help.extend(error.hint().map(str::to_owned));
        report.help.extend(advice(error.code().code(), error.message()));
        report
    }

    /// What a failed call said: the server's report, or the client's own words when the server said nothing.
    #[must_use]
    pub fn of_error(error: &postgres::Error) -> Self {
        match error.as_db_error() {
            Some(server) => Self::of_server_error(server),
            None if is_connection_lost(error) => Self::new("the connection to the server was lost")
                .note(chain(error))
                .help("what was not reported as applied was rolled back or its fate is in the ledger: run `cargo xtask db-status`"),
            None => Self::new(chain(error)),
        }
    }

    /// Renders with colours (ANSI); the writer strips them where they are not wanted.
    #[must_use]
    pub fn render(&self) -> String {
        let message = match &self.sqlstate {
            Some(code) => format!("{} (SQLSTATE {code})", self.message),
            None => self.message.clone(),
        };
        let title = Group::with_title(Level::ERROR.primary_title(message.as_str()));
        let Some((place, span)) = self.place.as_ref().and_then(|place| Some((place, place.span.clone()?))) else {
            return format!("{}{}", Renderer::styled().render(&[title]), self.render_plain());
        };
        let annotation = AnnotationKind::Primary.span(span);
        let annotation = if place.label.is_empty() {
            annotation
        } else {
            annotation.label(place.label.as_str())
        };
        let snippet = Snippet::source(place.text.as_str())
            .path(place.path.as_str())
            .annotation(annotation);
        let mut group = title.element(snippet);
        for note in &self.notes {
            group = group.element(Level::NOTE.message(note.as_str()));
        }
        for help in &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        Renderer::styled().render(&[group])
    }

    /// What comes below the title where there are no lines to show, laid out as it is where there are.
    fn render_plain(&self) -> String {
        const FRAME: Style = AnsiColor::BrightBlue.on_default().bold();
        const WORD: Style = Style::new().bold();
        let mut text = String::new();
        if let Some(place) = &self.place {
            text = format!("\n {FRAME}-->{FRAME:#} {}", place.path);
        }
        let notes = self.notes.iter().map(|note| ("note", note));
        let help = self.help.iter().map(|help| ("help", help));
        for (word, line) in notes.chain(help) {
            let line = line.replace('\n', "\n          ");
            text = format!("{text}\n  {FRAME}={FRAME:#} {WORD}{word}{WORD:#}: {line}");
        }
        text
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.place {
            Some(Place { path, line: 0, .. }) => write!(f, " in `{path}`"),
            Some(Place { path, line, column, .. }) => write!(f, " at `{path}:{line}:{column}`"),
            None => Ok(()),
        }
    }
}

/// Several reports that stopped one command; nothing was touched for their sake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reports(pub Vec<Report>);

impl std::error::Error for Reports {}

impl From<Report> for Reports {
    fn from(report: Report) -> Self {
        Self(vec![report])
    }
}

impl fmt::Display for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// The span of the word at `offset` of `text`, for a caret as long as the word; at least one character where there is one.
#[must_use]
pub fn word_at(text: &str, offset: usize) -> Range<usize> {
    let offset = floor_char_boundary(text, offset);
    let rest = &text[offset..];
    let length = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => rest[1..]
            .find([quote, '\n'])
            .map_or(1, |end| end + 1 + usize::from(!rest[end + 1..].starts_with('\n'))),
        Some(first) if first.is_alphanumeric() || first == '_' => rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len()),
        Some(first) => first.len_utf8(),
        None => 0,
    };
    offset..offset + length
}

/// Whether the connection is gone, at the end of a message or in the middle of one.
#[must_use]
pub fn is_connection_lost(error: &postgres::Error) -> bool {
    // The client keeps the kinds of its errors to itself: their `Display` names them.
    error.is_closed() || error.to_string() == "error communicating with the server"
}

/// What people usually have to do about an error of this SQLSTATE, where experience tells.
fn advice(sqlstate: &str, message: &str) -> Option<String> {
    let advice = match sqlstate {
        "42P07" | "42710" | "42701" | "42723" | "42P06" => {
            "something else made it already: if it is a leftover of an attempt by hand, drop it and run the command again; IF NOT EXISTS would take \
             whatever is there for what the file says"
        }
        "42501" if message.contains("for schema public") => {
            "since PostgreSQL 15 only the owner of the database may create in schema public: connect as the owner, or let an administrator run \
             `GRANT CREATE ON SCHEMA public TO <role>`"
        }
        "42501" if message.contains("row-level security") => {
            "the row does not satisfy the table's policies for this role: set what the policies read (such as `request.jwt.claims` or \
             `app.user_id`) before the statement, or run it as a role that the policies admit"
        }
        "42501" => "the role of this connection lacks the privilege: connect as the owner, or let the owner grant it",
        "42601" => {
            "PostgreSQL could not read the statement: look at the marked place and at what stands just before it (a missing comma or quote)"
        }
        "0A000" | "58P01" if message.contains("extension") => {
            "the server does not have the extension's files: on Debian install `postgresql-<version>-<extension>`, in the cloud enable it, or use the \
             toolkit's own image (unset the URL and run `cargo xtask db-start`)"
        }
        "55P04" => {
            "a value added to an enum can be used only after its transaction: put the ADD VALUE in a migration file of its own, before this one"
        }
        "55P03" => {
            "another session holds a lock: wait for it or end it, then run the command again; `--lock-timeout` and `--lock-retries` give it more time"
        }
        "25001" if message.contains("ISOLATION LEVEL") => {
            "wrap the whole file in `BEGIN ISOLATION LEVEL …; … COMMIT;`: the toolkit begins its transaction with those words"
        }
        "25001" => {
            "put `-- xtask: no-transaction` on the first line of the file, so that its statements run one by one"
        }
        "2D000" => "a procedure that commits needs `-- xtask: no-transaction` on the first line of the file",
        "3D000" => "create the database, or run `cargo xtask db-migrate --create`",
        "42P01" | "42703" | "42883" | "42704" => {
            "check the spelling and the order of the migrations: what is used must have been made by an earlier one"
        }
        "23505" | "23503" | "23502" | "23514" | "23P01" => {
            "the rows that are there (or that the file inserts) break the constraint: mend them first"
        }
        "40P01" => "two sessions waited for each other and the server ended this one: run the command again",
        "53100" => "the server's disk is full: make room, then run the command again",
        "53300" | "53400" => "the server has no connection left: end idle sessions or raise `max_connections`",
        "57014" => {
            "a time-out or an administrator cancelled the statement: see `statement_timeout` of the role and the database"
        }
        "57P01" | "57P02" | "57P03" => {
            "the server is starting up, shutting down or was told to end this session: run the command again when it is back"
        }
        "25006" => "this server is a replica or read-only: connect to the primary",
        _ => return None,
    };
    Some(advice.to_owned())
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    words
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    format!("`{}`", words.join(" "))
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len()))
        .rev()
        .find(|&offset| text.is_char_boundary(offset))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_characters_not_bytes() {
        let text = "-- ünï\nSELECT 'é', oops;\n";
        let offset = text.find("oops").unwrap();
        let place = Place::new("a.sql", text, offset..offset + 4, "");
        assert_eq!((place.line, place.column), (2, 13));
    }

    #[test]
    fn a_word_is_as_long_as_it_is() {
        assert_eq!(word_at("select täble x", 7), 7..13);
        assert_eq!(word_at("a \"b c\" d", 2), 2..7);
        assert_eq!(word_at("a 'b", 2), 2..3);
        assert_eq!(word_at("(", 0), 0..1);
        assert_eq!(word_at("ab", 2), 2..2);
    }

    #[test]
    fn a_report_renders_like_rustc() {
        let text = "CREATE TABLE t (\n  id uuid,,\n);\n";
        let report = Report::new("syntax error at or near \",\"")
            .at(Place::new("migrations/a/1_t.sql", text, 27..28, ""))
            .note("nothing of this file was applied")
            .help("remove the comma");
        insta::assert_snapshot!(anstream::adapter::strip_str(&report.render()), @r#"
        error: syntax error at or near ","
         --> migrations/a/1_t.sql:2:11
          |
        2 |   id uuid,,
          |           ^
          |
          = note: nothing of this file was applied
          = help: remove the comma
        "#);
    }
}
