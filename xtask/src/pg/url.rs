//! Where a database is and how to get in: connection strings, completed by the environment as libpq does it.
//!
//! Invariant: a [`Target`] is complete (nothing is looked up later but addresses and certificate files), and no `Debug`,
//! `Display` or error of this module shows a password, however malformed the text was.

mod environment;
mod parameters;
mod passfile;
mod text;

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use postgres::config::{ChannelBinding, LoadBalanceHosts};

pub use self::environment::Environment;
use self::parameters::Settings;
use self::passfile::PassFile;
use super::tls::{Roots, SslMode, SslNegotiation, TlsSettings, TlsVersion};

const DEFAULT_PORT: u16 = 5432;
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

/// What is wrong with a connection string. No variant carries a piece of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// There is nothing but white space.
    #[error("the connection string is empty: write `postgres://user@host:port/database`")]
    Empty,
    /// Another scheme, such as `mysql://`, `jdbc:postgresql://` or `postgresql+asyncpg://`.
    #[error("the connection string must begin with `postgres://` or `postgresql://` (without `jdbc:` and `+driver`)")]
    Scheme,
    /// An `@` where none can be: in the path or the query.
    #[error(
        "the connection string has an `@` after its first `/` or `?`: in user names, passwords and database names write \
         `%2F` for `/`, `%3F` for `?` and `%40` for `@`"
    )]
    StrayAt,
    /// `%` without two hexadecimal digits, a NUL, or bytes that are not UTF-8.
    #[error("the {part} in the connection string is not percent-encoded: write `%25` for a `%`")]
    PercentEncoding {
        /// Which part of the URL.
        part: &'static str,
    },
    /// More than one colon outside brackets, or brackets that don't match.
    #[error(
        "the hosts of the connection string can't be told from their ports: write IPv6 addresses as `[::1]:5432`, and `%3A` for a `:` in a password"
    )]
    Brackets,
    /// A piece of the query without `=`, or with a name that is no name.
    #[error("what follows the `?` of the connection string must be `name=value`, joined by `&`")]
    Query,
    /// Neither a URL nor pairs.
    #[error("the connection string is neither a URL (`postgres://user@host/database`) nor pairs (`host=… dbname=…`)")]
    KeyValue,
    /// A quote without its end.
    #[error("a value of the connection string begins with `'` but does not end so: write `\\'` for a quote in it")]
    Quote,
    /// A parameter whose value can't be used.
    #[error("`{origin}`: expected {expected}")]
    Value {
        /// The parameter's or variable's name.
        origin: &'static str,
        /// What would have been right.
        expected: &'static str,
    },
    /// A promise of libpq that can't be kept here.
    #[error("`{origin}` is not supported: {advice}")]
    Unsupported {
        /// The parameter's or variable's name.
        origin: &'static str,
        /// What to do instead.
        advice: &'static str,
    },
    /// Two settings that exclude each other.
    #[error("{0}")]
    Conflict(&'static str),
    /// Lists of hosts, addresses and ports of different lengths.
    #[error("`{list}` lists {found} values for {hosts} hosts: give one for each host")]
    Count {
        /// The shorter or longer list.
        list: &'static str,
        /// Its length.
        found: usize,
        /// How many hosts there are.
        hosts: usize,
    },
    /// No user given, and the operating system knows none.
    #[error("no user is given: write `postgres://user@…` or set `PGUSER`")]
    UserMissing,
}

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
            passfile(&mut settings, environment)
        };
        let channel_binding = channel_binding(&settings)?;
        Ok(Target {
            endpoints: endpoints(&settings, environment)?,
            database: settings.text("dbname").unwrap_or_else(|| user.clone()),
            user,
            password,
            passfile,
            tls: tls(&settings, environment, channel_binding)?,
            channel_binding,
            options: settings.text("options"),
            application_name: settings
                .text("application_name")
                .or_else(|| settings.text("fallback_application_name")),
            connect_timeout: connect_timeout(&settings)?,
            keepalives: keepalives(&settings)?,
            session: session(&settings)?,
            order: order(&settings)?,
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
        if self.host.contains(':') {
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

fn endpoints(settings: &Settings, environment: &Environment) -> Result<Vec<Endpoint>, UrlError> {
    let hosts = list(settings, "host");
    let addresses = list(settings, "hostaddr");
    let ports = list(settings, "port");
    let count = hosts.len().max(addresses.len()).max(1);
    let one_each = |list: &'static str, found: usize| match found {
        0 => Ok(()),
        found if found == count => Ok(()),
        found => Err(UrlError::Count {
            list,
            found,
            hosts: count,
        }),
    };
    one_each("host", hosts.len())?;
    one_each("hostaddr", addresses.len())?;
    if ports.len() != 1 {
        one_each("port", ports.len())?;
    }
    (0..count)
        .map(|at| {
            let port = port(settings, ports.get(at).or(ports.first()).copied())?;
            let address = address(settings, addresses.get(at).copied())?;
            let host = match (hosts.get(at).copied().filter(|host| !host.is_empty()), address) {
                (Some(host), _) => host.to_owned(),
                (None, Some(address)) => address.to_string(),
                (None, None) => default_host(port, environment),
            };
            if host.starts_with('@') {
                return Err(UrlError::Unsupported {
                    origin: "host",
                    advice: "abstract sockets are not; use a path",
                });
            }
            Ok(Endpoint { host, address, port })
        })
        .collect()
}

fn list<'a>(settings: &'a Settings, name: &str) -> Vec<&'a str> {
    settings
        .get(name)
        .map_or_else(Vec::new, |setting| setting.value.split(',').map(str::trim).collect())
}

