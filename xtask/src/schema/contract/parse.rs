//! Reads a `contract.sql`: which statement stands under which header.
//!
//! [`lex::split`] knows how SQL is cut into statements; here are lines and comments between them.

use std::ops::Range;

use super::{Clause, Contract, ContractError, Kind, Role};
use crate::pg::lex::{self, Item};

/// Reads a contract.
///
/// A comment that is not directly above a statement and does not begin with a header is for people, and skipped, but for the one line that
/// says the role of all queries.
///
/// # Errors
/// The first thing in `text` that is wrong, with its line.
pub fn parse(text: &str) -> Result<Contract, ContractError> {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut read_to = 0;
    let spans = statements(text)?;
    let default = default_role(text, 0..spans.first().map_or(text.len(), |span| span.start))?;
    for span in spans {
        let line = line_of(text, span.start);
        let own = own_role(text, read_to..span.start)?;
        let above = header_above(text, read_to..span.start)?.ok_or(ContractError::NoHeader { line })?;
        if let Some(first) = clauses.iter().find(|clause| clause.name == above.name) {
            return Err(ContractError::SameName {
                line,
                first: first.line,
                name: above.name,
            });
        }
        let role = match (above.kind, &own) {
            (Kind::Query, _) => own.or_else(|| default.clone()).ok_or_else(|| ContractError::NoRole {
                line,
                name: above.name.clone(),
            })?,
            (Kind::Check, None) => Role::Connection,
            (Kind::Check, Some(_)) => {
                return Err(ContractError::BadRole {
                    line,
                    reason: "a check is run by whoever connects; leave its role out",
                });
            }
        };
        clauses.push(Clause {
            kind: above.kind,
            name: above.name,
            origin: above.origin,
            role,
            line,
            sql: text[span.clone()].trim_end().to_owned(),
        });
        read_to = span.end;
    }
    if read_to > 0 {
        own_role(text, read_to..text.len())?;
    }
    match headers(text, read_to..text.len()).first() {
        Some((line, header)) => Err(ContractError::NoStatement {
            line: *line,
            header: header.clone(),
        }),
        None => Ok(Contract { clauses }),
    }
}

/// Where the statements lie: each from its first token to its last, without the semicolon.
fn statements(text: &str) -> Result<Vec<Range<usize>>, ContractError> {
    let items = lex::split(text).map_err(|error| ContractError::Unreadable {
        line: line_of(text, error.offset),
        reason: error.to_string(),
    })?;
    items
        .into_iter()
        .map(|item| match item {
            Item::Statement(statement) => Ok(statement.span.start..statement.span.start + statement.text.len()),
            Item::Meta { offset, .. } => Err(ContractError::Unreadable {
                line: line_of(text, offset),
                reason: "a command of psql".to_owned(),
            }),
        })
        .collect()
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

/// The role that the comment at the top of the file gives to all queries; it ends where the first statement's own comment begins.
fn default_role(text: &str, gap: Range<usize>) -> Result<Option<Role>, ContractError> {
    let own = adjacent_block(text, gap.clone());
    only_role(
        whole_lines(text, gap)
            .into_iter()
            .filter(|(number, _)| own.iter().all(|(line, _)| line != number)),
    )
}

/// The role that the comment directly above the end of `gap` gives to its query. Elsewhere between two statements a role says nothing.
fn own_role(text: &str, gap: Range<usize>) -> Result<Option<Role>, ContractError> {
    let own = adjacent_block(text, gap.clone());
    let is_top = gap.start == 0;
    let stray = whole_lines(text, gap)
        .into_iter()
        .find(|(number, line)| role_text(line).is_some() && own.iter().all(|(line, _)| line != number));
    match stray {
        Some((line, _)) if !is_top => Err(ContractError::BadRole {
            line,
            reason: "a role stands at the top of the file or in the comment directly above a query; here it says nothing",
        }),
        _ => only_role(own.into_iter()),
    }
}

/// The role that one of `lines` names.
fn only_role<'a>(lines: impl Iterator<Item = (usize, &'a str)>) -> Result<Option<Role>, ContractError> {
    let mut found = None;
    for (line, text) in lines.filter_map(|(line, content)| Some((line, role_text(content)?))) {
        let role = Role::parse(text).ok_or(ContractError::BadRole {
            line,
            reason: "this is not the name of one role; write `-- role: <name>`, in double quotes where it holds more than letters, digits and underscores",
        })?;
        if found.replace(role).is_some() {
            return Err(ContractError::BadRole {
                line,
                reason: "there is a role above this one already; leave one of them out",
            });
        }
    }
    Ok(found)
}

/// `-- role: anon` is `anon`.
fn role_text(line: &str) -> Option<&str> {
    Some(line.trim().strip_prefix("--")?.trim().strip_prefix("role:")?.trim())
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
    header
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('))
        .filter(|(_, origin)| is_origin(origin))
        .map_or((header, None), |(name, origin)| (name.trim_end(), Some(origin)))
}

/// Whether a text is a place: a file with lines (`a.ts:161, 170-175`), a file or folder (`a.ts`, `apps/backend`), an endpoint
/// (`POST /api/register`).
fn is_origin(text: &str) -> bool {
    let is_line = |c: char| c.is_ascii_digit() || matches!(c, ',' | ' ' | '-' | '\u{2013}');
    let is_extension = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic());
    if let Some((file, lines)) = text.rsplit_once(':') {
        return !file.is_empty() && !lines.is_empty() && lines.chars().all(is_line);
    }
    match text.split_once(char::is_whitespace) {
        Some((method, path)) => method.chars().all(|c| c.is_ascii_uppercase()) && path.starts_with('/'),
        None => {
            text.contains('/')
                || text
                    .rsplit_once('.')
                    .is_some_and(|(stem, extension)| !stem.is_empty() && is_extension(extension))
        }
    }
}

/// The line, from 1, that the byte `offset` lies in.
fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

#[cfg(test)]
mod tests;
