//! Connections to real servers: what each `sslmode` accepts of which certificate, SCRAM with channel binding, and what is said
//! of a server that can't be reached.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test whose preparations fail has failed")]

pub mod cluster;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::mpsc;

use postgres::Client;
use rcgen::{BasicConstraints, IsCa, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};
use xtask::pg::connect::{ConnectError, ConnectOptions, connect};
use xtask::pg::url::{Environment, PlainServer, Target};

use crate::harness::Sandbox;

use self::cluster::{Authority, Cluster, PASSWORD, Pem, Request};

/// What came of an attempt to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Encrypted,
    Plain,
    NoTls,
    NotLetIn,
    NotBound,
    PasswordMissing,
    DatabaseMissing,
    Unreachable,
    Other,
}

use Outcome::{DatabaseMissing, Encrypted, NoTls, NotBound, NotLetIn, PasswordMissing, Plain, Unreachable};

/// A name; a certificate with the root to verify it by; the outcomes with a root of `require`, `verify-ca`, `verify-full`.
type Case<'a> = (&'a str, &'a dyn Fn() -> (Pem, String), [Outcome; 3]);

fn target(text: &str) -> Target {
    Target::parse(text, &Environment::default()).unwrap()
}

fn open(text: &str) -> Result<Client, ConnectError> {
    connect(&target(text), ConnectOptions::default())
}

fn outcome(text: &str) -> Outcome {
    match open(text) {
        Ok(mut client) => {
            let row = client
                .query_one("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[])
                .unwrap();
            if row.get(0) { Encrypted } else { Plain }
        }
        Err(error) => {
            let shown = format!("{}\n{error:?}", with_causes(&error));
            assert!(!shown.contains(PASSWORD), "{shown}");
            match error {
                ConnectError::Tls { .. } => NoTls,
                ConnectError::WrongPassword { .. } => NotLetIn,
                ConnectError::ChannelBinding { .. } => NotBound,
                ConnectError::PasswordMissing { .. } => PasswordMissing,
                ConnectError::DatabaseMissing { .. } => DatabaseMissing,
                ConnectError::Unreachable { .. } => Unreachable,
                ConnectError::Other { .. } => Outcome::Other,
            }
        }
    }
}

fn with_causes(error: &ConnectError) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}\n{cause}"))
}

/// What is shown when there is no connection.
fn complaint(text: &str) -> String {
    with_causes(&open(text).err().unwrap_or_else(|| panic!("{text}: connected")))
}

/// Starts a server, or says why the test says nothing.
macro_rules! cluster_or_return {
    () => {
        match Cluster::start() {
            Some(cluster) => cluster,
            None => {
                println!("skipped: PostgreSQL's programs are not in /usr/lib/postgresql");
                return;
            }
        }
    };
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// One row a mode: `disable`, `allow`, `prefer`, `require`, `require` with a root, `verify-ca`, `verify-full`.
fn matrix(port: u16, root: &str) -> [Outcome; 7] {
    let with_root = format!("sslrootcert={root}");
    [
        ("disable", ""),
        ("allow", ""),
        ("prefer", ""),
        ("require", ""),
        ("require", with_root.as_str()),
        ("verify-ca", &with_root),
        ("verify-full", &with_root),
    ]
    .map(|(mode, more)| {
        outcome(&format!(
            "host=localhost port={port} user=trusting dbname=postgres sslmode={mode} {more}"
        ))
    })
}

#[test]
fn each_sslmode_accepts_the_certificates_that_it_should() {
    let cluster = cluster_or_return!();
    let files = tempfile::tempdir().unwrap();
    let authority = Authority::new("test root");
    let hosts = ["localhost", "127.0.0.1"];
    let ca = write(files.path(), "ca.crt", &authority.pem.certificate);
    let port = cluster.port;

    assert_eq!(
        matrix(port, &ca),
        [Plain, Plain, Plain, NoTls, NoTls, NoTls, NoTls],
        "a server without TLS"
    );

    let sound = || Request::of(&hosts);
    let elsewhere = || Request::of(&["elsewhere.example"]);
    // `openssl req -x509`, as in the manual, sets the CA flag.
    let flagged = |request| Request {
        is_ca: IsCa::Ca(BasicConstraints::Unconstrained),
        ..request
    };
    let expired = |request| Request {
        last_year: 2001,
        ..request
    };
    let signed = |request: Request<'_>| (authority.sign(&request), ca.clone());
    let pinned = |request: Request<'_>| {
        let pem = request.self_signed();
        let root = write(files.path(), "own.crt", &pem.certificate);
        (pem, root)
    };
    let named = Request {
        common_name: "localhost",
        ..Request::of(&[])
    };
    let none = [NoTls, NoTls, NoTls];
    let cases: [Case<'_>; 10] = [
        ("right", &|| signed(sound()), [Encrypted, Encrypted, Encrypted]),
        ("wrong host", &|| signed(elsewhere()), [Encrypted, Encrypted, NoTls]),
        (
            "only a common name",
            &|| (authority.sign(&named), ca.clone()),
            [Encrypted, Encrypted, NoTls],
        ),
        ("expired", &|| signed(expired(sound())), none),
        (
            "of another authority",
            &|| (Authority::new("test root").sign(&sound()), ca.clone()),
            none,
        ),
        ("self-signed and unknown", &|| (sound().self_signed(), ca.clone()), none),
        (
            "self-signed and pinned",
            &|| pinned(sound()),
            [Encrypted, Encrypted, Encrypted],
        ),
        (
            "as in the manual",
            &|| pinned(flagged(sound())),
            [Encrypted, Encrypted, Encrypted],
        ),
        (
            "as in the manual, wrong host",
            &|| pinned(flagged(elsewhere())),
            [Encrypted, Encrypted, NoTls],
        ),
        ("as in the manual, expired", &|| pinned(flagged(expired(sound()))), none),
    ];
    for (name, make, [with_root, chain, full]) in cases {
        let (certificate, root) = make();
        cluster.serve(&certificate, &authority.pem);
        assert_eq!(
            matrix(port, &root),
            [Plain, Plain, Encrypted, Encrypted, with_root, chain, full],
            "{name}"
        );
    }
}

