//! No output of any command holds a password, however it was given and whatever goes wrong; nor does the argument list of a process that a
//! command starts.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufReader, Read, Write};
use std::net::TcpListener;
use std::thread;

use clap::CommandFactory as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use xtask::cli::Cli;

use crate::harness::program::Ended;
use crate::harness::{Sandbox, TestDatabase};

/// Where a password stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Url,
    KeyValue,
    Variable,
    PgPassword,
    PassFile,
    EnvFile,
    EnvFilePgPassword,
}

const FORMS: [Form; 7] = [
    Form::Url,
    Form::KeyValue,
    Form::Variable,
    Form::PgPassword,
    Form::PassFile,
    Form::EnvFile,
    Form::EnvFilePgPassword,
];

/// What comes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Right,
    WrongPassword,
    Unreachable,
    /// The server repeats in its refusal what it was sent.
    Echo,
    /// The connection string is cut in the middle of an escape, or of a quote.
    Malformed,
}

const WRONG: [State; 4] = [State::WrongPassword, State::Unreachable, State::Echo, State::Malformed];

/// The place that a connection string leads to.
struct Place<'a> {
    port: u16,
    role: &'a str,
    database: &'a str,
}

fn percent(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

impl Place<'_> {
    fn url(&self, password: Option<&str>, state: State) -> String {
        let password = password.map_or_else(String::new, |password| format!(":{}", percent(password)));
        // An escape that is none.
        let end = if state == State::Malformed { "%zz" } else { "" };
        let Self { port, role, database } = self;
        format!("postgres://{role}{password}{end}@127.0.0.1:{port}/{database}?sslmode=disable")
    }

    fn key_values(&self, password: &str, state: State) -> String {
        let quoted = password.replace('\\', r"\\").replace('\'', r"\'");
        let end = if state == State::Malformed { "" } else { "'" };
        let Self { port, role, database } = self;
        format!("host=127.0.0.1 port={port} user={role} dbname={database} sslmode=disable password='{quoted}{end}")
    }
}

/// Runs a command with the password in this form.
fn run(sandbox: &Sandbox, args: &[&str], form: Form, password: &str, place: &Place<'_>, state: State) -> Ended {
    let with = place.url(Some(password), state);
    let without = place.url(None, state);
    let mut command = sandbox.command(args);
    command.env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace");
    let env_file = sandbox.path().join(".env");
    let _ = fs::remove_file(&env_file);
    match form {
        Form::Url => drop(command.args(["--url", &with])),
        Form::KeyValue => drop(command.args(["--url", &place.key_values(password, state)])),
        Form::Variable => drop(command.env("SHOP_DATABASE_URL", &with)),
        Form::PgPassword => drop(command.args(["--url", &without]).env("PGPASSWORD", password)),
        Form::PassFile => {
            let escaped = password.replace('\\', r"\\").replace(':', r"\:");
            let path = sandbox.path().join("pgpass");
            fs::write(&path, format!("127.0.0.1:*:*:{}:{escaped}\n", place.role)).unwrap();
            only_for_its_owner(&path);
            command.args(["--url", &without]).env("PGPASSFILE", path);
        }
        Form::EnvFile => fs::write(&env_file, format!("SHOP_DATABASE_URL='{with}'\n")).unwrap(),
        Form::EnvFilePgPassword => {
            let escaped: String = password
                .chars()
                .flat_map(|c| "\\\"$".contains(c).then_some('\\').into_iter().chain([c]))
                .collect();
            fs::write(
                &env_file,
                format!("SHOP_DATABASE_URL='{without}'\nPGPASSWORD=\"{escaped}\"\n"),
            )
            .unwrap();
        }
    }
    sandbox.end(&mut command)
}

#[cfg(unix)]
fn only_for_its_owner(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn only_for_its_owner(_: &std::path::Path) {}

/// A server that asks every client for its password in clear text, and refuses it with all that it has heard. Its port.
fn server_that_echoes() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut input = BufReader::new(stream.try_clone().unwrap());
            let mut body = |tag: usize| -> std::io::Result<String> {
                let mut header = vec![0; tag + 4];
                input.read_exact(&mut header)?;
                let length = u32::from_be_bytes(header[tag..].try_into().unwrap()) as usize;
                let mut body = vec![0; length - 4];
                input.read_exact(&mut body)?;
                Ok(String::from_utf8_lossy(&body).trim_end_matches('\0').to_owned())
            };
            // A client may have no password, and hang up.
            let heard = body(0).and_then(|_| {
                stream.write_all(b"R\0\0\0\x08\0\0\0\x03")?;
                body(1)
            });
            let said = format!(
                "SFATAL\0VFATAL\0C28P01\0Mno: {0}\0Dno: {0}\0\0",
                heard.unwrap_or_default()
            );
            let length = u32::try_from(said.len() + 4).unwrap().to_be_bytes();
            let _ = stream.write_all(&[b"E", &length[..], said.as_bytes()].concat());
        }
    });
    port
}

