//! Locks that are in the way: who holds them, and how long to insist.
//!
//! After a lock time-out nobody can tell any more who was in the way, so a watcher on a connection of its own looks while the
//! message waits. It connects only when a message takes longer than half the time-out: a quick run has one connection.

use std::fmt;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use postgres::types::Type;

use crate::pg::connect::{ConnectOptions, connect};
use crate::pg::execute::Failed;
use crate::pg::report::Report;
use crate::pg::script::{Run, Script};
use crate::pg::url::Target;
use crate::ui::count;

use super::session::{Event, Reporter, Session};

/// How long to wait for a lock, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockPolicy {
    /// PostgreSQL's `lock_timeout`; zero waits for ever
    /// (<https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT>).
    pub timeout: Duration,
    /// How many times a file is tried again after a time-out.
    pub retries: u32,
}

impl Default for LockPolicy {
    /// Five seconds, and five retries.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            retries: 5,
        }
    }
}

impl LockPolicy {
    /// The statement that sets the time-out for the rest of a transaction.
    #[must_use]
    pub fn statement(&self) -> String {
        format!("SET LOCAL lock_timeout = '{}ms'; ", self.timeout.as_millis())
    }

    /// How long to wait before retry `number` (from 1), or `None` when there is none left: a second, and twice as long each time.
    fn pause_before(&self, number: u32) -> Option<Duration> {
        (number <= self.retries).then(|| Duration::from_secs(1 << number.saturating_sub(1).min(5)))
    }

    fn report(&self, script: &Script, failed: &Failed, blockers: &[Blocker]) -> Report {
        let tried = match script.run {
            Run::Statements(_) => "this statement",
            Run::Nothing | Run::Transaction(_) => "it",
        };
        let report = failed.report(script).note(format!(
            "tried {} with a lock time-out of {}; nothing of {tried} was applied",
            count(self.retries as usize + 1, "time"),
            humantime::format_duration(self.timeout)
        ));
        name_holders(report, blockers)
    }
}

/// The report with those who hold the lock, and how to end the first.
#[must_use]
pub fn name_holders(report: Report, blockers: &[Blocker]) -> Report {
    let report = blockers.iter().fold(report, |report, blocker| {
        report.note(format!("the lock is held by {blocker}"))
    });
    match blockers.first() {
        None => report,
        Some(first) => report.help(format!("to end it: `SELECT pg_terminate_backend({})`", first.pid)),
    }
}

/// The attempts at one file, and who was in the way of them.
#[derive(Debug, Clone)]
pub struct Attempts {
    policy: LockPolicy,
    failed: u32,
    blockers: Vec<Blocker>,
}

impl Attempts {
    /// None yet.
    #[must_use]
    pub fn new(policy: LockPolicy) -> Self {
        Self {
            policy,
            failed: 0,
            blockers: Vec::new(),
        }
    }

    /// Waits before the next attempt at a file that ran into the time-out, with those `blockers` that were seen in its way.
    ///
    /// # Errors
    /// The report of the time-out, when there is no retry left.
    pub fn pause(
        &mut self,
        session: &Session,
        stem: &str,
        script: &Script,
        failed: &Failed,
        blockers: Vec<Blocker>,
    ) -> Result<(), Report> {
        if !blockers.is_empty() {
            self.blockers = blockers;
        }
        self.failed += 1;
        let Some(pause) = self.policy.pause_before(self.failed) else {
            return Err(self.policy.report(script, failed, &self.blockers));
        };
        session.tell(&Event::Retrying {
            stem: stem.to_owned(),
            seconds: pause.as_secs_f64(),
        });
        thread::sleep(pause);
        Ok(())
    }
}

/// A session that holds what another one waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocker {
    /// Its process id, for `pg_terminate_backend`.
    pub pid: i32,
    /// Its role.
    pub user: String,
    /// The program that it belongs to, as it says itself.
    pub application: String,
    /// `active`, `idle in transaction` …
    pub state: String,
    /// The age of its transaction in whole seconds.
    pub seconds: u64,
    /// Its last query, at most 200 characters.
    pub query: String,
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let age = humantime::format_duration(Duration::from_secs(self.seconds));
        write!(f, "process {} of role `{}`", self.pid, self.user)?;
        if !self.application.is_empty() {
            write!(f, " ({})", self.application)?;
        }
        let query: Vec<&str> = self.query.split_whitespace().collect();
        write!(f, ", {} for {age}: `{}`", self.state, query.join(" "))
    }
}

/// Looks, on a thread of its own, who is in the way of the messages that begin with a session's comment.
pub struct Watch {
    stop: Sender<()>,
    thread: JoinHandle<Vec<Blocker>>,
}

impl Watch {
    /// Begins to watch.
    #[must_use]
    pub fn start(session: &Session, policy: LockPolicy) -> Self {
        let (stop, stopped) = channel();
        let (target, comment, reporter) = (session.target().clone(), session.comment(), session.reporter());
        let pause = if policy.timeout.is_zero() {
            Duration::from_secs(5)
        } else {
            policy.timeout
        } / 2;
        let thread = thread::spawn(move || match stopped.recv_timeout(pause) {
            Err(RecvTimeoutError::Timeout) => look(&target, &comment, &reporter, || {
                stopped.recv_timeout(pause.min(Duration::from_millis(500))) == Err(RecvTimeoutError::Timeout)
            }),
            _ => Vec::new(),
        });
        Self { stop, thread }
    }

    /// Ends the watch; those that were in the way when last looked, if any were.
    #[must_use]
    pub fn finish(self) -> Vec<Blocker> {
        drop(self.stop);
        self.thread.join().unwrap_or_default()
    }
}

/// Looks again and again as long as `go_on` says so. A watcher that can't connect has nothing to say: the migration itself reports.
fn look(target: &Target, comment: &str, reporter: &Reporter, go_on: impl Fn() -> bool) -> Vec<Blocker> {
    let mut last = Vec::new();
    let Ok(mut client) = connect(target, ConnectOptions::default()) else {
        return last;
    };
    loop {
        let Ok(rows) = client.query_typed(include_str!("lock/blockers.sql"), &[(&comment, Type::TEXT)]) else {
            return last;
        };
        let blockers: Vec<Blocker> = rows
            .iter()
            .map(|row| Blocker {
                pid: row.get("pid"),
                user: row.get("usename"),
                application: row.get("application_name"),
                state: row.get("state"),
                seconds: u64::try_from(row.get::<_, i64>("seconds")).unwrap_or(0),
                query: row.get("query"),
            })
            .collect();
        if !blockers.is_empty() {
            if last.is_empty() {
                reporter(&Event::Blocked(blockers.clone()));
            }
            last = blockers;
        }
        if !go_on() {
            return last;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_double_up_to_half_a_minute_and_end_with_the_retries() {
        let policy = |retries| LockPolicy {
            retries,
            ..LockPolicy::default()
        };
        let pauses: Vec<Option<u64>> = (1..=9)
            .map(|number| policy(8).pause_before(number).map(|pause| pause.as_secs()))
            .collect();
        let expected = [1, 2, 4, 8, 16, 32, 32, 32].map(Some);
        assert_eq!(pauses, [&expected[..], &[None]].concat());
        assert_eq!(policy(0).pause_before(1), None);
        assert_eq!(policy(u32::MAX).pause_before(u32::MAX), Some(Duration::from_secs(32)));
    }
}
