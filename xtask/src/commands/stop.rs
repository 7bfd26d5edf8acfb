//! `db-stop`: stops the development server.

use anyhow::Result;

use super::shared::context::Context;
use crate::cli::StopArgs;
use crate::outcome::Outcome;
use crate::server::{self, Stop};
use crate::ui;

/// Stops the server; with `--erase` its data goes too.
///
/// # Errors
/// The server can't be stopped.
pub fn run(args: &StopArgs) -> Result<Outcome> {
    let context = Context::of_process()?;
    let what = if args.erase { Stop::Erase } else { Stop::KeepData };
    let message = match (server::stop(context.workspace.root(), what)?, what) {
        (true, Stop::KeepData) => "the development server; its data is kept",
        (true, Stop::Erase) => "the development server, and erased its data",
        (false, _) => "nothing: no development server was running",
    };
    ui::status("Stopped", message);
    Ok(Outcome::done(Vec::new()))
}
