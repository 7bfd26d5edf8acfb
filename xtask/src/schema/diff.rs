//! How two schemas differ: object by object, part by part, each finding with both definitions.
//!
//! Pure. What is compared is what the text is made of (`render::block`), so that two schemas have no differences exactly when their texts
//! are equal: no facet can be shown and not be compared.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::model::Schema;
use super::render::{Block, blocks};

/// One difference between the schema that is expected and the one that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// `table public.t`, `function public.f(integer)`: kind and name as SQL writes it.
    pub object: String,
    /// What of the object: `column email`, `index t_a_idx`, `grant to anon`, `row level security`, `order of columns`. None for the whole
    /// object where it is missing or extra, and for what it is in itself (a function's definition, a view's query, an enum's labels).
    pub part: Option<String>,
    /// What became of it.
    pub class: Class,
    /// The definition that was expected, in the words of the snapshot and without its indentation; none of what is extra.
    pub expected: Option<String>,
    /// The definition that was found; none of what is missing.
    pub found: Option<String>,
}

/// What became of an object or a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It is expected, and was not found.
    Missing,
    /// It was found, and is not expected.
    Extra,
    /// It was found, and is not as expected.
    Changed,
}

/// The differences between two schemas: those of an object that both have, or that is missing, in the order of the expected text, then
/// the objects that are extra. An object that one of them lacks is one difference, whatever hangs below it, the sequences that are dropped
/// with it included. The order of columns is a difference of its own, of the columns that both have.
#[must_use]
pub fn diff(expected: &Schema, found: &Schema) -> Vec<Difference> {
    let (wanted, there) = (Object::all(expected), Object::all(found));
    let mut differences = Vec::new();
    let found_by_name: BTreeMap<&str, &Object> = there.iter().map(|object| (object.name.as_str(), object)).collect();
    for object in &wanted {
        match found_by_name.get(object.name.as_str()) {
            Some(other) => object.compare(other, &mut differences),
            None => differences.push(object.whole(Class::Missing)),
        }
    }
    let names: BTreeSet<&str> = wanted.iter().map(|object| object.name.as_str()).collect();
    let extra = there.iter().filter(|object| !names.contains(object.name.as_str()));
    differences.extend(extra.map(|object| object.whole(Class::Extra)));
    without_owned_sequences(differences, expected, found)
}

/// Leaves out the sequences whose table or column is missing (or extra) as well: they come and go with it.
fn without_owned_sequences(differences: Vec<Difference>, expected: &Schema, found: &Schema) -> Vec<Difference> {
    let gone: BTreeSet<(Class, &str, Option<&str>)> = differences
        .iter()
        .map(|it| (it.class, it.object.as_str(), it.part.as_deref()))
        .collect();
    let mut with_owner: BTreeSet<(Class, String)> = BTreeSet::new();
    for (schema, class) in [(expected, Class::Missing), (found, Class::Extra)] {
        for sequence in &schema.sequences {
            let owner = sequence.owned_by.as_deref().unwrap_or_default();
            // A dot may be part of a name: of all ways to cut, only the right one names a table that is gone.
            let is_gone = owner.match_indices('.').any(|(dot, _)| {
                let (table, column) = (
                    format!("table {}", &owner[..dot]),
                    format!("column {}", &owner[dot + 1..]),
                );
                gone.contains(&(class, table.as_str(), None))
                    || gone.contains(&(class, table.as_str(), Some(column.as_str())))
            });
            if is_gone {
                with_owner.insert((class, format!("sequence {}.{}", sequence.schema, sequence.name)));
            }
        }
    }
    differences
        .into_iter()
        .filter(|it| it.part.is_some() || !with_owner.contains(&(it.class, it.object.clone())))
        .collect()
}

/// One object: its text, and its parts by their keys.
struct Object {
    name: String,
    text: String,
    /// In the order of the text; one entry a key.
    parts: Vec<(String, String)>,
    /// The keys whose order counts.
    ordered: Vec<String>,
}

