//! The plan: which migrations are to be applied, decided from files and ledger rows alone.
//!
//! Pure: no database, no disk. Everything that stands in the way is reported at once.

use std::collections::{BTreeMap, BTreeSet};

use super::file::{Migration, Version};
use super::ledger::{Applied, Phase};

/// What a version is, when files and ledger are laid side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// In the ledger, with the checksum of the file.
    Applied,
    /// A file that the ledger does not know.
    Pending,
    /// Pending, though older than the newest applied one.
    OutOfOrder,
    /// A file that runs statement by statement and stopped half-way up.
    Interrupted,
    /// A rollback that runs statement by statement and stopped half-way down.
    InterruptedRollback,
    /// In the ledger, with another checksum than the file's.
    Changed,
    /// In the ledger, without a file.
    Missing,
}

/// One version: its file, its row, or both.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'f, 'r> {
    /// The version.
    pub version: Version,
    /// The file, unless it is missing.
    pub migration: Option<&'f Migration>,
    /// The row, unless it is pending.
    pub applied: Option<&'r Applied>,
    /// What follows from the two.
    pub state: State,
}

impl Entry<'_, '_> {
    /// `20260201000001_create_profiles_table`.
    #[must_use]
    pub fn stem(&self) -> String {
        match (self.migration, self.applied) {
            (Some(migration), _) => migration.stem.clone(),
            (None, Some(applied)) => format!("{}_{}", applied.version, applied.name),
            (None, None) => self.version.to_string(),
        }
    }
}

/// Lays files and rows side by side, in the order of their versions.
#[must_use]
pub fn compare<'f, 'r>(files: &'f [Migration], rows: &'r [Applied]) -> Vec<Entry<'f, 'r>> {
    let by_version: BTreeMap<Version, &'r Applied> = rows.iter().map(|row| (row.version, row)).collect();
    let on_disk: BTreeSet<Version> = files.iter().map(|migration| migration.version).collect();
    let newest = by_version.keys().next_back().copied();
    let mut entries: Vec<Entry<'f, 'r>> = files
        .iter()
        .map(|migration| {
            let applied = by_version.get(&migration.version).copied();
            let state = match applied {
                None if newest.is_some_and(|newest| migration.version < newest) => State::OutOfOrder,
                None => State::Pending,
                Some(Applied {
                    phase: Phase::Up(_), ..
                }) => State::Interrupted,
                Some(Applied {
                    phase: Phase::Down(_), ..
                }) => State::InterruptedRollback,
                Some(row) if row.checksum == migration.up.checksum() => State::Applied,
                Some(_) => State::Changed,
            };
            Entry {
                version: migration.version,
                migration: Some(migration),
                applied,
                state,
            }
        })
        .collect();
    entries.extend(
        rows.iter()
            .filter(|row| !on_disk.contains(&row.version))
            .map(|row| Entry {
                version: row.version,
                migration: None,
                applied: Some(row),
                state: State::Missing,
            }),
    );
    entries.sort_by_key(|entry| entry.version);
    entries
}

/// What a plan may overlook.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allow {
    /// Pending files older than the newest applied one.
    pub out_of_order: bool,
    /// Applied versions without a file.
    pub missing: bool,
}

