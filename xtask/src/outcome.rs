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

/// What a command has to say of one database that it was carried out for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// For programs; its shape is the command's.
    pub result: Value,
    /// What was asked for, such as a table, for people.
    pub shown: Option<String>,
}

impl From<Value> for Answer {
    fn from(result: Value) -> Self {
        Self { result, shown: None }
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
    /// The same for people, printed where no JSON is wanted.
    #[serde(skip)]
    pub shown: Option<String>,
}

impl DatabaseOutcome {
    /// The command was carried out.
    #[must_use]
    pub fn done(database: &str, result: Value) -> Self {
        Self {
            database: database.to_owned(),
            status: Status::Done,
            result,
            shown: None,
        }
    }
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

    /// The same, where what looks done was a check only.
    #[must_use]
    pub fn nothing_done(mut self) -> Self {
        for database in &mut self.databases {
            if database.status == Status::Done {
                database.status = Status::NotStarted;
            }
        }
        self
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

/// Prints the answers to standard output, as text or as the one JSON document, and what stopped the command to standard error.
pub fn show(outcome: &Outcome, command: &str, format: Format) {
    match format {
        Format::Text => outcome
            .databases
            .iter()
            .filter_map(|database| database.shown.as_ref())
            .for_each(ui::print),
        Format::Json => ui::print(format!("{:#}", outcome.to_json(command))),
    }
    let Some(error) = &outcome.error else { return };
    match error.downcast_ref::<Reports>() {
        Some(Reports(reports)) => {
            let rendered: Vec<String> = reports.iter().map(Report::render).collect();
            ui::report(rendered.join("\n\n"));
        }
        None => ui::error(error),
    }
    if let [_, _, ..] = outcome.databases.as_slice() {
        ui::note(fate(&outcome.databases));
    }
}

/// What was and was not done, when one of several databases failed.
fn fate(databases: &[DatabaseOutcome]) -> String {
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
    format!(
        "failed: {}; done before: {}; not started: {}",
        of(Status::Failed),
        of(Status::Done),
        of(Status::NotStarted)
    )
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
