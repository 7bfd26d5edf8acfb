//! Why there is no connection, in the cases that callers tell apart, each with what to try next.

use std::error::Error;
use std::fmt;

use postgres::error::{DbError, SqlState};

use super::Encryption;
use crate::pg::tls;
use crate::pg::url::{Endpoint, Password, Target};

/// Why there is no connection. Targets are shown as URLs without the password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No server answered, or none was ready; trying again later may help.
    #[error("cannot reach `{target}`:\n{}\n{advice}", Attempt::list(attempts))]
    Unreachable {
        /// The target's URL.
        target: String,
        /// Every address that was tried, in this order.
        attempts: Vec<Attempt>,
        /// What to do next.
        advice: String,
    },
    /// The server knows no such user, wants another password, or admits nobody from here (`28P01`, `28000`).
    #[error("`{target}` does not let the user in: {advice}")]
    WrongPassword {
        /// The target's URL.
        target: String,
        /// What to do next.
        advice: String,
        /// What the server said.
        source: Box<DbError>,
    },
    /// The server asks for a password, and there is none.
    #[error(
        "`{target}` asks for a password: set `PGPASSWORD`, write `postgres://user:password@…`, or add a line to `~/.pgpass`"
    )]
    PasswordMissing {
        /// The target's URL.
        target: String,
    },
    /// The server has no database of this name (`3D000`).
    #[error("`{target}`: there is no database `{database}`; create it, or correct the name at the end of the URL")]
    DatabaseMissing {
        /// The target's URL.
        target: String,
        /// The name that was asked for.
        database: String,
        /// What the server said.
        source: Box<DbError>,
    },
    /// The connection can't be encrypted as `sslmode` demands, or the server's certificate is not to be trusted.
    #[error("no TLS connection to `{target}`: {advice}")]
    Tls {
        /// The target's URL.
        target: String,
        /// What to do next.
        advice: String,
        /// What went wrong.
        source: Box<dyn Error + Send + Sync>,
    },
    /// `channel_binding=require`, and the server did not prove that it holds the certificate shown.
    #[error(
        "`{target}` does not support channel binding: it needs TLS and a password kept as SCRAM; \
         if you trust the way to the server, write `channel_binding=prefer`"
    )]
    ChannelBinding {
        /// The target's URL.
        target: String,
        /// What went wrong.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Anything else, such as too many connections.
    #[error("cannot connect to `{target}`: {advice}")]
    Other {
        /// The target's URL.
        target: String,
        /// What to do next.
        advice: &'static str,
        /// What went wrong.
        source: Box<dyn Error + Send + Sync>,
    },
}

const SEE_CAUSE: &str = "correct what the cause names";

/// An address that was tried in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Where: `localhost:5432 (127.0.0.1)`.
    pub place: String,
    /// Why it failed.
    pub reason: String,
}

/// Whether another address may do better.
pub(super) enum Failure {
    /// This address is of no use.
    Address(Reason),
    /// The server was reached, and what it said holds for all of them.
    Final(ConnectError),
}

/// Why an address is of no use.
pub(super) enum Reason {
    Refused,
    TimedOut,
    NoRoute,
    NameUnknown(String),
    /// The server starts, stops or recovers.
    NotReady(String),
    WrongSession(&'static str),
    Other(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Refused => f.write_str("connection refused"),
            Reason::TimedOut => f.write_str("no answer in time"),
            Reason::NoRoute => f.write_str("no route to this address"),
            Reason::NameUnknown(text) | Reason::NotReady(text) | Reason::Other(text) => f.write_str(text),
            Reason::WrongSession(text) => f.write_str(text),
        }
    }
}

impl Reason {
    pub(super) fn of_io(error: &std::io::Error) -> Reason {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::ConnectionRefused => Reason::Refused,
            ErrorKind::TimedOut => Reason::TimedOut,
            ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => Reason::NoRoute,
            ErrorKind::NotFound => Reason::Other("there is no socket".to_owned()),
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
                Reason::NotReady("the server hung up".to_owned())
            }
            // What tokio-util says of a stream that ends within a message; it has no kind of its own.
            _ if error.to_string() == "bytes remaining on stream" => {
                Reason::NotReady("the server hung up in the middle of a message".to_owned())
            }
            _ => Reason::Other(error.to_string()),
        }
    }

    fn advice(&self, target: &Target) -> String {
        let supabase = target
            .endpoints()
            .iter()
            .any(|endpoint| endpoint.host.ends_with(".supabase.co"));
        match self {
            Reason::NoRoute | Reason::NameUnknown(_) if supabase => {
                "Supabase's direct address speaks IPv6 only; without it, use the session pooler's URL from the dashboard"
            }
            Reason::Refused | Reason::Other(_) => {
                "is the server running, on this port? `cargo xtask db-start` starts the development server"
            }
            Reason::TimedOut | Reason::NoRoute => {
                "is this machine allowed through the firewall (IP allow list), or the server paused? \
                 `connect_timeout=30` in the URL waits longer"
            }
            Reason::NameUnknown(_) => "is the host name right, and this machine online?",
            Reason::NotReady(_) => "try again in a moment",
            Reason::WrongSession(_) => "name the right server in the URL, or change `target_session_attrs`",
        }
        .to_owned()
    }
}

impl Attempt {
    fn list(attempts: &[Attempt]) -> String {
        let lines: Vec<String> = attempts
            .iter()
            .map(|Attempt { place, reason }| format!("  {place}: {reason}"))
            .collect();
        lines.join("\n")
    }
}

