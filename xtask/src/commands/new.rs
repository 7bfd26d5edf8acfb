//! `db-new`: writes the pair of files of a new migration.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::context::Context;
use crate::cli::NewArgs;
use crate::outcome::{DatabaseOutcome, Outcome, Usage};
use crate::ui;
use crate::workspace::is_database_name;

/// Writes `<timestamp>_<name>.sql` and `.down.sql`; never over a file that is there.
///
/// # Errors
/// A bad name; a folder that can't be written.
pub fn run(args: &NewArgs) -> Result<Outcome> {
    let context = Context::of_process()?;
    let name = &args.name;
    if name.is_empty()
        || !name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    {
        return Err(Usage(format!(
            "`{name}` is no name for a migration: use `a`-`z`, `0`-`9` and `_`, such as `create_profiles_table`"
        ))
        .into());
    }
    if !is_database_name(&args.database) {
        return Err(Usage(format!(
            "`{}` is no name for a database: a lower-case letter, then lower-case letters, digits and `_`",
            args.database
        ))
        .into());
    }
    if context.workspace.database(&args.database).is_err() {
        ui::note(format!("`{}` is a new database", args.database));
    }
    let folder = context.workspace.root().join("migrations").join(&args.database);
    fs::create_dir_all(&folder).with_context(|| format!("failed to make `{}`", folder.display()))?;
    let version = free_version(&folder)?;
    let mut files = Vec::new();
    for (ending, text) in [("sql", ""), ("down.sql", UNDO)] {
        let path = folder.join(format!("{version}_{name}.{ending}"));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .with_context(|| format!("failed to write `{}`", path.display()))?;
        file.write_all(text.as_bytes())
            .with_context(|| format!("failed to write `{}`", path.display()))?;
        let shown = context.workspace.display(&path);
        ui::status("Created", &shown);
        files.push(shown);
    }
    Ok(Outcome::done(vec![DatabaseOutcome::done(
        &args.database,
        json!({ "files": files }),
    )]))
}

const UNDO: &str = "-- Undo what the up file does, in reverse order: the schema must be what it was before.\n";

/// The present second in UTC as `YYYYMMDDHHMMSS`, or the next one that no file has.
fn free_version(folder: &Path) -> Result<String> {
    let taken: Vec<String> = fs::read_dir(folder)
        .with_context(|| format!("failed to read `{}`", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    let mut time = SystemTime::now();
    loop {
        let text = humantime::format_rfc3339_seconds(time).to_string();
        let version: String = text.chars().filter(char::is_ascii_digit).collect();
        if !taken.iter().any(|name| name.starts_with(&version)) {
            return Ok(version);
        }
        time += Duration::from_secs(1);
    }
}
