//! Reading what the guard decides on, and the mark in the database that says what it is for.
//!
//! The mark is a row of `public.schema_mark` that names the server's system identifier and the database's oid, so that it says nothing
//! about a dump, a restore or a clone of the database it was made in. It counts where the table belongs to the database's owner or a
//! superuser: a role that may merely create tables can't say what the database is.

use postgres::error::SqlState;
use postgres::types::Type;
use postgres::{Client, Row};

use super::{DatabaseKey, Mark};

/// What the connection says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `current_database()`.
    pub database: String,
    /// Which database of which server it is, whatever the two are called.
    pub key: DatabaseKey,
    /// The server's address as it sees it; empty of a local socket.
    pub host: String,
    /// The server's address and port as it sees them, or `a local socket`.
    pub address: String,
    /// Whether nothing can be written, because it follows another server.
    pub is_standby: bool,
    /// Whether it is there to be copied (`CREATE DATABASE … IS_TEMPLATE`).
    pub is_template: bool,
    /// The mark, when there is one and it belongs to this very database.
    pub mark: Option<Mark>,
}

/// Asks the server. At most two round trips.
///
/// # Errors
/// Whatever the server says.
pub fn identity(client: &mut Client) -> Result<Identity, postgres::Error> {
    let row = client.query_typed_one(include_str!("identity.sql"), &[])?;
    let (database, key) = name_and_key(&row)?;
    Ok(Identity {
        database,
        key,
        host: row.try_get("host")?,
        address: row.try_get("address")?,
        is_standby: row.try_get("is_standby")?,
        is_template: row.try_get("is_template")?,
        mark: read_mark(client)?,
    })
}

/// The name and the key of the database of the connection. One round trip, which no open transaction fails for.
///
/// # Errors
/// Whatever the server says.
pub fn database(client: &mut Client) -> Result<(String, DatabaseKey), postgres::Error> {
    name_and_key(&client.query_typed_one(include_str!("identity.sql"), &[])?)
}

fn name_and_key(row: &Row) -> Result<(String, DatabaseKey), postgres::Error> {
    let key = DatabaseKey {
        system_identifier: row.try_get("system_identifier")?,
        oid: row.try_get("database_oid")?,
    };
    Ok((row.try_get("database")?, key))
}

/// What would be lost with the database of the connection, a line each, by the server's statistics.
///
/// # Errors
/// Whatever the server says.
pub fn losses(client: &mut Client) -> Result<Vec<String>, postgres::Error> {
    let row = client.query_typed_one(include_str!("losses.sql"), &[])?;
    let (tables, rows, sessions): (i64, i64, i64) =
        (row.try_get("tables")?, row.try_get("rows")?, row.try_get("sessions")?);
    let size: String = row.try_get("size")?;
    let mut lines = vec![
        format!("tables: {tables}, with about {rows} rows; {size} in all"),
        format!("other sessions on it: {sessions}"),
    ];
    if let Some(at) = row.try_get::<_, Option<String>>("last_write")? {
        lines.push(format!("last write on its server: {at} UTC"));
    }
    Ok(lines)
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