/// The migrations to apply, in order.
///
/// `to`: none newer than this one.
///
/// # Errors
/// All entries that stand in the way, in order.
pub fn plan<'f, 'r>(
    entries: &[Entry<'f, 'r>],
    to: Option<Version>,
    allow: Allow,
) -> Result<Vec<&'f Migration>, Vec<Entry<'f, 'r>>> {
    let in_reach = |entry: &Entry<'_, '_>| to.is_none_or(|to| entry.version <= to);
    let obstacles: Vec<Entry<'f, 'r>> = entries
        .iter()
        .filter(|entry| match entry.state {
            State::Changed | State::InterruptedRollback => true,
            State::Missing => !allow.missing,
            State::OutOfOrder => !allow.out_of_order && in_reach(entry),
            State::Applied | State::Pending | State::Interrupted => false,
        })
        .copied()
        .collect();
    if !obstacles.is_empty() {
        return Err(obstacles);
    }
    Ok(entries
        .iter()
        .filter(|entry| {
            matches!(entry.state, State::Pending | State::OutOfOrder | State::Interrupted) && in_reach(entry)
        })
        .filter_map(|entry| entry.migration)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::ledger::Progress;
    use super::*;
    use crate::pg::script::Script;

    fn file(version: i64) -> Migration {
        Migration {
            version: Version(version),
            stem: format!("{version}_x"),
            name: "x".to_owned(),
            up: Script::parse("x.sql", format!("SELECT {version};").as_bytes()).unwrap(),
            down: None,
        }
    }

    fn row(version: i64) -> Applied {
        Applied {
            version: Version(version),
            name: "x".to_owned(),
            checksum: file(version).up.checksum(),
            applied_at: String::new(),
            seconds: 0.0,
            applied_by: String::new(),
            phase: Phase::Complete,
        }
    }

    fn planned(files: &[i64], rows: &[Applied], to: Option<i64>, allow: Allow) -> Result<Vec<i64>, Vec<(i64, State)>> {
        let files: Vec<Migration> = files.iter().copied().map(file).collect();
        plan(&compare(&files, rows), to.map(Version), allow)
            .map(|steps| steps.iter().map(|step| step.version.0).collect())
            .map_err(|entries| entries.iter().map(|entry| (entry.version.0, entry.state)).collect())
    }

    const STRICT: Allow = Allow {
        out_of_order: false,
        missing: false,
    };

    #[test]
    fn what_is_not_in_the_ledger_is_pending() {
        assert_eq!(planned(&[1, 2, 3], &[row(1)], None, STRICT), Ok(vec![2, 3]));
        assert_eq!(planned(&[1, 2, 3], &[], Some(2), STRICT), Ok(vec![1, 2]));
        assert_eq!(planned(&[1], &[row(1)], None, STRICT), Ok(vec![]));
    }

    #[test]
    fn a_pending_file_older_than_the_newest_applied_needs_to_be_allowed() {
        let rows = [row(1), row(3)];
        assert_eq!(
            planned(&[1, 2, 3], &rows, None, STRICT),
            Err(vec![(2, State::OutOfOrder)])
        );
        let allow = Allow {
            out_of_order: true,
            missing: false,
        };
        assert_eq!(planned(&[1, 2, 3], &rows, None, allow), Ok(vec![2]));
    }

    #[test]
    fn a_changed_file_is_always_in_the_way() {
        let changed = Applied {
            checksum: "other".to_owned(),
            ..row(1)
        };
        let allow = Allow {
            out_of_order: true,
            missing: true,
        };
        assert_eq!(
            planned(&[1, 2], &[changed], None, allow),
            Err(vec![(1, State::Changed)])
        );
    }

    #[test]
    fn a_missing_file_needs_to_be_allowed() {
        assert_eq!(planned(&[2], &[row(1)], None, STRICT), Err(vec![(1, State::Missing)]));
        let allow = Allow {
            out_of_order: false,
            missing: true,
        };
        assert_eq!(planned(&[2], &[row(1)], None, allow), Ok(vec![2]));
    }

    #[test]
    fn a_half_done_file_is_taken_up_again_and_a_half_done_rollback_is_not() {
        let progress = Progress { done: 1, started: true };
        let up = Applied {
            phase: Phase::Up(progress),
            ..row(1)
        };
        assert_eq!(planned(&[1, 2], &[up], None, STRICT), Ok(vec![1, 2]));
        let down = Applied {
            phase: Phase::Down(progress),
            ..row(1)
        };
        assert_eq!(
            planned(&[1, 2], &[down], None, STRICT),
            Err(vec![(1, State::InterruptedRollback)])
        );
    }
}
