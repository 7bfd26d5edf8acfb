//! What stands in the way of a plan, told so that the next step is plain: which file, what differs, which command.

use postgres::GenericClient;
use similar::TextDiff;

use super::ledger;
use super::plan::{Entry, State};
use crate::pg::lex;
use crate::pg::report::{Place, Report, Reports};

/// One report for each obstacle. The ledger's text of a changed file is read for the difference.
#[must_use]
pub fn reports(client: &mut impl GenericClient, obstacles: &[Entry<'_, '_>]) -> Reports {
    Reports(obstacles.iter().map(|entry| report(client, entry)).collect())
}

/// What one entry that stands in the way is, and what to do about it.
pub fn report(client: &mut impl GenericClient, entry: &Entry<'_, '_>) -> Report {
    let stem = entry.stem();
    let path = entry
        .migration
        .map_or_else(|| format!("{stem}.sql"), |migration| migration.up.path.clone());
    let report = match entry.state {
        State::Changed => changed(client, entry),
        State::Missing => Report::new(format!("`{stem}` is applied, but its file is missing"))
            .note("another branch may have it, or it was removed or renumbered after it was applied")
            .help("restore the file; or undo it with `cargo xtask db-rollback <database>` (the ledger keeps its down script); or go on with `--allow-missing`")
            .help(format!("to forget it without undoing it: `cargo xtask db-repair <database> {} --strike`", entry.version)),
        State::OutOfOrder => Report::new(format!("`{stem}` is pending, but newer migrations are applied"))
            .at(Place::file(&path))
            .note("on a new database it runs before them, here it would run after them: the schemas could differ")
            .help("renumber it so that it is the newest, or apply it as it is: `cargo xtask db-migrate <database> --allow-out-of-order`"),
        State::InterruptedRollback => Report::new(format!("the rollback of `{stem}` stopped half-way"))
            .at(Place::file(&path))
            .help("finish it with `cargo xtask db-rollback <database>`, then migrate"),
        State::Applied | State::Pending | State::Interrupted => Report::new(format!("`{stem}` is not in the way")),
    };
    report.note("nothing was touched")
}

fn changed(client: &mut impl GenericClient, entry: &Entry<'_, '_>) -> Report {
    let (Some(migration), Some(applied)) = (entry.migration, entry.applied) else {
        return Report::new(format!("`{}` was changed after it was applied", entry.stem()));
    };
    let report = Report::new(format!(
        "`{}` was changed after it was applied on {} UTC by `{}`",
        migration.stem, applied.applied_at, applied.applied_by
    ))
    .at(Place::file(&migration.up.path));
    let report = match ledger::texts(client, entry.version) {
        Ok(texts) => {
            let diff = difference(&texts.up, &migration.up.text);
            let report = report.note(format!("what was applied (-) and what the file says now (+):\n{diff}"));
            if means_the_same(&texts.up, &migration.up.text) {
                return report
                    .note("only comments or white space differ: the database is as the file says")
                    .help(format!(
                        "accept the file: `cargo xtask db-repair <database> {} --accept`",
                        entry.version
                    ));
            }
            report
        }
        Err(error) => report.note(format!("the applied text could not be read: {error}")),
    };
    report
        .help("restore the file and put the change into a new migration: `cargo xtask db-new <database> <name>`")
        .help(format!(
            "if the database is as the file now says: `cargo xtask db-repair <database> {} --accept`",
            entry.version
        ))
}

/// A unified diff of two texts, without header.
fn difference(applied: &str, file: &str) -> String {
    let diff = TextDiff::from_lines(applied, file);
    diff.unified_diff().context_radius(2).to_string().trim_end().to_owned()
}

/// Whether two scripts hold the same statements, comments and white space aside.
#[must_use]
pub fn means_the_same(one: &str, other: &str) -> bool {
    matches!((lex::significant(one), lex::significant(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_white_space_mean_nothing_and_all_else_does() {
        assert!(means_the_same("SELECT 1; -- one", "/* x */ SELECT\n  1;"));
        assert!(!means_the_same("SELECT 1;", "SELECT 2;"));
        assert!(!means_the_same("SELECT 'a  b';", "SELECT 'a b';"));
    }
}
