//! The contract: the queries that an application runs, and facts that its data must hold, checked against a live database.
//!
//! A `contract.sql` is SQL that `psql` understands too. Each statement stands directly under a block of comment lines, the first
//! of which is its header:
//!
//! ```sql
//! -- query: tool usage statistics (app/actions/dashboard-actions.ts:375-387)
//! -- anything else, for people
//! SELECT tool_id, count(*) FROM public.user_tool_usage WHERE user_id = $1 GROUP BY tool_id;
//!
//! -- check: there are 16 template questions
//! SELECT count(*) = 16 FROM public.template_questions;
//! ```
//!
//! A query is planned and never run; a check is run. Both happen in a transaction that may not write and is rolled back.

use std::fmt;
use std::ops::Range;

use anyhow::{Context, Result};
use postgres::error::ErrorPosition;
use postgres::types::Type;
use postgres::{Client, Transaction};

/// The statements of one `contract.sql`, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Queries and checks.
    pub clauses: Vec<Clause>,
}

/// What a [`Clause`] asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The application runs it: the server must be able to plan it.
    Query,
    /// A fact: it must return one row of one boolean, true.
    Check,
}

/// One statement and what its header says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Query or check.
    pub kind: Kind,
    /// A query's name, or a check's sentence.
    pub name: String,
    /// Where the application runs the query, `file:lines`.
    pub origin: Option<String>,
    /// The line of the contract that the statement begins in, from 1.
    pub line: usize,
    /// The statement, without its semicolon.
    pub sql: String,
}

/// Why a text is no contract; lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    /// A statement has no header directly above it.
    #[error(
        "line {line}: this statement has no header; write `-- query: <name> (<file>:<line>)` or `-- check: <sentence>` as the first line of the comment directly above it"
    )]
    NoHeader {
        /// The line that the statement begins in.
        line: usize,
    },
    /// A header has no statement directly below it.
    #[error("line {line}: there is no statement directly below `{header}`")]
    NoStatement {
        /// The header's line.
        line: usize,
        /// The header as written.
        header: String,
    },
    /// A header has no name.
    #[error("line {line}: this header has no name; write `-- query: <name> (<file>:<line>)` or `-- check: <sentence>`")]
    NoName {
        /// The header's line.
        line: usize,
    },
    /// Two headers have the same name, which would make reports ambiguous.
    #[error("line {line}: the name `{name}` is taken by the statement of line {first}; give one of them another")]
    SameName {
        /// The line of the second statement.
        line: usize,
        /// The line of the first statement.
        first: usize,
        /// Their name.
        name: String,
    },
}

/// A clause of the contract that the database does not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Query or check.
    pub kind: Kind,
    /// The clause's name.
    pub name: String,
    /// Where the application runs the query.
    pub origin: Option<String>,
    /// The line of the contract that the statement begins in, from 1.
    pub line: usize,
    /// The server's message, or what a check returned instead of true.
    pub message: String,
    /// The server's hint.
    pub hint: Option<String>,
    /// Where in the statement, in characters from 1.
    pub position: Option<usize>,
}

impl fmt::Display for Finding {
    /// `` `name` (`origin`): message ``.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}`", self.name)?;
        if let Some(origin) = &self.origin {
            write!(out, " (`{origin}`)")?;
        }
        write!(out, ": {}", self.message)
    }
}

/// Reads a contract.
///
/// A comment that is not directly above a statement and does not begin with a header is for people, and skipped.
///
/// # Errors
/// The first thing in `text` that is wrong, with its line.
pub fn parse(text: &str) -> Result<Contract, ContractError> {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut read_to = 0;
    for span in statements(text) {
        let line = line_of(text, span.start);
        let above = header_above(text, read_to..span.start)?.ok_or(ContractError::NoHeader { line })?;
        if let Some(first) = clauses.iter().find(|clause| clause.name == above.name) {
            return Err(ContractError::SameName {
                line,
                first: first.line,
                name: above.name,
            });
        }
        clauses.push(Clause {
            kind: above.kind,
            name: above.name,
            origin: above.origin,
            line,
            sql: text[span.clone()].trim_end().to_owned(),
        });
        read_to = span.end;
    }
    match headers(text, read_to..text.len()).first() {
        Some((line, header)) => Err(ContractError::NoStatement {
            line: *line,
            header: header.clone(),
        }),
        None => Ok(Contract { clauses }),
    }
}

