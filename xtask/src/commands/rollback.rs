//! `db-rollback`: undoes the newest migrations.

use anyhow::Result;
use serde_json::json;

use super::context::{Context, Start, for_each, missing_help};
use super::permit::ask;
use super::progress::{Doing, reporter};
use crate::cli::RollbackArgs;
use crate::guard::Action;
use crate::migration::file;
use crate::migration::ledger;
use crate::migration::rollback::{self, Extent, Source};
use crate::migration::session::Session;
use crate::outcome::{Outcome, Usage};
use crate::pg::report::{Report, Reports};
use crate::ui::{self, count};

/// Plans for all databases, asks the guard for each, then rolls back one after the other.
///
/// # Errors
/// What was found before anything was touched; what stops a database is in the outcome.
pub fn run(args: &RollbackArgs) -> Result<Outcome> {
    let context = Context::of_process()?;
    let databases = context.select(&args.selection)?;
    if args.to.is_some() && databases.len() > 1 {
        return Err(Usage("`--to` is for one database; name it".to_owned()).into());
    }
    let extent = args.to.map_or(Extent::Steps(args.steps), Extent::To);
    let migrations = file::read_all(&context.workspace, &databases)?;
    let located = context.locate(&databases, &migrations, &args.selection.place, Start::WhenNeeded)?;
    let mut ready = Vec::new();
    for ((database, migrations), located) in databases.iter().zip(&migrations).zip(located.iter().flatten()) {
        let (reporter, progress) = reporter(Doing::Undo);
        let mut session = Session::connect(&located.target, reporter).map_err(missing_help)?;
        let rows = ledger::read(&mut session.client).map_err(|error| Reports::from(Report::from(error)))?;
        let undos = rollback::plan(&mut session.client, &migrations.list, &rows.unwrap_or_default(), extent)?;
        let permit = if undos.is_empty() {
            None
        } else {
            Some(ask(
                &context,
                database,
                located,
                &mut session.client,
                Action::RollBack,
                &args.consent,
            )?)
        };
        progress.expect(undos.len());
        ready.push((database.name.clone(), (session, undos, permit, progress)));
    }
    Ok(for_each(ready, |name, (mut session, undos, permit, progress)| {
        for undo in undos.iter().filter(|undo| undo.source == Source::Ledger) {
            ui::note(format!(
                "{} has no file here; its down script comes from the ledger",
                undo.stem
            ));
        }
        let result = match &permit {
            Some(permit) => rollback::roll_back(&mut session, &undos, args.locks.policy(), permit),
            None => Ok(Vec::new()),
        };
        progress.finish();
        match result {
            Ok(undone) => {
                let done = match undone.len() {
                    0 => "nothing to roll back".to_owned(),
                    number => format!("rolled back {}", count(number, "migration")),
                };
                ui::status("Finished", format!("{name}: {done}"));
                Ok(json!({ "rolled_back": undone }))
            }
            Err((reports, undone)) => {
                if !undone.is_empty() {
                    ui::status(
                        "Stopped",
                        format!(
                            "{name}: {} rolled back before the error",
                            count(undone.len(), "migration")
                        ),
                    );
                }
                Err(reports.into())
            }
        }
    }))
}