fn port(settings: &Settings, text: Option<&str>) -> Result<u16, UrlError> {
    match text {
        None | Some("") => Ok(DEFAULT_PORT),
        Some(text) => {
            let number = text.parse().ok().filter(|&port: &u16| port > 0);
            number.ok_or_else(|| {
                wrong(
                    settings,
                    "port",
                    "numbers from 1 to 65535, and in a password `%3A` for a `:`",
                )
            })
        }
    }
}

fn address(settings: &Settings, text: Option<&str>) -> Result<Option<IpAddr>, UrlError> {
    match text {
        None | Some("") => Ok(None),
        Some(text) => text
            .parse()
            .map(Some)
            .map_err(|_| wrong(settings, "hostaddr", "IP addresses, without brackets")),
    }
}

fn wrong(settings: &Settings, name: &'static str, expected: &'static str) -> UrlError {
    settings
        .get(name)
        .map_or(UrlError::Value { origin: name, expected }, |setting| {
            setting.wrong(expected)
        })
}

/// A socket if a server listens on one, as libpq has it; else `localhost`, where servers in containers are.
fn default_host(port: u16, environment: &Environment) -> String {
    let has_socket = |folder: &&PathBuf| folder.join(format!(".s.PGSQL.{port}")).exists();
    let folder = environment.socket_directories.iter().find(has_socket);
    folder.map_or_else(|| "localhost".to_owned(), |folder| folder.display().to_string())
}

fn passfile(settings: &mut Settings, environment: &Environment) -> PassFile {
    let path = settings
        .text("passfile")
        .map(PathBuf::from)
        .or_else(|| environment.default_passfile());
    let (passfile, warning) = path.map_or_else(Default::default, |path| PassFile::read(&path));
    settings.warnings.extend(warning);
    passfile
}

fn connect_timeout(settings: &Settings) -> Result<Option<Duration>, UrlError> {
    let Some(setting) = settings.get("connect_timeout") else {
        return Ok(Some(DEFAULT_CONNECT_TIMEOUT));
    };
    Ok(positive_seconds(
        setting.number("a number of seconds, 0 to wait for ever")?,
    ))
}

fn keepalives(settings: &Settings) -> Result<Keepalives, UrlError> {
    let number = |name| {
        settings
            .get(name)
            .map(|setting| setting.number::<i64>("a whole number"))
            .transpose()
    };
    Ok(Keepalives {
        enabled: number("keepalives")? != Some(0),
        idle: number("keepalives_idle")?.and_then(positive_seconds),
        interval: number("keepalives_interval")?.and_then(positive_seconds),
        retries: number("keepalives_count")?
            .and_then(|count| u32::try_from(count).ok())
            .filter(|&count| count > 0),
        user_timeout: number("tcp_user_timeout")?
            .and_then(|milliseconds| u64::try_from(milliseconds).ok())
            .filter(|&milliseconds| milliseconds > 0)
            .map(Duration::from_millis),
    })
}

/// Zero and less mean "the default" or "never" everywhere in libpq.
fn positive_seconds(seconds: i64) -> Option<Duration> {
    // A day and more is as good as for ever, and sums of it never overflow a clock.
    u32::try_from(seconds.min(i64::from(u32::MAX)))
        .ok()
        .filter(|&seconds| seconds > 0)
        .map(|s| Duration::from_secs(s.into()))
}

fn session(settings: &Settings) -> Result<SessionAttributes, UrlError> {
    let words = [
        ("any", SessionAttributes::Any),
        ("read-write", SessionAttributes::ReadWrite),
        ("read-only", SessionAttributes::ReadOnly),
        ("primary", SessionAttributes::Primary),
        ("standby", SessionAttributes::Standby),
        ("prefer-standby", SessionAttributes::PreferStandby),
    ];
    let expected = "`any`, `read-write`, `read-only`, `primary`, `standby` or `prefer-standby`";
    settings
        .get("target_session_attrs")
        .map_or(Ok(SessionAttributes::Any), |setting| setting.one_of(&words, expected))
}