/// Holds `client`'s database against `contract`, in a transaction of its own; see [`check_within`].
///
/// # Errors
/// See [`check_within`].
pub fn check(client: &mut Client, contract: &Contract) -> Result<Vec<Finding>> {
    let mut transaction = client
        .transaction()
        .context("failed to begin the transaction that checks the contract")?;
    let findings = check_within(&mut transaction, contract)?;
    transaction
        .rollback()
        .context("failed to end the transaction that checks the contract")?;
    Ok(findings)
}

/// Holds the database, as the caller's transaction sees it, against `contract`: one finding for each clause that it does not keep,
/// in the contract's order. Names are looked up by the session's `search_path`, rights are those of its role.
///
/// A query is prepared and its generic plan made, without being run: the types of its parameters are inferred, missing rights are
/// found, and a query that writes is planned like any other
/// (<https://www.postgresql.org/docs/current/sql-prepare.html>, <https://www.postgresql.org/docs/current/sql-explain.html>).
///
/// # Errors
/// The connection is lost, or the transaction has failed already. What the server says of a clause is a finding.
pub fn check_within(transaction: &mut Transaction<'_>, contract: &Contract) -> Result<Vec<Finding>> {
    let mut guarded = transaction
        .transaction()
        .context("failed to set the savepoint that checking the contract returns to")?;
    guarded
        .batch_execute("SET TRANSACTION READ ONLY; SET LOCAL plan_cache_mode = force_generic_plan")
        .context("failed to make the transaction read only")?;
    let mut findings = Vec::new();
    for clause in &contract.clauses {
        findings.extend(check_clause(&mut guarded, clause)?);
    }
    guarded
        .rollback()
        .context("failed to return to the savepoint that was set to check the contract")?;
    Ok(findings)
}

/// The name of the one prepared statement; `PREPARE` outlives a rollback, so it is deallocated by name.
const STATEMENT: &str = "xtask_contract";

fn check_clause(transaction: &mut Transaction<'_>, clause: &Clause) -> Result<Option<Finding>> {
    let fault = match clause.kind {
        Kind::Query => plan(transaction, &clause.sql),
        Kind::Check => ask(transaction, &clause.sql),
    }
    .with_context(|| format!("failed to check `{}` of the contract", clause.name))?;
    Ok(fault.map(|fault| Finding {
        kind: clause.kind,
        name: clause.name.clone(),
        origin: clause.origin.clone(),
        line: clause.line,
        message: fault.message,
        hint: fault.hint,
        position: fault.position,
    }))
}

/// What is wrong with a statement.
struct Fault {
    message: String,
    hint: Option<String>,
    position: Option<usize>,
}

impl Fault {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            position: None,
        }
    }

    /// The server's complaint about a statement that was sent behind `prefix`; an error when it was not the server that complained.
    fn from_server(error: postgres::Error, prefix: &str) -> Result<Self> {
        let Some(complaint) = error.as_db_error() else {
            return Err(error.into());
        };
        let position = match complaint.position() {
            Some(ErrorPosition::Original(position)) => usize::try_from(*position).ok(),
            _ => None,
        };
        Ok(Self {
            message: complaint.message().to_owned(),
            hint: complaint.hint().map(ToOwned::to_owned),
            position: position.and_then(|position| position.checked_sub(prefix.chars().count())),
        })
    }
}

