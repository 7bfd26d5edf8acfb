//! What surrounds a connection string: libpq's variables, the home folder, the user of the operating system.
//!
//! A value, not a look-up of the process: tests make their own, and a `.env` file can be laid under the real environment.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The variables and defaults that complete a connection string; see
/// <https://www.postgresql.org/docs/current/libpq-envars.html>.
///
/// The default is empty: no variable is set, nobody is logged in, no server listens on a socket.
#[derive(Clone, Default)]
pub struct Environment {
    /// libpq's variables, `PG…`; `Debug` shows their names only.
    pub variables: BTreeMap<String, String>,
    /// Where `.pgpass` and `.postgresql/` are looked for.
    pub home: Option<PathBuf>,
    /// The user name to log in with when none is given.
    pub os_user: Option<String>,
    /// Where a server's socket is looked for when no host is given, in this order; then `localhost` it is.
    pub socket_directories: Vec<PathBuf>,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn of_process() -> Environment {
        Environment::with_variables(
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// This machine's user, home and sockets, with the given variables in the place of the process's: for callers that lay
    /// a `.env` file under the environment.
    #[must_use]
    pub fn with_variables(variables: impl IntoIterator<Item = (String, String)>) -> Environment {
        let sockets: &[&str] = if cfg!(unix) {
            &["/var/run/postgresql", "/tmp"]
        } else {
            &[]
        };
        Environment {
            home: std::env::home_dir(),
            os_user: whoami::username().ok(),
            socket_directories: sockets.iter().map(PathBuf::from).collect(),
            ..Environment::of_variables(variables)
        }
    }

    /// Nothing but the given variables: no home, no user, no sockets.
    #[must_use]
    pub fn of_variables(variables: impl IntoIterator<Item = (String, String)>) -> Environment {
        // Only what may be asked for is kept: the rest of an environment is full of secrets.
        let variables = variables
            .into_iter()
            .filter(|(name, _)| name.starts_with("PG") || name == "APPDATA");
        Environment {
            variables: variables.collect(),
            ..Environment::default()
        }
    }

    /// The value of a variable; an empty one counts as unset, as in libpq.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// `~/.pgpass`, or its place on Windows.
    pub(super) fn default_passfile(&self) -> Option<PathBuf> {
        if cfg!(windows) {
            return Some(
                Path::new(self.variable("APPDATA")?)
                    .join("postgresql")
                    .join("pgpass.conf"),
            );
        }
        Some(self.home.as_ref()?.join(".pgpass"))
    }

    /// The folder of libpq's default certificates.
    pub(super) fn certificates(&self) -> Option<PathBuf> {
        if cfg!(windows) {
            return Some(Path::new(self.variable("APPDATA")?).join("postgresql"));
        }
        Some(self.home.as_ref()?.join(".postgresql"))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("home", &self.home)
            .field("os_user", &self.os_user)
            .field("socket_directories", &self.socket_directories)
            .finish()
    }
}
