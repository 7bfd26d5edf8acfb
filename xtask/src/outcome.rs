//! How a command ended: exit codes, and the one JSON shape that all commands share.

use anyhow::Error;
use serde::Serialize;
use serde_json::Value;

use crate::guard::Refusal;
use crate::pg::report::{Report, Reports};
use crate::ui;

/// The exit codes of the toolkit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: what was asked for is done.
    Done,
    /// 1: it failed.
    Failed,
    /// 2: it was not understood.
    Usage,
    /// 3: something is pending or has drifted, and the command was asked to say so.
    Pending,
    /// 4: the guard refused it.
    Refused,
}

impl Exit {
    /// The number that the process ends with.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Pending => 3,
            Self::Refused => 4,
        }
    }

    /// The exit code that belongs to an error.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        if error.is::<Refusal>() {
            Self::Refused
        } else if error.is::<Usage>() {
            Self::Usage
        } else {
            Self::Failed
        }
    }
}

/// How an outcome is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs, too.
    Json,
}

/// What was and was not done, when one of several databases failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Fate(String);

impl Fate {
    /// Told from how it ended for each.
    #[must_use]
    pub fn of(databases: &[DatabaseOutcome]) -> Self {
        let of = |status: Status| -> String {
            let names: Vec<String> = databases
                .iter()
                .filter(|database| database.status == status)
                .map(|database| format!("`{}`", database.database))
                .collect();
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            }
        };
        Self(format!(
            "failed: {}; done before: {}; not started: {}",
            of(Status::Failed),
            of(Status::Done),
            of(Status::NotStarted)
        ))
    }
}

/// The command line asks for something that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// How a command ended, in all and for each database. With `--json` it is printed as
/// `{"command", "exit_code", "databases": [{"database", "status", "result"}], "errors": [{"message", "sqlstate", "place", "notes", "help"}]}`.
#[derive(Debug)]
pub struct Outcome {
    /// For each database in the order they were worked on.
    pub databases: Vec<DatabaseOutcome>,
    /// What stopped the command.
    pub error: Option<Error>,
    /// The exit code.
    pub exit: Exit,
}

/// How a command ended for one database.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DatabaseOutcome {
    /// Its name.
    pub database: String,
    /// Whether the command was carried out.
    pub status: Status,
    /// What the command has to say; its shape is the command's.
    pub result: Value,
}

/// Whether a command was carried out for a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It was.
    Done,
    /// It failed.
    Failed,
    /// Something else failed before.
    NotStarted,
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        Self {
            databases: Vec::new(),
            exit: Exit::of(&error),
            error: Some(error),
        }
    }
}

impl Outcome {
    /// Carried out for these databases.
    #[must_use]
    pub fn done(databases: Vec<DatabaseOutcome>) -> Self {
        Self {
            databases,
            error: None,
            exit: Exit::Done,
        }
    }

    /// The JSON shape.
    #[must_use]
    pub fn to_json(&self, command: &str) -> Value {
        serde_json::json!({
            "command": command,
            "exit_code": self.exit.code(),
            "databases": self.databases,
            "errors": self.error.as_ref().map(reports).unwrap_or_default(),
        })
    }
}

/// Prints what stopped the command to standard error, and with `json` the whole outcome to standard output.
pub fn show(outcome: &Outcome, command: &str, format: Format) {
    if let Some(error) = &outcome.error {
        match error.downcast_ref::<Reports>() {
            Some(Reports(reports)) => {
                for report in reports {
                    ui::report(report.render());
                }
                if let Some(fate) = error.downcast_ref::<Fate>() {
                    ui::note(fate);
                }
            }
            None => ui::error(error),
        }
    }
    if format == Format::Json {
        ui::print(format!("{:#}", outcome.to_json(command)));
    }
}

/// An error as reports, whatever it is.
#[must_use]
pub fn reports(error: &Error) -> Vec<Report> {
    if let Some(Reports(reports)) = error.downcast_ref() {
        return reports.clone();
    }
    let causes = error.chain().skip(1).map(|cause| format!("caused by: {cause}"));
    vec![causes.fold(Report::new(error.to_string()), Report::note)]
}
