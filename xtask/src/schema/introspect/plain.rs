//! Definitions of plain indexes and keys, put together here from the columns that are read anyway.
//!
//! `pg_get_indexdef` and `pg_get_constraintdef` look up everything that a definition may hold, index by index and key by key, which would
//! take a third of all the time. Most hold little: columns of one table in an order, each with the operator class and the collation that its
//! type has by default. What is more than that (an expression, a parameter, another access method, a deferrable key) the queries
//! themselves leave to the server; [`IndexRow::definition`] leaves to it those whose class or collation it can not be sure of. The text is to the letter
//! the server's (`ruleutils.c`), and a test compares the two.

use std::collections::HashMap;
use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::super::model::{Constraint, ConstraintKind, Index};
use super::catalogue::{Children, NumberedColumn};

/// A row of `indexes.sql`.
#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "a row of the catalogue, column by column")]
pub(super) struct IndexRow {
    pub(super) oid: i64,
    name: String,
    /// Absent where the index may be plain.
    definition: Option<String>,
    unique: bool,
    partitioned: bool,
    /// `indkey` and the like: numbers with spaces between them.
    columns: String,
    keys: usize,
    classes: String,
    collations: String,
    orders: String,
    nulls_not_distinct: bool,
    predicate: Option<String>,
    valid: bool,
    clustered: bool,
    comment: Option<String>,
}

/// A row of `constraints.sql`.
#[derive(Deserialize)]
pub(super) struct ConstraintRow {
    name: String,
    kind: ConstraintKind,
    /// Absent where the key is plain.
    definition: Option<String>,
    columns: Option<String>,
    referenced: Option<String>,
    referenced_name: Option<String>,
    referenced_columns: Option<String>,
    on_update: Option<String>,
    on_delete: Option<String>,
    comment: Option<String>,
}

/// A row of `operator_classes.sql`.
#[derive(Deserialize)]
pub(super) struct ClassRow {
    type_oid: i64,
}

/// The types that a B-tree's default operator classes are for, by the oids of the classes, as digits.
pub(super) struct Classes(HashMap<String, i64>);

/// Oids of types with collation `default`, which every version has.
const TEXT: i64 = 25;
const CHARACTER: i64 = 1042;
const CHARACTER_VARYING: i64 = 1043;
/// The oid of that collation.
const DEFAULT_COLLATION: &str = "100";
/// `INDOPTION_DESC` and `INDOPTION_NULLS_FIRST` of PostgreSQL's `pg_index.h`.
const DESCENDING: u8 = 1;
const NULLS_FIRST: u8 = 2;

impl Classes {
    pub(super) fn new(rows: Vec<(String, ClassRow)>) -> Self {
        Self(rows.into_iter().map(|(oid, row)| (oid, row.type_oid)).collect())
    }

    /// Whether a column of this type has this class by default: the class is its type's own, or that of `text`, which `character varying`
    /// shares as long as it has none of its own.
    fn is_default(&self, class: &str, type_oid: i64) -> bool {
        let of_class = self.0.get(class).copied();
        of_class == Some(type_oid)
            || (of_class == Some(TEXT)
                && type_oid == CHARACTER_VARYING
                && !self.0.values().any(|it| *it == CHARACTER_VARYING))
    }
}

impl IndexRow {
    /// The index of `table`, its definition from here or from the server, or none where only the server knows it.
    pub(super) fn definition(&self, table: &str, columns: &[NumberedColumn], classes: &Classes) -> Option<String> {
        self.definition
            .clone()
            .or_else(|| self.plain_definition(table, columns, classes))
    }

    pub(super) fn into_index(self, table: String, definition: String) -> Index {
        Index {
            name: self.name,
            table,
            definition,
            valid: self.valid,
            clustered: self.clustered,
            comment: self.comment,
            details: Vec::new(),
        }
    }

