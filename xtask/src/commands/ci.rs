//! `ci`: what CI runs, in the order in which it fails soonest.

use anyhow::Result;
use xshell::{Shell, cmd};

use super::shared::context::Context;
use crate::outcome::Outcome;
use crate::ui;

/// Runs rustfmt, clippy, rustdoc and the tests.
///
/// # Errors
/// The first one that fails.
pub fn run() -> Result<Outcome> {
    let context = Context::of_process()?;
    let shell = Shell::new()?;
    shell.change_dir(context.workspace.root());
    shell.set_var("RUSTDOCFLAGS", "-D warnings");
    let steps = [
        cmd!(shell, "cargo fmt --all --check"),
        cmd!(shell, "cargo clippy --workspace --all-targets -- -D warnings"),
        cmd!(shell, "cargo doc --workspace --no-deps --document-private-items"),
        cmd!(shell, "cargo test"),
    ];
    for step in steps {
        ui::status("Running", &step);
        step.quiet().run()?;
    }
    Ok(Outcome::done(Vec::new()))
}