/// Prepares and plans a query. The extended protocol takes one statement only, so that nothing can follow the query unseen.
fn plan(transaction: &mut Transaction<'_>, sql: &str) -> Result<Option<Fault>> {
    let prefix = format!("PREPARE {STATEMENT} AS ");
    let mut savepoint = transaction.transaction()?;
    if let Err(error) = savepoint.query_typed(&format!("{prefix}{sql}"), &[]) {
        let fault = Fault::from_server(error, &prefix)?;
        savepoint.rollback()?;
        return Ok(Some(fault));
    }
    let fault = explain(&mut savepoint)?;
    savepoint.rollback()?;
    transaction.batch_execute(&format!("DEALLOCATE {STATEMENT}"))?;
    Ok(fault)
}

/// Makes the generic plan of the prepared statement; positions of its errors are in a text that nobody wrote.
fn explain(transaction: &mut Transaction<'_>) -> Result<Option<Fault>> {
    let row = transaction.query_typed_one(
        "SELECT pg_catalog.cardinality(parameter_types) FROM pg_catalog.pg_prepared_statements WHERE name = $1",
        &[(&STATEMENT, Type::TEXT)],
    )?;
    let parameters = usize::try_from(row.try_get::<_, i32>(0)?)?;
    let arguments = match parameters {
        0 => String::new(),
        _ => format!("({})", vec!["NULL"; parameters].join(", ")),
    };
    match transaction.batch_execute(&format!("EXPLAIN EXECUTE {STATEMENT}{arguments}")) {
        Ok(()) => Ok(None),
        Err(error) => {
            let fault = Fault::from_server(error, "")?;
            Ok(Some(Fault {
                position: None,
                ..fault
            }))
        }
    }
}

/// Runs a check.
fn ask(transaction: &mut Transaction<'_>, sql: &str) -> Result<Option<Fault>> {
    const WANTED: &str = "a check returns one row of one boolean";
    let mut savepoint = transaction.transaction()?;
    let fault = match savepoint.query_typed(sql, &[]) {
        Err(error) => Some(Fault::from_server(error, "")?),
        Ok(rows) => match rows.as_slice() {
            [row] if row.len() != 1 => Some(Fault::new(format!("returned {} columns; {WANTED}", row.len()))),
            [row] if *row.columns()[0].type_() != Type::BOOL => {
                let found = row.columns()[0].type_();
                Some(Fault::new(format!("returned a value of type {found}; {WANTED}")))
            }
            [row] => match row.try_get::<_, Option<bool>>(0)? {
                Some(true) => None,
                Some(false) => Some(Fault::new("is false")),
                None => Some(Fault::new("is null, neither true nor false")),
            },
            rows => Some(Fault::new(format!("returned {} rows; {WANTED}", rows.len()))),
        },
    };
    savepoint.rollback()?;
    Ok(fault)
}

/// What a header says.
struct Header {
    kind: Kind,
    name: String,
    origin: Option<String>,
}

/// The header of the comment block that ends where `gap`, the text between two statements, ends.
fn header_above(text: &str, gap: Range<usize>) -> Result<Option<Header>, ContractError> {
    let block = adjacent_block(text, gap.clone());
    let headers = headers(text, gap);
    let Some((line, content)) = block.first().filter(|(_, content)| header_parts(content).is_some()) else {
        return match headers.first() {
            Some((line, header)) if block.iter().all(|(number, _)| number != line) => Err(ContractError::NoStatement {
                line: *line,
                header: header.clone(),
            }),
            _ => Ok(None),
        };
    };
    if let Some((line, header)) = headers.iter().find(|(number, _)| number != line) {
        return Err(ContractError::NoStatement {
            line: *line,
            header: header.clone(),
        });
    }
    let header = header_parts(content).map(|(kind, rest)| {
        let (name, origin) = match kind {
            Kind::Query => split_origin(rest),
            Kind::Check => (rest, None),
        };
        Header {
            kind,
            name: name.to_owned(),
            origin: origin.map(ToOwned::to_owned),
        }
    });
    match header {
        Some(header) if header.name.is_empty() => Err(ContractError::NoName { line: *line }),
        header => Ok(header),
    }
}

