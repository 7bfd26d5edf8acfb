//! PostgreSQL as a process of this machine: the development server where there is no Docker, and throw-away clusters for tests.
//!
//! PostgreSQL refuses to run as root; root's servers run as the user `postgres`, or `nobody`, who owns their folder. A server
//! listens on the loopback address only, has no socket, and every connection needs the password.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use xshell::{Cmd, Shell, cmd};

use super::installation::libraries;
pub use super::installation::{Installation, choose, installations};
use super::process::{LONG, SHORT, run, shell, tail};
use super::state::{self, Record, Scratch, State};
use super::{Origin, Server, USER, apt, free_port, new_password, wait};

const SETTINGS: &str = "\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\nlogging_collector = off\n";
/// Nobody misses the data after a power cut: <https://www.postgresql.org/docs/current/non-durability.html>.
const THROW_AWAY: &str = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n";

/// A server of its own in a temporary folder; both are gone when the value goes.
pub struct Cluster {
    server: Server,
    process: Process,
    _folder: Scratch,
}

impl Cluster {
    /// Starts a cluster with the newest PostgreSQL of this machine that has all `extensions`; where none is installed, with one
    /// that is unpacked from the packages of the machine's Debian release.
    ///
    /// # Errors
    /// There is no such PostgreSQL, or it does not start.
    pub fn start(extensions: &BTreeSet<String>) -> Result<Self> {
        let installation = choose(&installations(), extensions)
            .or_else(|installed| apt::server(extensions).map_err(|error| error.context(format!("{installed:#}"))))?;
        Self::of(installation)
    }

    /// Starts a cluster with these programs.
    ///
    /// # Errors
    /// It does not start.
    pub fn of(installation: Installation) -> Result<Self> {
        let folder = Scratch::create(&env::temp_dir())?;
        let process = Process::new(&installation.bin, folder.path())?;
        let mut record = Record::new(installation.bin, folder.path());
        process.make(&record.password, THROW_AWAY)?;
        let server = process.start(&mut record)?;
        Ok(Self {
            server,
            process,
            _folder: folder,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.process.stop("immediate").ok();
    }
}

/// Whether this process is root's.
pub(super) fn is_root() -> Result<bool> {
    if cfg!(windows) {
        return Ok(false);
    }
    let shell = shell()?;
    Ok(run(cmd!(shell, "id -u"), SHORT)? == "0")
}

/// Where a workspace's local server has its data.
pub(super) fn folder(state: &State) -> PathBuf {
    state.folder.join("local")
}

/// Whether there is data of a local server of this workspace.
pub(super) fn has_data(state: &State) -> bool {
    folder(state).join("data").exists()
}

/// Makes the workspace's server for the first time. When that fails, nothing is left.
pub(super) fn create(state: &State, installation: &Installation) -> Result<Server> {
    let folder = folder(state);
    let record = Record::new(installation.bin.clone(), &folder);
    state.save(&record)?;
    start(state, record).inspect_err(|_| {
        stop(&installation.bin, &folder).ok();
        state::remove(&folder).ok();
        state.forget().ok();
    })
}

/// Starts the server of a record, with the programs that made its data or others of their version; where the making was cut
/// short, it is done again.
pub(super) fn start(state: &State, mut record: Record) -> Result<Server> {
    let Origin::Local { bin, folder } = &mut record.origin else {
        bail!("the server of this workspace is kept in Docker");
    };
    fs::create_dir_all(&folder).with_context(|| format!("failed to create the folder `{}`", folder.display()))?;
    if !bin.is_dir() {
        let version =
            fs::read_to_string(folder.join("data/PG_VERSION")).context("failed to read the data's version")?;
        let version = version.trim();
        *bin = installations()
            .into_iter()
            .find(|installation| installation.version.to_string() == version)
            .with_context(|| {
                format!(
                    "PostgreSQL {version}, which made the data, is gone from `{}`",
                    bin.display()
                )
            })?
            .bin;
    }
    let process = Process::new(bin, folder)?;
    if !has_data(state) {
        process.make(&record.password, "")?;
    }
    let server = process.start(&mut record)?;
    state.save(&record)?;
    Ok(server)
}

/// Stops the server whose data is in `folder`; says whether it ran.
pub(super) fn stop(bin: &Path, folder: &Path) -> Result<bool> {
    if !folder.join("data/postmaster.pid").exists() {
        return Ok(false);
    }
    let process = Process::new(bin, folder)?;
    let running = process.is_running();
    if running {
        process.stop("fast")?;
    }
    Ok(running)
}

impl Record {
    fn new(bin: PathBuf, folder: &Path) -> Self {
        Self {
            port: 0,
            password: new_password(),
            origin: Origin::Local {
                bin,
                folder: folder.to_owned(),
            },
            system_identifier: None,
        }
    }
}

/// The programs of an installation, run on one folder as the user who owns it.
struct Process {
    shell: Shell,
    bin: PathBuf,
    folder: PathBuf,
    account: Option<Account>,
}

/// The ordinary user that root's servers run as.
struct Account {
    user: u32,
    group: u32,
}

impl Process {
    fn new(bin: &Path, folder: &Path) -> Result<Self> {
        let shell = shell()?;
        // The server's user can't enter the folder that root may be in.
        shell.change_dir(folder);
        Ok(Self {
            account: if is_root()? { Some(Account::find(&shell)?) } else { None },
            bin: bin.to_owned(),
            folder: folder.to_owned(),
            shell,
        })
    }

    /// Makes the data folder, which bears its name only when it is complete; see <https://www.postgresql.org/docs/current/app-initdb.html>.
    fn make(&self, password: &str, settings: &str) -> Result<()> {
        let (data, secret) = (self.folder.join("data.new"), self.folder.join("password"));
        state::remove(&data)?;
        state::set_mode(&self.folder, 0o700)?;
        state::write_private(&secret, password)?;
        for path in [&self.folder, &secret] {
            self.give(path)?;
        }
        let initialize = |locale: &str| {
            let command = self
                .command("initdb")
                .arg("--pgdata")
                .arg(&data)
                .arg("--pwfile")
                .arg(&secret)
                // Waiting for the disk protects nothing yet: the server itself runs with `fsync`.
                .args(["--no-sync", "--auth=scram-sha-256", "--encoding=UTF8"])
                .args([format!("--locale={locale}"), format!("--username={USER}")]);
            run(command, LONG)
        };
        let outcome = initialize("C.UTF-8").or_else(|error| {
            if error.to_string().contains("locale") {
                initialize("C")
            } else {
                Err(error)
            }
        });
        fs::remove_file(&secret).ok();
        outcome.context("failed to make the data folder")?;
        let path = data.join("postgresql.conf");
        let defaults = fs::read_to_string(&path).with_context(|| format!("failed to read `{}`", path.display()))?;
        fs::write(&path, defaults + SETTINGS + settings)
            .with_context(|| format!("failed to write `{}`", path.display()))?;
        fs::rename(&data, self.folder.join("data")).context("failed to put the data folder in its place")
    }

    /// Starts the server, on the port of the record if it is free, and waits until it answers. It outlives this process and its
    /// terminal: <https://www.postgresql.org/docs/current/app-pg-ctl.html>.
    fn start(&self, record: &mut Record) -> Result<Server> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let was_running = self.is_running();
            if !was_running {
                record.port = free_port(Some(record.port))?;
                match self.launch(record.port) {
                    Err(error) if attempt < 3 && error.to_string().contains("could not bind") => continue,
                    launched => launched?,
                }
            }
            let server = wait(record, || {
                if self.is_running() {
                    return Ok(());
                }
                bail!("the server has stopped:\n{}", tail(&self.log_after(0), 20))
            });
            // What seemed to run may just have been going down.
            if server.is_ok() || !was_running || attempt == 3 || self.is_running() {
                return server;
            }
        }
    }

