//! Every parameter that is known, where else it comes from, and what becomes of it.
//!
//! What libpq promises about security is kept or refused, never dropped with a warning; what concerns other clients' pools and
//! caches is dropped with a warning that names it.

use std::collections::BTreeMap;

use super::UrlError;
use super::environment::Environment;
use super::text::{Pair, Written};

/// A value and where it was found, for messages.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) value: String,
    /// The name of the parameter or of the variable.
    pub(super) origin: &'static str,
}

/// The values of the supported parameters, by libpq's names.
#[derive(Default)]
pub(super) struct Settings {
    values: BTreeMap<&'static str, Setting>,
    pub(super) warnings: Vec<String>,
}

enum Support {
    /// Kept, and read by `Target::parse`.
    Kept,
    /// Nothing to do and nothing lost.
    Harmless,
    /// Dropped; the advice says what to do instead.
    Ignored(&'static str),
    /// A promise that can't be kept. The values listed promise nothing.
    Refused {
        unless: &'static [&'static str],
        advice: &'static str,
    },
}

use Support::{Harmless, Ignored, Kept, Refused};

struct Parameter {
    name: &'static str,
    variable: &'static str,
    support: Support,
}

const fn parameter(name: &'static str, variable: &'static str, support: Support) -> Parameter {
    Parameter {
        name,
        variable,
        support,
    }
}

const POOL: Support = Ignored("it sizes the pool of another client; one connection is used here");
const POOLER: Support = Ignored(
    "nothing here needs it; but migrations want a session of their own, so prefer the server's direct address to a pooler's",
);
const CACHE: Support = Ignored("it tunes the statement cache of another client");
const SEARCH_PATH: Support = Ignored("write `options=-c%20search_path%3D…` to set the search path");
const GUC: Support = Ignored("write `options=-c%20name%3Dvalue` to set a parameter of the server");
const PRISMA_TLS: Support =
    Ignored("write `sslcert` and `sslkey` (PEM files) for a client certificate, `sslrootcert` for the server's");
const CRL: Support = Refused {
    unless: &[""],
    advice: "revocation lists are not read; leave it out",
};
const KERBEROS: Support = Ignored("Kerberos is not supported");
const OAUTH: Support = Refused {
    unless: &[""],
    advice: "OAuth is not supported; use a password or a client certificate",
};
const SCRAM_KEYS: Support = Refused {
    unless: &[""],
    advice: "log in with the password",
};

