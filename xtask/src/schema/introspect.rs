//! Reads the catalogues into a [`Schema`], in a number of round trips that does not grow with the schema.
//!
//! Every file of `catalog/` is one query. Its first column is the key of the object that a row is about, or hangs below; then comes
//! either the column `object`, JSON in the shape of its type in [`model`](super::model), or, where rows are many, a column for each
//! field. All of them travel in one message. They run inside one
//! transaction (or savepoint) that is rolled back, with every setting that PostgreSQL's own deparsing looks at pinned, so that
//! nothing is written and the session is left as it was found.

mod row;

use std::collections::HashMap;

use anyhow::{Context, Result};
use postgres::{Client, IsolationLevel, SimpleQueryMessage, SimpleQueryRow, Transaction};
use serde::de::DeserializeOwned;

use super::model::{
    Constraint, Detail, DetailOf, Grant, Index, Namespace, Object, Policy, Relation, Routine, Rule, Schema, Sequence,
    Statistics, Trigger, Type,
};
use super::{OWN_TABLES, platform, unqualify};

/// The search path is empty so that the server writes every name with its schema. The rest is what constants in defaults,
/// partition bounds and bodies are written by. Compiling these queries to machine code would take longer than running them.
const SETTINGS: &str = "
    SET LOCAL search_path = '';
    SET LOCAL quote_all_identifiers = off;
    SET LOCAL standard_conforming_strings = on;
    SET LOCAL DateStyle = 'ISO, YMD';
    SET LOCAL IntervalStyle = 'postgres';
    SET LOCAL TimeZone = 'UTC';
    SET LOCAL bytea_output = 'hex';
    SET LOCAL extra_float_digits = 1;
    SET LOCAL lc_monetary = 'C';
    SET LOCAL jit = off;
    SHOW server_version_num;
";

/// The first version whose publications know columns, row filters and schemas.
const VERSION_15: u32 = 150_000;
/// The first version that writes the columns of a view without the name of its only table.
const VERSION_16: u32 = 160_000;

/// Reads the schema of the connected database; see [`introspect_within`]. Four round trips, in a transaction of its own that
/// sees one state of the database and may not write.
///
/// # Errors
/// See [`introspect_within`].
pub fn introspect(client: &mut Client) -> Result<Schema> {
    let mut transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .context("failed to begin the transaction that reads the schema")?;
    let schema = read(&mut transaction)?;
    transaction
        .rollback()
        .context("failed to end the transaction that reads the schema")?;
    Ok(schema)
}

/// Reads the schema as the caller's transaction sees it, its own uncommitted changes included. Four round trips; what they
/// set is undone. PostgreSQL 14 and newer (<https://www.postgresql.org/docs/current/catalogs.html>).
///
/// Not read: what belongs to an extension, system schemas, [`OWN_TABLES`], what a hosting platform brings, owners, oids and sizes.
///
/// # Errors
/// The server refuses a query (a role that may not read a catalogue, a lost connection), or answers in an unknown shape.
pub fn introspect_within(transaction: &mut Transaction<'_>) -> Result<Schema> {
    let mut savepoint = transaction
        .transaction()
        .context("failed to set the savepoint that reading the schema returns to")?;
    let schema = read(&mut savepoint)?;
    savepoint
        .rollback()
        .context("failed to return to the savepoint that was set to read the schema")?;
    Ok(schema)
}

fn read(transaction: &mut Transaction<'_>) -> Result<Schema> {
    let version = pin_settings(transaction)?;
    let mut catalogue = Catalogue::fetch(transaction, version)?;
    let mut schema = assemble(&mut catalogue)?;
    if version < VERSION_16 {
        for view in schema.relations.iter_mut().filter_map(|it| it.definition.as_mut()) {
            *view = unqualify::unqualify(view);
        }
    }
    Ok(schema)
}

/// Pins the settings and returns the server's version, 150018 for 15.18.
pub(super) fn pin_settings(transaction: &mut Transaction<'_>) -> Result<u32> {
    let messages = transaction
        .simple_query(SETTINGS)
        .context("failed to pin the settings that the schema is read with")?;
    messages
        .iter()
        .find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
            _ => None,
        })
        .context("the server did not say its version")
}