    fn launch(&self, port: u16) -> Result<()> {
        let log = self.folder.join("log");
        let begin = self.log_after(0).len();
        let options = format!("-p {port}");
        run(
            self.control().arg("-l").arg(&log).args(["-w", "-o", &options, "start"]),
            LONG,
        )
        .map(drop)
        .map_err(|_| anyhow!("the server does not start:\n{}", tail(&self.log_after(begin), 20)))
    }

    /// What the server has logged, from an offset on.
    fn log_after(&self, begin: usize) -> String {
        let log = fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(log.get(begin..).unwrap_or_default()).into_owned()
    }

    fn stop(&self, mode: &str) -> Result<()> {
        run(self.control().args(["-w", "-m", mode, "stop"]), LONG).map(drop)
    }

    fn is_running(&self) -> bool {
        run(self.control().arg("status"), SHORT).is_ok()
    }

    fn control(&self) -> Cmd<'_> {
        self.command("pg_ctl").arg("-D").arg(self.folder.join("data"))
    }

    fn command(&self, program: &str) -> Cmd<'_> {
        let (shell, program) = (&self.shell, self.bin.join(program));
        let command = match &self.account {
            None => cmd!(shell, "{program}"),
            Some(Account { user, group }) => {
                let (user, group) = (user.to_string(), group.to_string());
                cmd!(shell, "setpriv --reuid={user} --regid={group} --clear-groups {program}")
            }
        };
        command.envs(libraries(&self.bin)).env("LC_ALL", "C")
    }

    fn give(&self, path: &Path) -> Result<()> {
        #[cfg(unix)]
        if let Some(Account { user, group }) = self.account {
            std::os::unix::fs::chown(path, Some(user), Some(group))
                .with_context(|| format!("failed to give `{}` to the server's user", path.display()))?;
        }
        #[cfg(not(unix))]
        let _ = path;
        Ok(())
    }
}

impl Account {
    fn find(shell: &Shell) -> Result<Self> {
        let id = |kind: &str, name: &str| run(cmd!(shell, "id {kind} {name}"), SHORT);
        let name = ["postgres", "nobody"]
            .into_iter()
            .find(|name| id("-u", name).is_ok())
            .context("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`")?;
        Ok(Self {
            user: id("-u", name)?.parse()?,
            group: id("-g", name)?.parse()?,
        })
    }
}
