//! From settings to the parts of a target: defaults, lists, and what excludes what.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use postgres::config::{ChannelBinding, LoadBalanceHosts};

use super::environment::Environment;
use super::parameters::Settings;
use super::passfile::PassFile;
use super::{DEFAULT_CONNECT_TIMEOUT, Endpoint, Keepalives, SessionAttributes, UrlError};
use crate::pg::tls::{Roots, SslMode, SslNegotiation, TlsSettings, TlsVersion};

const DEFAULT_PORT: u16 = 5432;

pub(super) fn endpoints(settings: &Settings, environment: &Environment) -> Result<Vec<Endpoint>, UrlError> {
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

pub(super) fn passfile(settings: &mut Settings, environment: &Environment) -> PassFile {
    let path = settings
        .text("passfile")
        .map(PathBuf::from)
        .or_else(|| environment.default_passfile());
    let (passfile, warning) = path.map_or_else(Default::default, |path| PassFile::read(&path));
    settings.warnings.extend(warning);
    passfile
}

pub(super) fn connect_timeout(settings: &Settings) -> Result<Option<Duration>, UrlError> {
    let Some(setting) = settings.get("connect_timeout") else {
        return Ok(Some(DEFAULT_CONNECT_TIMEOUT));
    };
    Ok(positive_seconds(
        setting.number("a number of seconds, 0 to wait for ever")?,
    ))
}

pub(super) fn keepalives(settings: &Settings) -> Result<Keepalives, UrlError> {
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

pub(super) fn session(settings: &Settings) -> Result<SessionAttributes, UrlError> {
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

pub(super) fn order(settings: &Settings) -> Result<LoadBalanceHosts, UrlError> {
    let words = [
        ("disable", LoadBalanceHosts::Disable),
        ("random", LoadBalanceHosts::Random),
    ];
    let setting = settings.get("load_balance_hosts");
    setting.map_or(Ok(LoadBalanceHosts::Disable), |setting| {
        setting.one_of(&words, "`disable` or `random`")
    })
}

pub(super) fn channel_binding(settings: &Settings) -> Result<ChannelBinding, UrlError> {
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

pub(super) fn tls(
    settings: &Settings,
    environment: &Environment,
    binding: ChannelBinding,
) -> Result<TlsSettings, UrlError> {
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
