//! A throw-away PostgreSQL server with TLS, and the certificates for it.
//!
//! The server needs PostgreSQL's programs on this machine (TLS settings are the server's own, so a shared one won't do);
//! [`Cluster::start`] is `None` without them. It is stopped, and its folder removed, when it is dropped.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, SignatureAlgorithm,
};
use tempfile::TempDir;
use xshell::{Shell, cmd};

/// One user for each way to be let in; all passwords are [`PASSWORD`].
const HBA: &str = "\
local     all all        trust
hostssl   all tls_only   all trust
hostnossl all plain_only all trust
hostssl   all certified  all cert
host      all scram      all scram-sha-256
host      all hashed     all md5
host      all clear      all password
host      all trusting   all trust
";

const USERS: &str = "\
CREATE ROLE tls_only LOGIN; CREATE ROLE plain_only LOGIN; CREATE ROLE certified LOGIN; CREATE ROLE trusting LOGIN;
SET password_encryption = 'scram-sha-256';
CREATE ROLE scram LOGIN PASSWORD 'S3kr1t'; CREATE ROLE clear LOGIN PASSWORD 'S3kr1t';
SET password_encryption = 'md5';
CREATE ROLE hashed LOGIN PASSWORD 'S3kr1t';
";

/// The password of the users that have one.
pub(super) const PASSWORD: &str = "S3kr1t";

/// A server that runs.
pub struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    /// The TCP port of the loopback address.
    pub port: u16,
}

impl Cluster {
    /// Makes a server without TLS and starts it.
    pub fn start() -> Option<Cluster> {
        let programs = newest_programs()?;
        let folder = tempfile::Builder::new().prefix("pg").tempdir_in("/tmp").unwrap();
        let port = free_port();
        let cluster = Cluster { programs, folder, port };
        fs::set_permissions(cluster.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let data = cluster.data();
        fs::create_dir(&data).unwrap();
        cluster.give_to_server(&data);
        cluster.run(
            "initdb",
            &[
                "--no-sync",
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "-D",
                path(&data),
            ],
        );
        fs::write(data.join("pg_hba.conf"), HBA).unwrap();
        cluster.pg_ctl("start", "-c ssl=off");
        let sql = cluster.folder.path().join("users.sql");
        fs::write(&sql, USERS).unwrap();
        let (socket, port) = (path(&data).to_owned(), cluster.port.to_string());
        cluster.run(
            "psql",
            &[
                "-qX",
                "-h",
                &socket,
                "-p",
                &port,
                "-U",
                "postgres",
                "-d",
                "postgres",
                "-f",
                path(&sql),
            ],
        );
        Some(cluster)
    }

    /// The folder of the server's socket.
    pub(super) fn socket(&self) -> PathBuf {
        self.data()
    }

    /// Restarts the server with this certificate; it trusts the clients' certificates that `clients` has issued.
    pub(super) fn serve(&self, certificate: &Pem, clients: &Pem) {
        self.serve_with(certificate, clients, "");
    }

    /// As [`Cluster::serve`], with more `-c name=value`.
    pub(super) fn serve_with(&self, certificate: &Pem, clients: &Pem, options: &str) {
        let data = self.data();
        for (name, text) in [
            ("server.crt", &certificate.certificate),
            ("server.key", &certificate.key),
            ("clients.crt", &clients.certificate),
        ] {
            fs::write(data.join(name), text).unwrap();
            fs::set_permissions(data.join(name), fs::Permissions::from_mode(0o600)).unwrap();
            self.give_to_server(&data.join(name));
        }
        self.pg_ctl("restart", &format!("-c ssl=on -c ssl_ca_file=clients.crt {options}"));
    }

    /// Restarts the server as a standby, of no primary that is there.
    pub fn stand_by(&self) {
        let signal = self.data().join("standby.signal");
        fs::write(&signal, "").unwrap();
        self.give_to_server(&signal);
        self.pg_ctl("restart", "-c hot_standby=on");
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn pg_ctl(&self, action: &str, options: &str) {
        let data = self.data();
        let (data, log) = (path(&data), data.join("log"));
        let options = format!(
            "{options} -c fsync=off -c listen_addresses=127.0.0.1 -c unix_socket_directories={data} -p {}",
            self.port
        );
        self.run(
            "pg_ctl",
            &[
                "-w",
                "-s",
                "-m",
                "fast",
                "-D",
                data,
                "-l",
                path(&log),
                "-o",
                &options,
                action,
            ],
        );
    }

    /// Runs a program of PostgreSQL, which doesn't want to be run by root.
    fn run(&self, program: &str, arguments: &[&str]) {
        let shell = Shell::new().unwrap();
        shell.change_dir(self.folder.path());
        let program = self.programs.join(program);
        let command = if self.is_root() {
            cmd!(
                shell,
                "setpriv --reuid=postgres --regid=postgres --init-groups {program} {arguments...}"
            )
        } else {
            cmd!(shell, "{program} {arguments...}")
        };
        command.quiet().ignore_stdout().env("LC_ALL", "C").run().unwrap();
    }

    fn give_to_server(&self, file: &Path) {
        if self.is_root() {
            let shell = Shell::new().unwrap();
            cmd!(shell, "chown postgres {file}").quiet().run().unwrap();
        }
    }

    fn is_root(&self) -> bool {
        fs::metadata(self.folder.path()).unwrap().uid() == 0
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.data().join("postmaster.pid").exists() {
            self.pg_ctl("stop", "");
        }
    }
}

/// A port that is free, and not of those that the system gives to outgoing connections: it must be free again at a restart.
fn free_port() -> u16 {
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| rand::random_range(20_000..32_000))
        .find(is_free)
        .unwrap()
}

fn newest_programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
    let folders = versions
        .map(|version| version.path().join("bin"))
        .filter(|folder| folder.join("initdb").exists());
    folders.max_by_key(|folder| {
        folder
            .parent()
            .and_then(Path::file_name)
            .and_then(|v| v.to_str()?.parse::<u32>().ok())
    })
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A certificate and its key.
#[derive(Clone)]
pub(super) struct Pem {
    pub(super) certificate: String,
    pub(super) key: String,
}

/// A certificate authority made for a test.
pub(super) struct Authority {
    pub(super) pem: Pem,
    issuer: Issuer<'static, KeyPair>,
}

/// Who a certificate is for and what is odd about it.
pub(super) struct Request<'a> {
    pub(super) common_name: &'a str,
    pub(super) names: &'a [&'a str],
    pub(super) is_ca: IsCa,
    pub(super) last_year: i32,
    pub(super) algorithm: &'static SignatureAlgorithm,
}

