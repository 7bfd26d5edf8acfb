//! Reads the catalogues into a [`Schema`], in a number of round trips that does not grow with the schema.
//!
//! Every file of `catalog/` is one query. Its first column is the key of the object that a row is about, or hangs below; then comes
//! either the column `object`, JSON in the shape of its type in [`model`](super::model), or, where rows are many, a column for each
//! field. A relation's key is its oid, that of any other object has a letter before it. The queries that `present.sql` sees a use for
//! travel in one message. They run inside one transaction (or savepoint) that is rolled back, with every setting that PostgreSQL's own
//! deparsing looks at pinned, so that nothing is written and the session is left as it was found.

mod catalogue;
mod plain;
mod row;

use anyhow::{Context, Result};
use postgres::{Client, IsolationLevel, SimpleQueryMessage, SimpleQueryRow, Transaction};
use serde::Deserialize;

use self::catalogue::{Catalogue, Children, NumberedColumn};
use self::plain::{Classes, ConstraintRow, IndexRow};
use super::model::{
    Constraint, Detail, DetailOf, Grant, Index, Namespace, Object, Policy, Relation, Routine, Rule, Schema, Sequence,
    SequenceOptions, Statistics, Trigger, Type,
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

/// The first version that writes the columns of a view without the name of its only table.
const VERSION_16: u32 = 160_000;

/// Reads the schema of the connected database; see [`introspect_within`]. Four round trips, or five, in a transaction of its own that
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

/// Reads the schema as the caller's transaction sees it, its own uncommitted changes included. Four round trips, or five; what they
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
    let (version, present) = prepare(transaction, include_str!("catalog/present.sql"))?;
    let present = present.context("the server did not say what there is to read")?;
    let mut catalogue = Catalogue::fetch(transaction, version, &present)?;
    let mut schema = assemble(&mut catalogue, transaction)?;
    if version < VERSION_16 {
        for view in schema.relations.iter_mut().filter_map(|it| it.definition.as_mut()) {
            *view = unqualify::unqualify(view);
        }
    }
    Ok(schema)
}

/// Pins the settings and returns the server's version, 150018 for 15.18.
pub(super) fn pin_settings(transaction: &mut Transaction<'_>) -> Result<u32> {
    Ok(prepare(transaction, "")?.0)
}