/// The queries by the names that [`assemble`] asks for.
fn queries(version: u32) -> [(&'static str, &'static str); 26] {
    let publications = if version >= VERSION_15 {
        include_str!("catalog/publications.sql")
    } else {
        include_str!("catalog/publications_14.sql")
    };
    [
        ("extensions", include_str!("catalog/extensions.sql")),
        ("namespaces", include_str!("catalog/namespaces.sql")),
        ("types", include_str!("catalog/types.sql")),
        ("sequences", include_str!("catalog/sequences.sql")),
        ("relations", include_str!("catalog/relations.sql")),
        ("columns", include_str!("catalog/columns.sql")),
        ("constraints", include_str!("catalog/constraints.sql")),
        ("indexes", include_str!("catalog/indexes.sql")),
        ("statistics", include_str!("catalog/statistics.sql")),
        ("triggers", include_str!("catalog/triggers.sql")),
        ("rules", include_str!("catalog/rules.sql")),
        ("policies", include_str!("catalog/policies.sql")),
        ("routines", include_str!("catalog/routines.sql")),
        ("grants", include_str!("catalog/grants.sql")),
        ("default_privileges", include_str!("catalog/default_privileges.sql")),
        ("publications", publications),
        ("event_triggers", include_str!("catalog/event_triggers.sql")),
        ("details", include_str!("catalog/details.sql")),
        ("casts", include_str!("catalog/casts.sql")),
        ("operators", include_str!("catalog/operators.sql")),
        ("text_search", include_str!("catalog/text_search.sql")),
        ("collations", include_str!("catalog/collations.sql")),
        ("foreign", include_str!("catalog/foreign.sql")),
        ("subscriptions", include_str!("catalog/subscriptions.sql")),
        ("labels", include_str!("catalog/labels.sql")),
        ("extension_grants", include_str!("catalog/extension_grants.sql")),
    ]
}

/// The queries that give an [`Object`] a row.
const OTHERS: [&str; 8] = [
    "casts",
    "operators",
    "text_search",
    "collations",
    "foreign",
    "subscriptions",
    "labels",
    "extension_grants",
];

