//! Reading what the guard decides on, and the mark in the database that says what it is for.
//!
//! The mark is a row of `public.schema_mark` that names the server's system identifier and the database's oid, so that it says nothing
//! about a dump, a restore or a clone of the database it was made in.

use postgres::Client;
use postgres::error::SqlState;
use postgres::types::Type;

use super::Mark;

/// What the connection says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `current_database()`.
    pub database: String,
    /// The server's address and port as it sees them, or `a local socket`.
    pub address: String,
    /// The mark, when there is one and it belongs to this very database.
    pub mark: Option<Mark>,
}

/// Asks the server. At most two round trips.
///
/// # Errors
/// Whatever the server says.
pub fn identity(client: &mut Client) -> Result<Identity, postgres::Error> {
    let row = client.query_typed_one(include_str!("identity.sql"), &[])?;
    Ok(Identity {
        database: row.try_get("database")?,
        address: row.try_get("address")?,
        mark: read_mark(client)?,
    })
}

/// The mark, when there is one and it belongs to this very database.
///
/// # Errors
/// Whatever the server says; a mark that may not be read is no mark.
pub fn read_mark(client: &mut Client) -> Result<Option<Mark>, postgres::Error> {
    match client.query_typed_opt(include_str!("read_mark.sql"), &[]) {
        Ok(row) => row
            .map(|row| row.try_get::<_, String>(0))
            .transpose()
            .map(|text| text.as_deref().and_then(Mark::parse)),
        Err(error)
            if matches!(
                error.code(),
                Some(&SqlState::UNDEFINED_TABLE | &SqlState::UNDEFINED_COLUMN | &SqlState::INSUFFICIENT_PRIVILEGE)
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Marks the database of the connection.
///
/// # Errors
/// Whatever the server says.
pub fn write_mark(client: &mut Client, mark: Mark) -> Result<(), postgres::Error> {
    client.batch_execute(include_str!("create_mark.sql"))?;
    client
        .execute_typed(include_str!("write_mark.sql"), &[(&mark.to_string(), Type::TEXT)])
        .map(|_| ())
}
