//! The command line: types only. The doc comments are the help.

use std::time::Duration;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand};

use crate::guard::Mark;
use crate::migration::file::Version;
use crate::migration::lock::LockPolicy;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Migrate, seed, reset and check PostgreSQL databases, safely.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, styles = STYLES, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 pending or drift, 4 refused by the guard.")]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// Print the outcome as JSON on standard output
    #[arg(long, global = true)]
    pub json: bool,
}

/// What can be done.
#[derive(Debug, Subcommand)]
#[command(rename_all = "kebab-case")]
pub enum Command {
    /// Write the pair of files of a new migration
    DbNew(NewArgs),
    /// Show which migrations are applied, pending, changed or missing; writes nothing
    DbStatus(StatusArgs),
    /// Apply pending migrations
    DbMigrate(MigrateArgs),
    /// Undo the newest migrations with their down files
    DbRollback(RollbackArgs),
    /// Load the seeds, in one transaction
    DbSeed(SeedArgs),
    /// Build a database anew from migrations and seeds, and put it in the place of the old one
    DbReset(ResetArgs),
    /// Say whether a database is what the files say; never writes to it
    DbVerify(VerifyArgs),
    /// Say what a database is: development, test or production
    DbMark(MarkArgs),
    /// Accept a changed migration file, or strike a row of the ledger
    DbRepair(RepairArgs),
    /// Start the development server
    DbStart,
    /// Stop the development server
    DbStop(StopArgs),
    /// Run what CI runs: format, lints, documentation, tests
    Ci,
    /// Try everything terrible that the tests know, and say what came of it
    Faults,
}

impl Command {
    /// Its name on the command line.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::DbNew(_) => "db-new",
            Self::DbStatus(_) => "db-status",
            Self::DbMigrate(_) => "db-migrate",
            Self::DbRollback(_) => "db-rollback",
            Self::DbSeed(_) => "db-seed",
            Self::DbReset(_) => "db-reset",
            Self::DbVerify(_) => "db-verify",
            Self::DbMark(_) => "db-mark",
            Self::DbRepair(_) => "db-repair",
            Self::DbStart => "db-start",
            Self::DbStop(_) => "db-stop",
            Self::Ci => "ci",
            Self::Faults => "faults",
        }
    }
}

/// Which databases, and where they are.
#[derive(Debug, Clone, Default, Args)]
pub struct Selection {
    /// Folders of `migrations`; none means all
    #[arg(value_name = "DATABASE")]
    pub databases: Vec<String>,
    #[command(flatten)]
    pub place: Place,
}

impl Selection {
    /// One database, and where it is.
    #[must_use]
    pub fn of(database: &str, place: &Place) -> Self {
        Self {
            databases: vec![database.to_owned()],
            place: place.clone(),
        }
    }
}

/// Where a database is.
#[derive(Debug, Clone, Default, Args)]
pub struct Place {
    /// Where the database is, for one database; else `<NAME>_DATABASE_URL`, `DATABASE_URL`, or the development server
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

/// How to treat locks that others hold.
#[derive(Debug, Clone, Copy, Args)]
pub struct Locks {
    /// How long a statement waits for a lock, such as `5s` or `500ms`; `0s` waits for ever
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    pub lock_timeout: Duration,
    /// How often a file is tried again after that, with a pause that doubles from 1 second
    #[arg(long, value_name = "TIMES", default_value_t = 5)]
    pub lock_retries: u32,
}

impl Locks {
    /// The same, as the migration modules take it.
    #[must_use]
    pub fn policy(self) -> LockPolicy {
        LockPolicy {
            timeout: self.lock_timeout,
            retries: self.lock_retries,
        }
    }
}

/// Consent to what the guard would refuse.
#[derive(Debug, Clone, Default, Args)]
pub struct Consent {
    /// Repeat the name that the database has on its server, to allow this where nothing says that it is for development
    #[arg(long, value_name = "NAME")]
    pub erase: Option<String>,
}

/// Arguments of `db-new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The database; its folder is made where it is missing
    pub database: String,
    /// What the migration does, such as `create_profiles_table`
    pub name: String,
}

/// Arguments of `db-status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    pub selection: Selection,
    /// Exit with 3 when something is pending or wrong
    #[arg(long)]
    pub check: bool,
}

