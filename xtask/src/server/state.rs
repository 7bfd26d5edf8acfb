//! Where the server's state is kept: a folder of the user, outside of the workspace, so that it outlives `cargo clean`.
//!
//! A workspace's record (`server.json`: where the server is and its password) is written before the server's data is made, is
//! replaced as a whole, and only its owner can read it.

use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{HOST, Origin, Server, USER, local};

const OVERRIDE: &str = "XTASK_STATE_DIR";

/// What is known of a workspace's server whether it runs or not.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) port: u16,
    pub(super) password: String,
    pub(super) origin: Origin,
    /// Of the data that was made for this record; known once its server has answered.
    #[serde(default)]
    pub(super) system_identifier: Option<i64>,
}

impl Record {
    /// The server that the record tells of; its version is known once it has answered.
    pub(super) fn server(&self) -> Server {
        Server {
            host: HOST.to_owned(),
            port: self.port,
            user: USER.to_owned(),
            password: self.password.clone(),
            origin: self.origin.clone(),
            version: String::new(),
            system_identifier: 0,
        }
    }
}

/// The state folder of one workspace.
pub(super) struct State {
    /// The workspace's root, for people.
    pub(super) root: PathBuf,
    /// Names the container and its volume; another one for every workspace and user.
    pub(super) name: String,
    pub(super) folder: PathBuf,
}

impl State {
    /// Finds the folder; creates nothing.
    pub(super) fn of(root: &Path) -> Result<Self> {
        let root = root
            .canonicalize()
            .with_context(|| format!("failed to find `{}`", root.display()))?;
        let folder = base()?.join("servers").join(unique_name(&root, &root));
        Ok(Self {
            name: format!("xtask-{}", unique_name(&root, &folder)),
            folder,
            root,
        })
    }

    /// Waits until no other process starts or stops this workspace's server; the lock ends with the value.
    pub(super) fn lock(&self) -> Result<File> {
        lock(&self.folder.join("lock"))
    }

    pub(super) fn record(&self) -> Result<Option<Record>> {
        let path = self.record_path();
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(serde_json::from_str(&text).with_context(|| {
                format!(
                    "failed to read `{}`\n  help: run `cargo xtask db-stop --erase`",
                    path.display()
                )
            })?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("failed to read `{}`", path.display())),
        }
    }

    pub(super) fn save(&self, record: &Record) -> Result<()> {
        let path = self.record_path();
        let draft = path.with_extension("new");
        write_private(&draft, &serde_json::to_string_pretty(record)?)?;
        fs::rename(&draft, &path).with_context(|| format!("failed to write `{}`", path.display()))
    }

    /// Notes which data the server has that was just started from the record, so that another one on its port is told apart.
    pub(super) fn pin(&self, server: &Server) -> Result<()> {
        let system_identifier = Some(server.system_identifier);
        match self.record()? {
            Some(record) if record.system_identifier != system_identifier => self.save(&Record {
                system_identifier,
                ..record
            }),
            _ => Ok(()),
        }
    }

    /// Removes the record; the lock's file stays, since others may wait for it.
    pub(super) fn forget(&self) -> Result<()> {
        remove(&self.record_path())
    }

    fn record_path(&self) -> PathBuf {
        self.folder.join("server.json")
    }
}

/// A folder that is removed when the value goes.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn create(parent: &Path) -> Result<Self> {
        let folder = parent.join(format!("xtask-tmp-{:016x}", rand::random::<u64>()));
        fs::create_dir_all(&folder).with_context(|| format!("failed to create the folder `{}`", folder.display()))?;
        set_mode(&folder, 0o700)?;
        Ok(Self(folder))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// The folder of everything that the toolkit keeps: `XTASK_STATE_DIR`, else the platform's place for a user's state. Root's is a
/// system folder, since the ordinary user who then runs the server can't enter root's home.
pub(super) fn base() -> Result<PathBuf> {
    if let Some(folder) = variable(OVERRIDE) {
        return std::path::absolute(&folder).with_context(|| format!("`{OVERRIDE}` is no path"));
    }
    if cfg!(target_os = "linux") && local::is_root()? {
        return Ok("/var/lib/xtask".into());
    }
    let home = || env::home_dir().with_context(|| format!("there is no home folder: set `HOME` or `{OVERRIDE}`"));
    let state = if cfg!(target_os = "macos") {
        home()?.join("Library/Application Support")
    } else if let Some(folder) = variable(if cfg!(windows) {
        "LOCALAPPDATA"
    } else {
        "XDG_STATE_HOME"
    }) {
        folder
    } else {
        home()?.join(".local/state")
    };
    Ok(state.join("xtask"))
}

/// Waits for an exclusive lock on the file at `path`, which is created where it is missing.
pub(super) fn lock(path: &Path) -> Result<File> {
    let open = || -> std::io::Result<File> {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        let file = File::options().create(true).append(true).open(path)?;
        file.lock()?;
        Ok(file)
    };
    open().with_context(|| format!("failed to lock `{}`", path.display()))
}

/// Writes a file that only its owner may read, from its first moment on.
pub(super) fn write_private(path: &Path, text: &str) -> Result<()> {
    let write = || -> std::io::Result<()> {
        if path.exists() {
            fs::remove_file(path)?;
        }
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().with_context(|| format!("failed to write `{}`", path.display()))
}

/// Sets a file's permissions; nothing on systems that have none.
pub(super) fn set_mode(path: &Path, mode: u32) -> Result<()> {
    #[cfg(unix)]
    {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(path, permissions)
            .with_context(|| format!("failed to set the permissions of `{}`", path.display()))?;
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

/// Removes a file or a folder with all that is in it; nothing when there is none.
pub(super) fn remove(path: &Path) -> Result<()> {
    let result = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("failed to remove `{}`", path.display()))
        }
        _ => Ok(()),
    }
}

/// Eight hexadecimal digits that stand for `bytes`.
pub(super) fn short_hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    format!("{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3])
}

/// A folder's name, as far as Docker and file systems take it, and the hash of what it stands for.
fn unique_name(folder: &Path, identity: &Path) -> String {
    let name: String = folder
        .file_name()
        .map_or_else(|| "root".into(), |name| name.to_string_lossy())
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(40)
        .collect();
    format!("{name}-{}", short_hash(identity.as_os_str().as_encoded_bytes()))
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_fit_for_docker_and_differ_by_path() {
        let (one, other) = (Path::new("/a/My Größe.rs"), Path::new("/b/My Größe.rs"));
        let name = unique_name(one, one);
        assert!(name.starts_with("my-gr--e-rs-"), "{name}");
        assert_ne!(name, unique_name(other, other));
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_readable_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = Scratch::create(&env::temp_dir()).unwrap();
        let path = scratch.path().join("secret");
        write_private(&path, "one").unwrap();
        write_private(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
