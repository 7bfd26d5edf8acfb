//! The workspace: which databases there are, where their files lie and what their settings say.
//!
//! A database is a folder `migrations/<name>/`; nothing is registered anywhere else. This module reads the tree and the root
//! `Cargo.toml`, and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The root folder and the databases found in it, in alphabetical order.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    databases: Vec<Database>,
}

/// One product database: the folder `migrations/<name>` and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// The folder's name, `[a-z][a-z0-9_]*`; also the name of the database on the development server.
    pub name: String,
    /// `migrations/<name>`, absolute.
    pub migrations: PathBuf,
    /// `seeds/<name>`, absolute; need not exist.
    pub seeds: PathBuf,
    /// From `[workspace.metadata.db.<name>]`.
    pub settings: Settings,
}

/// The optional settings of a database, `[workspace.metadata.db.<name>]` in the root `Cargo.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The platform whose roles and schemas the migrations expect to find.
    pub platform: Option<Platform>,
    /// Host names (exact, or `*.example.com`) whose databases are never erased.
    #[serde(default)]
    pub protected_hosts: Vec<String>,
    /// Values of `APP_ENV` and its like that mean production, besides `production` and `prod`.
    #[serde(default)]
    pub production_environments: Vec<String>,
}

/// A hosting platform that brings roles, schemas and functions of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Roles `anon`, `authenticated`, `service_role`; schema `auth`; publication `supabase_realtime`.
    Supabase,
}

#[derive(Default, Deserialize)]
struct Manifest {
    #[serde(default)]
    workspace: ManifestWorkspace,
}

#[derive(Default, Deserialize)]
struct ManifestWorkspace {
    #[serde(default)]
    metadata: ManifestMetadata,
}

#[derive(Default, Deserialize)]
struct ManifestMetadata {
    #[serde(default)]
    db: BTreeMap<String, Settings>,
}

impl Workspace {
    /// Finds the workspace that holds `start`: the nearest folder upwards with a `Cargo.toml` and a `migrations` folder.
    ///
    /// # Errors
    /// No such folder, a database folder with a bad name, or settings that can't be read or belong to no database.
    pub fn find(start: &Path) -> Result<Self> {
        let root = Self::root_above(start).with_context(|| {
            format!(
                "no folder from `{}` upwards holds a `Cargo.toml` and a `migrations` folder\n  \
                 go to the workspace, or make its first database: `mkdir -p migrations/<name>`",
                start.display()
            )
        })?;
        Self::open(root)
    }

    /// The nearest folder from `start` upwards that is the root of a workspace.
    #[must_use]
    pub fn root_above(start: &Path) -> Option<&Path> {
        start
            .ancestors()
            .find(|folder| folder.join("Cargo.toml").is_file() && folder.join("migrations").is_dir())
    }

    /// Reads the workspace at `root`.
    ///
    /// # Errors
    /// See [`Workspace::find`].
    pub fn open(root: &Path) -> Result<Self> {
        let mut settings = read_settings(&root.join("Cargo.toml"))?;
        let databases = folder_names(&root.join("migrations"))?
            .into_iter()
            .map(|name| Database {
                migrations: root.join("migrations").join(&name),
                seeds: root.join("seeds").join(&name),
                settings: settings.remove(&name).unwrap_or_default(),
                name,
            })
            .collect();
        if let Some(name) = settings.keys().next() {
            bail!("`Cargo.toml` has settings for the database `{name}`, but there is no folder `migrations/{name}`");
        }
        Ok(Self {
            root: root.to_owned(),
            databases,
        })
    }

    /// The root folder, absolute.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All databases, in alphabetical order.
    #[must_use]
    pub fn databases(&self) -> &[Database] {
        &self.databases
    }

    /// The databases with these names, in alphabetical order and each once; all of them when no name is given.
    ///
    /// # Errors
    /// A name that is no database, with the nearest one that is; or no database at all.
    pub fn select(&self, names: &[String]) -> Result<Vec<&Database>> {
        if self.databases.is_empty() {
            bail!(
                "there is no database: make a folder `migrations/<name>`, or run `cargo xtask db-new <name> <migration>`"
            );
        }
        for name in names {
            self.database(name)?;
        }
        Ok(self
            .databases
            .iter()
            .filter(|database| names.is_empty() || names.contains(&database.name))
            .collect())
    }

    /// The database of this name.
    ///
    /// # Errors
    /// There is none; the message names the nearest one and lists all.
    pub fn database(&self, name: &str) -> Result<&Database> {
        if let Some(database) = self.databases.iter().find(|database| database.name == name) {
            return Ok(database);
        }
        let nearest = self.nearest(name);
        let suggestion = nearest.map_or_else(String::new, |known| format!("; did you mean `{known}`?"));
        let known: Vec<String> = self
            .databases
            .iter()
            .map(|database| format!("`{}`", database.name))
            .collect();
        bail!(
            "there is no database `{name}`{suggestion}\n  the folders of `migrations` are the databases: {}",
            known.join(", ")
        )
    }

    /// The database whose name is so like `name` that it may have been meant.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let nearest = self
            .databases
            .iter()
            .map(|database| (strsim::damerau_levenshtein(&database.name, name), &database.name))
            .filter(|(distance, known)| *distance <= known.len().max(3) / 3)
            .min();
        nearest.map(|(_, known)| known.as_str())
    }

    /// `path` as people type it: relative to the root where it lies below it, with `/` between its parts.
    #[must_use]
    pub fn display(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .to_string_lossy()
            .replace('\\', "/")
    }
}

impl Database {
    /// The prefix of this database's environment variables: `DASHBOARD` for `dashboard`.
    #[must_use]
    pub fn url_variable(&self) -> String {
        format!("{}_DATABASE_URL", self.name.to_ascii_uppercase())
    }
}

/// Whether `name` can name a database: `[a-z][a-z0-9_]*`, at most 40 characters, so that what is put behind it still fits
/// PostgreSQL's 63 bytes (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>).
#[must_use]
pub fn is_database_name(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn read_settings(path: &Path) -> Result<BTreeMap<String, Settings>> {
    let text = fs::read_to_string(path).with_context(|| format!("failed to read `{}`", path.display()))?;
    let manifest: Manifest = toml::from_str(&text).with_context(|| {
        format!(
            "failed to read the database settings `[workspace.metadata.db]` in `{}`",
            path.display()
        )
    })?;
    Ok(manifest.workspace.metadata.db)
}

fn folder_names(path: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path).with_context(|| format!("failed to read the folder `{}`", path.display()))? {
        let entry = entry.with_context(|| format!("failed to read the folder `{}`", path.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !entry.path().is_dir() || name.starts_with('.') {
            continue;
        }
        if !is_database_name(&name) {
            bail!(
                "`migrations/{name}` can't be a database: a name is a lower-case letter, then lower-case letters, digits and `_`, at most 40 in all"
            );
        }
        names.push(name);
    }
    names.sort();
    Ok(names)
}
