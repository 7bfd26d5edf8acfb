//! Holding a database against a contract: each query planned as its role, each check run, in a transaction that may not write.

use anyhow::{Context, Result};
use postgres::error::ErrorPosition;
use postgres::types::Type;
use postgres::{Client, GenericClient};

use super::role::{Actual, act_as, find};
use super::{Clause, Contract, Finding, Kind, Role, Subject, Verdict};

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
