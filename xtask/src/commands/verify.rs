//! `db-verify`: is this live database what the files say?
//!
//! It is read in one transaction that may not write. What the files say of its schema is read from a database that is freshly built from
//! the same files: on the same server where that one is for development or tests and its role may create databases, else on the
//! development server.

mod finding;
mod live;
mod report;

use std::time::Instant;

use anyhow::{Context as _, Result};
use postgres::Client;
use serde_json::json;

use self::finding::Finding;
use self::live::{Ledger, Live, Recorded};
use super::build::read_contract;
use super::build::template::{self, Sources};
use super::context::{Context, Located, Origin, Start, for_each, items};
use super::failure::of_database;
use crate::cli::VerifyArgs;
use crate::guard::Mark;
use crate::guard::facts::read_mark;
use crate::migration::file::{self, Migration, Migrations};
use crate::outcome::{Answer, Exit, Outcome};
use crate::pg::connect::{ConnectOptions, connect};
use crate::pg::report::{Report, Reports};
use crate::pg::script::Script;
use crate::schema::diff::diff;
use crate::schema::{Schema, introspect};
use crate::ui::{self, count};
use crate::workspace::Database;

/// Verifies one database after the other.
///
/// # Errors
/// Files that can't be read; what stops a database is in the outcome.
pub fn run(args: &VerifyArgs) -> Result<Outcome> {
    let context = Context::of_process()?;
    let databases = context.select(&args.selection)?;
    let migrations = file::read_all(&context.workspace, &databases)?;
    let located = context.locate(&databases, &migrations, &args.selection.place, Start::WhenNeeded)?;
    let mut found = 0;
    let read = databases.iter().zip(&migrations);
    let mut outcome = for_each(
        items(&databases, located, read),
        |name, located, (database, migrations)| {
            let answer = verify(&context, database, &located, migrations)
                .map_err(|error| of_database(name, Some(&located), error))?;
            found += answer.1;
            Ok(answer.0)
        },
    );
    if outcome.error.is_none() && found > 0 {
        outcome.exit = Exit::Pending;
    }
    Ok(outcome)
}

/// What there is to say of one database, and the number of findings.
fn verify(
    context: &Context,
    database: &Database,
    located: &Located,
    migrations: &Migrations,
) -> Result<(Answer, usize)> {
    let start = Instant::now();
    let name = &database.name;
    let (contract, _) = read_contract(&context.workspace, database)?;
    let mut client = connect(&located.target, ConnectOptions::default())?;
    let server = server_for_building(context, database, located, &mut client, migrations)?;
    let live = live::read(&mut client, name, &migrations.list, contract.as_ref())?;
    let (sources, notes) = sources(name, &migrations.list, &live.ledger)?;
    let fresh = build_and_read(&server, located, database, &sources)?;
    let Live { findings, schema, .. } = live;
    let drift = diff(&fresh, &schema).into_iter().map(Finding::from);
    // The contract is what the application sees of all the rest, and comes last.
    let (contract, mut findings): (Vec<Finding>, Vec<Finding>) =
        findings.into_iter().partition(|finding| finding.rule == "contract");
    findings.extend(drift);
    findings.extend(contract);
    ui::status(
        "Verified",
        format!(
            "{name}: {} in {:.2}s",
            report::summary(&findings),
            start.elapsed().as_secs_f64()
        ),
    );
    let answer = Answer {
        result: json!({ "compared_with": notes, "findings": findings }),
        shown: (!findings.is_empty()).then(|| report::render(name, &notes, &findings)),
    };
    Ok((answer, findings.len()))
}

/// A place on the server that the fresh database is built on.
fn server_for_building(
    context: &Context,
    database: &Database,
    located: &Located,
    client: &mut Client,
    migrations: &Migrations,
) -> Result<Located> {
    if located.origin == Origin::DevelopmentServer {
        return Ok(located.clone());
    }
    let may_create = "SELECT rolcreatedb OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user";
    let for_development = matches!(read_mark(client)?, Some(Mark::Development | Mark::Test));
    if for_development && client.query_typed_one(may_create, &[])?.try_get(0)? {
        return Ok(located.clone());
    }
    context
        .development_server(database, migrations)
        .with_context(|| {
            format!(
                "`{}` has to be built afresh to be compared with, and there is no server to do it on; the live database was not touched",
                database.name
            )
        })
}

/// The migrations that the fresh database is built from, and what is to be known of that.
///
/// What the ledger is told of already is no drift as well: what is pending is left out, and what has no file comes from the ledger. A file
/// that was changed is taken as it is now, so that the drift says what of the change the database lacks.
fn sources(name: &str, files: &[Migration], ledger: &Ledger) -> Result<(Vec<Migration>, Vec<String>)> {
    let Ledger::Rows(recorded) = ledger else {
        let note = format!("the schema is compared with all {}", count(files.len(), "migration"));
        return Ok((files.to_vec(), vec![note]));
    };
    let mut sources = Vec::new();
    let (mut kept, mut half_done) = (0, 0);
    for migration in recorded {
        match migration {
            Recorded::File(index) => sources.extend(files.get(*index).cloned()),
            Recorded::Kept(row) => {
                kept += 1;
                let (row, texts) = row.as_ref();
                let stem = format!("{}_{}", row.version, row.name);
                sources.push(Migration {
                    version: row.version,
                    name: row.name.clone(),
                    up: Script::parse(
                        &format!("{stem}.sql, as the ledger of {name} keeps it"),
                        texts.up.as_bytes(),
                    )?,
                    stem,
                    down: None,
                });
            }
            Recorded::HalfDone => half_done += 1,
        }
    }
    let mut notes = vec![format!(
        "the schema is compared with the {} that {} applied",
        count(sources.len(), "migration"),
        if sources.len() == 1 { "is" } else { "are" }
    )];
    if kept > 0 {
        notes.push(format!("{kept} of them as the ledger keeps them, for want of a file"));
    }
    if half_done > 0 {
        notes.push("what a migration that is half-done has made so far is told as extra".to_owned());
    }
    Ok((sources, notes))
}

/// The schema that the migrations make.
fn build_and_read(server: &Located, live: &Located, database: &Database, migrations: &[Migration]) -> Result<Schema> {
    let sources = Sources { database, migrations };
    let opened = template::open(server, live.target.database(), sources);
    let mut client = opened.map_err(|error| {
        const FATE: &str = "while building the database afresh, to compare it with; the live one was not touched";
        match error.downcast::<Reports>() {
            Ok(mut reports) => {
                if let Some(last) = reports.0.last_mut() {
                    last.notes.push(FATE.to_owned());
                }
                reports.into()
            }
            Err(error) => {
                let report = Report::new(format!("{error:#}")).note(FATE);
                error.context(Reports::from(report))
            }
        }
    })?;
    introspect(&mut client)
}
