//! What stopped a command for one database, told with its name: which database, where it is, and commands that can be typed as they stand.
//!
//! The modules below the commands don't know what a database is called in the workspace, nor who is connected: in their help lines
//! these are `<database>` and `<role>`.

use std::error::Error as _;

use anyhow::Error;

use super::context::{Located, Origin};
use crate::guard::Refusal;
use crate::pg::connect::ConnectError;
use crate::pg::report::{Report, Reports, is_connection_lost};

/// `error` with the name of the database and the place where it was looked for.
#[must_use]
pub fn of_database(name: &str, located: Option<&Located>, error: Error) -> Error {
    let mut reports = if let Some(reports) = error.downcast_ref::<Reports>() {
        reports.clone()
    } else if let Some(refusal) = error.downcast_ref::<Refusal>() {
        refusal.report().into()
    } else if let Some(error) = error.downcast_ref::<ConnectError>() {
        let mut report = connection(error);
        if let Some(located) = located {
            for said in report.notes.iter_mut().chain([&mut report.message]) {
                *said = located.target.redact(said);
            }
        }
        report.into()
    } else if let Some(lost) = error
        .downcast_ref::<postgres::Error>()
        .filter(|error| is_connection_lost(error))
    {
        let doing = error.to_string();
        let report = Report::of_error(lost);
        if doing == lost.to_string() {
            report
        } else {
            report.note(doing)
        }
        .into()
    } else {
        return error;
    };
    for report in &mut reports.0 {
        for help in &mut report.help {
            *help = help.replace("<database>", name);
            if let Some(located) = located {
                *help = help.replace("<role>", located.target.user());
            }
        }
    }
    if let (Some(last), Some(located)) = (reports.0.last_mut(), located) {
        last.notes.push(place(name, located));
    }
    // On top of the error, not in its place: what it is decides on the exit code.
    error.context(reports)
}

fn place(name: &str, located: &Located) -> String {
    let target = &located.target;
    match &located.origin {
        Origin::DevelopmentServer => format!("`{name}` is `{target}`, on the development server"),
        Origin::Given(origin) => format!("`{name}` is `{target}`, as `{origin}` says"),
    }
}

/// Why there is no connection, in the shape of all other reports.
fn connection(error: &ConnectError) -> Report {
    let said = |report: Report| match error.source() {
        Some(source) => report.note(format!("the server says: {source}")),
        None => report,
    };
    match error {
        ConnectError::Unreachable {
            target,
            attempts,
            advice,
        } => attempts
            .iter()
            .fold(Report::new(format!("cannot reach `{target}`")), |report, attempt| {
                report.note(format!("{}: {}", attempt.place, attempt.reason))
            })
            .help(advice),
        ConnectError::WrongPassword { target, advice, .. } => {
            said(Report::new(format!("`{target}` does not let the user in"))).help(advice)
        }
        ConnectError::DatabaseMissing { database, .. } => {
            said(Report::new(format!("there is no database `{database}` on the server")))
                .help("if the name is right, `cargo xtask db-migrate <database> --create` creates and migrates it")
                .help("else correct the name at the end of the URL")
        }
        ConnectError::Tls { target, advice, source } => Report::new(format!("no TLS connection to `{target}`"))
            .note(source.to_string())
            .help(advice),
        other => {
            let mut report = Report::new(other.to_string());
            let mut cause = other.source();
            while let Some(source) = cause {
                report = report.note(format!("caused by: {source}"));
                cause = source.source();
            }
            report
        }
    }
}
