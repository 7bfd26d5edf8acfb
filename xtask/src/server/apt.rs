//! Debian packages without installing them: `apt` finds and checks them, `dpkg-deb` unpacks them into a folder.
//!
//! Nothing of the system is changed and root is not needed: `apt` works on package lists of its own in that folder.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use xshell::{Cmd, Shell, cmd};

use super::installation::{Installation, UNPACKED, choose};
use super::process::{DOWNLOAD, LONG, SHORT, run, shell};
use super::state::{self, Scratch};
use crate::ui;

const STATUS: &str = "/var/lib/dpkg/status";
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// A private view of the machine's package sources.
pub(super) struct Apt {
    shell: Shell,
    folder: PathBuf,
    options: Vec<OsString>,
}

impl Apt {
    /// Fetches the package lists of the machine's own release into `folder`. Installed packages count as present, except those
    /// whose name begins with one of `except`.
    pub(super) fn open(folder: &Path, except: &[&str]) -> Result<Self> {
        let shell = shell()?;
        run(cmd!(shell, "apt-get --version"), SHORT).context("there is no `apt-get`")?;
        fs::create_dir_all(folder.join("lists/partial"))?;
        fs::create_dir_all(folder.join("archives/partial"))?;
        let status = fs::read_to_string(STATUS).with_context(|| format!("failed to read `{STATUS}`"))?;
        fs::write(folder.join("status"), without(&status, except))?;
        shell.change_dir(folder);
        let mut options = Vec::new();
        for (key, path) in [
            ("Dir::State", ""),
            ("Dir::State::lists", "lists"),
            ("Dir::State::status", "status"),
            ("Dir::Cache", ""),
        ] {
            let mut option = OsString::from(format!("-o{key}="));
            option.push(folder.join(path));
            options.push(option);
        }
        // As root, apt would step down to a user that cannot write here.
        options.push("-oAPT::Sandbox::User=".into());
        options.push("-oAcquire::Retries=2".into());
        let apt = Self {
            shell,
            folder: folder.to_owned(),
            options,
        };
        run(apt.get("update"), DOWNLOAD).context("failed to fetch the package lists")?;
        Ok(apt)
    }

    /// The packages that would have to be installed for `package` to work here, itself included.
    pub(super) fn missing(&self, package: &str) -> Result<Vec<String>> {
        let plan = run(
            self.get("install")
                .args(["--simulate", "--no-install-recommends", package]),
            SHORT,
        )?;
        Ok(planned(&plan))
    }

    /// Downloads packages and unpacks them into `target`.
    pub(super) fn unpack(&self, packages: &[String], target: &Path) -> Result<()> {
        run(self.get("download").args(packages), DOWNLOAD).context("failed to download packages")?;
        for archive in self.shell.read_dir(&self.folder)? {
            if archive.extension().is_some_and(|extension| extension == "deb") {
                run(cmd!(self.shell, "dpkg-deb --extract {archive} {target}"), LONG)?;
                fs::remove_file(&archive)?;
            }
        }
        Ok(())
    }

    fn get(&self, verb: &str) -> Cmd<'_> {
        cmd!(self.shell, "apt-get --quiet --yes").args(&self.options).arg(verb)
    }
}

/// PostgreSQL of the machine's own release, with pgvector where the release has it, unpacked once and kept.
pub(super) fn server(extensions: &BTreeSet<String>) -> Result<Installation> {
    let base = state::base()?;
    let target = base.join("packages").join(release()?);
    let _lock = state::lock(&base.join("packages.lock"))?;
    if !target.exists() {
        ui::status(
            "Fetching",
            "PostgreSQL from Debian packages, once, into a folder of its own: neither Docker nor an installed one serves",
        );
        let scratch = Scratch::create(&base)?;
        let root = scratch.path().join("root");
        unpack_server(&Apt::open(&scratch.path().join("apt"), &["postgresql"])?, &root)?;
        fs::create_dir_all(base.join("packages"))?;
        fs::rename(&root, &target).with_context(|| format!("failed to write `{}`", target.display()))?;
    }
    let folders = fs::read_dir(target.join("usr/lib/postgresql")).context("the packages hold no PostgreSQL")?;
    let found: Vec<Installation> = folders
        .flatten()
        .filter_map(|folder| Installation::open(&folder.path().join("bin")).ok())
        .collect();
    choose(&found, extensions)
}

