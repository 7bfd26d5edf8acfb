//! `db-mark`: says what a database is.

use anyhow::{Context as _, Result};
use postgres::Client;
use serde_json::{Value, json};

use super::shared::context::{Context, Located, Start, check_then_do, items};
use crate::cli::{MarkArgs, Selection};
use crate::guard::facts::{identity, read_mark, write_mark};
use crate::guard::{Mark, leave_production};
use crate::outcome::Outcome;
use crate::pg::connect::{ConnectOptions, connect};
use crate::pg::report::{Report, Reports};
use crate::ui;

/// Marks one database. To leave `production`, its name must be repeated.
///
/// # Errors
/// The database can't be reached or written.
pub fn run(args: &MarkArgs) -> Result<Outcome> {
    let context = Context::of_process()?;
    let databases = context.select(&Selection::of(&args.database, &args.place))?;
    let located = context.locate(&databases, &[], &args.place, Start::WhenNeeded)?;
    let check = |_: &str, located: &Located, ()| Ok(connect(&located.target, ConnectOptions::default())?);
    let work = |name: &str, _: &Located, client| mark(name, client, args);
    Ok(check_then_do(items(&databases, located, [()]), check, work))
}

fn mark(name: &str, mut client: Client, args: &MarkArgs) -> Result<Value> {
    let before = identity(&mut client).context("failed to find out what database this is")?;
    if before.mark == Some(Mark::Production) && args.mark != Mark::Production {
        leave_production(&before.database, args.no_longer_production.as_deref())?;
    }
    write_mark(&mut client, args.mark).map_err(|error| Reports::from(Report::of_error(&error)))?;
    if read_mark(&mut client)? != Some(args.mark) {
        let report = Report::new(format!("the mark `{}` was written, but does not count", args.mark))
            .note("`public.schema_mark` belongs to a role that neither owns the database nor is a superuser")
            .note("the guard treats the database as unmarked")
            .help(
                "as the database's owner: `DROP TABLE public.schema_mark`, then run `cargo xtask db-mark <database>` again",
            );
        return Err(Reports::from(report).into());
    }
    ui::status("Marked", format!("{name}: `{}` is {}", before.database, args.mark));
    Ok(json!({ "mark": args.mark, "before": before.mark }))
}
