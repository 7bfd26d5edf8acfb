//! The roles that queries are planned as: found, taken on, given back.

use std::fmt;

use anyhow::{Context as _, Result};
use postgres::GenericClient;
use postgres::types::Type;
use postgres_protocol::escape::escape_identifier;

/// Who runs a query, as `-- role: …` says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Role {
    /// `owner`: who owns the database.
    Owner,
    /// `connection`: who the toolkit connects as. For an application whose role is only known to its operator.
    Connection,
    /// Any other name, or one in double quotes.
    Named(String),
}

impl Role {
    /// What stands behind `role:`; `None` where that is no role.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "owner" => return Some(Self::Owner),
            "connection" => return Some(Self::Connection),
            _ => {}
        }
        let name = if let Some(quoted) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            let is_one_name = !quoted.replace("\"\"", "").contains('"');
            is_one_name.then(|| quoted.replace("\"\"", "\""))?
        } else {
            let is_plain = |c: char| !c.is_whitespace() && !matches!(c, '"' | ',' | '(' | ')');
            text.chars().all(is_plain).then(|| text.to_owned())?
        };
        (!name.is_empty()).then_some(Self::Named(name))
    }
}

impl fmt::Display for Role {
    /// As the file spells it, but for quotes that a name does not need.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner => out.write_str("owner"),
            Self::Connection => out.write_str("connection"),
            Self::Named(name) => out.write_str(name),
        }
    }
}

/// A role of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Actual {
    /// Its name, unquoted.
    pub(super) name: String,
    /// Whether PostgreSQL asks nothing of it.
    pub(super) superuser: bool,
}

/// Who `role` is on this server. A name that no role has is given back as it is: taking it on will fail, with the server's own words.
pub(super) fn find(client: &mut impl GenericClient, role: &Role) -> Result<Actual> {
    const QUERY: &str = "
        SELECT rolname::text, rolsuper FROM pg_catalog.pg_roles
        WHERE CASE $1
            WHEN 'connection' THEN rolname = current_user
            WHEN 'owner' THEN oid = (SELECT datdba FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
            ELSE rolname = $2
        END";
    let (kind, name) = match role {
        Role::Owner => ("owner", ""),
        Role::Connection => ("connection", ""),
        Role::Named(name) => ("named", name.as_str()),
    };
    let found = client
        .query_typed_opt(QUERY, &[(&kind, Type::TEXT), (&name, Type::TEXT)])
        .with_context(|| format!("failed to look up the role `{role}`"))?;
    Ok(match found {
        Some(row) => Actual {
            name: row.try_get(0)?,
            superuser: row.try_get(1)?,
        },
        None => Actual {
            name: name.to_owned(),
            superuser: false,
        },
    })
}

/// The statement that takes a role on until the savepoint is given up
/// (<https://www.postgresql.org/docs/current/sql-set-role.html>).
pub(super) fn act_as(role: &Actual) -> String {
    format!("SET LOCAL ROLE {}", escape_identifier(&role.name))
}