/// The comment lines directly above the end of `gap`, from the top, with their numbers.
fn adjacent_block(text: &str, gap: Range<usize>) -> Vec<(usize, &str)> {
    let mut block: Vec<(usize, &str)> = whole_lines(text, gap)
        .into_iter()
        .rev()
        .take_while(|(_, line)| line.starts_with("--"))
        .collect();
    block.reverse();
    block
}

/// All header lines in `gap`, with their numbers.
fn headers(text: &str, gap: Range<usize>) -> Vec<(usize, String)> {
    whole_lines(text, gap)
        .into_iter()
        .filter(|(_, line)| header_parts(line).is_some())
        .map(|(number, line)| (number, line.to_owned()))
        .collect()
}

/// The lines that begin in `gap`, trimmed; not the one in which the next statement begins.
fn whole_lines(text: &str, gap: Range<usize>) -> Vec<(usize, &str)> {
    let begins_a_line = gap.start == 0;
    let first = line_of(text, gap.start);
    let at_end = gap.end == text.len();
    let mut lines: Vec<(usize, &str)> = text[gap]
        .split('\n')
        .enumerate()
        .skip(usize::from(!begins_a_line))
        .map(|(index, line)| (first + index, line.trim()))
        .collect();
    if !at_end {
        lines.pop();
    }
    lines
}

/// `-- query: name` is `(Query, "name")`.
fn header_parts(line: &str) -> Option<(Kind, &str)> {
    let comment = line.trim().strip_prefix("--")?.trim();
    comment
        .strip_prefix("query:")
        .map(|rest| (Kind::Query, rest.trim()))
        .or_else(|| comment.strip_prefix("check:").map(|rest| (Kind::Check, rest.trim())))
}

/// `profile (app/a.ts:161, 170-175)` is `("profile", Some("app/a.ts:161, 170-175"))`; other parentheses are part of the name.
fn split_origin(header: &str) -> (&str, Option<&str>) {
    let is_line = |c: char| c.is_ascii_digit() || matches!(c, ',' | ' ' | '-' | '\u{2013}');
    header
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('))
        .filter(|(_, origin)| {
            origin
                .rsplit_once(':')
                .is_some_and(|(file, lines)| !file.is_empty() && !lines.is_empty() && lines.chars().all(is_line))
        })
        .map_or((header, None), |(name, origin)| (name.trim_end(), Some(origin)))
}

/// The line, from 1, that the byte `offset` lies in.
fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

/// Where the statements of `text` lie: each from its first token to its last, without the semicolon.
fn statements(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut start: Option<usize> = None;
    let mut end = 0;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let (length, is_token) = if c.is_whitespace() {
            (c.len_utf8(), false)
        } else if rest.starts_with("--") {
            (rest.find('\n').unwrap_or(rest.len()), false)
        } else if rest.starts_with("/*") {
            (block_comment(rest), false)
        } else if c == '\'' || c == '"' {
            let escapes = c == '\'' && text[..at].ends_with(['e', 'E']);
            (quoted(rest, c, escapes), true)
        } else if let Some(tag) = dollar_tag(rest) {
            (
                rest[tag.len()..]
                    .find(tag)
                    .map_or(rest.len(), |close| close + 2 * tag.len()),
                true,
            )
        } else {
            (c.len_utf8(), true)
        };
        if c == ';' {
            spans.extend(start.take().map(|start| start..end));
        } else if is_token {
            start.get_or_insert(at);
            end = at + length;
        }
        at += length;
    }
    spans.extend(start.map(|start| start..end));
    spans
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if (escapes && c == '\\') || (c == quote && characters.peek().is_some_and(|(_, next)| *next == quote)) {
            characters.next();
        } else if c == quote {
            return at + 1;
        }
    }
    text.len()
}

