//! What a contract is read as, and what is no contract.

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
    let stray = "a role stands at the top of the file or in the comment directly above a query; here it says nothing";
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
