//! The schema of a database as plain data.
//!
//! Names are written as SQL writes them: quoted where they must be; names of other objects carry their schema. What equals
//! the default of its kind is absent, so that absence means the same on every server. Everything is sorted, except what has an
//! order of its own: columns, attributes, labels of an enum, parents.

use serde::Deserialize;

/// Everything that migrations can make in one database, as far as it is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// Extensions besides `plpgsql`.
    pub extensions: Vec<Extension>,
    /// Schemas, `public` among them.
    pub namespaces: Vec<Namespace>,
    /// Enums, domains, composite types and ranges.
    pub types: Vec<Type>,
    /// Sequences that belong to no identity column.
    pub sequences: Vec<Sequence>,
    /// Tables, views, materialized views and foreign tables.
    pub relations: Vec<Relation>,
    /// Functions, procedures and aggregates.
    pub routines: Vec<Routine>,
    /// Privileges that objects of the future are born with.
    pub default_privileges: Vec<DefaultPrivilege>,
    /// Publications for logical replication.
    pub publications: Vec<Publication>,
    /// Event triggers.
    pub event_triggers: Vec<EventTrigger>,
    /// Objects of all other kinds.
    pub others: Vec<Object>,
}

/// An extension; its version differs between servers and is no part of the schema.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// The schema that holds its objects.
    pub schema: String,
    /// `COMMENT ON EXTENSION`, where it is not the one that it brings along.
    pub comment: Option<String>,
}

/// A schema in PostgreSQL's narrower sense, a name space.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// `COMMENT ON SCHEMA`.
    pub comment: Option<String>,
    /// Privileges that differ from those at birth.
    #[serde(skip)]
    pub grants: Vec<Grant>,
}

/// What a [`Type`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TypeKind {
    /// `CREATE TYPE … AS ENUM`.
    Enum,
    /// `CREATE DOMAIN`.
    Domain,
    /// `CREATE TYPE … AS (…)`.
    Composite,
    /// `CREATE TYPE … AS RANGE`.
    Range,
}

/// A type that is not a table's row type.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Type {
    /// The schema that holds it.
    pub schema: String,
    /// Its name without the schema.
    pub name: String,
    /// What it is.
    pub kind: TypeKind,
    /// An enum's labels in their order, unquoted.
    pub labels: Vec<String>,
    /// A composite type's attributes in their order.
    pub attributes: Vec<Attribute>,
    /// A domain's base type, null rule and default, or a range's parameters.
    pub definition: Option<String>,
    /// A domain's checks.
    #[serde(skip)]
    pub constraints: Vec<Constraint>,
    /// `COMMENT ON TYPE` or `ON DOMAIN`.
    pub comment: Option<String>,
    /// Privileges that differ from those at birth.
    #[serde(skip)]
    pub grants: Vec<Grant>,
    /// What is rarely said of it, such as `clustered`.
    #[serde(skip)]
    pub details: Vec<String>,
}

/// An attribute of a composite type.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its collation where it is not its type's.
    pub collation: Option<String>,
    /// `COMMENT ON COLUMN`.
    pub comment: Option<String>,
}

/// A sequence that belongs to no identity column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// The schema that holds it.
    pub schema: String,
    /// Its name without the schema.
    pub name: String,
    /// Whether it was made `UNLOGGED`.
    pub unlogged: bool,
    /// How it counts.
    pub options: SequenceOptions,
    /// The column that it is dropped with.
    pub owned_by: Option<String>,
    /// `COMMENT ON SEQUENCE`.
    pub comment: Option<String>,
    /// Privileges that differ from those at birth.
    pub grants: Vec<Grant>,
}

/// How a sequence counts (<https://www.postgresql.org/docs/current/catalog-pg-sequence.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequenceOptions {
    /// `smallint`, `integer` or `bigint`.
    pub type_name: String,
    /// The first value.
    pub start: i64,
    /// The step.
    pub increment: i64,
    /// The smallest value.
    pub minimum: i64,
    /// The largest value.
    pub maximum: i64,
    /// How many values a session takes at once.
    pub cache: i64,
    /// Whether it starts again at its end.
    pub cycle: bool,
}

/// What a [`Relation`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RelationKind {
    /// A table, partitioned or not.
    Table,
    /// A table that lives on a foreign server.
    #[serde(rename = "foreign table")]
    ForeignTable,
    /// A view.
    View,
    /// A materialized view.
    #[serde(rename = "materialized view")]
    MaterializedView,
}

