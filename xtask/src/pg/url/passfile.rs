//! The password file, `~/.pgpass`.
//!
//! The rules are libpq's (<https://www.postgresql.org/docs/current/libpq-pgpass.html>): a file that others can read is not
//! used at all, and the first line that matches decides.

use std::fs;
use std::path::{Path, PathBuf};

use super::Secret;

/// The lines of a password file; empty when there is no file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PassFile {
    path: PathBuf,
    lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    /// Host, port, database and user; `None` is the wildcard.
    fields: [Option<String>; 4],
    password: Secret,
}

impl PassFile {
    /// Reads a password file. A missing one is empty; one that must not or can't be used is empty too, with a warning.
    pub(super) fn read(path: &Path) -> (PassFile, Option<String>) {
        let ignored = |why: &str| {
            let path = path.display();
            (
                PassFile::default(),
                Some(format!("the password file `{path}` is ignored: {why}")),
            )
        };
        let Ok(metadata) = fs::metadata(path) else {
            return (PassFile::default(), None);
        };
        if !metadata.is_file() {
            return ignored("it is not a plain file");
        }
        if is_open_to_others(&metadata) {
            return ignored(&format!("others can read it; type `chmod 600 {}`", path.display()));
        }
        match fs::read_to_string(path) {
            Ok(text) => (
                PassFile {
                    path: path.to_owned(),
                    lines: text.lines().filter_map(Line::parse).collect(),
                },
                None,
            ),
            Err(error) => ignored(&error.to_string()),
        }
    }

    /// The password of the first line that matches.
    pub(crate) fn find(&self, host: &str, port: u16, database: &str, user: &str) -> Option<&Secret> {
        let port = port.to_string();
        let wanted = [host, &port, database, user];
        let matches = |line: &&Line| {
            line.fields
                .iter()
                .zip(wanted)
                .all(|(field, wanted)| field.as_deref().is_none_or(|field| field == wanted))
        };
        self.lines
            .iter()
            .find(matches)
            .map(|line| &line.password)
            .filter(|password| !password.expose().is_empty())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Line {
    fn parse(line: &str) -> Option<Line> {
        if line.starts_with('#') {
            return None;
        }
        let mut rest = Some(line);
        let mut next = || {
            let (raw, after) = split_field(rest?);
            rest = after;
            Some(raw)
        };
        let mut field = || next().map(|raw| (raw != "*").then(|| unescape(raw)));
        let fields = [field()?, field()?, field()?, field()?];
        Some(Line {
            fields,
            password: Secret::new(unescape(next()?)),
        })
    }
}

/// The text before the next colon that no backslash precedes, and what follows the colon.
fn split_field(text: &str) -> (&str, Option<&str>) {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ':' => return (&text[..at], Some(&text[at + 1..])),
            _ => {}
        }
    }
    (text, None)
}

fn unescape(text: &str) -> String {
    let mut characters = text.chars();
    let mut plain = String::new();
    while let Some(character) = characters.next() {
        plain.push(if character == '\\' {
            characters.next().unwrap_or('\\')
        } else {
            character
        });
    }
    plain
}

#[cfg(unix)]
fn is_open_to_others(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}
