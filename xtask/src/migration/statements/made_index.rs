//! What an attempt at a statement that no transaction can hold has left behind.

use postgres::Client;
use postgres::types::Type;
use postgres_protocol::escape::escape_identifier;

use crate::pg::lex::{OutsideTransaction, QualifiedName};
use crate::pg::report::Report;

/// The index that a `CREATE INDEX CONCURRENTLY` makes, as the database has it; names are quoted and have their schema.
pub(super) enum MadeIndex {
    /// The statement is another one.
    NotAsked,
    /// The server chooses the name.
    Unnamed,
    Missing,
    Valid(String),
    Invalid(String),
}

impl MadeIndex {
    /// Looks for the index where the statement would put it: names are looked up in the search path of the session.
    pub(super) fn find(client: &mut Client, command: &OutsideTransaction) -> Result<Self, Report> {
        let OutsideTransaction::CreateIndexConcurrently { index, table } = command else {
            return Ok(Self::NotAsked);
        };
        let (Some(index), Some(table)) = (index, table) else {
            return Ok(Self::Unnamed);
        };
        let row = client
            .query_typed_opt(
                include_str!("index.sql"),
                &[(&index.name, Type::TEXT), (&quoted(table), Type::TEXT)],
            )
            .map_err(|error| Report::of_error(&error))?;
        Ok(match row {
            None => Self::Missing,
            Some(row) if row.get("valid") => Self::Valid(row.get("name")),
            Some(row) => Self::Invalid(row.get("name")),
        })
    }
}

/// Whether the failure of a second attempt says that the first one had worked.
pub(super) fn is_done_already(command: &OutsideTransaction, report: Option<&Report>) -> bool {
    let code = report.and_then(|report| report.sqlstate.as_deref()).unwrap_or_default();
    match command.command_name().split(' ').next() {
        Some("CREATE") => matches!(code, "42P04" | "42710" | "42P07"),
        Some("DROP") => matches!(code, "3D000" | "42704" | "42P01"),
        _ => false,
    }
}

fn quoted(name: &QualifiedName) -> String {
    let parts = name.schema.iter().chain([&name.name]);
    parts.map(|part| escape_identifier(part)).collect::<Vec<_>>().join(".")
}