impl Object {
    fn all(schema: &Schema) -> Vec<Self> {
        blocks(schema).iter().flat_map(Self::of_block).collect()
    }

    fn of_block(block: &Block) -> Vec<Self> {
        let mut parts: Vec<(String, String)> = Vec::new();
        for part in block.parts.iter().filter(|part| !part.text.is_empty()) {
            let known = parts.iter_mut().find(|(key, _)| *key == part.key);
            match known {
                Some((_, text)) => *text += &part.text,
                None => parts.push((part.key.clone(), part.text.clone())),
            }
        }
        if block.is_list {
            let items = parts.into_iter().filter(|(key, _)| !key.is_empty());
            return items
                .map(|(name, text)| Self {
                    name,
                    text: text.clone(),
                    parts: vec![(String::new(), text)],
                    ordered: Vec::new(),
                })
                .collect();
        }
        let ordered = block.parts.iter().filter(|part| part.is_ordered);
        vec![Self {
            name: block.name.clone(),
            text: block.text(),
            ordered: ordered.map(|part| part.key.clone()).collect(),
            parts,
        }]
    }

    fn part(&self, key: &str) -> Option<&str> {
        let found = self.parts.iter().find(|(known, _)| known == key);
        found.map(|(_, text)| text.as_str())
    }

    /// The difference that it is when the other schema lacks it.
    fn whole(&self, class: Class) -> Difference {
        let text = Some(self.text.trim_end().to_owned());
        let (expected, found) = match class {
            Class::Extra => (None, text),
            Class::Missing | Class::Changed => (text, None),
        };
        Difference {
            object: self.name.clone(),
            part: None,
            class,
            expected,
            found,
        }
    }

    /// The differences from an object of the same name.
    fn compare(&self, found: &Self, differences: &mut Vec<Difference>) {
        let mut push = |key: &str, class, expected: Option<&str>, found: Option<&str>| {
            differences.push(Difference {
                object: self.name.clone(),
                part: (!key.is_empty()).then(|| key.to_owned()),
                class,
                expected: expected.map(|text| unindented(key, text)),
                found: found.map(|text| unindented(key, text)),
            });
        };
        for (key, text) in &self.parts {
            match found.part(key) {
                None => push(key, Class::Missing, Some(text), None),
                Some(other) if other != text => push(key, Class::Changed, Some(text), Some(other)),
                Some(_) => {}
            }
        }
        for (key, text) in &found.parts {
            if self.part(key).is_none() {
                push(key, Class::Extra, None, Some(text));
            }
        }
        let (wanted, there) = (self.order(found), found.order(self));
        if wanted != there {
            let kind = wanted
                .first()
                .and_then(|key| key.split_once(' '))
                .map_or("", |(kind, _)| kind);
            let names = |keys: &[&str]| {
                let names: Vec<&str> = keys
                    .iter()
                    .map(|key| key.split_once(' ').map_or(*key, |(_, name)| name))
                    .collect();
                names.join("\n")
            };
            push(
                &format!("order of {kind}s"),
                Class::Changed,
                Some(&names(&wanted)),
                Some(&names(&there)),
            );
        }
    }

    /// The keys whose order counts and that `other` has too.
    fn order(&self, other: &Self) -> Vec<&str> {
        let shared = self.ordered.iter().filter(|key| other.part(key).is_some());
        shared.map(String::as_str).collect()
    }
}

