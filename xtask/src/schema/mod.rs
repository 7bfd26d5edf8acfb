//! What a database's schema is: read from the catalogues, held as plain data, rendered as text; and the contract, the queries
//! that an application expects that schema to answer.
//!
//! The text depends on the schema alone: not on the settings of the session, the order in which objects were made, oids,
//! sizes, or who owns what. A facet is read by one file of `catalog/`, held by one type of [`model`] and shown by one function
//! of `render`.

pub mod advice;
pub mod contract;
pub mod diff;
pub mod exceptions;
mod introspect;
pub mod model;
mod platform;
mod render;
mod unqualify;

pub use introspect::{introspect, introspect_within};
pub use model::Schema;
pub use render::render;

/// The toolkit's own tables, schema and name; they are no part of a product's schema. What a hosting platform brings is told by
/// `platform`.
pub const OWN_TABLES: &[(&str, &str)] = &[
    ("public", "schema_migrations"),
    ("public", "schema_migrations_audit"),
    ("public", "schema_mark"),
];