/// A password that nothing else looks like, with every character that means something somewhere. Its middle is what is looked for.
fn random_password() -> (String, String) {
    let mark = format!("{:016x}", rand::random::<u64>());
    (format!("a'\"$\\:@/?#%&= ü{mark} -- ,;[]{{}}"), mark)
}

#[track_caller]
fn assert_hidden(ended: &Ended, mark: &str, what: &str) {
    for text in [&ended.out, &ended.err] {
        assert!(!text.contains(mark), "{what}: {text}");
        assert!(!text.contains("panicked"), "{what}: {text}");
    }
}

#[test]
fn no_command_shows_the_password_whatever_its_form_and_whatever_comes_of_it() {
    let (database, sandbox) = (
        TestDatabase::empty(),
        Sandbox::new(&[
            ("001_a.sql", "CREATE TABLE a (id int);\n"),
            ("001_a.down.sql", "DROP TABLE a;\n"),
            ("002_b.sql", "-- xtask: no-transaction\nCREATE TABLE b (id int);\n"),
            ("002_b.down.sql", "DROP TABLE b;\n"),
        ]),
    );
    sandbox.write("seeds/shop/a.sql", "INSERT INTO a VALUES (1);\n");
    sandbox.write("migrations/shop/contract.sql", "-- a\nSELECT id FROM a;\n");
    let (password, mark) = random_password();
    let role = database.role("secretive");
    let name = database.name();
    database
        .connect()
        .batch_execute(&format!(
            "ALTER ROLE {role} SUPERUSER PASSWORD {}",
            postgres_protocol::escape::escape_literal(&password)
        ))
        .unwrap();
    let right = database.target().endpoints()[0].port;
    let echo = server_that_echoes();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();

    let commands: [&[&str]; 17] = [
        &["db-migrate", "--create"],
        &["db-status", "--check"],
        &["db-seed", "--erase", name],
        &["db-verify"],
        &["db-migrate", "--dry-run"],
        &["db-reset", "--erase", name],
        &["db-reset", "--undo", "--erase", name],
        &["db-reset", "--no-keep", "--erase", name],
        &["db-reset"],
        &["db-rollback", "--erase", name],
        &["db-migrate", "--to", "x"],
        &["db-migrate", "--single-transaction"],
        &["db-repair", "shop", "1", "--accept", "--erase", name],
        &["db-repair", "shop", "1", "--strike", "--erase", name],
        &["db-repair", "shop", "2", "--statement", "done", "--erase", name],
        &["db-mark", "shop", "test"],
        &["db-migrate", "nowhere"],
    ];
    for command in Cli::command().get_subcommands() {
        let connects = command.get_arguments().any(|argument| argument.get_id() == "url");
        let is_tried = commands.iter().any(|args| args[0] == command.get_name());
        assert!(is_tried || !connects, "`{}` is to be tried too", command.get_name());
    }
    let mut codes: BTreeMap<(State, i32), usize> = BTreeMap::new();
    for (row, args) in commands.into_iter().enumerate() {
        for (column, form) in FORMS.into_iter().enumerate() {
            let state = if (row + column) % 3 == 0 {
                State::Right
            } else {
                WRONG[(row + column) % WRONG.len()]
            };
            let place = Place {
                port: match state {
                    State::Echo => echo,
                    State::Unreachable => closed,
                    State::Right | State::WrongPassword | State::Malformed => right,
                },
                role: &role,
                database: name,
            };
            let given = if state == State::WrongPassword {
                format!("{password}x")
            } else {
                password.clone()
            };
            let json: &[&str] = if column % 2 == 0 { &["--json"] } else { &[] };
            let ended = run(&sandbox, &[args, json].concat(), form, &given, &place, state);
            assert_hidden(&ended, &mark, &format!("{args:?} {form:?} {state:?}"));
            *codes.entry((state, ended.code)).or_default() += 1;
        }
    }
    let tried = |state, code| codes.get(&(state, code)).copied().unwrap_or_default();
    assert!(tried(State::Right, 0) >= 15, "{codes:?}");
    for state in WRONG {
        assert!(tried(state, 1) >= 10, "{codes:?}");
    }
    let kept = format!("DROP DATABASE IF EXISTS {name}__before_reset");
    database.connect().batch_execute(&kept).unwrap();
}

