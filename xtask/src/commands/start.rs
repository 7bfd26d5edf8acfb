//! `db-start`: starts the development server by hand.

use std::collections::BTreeSet;

use anyhow::Result;

use super::shared::context::Context;
use crate::migration::file;
use crate::outcome::Outcome;
use crate::server;
use crate::ui;

/// Starts the server, with every extension that any of the databases needs.
///
/// # Errors
/// No server is to be had.
pub fn run() -> Result<Outcome> {
    let context = Context::of_process()?;
    let migrations = file::read_all(&context.workspace, context.workspace.databases())?;
    let extensions: BTreeSet<String> = migrations
        .iter()
        .flat_map(|migrations| file::extensions(&migrations.list))
        .collect();
    let server = server::ensure_running(context.workspace.root(), &extensions)?;
    ui::status(
        "Running",
        format!(
            "PostgreSQL {} at {}:{} ({})",
            server.version, server.host, server.port, server.origin
        ),
    );
    Ok(Outcome::done(Vec::new()))
}
