//! `db-migrate`: applies what is pending.

use std::time::Instant;

use anyhow::Result;
use serde_json::{Value, json};

use super::shared::context::{Context, Create, Located, Start, check_then_do, create, items, lay_standin, may_create};
use super::shared::progress::{Doing, reporter};
use crate::cli::MigrateArgs;
use crate::migration::apply::{self, Grouping, Options, Prepared, Stopped, Summary};
use crate::migration::file::{self, Migrations};
use crate::migration::plan::Allow;
use crate::migration::session::Session;
use crate::outcome::{Outcome, Usage};
use crate::pg::connect::ConnectError;
use crate::standin::{self, Gap};
use crate::ui::{self, Progress, count};
use crate::workspace::Database;

/// A database that is checked and ready to be migrated.
struct Ready<'a> {
    database: &'a Database,
    migrations: &'a Migrations,
    /// `None` where the database is yet to be created.
    open: Option<Open<'a>>,
}

struct Open<'a> {
    session: Session,
    prepared: Prepared<'a>,
    progress: Progress,
    /// What the database lacks of its platform, to be laid before the first migration.
    gap: Option<Gap>,
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
        items(&databases, located, databases.iter().zip(&migrations)),
        |_, located, (database, migrations)| {
            migrations.warnings.iter().for_each(ui::warn);
            let open = open(database, located, migrations, args)?;
            Ok(Ready {
                database,
                migrations,
                open,
            })
        },
        |name, located, ready| migrate(name, located, ready, args),
    ))
}

/// Connects and plans; `None` where the database is missing and may be created.
fn open<'a>(
    database: &Database,
    located: &Located,
    migrations: &'a Migrations,
    args: &MigrateArgs,
) -> Result<Option<Open<'a>>> {
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
    let gap = standin::find_gap(&mut session.client, database)?;
    let prepared = apply::prepare(&mut session, &migrations.list, options(args))?;
    progress.expect(prepared.steps.len());
    Ok(Some(Open {
        session,
        prepared,
        progress,
        gap,
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
            open(item.database, located, item.migrations, args)?
        }
    };
    let Some(mut open) = open else {
        ui::note(format!(
            "the database {name} does not exist yet: `db-migrate` creates it, and a dry run has nothing to try it on"
        ));
        return Ok(finish_dry_run(name, &untried(item.migrations)));
    };
    if let Some(gap) = &open.gap {
        if args.dry_run {
            ui::note(format!(
                "{name} lacks the stand-in of Supabase: `db-migrate` lays it, and a dry run has nothing to try the migrations on"
            ));
            return Ok(finish_dry_run(name, &untried(item.migrations)));
        }
        lay_standin(&mut open.session.client, name, gap)?;
    }
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

/// The outcome of a dry run that had nothing to run on.
fn untried(migrations: &Migrations) -> Summary {
    Summary {
        applied: Vec::new(),
        untried: migrations.list.iter().map(|migration| migration.stem.clone()).collect(),
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