fn order(settings: &Settings) -> Result<LoadBalanceHosts, UrlError> {
    let words = [
        ("disable", LoadBalanceHosts::Disable),
        ("random", LoadBalanceHosts::Random),
    ];
    let setting = settings.get("load_balance_hosts");
    setting.map_or(Ok(LoadBalanceHosts::Disable), |setting| {
        setting.one_of(&words, "`disable` or `random`")
    })
}

fn channel_binding(settings: &Settings) -> Result<ChannelBinding, UrlError> {
    let words = [
        ("disable", ChannelBinding::Disable),
        ("prefer", ChannelBinding::Prefer),
        ("require", ChannelBinding::Require),
    ];
    let setting = settings.get("channel_binding");
    setting.map_or(Ok(ChannelBinding::Prefer), |setting| {
        setting.one_of(&words, "`disable`, `prefer` or `require`")
    })
}

fn tls(settings: &Settings, environment: &Environment, binding: ChannelBinding) -> Result<TlsSettings, UrlError> {
    let roots = match settings.text("sslrootcert").as_deref() {
        None => Roots::Default,
        Some("system") => Roots::System,
        Some(path) => Roots::File(path.into()),
    };
    let mode = ssl_mode(settings, &roots)?;
    let negotiation = settings
        .get("sslnegotiation")
        .map_or(Ok(SslNegotiation::Postgres), |setting| {
            let words = [
                ("postgres", SslNegotiation::Postgres),
                ("direct", SslNegotiation::Direct),
            ];
            setting.one_of(&words, "`postgres` or `direct`")
        })?;
    if negotiation == SslNegotiation::Direct && mode < SslMode::Require {
        return Err(UrlError::Conflict(
            "`sslnegotiation=direct` needs `sslmode=require` or stricter",
        ));
    }
    if binding == ChannelBinding::Require && mode == SslMode::Disable {
        return Err(UrlError::Conflict(
            "`channel_binding=require` needs TLS, which `sslmode=disable` forbids: write `sslmode=require`",
        ));
    }
    Ok(TlsSettings {
        mode,
        negotiation,
        roots,
        certificate: settings.text("sslcert").map(PathBuf::from),
        key: settings.text("sslkey").map(PathBuf::from),
        folder: environment.certificates(),
        server_name: settings.get("sslsni").is_none_or(|setting| setting.value != "0"),
        versions: versions(settings)?,
    })
}

fn ssl_mode(settings: &Settings, roots: &Roots) -> Result<SslMode, UrlError> {
    let words = [
        ("disable", SslMode::Disable),
        ("allow", SslMode::Allow),
        ("prefer", SslMode::Prefer),
        ("require", SslMode::Require),
        // The name that JavaScript's driver has for libpq's `require`.
        ("no-verify", SslMode::Require),
        ("verify-ca", SslMode::VerifyCa),
        ("verify-full", SslMode::VerifyFull),
    ];
    let expected = "`disable`, `allow`, `prefer`, `require`, `verify-ca` or `verify-full`";
    let written = settings
        .get("sslmode")
        .map(|setting| setting.one_of(&words, expected))
        .transpose()?;
    let strict = settings
        .get("sslaccept")
        .is_some_and(|setting| setting.value == "strict");
    match (written, roots) {
        (Some(mode), Roots::System) if mode != SslMode::VerifyFull => Err(UrlError::Conflict(
            "`sslrootcert=system` needs `sslmode=verify-full`: anybody can have a certificate that the system trusts",
        )),
        (_, Roots::System) => Ok(SslMode::VerifyFull),
        // Prisma's word for what libpq calls verify-full.
        (None | Some(SslMode::Prefer | SslMode::Require), _) if strict => Ok(SslMode::VerifyFull),
        (written, _) => Ok(written.unwrap_or(SslMode::Prefer)),
    }
}

fn versions(settings: &Settings) -> Result<Vec<TlsVersion>, UrlError> {
    let old = 0;
    let words = [("TLSv1", old), ("TLSv1.1", old), ("TLSv1.2", 2), ("TLSv1.3", 3)];
    let bound = |name, default: i32| {
        settings
            .get(name)
            .map_or(Ok(default), |setting| setting.one_of(&words, "`TLSv1.2` or `TLSv1.3`"))
    };
    let (least, most) = (
        bound("ssl_min_protocol_version", old)?,
        bound("ssl_max_protocol_version", 3)?,
    );
    let allowed = [(2, TlsVersion::V1_2), (3, TlsVersion::V1_3)];
    let allowed: Vec<_> = allowed
        .into_iter()
        .filter(|(v, _)| (least..=most).contains(v))
        .map(|(_, v)| v)
        .collect();
    if allowed.is_empty() {
        return Err(UrlError::Conflict(
            "the TLS versions asked for leave none: 1.2 and 1.3 are supported",
        ));
    }
    Ok(allowed)
}
