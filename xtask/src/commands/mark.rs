//! `db-mark`: says what a database is.

use anyhow::{Context as _, Result};
use serde_json::json;

use super::context::{Context, Start, missing_help};
use crate::cli::MarkArgs;
use crate::guard::Mark;
use crate::guard::facts::{identity, write_mark};
use crate::migration::file;
use crate::outcome::{DatabaseOutcome, Exit, Outcome, Status, Usage};
use crate::pg::connect::{ConnectOptions, connect};
use crate::ui;

/// Marks one database. To leave `production`, its name must be repeated.
///
/// # Errors
/// The database can't be reached or written.
pub fn run(args: &MarkArgs) -> Result<Outcome> {
    let context = Context::of_process()?;
    let database = context
        .workspace
        .database(&args.database)
        .map_err(|error| Usage(error.to_string()))?
        .clone();
    let databases = [database];
    let migrations = file::read_all(&context.workspace, &databases)?;
    let located = context.locate(&databases, &migrations, &args.place, Start::WhenNeeded)?;
    let Some(located) = located.into_iter().flatten().next() else {
        return Ok(Outcome::done(Vec::new()));
    };
    let mut client = connect(&located.target, ConnectOptions::default()).map_err(missing_help)?;
    let before = identity(&mut client).context("failed to find out what database this is")?;
    let leaves_production = before.mark == Some(Mark::Production) && args.mark != Mark::Production;
    if leaves_production && args.no_longer_production.as_deref() != Some(&before.database) {
        let error = anyhow::anyhow!(
            "`{}` at {} is marked production\n  nothing was touched; if it no longer is, repeat its name: `--no-longer-production {}`",
            before.database,
            before.address,
            before.database
        );
        return Ok(Outcome {
            exit: Exit::Refused,
            ..Outcome::from(error)
        });
    }
    write_mark(&mut client, args.mark).with_context(|| format!("failed to mark `{}`", before.database))?;
    ui::status(
        "Marked",
        format!("{} at {} as {}", before.database, before.address, args.mark),
    );
    Ok(Outcome::done(vec![DatabaseOutcome {
        database: args.database.clone(),
        status: Status::Done,
        result: json!({ "mark": args.mark, "before": before.mark }),
    }]))
}
