//! The development and test server: found, started when needed, and left running.
//!
//! Three ways lead to it, in this order: Docker (`docker`), PostgreSQL that is installed (`local`), and PostgreSQL unpacked
//! from the packages of the machine's own Debian release (`apt`). A workspace keeps the way it began with, because its data is
//! there. Processes that ask at once are served one after the other, under a lock; a server that runs is found without it.

mod apt;
mod docker;
pub mod image;
pub mod installation;
pub mod local;
mod probe;
mod process;
mod state;

use std::collections::BTreeSet;
use std::env;
use std::fmt;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use rand::RngExt;
use rand::distr::Alphanumeric;
use serde::{Deserialize, Serialize};

use crate::ui;
use probe::{answering, check_extensions, wait};
use state::{Record, State};

const HOST: &str = "127.0.0.1";
const USER: &str = "postgres";
const FORCE: &str = "XTASK_SERVER";

/// A PostgreSQL server that answers: where it is and how to get in. Its user is a superuser.
#[derive(Clone)]
pub struct Server {
    /// The loopback address.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// The superuser.
    pub user: String,
    /// The superuser's password; kept out of `Debug`.
    pub password: String,
    /// Where it runs.
    pub origin: Origin,
    /// As the server says it: `17.6 (Debian …)`.
    pub version: String,
    /// `pg_control_system()`'s: which data it has.
    pub system_identifier: i64,
}

/// What is known of a workspace's development server without asking it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Its port of the loopback address.
    pub port: u16,
    /// Which data it has; none where it has never answered.
    pub system_identifier: Option<i64>,
}

/// Where a server runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// In a container, its data in a volume of the same name.
    Docker {
        /// The container's name.
        container: String,
        /// The image that it was made from, with its tag.
        image: String,
    },
    /// As a process of this machine.
    Local {
        /// The folder of the server's programs.
        bin: PathBuf,
        /// The folder that holds `data` and the log.
        folder: PathBuf,
    },
}

/// What becomes of the data of a server that is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The next start finds it again.
    KeepData,
    /// It is removed, together with the password.
    Erase,
}

impl Server {
    /// How to connect to one of its databases.
    #[must_use]
    pub fn config(&self, database: &str) -> postgres::Config {
        let mut config = postgres::Config::new();
        config
            .host(&self.host)
            .port(self.port)
            .user(&self.user)
            .password(&self.password)
            .dbname(database)
            .connect_timeout(Duration::from_secs(5));
        config
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Server({}:{}, {:?}, {})",
            self.host, self.port, self.origin, self.version
        )
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Docker { container, .. } => write!(f, "Docker container `{container}`"),
            Self::Local { bin, .. } => write!(f, "`{}`", bin.display()),
        }
    }
}

/// The development server of the workspace at `root`, started when it does not run, made when there is none. It is left running,
/// and has all of `extensions` (names as in `CREATE EXTENSION`).
///
/// # Errors
/// Nothing serves (the error lists what was tried and why it failed), the server does not start, or it lacks an extension.
pub fn ensure_running(root: &Path, extensions: &BTreeSet<String>) -> Result<Server> {
    let state = State::of(root)?;
    let server = if let Some(server) = answering(&state)? {
        server
    } else {
        let _lock = state.lock()?;
        let server = match (answering(&state)?, state.record()?) {
            (Some(server), _) => server,
            (None, Some(record)) => start_again(&state, record)?,
            (None, None) => start_first(&state, extensions)?,
        };
        state.pin(&server)?;
        server
    };
    check_extensions(&server, extensions)?;
    Ok(server)
}

/// The development server of the workspace at `root` if it answers. Starts, creates and writes nothing.
///
/// # Errors
/// The workspace's state can't be read.
pub fn running(root: &Path) -> Result<Option<Server>> {
    answering(&State::of(root)?)
}