#[test]
fn allow_and_prefer_fall_back_to_what_the_server_admits() {
    let cluster = cluster_or_return!();
    let authority = Authority::new("test root");
    cluster.serve(&authority.sign(&Request::of(&["localhost"])), &authority.pem);
    let of = |user: &str, mode: &str| {
        outcome(&format!(
            "postgres://{user}@localhost:{}/postgres?sslmode={mode}",
            cluster.port
        ))
    };
    let modes = ["disable", "allow", "prefer", "require"];
    assert_eq!(
        modes.map(|mode| of("tls_only", mode)),
        [NotLetIn, Encrypted, Encrypted, Encrypted]
    );
    assert_eq!(
        modes.map(|mode| of("plain_only", mode)),
        [Plain, Plain, Plain, NotLetIn]
    );
    assert_eq!(modes.map(|mode| of("nobody", mode)), [NotLetIn; 4]);
    let socket = cluster.socket();
    let socket = format!(
        "host={} port={} user=tls_only dbname=postgres sslmode=verify-full",
        socket.display(),
        cluster.port
    );
    assert_eq!(outcome(&socket), Plain, "sslmode says nothing about sockets");
}

#[test]
fn tls_versions_are_kept_to() {
    let cluster = cluster_or_return!();
    let authority = Authority::new("test root");
    let certificate = authority.sign(&Request::of(&["localhost"]));
    cluster.serve_with(&certificate, &authority.pem, "-c ssl_max_protocol_version=TLSv1.2");
    let of = |more: &str| {
        outcome(&format!(
            "postgres://trusting@localhost:{}/postgres?sslmode=require{more}",
            cluster.port
        ))
    };
    assert_eq!(of(""), Encrypted);
    assert_eq!(of("&ssl_min_protocol_version=TLSv1.2"), Encrypted);
    assert_eq!(of("&ssl_min_protocol_version=TLSv1.3"), NoTls);
    assert_eq!(of("&sslsni=0"), Encrypted);
}