/// `$tag$` at the beginning of `text`; `$1` is a parameter.
fn dollar_tag(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('$')?;
    let (tag, _) = rest.split_once('$')?;
    let is_tag = tag.chars().all(|c| c.is_alphanumeric() || c == '_') && !tag.starts_with(|c: char| c.is_ascii_digit());
    is_tag.then(|| &text[..tag.len() + 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRACT: &str = "\
-- What the dashboard runs.

-- query: usage; by tool (app/actions/dashboard-actions.ts:375–387, 390)
-- for people
SELECT ';' || $$ ; -- query: no $$, \"a;b\" -- ; here
  FROM t /* ; /* ; */ ; */ WHERE a = $1;
-- check: there are 16 (or more) questions
SELECT true ;
-- query: no origin (see below)
  SELECT 1";

    #[test]
    fn a_contract_is_read_with_its_names_origins_and_lines() {
        let clauses = parse(CONTRACT).unwrap().clauses;
        let told: Vec<_> = clauses
            .iter()
            .map(|clause| (clause.kind, clause.name.as_str(), clause.origin.as_deref(), clause.line))
            .collect();
        assert_eq!(
            told,
            [
                (
                    Kind::Query,
                    "usage; by tool",
                    Some("app/actions/dashboard-actions.ts:375–387, 390"),
                    5
                ),
                (Kind::Check, "there are 16 (or more) questions", None, 8),
                (Kind::Query, "no origin (see below)", None, 10),
            ]
        );
        assert!(clauses[0].sql.starts_with("SELECT ';'") && clauses[0].sql.ends_with("a = $1"));
        assert_eq!(clauses[1].sql, "SELECT true");
    }

    #[test]
    fn windows_line_endings_change_nothing_but_the_statements() {
        let clauses = parse(&CONTRACT.replace('\n', "\r\n")).unwrap().clauses;
        assert_eq!(clauses.len(), 3);
        assert_eq!(clauses[0].line, 5);
    }

    #[test]
    fn an_empty_contract_and_one_of_comments_have_no_clauses() {
        assert_eq!(parse("").unwrap().clauses, []);
        assert_eq!(parse("-- later\n\n;;\n").unwrap().clauses, []);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let cases = [
            ("SELECT 1;", ContractError::NoHeader { line: 1 }),
            ("-- query: a\n\nSELECT 1;", no_statement(1, "-- query: a")),
            ("-- note\n-- query: a\nSELECT 1;", ContractError::NoHeader { line: 3 }),
            ("-- query: a\nSELECT 1; SELECT 2;", ContractError::NoHeader { line: 2 }),
            ("-- query: a\nSELECT 1;\nSELECT 2;", ContractError::NoHeader { line: 3 }),
            ("-- query: a\n-- query: b\nSELECT 1;", no_statement(2, "-- query: b")),
            ("-- query: a\nSELECT 1;\n-- check: b\n", no_statement(3, "-- check: b")),
            ("-- query: a\nSELECT 1;\n-- check: b", no_statement(3, "-- check: b")),
            ("-- query: (a.ts:1)\nSELECT 1;", ContractError::NoName { line: 1 }),
            (
                "-- query: a\nSELECT 1;\n-- check: a\nSELECT true;",
                ContractError::SameName {
                    line: 4,
                    first: 2,
                    name: "a".to_owned(),
                },
            ),
        ];
        for (text, error) in cases {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_comment_behind_a_semicolon_is_no_header() {
        assert_eq!(
            parse("-- query: a\nSELECT 1; -- query: b\nSELECT 2;"),
            Err(ContractError::NoHeader { line: 3 })
        );
    }

    #[test]
    fn a_finding_speaks_the_language_of_the_application() {
        let finding = Finding {
            kind: Kind::Query,
            name: "tool usage statistics".to_owned(),
            origin: Some("app/actions/dashboard-actions.ts:375".to_owned()),
            line: 1,
            message: "relation \"user_tool_usage\" does not exist".to_owned(),
            hint: None,
            position: None,
        };
        assert_eq!(
            finding.to_string(),
            "`tool usage statistics` (`app/actions/dashboard-actions.ts:375`): relation \"user_tool_usage\" does not exist"
        );
    }

    fn no_statement(line: usize, header: &str) -> ContractError {
        ContractError::NoStatement {
            line,
            header: header.to_owned(),
        }
    }
}
