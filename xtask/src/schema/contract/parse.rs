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
mod tests {
    use super::*;

    const CONTRACT: &str = "\
-- What the dashboard runs.
-- role: anon

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
                    6
                ),
                (Kind::Check, "there are 16 (or more) questions", None, 9),
                (Kind::Query, "no origin (see below)", None, 11),
            ]
        );
        assert!(clauses[0].sql.starts_with("SELECT ';'") && clauses[0].sql.ends_with("a = $1"));
        assert_eq!(clauses[1].sql, "SELECT true");
    }

    #[test]
    fn windows_line_endings_change_nothing_but_the_statements() {
        let clauses = parse(&CONTRACT.replace('\n', "\r\n")).unwrap().clauses;
        assert_eq!(clauses.len(), 3);
        assert_eq!(clauses[0].line, 6);
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
            ("-- check: a\nSELECT 1; SELECT 2;", ContractError::NoHeader { line: 2 }),
            ("-- check: a\nSELECT 1;\nSELECT 2;", ContractError::NoHeader { line: 3 }),
            ("-- query: a\n-- query: b\nSELECT 1;", no_statement(2, "-- query: b")),
            ("-- check: a\nSELECT 1;\n-- check: b\n", no_statement(3, "-- check: b")),
            ("-- check: a\nSELECT 1;\n-- check: b", no_statement(3, "-- check: b")),
            ("-- query: (a.ts:1)\nSELECT 1;", ContractError::NoName { line: 1 }),
            (
                "-- query: a\n-- role: anon\nSELECT 1;\n-- check: a\nSELECT true;",
                ContractError::SameName {
                    line: 5,
                    first: 3,
                    name: "a".to_owned(),
                },
            ),
        ];
        for (text, error) in cases {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_query_has_the_role_of_its_comment_or_else_of_the_file() {
        let text = "\
-- What runs.
-- role: authenticated

-- more of it
-- query: a
SELECT 1;
-- query: b
-- role: \"Odd \"\"role\"\"\"
-- for people
SELECT 2;
-- check: c
SELECT true;
-- query: d
--   role:   owner
SELECT 3;
-- query: e
-- role: \"owner\"
SELECT 4;
-- query: f
SELECT $$
-- role: nobody
$$;";
        let text = text.replace("-- more of it\n", "");
        let roles: Vec<Role> = parse(&text).unwrap().clauses.into_iter().map(|it| it.role).collect();
        let named = |name: &str| Role::Named(name.to_owned());
        assert_eq!(
            roles,
            [
                named("authenticated"),
                named("Odd \"role\""),
                Role::Connection,
                Role::Owner,
                named("owner"),
                named("authenticated"),
            ]
        );
    }

    #[test]
    fn a_role_that_is_missing_or_says_nothing_is_told_with_its_line() {
        let no_role = |line, name: &str| ContractError::NoRole {
            line,
            name: name.to_owned(),
        };
        let two = "there is a role above this one already; leave one of them out";
        let stray =
            "a role stands at the top of the file or in the comment directly above a query; here it says nothing";
        let bad = "this is not the name of one role; write `-- role: <name>`, in double quotes where it holds more than letters, digits and underscores";
        let check = "a check is run by whoever connects; leave its role out";
        let bad_role = |line, reason| ContractError::BadRole { line, reason };
        let cases = [
            ("-- query: a\nSELECT 1;", no_role(2, "a")),
            (
                "-- query: a\n-- role: x\nSELECT 1;\n-- query: b\nSELECT 2;",
                no_role(5, "b"),
            ),
            ("-- role: x\n-- role: y\n\n-- query: a\nSELECT 1;", bad_role(2, two)),
            ("-- query: a\n-- role: x\n-- role: y\nSELECT 1;", bad_role(3, two)),
            (
                "-- query: a\n-- role: x\nSELECT 1;\n-- role: y\n\n-- query: b\nSELECT 1;",
                bad_role(4, stray),
            ),
            ("-- query: a\n-- role: x\nSELECT 1;\n\n-- role: y\n", bad_role(5, stray)),
            ("-- role:\n\n-- query: a\nSELECT 1;", bad_role(1, bad)),
            ("-- role: a, b\n\n-- query: a\nSELECT 1;", bad_role(1, bad)),
            ("-- role: \"a\"b\"\n\n-- query: a\nSELECT 1;", bad_role(1, bad)),
            ("-- check: a\n-- role: x\nSELECT true;", bad_role(3, check)),
        ];
        for (text, error) in cases {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn an_origin_is_a_file_with_or_without_lines_or_an_endpoint() {
        let cases = [
            ("a (app/a.ts:161)", Some("app/a.ts:161")),
            ("a (app/a.ts:161, 170-175)", Some("app/a.ts:161, 170-175")),
            ("a (app/a.ts)", Some("app/a.ts")),
            ("a (a.ts)", Some("a.ts")),
            ("a (apps/backend)", Some("apps/backend")),
            ("a (or more) (a.sql)", Some("a.sql")),
            ("a (POST /api/register)", Some("POST /api/register")),
            ("a (see below)", None),
            ("a (either/or, says a.ts)", None),
            ("a (16)", None),
            ("a (v1.2)", None),
            ("a (e.g.)", None),
            ("a (app/a.ts:161) now", None),
        ];
        for (header, origin) in cases {
            let (name, found) = split_origin(header);
            assert_eq!(found, origin, "{header}");
            assert_eq!(name == header, origin.is_none(), "{header}");
        }
    }

    #[test]
    fn a_comment_behind_a_semicolon_is_no_header() {
        assert_eq!(
            parse("-- check: a\nSELECT 1; -- query: b\nSELECT 2;"),
            Err(ContractError::NoHeader { line: 3 })
        );
    }

    fn no_statement(line: usize, header: &str) -> ContractError {
        ContractError::NoStatement {
            line,
            header: header.to_owned(),
        }
    }
}