impl<'a> Request<'a> {
    /// A sound certificate for these hosts.
    pub(super) fn of(names: &'a [&'a str]) -> Request<'a> {
        Request {
            common_name: "test",
            names,
            is_ca: IsCa::NoCa,
            last_year: 2100,
            algorithm: &PKCS_ECDSA_P256_SHA256,
        }
    }

    fn params(&self) -> CertificateParams {
        let names: Vec<String> = self.names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, self.common_name);
        params.is_ca = self.is_ca;
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(self.last_year, 1, 1);
        params
    }

    /// Signed with its own key.
    pub(super) fn self_signed(&self) -> Pem {
        let key = KeyPair::generate_for(self.algorithm).unwrap();
        Pem {
            certificate: self.params().self_signed(&key).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }
}

impl Authority {
    pub(super) fn new(common_name: &str) -> Authority {
        Authority::with_algorithm(common_name, &PKCS_ECDSA_P256_SHA256)
    }

    pub(super) fn with_algorithm(common_name: &str, algorithm: &'static SignatureAlgorithm) -> Authority {
        let request = Request {
            common_name,
            is_ca: IsCa::Ca(BasicConstraints::Unconstrained),
            algorithm,
            ..Request::of(&[])
        };
        let (params, key) = (request.params(), KeyPair::generate_for(algorithm).unwrap());
        let pem = Pem {
            certificate: params.self_signed(&key).unwrap().pem(),
            key: key.serialize_pem(),
        };
        Authority {
            pem,
            issuer: Issuer::new(params, key),
        }
    }

    pub(super) fn sign(&self, request: &Request<'_>) -> Pem {
        let key = KeyPair::generate_for(request.algorithm).unwrap();
        let certificate = request.params().signed_by(&key, &self.issuer).unwrap();
        Pem {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }
}
