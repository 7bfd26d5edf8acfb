//! The queries of `catalog/` and the answers to them.

use std::collections::HashMap;

use anyhow::{Context, Result};
use postgres::{SimpleQueryMessage, SimpleQueryRow, Transaction};
use serde::de::DeserializeOwned;

use super::super::model::Column;
use super::row;

/// The first version whose publications know columns, row filters and schemas.
const VERSION_15: u32 = 150_000;

/// The queries by the names that their answers are asked for by.
fn queries(version: u32) -> [(&'static str, &'static str); 27] {
    let publications = if version >= VERSION_15 {
        include_str!("../catalog/publications.sql")
    } else {
        include_str!("../catalog/publications_14.sql")
    };
    [
        ("extensions", include_str!("../catalog/extensions.sql")),
        ("namespaces", include_str!("../catalog/namespaces.sql")),
        ("types", include_str!("../catalog/types.sql")),
        ("sequences", include_str!("../catalog/sequences.sql")),
        ("relations", include_str!("../catalog/relations.sql")),
        ("columns", include_str!("../catalog/columns.sql")),
        ("constraints", include_str!("../catalog/constraints.sql")),
        ("indexes", include_str!("../catalog/indexes.sql")),
        ("operator_classes", include_str!("../catalog/operator_classes.sql")),
        ("statistics", include_str!("../catalog/statistics.sql")),
        ("triggers", include_str!("../catalog/triggers.sql")),
        ("rules", include_str!("../catalog/rules.sql")),
        ("policies", include_str!("../catalog/policies.sql")),
        ("routines", include_str!("../catalog/routines.sql")),
        ("grants", include_str!("../catalog/grants.sql")),
        ("default_privileges", include_str!("../catalog/default_privileges.sql")),
        ("publications", publications),
        ("event_triggers", include_str!("../catalog/event_triggers.sql")),
        ("details", include_str!("../catalog/details.sql")),
        ("casts", include_str!("../catalog/casts.sql")),
        ("operators", include_str!("../catalog/operators.sql")),
        ("text_search", include_str!("../catalog/text_search.sql")),
        ("collations", include_str!("../catalog/collations.sql")),
        ("foreign", include_str!("../catalog/foreign.sql")),
        ("subscriptions", include_str!("../catalog/subscriptions.sql")),
        ("labels", include_str!("../catalog/labels.sql")),
        ("extension_grants", include_str!("../catalog/extension_grants.sql")),
    ]
}

