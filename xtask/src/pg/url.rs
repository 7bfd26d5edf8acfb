//! Where a database is and how to get in: connection strings, completed by the environment as libpq does it.
//!
//! Invariant: a [`Target`] is complete (nothing is looked up later but addresses and certificate files), and no `Debug`,
//! `Display` or error of this module shows a password, however malformed the text was.

mod complete;
mod environment;
mod error;
mod parameters;
mod passfile;
mod text;

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use postgres::config::{ChannelBinding, LoadBalanceHosts};

pub use self::environment::Environment;
pub use self::error::UrlError;
use self::parameters::Settings;
use self::passfile::PassFile;
use super::tls::TlsSettings;

const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A database on a server: its addresses, credentials and conditions.
#[derive(Debug, Clone)]
pub struct Target {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) user: String,
    pub(super) database: String,
    password: Option<Secret>,
    passfile: PassFile,
    pub(super) tls: TlsSettings,
    pub(super) channel_binding: ChannelBinding,
    pub(super) options: Option<String>,
    pub(super) application_name: Option<String>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) keepalives: Keepalives,
    pub(super) session: SessionAttributes,
    pub(super) order: LoadBalanceHosts,
    warnings: Vec<String>,
}

/// One of the servers of a [`Target`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A host name, an IP address, or the absolute path of the folder with the server's socket.
    pub host: String,
    /// The address to use in the place of a look-up of the host, libpq's `hostaddr`.
    pub address: Option<IpAddr>,
    /// The TCP port; also the number in the socket's name.
    pub port: u16,
}

/// The parts of a [`Target`] on a server that has no TLS, such as the development server.
#[derive(Clone, Copy)]
pub struct PlainServer<'a> {
    /// A host name, an IP address or the folder of a socket.
    pub host: &'a str,
    /// The TCP port; also the number in the socket's name.
    pub port: u16,
    /// The role to log in as.
    pub user: &'a str,
    /// The role's password, if it needs one.
    pub password: Option<&'a str>,
    /// The database to connect to.
    pub database: &'a str,
}

/// Which session will do, libpq's `target_session_attrs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionAttributes {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keepalives {
    pub(super) enabled: bool,
    pub(super) idle: Option<Duration>,
    pub(super) interval: Option<Duration>,
    pub(super) retries: Option<u32>,
    pub(super) user_timeout: Option<Duration>,
}

