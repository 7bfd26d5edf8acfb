//! `db-new`: writes the pair of files of a new migration.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::shared::context::Context;
use crate::cli::NewArgs;
use crate::migration::file::Version;
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
            "`{name}` is no name for a migration: use `a`-`z`, `0`-`9` and `_`, such as `{}`",
            corrected(name)
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
        let meant = context.workspace.nearest(&args.database);
        let meant = meant.map_or_else(String::new, |known| {
            format!("; if you meant `{known}`, remove `migrations/{}`", args.database)
        });
        ui::note(format!("`{}` is a new database{meant}", args.database));
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

/// The name that was probably meant.
fn corrected(name: &str) -> String {
    let plain: String = name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    match plain.trim_matches('_') {
        "" => "create_profiles_table".to_owned(),
        plain => plain.to_owned(),
    }
}

const UNDO: &str = "-- Undo what the up file does, in reverse order: the schema must be what it was before.\n";

/// The present second in UTC as `YYYYMMDDHHMMSS`; more than the newest version, so that the new file is not out of order where clocks
/// differ.
fn free_version(folder: &Path) -> Result<i64> {
    let newest = fs::read_dir(folder)
        .with_context(|| format!("failed to read `{}`", folder.display()))?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<Version>().ok())
        .max();
    let now: String = humantime::format_rfc3339_seconds(SystemTime::now())
        .to_string()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let now: i64 = now.parse().context("the clock shows no time")?;
    Ok(newest.map_or(now, |newest| now.max(newest.0.saturating_add(1))))
}
