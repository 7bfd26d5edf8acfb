//! Whether a server answers: asked over TCP, with the password, and never for longer than a time limit.

use std::collections::BTreeSet;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use postgres::NoTls;

use super::Server;
use super::state::{Record, State};

/// Connects to a server that is expected to run; the state is not locked and nothing is written. One that has other data than the
/// record's is another server, which has taken its port.
pub(super) fn answering(state: &State) -> Result<Option<Server>> {
    Ok(state.record()?.and_then(|record| match probe(&record.server()) {
        Answer::Server(server) => record
            .system_identifier
            .is_none_or(|own| own == server.system_identifier)
            .then_some(server),
        Answer::Refused(_) | Answer::Failed(_) => None,
    }))
}

/// Connects until a query is answered, for at most a minute. It goes over TCP and with the password because a server in a
/// container that is still being set up answers on its socket only.
pub(super) fn wait(record: &Record, check_alive: impl Fn() -> Result<()>) -> Result<Server> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match probe(&record.server()) {
            Answer::Server(server) => return Ok(server),
            Answer::Refused(error) => {
                return Err(error.context(
                    "the server refuses its password: its data is not the one that the password was made for\n  \
                     help: run `cargo xtask db-stop --erase`",
                ));
            }
            Answer::Failed(error) if Instant::now() > deadline => {
                return Err(error.context(format!("the server on port {} does not answer", record.port)));
            }
            Answer::Failed(_) => check_alive()?,
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// What a probe of a server came to.
enum Answer {
    Server(Server),
    /// It is PostgreSQL, and does not take the password.
    Refused(anyhow::Error),
    Failed(anyhow::Error),
}

/// Connects and asks who it is. Whatever has taken the port meanwhile may accept connections and say nothing, against which
/// the client has no time limit of its own: a thread is left to its fate then.
fn probe(server: &Server) -> Answer {
    let (sender, answer) = mpsc::channel();
    let config = server.config("postgres");
    thread::spawn(move || sender.send(ask(&config)).ok());
    match answer.recv_timeout(Duration::from_secs(3)) {
        Ok(Ok((version, system_identifier))) => Answer::Server(Server {
            version,
            system_identifier,
            ..server.clone()
        }),
        Ok(Err(error)) if is_refusal(&error) => Answer::Refused(error.into()),
        Ok(Err(error)) => Answer::Failed(error.into()),
        Err(_) => Answer::Failed(anyhow!("no answer within 3 s")),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the toolkit's own server: no TLS, and the error is only looked at"
)]
fn ask(config: &postgres::Config) -> Result<(String, i64), postgres::Error> {
    let mut client = config.connect(NoTls)?;
    let row = client.query_one(
        "SELECT current_setting('server_version'), system_identifier FROM pg_control_system()",
        &[],
    )?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// Class 28 of <https://www.postgresql.org/docs/current/errcodes-appendix.html>: invalid authorization.
fn is_refusal(error: &postgres::Error) -> bool {
    error.code().is_some_and(|state| state.code().starts_with("28"))
}

#[expect(clippy::disallowed_methods, reason = "as in `ask`")]
pub(super) fn check_extensions(server: &Server, wanted: &BTreeSet<String>) -> Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let available: BTreeSet<String> = server
        .config("postgres")
        .connect(NoTls)
        .and_then(|mut client| client.query("SELECT name::text FROM pg_catalog.pg_available_extensions", &[]))
        .context("failed to list the extensions of the development server")?
        .iter()
        .map(|row| row.get(0))
        .collect();
    let missing: Vec<String> = wanted.difference(&available).map(|name| format!("`{name}`")).collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!(
        "the development server ({}) lacks the extension {}\n  \
         help: install it there, or give the server's data up with `cargo xtask db-stop --erase`: the next one is chosen to have it",
        server.origin,
        missing.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::super::{HOST, Origin};
    use super::*;

    #[test]
    fn a_port_that_accepts_and_says_nothing_is_no_server() {
        let silent = TcpListener::bind((HOST, 0)).unwrap();
        let record = Record {
            port: silent.local_addr().unwrap().port(),
            password: String::new(),
            origin: Origin::Docker {
                container: "c".to_owned(),
                image: "i".to_owned(),
            },
            system_identifier: None,
        };
        assert!(matches!(probe(&record.server()), Answer::Failed(_)));
    }
}
