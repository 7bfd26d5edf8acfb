//! TLS as libpq's `sslmode` has it, with rustls.
//!
//! Invariant: what a connection string asks to verify is verified, or there is no connection; where this differs from libpq
//! (a missing `sslrootcert` file under `require`, old certificates without a subject alternative name), it is stricter.

mod stream;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{AlertDescription, CertificateError, RootCertStore, SupportedProtocolVersion};

pub(crate) use self::stream::Connector;
use self::verify::{Chain, Name, Trust, Verifier};

/// Whether to encrypt and what to verify, in rising order of strictness; see
/// <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>.
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

/// Why TLS can't even be tried.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("cannot read `{}`, a PEM file: {source}", path.display())]
    File {
        path: PathBuf,
        source: rustls::pki_types::pem::Error,
    },
    #[error("`{}` holds no usable certificate", .0.display())]
    NoCertificate(PathBuf),
    #[error("`sslmode=verify-ca` needs the issuer's certificate: write `sslrootcert=<file>`")]
    NoRoot,
    #[error("the system's trusted certificates cannot be found: write `sslrootcert=<file>`")]
    NoSystemRoots,
    #[error("others can read the key `{path}`: type `chmod 600 {path}`", path = .0.display())]
    OpenKey(PathBuf),
    #[error("`sslcert` needs `sslkey`, the file with its key")]
    NoKey,
    #[error(transparent)]
    Verifier(#[from] rustls::client::VerifierBuilderError),
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

impl TlsSettings {
    /// No TLS at all.
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

    /// Reads the certificates and makes a connector of them.
    pub(crate) fn connector(&self) -> Result<Connector, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Verifier {
            trust: self.trust(&provider)?,
            provider: Arc::clone(&provider),
        };
        let versions: Vec<&SupportedProtocolVersion> =
            self.versions.iter().map(|version| version.supported()).collect();
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match self.identity()? {
            Some((chain, key)) => builder.with_client_auth_cert(chain, key)?,
            None => builder.with_no_client_auth(),
        };
        config.enable_sni = self.server_name;
        if self.negotiation == SslNegotiation::Direct {
            config.alpn_protocols = vec![b"postgresql".to_vec()];
        }
        Ok(Connector(Arc::new(config)))
    }

    fn trust(&self, provider: &Arc<CryptoProvider>) -> Result<Trust, TlsError> {
        let file = match &self.roots {
            Roots::File(path) => Some(path.clone()),
            Roots::Default => self.default_file("root.crt"),
            Roots::System => None,
        };
        let name = if self.mode == SslMode::VerifyFull {
            Name::Host
        } else {
            Name::Any
        };
        let (roots, pinned) = match (self.mode, file) {
            (SslMode::Disable | SslMode::Allow | SslMode::Prefer, _) | (SslMode::Require, None) => {
                return Ok(Trust::Anything);
            }
            (SslMode::VerifyCa, None) => return Err(TlsError::NoRoot),
            (SslMode::VerifyFull, None) => (system_roots()?, Vec::new()),
            (_, Some(path)) => file_roots(&path)?,
        };
        Ok(Trust::Chain(Chain::new(roots, pinned, name, provider)?))
    }

    /// The client's certificate and key, where they are given or in libpq's default place.
    fn identity(&self) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>, TlsError> {
        let Some(certificate) = self.certificate.clone().or_else(|| self.default_file("postgresql.crt")) else {
            return Ok(None);
        };
        let key = self
            .key
            .clone()
            .or_else(|| self.default_file("postgresql.key"))
            .ok_or(TlsError::NoKey)?;
        if is_open_to_others(&key) {
            return Err(TlsError::OpenKey(key));
        }
        let chain = certificates(&certificate)?;
        let key = PrivateKeyDer::from_pem_file(&key).map_err(|source| TlsError::File { path: key, source })?;
        Ok(Some((chain, key)))
    }

    fn default_file(&self, name: &str) -> Option<PathBuf> {
        self.folder
            .as_ref()
            .map(|folder| folder.join(name))
            .filter(|path| path.exists())
    }
}

impl TlsVersion {
    fn supported(self) -> &'static SupportedProtocolVersion {
        match self {
            TlsVersion::V1_2 => &rustls::version::TLS12,
            TlsVersion::V1_3 => &rustls::version::TLS13,
        }
    }
}

/// What to try after a failed handshake.
pub(crate) fn advice(error: &(dyn std::error::Error + 'static)) -> &'static str {
    let Some(error) = rustls_error(error) else {
        return if error.to_string().contains("does not support TLS") {
            "the server has none; if you trust the way to it, write `sslmode=disable`"
        } else {
            "check `sslrootcert`, `sslcert` and `sslkey`"
        };
    };
    match error {
        rustls::Error::InvalidCertificate(error) => match error {
            CertificateError::UnknownIssuer => {
                "the issuer of the server's certificate is not trusted: get its root certificate and write `sslrootcert=<file>`"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the server's certificate is for another host: write a name that it has, or `sslmode=verify-ca`"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the server's certificate has expired: renew it, or set this machine's clock"
            }
            _ => {
                "the server's certificate is not acceptable: renew it as an X.509 v3 certificate with a subject alternative name"
            }
        },
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "the server asks for a client certificate: write `sslcert=<file>` and `sslkey=<file>`"
        }
        rustls::Error::AlertReceived(
            AlertDescription::UnknownCA | AlertDescription::BadCertificate | AlertDescription::CertificateUnknown,
        ) => "the server does not accept the client certificate: check `sslcert`",
        _ => "the server and this client agree on nothing; TLS 1.2 or later is needed",
    }
}

/// The rustls error inside an I/O error, where tokio-rustls puts it.
pub(crate) fn rustls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let io = error.downcast_ref::<std::io::Error>()?;
    io.get_ref()?.downcast_ref::<rustls::Error>()
}

fn system_roots() -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        Err(TlsError::NoSystemRoots)
    } else {
        Ok(roots)
    }
}

fn file_roots(path: &Path) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), TlsError> {
    let pinned = certificates(path)?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(pinned.iter().cloned());
    if roots.is_empty() {
        return Err(TlsError::NoCertificate(path.to_owned()));
    }
    Ok((roots, pinned))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |source| TlsError::File {
        path: path.to_owned(),
        source,
    };
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .map_err(failed)?
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    if certificates.is_empty() {
        Err(TlsError::NoCertificate(path.to_owned()))
    } else {
        Ok(certificates)
    }
}

/// libpq's rule: a key is its owner's alone, but one that belongs to root may be read by a group.
#[cfg(unix)]
fn is_open_to_others(key: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(key).is_ok_and(|metadata| {
        let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
        metadata.mode() & forbidden != 0
    })
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}
