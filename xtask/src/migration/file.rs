//! Migration files: `<version>_<name>.sql` and, optionally, `<version>_<name>.down.sql`.
//!
//! A folder is read as a whole, and every problem in it is reported at once, before anything is touched.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::pg::lex;
use crate::pg::report::{Place, Report, Reports};
use crate::pg::script::{Run, Script};
use crate::workspace::{Database, Workspace};

/// A migration's number; `001` and `1` are the same, timestamps are compared as numbers too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub i64);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.split('_').next().unwrap_or_default();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("a version is a number such as 20260201000001 or 001".to_owned());
        }
        digits
            .parse()
            .map(Version)
            .map_err(|_| format!("the version is too large, {} is the largest", i64::MAX))
    }
}

/// One migration: its up script and, where there is one, its down script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Orders the migrations.
    pub version: Version,
    /// `20260201000001_create_profiles_table`: the file's name without `.sql`.
    pub stem: String,
    /// `create_profiles_table`.
    pub name: String,
    /// What `db-migrate` runs.
    pub up: Script,
    /// What `db-rollback` runs.
    pub down: Option<Script>,
}

/// The migrations of a folder in the order of their versions, and what is odd about them without being wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migrations {
    /// In ascending order, each version once.
    pub list: Vec<Migration>,
    /// Such as "has no statement".
    pub warnings: Vec<String>,
}

/// The files of one version.
#[derive(Default)]
struct Pair {
    up: Option<String>,
    down: Option<String>,
}

/// Reads the folders of several databases.
///
/// # Errors
/// As [`read`]; the [`Reports`] are those of all folders.
pub fn read_all(workspace: &Workspace, databases: &[Database]) -> Result<Vec<Migrations>> {
    let mut all = Vec::new();
    let mut reports = Vec::new();
    for database in databases {
        match read(workspace, database) {
            Ok(migrations) => all.push(migrations),
            Err(error) => reports.extend(error.downcast::<Reports>()?.0),
        }
    }
    if reports.is_empty() {
        Ok(all)
    } else {
        Err(Reports(reports).into())
    }
}

/// Reads `migrations/<database>/`. `contract.sql` and files that don't end in `.sql` are left alone.
///
/// # Errors
/// [`Reports`], with one report for each: two files of one version, a down file without its up file, a bad name, and whatever
/// [`Script::parse`] refuses. A folder or file that can't be read.
pub fn read(workspace: &Workspace, database: &Database) -> Result<Migrations> {
    let folder = &database.migrations;
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("failed to read `{}`", workspace.display(folder)))? {
        let name = entry
            .with_context(|| format!("failed to read `{}`", workspace.display(folder)))?
            .file_name()
            .to_string_lossy()
            .into_owned();
        if Path::new(&name).extension().is_some_and(|extension| extension == "sql") && name != "contract.sql" {
            names.push(name);
        }
    }
    names.sort();
    let shown_folder = workspace.display(folder);
    let (pairs, mut reports) = pair(&shown_folder, &names);
    let mut migrations = Migrations::default();
    for ((version, stem), pair) in pairs {
        let mut script = |name: Option<String>| -> Result<Option<Script>> {
            let Some(name) = name else { return Ok(None) };
            let path = folder.join(&name);
            let bytes = fs::read(&path).with_context(|| format!("failed to read `{}`", path.display()))?;
            Ok(Script::parse(&format!("{shown_folder}/{name}"), &bytes)
                .map_err(|found| reports.extend(found.0))
                .ok())
        };
        let (up, down) = (script(pair.up)?, script(pair.down)?);
        let Some(up) = up else { continue };
        if up.run == Run::Nothing {
            migrations.warnings.push(format!(
                "`{}` has no statement; it is recorded as applied, and nothing else",
                up.path
            ));
        }
        migrations.list.push(Migration {
            version,
            name: stem.split_once('_').map_or(String::new(), |(_, name)| name.to_owned()),
            stem,
            up,
            down,
        });
    }
    if reports.is_empty() {
        Ok(migrations)
    } else {
        Err(Reports(reports).into())
    }
}

