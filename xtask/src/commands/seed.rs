//! `db-seed`: loads the seeds.

use anyhow::Result;
use serde_json::json;

use super::context::{Context, Start, for_each, missing_help};
use super::permit::ask;
use crate::cli::SeedArgs;
use crate::guard::Action;
use crate::migration::file;
use crate::outcome::Outcome;
use crate::pg::connect::{ConnectOptions, connect};
use crate::pg::report::Reports;
use crate::seed::{self, TableCount};
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
    let mut ready = Vec::new();
    for ((database, seeds), located) in databases.iter().zip(&seeds).zip(located.iter().flatten()) {
        let mut client = connect(&located.target, ConnectOptions::default()).map_err(missing_help)?;
        let permit = ask(&context, database, located, &mut client, Action::Seed, &args.consent)?;
        ready.push((database.name.clone(), (client, seeds, permit)));
    }
    Ok(for_each(ready, |name, (mut client, seeds, permit)| {
        let progress = Progress::new("Seeding");
        progress.expect(seeds.len());
        let result = seed::run(&mut client, seeds, &permit, &|path| progress.working_on(path));
        progress.finish();
        let counts = result.map_err(Reports::from)?;
        show(name, seeds.len(), &counts);
        Ok(json!({ "files": seeds.len(), "tables": counts }))
    }))
}

fn show(name: &str, files: usize, counts: &[TableCount]) {
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
    if rows.len() > 1 {
        ui::print(ui::table(&rows));
    }
    let (inserted, updated) = counts.iter().fold((0, 0), |(inserted, updated), row| {
        (inserted + row.inserted, updated + row.updated)
    });
    let done = match files {
        0 => format!("there are no seeds in `seeds/{name}`"),
        files => format!("{}: {inserted} inserted, {updated} updated", count(files, "file")),
    };
    ui::status("Finished", format!("{name}: {done}"));
}