/// libpq's parameters in the order of its documentation, then those of other clients.
static PARAMETERS: &[Parameter] = &[
    parameter("host", "PGHOST", Kept),
    parameter("hostaddr", "PGHOSTADDR", Kept),
    parameter("port", "PGPORT", Kept),
    parameter("dbname", "PGDATABASE", Kept),
    parameter("user", "PGUSER", Kept),
    parameter("password", "PGPASSWORD", Kept),
    parameter("passfile", "PGPASSFILE", Kept),
    parameter(
        "require_auth",
        "PGREQUIREAUTH",
        Refused {
            unless: &[""],
            advice: "`channel_binding=require` allows nothing but SCRAM over TLS",
        },
    ),
    parameter("channel_binding", "PGCHANNELBINDING", Kept),
    parameter("connect_timeout", "PGCONNECT_TIMEOUT", Kept),
    parameter("client_encoding", "PGCLIENTENCODING", Ignored("UTF-8 is always used")),
    parameter("options", "PGOPTIONS", Kept),
    parameter("application_name", "PGAPPNAME", Kept),
    parameter("fallback_application_name", "", Kept),
    parameter("keepalives", "", Kept),
    parameter("keepalives_idle", "", Kept),
    parameter("keepalives_interval", "", Kept),
    parameter("keepalives_count", "", Kept),
    parameter("tcp_user_timeout", "", Kept),
    parameter(
        "replication",
        "",
        Refused {
            unless: &["", "false", "off", "no", "0"],
            advice: "leave it out",
        },
    ),
    parameter(
        "gssencmode",
        "PGGSSENCMODE",
        Refused {
            unless: &["", "disable", "prefer"],
            advice: "GSS encryption is not supported; use `sslmode`",
        },
    ),
    parameter("sslmode", "PGSSLMODE", Kept),
    parameter("requiressl", "PGREQUIRESSL", Ignored("write `sslmode=require`")),
    parameter("sslnegotiation", "PGSSLNEGOTIATION", Kept),
    parameter("sslcompression", "PGSSLCOMPRESSION", Harmless),
    parameter("sslcert", "PGSSLCERT", Kept),
    parameter("sslkey", "PGSSLKEY", Kept),
    parameter("sslkeylogfile", "", Ignored("keys are never logged")),
    parameter(
        "sslpassword",
        "",
        Refused {
            unless: &[""],
            advice: "decrypt the key first: `openssl pkey -in client.key -out plain.key`",
        },
    ),
    parameter(
        "sslcertmode",
        "PGSSLCERTMODE",
        Refused {
            unless: &["", "allow"],
            advice: "leave it out; a certificate is sent when there is one and the server asks",
        },
    ),
    parameter("sslrootcert", "PGSSLROOTCERT", Kept),
    parameter("sslcrl", "PGSSLCRL", CRL),
    parameter("sslcrldir", "PGSSLCRLDIR", CRL),
    parameter("sslsni", "PGSSLSNI", Kept),
    parameter(
        "requirepeer",
        "PGREQUIREPEER",
        Refused {
            unless: &[""],
            advice: "connect to `localhost` with `sslmode=verify-full` instead",
        },
    ),
    parameter("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION", Kept),
    parameter("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION", Kept),
    parameter(
        "min_protocol_version",
        "PGMINPROTOCOLVERSION",
        Ignored("protocol 3.0 is always used"),
    ),
    parameter("max_protocol_version", "PGMAXPROTOCOLVERSION", Harmless),
    parameter("krbsrvname", "PGKRBSRVNAME", KERBEROS),
    parameter("gsslib", "PGGSSLIB", KERBEROS),
    parameter("gssdelegation", "PGGSSDELEGATION", KERBEROS),
    parameter("scram_client_key", "", SCRAM_KEYS),
    parameter("scram_server_key", "", SCRAM_KEYS),
    parameter(
        "service",
        "",
        Refused {
            unless: &[""],
            advice: "write out what `pg_service.conf` says, as a URL or with `PGHOST` and its like",
        },
    ),
    parameter("servicefile", "", Ignored("services are not supported")),
    parameter("target_session_attrs", "PGTARGETSESSIONATTRS", Kept),
    parameter("load_balance_hosts", "PGLOADBALANCEHOSTS", Kept),
    parameter("oauth_issuer", "", OAUTH),
    parameter("oauth_client_id", "", OAUTH),
    parameter("oauth_client_secret", "", OAUTH),
    parameter("oauth_scope", "", OAUTH),
    parameter("tty", "", Harmless),
    parameter("authtype", "", Harmless),
    parameter(
        "ssl",
        "",
        Ignored("write `sslmode=disable`, `require` or `verify-full`"),
    ),
    parameter("sslaccept", "", Kept),
    parameter("sslidentity", "", PRISMA_TLS),
    parameter("sslinline", "", PRISMA_TLS),
    parameter("schema", "", SEARCH_PATH),
    parameter("currentSchema", "", SEARCH_PATH),
    parameter("search_path", "", SEARCH_PATH),
    parameter("statement_timeout", "", GUC),
    parameter("lock_timeout", "", GUC),
    parameter("idle_in_transaction_session_timeout", "", GUC),
    parameter("timezone", "", GUC),
    parameter("TimeZone", "", GUC),
    parameter("pgbouncer", "", POOLER),
    parameter("supa", "", POOLER),
    parameter("workaround", "", POOLER),
    parameter("connection_limit", "", POOL),
    parameter("pool_timeout", "", POOL),
    parameter("pool_max_conns", "", POOL),
    parameter("pool_min_conns", "", POOL),
    parameter("pool_size", "", POOL),
    parameter("max_pool_size", "", POOL),
    parameter("pool", "", POOL),
    parameter("single_use_connections", "", POOL),
    parameter("max_idle_connection_lifetime", "", POOL),
    parameter("max_connection_lifetime", "", POOL),
    parameter("pool_mode", "", POOL),
    parameter(
        "socket_timeout",
        "",
        Ignored("a statement may take as long as it needs; `connect_timeout` limits connecting"),
    ),
    parameter("statement_cache_size", "", CACHE),
    parameter("prepared_statement_cache_size", "", CACHE),
    parameter("statement-cache-capacity", "", CACHE),
    parameter("statement_cache_capacity", "", CACHE),
    parameter("statement_cache_mode", "", CACHE),
    parameter("default_query_exec_mode", "", CACHE),
    parameter("prepared_statements", "", CACHE),
    parameter("prepareThreshold", "", CACHE),
    parameter("prepare_threshold", "", CACHE),
    parameter("binary_parameters", "", CACHE),
    parameter("uselibpqcompat", "", Harmless),
];

