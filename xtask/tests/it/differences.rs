//! What the comparison of two schemas finds: each facet that the text shows, under its object, and nothing besides.

use std::collections::BTreeSet;

use similar::{ChangeTag, TextDiff};
use xtask::schema::diff::{Class, Difference, diff};
use xtask::schema::{Schema, introspect_within, render};

use crate::harness::TestDatabase;
use crate::introspection::{Reading, readings};

/// The facets whose change is more than one difference, and how many it is. A new name is one that is missing and one that is extra.
const SEVERAL: &[(&str, usize)] = &[
    ("a schema's name", 2),
    ("a table's name", 2),
    ("a table's schema", 2),
    ("a column's name", 2),
    ("a constraint's name", 2),
    ("an index's name", 2),
];

#[test]
fn the_change_of_a_facet_is_found_under_its_object_and_nothing_else_is() {
    let facets = readings();
    assert!(facets.len() > 60);
    for (name, _) in SEVERAL {
        assert!(
            facets.iter().any(|facet| facet.name == *name),
            "there is no facet `{name}`"
        );
    }
    let mut failures = Vec::new();
    for Reading { name, schemas, .. } in facets {
        let [original, changed, restored] = match schemas {
            Ok(schemas) => schemas,
            Err(why) => {
                failures.push(format!("{name}: {why}"));
                continue;
            }
        };
        let found = diff(original, changed);
        let wanted = SEVERAL.iter().find(|it| it.0 == *name).map_or(1, |it| it.1);
        if found.len() != wanted {
            failures.push(format!(
                "{name}: {} differences and not {wanted}: {found:#?}",
                found.len()
            ));
        }
        let (told, shown) = (told_objects(&found), shown_objects(original, changed));
        if told != shown {
            failures.push(format!(
                "{name}: told of {told:?}, but the text changes under {shown:?}"
            ));
        }
        if found.iter().any(|it| it.expected == it.found) {
            failures.push(format!("{name}: both sides are the same: {found:#?}"));
        }
        if mirrored(&found) != sorted(diff(changed, original)) {
            failures.push(format!("{name}: not the same the other way round"));
        }
        if !diff(original, restored).is_empty() {
            failures.push(format!("{name}: something is left after the change is undone"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The objects of the differences. A routine's arguments may be shown in another way than they tell it from others.
fn told_objects(differences: &[Difference]) -> BTreeSet<String> {
    differences
        .iter()
        .map(|it| it.object.split('(').next().unwrap_or_default().to_owned())
        .collect()
}

/// The objects that the lines which differ between the two texts stand under.
fn shown_objects(before: &Schema, after: &Schema) -> BTreeSet<String> {
    let (before, after) = (headed(&render(before)), headed(&render(after)));
    let (old, new): (Vec<&str>, Vec<&str>) = (
        before.iter().map(String::as_str).collect(),
        after.iter().map(String::as_str).collect(),
    );
    TextDiff::from_slices(&old, &new)
        .iter_all_changes()
        .filter(|change| change.tag() != ChangeTag::Equal)
        .map(|change| change.value().split('\u{1}').next().unwrap_or_default().to_owned())
        .collect()
}

/// Each line that says something behind the object that it stands under.
fn headed(text: &str) -> Vec<String> {
    let mut object = String::new();
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if line == "default privileges" {
            line.clone_into(&mut object);
            continue;
        }
        if !line.starts_with(' ') {
            let header = line.split('(').next().unwrap_or_default();
            let header = header.strip_prefix("unlogged ").unwrap_or(header);
            let words: Vec<&str> = header.split_whitespace().collect();
            object = match words.as_slice() {
                ["extension", name, ..] => format!("extension {name}"),
                _ => header.to_owned(),
            };
        }
        let under = if object == "default privileges" {
            let place = line.split_once(" on ").map_or("", |(_, place)| place);
            let words: Vec<&str> = line.split_whitespace().collect();
            let role = words.iter().take_while(|word| **word != "on").last();
            let preposition = if words[0] == "grant" { "to" } else { "from" };
            format!(
                "default privileges on {place}: {} {preposition} {}",
                words[0],
                role.copied().unwrap_or_default()
            )
        } else {
            object.clone()
        };
        lines.push(format!("{under}\u{1}{line}"));
    }
    lines
}

/// The differences as they are the other way round.
fn mirrored(differences: &[Difference]) -> Vec<Difference> {
    let turn = |class| match class {
        Class::Missing => Class::Extra,
        Class::Extra => Class::Missing,
        Class::Changed => Class::Changed,
    };
    let turned = differences.iter().map(|it| Difference {
        class: turn(it.class),
        expected: it.found.clone(),
        found: it.expected.clone(),
        ..it.clone()
    });
    sorted(turned.collect())
}

fn sorted(mut differences: Vec<Difference>) -> Vec<Difference> {
    differences.sort_by_key(|it| (it.object.clone(), it.part.clone(), it.class));
    differences
}

#[test]
fn a_difference_shows_both_definitions() {
    let database = TestDatabase::empty();
    let mut client = database.connect();
    let mut transaction = client.transaction().unwrap();
    let mut after = |sql: &str| {
        transaction.batch_execute(sql).unwrap();
        introspect_within(&mut transaction).unwrap()
    };
    let before = after("CREATE TABLE t (a integer, b text DEFAULT 'x'); CREATE INDEX i ON t (a)");
    let now = after(
        "ALTER TABLE t ALTER b SET DEFAULT 'y'; DROP INDEX i; ALTER TABLE t ENABLE ROW LEVEL SECURITY;
         CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    );
    insta::assert_debug_snapshot!(diff(&before, &now));
}