#[test]
fn a_client_certificate_lets_its_user_in() {
    let cluster = cluster_or_return!();
    let files = tempfile::tempdir().unwrap();
    let authority = Authority::new("test root");
    cluster.serve(&authority.sign(&Request::of(&["localhost"])), &authority.pem);
    let client = |common_name, authority: &Authority| {
        let pem = authority.sign(&Request {
            common_name,
            ..Request::of(&[])
        });
        let certificate = write(files.path(), &format!("{common_name}.crt"), &pem.certificate);
        (
            certificate,
            write(files.path(), &format!("{common_name}.key"), &pem.key),
        )
    };
    let server = format!(
        "host=localhost port={} user=certified dbname=postgres sslmode=require",
        cluster.port
    );
    let with = |(certificate, key): &(String, String)| outcome(&format!("{server} sslcert={certificate} sslkey={key}"));

    let right = client("certified", &authority);
    assert_eq!(with(&right), Encrypted);
    assert_eq!(with(&client("somebody", &authority)), NotLetIn);
    assert_eq!(with(&client("stranger", &Authority::new("other root"))), NoTls);
    assert_eq!(outcome(&server), NotLetIn);

    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".postgresql");
    fs::create_dir(&folder).unwrap();
    write(&folder, "postgresql.crt", &fs::read_to_string(&right.0).unwrap());
    write(&folder, "postgresql.key", &fs::read_to_string(&right.1).unwrap());
    write(&folder, "root.crt", &Authority::new("other root").pem.certificate);
    let at_home = Environment {
        home: Some(home.path().to_owned()),
        ..Environment::default()
    };
    let of_home = || connect(&Target::parse(&server, &at_home).unwrap(), ConnectOptions::default());
    assert!(
        matches!(of_home(), Err(ConnectError::Tls { .. })),
        "a root certificate at home is asked even by `require`"
    );
    write(&folder, "root.crt", &authority.pem.certificate);
    assert!(of_home().is_ok());

    fs::set_permissions(&right.1, fs::Permissions::from_mode(0o644)).unwrap();
    let complaint = complaint(&format!("{server} sslcert={} sslkey={}", right.0, right.1));
    assert!(
        complaint.contains(&format!("others can read the key `{0}`: type `chmod 600 {0}`", right.1)),
        "{complaint}"
    );
}

#[test]
fn channel_binding_is_enforced() {
    let cluster = cluster_or_return!();
    let of = |user: &str, more: &str| {
        outcome(&format!(
            "postgres://{user}:{PASSWORD}@localhost:{}/postgres?{more}",
            cluster.port
        ))
    };
    let require = "channel_binding=require";
    for mode in ["allow", "prefer", "require"] {
        assert_eq!(
            of("scram", &format!("{require}&sslmode={mode}")),
            NoTls,
            "a server without TLS, {mode}"
        );
    }
    assert_eq!(of("scram", "channel_binding=prefer"), Plain);

    let authority = Authority::new("test root");
    cluster.serve(&authority.sign(&Request::of(&["localhost"])), &authority.pem);
    for mode in ["allow", "prefer", "require"] {
        assert_eq!(of("scram", &format!("{require}&sslmode={mode}")), Encrypted, "{mode}");
    }
    for user in ["hashed", "clear", "trusting"] {
        assert_eq!(of(user, require), NotBound, "{user}");
        assert_eq!(of(user, "channel_binding=prefer"), Encrypted, "{user}");
    }
    assert_eq!(of("scram", "channel_binding=disable"), Encrypted);
    assert_eq!(
        outcome(&format!(
            "postgres://scram:wrong@localhost:{}/postgres?{require}",
            cluster.port
        )),
        NotLetIn
    );

    let authority = Authority::with_algorithm("p384", &PKCS_ECDSA_P384_SHA384);
    cluster.serve(&authority.sign(&Request::of(&["localhost"])), &authority.pem);
    assert_eq!(of("scram", require), Encrypted, "SHA-384");

    let authority = Authority::with_algorithm("ed25519", &PKCS_ED25519);
    cluster.serve(&authority.sign(&Request::of(&["localhost"])), &authority.pem);
    assert_eq!(of("scram", require), NotBound, "Ed25519 has no hash to bind to");
    assert_eq!(of("scram", "channel_binding=prefer"), Encrypted);
}

