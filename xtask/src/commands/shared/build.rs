//! Building a database from files: the new one that `db-reset` puts in the place of the old, and the fresh one that `db-verify` compares
//! with, which is kept as a [`template`].

pub mod template;

use std::fs;

use anyhow::{Context as _, Result};
use postgres_protocol::escape::escape_identifier;

use super::context::{Located, lay_standin};
use super::progress::{Doing, reporter};
use crate::guard::Mark;
use crate::guard::facts::write_mark;
use crate::migration::apply::{self, Grouping, Options};
use crate::migration::file::Migration;
use crate::migration::lock::LockPolicy;
use crate::migration::plan::Allow;
use crate::migration::session::Session;
use crate::pg::script::checksum;
use crate::schema::contract::{self, Contract};
use crate::standin;
use crate::workspace::{Database, Workspace};

/// Marks a new database, where it is not marked yet, lays the stand-in of its platform, and applies `migrations`. The session that did it,
/// and the migrations that it applied.
///
/// # Errors
/// What stops it; the database is then half-built, and the caller's to drop.
pub fn migrate(
    database: &Database,
    place: &Located,
    migrations: &[Migration],
    mark: Option<Mark>,
    doing: Doing,
) -> Result<(Session, Vec<String>)> {
    let (reporter, progress) = reporter(doing);
    let mut session = Session::connect(&place.target, reporter)?;
    if let Some(mark) = mark {
        write_mark(&mut session.client, mark)?;
    }
    if let Some(gap) = standin::find_gap(&mut session.client, database)? {
        match doing {
            Doing::Build => standin::lay(&mut session.client, &gap)?,
            Doing::Apply | Doing::Try | Doing::Undo => lay_standin(&mut session.client, &database.name, &gap)?,
        }
    }
    let options = Options {
        to: None,
        allow: Allow::default(),
        locks: LockPolicy::default(),
        grouping: Grouping::EachFile,
    };
    let prepared = apply::prepare(&mut session, migrations, options)?;
    progress.expect(prepared.steps.len());
    let result = apply::apply(&mut session, prepared, migrations, options);
    progress.finish();
    let applied = result.map_err(|stopped| stopped.reports)?.applied;
    Ok((session, applied))
}

/// The contract of a database, where it has one, and its path for people.
///
/// # Errors
/// A file that can't be read, or is no contract.
pub fn read_contract(workspace: &Workspace, database: &Database) -> Result<(Option<Contract>, String)> {
    let path = database.migrations.join("contract.sql");
    let shown = workspace.display(&path);
    if !path.is_file() {
        return Ok((None, shown));
    }
    let text = fs::read_to_string(&path).with_context(|| format!("failed to read `{shown}`"))?;
    let contract = contract::parse(&text).with_context(|| format!("`{shown}` is no contract"))?;
    Ok((Some(contract), shown))
}

/// The statement that gives a database another name.
#[must_use]
pub fn rename(from: &str, to: &str) -> String {
    format!(
        "ALTER DATABASE {} RENAME TO {};",
        escape_identifier(from),
        escape_identifier(to)
    )
}

/// `name` in at most `length` bytes, so that what is put before and behind it still fits 63; a longer one is told apart from others by a
/// checksum.
#[must_use]
pub fn short(name: &str, length: usize) -> String {
    if name.len() <= length {
        return name.to_owned();
    }
    let end = (0..=length - 9)
        .rev()
        .find(|&end| name.is_char_boundary(end))
        .unwrap_or(0);
    format!("{}_{}", &name[..end], &checksum(name)[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_that_begin_alike_are_kept_apart() {
        let (one, other) = ("é".repeat(31) + "1", "é".repeat(31) + "2");
        assert!(short(&one, 40).len() <= 40);
        assert_ne!(short(&one, 40), short(&other, 40));
        assert_eq!(short("shop", 40), "shop");
    }
}
