//! The container image of the development and test server: present, pulled, or built from Debian's packages.
//!
//! What is built behaves like the official image (`entrypoint.sh`), and its tag carries the hash of its recipe, so that a
//! changed recipe makes a new image and an unchanged one is never built twice. An image is tagged only when it is complete.
//! There is a recipe for each major version that a release of Debian has; `pgvector/pgvector:pg18` is built like `…:pg17`.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

use super::apt::{self, Apt};
use super::process::{DOWNLOAD, LONG, SHORT, run, shell, watch};
use super::state::{self, Scratch};
use super::{docker, local};
use crate::ui;

const IMAGE: &str = "pgvector/pgvector:pg17";
const OVERRIDE: &str = "XTASK_POSTGRES_IMAGE";

/// The major versions that a release of Debian has together with pgvector, and that release.
const RELEASES: &[(&str, &str)] = &[("17", "trixie"), ("18", "forky")];
/// The release that is not out yet: its mirrors may serve an index past its date, which `apt` has to be told to take.
const TESTING: &str = "forky";
const PACKAGES: &str = "base-files,bash,dash,coreutils,findutils,util-linux,libc-bin,tzdata";
/// Half of the size: documentation, languages, the just-in-time compiler (PostgreSQL does without where its library is
/// missing) and Perl, which only Debian's wrapper scripts use.
const LEFT_OUT: &[&str] = &[
    "./dev/*",
    "./usr/lib/*-linux-*/gconv",
    "./usr/lib/*-linux-*/libLLVM*",
    "./usr/lib/*-linux-*/libperl*",
    "./usr/lib/*-linux-*/libz3*",
    "./usr/lib/*-linux-*/perl*",
    "./usr/lib/postgresql/*/lib/bitcode",
    "./usr/lib/postgresql/*/lib/llvmjit*",
    "./usr/lib/postgresql/*/lib/pgxs",
    "./usr/share/doc/*",
    "./usr/share/i18n",
    "./usr/share/info/*",
    "./usr/share/locale/*",
    "./usr/share/man/*",
    "./usr/share/perl*",
    "./var/cache/*",
    "./var/lib/apt/*",
];
const ENTRYPOINT: &str = include_str!("entrypoint.sh");
const USERS: &str = "root:x:0:0:root:/root:/bin/bash\n\
    postgres:x:999:999:PostgreSQL:/var/lib/postgresql:/bin/bash\n\
    nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
const GROUPS: &str = "root:x:0:\npostgres:x:999:\nnogroup:x:65534:\n";
const TIME_ZONE: &str = "usr/share/zoneinfo/Etc/UTC";

/// An image that is present in Docker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Such as `pgvector/pgvector`.
    pub name: String,
    /// Such as `pg17`.
    pub tag: String,
}

impl Image {
    /// Name and tag in one, as Docker wants them.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("{}:{}", self.name, self.tag)
    }

    /// Reads `name:tag`, `name` (tag `latest`) and `name@sha256:digest`; the name may begin with `host:port/`.
    fn parse(reference: &str) -> Self {
        let (name, tag) = match reference.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, tag),
            _ => (reference, "latest"),
        };
        Self {
            name: name.to_owned(),
            tag: tag.to_owned(),
        }
    }
}

/// How an image is built that equals `pgvector/pgvector:pg<version>`.
struct Recipe {
    version: &'static str,
    release: &'static str,
}

impl Recipe {
    /// The one for `image`; none where it is another's image, or of a version that no release of Debian has.
    fn of(image: &Image) -> Option<Self> {
        let asked = (image.name == "pgvector/pgvector").then(|| image.tag.strip_prefix("pg"))??;
        let (version, release) = RELEASES.iter().find(|(version, _)| *version == asked)?;
        Some(Self { version, release })
    }

    fn packages(&self) -> String {
        let version = self.version;
        format!("postgresql-{version},postgresql-{version}-pgvector,{PACKAGES}")
    }

    fn changes(&self) -> Vec<String> {
        let version = self.version;
        vec![
            format!("ENV PATH=/usr/lib/postgresql/{version}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"),
            "ENV LANG=C.UTF-8".to_owned(),
            format!("ENV PG_MAJOR={version}"),
            "ENV PGDATA=/var/lib/postgresql/data".to_owned(),
            "VOLUME /var/lib/postgresql/data".to_owned(),
            "EXPOSE 5432".to_owned(),
            "ENTRYPOINT [\"docker-entrypoint.sh\"]".to_owned(),
            "CMD [\"postgres\"]".to_owned(),
        ]
    }