/// What is known of the development server of the workspace at `root`, whether it runs or not.
///
/// # Errors
/// The workspace's state can't be read.
pub fn recorded(root: &Path) -> Result<Option<Recorded>> {
    let record = State::of(root)?.record()?;
    Ok(record.map(|record| Recorded {
        port: record.port,
        system_identifier: record.system_identifier,
    }))
}

/// Stops the development server of the workspace at `root`; says whether there was one to stop, or data to erase.
///
/// # Errors
/// The server can't be stopped, or its data can't be removed.
pub fn stop(root: &Path, what: Stop) -> Result<bool> {
    let state = State::of(root)?;
    let _lock = state.lock()?;
    match what {
        Stop::KeepData => match state.record()?.map(|record| record.origin) {
            None => Ok(false),
            Some(Origin::Docker { .. }) => docker::check().and_then(|()| docker::stop(&state)),
            Some(Origin::Local { bin, folder }) => local::stop(&bin, &folder),
        },
        Stop::Erase => erase(&state),
    }
}

/// Removes whatever there is, also where the record of it is lost.
fn erase(state: &State) -> Result<bool> {
    let origin = state.record().ok().flatten().map(|record| record.origin);
    let volume = match docker::check() {
        Ok(()) => docker::erase(state)?,
        Err(error) if matches!(origin, Some(Origin::Docker { .. })) => {
            ui::warn(format!("the volume `{}` stays behind: {error:#}", state.name));
            false
        }
        Err(_) => false,
    };
    let folder = local::folder(state);
    if let Some(Origin::Local { bin, folder }) = &origin {
        local::stop(bin, folder)?;
    }
    let data = folder.exists();
    state::remove(&folder)?;
    state.forget()?;
    Ok(volume || data || origin.is_some())
}

/// A way to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Docker,
    Installed,
    Packages,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Docker => "Docker",
            Self::Installed => "installed PostgreSQL",
            Self::Packages => "PostgreSQL from Debian packages",
        })
    }
}

fn start_again(state: &State, record: Record) -> Result<Server> {
    let way = match record.origin {
        Origin::Docker { .. } => Way::Docker,
        Origin::Local { .. } => Way::Installed,
    };
    if !allowed_ways(&env::var(FORCE).unwrap_or_default())?.contains(&way) {
        bail!(
            "this workspace's development server was made with {way}, which `{FORCE}` forbids\n  \
             help: unset `{FORCE}`, or give the server's data up with `cargo xtask db-stop --erase`"
        );
    }
    let server = match way {
        Way::Docker => docker::check().and_then(|()| docker::start(state, record)),
        Way::Installed | Way::Packages => local::start(state, record),
    };
    let server = server.with_context(|| {
        format!(
            "failed to start this workspace's development server, which was made with {way}\n  \
             help: mend what is below, or give the server's data up with `cargo xtask db-stop --erase`"
        )
    })?;
    announce(&server);
    Ok(server)
}

fn start_first(state: &State, extensions: &BTreeSet<String>) -> Result<Server> {
    if local::has_data(state) || docker::has_data(state) {
        bail!(
            "there is data of a development server of this workspace, but the password in `{}` is lost\n  \
             help: put the file back, or give the data up with `cargo xtask db-stop --erase`",
            state.folder.display()
        );
    }
    let mut failures = Vec::new();
    for way in allowed_ways(&env::var(FORCE).unwrap_or_default())? {
        let server = match way {
            Way::Docker => docker::create(state),
            Way::Installed => {
                local::choose(&local::installations(), extensions).and_then(|it| local::create(state, &it))
            }
            Way::Packages => apt::server(extensions).and_then(|it| local::create(state, &it)),
        };
        match server {
            Ok(server) => {
                announce(&server);
                return Ok(server);
            }
            Err(error) => failures.push((way, error)),
        }
    }
    Err(nothing_serves(&failures))
}

