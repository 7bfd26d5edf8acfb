//! Connections to a [`Target`].
//!
//! The only place of the toolkit that connects. Every attempt ends in time, also against a server that accepts and then says
//! nothing; a password is sent only over a connection that is encrypted as the target demands; nothing is sent at the start
//! that PgBouncer refuses.

mod error;

use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use postgres::config::{
    ChannelBinding, LoadBalanceHosts, SslMode as WireSslMode, SslNegotiation as WireSslNegotiation,
};
use postgres::error::{DbError, SqlState};
use postgres::{Client, Config, NoTls, SimpleQueryMessage};
use rand::seq::SliceRandom;

pub use self::error::{Attempt, ConnectError};
use self::error::{Failure, Reason, Trial};
use super::tls::{SslMode, SslNegotiation};
use super::url::{Endpoint, SessionAttributes, Target};

/// Told what the server says besides its answers: `NOTICE`, `WARNING`.
pub type NoticeHandler = Box<dyn Fn(&DbError) + Send + Sync>;

/// What a connection is for.
#[derive(Default)]
pub struct ConnectOptions {
    /// How the session is named in `pg_stat_activity`, unless the target says otherwise.
    pub application_name: Option<String>,
    /// Who is told of notices; nobody, if there is no handler.
    pub on_notice: Option<NoticeHandler>,
}

/// Connects to the first server of the target that answers and has the kind of session it asks for.
///
/// Nothing is set in the session, so that it may be one of a pooler's: for reading only, use
/// [`Client::build_transaction`].
///
/// # Errors
/// See [`ConnectError`]. A server that was reached and says no ends the search, as in libpq
/// (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS>).
pub fn connect(target: &Target, options: ConnectOptions) -> Result<Client, ConnectError> {
    let base = base_config(target, options);
    let wanted: &[SessionAttributes] = match target.session {
        SessionAttributes::PreferStandby => &[SessionAttributes::Standby, SessionAttributes::Any],
        ref other => std::slice::from_ref(other),
    };
    let mut failures = Vec::new();
    for &session in wanted {
        failures.clear();
        for endpoint in shuffled(target.endpoints.clone(), target.order) {
            if let Some(client) = connect_to(target, &endpoint, &base, session, &mut failures)? {
                return Ok(client);
            }
        }
    }
    Err(error::unreachable(target, &failures))
}

/// Whether a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    Plain,
    Tls,
}

/// Tries all addresses of one server; `None` if none was of use, and then `failures` tells why.
fn connect_to(
    target: &Target,
    endpoint: &Endpoint,
    base: &Config,
    session: SessionAttributes,
    failures: &mut Vec<(String, Reason)>,
) -> Result<Option<Client>, ConnectError> {
    let addresses = match addresses(endpoint) {
        Ok(addresses) => shuffled(addresses, target.order),
        Err(reason) => {
            failures.push((endpoint.to_string(), reason));
            return Ok(None);
        }
    };
    for address in addresses {
        let reason = match connect_encrypted(target, endpoint, address, base) {
            Ok(mut client) => match unfit(&mut client, session).map_err(|source| error::other(target, source))? {
                None => return Ok(Some(client)),
                Some(reason) => reason,
            },
            Err(Failure::Address(reason)) => reason,
            Err(Failure::Final(error)) => return Err(error),
        };
        let place = match address {
            Some(ip) if ip.to_string() != endpoint.host => format!("{endpoint} ({ip})"),
            _ => endpoint.to_string(),
        };
        failures.push((place, reason));
    }
    Ok(None)
}

/// Tries one address with and without TLS, in the order that the `sslmode` has.
fn connect_encrypted(
    target: &Target,
    endpoint: &Endpoint,
    address: Option<IpAddr>,
    base: &Config,
) -> Result<Client, Failure> {
    let (first, second) = encryptions(target, endpoint);
    match connect_once(target, endpoint, address, base, first) {
        Err(Failure::Final(refusal)) if is_about_encryption(&refusal) => {
            let Some(second) = second else {
                return Err(Failure::Final(refusal));
            };
            match connect_once(target, endpoint, address, base, second) {
                // That the server has no TLS either explains less than why it wants no plain connection.
                Err(Failure::Final(ConnectError::Tls { .. })) => Err(Failure::Final(refusal)),
                outcome => outcome,
            }
        }
        outcome => outcome,
    }
}

fn encryptions(target: &Target, endpoint: &Endpoint) -> (Encryption, Option<Encryption>) {
    if endpoint.is_socket() {
        return (Encryption::Plain, None);
    }
    match target.tls.mode {
        SslMode::Disable => (Encryption::Plain, None),
        // Without TLS there is no channel to bind to.
        SslMode::Allow | SslMode::Prefer if target.channel_binding == ChannelBinding::Require => {
            (Encryption::Tls, None)
        }
        SslMode::Allow => (Encryption::Plain, Some(Encryption::Tls)),
        SslMode::Prefer => (Encryption::Tls, Some(Encryption::Plain)),
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => (Encryption::Tls, None),
    }
}

/// Whether the other kind of connection may be admitted. A wrong password is not tried again in plain.
fn is_about_encryption(error: &ConnectError) -> bool {
    match error {
        ConnectError::Tls { .. } => true,
        ConnectError::WrongPassword { source, .. } => *source.code() == SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        _ => false,
    }
}

