//! The reset by a role that may not create databases: the database itself is emptied, migrated, seeded and checked, in one transaction. Until
//! its COMMIT everybody else sees what was there, and whatever fails leaves that.
//!
//! The database stays, with its owner, privileges, settings and mark; so there is nothing to keep and nothing to bring back.

use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use postgres::Client;
use postgres::error::SqlState;
use postgres::types::Type;
use serde_json::{Value, json};

use super::swap::OtherSessions;
use super::{Sources, refuse_broken_contract, stopped, with_fate};
use crate::cli::ResetArgs;
use crate::commands::shared::context::{Context, Located};
use crate::commands::shared::permit::ask;
use crate::commands::shared::progress::{Doing, reporter};
use crate::guard::{Action, Permit};
use crate::migration::apply;
use crate::migration::file::{self, Migration, Migrations};
use crate::migration::lock::{LockPolicy, Watch, name_holders};
use crate::migration::session::{Event, Session};
use crate::pg::connect::{ConnectOptions, connect};
use crate::pg::execute::RESET_SESSION;
use crate::pg::report::{Place, Report, Reports};
use crate::pg::script::Run;
use crate::schema::contract;
use crate::seed::{self, TableCount};
use crate::standin;
use crate::ui;
use crate::workspace::Database;

/// Resets of one database take turns under this advisory lock.
const LOCK: i64 = 0x7874_6173_6b02;
/// So many things that are in the way are named.
const NAMED: usize = 20;

/// Whether this is the way for the role of the connection: it may not create databases.
pub(super) fn is_the_way(client: &mut Client) -> Result<bool> {
    let query = "SELECT NOT (rolcreatedb OR rolsuper) FROM pg_catalog.pg_roles WHERE rolname = current_user";
    Ok(client.query_typed_one(query, &[])?.try_get(0)?)
}

/// Asks the guard, and looks for what speaks against it. Nothing is touched.
pub(super) fn examine(
    context: &Context,
    database: &Database,
    located: &Located,
    sources: &Sources<'_>,
    client: &mut Client,
    args: &ResetArgs,
) -> Result<Permit> {
    ui::note(format!(
        "`{}` may not create databases: a reset empties `{}` and builds it anew in one transaction, and keeps nothing of what it holds now",
        located.target.user(),
        located.target.database()
    ));
    let permit = ask(context, database, located, client, Action::Reset, &args.consent)?;
    refuse_statements(permit.database(), sources.migrations)?;
    refuse_what_stays(permit.database(), &contents(client, sources.migrations)?)?;
    Ok(permit)
}

fn refuse_statements(name: &str, migrations: &Migrations) -> Result<()> {
    let outside = |it: &&Migration| matches!(it.up.run, Run::Statements(_));
    let outside: Vec<_> = migrations.list.iter().filter(outside).collect();
    let Some(first) = outside.first() else {
        return Ok(());
    };
    let report = Report::new(format!(
        "`{name}` can't be reset: {} outside a transaction, and this role may not create databases",
        match outside.len() {
            1 => "a migration runs".to_owned(),
            many => format!("{many} migrations run"),
        }
    ))
    .at(Place::file(&first.up.path));
    Err(stopped(
        outside[1..]
            .iter()
            .fold(report, |report, migration| {
                report.note(format!("so does `{}`", migration.up.path))
            })
            .note("where a role may not create databases, a reset is one transaction")
            .note("nothing was touched")
            .help(MAY_CREATE)
            .help(ROLL_BACK),
    ))
}

const ROLL_BACK: &str = "or undo and redo all migrations instead: `cargo xtask db-rollback <database> --to 0`";
const MAY_CREATE: &str =
    "let an administrator run `ALTER ROLE <role> CREATEDB`: a reset then builds a new database beside the old one";

/// Something that a new database would not have.
struct Item {
    /// With its owner, for people.
    shown: String,
    /// What removes it.
    statement: String,
    /// Whether the connected role may run that.
    may: bool,
}