#[test]
fn a_refusal_says_what_to_try() {
    let cluster = cluster_or_return!();
    let port = cluster.port;
    let files = tempfile::tempdir().unwrap();
    assert_eq!(
        outcome(&format!("postgres://scram@localhost:{port}/postgres")),
        PasswordMissing
    );
    assert_eq!(
        outcome(&format!("postgres://scram:{PASSWORD}@localhost:{port}/absent")),
        DatabaseMissing
    );
    assert_eq!(
        outcome(&format!(
            "postgres://trusting@localhost:{port}/postgres?options=-c%20absent%3D1"
        )),
        Outcome::Other
    );

    let wrong = complaint(&format!("postgres://scram:{PASSWORD}x@localhost:{port}/postgres"));
    let expected = format!(
        "`postgres://scram@localhost:{port}/postgres` does not let the user in: correct the password in the URL or in \
         `PGPASSWORD`; in a URL, special characters are percent-encoded\n\
         FATAL: password authentication failed for user \"scram\""
    );
    assert_eq!(wrong, expected);

    let passfile = write(files.path(), "pgpass", "*:*:*:scram:wrong\n");
    let wrong = complaint(&format!(
        "host=localhost port={port} user=scram dbname=postgres passfile={passfile}"
    ));
    assert!(
        wrong.contains(&format!(
            "the password comes from `{passfile}`: correct its line for this server"
        )),
        "{wrong}"
    );
}

#[test]
fn an_unreachable_server_is_told_with_every_address_tried() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    // Accepts, by the system's backlog, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_port = silent.local_addr().unwrap().port();
    let text =
        format!("host=127.0.0.1,127.0.0.1,no.invalid,/absent port={closed},{silent_port},1,1 user=u connect_timeout=1");
    let Err(ConnectError::Unreachable { attempts, .. }) = open(&text) else {
        panic!("reached something")
    };
    let told: Vec<_> = attempts
        .iter()
        .map(|attempt| (attempt.place.as_str(), attempt.reason.as_str()))
        .collect();
    let [refused, timed_out, unknown, no_socket] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(*refused, (format!("127.0.0.1:{closed}").as_str(), "connection refused"));
    assert_eq!(
        *timed_out,
        (format!("127.0.0.1:{silent_port}").as_str(), "no answer in time")
    );
    assert_eq!(unknown.0, "no.invalid:1");
    assert_eq!(*no_socket, ("%2Fabsent:1", "there is no socket"));

    let text = complaint(&format!("postgres://u@127.0.0.1:{closed}/d"));
    let expected = format!(
        "cannot reach `postgres://u@127.0.0.1:{closed}/d`:\n  127.0.0.1:{closed}: connection refused\n\
         is the server running, on this port? `cargo xtask db-start` starts the development server"
    );
    assert_eq!(text, expected);
}

/// A server that gives this answer to the first request, whatever that is, and hangs up; returns its port.
fn server_that_says(answer: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut length = [0; 4];
        stream.read_exact(&mut length).unwrap();
        // The length counts its own four bytes.
        let mut request = vec![0; u32::from_be_bytes(length) as usize - 4];
        stream.read_exact(&mut request).unwrap();
        stream.write_all(&answer).unwrap();
    });
    port
}

fn error_response(code: &str, message: &str) -> Vec<u8> {
    let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
    let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
    [b"E".as_slice(), &length, fields.as_bytes()].concat()
}

#[test]
fn a_server_that_is_not_ready_is_unreachable_for_now() {
    for (answer, reason) in [
        (
            error_response("57P03", "the database system is starting up"),
            "the database system is starting up",
        ),
        (Vec::new(), "the server hung up"),
    ] {
        let port = server_that_says(answer);
        let text = complaint(&format!("postgres://u@127.0.0.1:{port}/d?sslmode=disable"));
        let expected = format!(
            "cannot reach `postgres://u@127.0.0.1:{port}/d`:\n  127.0.0.1:{port}: {reason}\ntry again in a moment"
        );
        assert_eq!(text, expected);
    }
}

/// A server that gives these answers, one for each message it gets (messages behind the first have a type), and then hangs up, or, with
/// `Silence`, says nothing more. Its port.
fn server_that_answers(address: &str, answers: Vec<Vec<u8>>, end: End) -> u16 {
    let listener = TcpListener::bind((address, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            for (number, answer) in answers.iter().enumerate() {
                let tag = usize::from(number > 0);
                let mut header = vec![0; tag + 4];
                if stream.read_exact(&mut header).is_err() {
                    break;
                }
                let mut body = vec![0; u32::from_be_bytes(header[tag..].try_into().unwrap()) as usize - 4];
                if stream.read_exact(&mut body).is_err() || stream.write_all(answer).is_err() {
                    break;
                }
            }
            match end {
                End::HangsUp => drop(stream),
                End::Silence => kept.push(stream),
            }
        }
    });
    port
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    HangsUp,
    Silence,
}

