//! `db-reset`: builds a new database beside the old one, from migrations and seeds, and swaps the two by name.
//!
//! Until the swap the old database is not touched, and the swap is one transaction; the old one is kept under another name until the next
//! reset.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use postgres::Client;
use postgres::types::Type;
use postgres_protocol::escape::escape_identifier;
use rand::RngExt as _;
use serde_json::{Value, json};

use super::context::{Context, Create, Located, Start, check_then_do, create, items, lay_standin, may_create};
use super::permit::ask;
use super::progress::{Doing, reporter};
use crate::cli::{Consent, ResetArgs};
use crate::guard::facts::{read_mark, write_mark};
use crate::guard::{Action, Mark, Permit};
use crate::migration::apply::{self, Grouping, Options};
use crate::migration::file::{self, Migrations};
use crate::migration::lock::LockPolicy;
use crate::migration::plan::Allow;
use crate::migration::session::Session;
use crate::outcome::Outcome;
use crate::pg::connect::{ConnectError, ConnectOptions, connect};
use crate::pg::report::{Place, Report, Reports};
use crate::pg::script::checksum;
use crate::schema::contract::{self, Contract};
use crate::seed::{self, Seed};
use crate::standin;
use crate::ui::{self, count};
use crate::workspace::{Database, Workspace};

/// What a database is built from.
struct Sources<'a> {
    migrations: &'a Migrations,
    seeds: &'a [Seed],
    contract: Option<Contract>,
    /// Relative to the workspace.
    contract_path: String,
}

/// A database that is there, and the right to replace it.
struct Old {
    mark: Option<Mark>,
    permit: Permit,
}

/// Reads the files of all databases and asks the guard for each, then resets one after the other.
///
/// # Errors
/// What was found before anything was touched; what stops a database is in the outcome.
pub fn run(args: &ResetArgs) -> Result<Outcome> {
    let context = Context::of_process()?;
    let databases = context.select(&args.selection)?;
    let migrations = file::read_all(&context.workspace, &databases)?;
    let seeds = seed::read_all(&context.workspace, &databases)?;
    let located = context.locate(&databases, &migrations, &args.selection.place, Start::WhenNeeded)?;
    let check = |name: &str, located: &Located, (migrations, seeds)| {
        let database = context.workspace.database(name)?;
        let sources = Sources {
            migrations,
            seeds,
            contract: read_contract(&context.workspace, database)?,
            contract_path: context.workspace.display(&database.migrations.join("contract.sql")),
        };
        let old = examine(&context, database, located, args)?;
        Ok((database, sources, old))
    };
    let work = |name: &str, located: &Located, (database, sources, old): (&Database, Sources<'_>, Option<Old>)| {
        let start = Instant::now();
        let result = reset(&context, database, located, &sources, old.as_ref(), args)?;
        ui::status(
            "Finished",
            format!("{name}: reset in {:.2}s", start.elapsed().as_secs_f64()),
        );
        Ok(result)
    };
    let read = migrations.iter().zip(seeds.iter().map(Vec::as_slice));
    Ok(check_then_do(items(&databases, located, read), check, work))
}

fn read_contract(workspace: &Workspace, database: &Database) -> Result<Option<Contract>> {
    let path = database.migrations.join("contract.sql");
    if !path.is_file() {
        return Ok(None);
    }
    let shown = workspace.display(&path);
    let text = fs::read_to_string(&path).with_context(|| format!("failed to read `{shown}`"))?;
    contract::parse(&text)
        .map(Some)
        .with_context(|| format!("`{shown}` is no contract"))
}