fn contents(client: &mut Client, migrations: &Migrations) -> Result<Vec<Item>> {
    let made_once = file::extensions_made_once(&migrations.list);
    let rows = client
        .query_typed(include_str!("in_place/contents.sql"), &[(&made_once, Type::TEXT_ARRAY)])
        .context("failed to look what is in the database")?;
    rows.iter()
        .map(|row| {
            Ok(Item {
                shown: row.try_get("shown")?,
                statement: row.try_get("statement")?,
                may: row.try_get("may")?,
            })
        })
        .collect()
}

fn refuse_what_stays(name: &str, contents: &[Item]) -> Result<()> {
    let staying: Vec<&Item> = contents.iter().filter(|item| !item.may).collect();
    if staying.is_empty() {
        return Ok(());
    }
    let report = Report::new(format!(
        "`{name}` can't be reset: this role may not drop all that is in it"
    ));
    let report = staying
        .iter()
        .take(NAMED)
        .fold(report, |report, item| report.note(&item.shown));
    let report = match staying.len().saturating_sub(NAMED) {
        0 => report,
        more => report.note(format!("and {more} more")),
    };
    Err(stopped(
        report
            .note("nothing was touched")
            .help("let their owners drop them, or give them to `<role>` (`ALTER … OWNER TO`)")
            .help(MAY_CREATE)
            .help(ROLL_BACK),
    ))
}

/// Resets the database that `permit` was given for.
pub(super) fn reset(
    database: &Database,
    located: &Located,
    sources: &Sources<'_>,
    permit: &Permit,
    args: &ResetArgs,
) -> Result<Value> {
    let migrations = &sources.migrations.list;
    let (reporter, progress) = reporter(Doing::Apply);
    let mut session = Session::connect(&located.target, reporter)?;
    permit.confirm(&mut session.client, Action::Reset).map_err(stopped)?;
    if OtherSessions::of(args) == OtherSessions::End {
        session
            .client
            .query_typed(include_str!("disconnect.sql"), &[(&permit.database(), Type::TEXT)])
            .map_err(|error| {
                stopped(Report::of_error(&error).note("while ending other sessions; the database was not touched"))
            })?;
    }
    progress.expect(migrations.len());
    let built = build(&mut session, database, sources, permit);
    let done = built.and_then(|seeded| commit(&mut session, located).map(|()| seeded));
    if done.is_ok() {
        for migration in migrations {
            session.tell(&Event::Applied(migration.stem.clone()));
        }
    } else {
        // In a transaction that failed there is nothing to lose; a lost connection has rolled back already.
        let _ = session.client.batch_execute("ROLLBACK");
    }
    progress.finish();
    let seeded = match done {
        Ok(seeded) => seeded,
        Err(error) if error.is::<Unknown>() => return Err(error.context(unknown(permit.database()))),
        Err(error) => {
            let fate = format!(
                "`{}` is as it was: the reset is one transaction, and that is rolled back",
                permit.database()
            );
            return Err(with_fate(error, fate));
        }
    };
    ui::note(format!(
        "nothing is kept of what `{}` held before: `{}` may not create databases",
        permit.database(),
        located.target.user()
    ));
    let applied: Vec<&String> = migrations.iter().map(|migration| &migration.stem).collect();
    Ok(json!({ "built": { "applied": applied, "seeded": seeded, "template": null }, "kept": null }))
}

/// Everything but the COMMIT.
fn build(
    session: &mut Session,
    database: &Database,
    sources: &Sources<'_>,
    permit: &Permit,
) -> Result<Vec<TableCount>> {
    begin(&mut session.client)?;
    empty(session, permit.database(), sources.migrations)?;
    if let Some(gap) = standin::find_gap(&mut session.client, database)? {
        standin::lay_within(&mut session.client, &gap)?;
        session.client.batch_execute(RESET_SESSION)?;
    }
    apply::apply_within(session, &sources.migrations.list, LockPolicy::default())?;
    let client = &mut session.client;
    let seeded = seed::run_within(client, sources.seeds, permit, &|_| {}).map_err(Reports::from)?;
    if let Some(contract) = &sources.contract {
        let findings = contract::check_within(client, contract)?.findings;
        refuse_broken_contract(&sources.contract_path, &findings)?;
    }
    Ok(seeded)
}

