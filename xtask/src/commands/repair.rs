//! `db-repair`: changes the ledger by hand, and keeps a note of it in `public.schema_migrations_audit`.

use anyhow::{Context as _, Result};
use serde_json::json;

use super::context::{Context, Start, missing_help};
use super::permit::ask;
use crate::cli::{CutOff, RepairArgs};
use crate::guard::Action;
use crate::migration::file;
use crate::migration::repair::{Repair, repair};
use crate::outcome::{DatabaseOutcome, Outcome, Status, Usage};
use crate::pg::connect::{ConnectOptions, connect};
use crate::pg::report::Reports;
use crate::ui;

/// Repairs one row of one ledger.
///
/// # Errors
/// There is no such row or file; the guard refuses.
pub fn run(args: &RepairArgs) -> Result<Outcome> {
    let context = Context::of_process()?;
    let database = context
        .workspace
        .database(&args.database)
        .map_err(|error| Usage(error.to_string()))?
        .clone();
    let databases = [database];
    let migrations = file::read_all(&context.workspace, &databases)?;
    let located = context.locate(&databases, &migrations, &args.place, Start::WhenNeeded)?;
    let located = located
        .into_iter()
        .flatten()
        .next()
        .context("the development server does not run")?;
    let mut client = connect(&located.target, ConnectOptions::default()).map_err(missing_help)?;
    let what = if args.strike {
        Repair::Strike
    } else if let Some(cut_off) = args.statement {
        match cut_off {
            CutOff::Done => Repair::StatementDone,
            CutOff::Again => Repair::StatementAgain,
        }
    } else {
        let migration = migrations[0]
            .list
            .iter()
            .find(|migration| migration.version == args.version);
        let migration = migration.with_context(|| {
            format!(
                "there is no file of version {} in `migrations/{}` to accept",
                args.version, args.database
            )
        })?;
        Repair::Accept(migration)
    };
    let permit = ask(
        &context,
        &databases[0],
        &located,
        &mut client,
        Action::Repair,
        &args.consent,
    )?;
    let note = repair(&mut client, args.version, what, &permit).map_err(Reports::from)?;
    ui::status("Repaired", format!("{}: {note}", args.database));
    Ok(Outcome::done(vec![DatabaseOutcome {
        database: args.database.clone(),
        status: Status::Done,
        result: json!({ "version": args.version.0, "note": note }),
    }]))
}