    fn plain_definition(&self, table: &str, columns: &[NumberedColumn], classes: &Classes) -> Option<String> {
        let mut numbers = self.columns.split(' ');
        let traits = self
            .classes
            .split(' ')
            .zip(self.collations.split(' '))
            .zip(self.orders.split(' '));
        let mut keys = Vec::new();
        for (number, ((class, collation), order)) in numbers.by_ref().take(self.keys).zip(traits) {
            let key = column(columns, number)?;
            let collates_by_default = collation == "0"
                || (collation == DEFAULT_COLLATION
                    && key.column.collation.is_none()
                    && [TEXT, CHARACTER, CHARACTER_VARYING].contains(&key.type_oid));
            if !collates_by_default || !classes.is_default(class, key.type_oid) {
                return None;
            }
            keys.push(key.column.name.clone() + order_of(order.parse().ok()?));
        }
        let included: Vec<&str> = numbers.map(|number| name(columns, number)).collect::<Option<_>>()?;

        let unique = if self.unique { "UNIQUE " } else { "" };
        let only = if self.partitioned { "ONLY " } else { "" };
        let mut definition = format!(
            "CREATE {unique}INDEX {} ON {only}{table} USING btree ({})",
            self.name,
            keys.join(", ")
        );
        if !included.is_empty() {
            write!(definition, " INCLUDE ({})", included.join(", ")).ok()?;
        }
        if self.nulls_not_distinct {
            definition += " NULLS NOT DISTINCT";
        }
        if let Some(predicate) = &self.predicate {
            write!(definition, " WHERE {predicate}").ok()?;
        }
        Some(definition)
    }
}

/// How a key's order is written; without NULLS, they come last when ascending and first when descending.
fn order_of(flags: u8) -> &'static str {
    match (flags & DESCENDING != 0, flags & NULLS_FIRST != 0) {
        (false, false) => "",
        (false, true) => " NULLS FIRST",
        (true, true) => " DESC",
        (true, false) => " DESC NULLS LAST",
    }
}

impl ConstraintRow {
    /// The constraint of the object with this key.
    ///
    /// # Errors
    /// A column of it is not among `columns`.
    pub(super) fn into_constraint(mut self, key: &str, columns: &Children<NumberedColumn>) -> Result<Constraint> {
        let definition = match self.definition.take() {
            Some(definition) => definition,
            None => self
                .plain_definition(key, columns)
                .with_context(|| format!("the columns of constraint {} are not known", self.name))?,
        };
        Ok(Constraint {
            kind: self.kind,
            name: self.name,
            definition,
            comment: self.comment,
            details: Vec::new(),
        })
    }

    fn plain_definition(&self, key: &str, columns: &Children<NumberedColumn>) -> Option<String> {
        let own = names(columns.get(key), self.columns.as_deref()?)?;
        if self.kind == ConstraintKind::PrimaryKey {
            return Some(format!("PRIMARY KEY ({own})"));
        }
        let referenced = names(
            columns.get(self.referenced.as_deref()?),
            self.referenced_columns.as_deref()?,
        )?;
        let table = self.referenced_name.as_deref()?;
        let mut definition = format!("FOREIGN KEY ({own}) REFERENCES {table}({referenced})");
        for (event, action) in [("UPDATE", &self.on_update), ("DELETE", &self.on_delete)] {
            if let Some(action) = action {
                write!(definition, " ON {event} {}", written(action)?).ok()?;
            }
        }
        Some(definition)
    }
}

/// An action of a foreign key as SQL has it; the default, `NO ACTION`, is not written and not told.
fn written(action: &str) -> Option<&'static str> {
    Some(match action {
        "r" => "RESTRICT",
        "c" => "CASCADE",
        "n" => "SET NULL",
        "d" => "SET DEFAULT",
        _ => return None,
    })
}

/// The names of the columns with these numbers, with commas between them.
fn names(columns: &[NumberedColumn], numbers: &str) -> Option<String> {
    let names: Option<Vec<&str>> = numbers.split(' ').map(|number| name(columns, number)).collect();
    Some(names?.join(", "))
}

fn name<'a>(columns: &'a [NumberedColumn], number: &str) -> Option<&'a str> {
    Some(&column(columns, number)?.column.name)
}

fn column<'a>(columns: &'a [NumberedColumn], number: &str) -> Option<&'a NumberedColumn> {
    let number: i32 = number.parse().ok()?;
    columns.iter().find(|it| it.number == number)
}
