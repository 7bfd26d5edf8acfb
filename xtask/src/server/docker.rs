//! The development server in Docker: one container and one volume a workspace.
//!
//! The container can be thrown away at any time, the data is in the volume. The password reaches the container through the
//! environment of the `docker` command, never through its arguments.

use std::env;
use std::path::Path;

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

use super::process::{LONG, SHORT, run, shell, tail};
use super::state::{Record, State};
use super::{Origin, Server, free_port, image, new_password, wait};

/// The volume lies where no official image of any version puts one of its own.
const MOUNT: &str = "/xtask";
const VERSION: &str = "{{.Server.Version}}";
const RUNNING: &str = "{{.State.Running}}";

/// Whether Docker answers at all.
pub(super) fn check() -> Result<()> {
    let shell = shell()?;
    run(cmd!(shell, "docker version --format={VERSION}"), SHORT).context("Docker does not answer")?;
    Ok(())
}

/// Makes the workspace's server for the first time. When that fails, nothing is left.
pub(super) fn create(state: &State) -> Result<Server> {
    check()?;
    check_daemon_is_here(&env::var("DOCKER_HOST").unwrap_or_default())?;
    let docker = Docker::of(&state.name)?;
    if docker.has_volume()? {
        bail!("the volume `{}` is there already", state.name);
    }
    let record = Record {
        port: free_port(None)?,
        password: new_password(),
        origin: Origin::Docker {
            container: state.name.clone(),
            image: image::ensure()?.reference(),
        },
        system_identifier: None,
    };
    state.save(&record)?;
    start(state, record).inspect_err(|_| {
        docker.remove_container().ok();
        docker.remove_volume().ok();
        state.forget().ok();
    })
}

/// Starts a server that has been made before: its container where there is one, else a new one on the same volume.
pub(super) fn start(state: &State, mut record: Record) -> Result<Server> {
    let docker = Docker::of(&state.name)?;
    if !docker.is_running() && docker.start().is_err() {
        for attempt in 1.. {
            docker.remove_container()?;
            record.port = free_port(Some(record.port))?;
            state.save(&record)?;
            match docker.run(&state.root, &record) {
                Ok(()) => break,
                Err(error) if attempt < 3 && is_port_taken(&error.to_string()) => record.port = 0,
                Err(error) => return Err(error).context("failed to start the container"),
            }
        }
    }
    wait(&record, || {
        if docker.is_running() {
            return Ok(());
        }
        bail!("the container `{}` has stopped:\n{}", state.name, docker.log())
    })
}

/// Stops the container; the volume, and with it the data, stays.
pub(super) fn stop(state: &State) -> Result<bool> {
    let docker = Docker::of(&state.name)?;
    let running = docker.is_running();
    if running {
        docker.stop()?;
    }
    Ok(running)
}

/// Whether Docker answers and has a volume of this workspace.
pub(super) fn has_data(state: &State) -> bool {
    Docker::of(&state.name).is_ok_and(|docker| docker.has_volume().unwrap_or(false))
}

/// Removes container and volume; says whether there was data.
pub(super) fn erase(state: &State) -> Result<bool> {
    let docker = Docker::of(&state.name)?;
    docker.remove_container()?;
    let found = docker.has_volume()?;
    if found {
        docker.remove_volume()?;
    }
    Ok(found)
}

/// A port that Docker binds must be on this machine's loopback.
fn check_daemon_is_here(host: &str) -> Result<()> {
    let here = ["unix://", "npipe://", "tcp://127.0.0.1:", "tcp://localhost:"];
    if host.is_empty() || here.iter().any(|prefix| host.starts_with(prefix)) {
        return Ok(());
    }
    bail!("Docker runs on another machine (`DOCKER_HOST`), its ports are not reachable here")
}

fn is_port_taken(message: &str) -> bool {
    [
        "port is already allocated",
        "address already in use",
        "ports are not available",
    ]
    .iter()
    .any(|text| message.contains(text))
}

/// The container and the volume of one name.
struct Docker<'a> {
    shell: Shell,
    name: &'a str,
}