fn connect_once(
    target: &Target,
    endpoint: &Endpoint,
    address: Option<IpAddr>,
    base: &Config,
    encryption: Encryption,
) -> Result<Client, Failure> {
    let password = target.password(endpoint);
    let mut config = base.clone();
    config.host(&endpoint.host).port(endpoint.port);
    if let Some(address) = address {
        config.hostaddr(address);
    }
    if let Some(password) = password {
        config.password(password.secret.expose());
    }
    let outcome = match encryption {
        Encryption::Plain => {
            config.ssl_mode(WireSslMode::Disable);
            within(target.connect_timeout, move || open(&config, NoTls))
        }
        Encryption::Tls => {
            let connector = target
                .tls
                .connector()
                .map_err(|error| Failure::Final(error::no_tls(target, error.into())))?;
            config.ssl_mode(WireSslMode::Require);
            if target.tls.negotiation == SslNegotiation::Direct {
                config.ssl_negotiation(WireSslNegotiation::Direct);
            }
            within(target.connect_timeout, move || open(&config, connector))
        }
    };
    let trial = Trial {
        target,
        endpoint,
        encryption,
        password,
    };
    match outcome {
        Some(Ok(client)) => Ok(client),
        Some(Err(error)) => Err(error::failure(trial, error)),
        None => Err(Failure::Address(Reason::TimedOut)),
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the place where connections are made")]
fn open<T>(config: &Config, tls: T) -> Result<Client, postgres::Error>
where
    T: postgres::tls::MakeTlsConnect<postgres::Socket> + 'static + Send,
    T::TlsConnect: Send,
    T::Stream: Send,
    <T::TlsConnect as postgres::tls::TlsConnect<postgres::Socket>>::Future: Send,
{
    config.connect(tls)
}

/// Runs `work` and returns its result, unless that takes longer than the limit.
///
/// The client's own time-out ends when the connection is accepted; a server that then says nothing would be waited for
/// for ever. The thread of an overdue attempt is left behind with its socket.
fn within<T: Send + 'static>(limit: Option<Duration>, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let Some(limit) = limit else {
        return Some(work());
    };
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        // Nobody waits for the result of an overdue attempt.
        let _ = sender.send(work());
    });
    receiver.recv_timeout(limit).ok()
}

fn base_config(target: &Target, options: ConnectOptions) -> Config {
    let mut config = Config::new();
    config
        .user(&target.user)
        .dbname(&target.database)
        .channel_binding(target.channel_binding);
    if let Some(text) = &target.options {
        config.options(text);
    }
    if let Some(name) = target.application_name.as_ref().or(options.application_name.as_ref()) {
        config.application_name(name);
    }
    if let Some(limit) = target.connect_timeout {
        config.connect_timeout(limit);
    }
    let keepalives = target.keepalives;
    config.keepalives(keepalives.enabled);
    keepalives.idle.map(|idle| config.keepalives_idle(idle));
    keepalives.interval.map(|interval| config.keepalives_interval(interval));
    keepalives.retries.map(|retries| config.keepalives_retries(retries));
    keepalives.user_timeout.map(|timeout| config.tcp_user_timeout(timeout));
    match options.on_notice.map(Arc::<dyn Fn(&DbError) + Send + Sync>::from) {
        Some(handler) => config.notice_callback(move |notice| handler(&notice)),
        None => config.notice_callback(|_| ()),
    };
    config
}

/// The addresses of a server; one that is no address for a socket.
fn addresses(endpoint: &Endpoint) -> Result<Vec<Option<IpAddr>>, Reason> {
    if endpoint.is_socket() {
        return Ok(vec![None]);
    }
    if let Some(address) = endpoint.address {
        return Ok(vec![Some(address)]);
    }
    let found = (endpoint.host.as_str(), endpoint.port).to_socket_addrs();
    let mut addresses: Vec<_> = found
        .map_err(|error| Reason::NameUnknown(error.to_string()))?
        .map(|address| Some(address.ip()))
        .collect();
    addresses.dedup();
    if addresses.is_empty() {
        return Err(Reason::NameUnknown("the host has no address".to_owned()));
    }
    Ok(addresses)
}

fn shuffled<T>(mut items: Vec<T>, order: LoadBalanceHosts) -> Vec<T> {
    if order == LoadBalanceHosts::Random {
        items.shuffle(&mut rand::rng());
    }
    items
}

/// Why a session is not of the kind that is wanted; `None` if it is.
fn unfit(client: &mut Client, wanted: SessionAttributes) -> Result<Option<Reason>, postgres::Error> {
    let (query, yes, complaint) = match wanted {
        SessionAttributes::Any | SessionAttributes::PreferStandby => return Ok(None),
        SessionAttributes::ReadWrite => ("SHOW transaction_read_only", "off", "the session is read-only"),
        SessionAttributes::ReadOnly => ("SHOW transaction_read_only", "on", "the session is not read-only"),
        SessionAttributes::Primary => ("SELECT pg_catalog.pg_is_in_recovery()", "f", "the server is a standby"),
        SessionAttributes::Standby => (
            "SELECT pg_catalog.pg_is_in_recovery()",
            "t",
            "the server is not a standby",
        ),
    };
    let answer = client.simple_query(query)?;
    let fits = answer
        .iter()
        .any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some(yes)));
    Ok((!fits).then_some(Reason::WrongSession(complaint)))
}