/// The lines of a part begin at the margin, as those of a whole object do.
fn unindented(key: &str, text: &str) -> String {
    if key.is_empty() {
        return text.trim_end().to_owned();
    }
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix("  ").unwrap_or(line))
        .collect();
    lines.join("\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::model::{Column, Extension, Sequence, SequenceOptions};
    use crate::schema::render::tests::{column_of, table};

    fn schema(columns: &[&str]) -> Schema {
        let mut relation = table("t");
        relation.columns = columns.iter().map(|name| column_of(name, "text")).collect();
        Schema {
            relations: vec![relation],
            ..Schema::default()
        }
    }

    fn told(expected: &Schema, found: &Schema) -> Vec<String> {
        let differences = diff(expected, found);
        differences
            .iter()
            .map(|it| format!("{:?} {} {}", it.class, it.object, it.part.as_deref().unwrap_or("-")))
            .collect()
    }

    #[test]
    fn equal_schemas_have_no_differences() {
        assert_eq!(told(&schema(&["a", "b"]), &schema(&["a", "b"])), [""; 0]);
    }

    #[test]
    fn an_object_that_is_not_there_is_one_difference_with_its_text() {
        let found = diff(&schema(&["a", "b"]), &Schema::default());
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].expected.as_deref(),
            Some("table public.t\n  a                           text\n  b                           text")
        );
        assert_eq!((found[0].class, &found[0].found), (Class::Missing, &None));
    }

    #[test]
    fn another_order_of_columns_is_one_difference_beside_those_of_columns() {
        assert_eq!(
            told(&schema(&["a", "b", "c"]), &schema(&["b", "a", "c"])),
            ["Changed table public.t order of columns"]
        );
        assert_eq!(
            told(&schema(&["a", "b", "c"]), &schema(&["a", "x", "c"])),
            ["Missing table public.t column b", "Extra table public.t column x"]
        );
        let moved = diff(&schema(&["a", "b", "c"]), &schema(&["c", "x", "a"]));
        assert_eq!(moved.len(), 3, "{moved:?}");
        assert_eq!(
            (moved[2].expected.as_deref(), moved[2].found.as_deref()),
            (Some("a\nc"), Some("c\na"))
        );
    }

    #[test]
    fn a_part_is_told_without_its_indentation() {
        let (before, mut after) = (schema(&["a"]), schema(&["a"]));
        after.relations[0].columns[0] = Column {
            comment: Some("why\nand how".to_owned()),
            ..column_of("a", "text")
        };
        let found = diff(&before, &after);
        assert_eq!(
            found[0].found.as_deref(),
            Some("a                           text\n  -- why\n  -- and how")
        );
    }

    #[test]
    fn extensions_are_objects_of_their_own() {
        let with = |names: &[&str]| Schema {
            extensions: names
                .iter()
                .map(|name| Extension {
                    name: (*name).to_owned(),
                    schema: "public".to_owned(),
                    comment: None,
                })
                .collect(),
            ..Schema::default()
        };
        assert_eq!(
            told(&with(&[]), &with(&["citext", "vector"])),
            ["Extra extension citext -", "Extra extension vector -"]
        );
        assert_eq!(
            told(&with(&["citext", "vector"]), &with(&["vector"])),
            ["Missing extension citext -"]
        );
    }

    #[test]
    fn a_sequence_goes_with_its_table_or_column() {
        let serial = |columns: &[&str]| {
            let mut schema = schema(columns);
            schema.sequences = vec![Sequence {
                schema: "public".to_owned(),
                name: "t_id_seq".to_owned(),
                unlogged: false,
                options: SequenceOptions {
                    type_name: "integer".to_owned(),
                    start: 1,
                    increment: 1,
                    minimum: 1,
                    maximum: i64::from(i32::MAX),
                    cache: 1,
                    cycle: false,
                },
                owned_by: Some("public.t.id".to_owned()),
                comment: None,
                grants: Vec::new(),
            }];
            schema
        };
        assert_eq!(told(&serial(&["id"]), &Schema::default()), ["Missing table public.t -"]);
        assert_eq!(
            told(&schema(&["a"]), &serial(&["a", "id"])),
            ["Extra table public.t column id"]
        );
        let mut other = serial(&["id"]);
        other.sequences.clear();
        assert_eq!(told(&serial(&["id"]), &other), ["Missing sequence public.t_id_seq -"]);
    }
}
