//! `db-repair`: changes the ledger by hand, and keeps a note of it in `public.schema_migrations_audit`.

use anyhow::{Context as _, Result};
use postgres::Client;
use serde_json::json;

use super::shared::context::{Context, Located, Start, check_then_do, items};
use super::shared::permit::ask;
use crate::cli::{CutOff, RepairArgs, Selection};
use crate::guard::{Action, Permit};
use crate::migration::file::{self, Migrations};
use crate::migration::repair::{Repair, repair};
use crate::outcome::Outcome;
use crate::pg::connect::{ConnectOptions, connect};
use crate::pg::report::Reports;
use crate::ui;

/// Repairs one row of one ledger.
///
/// # Errors
/// There is no such row or file; the guard refuses.
pub fn run(args: &RepairArgs) -> Result<Outcome> {
    let context = Context::of_process()?;
    let databases = context.select(&Selection::of(&args.database, &args.place))?;
    // Only what is to be accepted has to be readable.
    let migrations = if args.accept {
        file::read_all(&context.workspace, &databases)?
    } else {
        vec![Migrations::default()]
    };
    let what = what(args, &migrations[0])?;
    let located = context.locate(&databases, &migrations, &args.place, Start::WhenNeeded)?;
    let check = |_: &str, located: &Located, ()| {
        let mut client = connect(&located.target, ConnectOptions::default())?;
        let permit = ask(
            &context,
            &databases[0],
            located,
            &mut client,
            Action::Repair,
            &args.consent,
        )?;
        Ok((client, permit))
    };
    let work = |name: &str, _: &Located, (mut client, permit): (Client, Permit)| {
        let note = repair(&mut client, args.version, what, &permit).map_err(Reports::from)?;
        ui::status("Repaired", format!("{name}: {note}"));
        Ok(json!({ "version": args.version.0, "note": note }))
    };
    Ok(check_then_do(items(&databases, located, [()]), check, work))
}

fn what<'a>(args: &RepairArgs, migrations: &'a Migrations) -> Result<Repair<'a>> {
    Ok(match args.statement {
        Some(CutOff::Done) => Repair::StatementDone,
        Some(CutOff::Again) => Repair::StatementAgain,
        None if args.strike => Repair::Strike,
        None => {
            let migration = migrations
                .list
                .iter()
                .find(|migration| migration.version == args.version);
            Repair::Accept(migration.with_context(|| {
                format!(
                    "there is no file of version {} in `migrations/{}` to accept\n  `cargo xtask db-status {}` shows the versions",
                    args.version, args.database, args.database
                )
            })?)
        }
    })
}
