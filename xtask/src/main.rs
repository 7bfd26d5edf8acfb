//! The `cargo xtask` program: parses, dispatches, prints how it ended.

use std::process::ExitCode;

use clap::Parser as _;
use xtask::cli::{Cli, Command};
use xtask::commands;
use xtask::outcome::{Format, Outcome, show};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match &cli.command {
        Command::DbNew(args) => commands::new::run(args),
        Command::DbStatus(args) => commands::status::run(args),
        Command::DbMigrate(args) => commands::migrate::run(args),
        Command::DbRollback(args) => commands::rollback::run(args),
        Command::DbSeed(args) => commands::seed::run(args),
        Command::DbReset(args) => commands::reset::run(args),
        Command::DbMark(args) => commands::mark::run(args),
        Command::DbRepair(args) => commands::repair::run(args),
        Command::DbStart => commands::start::run(),
        Command::DbStop(args) => commands::stop::run(args),
        Command::Ci => commands::ci::run(),
    };
    let outcome = result.unwrap_or_else(Outcome::from);
    let format = if cli.json { Format::Json } else { Format::Text };
    show(&outcome, cli.command.name(), format);
    ExitCode::from(outcome.exit.code())
}