/// The error for a target of which no address was of use.
pub(super) fn unreachable(target: &Target, failures: &[(String, Reason)]) -> ConnectError {
    let attempts = failures
        .iter()
        .map(|(place, reason)| Attempt {
            place: place.clone(),
            reason: reason.to_string(),
        })
        .collect();
    let advice = failures
        .last()
        .map(|(_, reason)| reason.advice(target))
        .unwrap_or_default();
    ConnectError::Unreachable {
        target: target.to_string(),
        attempts,
        advice,
    }
}

/// What the client met, told from the outside of an error that doesn't say.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Socket,
    Tls,
    Authentication,
    PasswordMissing,
    Other,
}

/// Sorts an error of `tokio-postgres`, whose kind is private: its `Display` names the kind and nothing else.
fn kind(error: &postgres::Error) -> Kind {
    match error.to_string().as_str() {
        "error connecting to server" | "error communicating with the server" | "connection closed" => Kind::Socket,
        "error performing TLS handshake" => Kind::Tls,
        "authentication error" => Kind::Authentication,
        "invalid configuration"
            if error
                .source()
                .is_some_and(|cause| cause.to_string() == "password missing") =>
        {
            Kind::PasswordMissing
        }
        _ => Kind::Other,
    }
}

/// Where and how a connection was tried, for messages.
#[derive(Clone, Copy)]
pub(super) struct Trial<'a> {
    pub(super) target: &'a Target,
    pub(super) endpoint: &'a Endpoint,
    pub(super) encryption: Encryption,
    pub(super) password: Option<Password<'a>>,
}

/// Sorts what the client said.
pub(super) fn failure(trial: Trial<'_>, error: postgres::Error) -> Failure {
    let target = trial.target.to_string();
    if let Some(said) = error.as_db_error() {
        return said_by_server(trial, Box::new(said.clone()));
    }
    let kind = kind(&error);
    let io = error.source().and_then(|cause| cause.downcast_ref::<std::io::Error>());
    match (kind, io) {
        // With TLS 1.3, a server refuses a client's certificate only after the handshake.
        (Kind::Socket, Some(io)) if tls::rustls_error(io).is_some() => {
            Failure::Final(no_tls(trial.target, cause(error)))
        }
        (Kind::Socket, Some(io)) => Failure::Address(Reason::of_io(io)),
        (Kind::Socket, None) => Failure::Address(Reason::NotReady("the server hung up".to_owned())),
        (Kind::PasswordMissing, _) => Failure::Final(ConnectError::PasswordMissing { target }),
        (Kind::Tls, _) => Failure::Final(no_tls(trial.target, cause(error))),
        (Kind::Authentication, _) if trial.target.channel_binding == postgres::config::ChannelBinding::Require => {
            Failure::Final(ConnectError::ChannelBinding {
                target,
                source: cause(error),
            })
        }
        _ => Failure::Final(other(trial.target, error)),
    }
}

/// The error for what is none of the known cases.
pub(super) fn other(target: &Target, error: postgres::Error) -> ConnectError {
    let advice = error
        .as_db_error()
        .map_or(SEE_CAUSE, |said| server_advice(target, said));
    ConnectError::Other {
        target: target.to_string(),
        advice,
        source: error.into(),
    }
}

fn server_advice(target: &Target, said: &DbError) -> &'static str {
    let code = said.code();
    if *code == SqlState::PROTOCOL_VIOLATION && target.options.is_some() {
        "a pooler admits no `options` (also from `PGOPTIONS`): leave them out, or use the server's direct address"
    } else if *code == SqlState::TOO_MANY_CONNECTIONS {
        "close other connections, or use a pooler's address"
    } else {
        SEE_CAUSE
    }
}

/// The error for a connection that can't be encrypted.
pub(super) fn no_tls(target: &Target, source: Box<dyn Error + Send + Sync>) -> ConnectError {
    ConnectError::Tls {
        target: target.to_string(),
        advice: tls::advice(source.as_ref()).to_owned(),
        source,
    }
}

fn cause(error: postgres::Error) -> Box<dyn Error + Send + Sync> {
    let text = error.to_string();
    error.into_source().unwrap_or_else(|| text.into())
}

fn said_by_server(trial: Trial<'_>, source: Box<DbError>) -> Failure {
    let target = trial.target.to_string();
    let code = source.code().clone();
    if code == SqlState::CANNOT_CONNECT_NOW {
        return Failure::Address(Reason::NotReady(source.message().to_owned()));
    }
    Failure::Final(if code == SqlState::INVALID_PASSWORD {
        ConnectError::WrongPassword {
            target,
            advice: password_advice(trial),
            source,
        }
    } else if code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        ConnectError::WrongPassword {
            target,
            advice: admission_advice(trial),
            source,
        }
    } else if code == SqlState::INVALID_CATALOG_NAME {
        ConnectError::DatabaseMissing {
            target,
            database: trial.target.database().to_owned(),
            source,
        }
    } else {
        ConnectError::Other {
            target,
            advice: server_advice(trial.target, &source),
            source,
        }
    })
}

fn password_advice(trial: Trial<'_>) -> String {
    match trial.password.and_then(|password| password.passfile) {
        Some(passfile) => format!(
            "the password comes from `{}`: correct its line for this server",
            passfile.path().display()
        ),
        None => "correct the password in the URL or in `PGPASSWORD`; in a URL, special characters are percent-encoded"
            .to_owned(),
    }
}

fn admission_advice(trial: Trial<'_>) -> String {
    let user = trial.target.user();
    match trial.encryption {
        Encryption::Plain if !trial.endpoint.is_socket() => {
            format!("is there a user `{user}`, and does the server want TLS (`sslmode=require`)?")
        }
        _ => format!("is there a user `{user}`, and does `pg_hba.conf` admit it from here?"),
    }
}