    /// What it builds, under a tag that a change of the recipe changes.
    fn image(&self) -> Image {
        let (packages, changes) = (self.packages(), self.changes());
        let mut recipe = vec![self.release, &packages, ENTRYPOINT, USERS, GROUPS, TIME_ZONE];
        recipe.extend(LEFT_OUT);
        recipe.extend(changes.iter().map(String::as_str));
        Image {
            name: "xtask/postgres".to_owned(),
            tag: format!("pg{}-{}", self.version, state::short_hash(recipe.join("\n").as_bytes())),
        }
    }
}

/// Provides the image: the one that `XTASK_POSTGRES_IMAGE` names, else `pgvector/pgvector:pg17`, from Docker's store or from its
/// registry; where neither has `pgvector/pgvector` of a version that Debian has too, an equivalent one is built, once, from Debian's
/// packages.
///
/// The images understand the variables of the official one: <https://github.com/docker-library/docs/tree/master/postgres>.
///
/// # Errors
/// Docker does not answer; the image that was asked for can't be pulled; the image can't be built.
pub fn ensure() -> Result<Image> {
    docker::check()?;
    let asked = env::var(OVERRIDE).ok().filter(|name| !name.is_empty());
    let wanted = Image::parse(asked.as_deref().unwrap_or(IMAGE));
    let recipe = Recipe::of(&wanted);
    let candidates = [Some(wanted.clone()), recipe.as_ref().map(Recipe::image)];
    let present = || candidates.iter().flatten().find(|image| is_present(image));
    if let Some(image) = present() {
        return Ok(image.clone());
    }
    let _lock = state::lock(&state::base()?.join("image.lock"))?;
    if let Some(image) = present() {
        return Ok(image.clone());
    }
    let Err(cause) = pull(&wanted) else {
        return Ok(wanted);
    };
    let Some(recipe) = recipe else {
        bail!("{cause:#}\n  help: load the image with `docker load`, or unset `{OVERRIDE}`");
    };
    let (built, wanted) = (recipe.image(), wanted.reference());
    ui::status(
        "Building",
        format!(
            "image `{}` from Debian packages, once, in about a minute: no registry serves `{wanted}`",
            built.reference()
        ),
    );
    if let Err(error) = build(&recipe) {
        bail!(
            "{cause:#}\nand an equivalent image can't be built: {error:#}\n  help: load `{wanted}` with `docker load`"
        );
    }
    Ok(built)
}

/// The images of `pgvector/pgvector`, or what was built in their place, that Docker has already; one a major version, which comes with
/// it. Nothing is pulled or built.
#[must_use]
pub fn present() -> Vec<(u32, Image)> {
    RELEASES
        .iter()
        .filter_map(|(version, release)| {
            let official = Image::parse(&format!("pgvector/pgvector:pg{version}"));
            let built = Recipe { version, release }.image();
            let image = [official, built].into_iter().find(is_present)?;
            Some((version.parse().ok()?, image))
        })
        .collect()
}

fn is_present(image: &Image) -> bool {
    let reference = image.reference();
    shell().is_ok_and(|shell| run(cmd!(shell, "docker image inspect {reference}"), SHORT).is_ok())
}

fn pull(image: &Image) -> Result<()> {
    let reference = image.reference();
    ui::status("Pulling", format!("image `{reference}`"));
    let shell = shell()?;
    run(cmd!(shell, "docker pull --quiet {reference}"), DOWNLOAD)?;
    Ok(())
}

fn build(recipe: &Recipe) -> Result<()> {
    let progress = ui::Progress::new("Building");
    progress.expect(3);
    let result = build_with(recipe, &progress);
    progress.finish();
    result
}

fn build_with(recipe: &Recipe, progress: &ui::Progress) -> Result<()> {
    let scratch = Scratch::create(&state::base()?)?;
    let system = scratch.path().join("root");
    progress.working_on("downloading packages");
    unpack_packages(recipe, &scratch, &system, progress)?;
    progress.done("Unpacked", format!("PostgreSQL {} and pgvector", recipe.version));

    progress.working_on("packing");
    add_files(&system)?;
    let archive = scratch.path().join("image.tar");
    let shell = shell()?;
    let left_out = LEFT_OUT.iter().map(|path| format!("--exclude={path}"));
    let ownership = ["--owner=0", "--group=0", "--numeric-owner"];
    run(
        cmd!(
            shell,
            "tar --create --file {archive} --directory {system} {ownership...} {left_out...} ."
        ),
        LONG,
    )?;
    progress.done("Packed", "the file system");

    progress.working_on("importing into Docker");
    let reference = recipe.image().reference();
    let changes = recipe.changes();
    let changes = changes.iter().map(|change| format!("--change={change}"));
    run(cmd!(shell, "docker import {changes...} {archive} {reference}"), LONG)?;
    progress.done("Imported", format!("image `{reference}`"));
    Ok(())
}