/// Perl and the just-in-time compiler are left out: only Debian's wrapper scripts use the one, and PostgreSQL does without the
/// other where its library is missing.
fn unpack_server(apt: &Apt, root: &Path) -> Result<()> {
    let mut packages = apt
        .missing("postgresql")
        .context("the release has no package `postgresql`")?;
    packages.retain(|name| is_needed(name));
    let server = packages
        .iter()
        .find(|name| {
            name.strip_prefix("postgresql-")
                .is_some_and(|version| version.parse::<u32>().is_ok())
        })
        .context("the package `postgresql` stands for no server")?;
    let vector = format!("{server}-pgvector");
    if apt.missing(&vector).is_ok() {
        packages.push(vector);
    }
    fs::create_dir_all(root)?;
    apt.unpack(&packages, root)?;
    for folder in fs::read_dir(root.join("usr/lib/postgresql"))?.flatten() {
        state::remove(&folder.path().join("lib/llvmjit.so"))?;
    }
    fs::write(root.join(UNPACKED), "")?;
    state::set_mode(root, 0o755)
}

fn is_needed(package: &str) -> bool {
    let server = package.starts_with("postgresql-") && !package.ends_with("-common") && !package.ends_with("-jit");
    let unneeded = ["libllvm", "libz3", "libperl"]
        .iter()
        .any(|prefix| package.starts_with(prefix));
    let library = package.starts_with("lib") && !unneeded && !package.ends_with("-perl") && !package.ends_with("-dev");
    server || library
}

/// The machine's own mirrors as `deb` lines for another Debian release; empty where the machine is no Debian.
/// Other releases and other vendors' repositories are left out.
pub(super) fn sources_for(release: &str) -> Result<Vec<String>> {
    let shell = shell()?;
    let format = "$(REPO_URI) $(RELEASE) $(COMPONENT)";
    let targets = run(
        cmd!(shell, "apt-get indextargets --format {format} Created-By:\\ Packages"),
        SHORT,
    )?;
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let keyring = Path::new(KEYRING).exists().then_some(KEYRING);
    Ok(translate(&targets, &system, release, keyring))
}

/// The code name of the machine's release, such as `bookworm`.
fn release() -> Result<String> {
    let system = fs::read_to_string("/etc/os-release").context("failed to read `/etc/os-release`")?;
    match field(&system, "VERSION_CODENAME") {
        Some(name) => Ok(name.to_owned()),
        None => bail!("`/etc/os-release` names no release"),
    }
}

fn translate(targets: &str, system: &str, release: &str, keyring: Option<&str>) -> Vec<String> {
    let (Some("debian"), Some(own)) = (field(system, "ID"), field(system, "VERSION_CODENAME")) else {
        return Vec::new();
    };
    let option = keyring.map_or_else(String::new, |path| format!("[signed-by={path}] "));
    let mut lines: Vec<String> = targets
        .lines()
        .filter_map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
            [mirror, suite, "main"] => {
                let pocket = [own, "stable", "oldstable"]
                    .iter()
                    .find_map(|name| suite.strip_prefix(name))?;
                let known = ["", "-updates", "-security"].contains(&pocket);
                known.then(|| format!("deb {option}{mirror} {release}{pocket} main"))
            }
            _ => None,
        })
        .collect();
    lines.dedup();
    lines
}

fn field<'a>(system: &'a str, key: &str) -> Option<&'a str> {
    system
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
        .map(|value| value.trim_matches('"'))
}