/// The ways to try, in order; `XTASK_SERVER` leaves out Docker or all others.
fn allowed_ways(forced: &str) -> Result<Vec<Way>> {
    match forced {
        "" => Ok(vec![Way::Docker, Way::Installed, Way::Packages]),
        "docker" => Ok(vec![Way::Docker]),
        "local" => Ok(vec![Way::Installed, Way::Packages]),
        other => bail!("`{FORCE}` is `{other}`, but must be `docker` or `local`"),
    }
}

fn announce(server: &Server) {
    let version = server.version.split(' ').next().unwrap_or_default();
    ui::status(
        "Started",
        format!("PostgreSQL {version} on port {} ({})", server.port, server.origin),
    );
}

fn nothing_serves(failures: &[(Way, anyhow::Error)]) -> anyhow::Error {
    let tried: String = failures
        .iter()
        .flat_map(|(way, error)| ["\n  ".into(), format!("{way}: {error:#}").replace('\n', "\n    ")])
        .collect();
    let heading = "there is no PostgreSQL server to be had; tried:";
    if tried.contains("help: ") {
        return anyhow!("{heading}{tried}");
    }
    if let [(way, _)] = failures {
        return anyhow!(
            "{heading}{tried}\n  help: unset `{FORCE}`, which allows {way} only, so that the other ways are tried too"
        );
    }
    let mend = if cfg!(target_os = "macos") {
        "`brew install postgresql@17 pgvector`"
    } else if cfg!(windows) {
        "`winget install Docker.DockerDesktop`"
    } else if Path::new("/usr/bin/apt-get").exists() && tried.contains("lacks the extension") {
        // Debian's release has no such package, the image does.
        "`sudo apt-get install docker.io`"
    } else if Path::new("/usr/bin/apt-get").exists() {
        "`sudo apt-get install postgresql`"
    } else {
        "`sudo systemctl start docker`"
    };
    anyhow!("{heading}{tried}\n  help: run {mend}, or say where a server is with `DATABASE_URL`")
}

/// A free port of the loopback address, the `preferred` one if possible.
fn free_port(preferred: Option<u16>) -> Result<u16> {
    let listener = TcpListener::bind((HOST, preferred.unwrap_or(0))).or_else(|_| TcpListener::bind((HOST, 0)));
    let address = listener
        .and_then(|listener| listener.local_addr())
        .context("failed to find a free port")?;
    Ok(address.port())
}

fn new_password() -> String {
    rand::rng().sample_iter(Alphanumeric).take(32).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_comes_first_unless_it_is_forbidden() {
        assert_eq!(allowed_ways("").unwrap(), [Way::Docker, Way::Installed, Way::Packages]);
        assert_eq!(allowed_ways("local").unwrap(), [Way::Installed, Way::Packages]);
        assert_eq!(allowed_ways("docker").unwrap(), [Way::Docker]);
        assert!(allowed_ways("podman").is_err());
    }

    #[test]
    fn a_taken_port_is_replaced_by_another() {
        let taken = TcpListener::bind((HOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_ne!(free_port(Some(port)).unwrap(), port);
    }

    #[test]
    fn the_error_names_every_way_and_one_command() {
        let error = nothing_serves(&[
            (
                Way::Docker,
                anyhow!("connection refused").context("Docker does not answer"),
            ),
            (Way::Installed, anyhow!("none found")),
        ]);
        let text = error.to_string();
        assert!(
            text.contains("Docker: Docker does not answer: connection refused"),
            "{text}"
        );
        assert!(text.contains("installed PostgreSQL: none found"), "{text}");
        assert_eq!(text.matches("help: run `").count(), 1, "{text}");
    }

    #[test]
    fn a_password_is_not_debugged() {
        let server = Record {
            port: 1,
            password: "secret".to_owned(),
            origin: Origin::Docker {
                container: "c".to_owned(),
                image: "i".to_owned(),
            },
            system_identifier: None,
        }
        .server();
        assert!(!format!("{server:?}").contains("secret"));
    }
}