impl Settings {
    /// The name of every parameter that is known.
    #[cfg(test)]
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        PARAMETERS.iter().map(|known| known.name)
    }

    /// Sorts what was written and what the environment adds; the text wins.
    pub(super) fn collect(pairs: Vec<Pair>, environment: &Environment) -> Result<Settings, UrlError> {
        let mut settings = Settings::default();
        let mut after_bare_password = false;
        for pair in pairs {
            if let Some(known) = PARAMETERS.iter().find(|known| known.name == pair.name) {
                after_bare_password = known.name == "password" && pair.written == Written::Bare;
                settings.take(known, known.name, pair.value)?;
            } else if after_bare_password {
                settings.warnings.push(
                    "an unknown parameter after `password` is ignored; if the password contains spaces, write `password='…'`".to_owned(),
                );
            } else {
                settings.warnings.push(unknown(&pair.name));
            }
        }
        settings.complete(environment)?;
        Ok(settings)
    }

    fn complete(&mut self, environment: &Environment) -> Result<(), UrlError> {
        if environment.variable("PGSERVICE").is_some() {
            self.warnings
                .push("`PGSERVICE` is ignored: services are not supported".to_owned());
        }
        // libpq lets `PGHOSTADDR` redirect a host that was written out; erasing the wrong database is not worth that.
        let host_is_written = self.values.contains_key("host") || self.values.contains_key("hostaddr");
        for known in PARAMETERS {
            let redirects = matches!(known.name, "host" | "hostaddr") && host_is_written;
            if redirects || self.values.contains_key(known.name) {
                continue;
            }
            if let Some(value) = environment.variable(known.variable) {
                self.take(known, known.variable, value.to_owned())?;
            }
        }
        Ok(())
    }

    fn take(&mut self, known: &'static Parameter, origin: &'static str, value: String) -> Result<(), UrlError> {
        match known.support {
            Kept => {
                self.values.insert(known.name, Setting { value, origin });
            }
            Ignored(_) if known.name == "client_encoding" && is_utf8(&value) => {}
            Ignored(advice) => self.warnings.push(format!("`{origin}` is ignored: {advice}")),
            Refused { unless, advice } if !unless.contains(&value.as_str()) => {
                return Err(UrlError::Unsupported { origin, advice });
            }
            Harmless | Refused { .. } => {}
        }
        Ok(())
    }

    /// The setting of a parameter; an empty value asks for the default.
    pub(super) fn get(&self, name: &str) -> Option<&Setting> {
        debug_assert!(
            PARAMETERS
                .iter()
                .any(|known| known.name == name && matches!(known.support, Kept))
        );
        self.values.get(name).filter(|setting| !setting.value.is_empty())
    }

    /// The text of a parameter.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|setting| setting.value.clone())
    }
}

impl Setting {
    /// The meaning of a value that must be one of a few words.
    pub(super) fn one_of<T: Copy>(&self, words: &[(&str, T)], expected: &'static str) -> Result<T, UrlError> {
        let found = words.iter().find(|(word, _)| *word == self.value);
        found.map(|(_, meaning)| *meaning).ok_or_else(|| self.wrong(expected))
    }

    /// The number that a value is.
    pub(super) fn number<T: std::str::FromStr>(&self, expected: &'static str) -> Result<T, UrlError> {
        self.value.trim().parse().map_err(|_| self.wrong(expected))
    }

    pub(super) fn wrong(&self, expected: &'static str) -> UrlError {
        UrlError::Value {
            origin: self.origin,
            expected,
        }
    }
}

fn is_utf8(encoding: &str) -> bool {
    matches!(
        encoding.to_ascii_lowercase().as_str(),
        "" | "utf8" | "utf-8" | "auto" | "unicode"
    )
}

fn unknown(name: &str) -> String {
    let similarity = |known: &&Parameter| strsim::jaro_winkler(known.name, name);
    let nearest = PARAMETERS.iter().max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
    match nearest.filter(|known| similarity(known) > 0.85) {
        Some(known) => format!(
            "the unknown parameter `{name}` is ignored; did you mean `{}`?",
            known.name
        ),
        None => format!("the unknown parameter `{name}` is ignored; remove it from the connection string"),
    }
}
