//! TLS as libpq's `sslmode` has it.

use std::path::PathBuf;

/// Whether to encrypt and what to verify; see <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>.
/// In rising order of strictness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// How TLS begins: after a question, or at once (PostgreSQL 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SslNegotiation {
    Postgres,
    Direct,
}

/// Whom to trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Roots {
    /// `~/.postgresql/root.crt` if it is there.
    Default,
    System,
    File(PathBuf),
}

/// A version of the protocol; older ones are broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TlsVersion {
    V1_2,
    V1_3,
}

/// What a connection string says about TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsSettings {
    pub(crate) mode: SslMode,
    pub(crate) negotiation: SslNegotiation,
    pub(crate) roots: Roots,
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    /// Where libpq's default files are looked for.
    pub(crate) folder: Option<PathBuf>,
    /// Whether to name the server in the handshake (SNI), which Neon's routing rests on.
    pub(crate) server_name: bool,
    pub(crate) versions: Vec<TlsVersion>,
}

impl TlsSettings {
    pub(crate) fn disabled() -> TlsSettings {
        TlsSettings {
            mode: SslMode::Disable,
            negotiation: SslNegotiation::Postgres,
            roots: Roots::Default,
            certificate: None,
            key: None,
            folder: None,
            server_name: true,
            versions: vec![TlsVersion::V1_2, TlsVersion::V1_3],
        }
    }
}
