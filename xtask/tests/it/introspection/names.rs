//! Names that are hard to write, in every kind of object; and that the order in which objects are made does not show.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::text_after;
use crate::harness::TestDatabase;

/// One object of each kind, called `{n}`; kinds that share a name space have schemas of their own.
const EVERY_KIND: &str = include_str!("every_kind.sql");

/// Each has to be quoted.
fn hostile_names() -> Vec<String> {
    let names = [
        "public.x",
        "a.b.c",
        "T",
        "with blank",
        "say \"so\"",
        "\"",
        "it''s",
        "select",
        "null",
        "user",
        "żółć",
        "名前",
        "😀",
        "1st",
        "$1",
        "%s",
        "--",
        "/*",
        ";",
        "a(b, c)",
        "x::text",
        " USING ",
        " ON ",
        "->",
        "\\",
        "{n}",
        "old.new",
        "AS",
    ];
    let mut names: Vec<String> = names.map(|name| name.replace("''", "'")).to_vec();
    names.push("N".repeat(63));
    names.push("ß".repeat(31));
    names
}

/// The text with `name` left out wherever it stands as SQL writes it, and with one blank for many
/// and its lines sorted: wider names move what follows, and others come earlier.
fn without_name(text: &str, written: &str) -> String {
    let text = text.replace(&written.replace('\'', "''"), "◆").replace(written, "◆");
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n")
        .collect();
    lines.sort();
    lines.concat()
}

#[test]
fn names_that_are_hard_to_write_survive_in_every_kind_of_object() {
    let database = TestDatabase::empty();
    let mut client = database.connect();
    let mut shape = |written: &str| {
        let mut transaction = client.transaction().unwrap();
        let text = text_after(&mut transaction, &EVERY_KIND.replace("{n}", written)).unwrap();
        without_name(&text, written)
    };
    let plain = shape("plain_name");
    assert!(plain.matches('◆').count() > 100, "{plain}");
    assert!(!plain.contains("plain_name"), "{plain}");
    for name in hostile_names() {
        let written = format!("\"{}\"", name.replace('"', "\"\""));
        let hostile = shape(&written);
        assert!(
            plain == hostile,
            "{written}:\n{}",
            similar::TextDiff::from_lines(&plain, &hostile).unified_diff()
        );
    }
}

#[test]
fn the_order_in_which_objects_are_made_does_not_show() {
    let objects = [
        "CREATE TABLE a (x int PRIMARY KEY); CREATE INDEX a1 ON a (x); COMMENT ON TABLE a IS 'a'",
        "CREATE TABLE b (x int UNIQUE, y text CHECK (y <> ''))",
        "CREATE TABLE \"B\" (x int GENERATED ALWAYS AS IDENTITY)",
        "CREATE VIEW v AS SELECT 1 AS a",
        "CREATE TYPE e AS ENUM ('b', 'a')",
        "CREATE TYPE d AS (x int)",
        "CREATE DOMAIN c AS text",
        "CREATE SEQUENCE s",
        "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 2'",
        "CREATE SCHEMA x; CREATE TABLE x.a (y int)",
        "CREATE SCHEMA w; CREATE VIEW w.a AS SELECT 2 AS b",
        "CREATE ROLE order_b; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO order_b",
        "CREATE ROLE order_a; ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO order_a",
        "CREATE EXTENSION hstore",
        "CREATE EXTENSION citext",
        "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)",
        "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)",
        "CREATE FOREIGN DATA WRAPPER w",
        "CREATE PUBLICATION p",
    ];
    let database = TestDatabase::empty();
    let client = std::cell::RefCell::new(database.connect());
    let text = |order: &[&str]| {
        let mut client = client.borrow_mut();
        let mut transaction = client.transaction().unwrap();
        // What a role is granted by default does not depend on when: nothing is made after it.
        let (last, first): (Vec<&str>, Vec<&str>) = order.iter().partition(|sql| sql.contains("DEFAULT PRIVILEGES"));
        text_after(&mut transaction, &[first, last].concat().join(";")).unwrap()
    };
    let expected = text(&objects);
    TestRunner::new(Config::with_cases(12))
        .run(&Just(objects.to_vec()).prop_shuffle(), |order| {
            prop_assert_eq!(&text(&order), &expected);
            Ok(())
        })
        .unwrap();
}
