//! The contract: the queries that an application runs, and facts that its data must hold, checked against a live database.
//!
//! A `contract.sql` is SQL that `psql` understands too. Each statement stands directly under a block of comment lines, the first
//! of which is its header:
//!
//! ```sql
//! -- query: tool usage statistics (app/actions/dashboard-actions.ts:375-387)
//! -- anything else, for people
//! SELECT tool_id, count(*) FROM public.user_tool_usage WHERE user_id = $1 GROUP BY tool_id;
//!
//! -- check: there are 16 template questions
//! SELECT count(*) = 16 FROM public.template_questions;
//! ```
//!
//! A query is planned and never run; a check is run. Both happen in a transaction that may not write and is rolled back.

mod parse;

use std::fmt;

use anyhow::{Context, Result};
use postgres::error::ErrorPosition;
use postgres::types::Type;
use postgres::{Client, Transaction};

pub use self::parse::parse;

/// The statements of one `contract.sql`, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Queries and checks.
    pub clauses: Vec<Clause>,
}

/// What a [`Clause`] asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The application runs it: the server must be able to plan it.
    Query,
    /// A fact: it must return one row of one boolean, true.
    Check,
}

/// One statement and what its header says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Query or check.
    pub kind: Kind,
    /// A query's name, or a check's sentence.
    pub name: String,
    /// Where the application runs the query, `file:lines`.
    pub origin: Option<String>,
    /// The line of the contract that the statement begins in, from 1.
    pub line: usize,
    /// The statement, without its semicolon.
    pub sql: String,
}

/// Why a text is no contract; lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    /// A statement has no header directly above it.
    #[error(
        "line {line}: this statement has no header; write `-- query: <name> (<file>:<line>)` or `-- check: <sentence>` as the first line of the comment directly above it"
    )]
    NoHeader {
        /// The line that the statement begins in.
        line: usize,
    },
    /// The text is not SQL that can be cut into statements.
    #[error("line {line}: {reason}")]
    Unreadable {
        /// Where the trouble begins.
        line: usize,
        /// Such as an open quote.
        reason: String,
    },
    /// A header has no statement directly below it.
    #[error("line {line}: there is no statement directly below `{header}`")]
    NoStatement {
        /// The header's line.
        line: usize,
        /// The header as written.
        header: String,
    },
    /// A header has no name.
    #[error("line {line}: this header has no name; write `-- query: <name> (<file>:<line>)` or `-- check: <sentence>`")]
    NoName {
        /// The header's line.
        line: usize,
    },
    /// Two headers have the same name, which would make reports ambiguous.
    #[error("line {line}: the name `{name}` is taken by the statement of line {first}; give one of them another")]
    SameName {
        /// The line of the second statement.
        line: usize,
        /// The line of the first statement.
        first: usize,
        /// Their name.
        name: String,
    },
}

/// A clause of the contract that the database does not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Query or check.
    pub kind: Kind,
    /// The clause's name.
    pub name: String,
    /// Where the application runs the query.
    pub origin: Option<String>,
    /// The line of the contract that the statement begins in, from 1.
    pub line: usize,
    /// The server's message, or what a check returned instead of true.
    pub message: String,
    /// The server's hint.
    pub hint: Option<String>,
    /// Where in the statement, in characters from 1.
    pub position: Option<usize>,
}

impl fmt::Display for Finding {
    /// `` `name` (`origin`): message ``.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}`", self.name)?;
        if let Some(origin) = &self.origin {
            write!(out, " (`{origin}`)")?;
        }
        write!(out, ": {}", self.message)
    }
}

/// Holds `client`'s database against `contract`, in a transaction of its own; see [`check_within`].
///
/// # Errors
/// See [`check_within`].
pub fn check(client: &mut Client, contract: &Contract) -> Result<Vec<Finding>> {
    let mut transaction = client
        .transaction()
        .context("failed to begin the transaction that checks the contract")?;
    let findings = check_within(&mut transaction, contract)?;
    transaction
        .rollback()
        .context("failed to end the transaction that checks the contract")?;
    Ok(findings)
}

/// Holds the database, as the caller's transaction sees it, against `contract`: one finding for each clause that it does not keep,
/// in the contract's order. Names are looked up by the session's `search_path`, rights are those of its role.
///
/// A query is prepared and its generic plan made, without being run: the types of its parameters are inferred, missing rights are
/// found, and a query that writes is planned like any other
/// (<https://www.postgresql.org/docs/current/sql-prepare.html>, <https://www.postgresql.org/docs/current/sql-explain.html>).
///
/// # Errors
/// The connection is lost, or the transaction has failed already. What the server says of a clause is a finding.
pub fn check_within(transaction: &mut Transaction<'_>, contract: &Contract) -> Result<Vec<Finding>> {
    let mut guarded = transaction
        .transaction()
        .context("failed to set the savepoint that checking the contract returns to")?;
    guarded
        .batch_execute("SET TRANSACTION READ ONLY; SET LOCAL plan_cache_mode = force_generic_plan")
        .context("failed to make the transaction read only")?;
    let mut findings = Vec::new();
    for clause in &contract.clauses {
        findings.extend(check_clause(&mut guarded, clause)?);
    }
    guarded
        .rollback()
        .context("failed to return to the savepoint that was set to check the contract")?;
    Ok(findings)
}

