//! The stand-in of Supabase: the roles, the schema `auth` and the publication that databases with `platform = "supabase"` expect, laid
//! where they are missing.
//!
//! Only a [`Gap`] can be filled, and [`find_gap`] gives one only for a database that is marked development or test and that is not on the
//! real platform. The stand-in is no migration: it is not in the ledger, and the snapshot leaves it out as it does the real one
//! (`schema::platform`).

use anyhow::{Context as _, Result};
use postgres::error::SqlState;
use postgres::{Client, GenericClient};

use crate::guard;
use crate::guard::facts::read_mark;
use crate::pg::report::{Report, Reports};
use crate::pg::script::checksum;
use crate::workspace::{Database, Platform};

/// What of the platform a database lacks, and may be given. There is no way to make one but [`find_gap`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    missing: Vec<String>,
    database: String,
    role: String,
}

impl Gap {
    /// What is missing, such as `role anon`.
    #[must_use]
    pub fn missing(&self) -> &[String] {
        &self.missing
    }
}

/// A text that changes when what [`lay`] would lay for `product` does; empty where that is nothing.
#[must_use]
pub fn fingerprint(product: &Database) -> String {
    match product.settings.platform {
        None => String::new(),
        Some(Platform::Supabase) => checksum(include_str!("standin/lay.sql")),
    }
}

/// Looks whether the database of the connection, `product`, lacks anything of its platform; never writes. `None` where nothing is needed:
/// the product names no platform, the real one is there, or nothing is missing.
///
/// # Errors
/// [`guard::Refusal`] where something is missing and the database is not marked development or test; whatever the server says.
pub fn find_gap(client: &mut Client, product: &Database) -> Result<Option<Gap>> {
    match product.settings.platform {
        None => return Ok(None),
        Some(Platform::Supabase) => {}
    }
    let row = client
        .query_typed_one(include_str!("standin/missing.sql"), &[])
        .context("failed to look for what Supabase brings to a database")?;
    let gap = Gap {
        missing: row.try_get("missing")?,
        database: row.try_get("database")?,
        role: row.try_get("role")?,
    };
    if row.try_get("real")? || gap.missing.is_empty() {
        return Ok(None);
    }
    guard::stand_in(&gap.database, read_mark(client)?, &gap.missing)?;
    Ok(Some(gap))
}

/// Fills the gap, in one transaction. What another process has laid meanwhile is left as it is.
///
/// The roles are those of a Supabase project (<https://www.postgresql.org/docs/current/sql-createrole.html>); a privilege that is
/// granted by default holds for what the connected role makes from now on
/// (<https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html>).
///
/// # Errors
/// [`Reports`] where the connected role may not make something of it; then nothing was changed.
pub fn lay(client: &mut Client, gap: &Gap) -> Result<()> {
    let mut transaction = client
        .transaction()
        .context("failed to begin the stand-in of Supabase")?;
    lay_within(&mut transaction, gap)?;
    transaction
        .commit()
        .map_err(|error| Reports::from(not_allowed(gap, &error)).into())
}

/// As [`lay`], in the transaction that is open on `client`. Settings that it makes hold until the transaction's end.
///
/// # Errors
/// As [`lay`].
pub fn lay_within(client: &mut impl GenericClient, gap: &Gap) -> Result<()> {
    client
        .batch_execute(include_str!("standin/lay.sql"))
        .map_err(|error| Reports::from(not_allowed(gap, &error)).into())
}

fn not_allowed(gap: &Gap, error: &postgres::Error) -> Report {
    let report = Report::of_error(error).note(format!(
        "while laying the stand-in of Supabase in `{}`: {}",
        gap.database,
        gap.missing.join(", ")
    ));
    let report = report.note("it is laid in one transaction: nothing was changed");
    if error.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return report;
    }
    report.help(format!(
        "`{}` may not make it; run `cargo xtask db-migrate <database>` once as a superuser, or let one make the roles: \
         `CREATE ROLE anon NOLOGIN; CREATE ROLE authenticated NOLOGIN; CREATE ROLE service_role NOLOGIN BYPASSRLS`",
        gap.role
    ))
}
