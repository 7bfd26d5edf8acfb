//! The development server, from nothing to erased, each way that this machine has.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::harness::Sandbox;

const FILES: &[(&str, &str)] = &[
    ("1_a.sql", "CREATE TABLE a (id int PRIMARY KEY);\n"),
    ("1_a.down.sql", "DROP TABLE a;\n"),
];

/// A workspace with a development server of its own, which goes with the value.
struct Workplace {
    sandbox: Sandbox,
    state: TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Workplace {
    fn new(variables: &[(&'static str, &str)]) -> Self {
        Self {
            sandbox: Sandbox::new(FILES),
            // An ordinary user runs the server, and must be able to walk to its data.
            state: tempfile::Builder::new()
                .prefix("xtask-state-")
                .tempdir_in("/var/tmp")
                .unwrap(),
            variables: variables
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
        }
    }

    fn run(&self, args: &[&str]) -> (bool, String) {
        let mut command = self.sandbox.command(args);
        command
            .env("XTASK_STATE_DIR", self.state.path())
            .env_remove("XTASK_SERVER")
            .env_remove("DOCKER_HOST");
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    }

    #[track_caller]
    fn done(&self, args: &[&str]) -> String {
        let (success, text) = self.run(args);
        assert!(success, "{args:?}: {text}");
        text
    }

    /// From nothing to a database that is migrated, kept over a restart, reset, and erased.
    fn lives_its_life(&self) {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(self.state.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        assert!(
            self.done(&["db-status"]).contains("1 pending"),
            "a status starts nothing"
        );
        assert!(self.done(&["db-migrate"]).contains("applied 1 migration"));
        self.done(&["db-stop"]);
        assert!(
            self.done(&["db-migrate"]).contains("nothing to apply"),
            "the data outlives a stop"
        );
        self.sandbox.write("seeds/shop/a.csv", "id\n1\n2\n");
        assert!(self.done(&["db-seed"]).contains("2 inserted"));
        assert!(self.done(&["db-reset"]).contains("reset"));
        assert!(self.done(&["db-seed"]).contains("0 inserted"), "a reset seeds too");
        self.done(&["db-mark", "shop", "production"]);
        let (success, text) = self.run(&["db-reset", "--erase", "shop"]);
        assert!(!success && text.contains("marked production"), "{text}");
        self.done(&["db-stop", "--erase"]);
        assert!(self.done(&["db-status"]).contains("1 pending"));
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        self.run(&["db-stop", "--erase"]);
    }
}

#[test]
fn docker_serves() {
    if !xtask::server::image::ensure().is_ok_and(|image| !image.name.is_empty()) {
        println!("skipped: Docker does not answer");
        return;
    }
    Workplace::new(&[("XTASK_SERVER", "docker")]).lives_its_life();
}

#[test]
fn installed_binaries_serve() {
    if xtask::server::local::installations().is_empty() {
        println!("skipped: no PostgreSQL is installed");
        return;
    }
    Workplace::new(&[("XTASK_SERVER", "local")]).lives_its_life();
}

#[test]
fn unpacked_packages_serve_where_there_is_nothing_but_apt() {
    if !PathBuf::from("/usr/bin/apt-get").exists() {
        println!("skipped: there is no apt");
        return;
    }
    Workplace::new(&[("DOCKER_HOST", "unix:///nowhere.sock"), ("XTASK_PG_BIN", "")]).lives_its_life();
}