/// Begins, and waits until no other run resets the same database. Behind the wait each statement sees what is committed.
fn begin(client: &mut Client) -> Result<()> {
    client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = 0")?;
    let lock = |function: &str| format!("SELECT pg_catalog.{function}({LOCK})");
    let locked: bool = client
        .query_typed_one(&lock("pg_try_advisory_xact_lock"), &[])?
        .try_get(0)?;
    if !locked {
        ui::status("Blocking", "another run resets the database");
        client.query_typed(&lock("pg_advisory_xact_lock"), &[])?;
    }
    Ok(())
}

/// Removes what a new database would not have. Waits no longer for those who use it than migrations do.
fn empty(session: &mut Session, name: &str, migrations: &Migrations) -> Result<()> {
    let contents = contents(&mut session.client, migrations)?;
    refuse_what_stays(name, &contents)?;
    let locks = LockPolicy::default();
    let drops: Vec<&str> = contents.iter().map(|item| item.statement.as_str()).collect();
    // What a statement drops besides, and what is gone already, is no news to anybody.
    let message = format!(
        "{} SET LOCAL client_min_messages = warning; SET LOCAL search_path = pg_catalog; {} {};\n{}\n{RESET_SESSION}",
        session.comment(),
        locks.statement(),
        drops.join(";\n"),
        include_str!("in_place/restore_public.sql"),
    );
    let watch = Watch::start(session, locks);
    let result = session.client.batch_execute(&message);
    let holders = watch.finish();
    if let Err(error) = result {
        let report = Report::of_error(&error).note("while dropping what is in the database");
        return Err(stopped(if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) {
            name_holders(report, &holders).help("or add `--disconnect` to end all other sessions on the database")
        } else {
            report
        }));
    }
    let left = self::contents(&mut session.client, migrations)?;
    if left.is_empty() {
        return Ok(());
    }
    let report = Report::new(format!("`{name}` could not be emptied"));
    Err(stopped(left.iter().take(NAMED).fold(report, |report, item| {
        report.note(format!("still there: {}", item.shown))
    })))
}

/// The connection was lost at the COMMIT, and nobody could say whether it was done.
#[derive(Debug, thiserror::Error)]
#[error("the connection was lost while the reset was committed: {0}")]
struct Unknown(postgres::Error);

/// Commits. Where the answer does not arrive, the server is asked on another connection what became of the transaction.
fn commit(session: &mut Session, located: &Located) -> Result<()> {
    let id: String = session
        .client
        .query_typed_one("SELECT pg_catalog.pg_current_xact_id()::text", &[])?
        .try_get(0)?;
    let Err(error) = session.client.batch_execute("COMMIT") else {
        return Ok(());
    };
    match ask_what_became_of(&id, located).as_deref() {
        Ok("committed") => Ok(()),
        Ok("aborted") => Err(error).context("failed to commit"),
        _ => Err(Unknown(error).into()),
    }
}

/// `committed`, `aborted` or `in progress`, where it has not come to its end within a second
/// (<https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT>).
fn ask_what_became_of(id: &str, located: &Located) -> Result<String> {
    let mut client = connect(&located.target, ConnectOptions::default())?;
    let mut look = || -> Result<String> {
        let query = "SELECT pg_catalog.pg_xact_status($1::text::xid8)";
        Ok(client.query_typed_one(query, &[(&id, Type::TEXT)])?.try_get(0)?)
    };
    let mut status = look()?;
    for _ in 0..20 {
        if status != "in progress" {
            break;
        }
        thread::sleep(Duration::from_millis(50));
        status = look()?;
    }
    Ok(status)
}

fn unknown(name: &str) -> Reports {
    Report::new("the connection was lost while the reset was committed")
        .note("and the server could not be asked whether it was done")
        .note(format!("`{name}` is either as it was or completely new"))
        .help(
            "look with `cargo xtask db-status <database>`, then run `cargo xtask db-reset <database>` again if need be",
        )
        .into()
}

/// Refuses to bring back what was never kept.
pub(super) fn refuse_undo(name: &str) -> Result<()> {
    Err(stopped(
        Report::new(format!("there is nothing to bring back for `{name}`"))
            .note("this role may not create databases: its resets are one transaction in the database itself, and keep nothing")
            .note("nothing was touched")
            .help("bring the data back from a dump; or let a role that may create databases run this, if one of its resets kept some"),
    ))
}
