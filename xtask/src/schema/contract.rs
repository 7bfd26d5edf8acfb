//! The contract: the queries that an application runs, and facts that its data must hold, checked against a live database.
//!
//! A `contract.sql` is SQL that `psql` understands too. Each statement stands directly under a block of comment lines, the first
//! of which is its header:
//!
//! ```sql
//! -- role: authenticated
//!
//! -- query: tool usage statistics (app/actions/dashboard-actions.ts:375-387)
//! -- anything else, for people
//! SELECT tool_id, count(*) FROM public.user_tool_usage WHERE user_id = $1 GROUP BY tool_id;
//!
//! -- check: there are 16 template questions
//! SELECT count(*) = 16 FROM public.template_questions;
//! ```
//!
//! A query is planned, as the role that runs it, and never run; a check is run, as the role that connects. Both happen in a transaction that
//! may not write and is rolled back.
//!
//! The role stands in a line `-- role: <name>`: at the top of the file for all queries, in the comment of a query for that one. Every
//! query has one, since as a superuser every query may be planned. Two names mean no fixed role: `owner`, who owns the database, and
//! `connection`, who connects, for an application whose role is only known to its operator. A role that is really called so is quoted.

mod parse;
mod role;

use std::fmt;

use anyhow::{Context, Result};
use postgres::error::{ErrorPosition, SqlState};
use postgres::types::Type;
use postgres::{Client, GenericClient};

pub use self::parse::parse;
pub use self::role::Role;
use self::role::{Actual, act_as, find};

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
    /// Where the application runs the query: a file, with or without lines, or an endpoint.
    pub origin: Option<String>,
    /// Who runs it; a check is run by whoever connects.
    pub role: Role,
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
    /// A query has no role, and neither has the file.
    #[error(
        "line {line}: nothing says which role runs the query `{name}`; write `-- role: <name>` at the top of the file, an empty line below it \
         (`owner`: who owns the database; `connection`: who connects), or in the comment of this query"
    )]
    NoRole {
        /// The line that the statement begins in.
        line: usize,
        /// The query's name.
        name: String,
    },
    /// What stands behind `role:` is no role, or it stands where it says nothing.
    #[error("line {line}: {reason}")]
    BadRole {
        /// Its line.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
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

/// What a [`Finding`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A query that the server can't plan, or not for that role.
    Query,
    /// A check that does not hold.
    Check,
    /// A role that queries name and that can't be taken on: they are not planned.
    Role,
}

impl From<Kind> for Subject {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Query => Self::Query,
            Kind::Check => Self::Check,
        }
    }
}

/// Something of the contract that the database does not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// The clause's name, or the role's.
    pub name: String,
    /// Where the application runs the query.
    pub origin: Option<String>,
    /// The line of the contract that the statement begins in, from 1; of a role, the first query's that names it.
    pub line: usize,
    /// The role that the clause was planned or run as, or would have been.
    pub role: String,
    /// The server's message, or what a check returned instead of true.
    pub message: String,
    /// The server's code of the error, such as `42501`.
    pub sqlstate: Option<String>,
    /// The server's hint.
    pub hint: Option<String>,
    /// Where in the statement, in characters from 1.
    pub position: Option<usize>,
}

impl fmt::Display for Finding {
    /// `` `name` (`origin`): message ``; where a right is missing, with the role that lacks it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject {
            Subject::Role => write!(out, "role `{}`", self.name)?,
            Subject::Query | Subject::Check => write!(out, "`{}`", self.name)?,
        }
        if let Some(origin) = &self.origin {
            write!(out, " (`{origin}`)")?;
        }
        write!(out, ": {}", self.message)?;
        let lacks_a_right = self.sqlstate.as_deref() == Some(SqlState::INSUFFICIENT_PRIVILEGE.code());
        if lacks_a_right && self.subject != Subject::Role {
            write!(out, " (as `{}`)", self.role)?;
        }
        Ok(())
    }
}

/// What came of holding a database against its contract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What the database does not keep: first the roles that can't be taken on, then the clauses in the contract's order.
    pub findings: Vec<Finding>,
    /// What could not be proved here, in sentences: that queries which were planned as a superuser can be run by anybody else.
    pub notes: Vec<String>,
}

/// Holds `client`'s database against `contract`, in a transaction of its own; see [`check_within`].
///
/// # Errors
/// See [`check_within`].
pub fn check(client: &mut Client, contract: &Contract) -> Result<Verdict> {
    let mut transaction = client
        .transaction()
        .context("failed to begin the transaction that checks the contract")?;
    let verdict = check_within(&mut transaction, contract)?;
    transaction
        .rollback()
        .context("failed to end the transaction that checks the contract")?;
    Ok(verdict)
}

