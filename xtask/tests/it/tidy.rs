//! Habits that a reader would otherwise have to check by hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use xtask::cli::Cli;

use crate::harness::database::{root, workspace};

fn source() -> PathBuf {
    root().join("xtask/src")
}

/// The number of each module's line in the picture of `lib.rs`, counted from the bottom.
fn layers() -> BTreeMap<String, usize> {
    let text = fs::read_to_string(source().join("lib.rs")).unwrap();
    let picture = text.split("```text").nth(1).unwrap().split("```").next().unwrap();
    let lines: Vec<&str> = picture
        .lines()
        .map(|line| line.trim_start_matches("//!").trim())
        .filter(|line| !line.is_empty())
        .collect();
    lines
        .iter()
        .rev()
        .enumerate()
        .flat_map(|(height, line)| line.split('|').map(move |module| (module.trim().to_owned(), height)))
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// `migration` for `src/migration/apply.rs` and for `src/migration.rs`.
fn module_of(file: &Path) -> String {
    let first = file.strip_prefix(source()).unwrap().components().next().unwrap();
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

#[test]
fn modules_use_only_those_below_them() {
    let layers = layers();
    let files = rust_files(&source());
    assert!(files.len() > 20);
    let mut wrong = Vec::new();
    for file in files {
        let module = module_of(&file);
        if module == "main" || module == "lib" {
            continue;
        }
        let own = layers
            .get(&module)
            .unwrap_or_else(|| panic!("`{module}` is not in the picture of xtask/src/lib.rs"));
        let text = fs::read_to_string(&file).unwrap();
        for used in text.split("crate::").skip(1) {
            let used: String = used
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            if used != module && layers.get(&used).is_some_and(|height| height >= own) {
                wrong.push(format!(
                    "{} uses `{used}`, which is not below `{module}`",
                    file.display()
                ));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "see the picture in xtask/src/lib.rs");
}

#[test]
fn commands_never_use_each_other() {
    let commands = source().join("commands");
    let names: Vec<String> = rust_files(&commands)
        .iter()
        .filter(|file| file.parent() == Some(&commands))
        .map(|file| file.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "mod")
        .collect();
    for command in Cli::command().get_subcommands() {
        let name = command.get_name();
        let file = name.strip_prefix("db-").unwrap_or(name);
        assert!(
            names.iter().any(|known| known == file),
            "`{name}` has no file of its own"
        );
    }
    assert_eq!(names.len(), Cli::command().get_subcommands().count(), "{names:?}");
    for file in rust_files(&commands) {
        let text = fs::read_to_string(&file).unwrap();
        for name in &names {
            let used = text.contains(&format!("use super::{name}::")) || text.contains(&format!("commands::{name}::"));
            assert!(!used, "{} uses the command `{name}`", file.display());
        }
    }
}

#[test]
fn the_readme_names_every_command() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let cli = Cli::command();
    assert!(cli.get_subcommands().count() > 5);
    for command in cli.get_subcommands() {
        let name = command.get_name();
        assert!(
            readme.contains(&format!("cargo xtask {name}")),
            "README.md does not say what `cargo xtask {name}` does"
        );
    }
}

#[test]
fn every_migration_has_a_down_file() {
    for database in workspace().databases() {
        let migrations = xtask::migration::file::read(&workspace(), database).unwrap();
        assert!(!migrations.list.is_empty());
        for migration in migrations.list {
            assert!(migration.down.is_some(), "`{}` has no `.down.sql`", migration.stem);
        }
    }
}