const AUTHENTICATED: &[u8] = b"R\0\0\0\x08\0\0\0\0";
const READY: &[u8] = b"Z\0\0\0\x05I";

#[test]
fn a_server_that_stops_in_the_middle_is_told_and_not_waited_for() {
    let asks_for_scram = b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0".to_vec();
    let cases = [
        ("at the start of a message", "disable", vec![b"R\0\0".to_vec()]),
        ("in the answer about TLS", "require", vec![b"S\x16\x03".to_vec()]),
        (
            "after the question for a password",
            "disable",
            vec![asks_for_scram.clone()],
        ),
        (
            "in the log-in",
            "disable",
            vec![asks_for_scram, b"R\0\0\0\x40\0\0\0\x0br=".to_vec()],
        ),
        (
            "between log-in and the first query",
            "disable",
            vec![AUTHENTICATED.to_vec()],
        ),
    ];
    for (place, mode, answers) in cases {
        for end in [End::HangsUp, End::Silence] {
            let port = server_that_answers("127.0.0.1", answers.clone(), end);
            let text = format!("postgres://u:{PASSWORD}@127.0.0.1:{port}/d?sslmode={mode}&connect_timeout=1");
            let told = complaint(&text);
            let expected: &[&str] = match (end, mode) {
                (End::Silence, _) => &["no answer in time", "`connect_timeout=30`"],
                (End::HangsUp, "disable") => &["the server hung up", "try again in a moment"],
                (End::HangsUp, _) => &["no TLS connection", "eof"],
            };
            for part in expected {
                assert!(told.contains(part), "{place}, {end:?}: {told}");
            }
            assert!(!told.contains(PASSWORD), "{told}");
        }
    }
}

#[test]
fn a_server_that_hangs_up_in_a_query_ends_the_command_with_1() {
    let ready = [AUTHENTICATED, READY].concat();
    // Half of a row.
    let row = b"T\0\0\0\x06\0\0D\0\0\0\xff\0\x01".to_vec();
    for answer in [Vec::new(), b"T".to_vec(), row] {
        let port = server_that_answers("127.0.0.1", vec![ready.clone(), answer], End::HangsUp);
        let sandbox = Sandbox::new(&[("001_a.sql", "SELECT 1;\n")]);
        let url = format!("postgres://u:{PASSWORD}@127.0.0.1:{port}/d?sslmode=disable");
        for command in [
            &["db-status"][..],
            &["db-migrate"],
            &["db-verify"],
            &["db-rollback"],
            &["db-seed"],
            &["db-reset", "--erase", "d"],
            &["db-mark", "shop", "test"],
            &["db-repair", "shop", "1", "--strike"],
        ] {
            let ended = sandbox.run(&[command, &["--url", &url]].concat()).expect(1);
            for part in [
                "error: the connection to the server was lost",
                "as `--url` says",
                "run `cargo xtask db-status`",
            ] {
                assert!(ended.err.contains(part), "{command:?}: {}", ended.err);
            }
            assert!(
                !ended.err.contains(PASSWORD) && !ended.err.contains("panicked"),
                "{}",
                ended.err
            );
        }
    }
}

#[test]
fn an_address_where_nobody_answers_is_given_up_in_time() {
    // TEST-NET-1 (RFC 5737): nobody is there; whether a router says so depends on the network.
    let text = "postgres://u@192.0.2.1/d?connect_timeout=1";
    let Err(ConnectError::Unreachable { attempts, .. }) = open(text) else {
        panic!("reached somebody")
    };
    assert_eq!(attempts[0].place, "192.0.2.1:5432");
}

#[test]
fn an_ipv6_address_is_reached_and_shown_in_brackets() {
    if TcpListener::bind("[::1]:0").is_err() {
        println!("skipped: this machine has no IPv6");
        return;
    }
    let port = server_that_answers("::1", vec![error_response("57P03", "starting up")], End::HangsUp);
    for text in [
        format!("postgres://u@[::1]:{port}/d?sslmode=disable"),
        format!("host=::1 port={port} user=u dbname=d sslmode=disable"),
        format!("host=db.example.com hostaddr=::1 port={port} user=u dbname=d sslmode=disable"),
    ] {
        let told = complaint(&text);
        assert!(told.contains("starting up"), "{told}");
        assert!(
            told.contains(&format!("[::1]:{port}")) || told.contains("(::1)"),
            "{told}"
        );
    }
}