/// Sorts file names into up and down files of a version.
fn pair(folder: &str, names: &[String]) -> (BTreeMap<(Version, String), Pair>, Vec<Report>) {
    let mut pairs: BTreeMap<(Version, String), Pair> = BTreeMap::new();
    let mut reports = Vec::new();
    for name in names {
        let path = format!("{folder}/{name}");
        let (stem, is_down) = match name.strip_suffix(".down.sql") {
            Some(stem) => (stem, true),
            None => (name.strip_suffix(".sql").unwrap_or(name), false),
        };
        match parse_stem(stem) {
            Ok(version) => {
                let pair = pairs.entry((version, stem.to_owned())).or_default();
                let side = if is_down { &mut pair.down } else { &mut pair.up };
                *side = Some(name.clone());
            }
            Err(reason) => reports.push(
                Report::new(format!("`{name}` is no name for a migration: {reason}"))
                    .at(Place::file(&path))
                    .help("name it `<version>_<name>.sql`, such as `20260201000001_create_profiles.sql`; `cargo xtask db-new` does it"),
            ),
        }
    }
    let mut up_files: BTreeMap<Version, Vec<String>> = BTreeMap::new();
    for ((version, stem), pair) in &pairs {
        match pair {
            Pair { up: Some(_), .. } => up_files.entry(*version).or_default().push(format!("{stem}.sql")),
            Pair { up: None, .. } => reports.push(
                Report::new(format!("the down file `{stem}.down.sql` has no up file `{stem}.sql`"))
                    .at(Place::file(&format!("{folder}/{stem}.down.sql")))
                    .help("rename one of the two so that they agree, or remove the down file"),
            ),
        }
    }
    for (version, files) in up_files.iter().filter(|(_, files)| files.len() > 1) {
        let listed: Vec<String> = files.iter().map(|file| format!("`{file}`")).collect();
        reports.push(
            Report::new(format!(
                "{} files have the version {version}: {}",
                files.len(),
                listed.join(", ")
            ))
            .at(Place::file(&format!("{folder}/{}", files[files.len() - 1])))
            .help("give each its own version: renumber the one that was applied nowhere yet"),
        );
    }
    (pairs, reports)
}

/// The extensions that the up scripts create, by name.
#[must_use]
pub fn extensions(migrations: &[Migration]) -> BTreeSet<String> {
    made_extensions(migrations).into_iter().map(|(name, _)| name).collect()
}

/// The extensions that a migration makes without `IF NOT EXISTS`: where one is there already, that fails.
#[must_use]
pub fn extensions_made_once(migrations: &[Migration]) -> Vec<String> {
    let made = made_extensions(migrations).into_iter();
    made.filter_map(|(name, once)| once.then_some(name)).collect()
}

/// The names of the extensions that are made, and whether without `IF NOT EXISTS`.
fn made_extensions(migrations: &[Migration]) -> Vec<(String, bool)> {
    let mut made = Vec::new();
    for migration in migrations {
        let tokens = lex::significant(&migration.up.text).unwrap_or_default();
        for (index, pair) in tokens.windows(2).enumerate() {
            if pair[0].eq_ignore_ascii_case("create") && pair[1].eq_ignore_ascii_case("extension") {
                let behind = &tokens[index + 2..];
                let name = behind
                    .iter()
                    .find(|token| !["if", "not", "exists"].contains(&token.to_ascii_lowercase().as_str()));
                let once = behind.first().is_some_and(|token| !token.eq_ignore_ascii_case("if"));
                made.extend(name.map(|name| (name.trim_matches('"').to_owned(), once)));
            }
        }
    }
    made
}

fn parse_stem(stem: &str) -> Result<Version, String> {
    let Some((digits, name)) = stem.split_once('_') else {
        return Err("there is no `_` between version and name".to_owned());
    };
    let version = digits.parse()?;
    if name.is_empty()
        || !name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    {
        return Err(format!("`{name}` has other characters than `a`-`z`, `0`-`9` and `_`"));
    }
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(names: &[&str]) -> Vec<String> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        pair("migrations/a", &names)
            .1
            .into_iter()
            .map(|report| report.message)
            .collect()
    }

    #[test]
    fn versions_are_numbers() {
        assert_eq!("001".parse(), Ok(Version(1)));
        assert_eq!("20260201000001".parse(), Ok(Version(20_260_201_000_001)));
        assert_eq!("20260201000001_create_x".parse(), Ok(Version(20_260_201_000_001)));
        assert!("99999999999999999999".parse::<Version>().is_err());
        assert!("v1".parse::<Version>().is_err());
    }

    #[test]
    fn a_pair_of_files_is_accepted() {
        assert_eq!(
            complaints(&["1_a.sql", "1_a.down.sql", "2_b.sql"]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn two_files_of_one_version_are_named() {
        assert_eq!(
            complaints(&["001_a.sql", "1_b.sql"]),
            ["2 files have the version 1: `001_a.sql`, `1_b.sql`"]
        );
    }

    #[test]
    fn an_orphan_down_file_is_named() {
        assert_eq!(
            complaints(&["1_a.sql", "1_b.down.sql"]),
            ["the down file `1_b.down.sql` has no up file `1_b.sql`"]
        );
    }

    #[test]
    fn bad_names_are_explained() {
        assert_eq!(
            complaints(&["1_Create.sql", "x_a.sql", "1.sql"]),
            [
                "`1_Create.sql` is no name for a migration: `Create` has other characters than `a`-`z`, `0`-`9` and `_`",
                "`x_a.sql` is no name for a migration: a version is a number such as 20260201000001 or 001",
                "`1.sql` is no name for a migration: there is no `_` between version and name",
            ]
        );
    }
}