/// Holds the database, as the transaction that is open on `client` sees it, against `contract`: one finding for each clause that it does not
/// keep, and one for each role that can't be taken on. Names are looked up by the session's `search_path`; rights are those of the clause's
/// role.
///
/// A query is prepared and its generic plan made, without being run: the types of its parameters are inferred, missing rights are
/// found, policies are planned with it, and a query that writes is planned like any other
/// (<https://www.postgresql.org/docs/current/sql-prepare.html>, <https://www.postgresql.org/docs/current/sql-explain.html>).
///
/// # Errors
/// No transaction is open, it has failed already, or the connection is lost. What the server says of a clause or a role is a finding.
pub fn check_within(client: &mut impl GenericClient, contract: &Contract) -> Result<Verdict> {
    trial(client, |client| {
        client
            .batch_execute("SET TRANSACTION READ ONLY; SET LOCAL plan_cache_mode = force_generic_plan")
            .context("failed to make the transaction read only")?;
        let mut verdict = Verdict::default();
        let mut cast: Vec<(&Role, Option<Actual>)> = Vec::new();
        for role in roles(contract) {
            cast.push((role, take_on(client, contract, role, &mut verdict)?));
        }
        let connected = find(client, &Role::Connection)?;
        for clause in &contract.clauses {
            let found = match clause.kind {
                Kind::Check => judge(client, clause, &connected)?,
                Kind::Query => match cast.iter().find(|(role, _)| **role == clause.role) {
                    Some((_, Some(actual))) => judge(client, clause, actual)?,
                    _ => None,
                },
            };
            verdict.findings.extend(found);
        }
        Ok(verdict)
    })
}

/// Does `work` behind a savepoint, and takes back what it did. Savepoints of one name hide each other, so that trials nest
/// (<https://www.postgresql.org/docs/current/sql-savepoint.html>).
fn trial<C: GenericClient, T>(client: &mut C, work: impl FnOnce(&mut C) -> Result<T>) -> Result<T> {
    client
        .batch_execute("SAVEPOINT xtask_contract")
        .context("failed to set the savepoint that checking the contract returns to")?;
    let done = work(client)?;
    client
        .batch_execute("ROLLBACK TO SAVEPOINT xtask_contract; RELEASE SAVEPOINT xtask_contract")
        .context("failed to return to the savepoint that was set to check the contract")?;
    Ok(done)
}

/// The roles of the queries, each once, in the contract's order.
fn roles(contract: &Contract) -> Vec<&Role> {
    let mut roles = Vec::new();
    for clause in contract.clauses.iter().filter(|clause| clause.kind == Kind::Query) {
        if !roles.contains(&&clause.role) {
            roles.push(&clause.role);
        }
    }
    roles
}

/// Tries to act as `role`; the role of the server that queries can be planned as, if there is one. What stands in the way is a finding; that
/// it is a superuser is one as well where the contract names it, and else a note: that is how this server is.
fn take_on(
    client: &mut impl GenericClient,
    contract: &Contract,
    role: &Role,
    verdict: &mut Verdict,
) -> Result<Option<Actual>> {
    let actual = find(client, role)?;
    let refusal = trial(client, |client| match client.batch_execute(&act_as(&actual)) {
        Ok(()) => Ok(None),
        Err(error) => Fault::from_server(error, "").map(Some),
    })?;
    let queries: Vec<&Clause> = contract
        .clauses
        .iter()
        .filter(|it| it.kind == Kind::Query && it.role == *role)
        .collect();
    let count = match queries.len() {
        1 => "1 query".to_owned(),
        many => format!("{many} queries"),
    };
    let is_usable = refusal.is_none();
    let fault = match (refusal, role) {
        (None, _) if !actual.superuser => return Ok(Some(actual)),
        (Some(fault), _) => Fault {
            message: format!("{}; not planned: {count}", fault.message),
            ..fault
        },
        (None, Role::Named(_)) => Fault::new(format!(
            "is a superuser, whom the server refuses nothing: that anybody else may run its {count} is not proved"
        )),
        (None, Role::Owner | Role::Connection) => {
            let who = if *role == Role::Owner {
                "owns the database"
            } else {
                "connects"
            };
            verdict.notes.push(format!(
                "planned as `{}`, who {who} and is a superuser here: {count}; that an ordinary role may run as much is only proved where \
                 an ordinary role {who}",
                actual.name
            ));
            return Ok(Some(actual));
        }
    };
    verdict.findings.push(Finding {
        subject: Subject::Role,
        name: actual.name.clone(),
        origin: None,
        line: queries.first().map_or(1, |clause| clause.line),
        role: actual.name.clone(),
        message: fault.message,
        sqlstate: fault.sqlstate,
        hint: fault.hint,
        position: None,
    });
    Ok(is_usable.then_some(actual))
}