/// The name of the one prepared statement; `PREPARE` outlives a rollback, so it is deallocated by name.
const STATEMENT: &str = "xtask_contract";

fn check_clause(transaction: &mut Transaction<'_>, clause: &Clause) -> Result<Option<Finding>> {
    let fault = match clause.kind {
        Kind::Query => plan(transaction, &clause.sql),
        Kind::Check => ask(transaction, &clause.sql),
    }
    .with_context(|| format!("failed to check `{}` of the contract", clause.name))?;
    Ok(fault.map(|fault| Finding {
        kind: clause.kind,
        name: clause.name.clone(),
        origin: clause.origin.clone(),
        line: clause.line,
        message: fault.message,
        hint: fault.hint,
        position: fault.position,
    }))
}

/// What is wrong with a statement.
struct Fault {
    message: String,
    hint: Option<String>,
    position: Option<usize>,
}

impl Fault {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            position: None,
        }
    }

    /// The server's complaint about a statement that was sent behind `prefix`; an error when it was not the server that complained.
    fn from_server(error: postgres::Error, prefix: &str) -> Result<Self> {
        let Some(complaint) = error.as_db_error() else {
            return Err(error.into());
        };
        let position = match complaint.position() {
            Some(ErrorPosition::Original(position)) => usize::try_from(*position).ok(),
            _ => None,
        };
        Ok(Self {
            message: complaint.message().to_owned(),
            hint: complaint.hint().map(ToOwned::to_owned),
            position: position.and_then(|position| position.checked_sub(prefix.chars().count())),
        })
    }
}

/// Prepares and plans a query. The extended protocol takes one statement only, so that nothing can follow the query unseen.
fn plan(transaction: &mut Transaction<'_>, sql: &str) -> Result<Option<Fault>> {
    let prefix = format!("PREPARE {STATEMENT} AS ");
    let mut savepoint = transaction.transaction()?;
    if let Err(error) = savepoint.query_typed(&format!("{prefix}{sql}"), &[]) {
        let fault = Fault::from_server(error, &prefix)?;
        savepoint.rollback()?;
        return Ok(Some(fault));
    }
    let fault = explain(&mut savepoint)?;
    savepoint.rollback()?;
    transaction.batch_execute(&format!("DEALLOCATE {STATEMENT}"))?;
    Ok(fault)
}

/// Makes the generic plan of the prepared statement; positions of its errors are in a text that nobody wrote.
fn explain(transaction: &mut Transaction<'_>) -> Result<Option<Fault>> {
    let row = transaction.query_typed_one(
        "SELECT pg_catalog.cardinality(parameter_types) FROM pg_catalog.pg_prepared_statements WHERE name = $1",
        &[(&STATEMENT, Type::TEXT)],
    )?;
    let parameters = usize::try_from(row.try_get::<_, i32>(0)?)?;
    let arguments = match parameters {
        0 => String::new(),
        _ => format!("({})", vec!["NULL"; parameters].join(", ")),
    };
    match transaction.batch_execute(&format!("EXPLAIN EXECUTE {STATEMENT}{arguments}")) {
        Ok(()) => Ok(None),
        Err(error) => {
            let fault = Fault::from_server(error, "")?;
            Ok(Some(Fault {
                position: None,
                ..fault
            }))
        }
    }
}

/// Runs a check.
fn ask(transaction: &mut Transaction<'_>, sql: &str) -> Result<Option<Fault>> {
    const WANTED: &str = "a check returns one row of one boolean";
    let mut savepoint = transaction.transaction()?;
    let fault = match savepoint.query_typed(sql, &[]) {
        Err(error) => Some(Fault::from_server(error, "")?),
        Ok(rows) => match rows.as_slice() {
            [row] if row.len() != 1 => Some(Fault::new(format!("returned {} columns; {WANTED}", row.len()))),
            [row] if *row.columns()[0].type_() != Type::BOOL => {
                let found = row.columns()[0].type_();
                Some(Fault::new(format!("returned a value of type {found}; {WANTED}")))
            }
            [row] => match row.try_get::<_, Option<bool>>(0)? {
                Some(true) => None,
                Some(false) => Some(Fault::new("is false")),
                None => Some(Fault::new("is null, neither true nor false")),
            },
            rows => Some(Fault::new(format!("returned {} rows; {WANTED}", rows.len()))),
        },
    };
    savepoint.rollback()?;
    Ok(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_speaks_the_language_of_the_application() {
        let finding = Finding {
            kind: Kind::Query,
            name: "tool usage statistics".to_owned(),
            origin: Some("app/actions/dashboard-actions.ts:375".to_owned()),
            line: 1,
            message: "relation \"user_tool_usage\" does not exist".to_owned(),
            hint: None,
            position: None,
        };
        assert_eq!(
            finding.to_string(),
            "`tool usage statistics` (`app/actions/dashboard-actions.ts:375`): relation \"user_tool_usage\" does not exist"
        );
    }
}
