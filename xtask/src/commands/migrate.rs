//! `db-migrate`: applies what is pending.

use std::time::Instant;

use anyhow::Result;
use serde_json::{Value, json};

use super::context::{Context, Create, Located, Start, check_then_do, create, items, may_create};
use super::progress::{Doing, reporter};
use crate::cli::MigrateArgs;
use crate::migration::apply::{self, Grouping, Options, Prepared, Stopped, Summary};
use crate::migration::file::{self, Migrations};
use crate::migration::plan::Allow;
use crate::migration::session::Session;
use crate::outcome::{Outcome, Usage};
use crate::pg::connect::ConnectError;
use crate::ui::{self, Progress, count};

/// A database that is checked and ready to be migrated.
struct Ready<'a> {
    migrations: &'a Migrations,
    /// `None` where the database is yet to be created.
    open: Option<Open<'a>>,
}

struct Open<'a> {
    session: Session,
    prepared: Prepared<'a>,
    progress: Progress,
}

/// Checks all databases, then migrates one after the other.
///
/// # Errors
/// What was found before anything was touched; what stops a database is in the outcome.
pub fn run(args: &MigrateArgs) -> Result<Outcome> {
    let context = Context::of_process()?;
    let databases = context.select(&args.selection)?;
    if args.to.is_some() && databases.len() > 1 {
        return Err(Usage(format!(
            "`--to` is for one database, but {} are selected; name the one: `cargo xtask db-migrate {} --to …`",
            databases.len(),
            databases[0].name
        ))
        .into());
    }
    let migrations = file::read_all(&context.workspace, &databases)?;
    let located = context.locate(&databases, &migrations, &args.selection.place, Start::WhenNeeded)?;
    Ok(check_then_do(
        items(&databases, located, &migrations),
        |_, located, migrations| {
            migrations.warnings.iter().for_each(ui::warn);
            let open = open(located, migrations, args)?;
            Ok(Ready { migrations, open })
        },
        |name, located, ready| migrate(name, located, ready, args),
    ))
}

/// Connects and plans; `None` where the database is missing and may be created.
fn open<'a>(located: &Located, migrations: &'a Migrations, args: &MigrateArgs) -> Result<Option<Open<'a>>> {
    let create = if args.create {
        Create::Anywhere
    } else {
        Create::OnDevelopmentServer
    };
    let (reporter, progress) = reporter(if args.dry_run { Doing::Try } else { Doing::Apply });
    let mut session = match Session::connect(&located.target, reporter) {
        Ok(session) => session,
        Err(ConnectError::DatabaseMissing { .. }) if may_create(located, create) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let prepared = apply::prepare(&mut session, &migrations.list, options(args))?;
    progress.expect(prepared.steps.len());
    Ok(Some(Open {
        session,
        prepared,
        progress,
    }))
}

fn options(args: &MigrateArgs) -> Options {
    Options {
        to: args.to,
        allow: Allow {
            out_of_order: args.allow_out_of_order,
            missing: args.allow_missing,
        },
        locks: args.locks.policy(),
        grouping: if args.dry_run {
            Grouping::DryRun
        } else if args.single_transaction {
            Grouping::Together
        } else {
            Grouping::EachFile
        },
    }
}

fn migrate(name: &str, located: &Located, item: Ready<'_>, args: &MigrateArgs) -> Result<Value> {
    let open = match item.open {
        Some(open) => Some(open),
        None if args.dry_run => None,
        None => {
            create(located)?;
            open(located, item.migrations, args)?
        }
    };
    let Some(mut open) = open else {
        let untried = item
            .migrations
            .list
            .iter()
            .map(|migration| migration.stem.clone())
            .collect();
        ui::note(format!(
            "the database {name} does not exist yet: `db-migrate` creates it, and a dry run has nothing to try it on"
        ));
        return Ok(finish_dry_run(
            name,
            &Summary {
                applied: Vec::new(),
                untried,
            },
        ));
    };
    let start = Instant::now();
    let planned = open.prepared.steps.len();
    let result = apply::apply(&mut open.session, open.prepared, &item.migrations.list, options(args));
    open.progress.finish();
    match result {
        Ok(summary) if args.dry_run => Ok(finish_dry_run(name, &summary)),
        Ok(summary) => {
            let done = match summary.applied.len() {
                0 => "nothing to apply".to_owned(),
                applied => format!(
                    "applied {} in {:.2}s",
                    count(applied, "migration"),
                    start.elapsed().as_secs_f64()
                ),
            };
            ui::status("Finished", format!("{name}: {done}"));
            Ok(json!({ "applied": summary.applied, "untried": summary.untried }))
        }
        Err(Stopped { mut reports, applied }) => {
            if let (false, Some(last)) = (applied.is_empty(), reports.0.last_mut()) {
                last.notes.push(format!(
                    "{} of {} to apply came before the error: applied, recorded and kept",
                    applied.len(),
                    count(planned, "migration")
                ));
            }
            if let Some(last) = reports.0.last_mut() {
                last.go_on(&if args.dry_run || args.single_transaction {
                    format!("run `cargo xtask db-migrate {name}` again")
                } else {
                    format!("run `cargo xtask db-migrate {name}` again: it goes on where this run stopped")
                });
            }
            Err(reports.into())
        }
    }
}

fn finish_dry_run(name: &str, summary: &Summary) -> Value {
    for stem in &summary.untried {
        ui::note(format!(
            "not tried: {stem}, which runs outside a transaction or comes after one that does"
        ));
    }
    ui::status(
        "Finished",
        format!(
            "{name}: dry run of {}, rolled back; nothing was changed",
            count(summary.applied.len(), "migration")
        ),
    );
    json!({ "dry_run": true, "would_apply": summary.applied, "untried": summary.untried })
}