/// A table or a view with all that hangs below it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Relation {
    /// The schema that holds it.
    pub schema: String,
    /// Its name without the schema.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// Whether it was made `UNLOGGED`.
    pub unlogged: bool,
    /// `RANGE (created_at)` of a partitioned table.
    pub partition_key: Option<String>,
    /// `FOR VALUES …` of a partition.
    pub partition_bound: Option<String>,
    /// The tables that it inherits from, or the one it is a partition of.
    #[serde(default)]
    pub parents: Vec<String>,
    /// The type of a typed table.
    pub of_type: Option<String>,
    /// The access method where it is not `heap`.
    pub access_method: Option<String>,
    /// Storage parameters, or a view's options, each `name=value`.
    #[serde(default)]
    pub options: Vec<String>,
    /// `enabled`, `enabled, forced` or `disabled, forced`.
    pub row_security: Option<String>,
    /// `full`, `nothing` or `index …`.
    pub replica_identity: Option<String>,
    /// A foreign table's server.
    pub server: Option<String>,
    /// A foreign table's options, each `name 'value'`.
    #[serde(default)]
    pub server_options: Vec<String>,
    /// A view's query.
    pub definition: Option<String>,
    /// `COMMENT ON TABLE` and its like.
    pub comment: Option<String>,
    /// In their order.
    #[serde(skip)]
    pub columns: Vec<Column>,
    /// Sorted by kind, then name.
    #[serde(skip)]
    pub constraints: Vec<Constraint>,
    /// Those that no constraint made.
    #[serde(skip)]
    pub indexes: Vec<Index>,
    /// Extended statistics.
    #[serde(skip)]
    pub statistics: Vec<Statistics>,
    /// Triggers.
    #[serde(skip)]
    pub triggers: Vec<Trigger>,
    /// Rewrite rules.
    #[serde(skip)]
    pub rules: Vec<Rule>,
    /// Row level security policies.
    #[serde(skip)]
    pub policies: Vec<Policy>,
    /// Privileges that differ from those at birth, on the whole and on columns.
    #[serde(skip)]
    pub grants: Vec<Grant>,
    /// What is rarely said of it, such as `clustered`.
    #[serde(skip)]
    pub details: Vec<String>,
}

/// A column (<https://www.postgresql.org/docs/current/catalog-pg-attribute.html>).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type with modifiers, `character varying(20)`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its collation where it is not its type's.
    pub collation: Option<String>,
    /// Whether it refuses NULL.
    pub not_null: bool,
    /// The default's expression.
    pub default: Option<String>,
    /// The expression of a generated column.
    pub generated: Option<String>,
    /// `stored` or `virtual`.
    pub generated_kind: Option<String>,
    /// `always` or `by default` of an identity column.
    pub identity: Option<String>,
    /// How an identity column counts.
    #[serde(skip)]
    pub identity_sequence: Option<SequenceOptions>,
    /// `plain`, `external`, `main` or `extended` where it is not its type's.
    pub storage: Option<String>,
    /// `pglz` or `lz4` where one was chosen.
    pub compression: Option<String>,
    /// The statistics target where one was chosen.
    pub statistics: Option<i32>,
    /// Options of the column, each `name=value`, and of its foreign side, each `name 'value'`.
    pub options: Vec<String>,
    /// `COMMENT ON COLUMN`.
    pub comment: Option<String>,
}

/// What a [`Constraint`] is, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConstraintKind {
    /// `PRIMARY KEY`.
    #[serde(rename = "primary key")]
    PrimaryKey,
    /// `UNIQUE`.
    Unique,
    /// `EXCLUDE`.
    Exclude,
    /// `CHECK`.
    Check,
    /// `FOREIGN KEY`.
    #[serde(rename = "foreign key")]
    ForeignKey,
}

/// A constraint of a table or a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// What it is.
    pub kind: ConstraintKind,
    /// Its name.
    pub name: String,
    /// `pg_get_constraintdef`, with `DEFERRABLE`, `NOT VALID` and their like at its end.
    pub definition: String,
    /// `COMMENT ON CONSTRAINT`.
    pub comment: Option<String>,
    /// What is rarely said of it, such as `clustered`.
    pub details: Vec<String>,
}

/// An index that no constraint made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// The table, with its schema, as the definition writes it.
    pub table: String,
    /// `pg_get_indexdef`.
    pub definition: String,
    /// Whether queries use it; false is what a failed `CREATE INDEX CONCURRENTLY` leaves.
    pub valid: bool,
    /// Whether `CLUSTER` goes by it.
    pub clustered: bool,
    /// `COMMENT ON INDEX`.
    pub comment: Option<String>,
    /// What is rarely said of it, such as `clustered`.
    pub details: Vec<String>,
}

/// Extended statistics.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Statistics {
    /// Their name with the schema.
    pub name: String,
    /// `pg_get_statisticsobjdef`.
    pub definition: String,
    /// `COMMENT ON STATISTICS`.
    pub comment: Option<String>,
    /// What is rarely said of it, such as `clustered`.
    #[serde(skip)]
    pub details: Vec<String>,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Trigger {
    /// Its name.
    pub name: String,
    /// The table, with its schema, as the definition writes it.
    #[serde(skip)]
    pub table: String,
    /// `pg_get_triggerdef`.
    pub definition: String,
    /// `disabled`, `replica only` or `always`.
    pub state: Option<String>,
    /// `COMMENT ON TRIGGER`.
    pub comment: Option<String>,
    /// What is rarely said of it, such as `clustered`.
    #[serde(skip)]
    pub details: Vec<String>,
}