/// Unpacks the packages and all that they depend on. No script of a package is run and no other root is entered, so that it
/// needs neither rights nor name spaces.
fn unpack_packages(recipe: &Recipe, scratch: &Scratch, system: &Path, progress: &ui::Progress) -> Result<()> {
    let (shell, program) = mmdebstrap(scratch)?;
    let mode = if local::is_root()? { "root" } else { "chrootless" };
    let (release, packages) = (recipe.release, recipe.packages());
    let sources = apt::sources_for(release)?;
    let options = (release == TESTING).then_some("--aptopt=Acquire::Check-Valid-Until \"false\"");
    let command = cmd!(
        shell,
        "{program} --mode={mode} --variant=extract --format=directory {options...} --include={packages} {release} {system} {sources...}"
    );
    watch(command.env("TMPDIR", scratch.path()), DOWNLOAD, |line| {
        if let Some(step) = line.strip_prefix("I: ") {
            progress.working_on(step.trim_end_matches('.'));
        }
    })
    .context("failed to unpack the packages of Debian")?;
    Ok(())
}

/// The installed `mmdebstrap`, else one unpacked from its package.
fn mmdebstrap(scratch: &Scratch) -> Result<(Shell, PathBuf)> {
    let shell = shell()?;
    if run(cmd!(shell, "mmdebstrap --version"), SHORT).is_ok() {
        return Ok((shell, "mmdebstrap".into()));
    }
    let target = scratch.path().join("tools");
    let apt = Apt::open(&scratch.path().join("apt"), &[]).context("building needs a Debian or Ubuntu machine")?;
    apt.unpack(&["mmdebstrap".to_owned()], &target)?;
    let program = target.join("usr/bin/mmdebstrap");
    if run(cmd!(shell, "{program} --version"), SHORT).is_err() {
        bail!("`mmdebstrap` needs Perl: run `apt-get install mmdebstrap`");
    }
    let mut path: OsString = target.join("usr/bin").into();
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    shell.set_var("PATH", path);
    Ok((shell, program))
}

fn add_files(system: &Path) -> Result<()> {
    for folder in [
        "docker-entrypoint-initdb.d",
        "usr/local/bin",
        "var/lib/postgresql/data",
        "run/postgresql",
    ] {
        fs::create_dir_all(system.join(folder))?;
    }
    for (path, text, mode) in [
        ("etc/passwd", USERS, 0o644),
        ("etc/group", GROUPS, 0o644),
        ("usr/local/bin/docker-entrypoint.sh", ENTRYPOINT, 0o755),
    ] {
        let path = system.join(path);
        fs::write(&path, text).with_context(|| format!("failed to write `{}`", path.display()))?;
        state::set_mode(&path, mode)?;
    }
    // Without it, PostgreSQL can't list the time zones.
    fs::copy(system.join(TIME_ZONE), system.join("etc/localtime")).context("failed to set the time zone")?;
    for folder in ["tmp", "var/tmp"] {
        state::set_mode(&system.join(folder), 0o1777)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_split_into_name_and_tag() {
        for (reference, name, tag) in [
            ("pgvector/pgvector:pg17", "pgvector/pgvector", "pg17"),
            ("postgres", "postgres", "latest"),
            ("localhost:5000/team/postgres", "localhost:5000/team/postgres", "latest"),
            ("localhost:5000/postgres:16", "localhost:5000/postgres", "16"),
            ("postgres@sha256:abc", "postgres@sha256", "abc"),
        ] {
            let image = Image::parse(reference);
            assert_eq!((image.name.as_str(), image.tag.as_str()), (name, tag));
        }
    }

    #[test]
    fn each_version_that_debian_has_is_built_from_its_own_release_under_its_own_tag() {
        let recipe = |reference| Recipe::of(&Image::parse(reference));
        let [old, new] = ["pgvector/pgvector:pg17", "pgvector/pgvector:pg18"].map(|image| recipe(image).unwrap());
        assert_eq!((old.release, new.release), ("trixie", "forky"));
        assert!(new.packages().starts_with("postgresql-18,postgresql-18-pgvector,"));
        assert!(new.changes().contains(&"ENV PG_MAJOR=18".to_owned()));
        assert!(old.image().tag.starts_with("pg17-") && new.image().tag.starts_with("pg18-"));
        for other in [
            "postgres:18",
            "pgvector/pgvector:pg16",
            "pgvector/pgvector",
            "team/pgvector:pg17",
        ] {
            assert!(recipe(other).is_none(), "{other}");
        }
    }
}
