//! What people see while migrations run: a bar on a terminal, status lines everywhere.

use std::sync::Arc;

use crate::migration::session::{Event, Reporter};
use crate::ui::{self, Progress};

/// What is done to the migrations, for the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Applying them.
    Apply,
    /// Trying them in a transaction that is rolled back.
    Try,
    /// Undoing them.
    Undo,
    /// Applying them to a database that only the toolkit uses: the bar moves, and only what holds it up is told.
    Build,
}

impl Doing {
    fn verb(self) -> &'static str {
        match self {
            Self::Apply => "Applying",
            Self::Try => "Trying",
            Self::Undo => "Undoing",
            Self::Build => "Building",
        }
    }
}

/// A reporter that shows the events of a session, and the bar that it draws.
#[must_use]
pub fn reporter(doing: Doing) -> (Reporter, Progress) {
    let progress = Progress::new(doing.verb());
    let bar = progress.clone();
    let reporter: Reporter = Arc::new(move |event: &Event| show(&bar, doing, event));
    (reporter, progress)
}

fn show(bar: &Progress, doing: Doing, event: &Event) {
    match event {
        Event::Started(stem) => {
            bar.working_on(stem);
            if doing == Doing::Try {
                bar.done("Trying", stem);
            }
        }
        Event::Applied(_) if doing == Doing::Build => bar.step(),
        Event::Notice { .. } if doing == Doing::Build => {}
        Event::Applied(stem) => bar.done("Applied", stem),
        Event::RolledBack(stem) => bar.done("Undid", stem),
        Event::Statement { stem, number, of } => bar.working_on(&format!("{stem}, statement {number} of {of}")),
        Event::Notice { severity, message } => bar.suspend(|| {
            if severity == "WARNING" {
                ui::warn(message);
            } else {
                ui::note(message);
            }
        }),
        Event::Blocked(blockers) => bar.suspend(|| {
            for blocker in blockers {
                ui::status("Blocking", format!("waiting for a lock of {blocker}"));
            }
        }),
        Event::Busy(what) => bar.suspend(|| ui::status("Blocking", format!("waiting for another runner: {what}"))),
        Event::Retrying { stem, seconds } => {
            let message = format!("{stem} in {seconds:.0} s, since a lock was not to be had");
            bar.suspend(|| ui::status("Retrying", message));
        }
        Event::Note(note) => bar.suspend(|| ui::note(note)),
    }
}