/// A rewrite rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// `pg_get_ruledef`.
    pub definition: String,
    /// `disabled`, `replica only` or `always`.
    pub state: Option<String>,
    /// `COMMENT ON RULE`.
    pub comment: Option<String>,
}

/// A row level security policy (<https://www.postgresql.org/docs/current/sql-createpolicy.html>).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Permissive policies are joined by OR, the others by AND.
    pub permissive: bool,
    /// `all`, `select`, `insert`, `update` or `delete`.
    pub command: String,
    /// Whom it is for, sorted; `public` is everybody.
    pub roles: Vec<String>,
    /// Which rows are seen.
    pub using: Option<String>,
    /// Which rows may be written.
    pub check: Option<String>,
    /// `COMMENT ON POLICY`.
    pub comment: Option<String>,
}

/// What a [`Routine`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoutineKind {
    /// A function, window functions among them.
    Function,
    /// A procedure.
    Procedure,
    /// An aggregate.
    Aggregate,
}

/// A function, a procedure or an aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Routine {
    /// The schema that holds it.
    pub schema: String,
    /// Its name without the schema.
    pub name: String,
    /// What it is.
    pub kind: RoutineKind,
    /// `pg_get_function_arguments`: names, types and defaults.
    pub arguments: String,
    /// The types of its arguments, which tell it from others of its name.
    pub identity: String,
    /// `pg_get_functiondef`; of an aggregate, its parameters one a line.
    pub definition: String,
    /// `COMMENT ON FUNCTION` and its like.
    pub comment: Option<String>,
    /// Privileges that differ from those at birth.
    #[serde(skip)]
    pub grants: Vec<Grant>,
    /// What is rarely said of it, such as `clustered`.
    #[serde(skip)]
    pub details: Vec<String>,
}

/// Whether a privilege was given or taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Given beyond what the object is born with.
    Grant,
    /// Taken from what the object is born with.
    Revoke,
}

/// Privileges of one role on one object (<https://www.postgresql.org/docs/current/ddl-priv.html>).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Grant {
    /// Given or taken.
    pub action: Action,
    /// The role; `public` is everybody, `owner` the object's owner, whoever that is.
    pub role: String,
    /// The column, where it is not for the whole object.
    #[serde(default)]
    pub column: Option<String>,
    /// In lower case, in the order of PostgreSQL's documentation; `all` of a table, which means more on newer servers.
    pub privileges: Vec<String>,
    /// `WITH GRANT OPTION`.
    pub grantable: bool,
}

/// A privilege that objects of the future are born with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct DefaultPrivilege {
    /// The schema it holds for; none means all.
    pub schema: Option<String>,
    /// `tables`, `sequences`, `functions`, `types`, `schemas` or `large objects`.
    pub objects: String,
    /// Whose objects, where it is not the database's owner.
    pub made_by: Option<String>,
    /// What is granted or revoked.
    pub grant: Grant,
}

/// A publication for logical replication.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Publication {
    /// Its name.
    pub name: String,
    /// `insert, update, delete, truncate`, or fewer.
    pub operations: String,
    /// Whether partitions are published as their root.
    pub via_root: bool,
    /// Whether stored generated columns are published too.
    pub generated: bool,
    /// `all tables`, or each `table …` and `tables in schema …`, sorted.
    pub members: Vec<String>,
    /// `COMMENT ON PUBLICATION`.
    pub comment: Option<String>,
}

/// An event trigger.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EventTrigger {
    /// Its name.
    pub name: String,
    /// `ddl_command_end` and its like.
    pub event: String,
    /// The commands that fire it; none means all.
    pub tags: Vec<String>,
    /// The function with its schema and arguments.
    pub function: String,
    /// `disabled`, `replica only` or `always`.
    pub state: Option<String>,
    /// `COMMENT ON EVENT TRIGGER`.
    pub comment: Option<String>,
}

/// An object of a kind that has few facets: an operator with its family and class, a cast, a transform, a collation, a conversion, what
/// text search is made of, a procedural language, an access method, a foreign data wrapper, server or user mapping, a subscription, a
/// security label, and what people granted on the objects of an extension.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Object {
    /// As SQL names it, `text search configuration`.
    pub kind: String,
    /// The schema that holds it, where its kind lives in schemas.
    #[serde(default)]
    pub schema: Option<String>,
    /// Its name, with what tells it from others of that name.
    pub name: String,
    /// Its facets, one a line, in an order that does not depend on when they were made.
    pub lines: Vec<String>,
    /// `COMMENT ON …`.
    #[serde(default)]
    pub comment: Option<String>,
    /// Privileges that differ from those at birth.
    #[serde(skip)]
    pub grants: Vec<Grant>,
}

/// What a [`Detail`] is about: the object of its key, or a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum DetailOf {
    Itself,
    Constraint,
    Index,
    Statistics,
    Trigger,
}

/// What is rarely said of an object: too rare for a field of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Detail {
    pub(super) of: DetailOf,
    pub(super) name: String,
    pub(super) text: String,
}