/// What the system trusts is told to the program by `SSL_CERT_FILE`, as OpenSSL has it.
#[test]
fn the_systems_certificates_are_asked_where_the_connection_string_says_so() {
    let cluster = cluster_or_return!();
    let files = tempfile::tempdir().unwrap();
    let authority = Authority::new("test root");
    let ours = write(files.path(), "ours.crt", &authority.pem.certificate);
    let other = write(files.path(), "other.crt", &Authority::new("other root").pem.certificate);
    let sandbox = Sandbox::new(&[("001_a.sql", "SELECT 1;\n")]);
    let status = |host: &str, more: &str, roots: &str| {
        let url = format!("postgres://trusting@{host}:{}/postgres?{more}", cluster.port);
        sandbox.run_with(&["db-status", "--url", &url], &[("SSL_CERT_FILE", roots)])
    };
    cluster.serve(&authority.sign(&Request::of(&["localhost"])), &authority.pem);
    for more in [
        "sslrootcert=system",
        "sslrootcert=system&sslmode=verify-full",
        "sslmode=verify-full",
    ] {
        status("localhost", more, &ours).expect(0);
        let unknown = status("localhost", more, &other).expect(1);
        assert!(unknown.err.contains("is not trusted"), "{}", unknown.err);
        let elsewhere = status("127.0.0.1", more, &ours).expect(1);
        assert!(elsewhere.err.contains("for another host"), "{}", elsewhere.err);
    }
    let lax = status("localhost", "sslrootcert=system&sslmode=require", &ours).expect(1);
    assert!(lax.err.contains("needs `sslmode=verify-full`"), "{}", lax.err);
}

#[test]
fn a_pooler_that_refuses_options_is_told_apart() {
    let port = server_that_says(error_response("08P01", "unsupported startup parameter: options"));
    let text = complaint(&format!(
        "postgres://u@127.0.0.1:{port}/d?sslmode=disable&options=-c%20geqo%3Doff"
    ));
    assert!(text.contains("a pooler admits no `options`"), "{text}");
}

#[test]
fn the_first_host_with_the_session_that_is_wanted_is_used() {
    let cluster = cluster_or_return!();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let of = |more: &str| {
        outcome(&format!(
            "postgres://trusting@127.0.0.1:{closed},127.0.0.1:{}/postgres?{more}",
            cluster.port
        ))
    };
    for wanted in ["any", "read-write", "primary", "prefer-standby"] {
        assert_eq!(of(&format!("target_session_attrs={wanted}")), Plain, "{wanted}");
    }
    for unwanted in ["read-only", "standby"] {
        assert_eq!(
            of(&format!("target_session_attrs={unwanted}")),
            Unreachable,
            "{unwanted}"
        );
    }
    assert_eq!(
        of("target_session_attrs=read-only&options=-c%20default_transaction_read_only%3Don"),
        Plain
    );
    assert_eq!(of("load_balance_hosts=random"), Plain);
    assert_eq!(
        outcome(&format!(
            "host=no.invalid hostaddr=127.0.0.1 port={} user=trusting dbname=postgres",
            cluster.port
        )),
        Plain
    );
}

#[test]
fn a_session_has_the_name_and_tells_the_notices_that_were_asked_for() {
    let cluster = cluster_or_return!();
    let (sender, notices) = mpsc::channel();
    let options = ConnectOptions {
        application_name: Some("xtask test".to_owned()),
        on_notice: Some(Box::new(move |notice| {
            sender.send(notice.message().to_owned()).unwrap();
        })),
    };
    let server = PlainServer {
        host: "localhost",
        port: cluster.port,
        user: "scram",
        password: Some(PASSWORD),
        database: "postgres",
    };
    let mut client = connect(&Target::plain(server), options).unwrap();
    client
        .batch_execute("DO $$ BEGIN RAISE NOTICE 'hello'; END $$")
        .unwrap();
    assert_eq!(notices.try_recv().as_deref(), Ok("hello"));
    let name: String = client.query_one("SHOW application_name", &[]).unwrap().get(0);
    assert_eq!(name, "xtask test");

    let mut named = open(&format!(
        "host=localhost port={} user=trusting dbname=postgres application_name=mine",
        cluster.port
    ))
    .unwrap();
    let name: String = named.query_one("SHOW application_name", &[]).unwrap().get(0);
    assert_eq!(name, "mine");
}