#[test]
fn each_form_of_the_odd_password_is_let_in() {
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(&[("001_a.sql", "SELECT 1;\n")]));
    let (password, mark) = random_password();
    let role = database.role("odd");
    let literal = postgres_protocol::escape::escape_literal(&password);
    database
        .connect()
        .batch_execute(&format!("ALTER ROLE {role} PASSWORD {literal}"))
        .unwrap();
    for form in FORMS {
        let place = Place {
            port: database.target().endpoints()[0].port,
            role: &role,
            database: database.name(),
        };
        let ended = run(&sandbox, &["db-status"], form, &password, &place, State::Right);
        assert_hidden(&ended, &mark, &format!("{form:?}"));
        assert_eq!(ended.code, 0, "{form:?}: {}", ended.err);
    }
}

/// A connection string where a name, a number or nothing at all is expected is not quoted back.
#[test]
fn no_word_of_the_command_line_that_holds_a_password_is_repeated() {
    let sandbox = Sandbox::new(&[]);
    let (_, mark) = random_password();
    let commands: Vec<String> = Cli::command()
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    assert!(commands.iter().any(|name| name == "db-verify"), "{commands:?}");
    for secret in [format!("postgres://u:{mark}@127.0.0.1:1/d"), format!("password={mark}")] {
        let joined = [
            format!("--url{secret}"),
            format!("--urll={secret}"),
            format!("--to={secret}"),
        ];
        let mut lines: Vec<Vec<&str>> = vec![vec![&secret]];
        for command in &commands {
            lines.push(vec![command, &secret]);
            lines.push(vec![command, "shop", &secret]);
            lines.extend(joined.iter().map(|word| vec![command.as_str(), word]));
        }
        for (number, line) in lines.iter().enumerate() {
            let json: &[&str] = if number % 2 == 0 { &["--json"] } else { &[] };
            let ended = sandbox.run(&[line, json].concat()).expect(2);
            assert_hidden(&ended, &mark, &format!("{line:?}"));
            assert!(ended.err.contains("behind `--url`"), "{line:?}: {}", ended.err);
        }
    }
}

/// Everybody on the machine can read the arguments of a process.
#[cfg(unix)]
#[test]
fn the_arguments_of_the_processes_that_start_a_server_hold_no_password() {
    use std::os::unix::fs::PermissionsExt as _;

    let sandbox = Sandbox::new(&[("001_a.sql", "SELECT 1;\n")]);
    // Everything works but `docker run`, which is told the password in its environment.
    sandbox.write(
        "bin/docker",
        "#!/bin/sh\necho \"$@\" >> \"$XTASK_TEST_LOG\"\ncase \"$1\" in\ncontainer | start) exit 1 ;;\n\
         run) echo \"$POSTGRES_PASSWORD\" > \"$XTASK_TEST_LOG.password\"; exit 1 ;;\nesac\n",
    );
    let script = sandbox.path().join("bin/docker");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let log = sandbox.path().join("log");
    let path = format!(
        "{}:{}",
        sandbox.path().join("bin").display(),
        std::env::var("PATH").unwrap()
    );
    let mut command = sandbox.command(&["db-migrate"]);
    command
        .env("PATH", path)
        .env("XTASK_TEST_LOG", &log)
        .env_remove("DOCKER_HOST");
    let ended = sandbox.end(&mut command).expect(1);
    let arguments = fs::read_to_string(&log).unwrap();
    let password = fs::read_to_string(log.with_extension("password")).unwrap();
    let password = password.trim();
    assert!(password.len() >= 16, "{password}");
    assert!(
        arguments.lines().any(|line| line.starts_with("run --detach")),
        "{arguments}"
    );
    assert!(!arguments.contains(password), "{arguments}");
    assert_hidden(&ended, password, "db-migrate");
}