/// Arguments of `db-migrate`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct MigrateArgs {
    #[command(flatten)]
    pub selection: Selection,
    /// Apply nothing newer than this version
    #[arg(long, value_name = "VERSION")]
    pub to: Option<Version>,
    /// Run everything that is pending in one transaction, and roll it back
    #[arg(long, conflicts_with = "single_transaction")]
    pub dry_run: bool,
    /// Apply all pending files in one transaction: all or none
    #[arg(long)]
    pub single_transaction: bool,
    /// Apply pending files that are older than the newest applied one
    #[arg(long)]
    pub allow_out_of_order: bool,
    /// Go on though an applied migration has no file
    #[arg(long)]
    pub allow_missing: bool,
    /// Create the database where it is missing (on the development server this needs no flag)
    #[arg(long)]
    pub create: bool,
    #[command(flatten)]
    pub locks: Locks,
}

/// Arguments of `db-rollback`.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    #[command(flatten)]
    pub selection: Selection,
    /// How many migrations to undo
    #[arg(long, value_name = "NUMBER", default_value_t = 1, conflicts_with = "to")]
    pub steps: usize,
    /// Undo everything that is newer than this version; 0 undoes all
    #[arg(long, value_name = "VERSION")]
    pub to: Option<Version>,
    #[command(flatten)]
    pub consent: Consent,
    #[command(flatten)]
    pub locks: Locks,
}

/// Arguments of `db-seed`.
#[derive(Debug, Args)]
pub struct SeedArgs {
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub consent: Consent,
}

/// Arguments of `db-reset`.
#[derive(Debug, Args)]
#[command(
    after_help = "Where the role may not create databases, the database itself is emptied and built anew in one transaction: \
                        nothing is kept, and other sessions are in the way only if they hold locks."
)]
pub struct ResetArgs {
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub consent: Consent,
    /// End other sessions on the database, which else are a reason to refuse
    #[arg(long)]
    pub disconnect: bool,
    /// Bring back what the last reset replaced, and keep in its stead what replaced it
    #[arg(long, conflicts_with = "no_keep")]
    pub undo: bool,
    /// Drop the database that is replaced, which is else kept until the next reset
    #[arg(long)]
    pub no_keep: bool,
}

/// Arguments of `db-verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    pub selection: Selection,
}

/// Arguments of `db-mark`.
#[derive(Debug, Args)]
pub struct MarkArgs {
    /// The database
    pub database: String,
    /// What it is
    pub mark: Mark,
    #[command(flatten)]
    pub place: Place,
    /// Repeat the name of a database that is marked production, to take that away
    #[arg(long, value_name = "NAME")]
    pub no_longer_production: Option<String>,
}

/// Arguments of `db-repair`.
#[derive(Debug, Args)]
#[group(id = "repair", required = true, multiple = false, args = ["accept", "strike", "statement"])]
pub struct RepairArgs {
    /// The database
    pub database: String,
    /// The version of the ledger row
    pub version: Version,
    /// Take the file as it is now for what was applied
    #[arg(long)]
    pub accept: bool,
    /// Remove the row: the migration counts as never applied
    #[arg(long)]
    pub strike: bool,
    /// Of a file that runs statement by statement: whether the one that was cut off is done
    #[arg(long, value_name = "done|again")]
    pub statement: Option<CutOff>,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub consent: Consent,
}

/// What is to become of a statement that was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum CutOff {
    /// It worked: go on with the next one.
    Done,
    /// It did not: run it again.
    Again,
}

/// Arguments of `db-stop`.
#[derive(Debug, Args)]
pub struct StopArgs {
    /// Remove its data too: all databases on it are lost
    #[arg(long)]
    pub erase: bool,
}

/// Whether a word of the command line that is not the value of `--url` looks like a connection string or a part of one. A message that
/// quotes it would show the password in it.
#[must_use]
pub fn is_url_misplaced(words: &[String]) -> bool {
    let values = std::iter::once("").chain(words.iter().map(String::as_str));
    words.iter().zip(values).any(|(word, before)| {
        let is_value = before == "--url" || word.starts_with("--url=");
        let is_address = word.contains("://") || word.contains(':') && word.contains('@');
        !is_value && (is_address || word.to_lowercase().contains("password="))
    })
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; write it like `5s` or `500ms`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_string_is_expected_behind_its_flag_only() {
        for (words, misplaced) in [
            ("db-status --url postgres://u:p@h/d", false),
            ("db-status --url=postgres://u:p@h/d --json", false),
            ("db-status --url host=h", false),
            ("db-seed shop --erase my@shop --lock-timeout 5s", false),
            ("db-status postgres://u:p@h/d", true),
            ("db-status u:p@h/d", true),
            ("db-status --urlpostgres://u:p@h/d", true),
            ("db-status --ulr=postgres://u:p@h/d", true),
            ("db-status --url host=h Password=p", true),
            ("postgres://u:p@h/d", true),
        ] {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            assert_eq!(is_url_misplaced(&words), misplaced, "{words:?}");
        }
    }
}