/// Pins the settings, and asks in the same message: the server's version, and the first row of `query`.
fn prepare(transaction: &mut Transaction<'_>, query: &str) -> Result<(u32, Option<SimpleQueryRow>)> {
    let messages = transaction
        .simple_query(&format!("{SETTINGS}{query}"))
        .context("failed to pin the settings that the schema is read with")?;
    let mut rows = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let version = rows.next().and_then(|row| row.get(0)?.parse().ok());
    Ok((version.context("the server did not say its version")?, rows.next()))
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

/// Hangs everything where it belongs and sorts it, by bytes, which no server's collation can change.
fn assemble(catalogue: &mut Catalogue, transaction: &mut Transaction<'_>) -> Result<Schema> {
    let mut grants: Children<Grant> = catalogue.children("grants")?;
    let mut details = catalogue.children("details")?;
    let mut columns = catalogue.columns()?;
    let constraints = catalogue.objects::<ConstraintRow>("constraints")?.into_iter();
    let mut constraints: Children<Constraint> = constraints
        .map(|(key, row)| row.into_constraint(&key, &columns).map(|it| (key, it)))
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .collect();

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
    for (key, row) in catalogue.objects::<SequenceRow>("sequences")? {
        match (&row.identity_of, row.identity_column) {
            (Some(table), Some(number)) => {
                let column = columns.get_mut(table).iter_mut().find(|it| it.number == number);
                if let Some(NumberedColumn { column, .. }) = column {
                    column.identity_sequence = Some(row.into_options());
                }
            }
            _ if !row.owned_by.as_deref().is_some_and(is_own_column) => {
                schema.sequences.push(row.into_sequence(ordered(grants.take(&key))));
            }
            _ => {}
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
    schema.relations = relations(
        catalogue,
        columns,
        &mut constraints,
        &mut grants,
        &mut details,
        transaction,
    )?;
    platform::leave_out(&mut schema);
    sort(&mut schema);
    Ok(schema)
}

/// A row of `sequences.sql`.
#[derive(Deserialize)]
struct SequenceRow {
    schema: String,
    name: String,
    unlogged: bool,
    #[serde(rename = "type")]
    type_name: String,
    start: i64,
    increment: i64,
    minimum: i64,
    maximum: i64,
    cache: i64,
    cycle: bool,
    owned_by: Option<String>,
    /// The key of the table, and the number of the column, that it is the identity of.
    identity_of: Option<String>,
    identity_column: Option<i32>,
    comment: Option<String>,
}

impl SequenceRow {
    fn into_options(self) -> SequenceOptions {
        SequenceOptions {
            type_name: self.type_name,
            start: self.start,
            increment: self.increment,
            minimum: self.minimum,
            maximum: self.maximum,
            cache: self.cache,
            cycle: self.cycle,
        }
    }

    fn into_sequence(mut self, grants: Vec<Grant>) -> Sequence {
        Sequence {
            schema: std::mem::take(&mut self.schema),
            name: std::mem::take(&mut self.name),
            unlogged: self.unlogged,
            owned_by: self.owned_by.take(),
            comment: self.comment.take(),
            grants,
            options: self.into_options(),
        }
    }
}

fn relations(
    catalogue: &mut Catalogue,
    mut columns: Children<NumberedColumn>,
    constraints: &mut Children<Constraint>,
    grants: &mut Children<Grant>,
    details: &mut Children<Detail>,
    transaction: &mut Transaction<'_>,
) -> Result<Vec<Relation>> {
    let mut relations = catalogue.objects::<Relation>("relations")?;
    relations.retain(|(_, it)| !OWN_TABLES.contains(&(it.schema.as_str(), it.name.as_str())));
    let mut indexes = indexes(catalogue, &relations, &columns, transaction)?;
    let mut statistics = catalogue.children::<Statistics>("statistics")?;
    let mut triggers = catalogue.children::<Trigger>("triggers")?;
    let mut rules = catalogue.children::<Rule>("rules")?;
    let mut policies = catalogue.children::<Policy>("policies")?;

    let complete = |(key, relation): (String, Relation)| {
        let columns = columns.take_sorted(&key, |column| column.number);
        let mut relation = Relation {
            columns: columns.into_iter().map(|it| it.column).collect(),
            constraints: sorted_constraints(constraints, &key),
            indexes: indexes.take_sorted(&key, |index| index.name.clone()),
            statistics: statistics.take_sorted(&key, |statistics| statistics.name.clone()),
            triggers: triggers.take_sorted(&key, |trigger| trigger.name.clone()),
            rules: rules.take_sorted(&key, |rule| rule.name.clone()),
            policies: policies.take_sorted(&key, |policy| policy.name.clone()),
            grants: ordered(grants.take(&key)),
            ..relation
        };
        for trigger in &mut relation.triggers {
            trigger.table = format!("{}.{}", relation.schema, relation.name);
        }
        add_details(&mut relation, details.take(&key));
        relation.options.sort();
        relation.policies.iter_mut().for_each(|policy| policy.roles.sort());
        relation
    };
    Ok(relations.into_iter().map(complete).collect())
}

/// The indexes of these relations. The server is asked once more, for all of them at a time, where neither it nor [`plain`] has written
/// the definition yet.
fn indexes(
    catalogue: &mut Catalogue,
    relations: &[(String, Relation)],
    columns: &Children<NumberedColumn>,
    transaction: &mut Transaction<'_>,
) -> Result<Children<Index>> {
    let classes = Classes::new(catalogue.objects("operator_classes")?);
    let mut rows: Children<IndexRow> = catalogue.children("indexes")?;
    let mut indexes = Vec::new();
    let mut unwritten = Vec::new();
    for (key, relation) in relations {
        let table = format!("{}.{}", relation.schema, relation.name);
        for row in rows.take(key) {
            match row.definition(&table, columns.get(key), &classes) {
                Some(definition) => indexes.push((key.clone(), row.into_index(table.clone(), definition))),
                None => unwritten.push((key, table.clone(), row)),
            }
        }
    }
    if !unwritten.is_empty() {
        let oids: Vec<i64> = unwritten.iter().map(|(.., row)| row.oid).collect();
        let mut written = catalogue::index_definitions(transaction, &oids)?;
        for (key, table, row) in unwritten {
            let definition = written
                .remove(&row.oid)
                .with_context(|| format!("an index of {table} went away while the schema was read"))?;
            indexes.push((key.clone(), row.into_index(table, definition)));
        }
    }
    Ok(indexes.into_iter().collect())
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
