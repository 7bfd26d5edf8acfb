//! `faults`: tries everything terrible that the tests know, at every point, and says what came of it.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use super::shared::context::Context;
use crate::outcome::Outcome;
use crate::ui::{self, count};

/// Runs the tests that kill, cut off, fill, break and forge, and prints a table of the faults that they tried. A test fails where it finds
/// data lost or a database half-done, so that without a failure all were survived.
///
/// # Errors
/// A test fails.
pub fn run() -> Result<Outcome> {
    let context = Context::of_process()?;
    let shell = Shell::new()?;
    shell.change_dir(context.workspace.root());
    shell.set_var("XTASK_ALL_FAULTS", "1");
    ui::status("Running", "the tests of faults; this takes some minutes");
    let output = cmd!(
        shell,
        "cargo test --test it -- --nocapture crash:: pooler:: reset:: guard:: stops:: locks:: concurrency::"
    )
    .quiet()
    .ignore_status()
    .output()?;
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    let tally = tally(&told);
    let mut rows = vec![["tried", "fault"].map(str::to_owned).to_vec()];
    rows.extend(tally.iter().map(|(kind, times)| vec![times.to_string(), kind.clone()]));
    ui::print(ui::table(&rows));
    for skipped in told.lines().filter(|line| line.starts_with("skipped: ")) {
        ui::warn(skipped);
    }
    if !output.status.success() {
        ui::report(&told);
        bail!("a fault was not survived; what its test says is above");
    }
    let tried = count(tally.values().sum(), "fault");
    ui::status("Finished", format!("{tried} tried, all survived; data lost: 0"));
    Ok(Outcome::done(Vec::new()))
}

/// How many faults of each kind a run of the tests tells of, in lines `fault: 142 db-reset killed …`.
fn tally(out: &str) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for line in out.lines() {
        let told = line
            .split_once("fault: ")
            .and_then(|(_, told)| told.split_once(' '))
            .and_then(|(times, kind)| Some((times.parse::<usize>().ok()?, kind)));
        if let Some((times, kind)) = told {
            *tally.entry(kind.to_owned()).or_default() += times;
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_one_kind_are_added_up() {
        let out = "test a ... fault: 3 killed\nfault: 4 killed\nfault: 1 cut off\nok\n";
        let expected = [("cut off".to_owned(), 1), ("killed".to_owned(), 7)];
        assert_eq!(tally(out), BTreeMap::from(expected));
    }
}