/// The answers to [`queries`] by name.
struct Catalogue(HashMap<&'static str, Vec<SimpleQueryRow>>);

impl Catalogue {
    fn fetch(transaction: &mut Transaction<'_>, version: u32) -> Result<Self> {
        let queries = queries(version);
        let message: String = queries.iter().map(|(_, sql)| *sql).collect();
        let mut answers = HashMap::new();
        let mut names = queries.iter().map(|(name, _)| *name);
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
    fn objects<T: DeserializeOwned>(&mut self, query: &'static str) -> Result<Vec<(String, T)>> {
        self.0
            .remove(query)
            .with_context(|| format!("the catalogues did not answer the query `{query}`"))?
            .iter()
            .map(|row| {
                let key = row.get(0).context("it has no key")?;
                let object = match (row.columns()[1].name(), row.get(1)) {
                    ("object", Some(json)) => serde_json::from_str(json).with_context(|| format!("it is {json}"))?,
                    _ => row::object(row, 1)?,
                };
                Ok((key.to_owned(), object))
            })
            .collect::<Result<_>>()
            .with_context(|| format!("the query `{query}` gave a row of an unknown shape"))
    }

    /// The objects of a query, without their keys.
    fn list<T: DeserializeOwned>(&mut self, query: &'static str) -> Result<Vec<T>> {
        Ok(self.objects(query)?.into_iter().map(|(_, object)| object).collect())
    }

    /// The objects of a query by the object that they hang below.
    fn children<T: DeserializeOwned>(&mut self, query: &'static str) -> Result<Children<T>> {
        let mut children: HashMap<String, Vec<T>> = HashMap::new();
        for (key, object) in self.objects(query)? {
            children.entry(key).or_default().push(object);
        }
        Ok(Children(children))
    }
}

/// What hangs below objects, by their keys. What hangs below an object that is left out stays here, and so is left out too.
struct Children<T>(HashMap<String, Vec<T>>);

impl<T> Children<T> {
    fn take(&mut self, key: &str) -> Vec<T> {
        self.0.remove(key).unwrap_or_default()
    }

    fn take_sorted<K: Ord>(&mut self, key: &str, sort_key: impl Fn(&T) -> K) -> Vec<T> {
        let mut taken = self.take(key);
        taken.sort_by_key(sort_key);
        taken
    }
}

/// Hangs everything where it belongs and sorts it, by bytes, which no server's collation can change.
fn assemble(catalogue: &mut Catalogue) -> Result<Schema> {
    let mut grants: Children<Grant> = catalogue.children("grants")?;
    let mut constraints = catalogue.children("constraints")?;
    let mut details = catalogue.children("details")?;

    let mut schema = Schema {
        extensions: catalogue.list("extensions")?,
        publications: catalogue.list("publications")?,
        event_triggers: catalogue.list("event_triggers")?,
        default_privileges: catalogue.list("default_privileges")?,
        ..Schema::default()
    };
    for (key, mut namespace) in catalogue.objects::<Namespace>("namespaces")? {
        namespace.grants = ordered(grants.take(&key));
        schema.namespaces.push(namespace);
    }
    for (key, mut of_type) in catalogue.objects::<Type>("types")? {
        of_type.grants = ordered(grants.take(&key));
        of_type.constraints = sorted_constraints(&mut constraints, &key);
        of_type.details = own_details(&mut details, &key);
        schema.types.push(of_type);
    }
    for (key, mut sequence) in catalogue.objects::<Sequence>("sequences")? {
        sequence.grants = ordered(grants.take(&key));
        if !sequence.owned_by.as_deref().is_some_and(is_own_column) {
            schema.sequences.push(sequence);
        }
    }
    for (key, mut routine) in catalogue.objects::<Routine>("routines")? {
        routine.grants = ordered(grants.take(&key));
        routine.details = own_details(&mut details, &key);
        schema.routines.push(routine);
    }
    for query in OTHERS {
        for (key, mut object) in catalogue.objects::<Object>(query)? {
            object.grants = ordered(grants.take(&key));
            schema.others.push(object);
        }
    }
    schema.relations = relations(catalogue, &mut constraints, &mut grants, &mut details)?;
    platform::leave_out(&mut schema);
    sort(&mut schema);
    Ok(schema)
}

fn relations(
    catalogue: &mut Catalogue,
    constraints: &mut Children<Constraint>,
    grants: &mut Children<Grant>,
    details: &mut Children<Detail>,
) -> Result<Vec<Relation>> {
    let mut columns = catalogue.children("columns")?;
    let mut indexes = catalogue.children::<Index>("indexes")?;
    let mut statistics = catalogue.children::<Statistics>("statistics")?;
    let mut triggers = catalogue.children::<Trigger>("triggers")?;
    let mut rules = catalogue.children::<Rule>("rules")?;
    let mut policies = catalogue.children::<Policy>("policies")?;

    let mut relations = Vec::new();
    for (key, relation) in catalogue.objects::<Relation>("relations")? {
        if OWN_TABLES.contains(&(relation.schema.as_str(), relation.name.as_str())) {
            continue;
        }
        let mut relation = Relation {
            columns: columns.take(&key),
            constraints: sorted_constraints(constraints, &key),
            indexes: indexes.take_sorted(&key, |index| index.name.clone()),
            statistics: statistics.take_sorted(&key, |statistics| statistics.name.clone()),
            triggers: triggers.take_sorted(&key, |trigger| trigger.name.clone()),
            rules: rules.take_sorted(&key, |rule| rule.name.clone()),
            policies: policies.take_sorted(&key, |policy| policy.name.clone()),
            grants: ordered(grants.take(&key)),
            ..relation
        };
        add_details(&mut relation, details.take(&key));
        relation.options.sort();
        relation.policies.iter_mut().for_each(|policy| policy.roles.sort());
        relations.push(relation);
    }
    Ok(relations)
}

/// Puts each detail where it belongs: to a part of the relation, else to the relation.
fn add_details(relation: &mut Relation, details: Vec<Detail>) {
    fn find<'a, T>(
        parts: &'a mut [T],
        is: impl Fn(&T) -> bool,
        details: impl Fn(&'a mut T) -> &'a mut Vec<String>,
    ) -> Option<&'a mut Vec<String>> {
        parts.iter_mut().find(|part| is(part)).map(details)
    }
    for Detail { of, name, text } in details {
        let list = match of {
            DetailOf::Itself => None,
            DetailOf::Constraint => find(&mut relation.constraints, |it| it.name == name, |it| &mut it.details),
            DetailOf::Index => find(&mut relation.indexes, |it| it.name == name, |it| &mut it.details),
            DetailOf::Statistics => find(&mut relation.statistics, |it| it.name == name, |it| &mut it.details),
            DetailOf::Trigger => find(&mut relation.triggers, |it| it.name == name, |it| &mut it.details),
        };
        match list {
            Some(list) => list.push(text),
            None => relation.details.push(text),
        }
    }
    let parts = relation.constraints.iter_mut().map(|it| &mut it.details);
    let parts = parts.chain(relation.indexes.iter_mut().map(|it| &mut it.details));
    let parts = parts.chain(relation.statistics.iter_mut().map(|it| &mut it.details));
    let parts = parts.chain(relation.triggers.iter_mut().map(|it| &mut it.details));
    parts.for_each(|details| details.sort());
    relation.details.sort();
}

fn own_details(details: &mut Children<Detail>, key: &str) -> Vec<String> {
    let mut own: Vec<String> = details.take(key).into_iter().map(|it| it.text).collect();
    own.sort();
    own
}

/// Whether `column`, `schema.table.column`, is one of the toolkit's own tables'.
fn is_own_column(column: &str) -> bool {
    OWN_TABLES
        .iter()
        .any(|(schema, table)| column.starts_with(&format!("{schema}.{table}.")))
}

fn sorted_constraints(constraints: &mut Children<Constraint>, key: &str) -> Vec<Constraint> {
    constraints.take_sorted(key, |constraint| (constraint.kind, constraint.name.clone()))
}

/// The privileges in the order in which PostgreSQL's documentation lists them.
const PRIVILEGES: [&str; 11] = [
    "select",
    "insert",
    "update",
    "delete",
    "truncate",
    "references",
    "trigger",
    "maintain",
    "create",
    "usage",
    "execute",
];

/// Sorts grants, and the privileges in each.
fn ordered(mut grants: Vec<Grant>) -> Vec<Grant> {
    grants.iter_mut().for_each(order_privileges);
    grants.sort();
    grants
}

fn order_privileges(grant: &mut Grant) {
    grant
        .privileges
        .sort_by_key(|name| PRIVILEGES.iter().position(|known| known == name));
}

fn sort(schema: &mut Schema) {
    schema.extensions.sort_by(|a, b| a.name.cmp(&b.name));
    schema.namespaces.sort_by(|a, b| a.name.cmp(&b.name));
    schema
        .types
        .sort_by(|a, b| (&a.schema, a.kind, &a.name).cmp(&(&b.schema, b.kind, &b.name)));
    schema
        .sequences
        .sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
    schema
        .relations
        .sort_by(|a, b| (&a.schema, a.kind, &a.name).cmp(&(&b.schema, b.kind, &b.name)));
    schema
        .routines
        .sort_by(|a, b| (&a.schema, a.kind, &a.name, &a.arguments).cmp(&(&b.schema, b.kind, &b.name, &b.arguments)));
    schema
        .default_privileges
        .iter_mut()
        .for_each(|default| order_privileges(&mut default.grant));
    schema.default_privileges.sort();
    schema.publications.sort_by(|a, b| a.name.cmp(&b.name));
    schema
        .publications
        .iter_mut()
        .for_each(|publication| publication.members.sort());
    schema
        .others
        .sort_by(|a, b| (&a.schema, &a.kind, &a.name).cmp(&(&b.schema, &b.kind, &b.name)));
    schema.event_triggers.sort_by(|a, b| a.name.cmp(&b.name));
    schema.event_triggers.iter_mut().for_each(|trigger| trigger.tags.sort());
}