/// The answers to [`queries`] by name.
pub(super) struct Catalogue(HashMap<&'static str, Vec<SimpleQueryRow>>);

impl Catalogue {
    /// Asks what `present`, the answer to `present.sql`, does not say is needless, in one message.
    pub(super) fn fetch(transaction: &mut Transaction<'_>, version: u32, present: &SimpleQueryRow) -> Result<Self> {
        let (asked, needless): (Vec<_>, Vec<_>) = queries(version)
            .into_iter()
            .partition(|(name, _)| present.try_get(name).ok().flatten() != Some("f"));
        let message: String = asked.iter().map(|(_, sql)| *sql).collect();
        let mut answers: HashMap<_, _> = needless.into_iter().map(|(name, _)| (name, Vec::new())).collect();
        let mut names = asked.into_iter().map(|(name, _)| name);
        let mut rows = Vec::new();
        for answer in transaction
            .simple_query(&message)
            .context("failed to read the schema from the catalogues")?
        {
            match answer {
                SimpleQueryMessage::Row(row) => rows.push(row),
                SimpleQueryMessage::CommandComplete(_) => {
                    let name = names
                        .next()
                        .context("the catalogues gave more answers than were asked for")?;
                    answers.insert(name, std::mem::take(&mut rows));
                }
                _ => {}
            }
        }
        Ok(Self(answers))
    }

    /// The objects of a query, each with its key.
    pub(super) fn objects<T: DeserializeOwned>(&mut self, query: &'static str) -> Result<Vec<(String, T)>> {
        self.read(query, |row| match (row.columns()[1].name(), row.get(1)) {
            ("object", Some(json)) => serde_json::from_str(json).with_context(|| format!("it is {json}")),
            _ => Ok(row::object(row, 1)?),
        })
    }

    fn read<T>(
        &mut self,
        query: &'static str,
        object: impl Fn(&SimpleQueryRow) -> Result<T>,
    ) -> Result<Vec<(String, T)>> {
        self.0
            .remove(query)
            .with_context(|| format!("the catalogues did not answer the query `{query}`"))?
            .iter()
            .map(|row| Ok((row.get(0).context("it has no key")?.to_owned(), object(row)?)))
            .collect::<Result<_>>()
            .with_context(|| format!("the query `{query}` gave a row of an unknown shape"))
    }

    /// The objects of a query, without their keys.
    pub(super) fn list<T: DeserializeOwned>(&mut self, query: &'static str) -> Result<Vec<T>> {
        Ok(self.objects(query)?.into_iter().map(|(_, object)| object).collect())
    }

    /// The objects of a query by the object that they hang below.
    pub(super) fn children<T: DeserializeOwned>(&mut self, query: &'static str) -> Result<Children<T>> {
        Ok(self.objects(query)?.into_iter().collect())
    }

    /// The columns by the relation that they are of.
    pub(super) fn columns(&mut self) -> Result<Children<NumberedColumn>> {
        let columns = self.read("columns", |row| {
            Ok(NumberedColumn {
                number: row.get(1).context("it has no number")?.parse()?,
                type_oid: row.get(2).context("it has no type")?.parse()?,
                column: row::object(row, 3)?,
            })
        })?;
        Ok(columns.into_iter().collect())
    }
}

/// A column, and what indexes, keys and sequences know it by.
pub(super) struct NumberedColumn {
    /// `attnum`.
    pub(super) number: i32,
    /// `atttypid`.
    pub(super) type_oid: i64,
    /// As the model has it.
    pub(super) column: Column,
}

/// What hangs below objects, by their keys. What hangs below an object that is left out stays here, and so is left out too.
pub(super) struct Children<T>(HashMap<String, Vec<T>>);

impl<T> FromIterator<(String, T)> for Children<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(objects: I) -> Self {
        let mut children: HashMap<String, Vec<T>> = HashMap::new();
        for (key, object) in objects {
            children.entry(key).or_default().push(object);
        }
        Self(children)
    }
}

impl<T> Children<T> {
    pub(super) fn get(&self, key: &str) -> &[T] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> &mut [T] {
        self.0.get_mut(key).map_or(&mut [], Vec::as_mut_slice)
    }

    pub(super) fn take(&mut self, key: &str) -> Vec<T> {
        self.0.remove(key).unwrap_or_default()
    }

    pub(super) fn take_sorted<K: Ord>(&mut self, key: &str, sort_key: impl Fn(&T) -> K) -> Vec<T> {
        let mut taken = self.take(key);
        taken.sort_by_key(sort_key);
        taken
    }
}

/// What `pg_get_indexdef` says of these indexes, by their oids.
pub(super) fn index_definitions(transaction: &mut Transaction<'_>, oids: &[i64]) -> Result<HashMap<i64, String>> {
    let oids: Vec<String> = oids.iter().map(i64::to_string).collect();
    let messages = transaction
        .simple_query(&format!(
            "SELECT i, pg_catalog.pg_get_indexdef(i) FROM unnest('{{{}}}'::oid[]) AS i",
            oids.join(",")
        ))
        .context("failed to read the definitions of indexes")?;
    let definition = |message| match message {
        SimpleQueryMessage::Row(row) => Some((row.get(0)?.parse().ok()?, row.get(1)?.to_owned())),
        _ => None,
    };
    Ok(messages.into_iter().filter_map(definition).collect())
}
