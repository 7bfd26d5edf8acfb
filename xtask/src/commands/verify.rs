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
use serde_json::{Value, json};

use self::finding::{Finding, RULES};
use self::live::{Ledger, Recorded};
use super::shared::build::read_contract;
use super::shared::build::template::{self, Sources};
use super::shared::context::{Context, Located, Origin, Start, for_each, items};
use super::shared::failure::of_database;
use crate::cli::VerifyArgs;
use crate::guard::Mark;
use crate::guard::facts::read_mark;
use crate::migration::file::{self, Migration, Migrations};
use crate::outcome::{Answer, Exit, Outcome};
use crate::pg::connect::{ConnectOptions, connect};
use crate::pg::report::{Report, Reports};
use crate::pg::script::Script;
use crate::schema::contract::Contract;
use crate::schema::diff::diff;
use crate::schema::exceptions::{Exception, Exceptions};
use crate::schema::{Schema, advice, introspect};
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
    let files: Vec<Files<'_>> = databases
        .iter()
        .zip(&migrations)
        .map(|(database, migrations)| Files::read(&context, database, migrations))
        .collect::<Result<_>>()?;
    let located = context.locate(&databases, &migrations, &args.selection.place, Start::WhenNeeded)?;
    let mut found = 0;
    let mut outcome = for_each(items(&databases, located, &files), |name, located, files| {
        let verified = verify(&context, files, &located);
        let (answer, findings) = verified.map_err(|error| of_database(name, Some(&located), error))?;
        found += findings;
        Ok(answer)
    });
    if outcome.error.is_none() && found > 0 {
        outcome.exit = Exit::Pending;
    }
    Ok(outcome)
}

/// What the files say of one database.
struct Files<'a> {
    database: &'a Database,
    migrations: &'a Migrations,
    contract: Option<Contract>,
    exceptions: Exceptions,
    /// Relative to the workspace.
    exceptions_path: String,
}

impl<'a> Files<'a> {
    fn read(context: &Context, database: &'a Database, migrations: &'a Migrations) -> Result<Self> {
        let (contract, _) = read_contract(&context.workspace, database)?;
        let path = database.migrations.join("exceptions.toml");
        let exceptions_path = context.workspace.display(&path);
        let rules: Vec<&str> = RULES.iter().copied().chain(advice::rules()).collect();
        Ok(Self {
            database,
            migrations,
            contract,
            exceptions: Exceptions::read(&path, &exceptions_path, &rules)?,
            exceptions_path,
        })
    }
}

/// What there is to say of one database, and the number of findings.
fn verify(context: &Context, files: &Files<'_>, located: &Located) -> Result<(Answer, usize)> {
    let start = Instant::now();
    let (name, migrations) = (&files.database.name, &files.migrations.list);
    let mut client = connect(&located.target, ConnectOptions::default())?;
    let server = server_for_building(context, files, located, &mut client)?;
    let live = live::read(&mut client, name, migrations, files.contract.as_ref())?;
    let (sources, mut notes) = sources(name, migrations, &live.ledger)?;
    let fresh = build_and_read(&server, located, files.database, &sources)?;
    let drift = diff(&fresh, &live.schema).into_iter().map(Finding::from);
    let mut found = live.ledger_findings;
    found.extend(drift);
    found.extend(live.advice);
    found.extend(live.contract);
    let split = files
        .exceptions
        .split(found, |finding| (finding.rule, &finding.subject));
    let mut findings = split.kept;
    findings.extend(split.unmatched.iter().map(|it| unused(it, &files.exceptions_path)));
    if !split.excepted.is_empty() {
        notes.push(format!(
            "{} not told of, for the reasons in {}",
            count(split.excepted.len(), "finding"),
            files.exceptions_path
        ));
    }
    live.notes.iter().for_each(ui::note);
    let summary = report::summary(&findings);
    ui::status(
        "Verified",
        format!("{name}: {summary} in {:.2}s", start.elapsed().as_secs_f64()),
    );
    let shown = (!findings.is_empty()).then(|| report::render(name, &notes, &findings));
    notes.extend(live.notes);
    let excepted: Vec<Value> = split
        .excepted
        .iter()
        .map(|(finding, exception)| json!({ "rule": finding.rule, "subject": finding.subject, "reason": exception.reason }))
        .collect();
    let answer = Answer {
        result: json!({ "findings": findings, "excepted": excepted, "notes": notes }),
        shown,
    };
    Ok((answer, findings.len()))
}

/// An exception that excuses nothing.
fn unused(exception: &Exception, file: &str) -> Finding {
    let Exception { rule, object, line, .. } = exception;
    Finding {
        help: vec!["take it out, or write the object as the finding does that is meant".to_owned()],
        subject: format!("{rule}: {object}"),
        ..Finding::new(
            "unused-exception",
            format!("{file}:{line}"),
            format!("there is no finding `{rule}` about `{object}`"),
        )
    }
}

/// A place on the server that the fresh database is built on.
fn server_for_building(
    context: &Context,
    files: &Files<'_>,
    located: &Located,
    client: &mut Client,
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
        .development_server(files.database, files.migrations)
        .with_context(|| {
            format!(
                "`{}` has to be built afresh to be compared with, and there is no server to do it on; the live database was not touched",
                files.database.name
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
    let sources = Sources {
        database,
        migrations,
        contents: None,
    };
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
