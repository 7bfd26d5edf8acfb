//! `db-rollback`: undoes the newest migrations.

use anyhow::Result;
use serde_json::json;

use super::shared::context::{Context, Located, Start, check_then_do, items};
use super::shared::permit::ask;
use super::shared::progress::{Doing, reporter};
use crate::cli::RollbackArgs;
use crate::guard::{Action, Permit};
use crate::migration::file::{self, Migrations};
use crate::migration::ledger;
use crate::migration::rollback::{self, Extent, Source, Undo};
use crate::migration::session::Session;
use crate::outcome::{Outcome, Usage};
use crate::pg::report::{Report, Reports};
use crate::ui::{self, Progress, count};

/// Plans for all databases, asks the guard for each, then rolls back one after the other.
///
/// # Errors
/// What was found before anything was touched; what stops a database is in the outcome.
pub fn run(args: &RollbackArgs) -> Result<Outcome> {
    let context = Context::of_process()?;
    let databases = context.select(&args.selection)?;
    if args.to.is_some() && databases.len() > 1 {
        return Err(Usage(format!(
            "`--to` is for one database, but {} are selected; name the one: `cargo xtask db-rollback {} --to …`",
            databases.len(),
            databases[0].name
        ))
        .into());
    }
    let extent = args.to.map_or(Extent::Steps(args.steps), Extent::To);
    let migrations = file::read_all(&context.workspace, &databases)?;
    let located = context.locate(&databases, &migrations, &args.selection.place, Start::WhenNeeded)?;
    let check = |name: &str, located: &Located, migrations: &Migrations| {
        let (reporter, progress) = reporter(Doing::Undo);
        let mut session = Session::connect(&located.target, reporter)?;
        let rows = ledger::read(&mut session.client).map_err(|error| Reports::from(Report::from(error)))?;
        let undos = rollback::plan(&mut session.client, &migrations.list, &rows.unwrap_or_default(), extent)?;
        let database = context.workspace.database(name)?;
        let permit = match undos.as_slice() {
            [] => None,
            _ => Some(ask(
                &context,
                database,
                located,
                &mut session.client,
                Action::RollBack,
                &args.consent,
            )?),
        };
        progress.expect(undos.len());
        Ok((session, undos, permit, progress))
    };
    let work = |name: &str,
                _: &Located,
                (mut session, undos, permit, progress): (Session, Vec<Undo>, Option<Permit>, Progress)| {
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
            Err((mut reports, undone)) => {
                if let (false, Some(last)) = (undone.is_empty(), reports.0.last_mut()) {
                    last.notes.push(format!(
                        "{} of {} to roll back came before the error: rolled back, recorded and kept so",
                        undone.len(),
                        count(undos.len(), "migration")
                    ));
                }
                if let Some(last) = reports.0.last_mut() {
                    last.go_on(&format!("run `cargo xtask db-rollback {name}` again"));
                }
                Err(reports.into())
            }
        }
    };
    Ok(check_then_do(items(&databases, located, &migrations), check, work))
}
