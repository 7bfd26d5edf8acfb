//! The `cargo xtask` program: parses, dispatches, prints how it ended.

use std::process::ExitCode;

use clap::Parser as _;
use xtask::cli::{Cli, Command, is_url_misplaced};
use xtask::commands;
use xtask::outcome::{Format, Outcome, Usage, show};
use xtask::ui;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    if is_url_misplaced(&words) {
        return refuse_misplaced_url(&words);
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return explain(&error, &words),
    };
    let result = match &cli.command {
        Command::DbNew(args) => commands::new::run(args),
        Command::DbStatus(args) => commands::status::run(args),
        Command::DbMigrate(args) => commands::migrate::run(args),
        Command::DbRollback(args) => commands::rollback::run(args),
        Command::DbSeed(args) => commands::seed::run(args),
        Command::DbReset(args) => commands::reset::run(args),
        Command::DbVerify(args) => commands::verify::run(args),
        Command::DbMark(args) => commands::mark::run(args),
        Command::DbRepair(args) => commands::repair::run(args),
        Command::DbStart => commands::start::run(),
        Command::DbStop(args) => commands::stop::run(args),
        Command::Ci => commands::ci::run(),
        Command::Faults => commands::faults::run(),
    };
    let outcome = result.unwrap_or_else(Outcome::from);
    let format = if cli.json { Format::Json } else { Format::Text };
    show(&outcome, cli.command.name(), format);
    ExitCode::from(outcome.exit.code())
}

/// Help and version are what was asked for; all else is wrong usage, told in JSON too where that is wanted.
fn explain(error: &clap::Error, words: &[String]) -> ExitCode {
    // Where nothing can be printed, nobody can be told.
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    let message = text.split("\n\n").next().unwrap_or_default();
    let outcome = Outcome::from(anyhow::Error::from(Usage(
        message.trim_start_matches("error: ").to_owned(),
    )));
    if format_of(words) == Format::Json {
        let command = words.iter().find(|word| !word.starts_with('-'));
        ui::print(format!("{:#}", outcome.to_json(command.map_or("", String::as_str))));
    }
    ExitCode::from(outcome.exit.code())
}

/// Told before anything else may quote a word of the command line.
fn refuse_misplaced_url(words: &[String]) -> ExitCode {
    let outcome = Outcome::from(anyhow::Error::from(Usage(
        "a connection string stands where none is expected\n  \
         write it behind `--url` and in quotes, so that it is one word: `--url 'postgres://…'`"
            .to_owned(),
    )));
    show(&outcome, "", format_of(words));
    ExitCode::from(outcome.exit.code())
}

fn format_of(words: &[String]) -> Format {
    if words.iter().any(|word| word == "--json") {
        Format::Json
    } else {
        Format::Text
    }
}
