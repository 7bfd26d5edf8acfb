//! The real program in a workspace of its own, as a user runs it.

use std::fs;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use super::TestDatabase;

/// A workspace in a temporary folder, with one database `shop`.
pub struct Sandbox {
    folder: TempDir,
}

/// How the program ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Sandbox {
    /// A workspace whose `migrations/shop` holds these files (name, content).
    pub fn new(files: &[(&str, &str)]) -> Self {
        let sandbox = Self {
            folder: TempDir::new().unwrap(),
        };
        sandbox.write("Cargo.toml", "[workspace]\n");
        fs::create_dir_all(sandbox.path().join("migrations/shop")).unwrap();
        for (name, content) in files {
            sandbox.write(&format!("migrations/shop/{name}"), content);
        }
        sandbox
    }

    /// Its root.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file; its folder is made.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Removes a file.
    pub fn remove(&self, path: &str) {
        fs::remove_file(self.path().join(path)).unwrap();
    }

    /// Makes the tests' server the development server of this workspace, as if the toolkit had started it.
    pub fn has_the_test_server_for_development(&self, database: &TestDatabase) {
        // It fails, and makes the folder that the server's record belongs in.
        self.run(&["db-start"]).expect(1);
        let mut folders = fs::read_dir(self.path().join("state/servers")).unwrap();
        let folder = folders.next().expect("a start leaves a folder").unwrap().path();
        let url = database.url();
        let (_, secret) = url.split_once(':').and_then(|(_, rest)| rest.split_once(':')).unwrap();
        let (password, _) = secret.split_once('@').unwrap();
        let record = serde_json::json!({
            "port": database.target().endpoints()[0].port,
            "password": password,
            "origin": { "docker": { "container": "none", "image": "none" } },
        });
        fs::write(folder.join("server.json"), record.to_string()).unwrap();
    }

    /// A command line of the program in this workspace: nothing of the caller's environment leads to a database, the development server is
    /// out of reach, colours are off.
    pub fn command(&self, args: &[&str]) -> assert_cmd::Command {
        let mut command = self.prepared(env!("CARGO_BIN_EXE_xtask"));
        command.args(args);
        command
    }

    /// The same on a terminal where `typed` is typed; all that is shown there is in `out`. `None`, with a word about it, where `script`
    /// (util-linux) is not installed.
    pub fn on_a_terminal(&self, args: &[&str], typed: &str) -> Option<Ended> {
        let quoted = args.iter().map(|arg| format!(" '{arg}'"));
        let words: String = std::iter::once(env!("CARGO_BIN_EXE_xtask").to_owned())
            .chain(quoted)
            .collect();
        let mut command = self.prepared("script");
        command
            .args(["--quiet", "--return", "--command", &words, "/dev/null"])
            .write_stdin(typed);
        let Ok(output) = command.output() else {
            let test = std::thread::current().name().unwrap_or_default().to_owned();
            eprintln!("skipped: {test} (`script` of util-linux is not installed)");
            return None;
        };
        Some(Ended::from(output))
    }

    fn prepared(&self, program: &str) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::new(program);
        command.current_dir(self.path()).env("NO_COLOR", "1");
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.ends_with("DATABASE_URL")
                || text.starts_with("PG")
                || text.ends_with("_ENV")
                || text.starts_with("CARGO")
            {
                command.env_remove(name);
            }
        }
        command
            .env("XTASK_STATE_DIR", self.path().join("state"))
            .env("DOCKER_HOST", "unix:///nowhere.sock")
            .env("XTASK_SERVER", "docker");
        command
    }

    /// Runs the program against a database by `--url`.
    pub fn run_on(&self, database: &TestDatabase, args: &[&str]) -> Ended {
        let url = database.url();
        let mut all = args.to_vec();
        all.extend(["--url", &url]);
        self.run(&all)
    }

    /// Runs the program.
    pub fn run(&self, args: &[&str]) -> Ended {
        self.run_with(args, &[])
    }

    /// Runs the program with further environment variables.
    pub fn run_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Ended {
        let mut command = self.command(args);
        command.envs(variables.iter().copied());
        self.end(&mut command)
    }

    /// Runs a command line. The folder of the workspace is shown as `ROOT`.
    pub fn end(&self, command: &mut assert_cmd::Command) -> Ended {
        let mut ended = Ended::from(command.output().unwrap());
        let root = self.path().to_string_lossy().into_owned();
        for text in [&mut ended.out, &mut ended.err] {
            *text = text.replace(&root, "ROOT");
        }
        ended
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// All that the user sees and the exit code, for a snapshot. What differs from run to run is replaced.
    pub fn shown(&self, database: Option<&TestDatabase>) -> String {
        let mut text = format!("{}{}exit code: {}\n", self.out, self.err, self.code);
        if let Some(database) = database {
            let target = database.target();
            for endpoint in target.endpoints() {
                text = text.replace(&endpoint.to_string(), "HOST:PORT");
            }
            text = text.replace(database.name(), "DATABASE");
            // Inside of a container the server has another address than outside.
            if let Some((before, rest)) = text.split_once("(as the server says: ")
                && let Some((_, after)) = rest.split_once(')')
            {
                text = format!("{before}(as the server says: ADDRESS){after}");
            }
        }
        let text = mask_random(&text);
        mask_durations(&mask_timestamps(&text))
    }

    /// Fails the test, showing everything, unless the program ended with `code`.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        self
    }
}

/// `__building_0a1b2c3d` → `__building_RANDOM`.
fn mask_random(text: &str) -> String {
    const BEFORE: &str = "__building_";
    let mut parts = text.split(BEFORE);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        format!("{text}{BEFORE}RANDOM{}", part.get(8..).unwrap_or_default())
    })
}

/// `2026-11-20 14:03:23` → `DATE TIME`.
fn mask_timestamps(text: &str) -> String {
    mask(text, |rest| {
        let shape = b"0000-00-00 00:00:00";
        let fits = rest.len() >= shape.len()
            && rest.bytes().zip(shape).all(|(byte, shape)| {
                if *shape == b'0' {
                    byte.is_ascii_digit()
                } else {
                    byte == *shape
                }
            });
        fits.then_some((shape.len(), "DATE TIME"))
    })
}

/// `0.08s` → `TIME`.
fn mask_durations(text: &str) -> String {
    mask(text, |rest| {
        let digits = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
            .count();
        let number = &rest[..digits];
        (number.contains('.') && number.starts_with(|c: char| c.is_ascii_digit()) && rest[digits..].starts_with('s'))
            .then_some((digits + 1, "TIME"))
    })
}

fn mask(text: &str, find: impl Fn(&str) -> Option<(usize, &'static str)>) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some((length, word)) = find(rest) {
            masked.push_str(word);
            rest = &rest[length..];
        } else {
            masked.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    masked
}
