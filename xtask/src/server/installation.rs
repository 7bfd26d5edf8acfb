//! PostgreSQL's programs on this machine: where they are, which version they have, and which extensions.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use xshell::cmd;

use super::process::{SHORT, run, shell};

/// Replaces the search: folders of programs, separated as in `PATH`; empty for none.
const OVERRIDE: &str = "XTASK_PG_BIN";
const OLDEST: u32 = 14;
/// Where Debian, Homebrew and Postgres.app put each version; `*` is one folder, or the end of its name.
const USUAL: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/// A folder of programs that can make and run a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The major version, such as 17.
    pub version: u32,
    /// The folder of `initdb`, `pg_ctl` and `postgres`.
    pub bin: PathBuf,
    extensions: BTreeSet<String>,
}

impl Installation {
    pub(super) fn open(bin: &Path) -> Result<Self> {
        for program in ["initdb", "pg_ctl", "postgres"] {
            if !bin.join(program).with_extension(env::consts::EXE_EXTENSION).is_file() {
                bail!("`{}` has no `{program}`", bin.display());
            }
        }
        let shell = shell()?;
        let server = bin.join("postgres");
        let libraries = libraries(bin);
        let answer = run(cmd!(shell, "{server} --version").envs(libraries), SHORT)?;
        Ok(Self {
            version: major_version(&answer).with_context(|| format!("`{answer}` names no version"))?,
            bin: bin.to_owned(),
            extensions: extensions_of(bin),
        })
    }

    fn lacks(&self, wanted: &BTreeSet<String>) -> Option<String> {
        if self.version < OLDEST {
            return Some(format!("is older than PostgreSQL {OLDEST}"));
        }
        let missing: Vec<String> = wanted
            .difference(&self.extensions)
            .map(|name| format!("`{name}`"))
            .collect();
        (!missing.is_empty()).then(|| format!("lacks the extension {}", missing.join(", ")))
    }
}

/// All installations of this machine, the newest first; of the same version, those of the usual folders first.
#[must_use]
pub fn installations() -> Vec<Installation> {
    let folders = env::var_os(OVERRIDE).map_or_else(search, |folders| env::split_paths(&folders).collect());
    let mut found: Vec<Installation> = Vec::new();
    for folder in folders {
        // A folder of `PATH` may hold nothing but links to the programs.
        let program = folder
            .join("postgres")
            .with_extension(env::consts::EXE_EXTENSION)
            .canonicalize();
        let bin = program.as_deref().ok().and_then(Path::parent);
        if let Some(Ok(installation)) = bin.map(Installation::open)
            && !found.contains(&installation)
        {
            found.push(installation);
        }
    }
    found.sort_by_key(|installation| Reverse(installation.version));
    found
}

/// The first of `found` that is new enough and has all extensions.
///
/// # Errors
/// There is none; the message says what each lacks.
pub fn choose(found: &[Installation], extensions: &BTreeSet<String>) -> Result<Installation> {
    let mut reasons = Vec::new();
    for installation in found {
        match installation.lacks(extensions) {
            None => return Ok(installation.clone()),
            Some(reason) => reasons.push(format!("`{}` {reason}", installation.bin.display())),
        }
    }
    if reasons.is_empty() {
        bail!("none found (looked at `{OVERRIDE}`, `pg_config`, `PATH` and the usual folders)");
    }
    bail!("{}", reasons.join("; "))
}

/// The library path that programs unpacked from packages need: installed ones find theirs.
pub(super) fn libraries(bin: &Path) -> Vec<(&'static str, String)> {
    let Some(root) = bin.ancestors().nth(5).filter(|root| root.join(UNPACKED).exists()) else {
        return Vec::new();
    };
    let mut folders = vec![];
    for folder in ["usr/lib", "lib"].map(|folder| root.join(folder)) {
        folders.extend(
            children(&folder)
                .into_iter()
                .filter(|path| path.to_string_lossy().ends_with("-linux-gnu")),
        );
    }
    let path: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    vec![("LD_LIBRARY_PATH", path.join(":"))]
}

/// Marks the root folder of an unpacked PostgreSQL.
pub(super) const UNPACKED: &str = ".xtask-unpacked";

fn search() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = USUAL.iter().flat_map(|pattern| expand(pattern)).collect();
    folders.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    if let Ok(bin) = shell().and_then(|shell| run(cmd!(shell, "pg_config --bindir"), SHORT)) {
        folders.push(bin.into());
    }
    folders
}

fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![pattern.into()];
    };
    let parent = Path::new(before.rsplit_once('/').map_or(before, |(parent, _)| parent));
    children(parent)
        .into_iter()
        .filter(|path| path.to_string_lossy().starts_with(before))
        .map(|path| path.join(after.trim_start_matches('/')))
        .collect()
}

fn children(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect()
}

/// Reads `postgres (PostgreSQL) 15.14 (Debian …)` and `postgres (PostgreSQL) 18beta1`.
fn major_version(answer: &str) -> Option<u32> {
    let version = answer.split_once("(PostgreSQL) ")?.1;
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().ok()
}

/// The names of the control files in the share folder, which `pg_config` knows
/// (<https://www.postgresql.org/docs/current/app-pgconfig.html>), and which else lies near the programs.
fn extensions_of(bin: &Path) -> BTreeSet<String> {
    let config = bin.join("pg_config");
    let told = shell()
        .and_then(|shell| run(cmd!(shell, "{config} --sharedir"), SHORT))
        .map(PathBuf::from);
    let shares = told
        .into_iter()
        .chain(["../share/postgresql", "../share"].map(|path| bin.join(path)));
    shares
        .flat_map(|share| children(&share.join("extension")))
        .filter_map(|path| Some(path.file_name()?.to_str()?.strip_suffix(".control")?.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installation(version: u32, extensions: &[&str]) -> Installation {
        Installation {
            version,
            bin: format!("/pg/{version}/bin").into(),
            extensions: extensions.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn the_newest_installation_with_every_extension_is_chosen() {
        let found = [
            installation(17, &["plpgsql"]),
            installation(16, &["plpgsql", "vector"]),
            installation(13, &["plpgsql", "vector"]),
        ];
        let wanted = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(choose(&found, &wanted(&[])).unwrap().version, 17);
        assert_eq!(choose(&found, &wanted(&["vector"])).unwrap().version, 16);
        let error = choose(&found, &wanted(&["postgis"])).unwrap_err().to_string();
        assert!(error.contains("`/pg/17/bin` lacks the extension `postgis`"), "{error}");
        assert!(error.contains("`/pg/13/bin` is older than PostgreSQL 14"), "{error}");
        assert!(
            choose(&[], &wanted(&[]))
                .unwrap_err()
                .to_string()
                .starts_with("none found")
        );
    }

    #[test]
    fn versions_are_read_from_releases_and_betas() {
        assert_eq!(
            major_version("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"),
            Some(15)
        );
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_version("mysqld 8"), None);
    }
}
