//! `db-seed`: loads the seeds.

use anyhow::Result;
use postgres::Client;
use serde_json::json;

use super::shared::context::{Context, Located, Start, check_then_do, items};
use super::shared::permit::ask;
use crate::cli::SeedArgs;
use crate::guard::{Action, Permit};
use crate::migration::file;
use crate::outcome::{Answer, Outcome};
use crate::pg::connect::{ConnectOptions, connect};
use crate::pg::report::Reports;
use crate::seed::{self, Seed, TableCount};
use crate::ui::{self, Progress, count};

/// Reads the seeds of all databases, asks the guard for each, then loads one after the other.
///
/// # Errors
/// What was found before anything was touched; what stops a database is in the outcome.
pub fn run(args: &SeedArgs) -> Result<Outcome> {
    let context = Context::of_process()?;
    let databases = context.select(&args.selection)?;
    let seeds = seed::read_all(&context.workspace, &databases)?;
    let migrations = file::read_all(&context.workspace, &databases)?;
    let located = context.locate(&databases, &migrations, &args.selection.place, Start::WhenNeeded)?;
    let check = |name: &str, located: &Located, seeds| {
        let mut client = connect(&located.target, ConnectOptions::default())?;
        let database = context.workspace.database(name)?;
        let permit = ask(&context, database, located, &mut client, Action::Seed, &args.consent)?;
        Ok((client, seeds, permit))
    };
    let work = |name: &str, _: &Located, (mut client, seeds, permit): (Client, &Vec<Seed>, Permit)| {
        let progress = Progress::new("Seeding");
        progress.expect(seeds.len());
        let result = seed::run(&mut client, seeds, &permit, &|path| progress.working_on(path));
        progress.finish();
        let counts = result.map_err(Reports::from)?;
        finish(name, seeds.len(), &counts);
        Ok(Answer {
            result: json!({ "files": seeds.len(), "tables": counts }),
            shown: (!counts.is_empty()).then(|| table(&counts)),
        })
    };
    Ok(check_then_do(items(&databases, located, &seeds), check, work))
}

fn table(counts: &[TableCount]) -> String {
    let header = ["table", "inserted", "updated", "deleted", "unchanged"]
        .map(str::to_owned)
        .to_vec();
    let rows = counts.iter().map(|row| {
        vec![
            row.table.clone(),
            row.inserted.to_string(),
            row.updated.to_string(),
            row.deleted.to_string(),
            row.unchanged.to_string(),
        ]
    });
    let rows: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    ui::table(&rows)
}

fn finish(name: &str, files: usize, counts: &[TableCount]) {
    let sum = |of: fn(&TableCount) -> i64| counts.iter().map(of).sum::<i64>();
    let done = match files {
        0 => format!("there are no seeds in `seeds/{name}`"),
        files => format!(
            "{}: {} inserted, {} updated, {} unchanged",
            count(files, "file"),
            sum(|row| row.inserted),
            sum(|row| row.updated),
            sum(|row| row.unchanged)
        ),
    };
    ui::status("Finished", format!("{name}: {done}"));
}