/// Looks at the database that is to be replaced; `None` where it is missing, and may be created.
fn examine(context: &Context, database: &Database, located: &Located, args: &ResetArgs) -> Result<Option<Old>> {
    let mut client = match connect(&located.target, ConnectOptions::default()) {
        Ok(client) => client,
        Err(ConnectError::DatabaseMissing { .. }) if may_create(located, Create::OnDevelopmentServer) => {
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let permit = ask(context, database, located, &mut client, Action::Reset, &args.consent)?;
    refuse_what_a_new_one_would_lack(&mut client, permit.database())?;
    let mark = read_mark(&mut client)?;
    drop(client);
    let mut server = connect(&located.target.with_database("postgres"), ConnectOptions::default())?;
    if !args.disconnect {
        refuse_other_sessions(&mut server, permit.database())?;
    }
    refuse_to_lose_kept(located, &kept_name(permit.database()))?;
    Ok(Some(Old { mark, permit }))
}

/// Settings, privileges and the owner of a database belong to it and would not be those of a new one.
fn refuse_what_a_new_one_would_lack(client: &mut Client, name: &str) -> Result<()> {
    let row = client.query_typed_one(include_str!("reset/belongings.sql"), &[])?;
    if !row.try_get::<_, bool>("may_create")? {
        return Err(stopped(
            Report::new(format!("`{name}` can't be reset: this role may not create databases"))
                .note("nothing was touched")
                .help("let an administrator run `ALTER ROLE <role> CREATEDB`, or roll back and migrate instead"),
        ));
    }
    let belongings: Vec<String> = row.try_get("belongings")?;
    if belongings.is_empty() {
        return Ok(());
    }
    let report = Report::new(format!(
        "`{name}` can't be reset: a new database would lack what belongs to it"
    ));
    Err(stopped(
        belongings
            .iter()
            .fold(report, Report::note)
            .note("nothing was touched")
            .help("remove what is not needed; or undo and redo all migrations instead: `cargo xtask db-rollback <database> --to 0`"),
    ))
}

fn stopped(report: Report) -> anyhow::Error {
    Reports::from(report).into()
}

/// A session that has just ended, such as one of our own, is seen for a moment longer: others are refused when they stay.
fn refuse_other_sessions(server: &mut Client, name: &str) -> Result<()> {
    let mut look = || server.query_typed(include_str!("reset/sessions.sql"), &[(&name, Type::TEXT)]);
    let mut rows = look()?;
    for _ in 0..20 {
        if rows.is_empty() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
        rows = look()?;
    }
    let mut report = Report::new(format!("`{name}` is in use by {}", count(rows.len(), "other session")));
    for row in &rows {
        report = report.note(row.try_get::<_, String>("session")?);
    }
    Err(stopped(
        report
            .note("the database was not touched")
            .help("close them, or add `--disconnect` to end them"),
    ))
}

fn reset(
    context: &Context,
    database: &Database,
    located: &Located,
    sources: &Sources<'_>,
    old: Option<&Old>,
    args: &ResetArgs,
) -> Result<Value> {
    let name = located.target.database();
    let building = format!("{}__building_{:08x}", short(name), rand::rng().random::<u32>());
    let beside = Located {
        target: located.target.with_database(&building),
        origin: located.origin.clone(),
    };
    let mut server = connect(&located.target.with_database("postgres"), ConnectOptions::default())?;
    create(&beside)?;
    let result = permit_to_fill(context, database, &beside, old).and_then(|permit| {
        let built = build(database, &beside, sources, old, &permit)?;
        let kept = swap(&mut server, located, &building, old, args)?;
        Ok(json!({ "built": built, "kept": kept }))
    });
    result.map_err(|error| {
        let fate = match server.batch_execute(&format!("DROP DATABASE IF EXISTS {}", escape_identifier(&building))) {
            Ok(()) => format!("`{name}` was not touched: the new database was built beside it, and is dropped again"),
            Err(error) => {
                format!("`{name}` was not touched; `{building}` is left over and may be dropped ({error})")
            }
        };
        with_fate(error, fate)
    })
}

/// The error, with what became of the databases.
fn with_fate(error: anyhow::Error, fate: String) -> anyhow::Error {
    match error.downcast::<Reports>() {
        Ok(mut reports) => {
            if let Some(last) = reports.0.last_mut() {
                last.notes.push(fate);
                last.go_on("run `cargo xtask db-reset <database>` again");
            }
            reports.into()
        }
        Err(error) => {
            let report = Report::new(format!("{error:#}")).note(fate);
            error.context(Reports::from(report))
        }
    }
}

/// The right to fill the new database: it comes with the right to replace the old one, or the guard gives it.
fn permit_to_fill(context: &Context, database: &Database, beside: &Located, old: Option<&Old>) -> Result<Permit> {
    let mut client = connect(&beside.target, ConnectOptions::default())?;
    if let Some(old) = old {
        return old.permit.for_replacement(&mut client).map_err(stopped);
    }
    ask(
        context,
        database,
        beside,
        &mut client,
        Action::Seed,
        &Consent::default(),
    )
}

/// Migrates, seeds and checks the new database.
fn build(
    database: &Database,
    beside: &Located,
    sources: &Sources<'_>,
    old: Option<&Old>,
    permit: &Permit,
) -> Result<Value> {
    let (reporter, progress) = reporter(Doing::Apply);
    let mut session = Session::connect(&beside.target, reporter)?;
    if let Some(mark) = old.and_then(|old| old.mark) {
        write_mark(&mut session.client, mark)?;
    }
    if let Some(gap) = standin::find_gap(&mut session.client, database)? {
        lay_standin(&mut session.client, &database.name, &gap)?;
    }
    let options = Options {
        to: None,
        allow: Allow::default(),
        locks: LockPolicy::default(),
        grouping: Grouping::EachFile,
    };
    let prepared = apply::prepare(&mut session, &sources.migrations.list, options)?;
    progress.expect(prepared.steps.len());
    let result = apply::apply(&mut session, prepared, &sources.migrations.list, options);
    progress.finish();
    let applied = result.map_err(|stopped| stopped.reports)?.applied;
    let counts = seed::run(&mut session.client, sources.seeds, permit, &|_| {}).map_err(Reports::from)?;
    if let Some(contract) = &sources.contract {
        let findings = contract::check(&mut session.client, contract)?;
        if !findings.is_empty() {
            let report = Report::new("the new database does not keep the contract");
            return Err(stopped(
                findings
                    .iter()
                    .fold(report.at(Place::file(&sources.contract_path)), |report, finding| {
                        report.note(finding.to_string())
                    }),
            ));
        }
    }
    Ok(json!({ "applied": applied, "seeded": counts }))
}

/// Gives the new database the name of the old one, which is kept under another; in one transaction. What an earlier reset kept is dropped
/// only then. The kept one's name.
fn swap(
    server: &mut Client,
    located: &Located,
    building: &str,
    old: Option<&Old>,
    args: &ResetArgs,
) -> Result<Option<String>> {
    let name = located.target.database();
    let take = rename(building, name);
    if old.is_none() {
        server.batch_execute(&take)?;
        return Ok(None);
    }
    let kept = kept_name(name);
    let outdated = refuse_to_lose_kept(located, &kept)?.then(|| format!("{building}_outdated"));
    if args.disconnect {
        server.query_typed(include_str!("reset/disconnect.sql"), &[(&name, Type::TEXT)])?;
    }
    refuse_other_sessions(server, name)?;
    let make_room = outdated
        .as_ref()
        .map_or_else(String::new, |outdated| rename(&kept, outdated));
    if let Err(error) = server.batch_execute(&format!("BEGIN; {make_room} {} {take} COMMIT", rename(name, &kept))) {
        let _ = server.batch_execute("ROLLBACK");
        return Err(error).context("failed to swap the databases");
    }
    ui::note(format!(
        "the database as it was is kept as `{kept}` until the next reset"
    ));
    if let Some(outdated) = outdated
        && let Err(error) = server.batch_execute(&format!("DROP DATABASE {}", escape_identifier(&outdated)))
    {
        ui::warn(format!(
            "`{outdated}`, which an earlier reset kept, could not be dropped: {error}"
        ));
    }
    Ok(Some(kept))
}

fn rename(from: &str, to: &str) -> String {
    format!(
        "ALTER DATABASE {} RENAME TO {};",
        escape_identifier(from),
        escape_identifier(to)
    )
}

fn kept_name(name: &str) -> String {
    format!("{}__before_reset", short(name))
}

/// Whether an earlier reset kept a database; an error unless that one says itself that it is for development or tests.
fn refuse_to_lose_kept(located: &Located, kept: &str) -> Result<bool> {
    let mut client = match connect(&located.target.with_database(kept), ConnectOptions::default()) {
        Ok(client) => client,
        Err(ConnectError::DatabaseMissing { .. }) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    if matches!(read_mark(&mut client)?, Some(Mark::Development | Mark::Test)) {
        return Ok(true);
    }
    Err(stopped(
        Report::new(format!(
            "an earlier reset kept `{kept}`, and nothing says that its data may be lost"
        ))
        .note("nothing was touched")
        .help(format!(
            "drop it or rename it, then reset again: `DROP DATABASE {}`",
            escape_identifier(kept)
        )),
    ))
}

/// A name of at most 40 bytes, so that what is put behind it still fits 63; a longer one is told apart from others by a checksum.
fn short(name: &str) -> String {
    if name.len() <= 40 {
        return name.to_owned();
    }
    let end = (0..=31).rev().find(|&end| name.is_char_boundary(end)).unwrap_or(0);
    format!("{}_{}", &name[..end], &checksum(name)[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_that_begin_alike_are_kept_apart() {
        let (one, other) = ("x".repeat(62) + "1", "x".repeat(62) + "2");
        assert!(kept_name(&one).len() <= 63);
        assert_ne!(kept_name(&one), kept_name(&other));
        assert_eq!(kept_name("shop"), "shop__before_reset");
    }
}