impl<'a> Docker<'a> {
    fn of(name: &'a str) -> Result<Self> {
        Ok(Self { shell: shell()?, name })
    }

    fn is_running(&self) -> bool {
        let Self { shell, name } = self;
        run(cmd!(shell, "docker container inspect --format={RUNNING} {name}"), SHORT)
            .is_ok_and(|answer| answer == "true")
    }

    fn has_volume(&self) -> Result<bool> {
        let Self { shell, name } = self;
        let names = run(cmd!(shell, "docker volume ls --quiet --filter name={name}"), SHORT)?;
        Ok(names.lines().any(|line| line == *name))
    }

    fn start(&self) -> Result<()> {
        let Self { shell, name } = self;
        run(cmd!(shell, "docker start {name}"), LONG).map(drop)
    }

    fn run(&self, root: &Path, record: &Record) -> Result<()> {
        let Self { shell, name } = self;
        let Origin::Docker { image, .. } = &record.origin else {
            bail!("the server of this workspace is not kept in Docker");
        };
        let label = format!("xtask.workspace={}", root.display());
        run(cmd!(shell, "docker volume create --label {label} {name}"), SHORT)?;
        let arguments = run_arguments(name, &label, record.port, image);
        run(
            cmd!(shell, "docker {arguments...}").env("POSTGRES_PASSWORD", &record.password),
            LONG,
        )
        .map(drop)
    }

    fn stop(&self) -> Result<()> {
        let Self { shell, name } = self;
        run(cmd!(shell, "docker stop --time 60 {name}"), LONG).map(drop)
    }

    fn remove_container(&self) -> Result<()> {
        let Self { shell, name } = self;
        match run(cmd!(shell, "docker rm --force --volumes {name}"), LONG) {
            Err(error) if !error.to_string().contains("No such container") => Err(error),
            _ => Ok(()),
        }
    }

    fn remove_volume(&self) -> Result<()> {
        let Self { shell, name } = self;
        run(cmd!(shell, "docker volume rm {name}"), LONG).map(drop)
    }

    fn log(&self) -> String {
        let Self { shell, name } = self;
        cmd!(shell, "docker logs --tail 20 {name}")
            .quiet()
            .output()
            .map(|output| {
                let text = [output.stdout, output.stderr].concat();
                tail(&String::from_utf8_lossy(&text), 20)
            })
            .unwrap_or_default()
    }
}

fn run_arguments(name: &str, label: &str, port: u16, image: &str) -> Vec<String> {
    [
        "run",
        "--detach",
        &format!("--name={name}"),
        &format!("--label={label}"),
        "--restart=no",
        "--stop-signal=SIGINT",
        "--shm-size=256m",
        &format!("--publish=127.0.0.1:{port}:5432"),
        &format!("--volume={name}:{MOUNT}"),
        &format!("--env=PGDATA={MOUNT}/data"),
        // Waiting for the disk protects nothing yet: the server itself runs with `fsync`.
        "--env=POSTGRES_INITDB_ARGS=--no-sync",
        "--env=POSTGRES_PASSWORD",
        image,
    ]
    .map(str::to_owned)
    .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_container_is_bound_to_loopback_and_its_password_is_no_argument() {
        let arguments = run_arguments("xtask-demo", "xtask.workspace=/demo", 5999, "img:tag");
        assert!(arguments.contains(&"--publish=127.0.0.1:5999:5432".to_owned()));
        assert!(arguments.contains(&"--env=POSTGRES_PASSWORD".to_owned()));
        assert_eq!(arguments.last().map(String::as_str), Some("img:tag"));
    }

    #[test]
    fn a_daemon_on_another_machine_is_refused() {
        for here in [
            "",
            "unix:///var/run/docker.sock",
            "npipe:////./pipe/docker_engine",
            "tcp://localhost:2375",
        ] {
            assert!(check_daemon_is_here(here).is_ok(), "{here}");
        }
        for there in ["tcp://build.example:2375", "ssh://me@build.example"] {
            assert!(check_daemon_is_here(there).is_err(), "{there}");
        }
    }
}