/// The package records without those whose name begins with one of `except`, and without what depends on them: `apt` plans nothing
/// while an installed package lacks another.
fn without(status: &str, except: &[&str]) -> String {
    let mut gone: BTreeSet<&str> = BTreeSet::new();
    let packages: Vec<&str> = status.split_inclusive("\n\n").collect();
    loop {
        let before = gone.len();
        for package in &packages {
            let name = lines(package, "Package: ").next().unwrap_or_default();
            let mut needs = lines(package, "Depends: ")
                .chain(lines(package, "Pre-Depends: "))
                .flat_map(|depends| depends.split([',', '|']))
                .filter_map(|need| need.trim().split([' ', ':']).next());
            if except.iter().any(|prefix| name.starts_with(prefix)) || needs.any(|need| gone.contains(need)) {
                gone.insert(name);
            }
        }
        if gone.len() == before {
            break;
        }
    }
    let stays = |package: &&&str| !lines(package, "Package: ").any(|name| gone.contains(name));
    packages.iter().filter(stays).copied().collect()
}

/// What follows `key` in the lines of a record that begin with it.
fn lines<'a>(record: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    record.lines().filter_map(move |line| line.strip_prefix(key))
}

fn planned(plan: &str) -> Vec<String> {
    plan.lines()
        .filter_map(|line| line.strip_prefix("Inst ")?.split(' ').next())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOKWORM: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n";

    #[test]
    fn the_machines_mirrors_are_kept_for_another_release() {
        let targets = "http://mirror/debian/ bookworm main\nhttp://mirror/debian/ bookworm contrib\n\
                       http://mirror/debian/ bookworm-updates main\nhttp://mirror/security/ bookworm-security main\n\
                       http://mirror/debian/ bookworm-backports main\nhttp://other/node nodistro main";
        assert_eq!(
            translate(targets, BOOKWORM, "trixie", Some("/k.gpg")),
            [
                "deb [signed-by=/k.gpg] http://mirror/debian/ trixie main",
                "deb [signed-by=/k.gpg] http://mirror/debian/ trixie-updates main",
                "deb [signed-by=/k.gpg] http://mirror/security/ trixie-security main",
            ]
        );
    }

    #[test]
    fn another_distribution_has_no_mirror_of_debian() {
        let ubuntu = "ID=ubuntu\nVERSION_CODENAME=noble\n";
        assert!(translate("http://mirror/ubuntu/ noble main", ubuntu, "trixie", None).is_empty());
    }

    #[test]
    fn the_packages_of_a_plan_are_read() {
        let plan = "Reading package lists...\nInst libpq5 [15.1] (15.2 Debian:12/stable [amd64]) []\n\
                    Inst postgresql-15 (15.2 Debian:12/stable [amd64])\nConf libpq5 (15.2 Debian:12/stable [amd64])";
        assert_eq!(planned(plan), ["libpq5", "postgresql-15"]);
    }

    #[test]
    fn a_server_needs_its_programs_and_libraries_only() {
        let packages = ["postgresql-15", "postgresql-client-15", "libpq5", "libicu72"];
        assert!(packages.into_iter().all(is_needed));
        let others = [
            "postgresql",
            "postgresql-common",
            "libllvm14",
            "perl",
            "libjson-perl",
            "libpq-dev",
            "ssl-cert",
        ];
        assert!(!others.into_iter().any(is_needed));
    }

    #[test]
    fn excepted_packages_and_what_depends_on_them_do_not_count_as_installed() {
        let status = "Package: pooler-tools\nDepends: pooler\n\nPackage: libc6\nStatus: ok\n\n\
                      Package: pooler\nPre-Depends: libc6\nDepends: zlib1g (>= 1), postgresql-15:any | other\n\n\
                      Package: postgresql-15\nStatus: ok\n\nPackage: zlib1g\n";
        assert_eq!(
            without(status, &["postgresql"]),
            "Package: libc6\nStatus: ok\n\nPackage: zlib1g\n"
        );
    }
}