/// A text that `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Target {
    /// Reads a connection string, URL or key=value, and completes it from the environment and `~/.pgpass`.
    ///
    /// The syntax, the parameters and the order of precedence are libpq's
    /// (<https://www.postgresql.org/docs/current/libpq-connect.html>), but for these: `connect_timeout` is 10 s unless given (0:
    /// for ever); `PGHOST` and `PGHOSTADDR` don't redirect a host that is written out; `verify-full` without a root certificate
    /// trusts the system's. Parameters that are not known are ignored with a warning, see [`Target::warnings`].
    ///
    /// # Errors
    /// When the text is malformed, a value makes no sense, or a parameter promises security that can't be kept.
    pub fn parse(text: &str, environment: &Environment) -> Result<Target, UrlError> {
        let mut settings = Settings::collect(text::pairs(text)?, environment)?;
        let user = settings
            .text("user")
            .or_else(|| environment.os_user.clone())
            .ok_or(UrlError::UserMissing)?;
        let password = settings.text("password").map(Secret);
        let passfile = if password.is_some() {
            PassFile::default()
        } else {
            complete::passfile(&mut settings, environment)
        };
        let channel_binding = complete::channel_binding(&settings)?;
        Ok(Target {
            endpoints: complete::endpoints(&settings, environment)?,
            database: settings.text("dbname").unwrap_or_else(|| user.clone()),
            user,
            password,
            passfile,
            tls: complete::tls(&settings, environment, channel_binding)?,
            channel_binding,
            options: settings.text("options"),
            application_name: settings
                .text("application_name")
                .or_else(|| settings.text("fallback_application_name")),
            connect_timeout: complete::connect_timeout(&settings)?,
            keepalives: complete::keepalives(&settings)?,
            session: complete::session(&settings)?,
            order: complete::order(&settings)?,
            warnings: settings.warnings,
        })
    }

    /// A target of known parts on a server without TLS, untouched by the environment.
    #[must_use]
    pub fn plain(server: PlainServer<'_>) -> Target {
        Target {
            endpoints: vec![Endpoint {
                host: server.host.to_owned(),
                address: None,
                port: server.port,
            }],
            user: server.user.to_owned(),
            database: server.database.to_owned(),
            password: server.password.map(Secret::new),
            passfile: PassFile::default(),
            tls: TlsSettings::disabled(),
            channel_binding: ChannelBinding::Prefer,
            options: None,
            application_name: None,
            connect_timeout: Some(DEFAULT_CONNECT_TIMEOUT),
            keepalives: Keepalives {
                enabled: true,
                idle: None,
                interval: None,
                retries: None,
                user_timeout: None,
            },
            session: SessionAttributes::Any,
            order: LoadBalanceHosts::Disable,
            warnings: Vec::new(),
        }
    }

    /// Parameters and files that were ignored, one sentence each, with what to do.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The servers, in the order in which they are tried; never empty.
    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The role to log in as.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The name of the database.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Another database on the same server, with the same credentials; `~/.pgpass` is asked again.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Target {
        Target {
            database: name.to_owned(),
            ..self.clone()
        }
    }

    /// What a server said, without the password, should it repeat it. A password that is also a name which the target shows is no secret.
    #[must_use]
    pub fn redact(&self, said: &str) -> String {
        let shown = self.to_string();
        let secrets = self.endpoints.iter().filter_map(|endpoint| self.password(endpoint));
        secrets
            .map(|password| password.secret.expose())
            .filter(|secret| !shown.contains(secret))
            .fold(said.to_owned(), |text, secret| text.replace(secret, "…"))
    }

    /// The password for one of the endpoints.
    pub(super) fn password(&self, endpoint: &Endpoint) -> Option<Password<'_>> {
        if let Some(password) = &self.password {
            return Some(Password {
                secret: password,
                passfile: None,
            });
        }
        let secret = self
            .passfile
            .find(endpoint.passfile_host(), endpoint.port, &self.database, &self.user)?;
        Some(Password {
            secret,
            passfile: Some(&self.passfile),
        })
    }
}

/// A password and, if it was found there, the file it comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Password<'a> {
    pub(super) secret: &'a Secret,
    pub(super) passfile: Option<&'a PassFile>,
}

impl fmt::Display for Target {
    /// `postgres://user@host:5433/name`: enough to tell which database it is, and never a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = utf8_percent_encode(&self.user, UNRESERVED);
        let hosts: Vec<String> = self.endpoints.iter().map(ToString::to_string).collect();
        let database = utf8_percent_encode(&self.database, UNRESERVED);
        write!(f, "postgres://{user}@{}/{database}", hosts.join(","))
    }
}

impl fmt::Display for Endpoint {
    /// As in a URL: `host:5432`, `[::1]:5432`, `%2Fvar%2Frun%2Fpostgresql:5432`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') && !self.is_socket() {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", utf8_percent_encode(&self.host, UNRESERVED), self.port)
        }
    }
}

impl Endpoint {
    /// Whether this is the folder of a Unix socket.
    #[must_use]
    pub fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }

    /// In a password file, a socket in its usual place is called `localhost`.
    fn passfile_host(&self) -> &str {
        match self.host.as_str() {
            "/var/run/postgresql" | "/run/postgresql" | "/tmp" => "localhost",
            host => host,
        }
    }
}

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl fmt::Debug for PlainServer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PlainServer {
            host,
            port,
            user,
            password: _,
            database,
        } = self;
        write!(f, "PlainServer({user}@{host}:{port}/{database})")
    }
}

#[cfg(test)]
mod tests;
