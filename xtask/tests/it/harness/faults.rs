//! Terrible things that happen to a run, and the tally of those that were survived; `cargo xtask faults` prints it as a table.

use std::fmt;

use super::proxy::Deed;
use super::running::{Victim, kill};

/// What happens to a run at a point of its traffic. Afterwards the connection is cut in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Killed,
    CutOff,
}

impl Fate {
    /// What does it to `victim`.
    pub fn deed(self, victim: &Victim) -> Deed {
        let victim = Victim::clone(victim);
        Box::new(move || match self {
            Self::Killed => kill(&victim),
            Self::CutOff => (),
        })
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Killed => "killed",
            Self::CutOff => "cut off",
        })
    }
}

/// Whether faults are to be tried at every single point, where a test else takes some: it takes minutes.
pub fn all() -> bool {
    std::env::var_os("XTASK_ALL_FAULTS").is_some()
}

/// Says that `times` faults of a kind were tried, after each of which the data was there. Only for a test that has just looked.
pub fn survived(kind: &str, times: usize) {
    println!("fault: {times} {kind}");
}
