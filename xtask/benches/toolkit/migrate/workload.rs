//! What is applied: folders of migrations on disk.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use tempfile::TempDir;
use xtask::migration::file::{self, Migration};
use xtask::workspace::Workspace;

/// A folder of migrations, and the same as read, for those who only send.
pub struct Workload {
    /// Where they are.
    pub workspace: Workspace,
    /// The folder's name.
    pub name: String,
    /// As read once.
    pub migrations: Vec<Migration>,
    _folder: Option<TempDir>,
}

impl Workload {
    /// So many tables of eight columns with two indexes, each a file.
    pub fn small(count: usize) -> Result<Self> {
        let folder = TempDir::new()?;
        let migrations = folder.path().join("migrations/small");
        fs::create_dir_all(&migrations)?;
        fs::write(folder.path().join("Cargo.toml"), "[workspace]\n")?;
        for number in 1..=count {
            fs::write(migrations.join(format!("{number:04}_table.sql")), small_table(number))?;
        }
        let root = folder.path().to_owned();
        Self::read(&root, "small", Some(folder))
    }

    /// A product of this workspace.
    pub fn product(name: &str) -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("the crate lies in the workspace")?;
        Self::read(root, name, None)
    }

    fn read(root: &Path, name: &str, folder: Option<TempDir>) -> Result<Self> {
        let workspace = Workspace::open(root)?;
        let migrations = file::read(&workspace, workspace.database(name)?)?.list;
        Ok(Self {
            workspace,
            name: name.to_owned(),
            migrations,
            _folder: folder,
        })
    }
}

fn small_table(number: usize) -> String {
    let table = format!("public.table_{number:04}");
    let mut sql = format!("-- Table {number} of the benchmark.\nCREATE TABLE {table} (\n    id bigint NOT NULL");
    for column in ["owner", "amount", "rank"] {
        let _ = write!(sql, ",\n    {column} bigint NOT NULL");
    }
    sql.push_str(",\n    name text NOT NULL,\n    note text,\n    created_at timestamptz NOT NULL DEFAULT now(),\n    updated_at timestamptz\n);\n");
    let _ = write!(
        sql,
        "CREATE UNIQUE INDEX table_{number:04}_id ON {table} (id);\nCREATE INDEX table_{number:04}_owner ON {table} (owner, created_at);\n"
    );
    sql
}
