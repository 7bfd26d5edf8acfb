//! A connection that migrates: the client, the notices that tell how far a message has come, and further connections to the same
//! database for the watcher of locks and the guardian of files that run statement by statement.

use std::sync::{Arc, Mutex, PoisonError};

use postgres::Client;
use postgres::error::{DbError, SqlState};
use rand::RngExt as _;

use crate::pg::connect::{ConnectError, ConnectOptions, connect};
use crate::pg::url::Target;

use super::lock::Blocker;

/// What happens while migrations are applied.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The migration of this stem has begun.
    Started(String),
    /// It is committed.
    Applied(String),
    /// It is undone, and that is committed.
    RolledBack(String),
    /// A file that runs statement by statement has come to its `number`th of `of`.
    Statement {
        /// The migration.
        stem: String,
        /// From 1.
        number: usize,
        /// How many there are.
        of: usize,
    },
    /// The server raised a notice or warning.
    Notice {
        /// `NOTICE`, `WARNING` …
        severity: String,
        /// What it says.
        message: String,
    },
    /// A lock is waited for.
    Blocked(Vec<Blocker>),
    /// Another runner has the file at work.
    Busy(String),
    /// A lock could not be had; the file is tried again after this many seconds.
    Retrying {
        /// The migration.
        stem: String,
        /// Until the next attempt.
        seconds: f64,
    },
    /// Something that the user should know and that was dealt with.
    Note(String),
}

/// Told of each [`Event`], as it happens, from whatever thread.
pub type Reporter = Arc<dyn Fn(&Event) + Send + Sync>;

/// The connection and what belongs to it.
pub struct Session {
    /// The connection.
    pub client: Client,
    target: Target,
    reporter: Reporter,
    tag: String,
    steps: Arc<Mutex<Steps>>,
}

/// The migrations of the message that is running, and how many of them have begun.
struct Steps {
    stems: Vec<String>,
    begun: usize,
    commits: Commits,
}

/// When the migrations of a message are committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commits {
    /// Each by itself, before the next one begins.
    Each,
    /// All together, after the message.
    Later,
}

impl Session {
    /// Connects.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub fn connect(target: &Target, reporter: Reporter) -> Result<Self, ConnectError> {
        let tag = format!("xtask-{:016x}", rand::rng().random::<u64>());
        let steps = Arc::new(Mutex::new(Steps {
            stems: Vec::new(),
            begun: 0,
            commits: Commits::Each,
        }));
        let listener = {
            let (tag, steps, reporter) = (tag.clone(), Arc::clone(&steps), Arc::clone(&reporter));
            move |notice: &DbError| listen(&tag, &steps, &reporter, notice)
        };
        let options = ConnectOptions {
            on_notice: Some(Box::new(listener)),
            ..ConnectOptions::default()
        };
        Ok(Self {
            client: connect(target, options)?,
            target: target.clone(),
            reporter,
            tag,
            steps,
        })
    }

    /// A further connection to the same database.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub fn another(&self) -> Result<Client, ConnectError> {
        connect(&self.target, ConnectOptions::default())
    }

    /// Where the connection leads.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The comment that the session's messages begin with, so that `pg_stat_activity` shows whose they are, through a pooler too.
    #[must_use]
    pub fn comment(&self) -> String {
        format!("/* {} */", self.tag)
    }

    /// Tells the reporter.
    pub fn tell(&self, event: &Event) {
        (self.reporter)(event);
    }

    /// The reporter.
    #[must_use]
    pub fn reporter(&self) -> Reporter {
        Arc::clone(&self.reporter)
    }

    /// Says which migrations the next message holds.
    pub fn expect(&self, stems: Vec<String>, commits: Commits) {
        *self.lock() = Steps {
            stems,
            begun: 0,
            commits,
        };
    }

    /// How many of them have begun; all but the last of these are committed.
    #[must_use]
    pub fn begun(&self) -> usize {
        self.lock().begun
    }

    /// The statement that makes the server tell, while a message runs, that its `index`th migration has begun. INFO is sent to the
    /// client whatever its settings are
    /// (<https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-CLIENT-MIN-MESSAGES>).
    #[must_use]
    pub fn mark(&self, index: usize) -> String {
        format!("DO $xtask$BEGIN RAISE INFO '{} {index}'; END$xtask$; ", self.tag)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Steps> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn listen(tag: &str, steps: &Mutex<Steps>, reporter: &Reporter, notice: &DbError) {
    let index = notice
        .message()
        .strip_prefix(tag)
        .and_then(|index| index.trim().parse::<usize>().ok());
    let Some(index) = index else {
        // What a ROLLBACK says after a message that the server refused as a whole: no news to anybody.
        if *notice.code() == SqlState::NO_ACTIVE_SQL_TRANSACTION {
            return;
        }
        reporter(&Event::Notice {
            severity: notice.severity().to_owned(),
            message: notice.message().to_owned(),
        });
        return;
    };
    let mut steps = steps.lock().unwrap_or_else(PoisonError::into_inner);
    steps.begun = index + 1;
    let before = index.checked_sub(1).filter(|_| steps.commits == Commits::Each);
    if let Some(committed) = before.and_then(|before| steps.stems.get(before)) {
        reporter(&Event::Applied(committed.clone()));
    }
    if let Some(begun) = steps.stems.get(index) {
        reporter(&Event::Started(begun.clone()));
    }
}