/// The name of the one prepared statement; `PREPARE` outlives a rollback, so it is deallocated by name.
const STATEMENT: &str = "xtask_contract";

fn judge(client: &mut impl GenericClient, clause: &Clause, role: &Actual) -> Result<Option<Finding>> {
    let fault = match clause.kind {
        Kind::Query => plan(client, &clause.sql, role),
        Kind::Check => trial(client, |client| ask(client, &clause.sql)),
    }
    .with_context(|| format!("failed to check `{}` of the contract", clause.name))?;
    Ok(fault.map(|fault| Finding {
        subject: clause.kind.into(),
        name: clause.name.clone(),
        origin: clause.origin.clone(),
        line: clause.line,
        role: role.name.clone(),
        message: fault.message,
        sqlstate: fault.sqlstate,
        hint: fault.hint,
        position: fault.position,
    }))
}

/// What is wrong with a statement.
struct Fault {
    message: String,
    sqlstate: Option<String>,
    hint: Option<String>,
    position: Option<usize>,
}

impl Fault {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            sqlstate: None,
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
            sqlstate: Some(complaint.code().code().to_owned()),
            hint: complaint.hint().map(ToOwned::to_owned),
            position: position.and_then(|position| position.checked_sub(prefix.chars().count())),
        })
    }
}

/// Prepares and plans a query as `role`. The extended protocol takes one statement only, so that nothing can follow the query unseen.
fn plan(client: &mut impl GenericClient, sql: &str, role: &Actual) -> Result<Option<Fault>> {
    let prefix = format!("PREPARE {STATEMENT} AS ");
    let mut is_prepared = false;
    let fault = trial(client, |client| {
        client.batch_execute(&act_as(role))?;
        match client.query_typed(&format!("{prefix}{sql}"), &[]) {
            Ok(_) => is_prepared = true,
            Err(error) => return Fault::from_server(error, &prefix).map(Some),
        }
        explain(client)
    })?;
    if is_prepared {
        client.batch_execute(&format!("DEALLOCATE {STATEMENT}"))?;
    }
    Ok(fault)
}

/// Makes the generic plan of the prepared statement; positions of its errors are in a text that nobody wrote.
fn explain(client: &mut impl GenericClient) -> Result<Option<Fault>> {
    let row = client.query_typed_one(
        "SELECT pg_catalog.cardinality(parameter_types) FROM pg_catalog.pg_prepared_statements WHERE name = $1",
        &[(&STATEMENT, Type::TEXT)],
    )?;
    let parameters = usize::try_from(row.try_get::<_, i32>(0)?)?;
    let arguments = match parameters {
        0 => String::new(),
        _ => format!("({})", vec!["NULL"; parameters].join(", ")),
    };
    match client.batch_execute(&format!("EXPLAIN EXECUTE {STATEMENT}{arguments}")) {
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
fn ask(client: &mut impl GenericClient, sql: &str) -> Result<Option<Fault>> {
    const WANTED: &str = "a check returns one row of one boolean";
    Ok(match client.query_typed(sql, &[]) {
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
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_speaks_the_language_of_the_application() {
        let missing = Finding {
            subject: Subject::Query,
            name: "tool usage statistics".to_owned(),
            origin: Some("app/actions/dashboard-actions.ts:375".to_owned()),
            line: 1,
            role: "owner".to_owned(),
            message: "relation \"user_tool_usage\" does not exist".to_owned(),
            sqlstate: Some("42P01".to_owned()),
            hint: None,
            position: None,
        };
        assert_eq!(
            missing.to_string(),
            "`tool usage statistics` (`app/actions/dashboard-actions.ts:375`): relation \"user_tool_usage\" does not exist"
        );
        let refused = Finding {
            message: "permission denied for table tools".to_owned(),
            sqlstate: Some("42501".to_owned()),
            origin: None,
            ..missing
        };
        assert_eq!(
            refused.to_string(),
            "`tool usage statistics`: permission denied for table tools (as `owner`)"
        );
    }
}
