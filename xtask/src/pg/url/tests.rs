//! Connection strings as providers and manuals write them, and the promise that no message shows a password.

use std::fs;

use super::*;
use crate::pg::tls::{Roots, SslMode};

mod properties;

/// A part of every password here; no message may contain it.
const MARK: &str = "S3kr1t";

fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables = variables
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()));
    Environment {
        os_user: Some("me".to_owned()),
        ..Environment::of_variables(variables)
    }
}

fn parse(text: &str) -> Target {
    Target::parse(text, &environment(&[])).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refusal(text: &str) -> UrlError {
    Target::parse(text, &environment(&[])).expect_err(text)
}

fn password(target: &Target) -> Option<&str> {
    target
        .password(&target.endpoints[0])
        .map(|password| password.secret.expose())
}

#[test]
fn the_forms_of_the_postgresql_manual_are_understood() {
    for (text, shown) in [
        ("postgresql://", "postgres://me@localhost:5432/me"),
        ("postgresql://localhost", "postgres://me@localhost:5432/me"),
        ("postgresql://localhost:5433", "postgres://me@localhost:5433/me"),
        ("postgresql://localhost/mydb", "postgres://me@localhost:5432/mydb"),
        ("postgresql://user@localhost", "postgres://user@localhost:5432/user"),
        (
            "postgresql://user:secret@localhost",
            "postgres://user@localhost:5432/user",
        ),
        (
            "postgresql://other@localhost/otherdb?connect_timeout=10&application_name=myapp",
            "postgres://other@localhost:5432/otherdb",
        ),
        (
            "postgresql://host1:123,host2:456/somedb?target_session_attrs=any&application_name=myapp",
            "postgres://me@host1:123,host2:456/somedb",
        ),
        (
            "postgresql:///mydb?host=localhost&port=5433",
            "postgres://me@localhost:5433/mydb",
        ),
        (
            "postgresql://[2001:db8::1234]/database",
            "postgres://me@[2001:db8::1234]:5432/database",
        ),
        (
            "postgresql:///dbname?host=/var/lib/postgresql",
            "postgres://me@%2Fvar%2Flib%2Fpostgresql:5432/dbname",
        ),
        (
            "postgresql://%2Fvar%2Flib%2Fpostgresql/dbname",
            "postgres://me@%2Fvar%2Flib%2Fpostgresql:5432/dbname",
        ),
        (
            "postgresql://user@localhost:5433/mydb?options=-c%20synchronous_commit%3Doff",
            "postgres://user@localhost:5433/mydb",
        ),
        (
            "host=localhost port=5432 dbname=mydb connect_timeout=10",
            "postgres://me@localhost:5432/mydb",
        ),
        (
            "postgres://me@[::1]:1,h:2,[::2]/d",
            "postgres://me@[::1]:1,h:2,[::2]:5432/d",
        ),
        (
            "postgres://me@host,other:6000/d",
            "postgres://me@host:5432,other:6000/d",
        ),
        ("host=a,b port=6000 user=u dbname=d", "postgres://u@a:6000,b:6000/d"),
        ("host=a,b,c port=1,,3 user=u dbname=d", "postgres://u@a:1,b:5432,c:3/d"),
        ("host=db hostaddr=10.0.0.1 user=u dbname=d", "postgres://u@db:5432/d"),
        (
            "hostaddr=10.0.0.1,::1 user=u dbname=d",
            "postgres://u@10.0.0.1:5432,[::1]:5432/d",
        ),
        ("  user = u\n dbname = 'a b'  host=h ", "postgres://u@h:5432/a%20b"),
        (r"user=u dbname='it\'s' host=a\ b", "postgres://u@a%20b:5432/it%27s"),
        ("postgres://u@h/?dbname=d", "postgres://u@h:5432/d"),
        ("postgres://u@h?dbname=d", "postgres://u@h:5432/d"),
    ] {
        let target = parse(text);
        assert_eq!(target.to_string(), shown, "{text}");
        assert_eq!(target.warnings(), [""; 0], "{text}");
    }
}

/// The target, its `sslmode` and the number of warnings; all of these strings have a password, or a part of one.
fn summary(text: &str) -> String {
    let target = parse(text);
    assert!(
        password(&target).is_some_and(|password| password.ends_with(MARK)),
        "{text}"
    );
    format!("{target} {:?} {}", target.tls.mode, target.warnings().len())
}

#[test]
fn what_neon_and_supabase_hand_out_is_understood() {
    for (text, expected) in [
        (
            "postgresql://alex:S3kr1t@ep-cool-1.us-east-2.aws.neon.tech/db?sslmode=require&channel_binding=require",
            "postgres://alex@ep-cool-1.us-east-2.aws.neon.tech:5432/db Require 0",
        ),
        (
            "postgres://alex:S3kr1t@ep-cool-1-pooler.aws.neon.tech/db?sslmode=require&options=endpoint%3Dep-cool-1",
            "postgres://alex@ep-cool-1-pooler.aws.neon.tech:5432/db Require 0",
        ),
        (
            "postgresql://postgres:S3kr1t@db.abcdefghijkl.supabase.co:5432/postgres",
            "postgres://postgres@db.abcdefghijkl.supabase.co:5432/postgres Prefer 0",
        ),
        (
            "postgres://postgres.abcdef:S3kr1t@aws-0-eu-central-1.pooler.supabase.com:5432/postgres",
            "postgres://postgres.abcdef@aws-0-eu-central-1.pooler.supabase.com:5432/postgres Prefer 0",
        ),
        (
            "postgres://postgres.abc:S3kr1t@aws-0-x.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1",
            "postgres://postgres.abc@aws-0-x.pooler.supabase.com:6543/postgres Prefer 2",
        ),
        (
            "postgres://postgres.abc:S3kr1t@aws-0-x.pooler.supabase.com:6543/postgres?sslmode=require&supa=base-pooler.x",
            "postgres://postgres.abc@aws-0-x.pooler.supabase.com:6543/postgres Require 1",
        ),
    ] {
        assert_eq!(summary(text), expected, "{text}");
    }
}

#[test]
fn what_other_providers_and_clients_write_is_understood() {
    for (text, expected) in [
        (
            "host=db.123.rds.amazonaws.com port=5432 dbname=app user=admin password=S3kr1t \
             sslmode=verify-full sslrootcert=global-bundle.pem",
            "postgres://admin@db.123.rds.amazonaws.com:5432/app VerifyFull 0",
        ),
        (
            "postgres://user1:S3kr1t@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d8r82722r2kuvn",
            "postgres://user1@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d8r82722r2kuvn Prefer 0",
        ),
        (
            "postgresql://jane:S3kr1t@localhost:5432/db?schema=x&connection_limit=5&socket_timeout=3&pool_timeout=2",
            "postgres://jane@localhost:5432/db Prefer 4",
        ),
        (
            "postgresql://jane:S3kr1t@h/db?sslmode=require&sslaccept=strict&statement_cache_size=0",
            "postgres://jane@h:5432/db VerifyFull 1",
        ),
        (
            "postgres://u:S3kr1t@h/d?sslmode=no-verify",
            "postgres://u@h:5432/d Require 0",
        ),
        (
            "postgresql://h/d?user=u&password=S3kr1t&ssl=true",
            "postgres://u@h:5432/d Require 0",
        ),
        (
            "postgres://postgres:S3kr1t@db:5432/postgres",
            "postgres://postgres@db:5432/postgres Prefer 0",
        ),
        (
            "postgres://u:S3kr1t@host.docker.internal/app\n",
            "postgres://u@host.docker.internal:5432/app Prefer 0",
        ),
        (
            "postgres://u:S3kr1t@h/d?sslrootcert=system",
            "postgres://u@h:5432/d VerifyFull 0",
        ),
        ("postgres://u:p@ss:S3kr1t@h/d", "postgres://u@h:5432/d Prefer 0"),
    ] {
        assert_eq!(summary(text), expected, "{text}");
    }
}

/// Not only the place: what the parameters of the providers' pages mean.
#[test]
fn what_providers_document_means_what_they_say() {
    let neon = parse(
        "postgresql://alex:S3kr1t@ep-cool-1.us-east-2.aws.neon.tech/db?sslmode=require&channel_binding=require&options=endpoint%3Dep-cool-1",
    );
    assert_eq!(neon.channel_binding, ChannelBinding::Require);
    assert_eq!(neon.options.as_deref(), Some("endpoint=ep-cool-1"));
    assert!(
        neon.tls.server_name,
        "the name tells Neon's proxy which server is meant"
    );

    let direct = parse("postgresql://postgres:S3kr1t@db.abcdefghijkl.supabase.co:5432/postgres");
    let session = parse("postgres://postgres.abcdefghijkl:S3kr1t@aws-0-eu-central-1.pooler.supabase.com:5432/postgres");
    let transaction = parse(
        "postgres://postgres.abcdefghijkl:S3kr1t@aws-0-eu-central-1.pooler.supabase.com:6543/postgres?pgbouncer=true",
    );
    for (target, user, port, warnings) in [
        (&direct, "postgres", 5432, 0),
        (&session, "postgres.abcdefghijkl", 5432, 0),
        (&transaction, "postgres.abcdefghijkl", 6543, 1),
    ] {
        assert_eq!((target.user(), target.endpoints()[0].port), (user, port));
        assert_eq!(target.warnings().len(), warnings, "{:?}", target.warnings());
    }
    assert!(transaction.warnings()[0].starts_with("`pgbouncer` is ignored: "));

    // The password of RDS's IAM log-in is a signed request.
    let token = "db.1.eu-west-1.rds.amazonaws.com:5432/?Action=connect&DBUser=app&X-Amz-Security-Token=a%2Fb%3D&X-Amz-Signature=c";
    let url = format!(
        "postgres://app:{}@db.1.eu-west-1.rds.amazonaws.com/app?sslmode=verify-full&sslrootcert=/certs/global-bundle.pem",
        utf8_percent_encode(token, UNRESERVED)
    );
    for text in [
        url,
        format!(
            "host=db.1.eu-west-1.rds.amazonaws.com user=app dbname=app password={token} sslmode=verify-full \
             sslrootcert=/certs/global-bundle.pem"
        ),
    ] {
        let rds = parse(&text);
        assert_eq!((rds.tls.mode, password(&rds)), (SslMode::VerifyFull, Some(token)));
        assert_eq!(rds.tls.roots, Roots::File("/certs/global-bundle.pem".into()));
    }

    let prisma =
        parse("postgresql://jane:S3kr1t@localhost/db?host=/var/run/postgresql/&schema=app&connect_timeout=300");
    assert!(prisma.endpoints()[0].is_socket());
    assert_eq!(prisma.connect_timeout, Some(Duration::from_secs(300)));
    assert_eq!(prisma.warnings().len(), 1);
    let strict =
        parse("postgresql://jane:S3kr1t@h/db?sslmode=prefer&sslaccept=strict&sslidentity=client.p12&sslcert=root.pem");
    assert_eq!(strict.tls.mode, SslMode::VerifyFull);
    assert!(!format!("{:?}", strict.warnings()).contains(MARK));
    let lax = parse("postgresql://jane:S3kr1t@h/db?sslmode=require&sslaccept=accept_invalid_certs");
    assert_eq!(lax.tls.mode, SslMode::Require);
    assert_eq!(
        refusal("prisma://accelerate.prisma-data.net/?api_key=S3kr1t"),
        UrlError::Scheme
    );
}

#[test]
fn a_service_of_the_environment_is_named_in_a_warning() {
    let target = Target::parse("postgres://u@h/d", &environment(&[("PGSERVICE", "prod")])).unwrap();
    assert_eq!(
        target.warnings(),
        ["`PGSERVICE` is ignored: services are not supported"]
    );
}

#[test]
fn a_warning_names_the_parameter_and_says_what_to_do() {
    for (text, expected) in [
        (
            "postgres://u@h/d?sslmod=require",
            "the unknown parameter `sslmod` is ignored; did you mean `sslmode`?",
        ),
        (
            "postgres://u@h/d?frobnicate=1",
            "the unknown parameter `frobnicate` is ignored; remove it from the connection string",
        ),
        (
            "postgres://u@h/d?schema=x",
            "`schema` is ignored: write `options=-c%20search_path%3D…` to set the search path",
        ),
        (
            "postgres://u@h/d?client_encoding=latin1",
            "`client_encoding` is ignored: UTF-8 is always used",
        ),
        (
            "host=h password=two words=x",
            "an unknown parameter after `password` is ignored; if the password contains spaces, write `password='…'`",
        ),
    ] {
        assert_eq!(parse(text).warnings(), [expected], "{text}");
    }
}

#[test]
fn a_refusal_names_the_parameter_and_what_was_expected() {
    for (text, expected) in [
        (
            "",
            "the connection string is empty: write `postgres://user@host:port/database`",
        ),
        (
            "mysql://u:S3kr1t@h/d",
            "the connection string must begin with `postgres://` or `postgresql://` (without `jdbc:` and `+driver`)",
        ),
        (
            "localhost:5432/S3kr1t",
            "the connection string is neither a URL (`postgres://user@host/database`) nor pairs (`host=… dbname=…`)",
        ),
        (
            "postgres://u@h/d?sslmode=verify",
            "`sslmode`: expected `disable`, `allow`, `prefer`, `require`, `verify-ca` or `verify-full`",
        ),
        (
            "postgres://u@h/d?connect_timeout=soon",
            "`connect_timeout`: expected a number of seconds, 0 to wait for ever",
        ),
        (
            "postgres://u@h/d?channel_binding=yes",
            "`channel_binding`: expected `disable`, `prefer` or `require`",
        ),
        (
            "postgres://u@h:x/d",
            "`port`: expected numbers from 1 to 65535, and in a password `%3A` for a `:`",
        ),
        (
            "postgres://u@h:0/d",
            "`port`: expected numbers from 1 to 65535, and in a password `%3A` for a `:`",
        ),
        (
            "host=a,b,c port=1,2",
            "`port` lists 2 values for 3 hosts: give one for each host",
        ),
        (
            "host=a,b hostaddr=::1",
            "`hostaddr` lists 1 values for 2 hosts: give one for each host",
        ),
        (
            "hostaddr=localhost",
            "`hostaddr`: expected IP addresses, without brackets",
        ),
        (
            "service=prod",
            "`service` is not supported: write out what `pg_service.conf` says, as a URL or with `PGHOST` and its like",
        ),
        (
            "postgres://u@h/d?require_auth=scram-sha-256",
            "`require_auth` is not supported: `channel_binding=require` allows nothing but SCRAM over TLS",
        ),
        (
            "postgres://u@h/d?sslmode=require&sslrootcert=system",
            "`sslrootcert=system` needs `sslmode=verify-full`: anybody can have a certificate that the system trusts",
        ),
        (
            "postgres://u@h/d?channel_binding=require&sslmode=disable",
            "`channel_binding=require` needs TLS, which `sslmode=disable` forbids: write `sslmode=require`",
        ),
        (
            "postgres://u@h/d?sslnegotiation=direct",
            "`sslnegotiation=direct` needs `sslmode=require` or stricter",
        ),
        (
            "postgres://u@h/d?ssl_max_protocol_version=TLSv1.1",
            "the TLS versions asked for leave none: 1.2 and 1.3 are supported",
        ),
        (
            "postgres://u:100%S3kr1t@h/d",
            "the password in the connection string is not percent-encoded: write `%25` for a `%`",
        ),
        (
            "postgres://[::1/d",
            "the hosts of the connection string can't be told from their ports: write IPv6 addresses as `[::1]:5432`, and `%3A` for a `:` in a password",
        ),
        (
            "postgres://u@h/d?S3kr1t",
            "what follows the `?` of the connection string must be `name=value`, joined by `&`",
        ),
        (
            "host=h password='S3kr1t",
            "a value of the connection string begins with `'` but does not end so: write `\\'` for a quote in it",
        ),
    ] {
        assert_eq!(refusal(text).to_string(), expected, "{text}");
    }
}

#[test]
fn a_raw_slash_or_question_mark_in_a_password_is_not_taken_for_a_database() {
    for text in [
        "postgres://u:12/S3kr1t@host/db",
        "postgres://u:1?S3kr1t@host/db",
        "postgres://u:1/x?user=S3kr1t@host/db",
        "postgres://u:p@a/S3kr1t@host/db",
    ] {
        assert_eq!(refusal(text), UrlError::StrayAt, "{text}");
    }
    let target = parse("postgres://h/d?password=p@ss");
    assert_eq!(
        (password(&target), target.to_string().as_str()),
        (Some("p@ss"), "postgres://me@h:5432/d")
    );
}

#[test]
fn the_environment_completes_what_the_text_leaves_out() {
    let variables = [
        ("PGHOST", "env.example"),
        ("PGPORT", "6000"),
        ("PGUSER", "env_user"),
        ("PGPASSWORD", "env_password"),
        ("PGDATABASE", "env_db"),
        ("PGSSLMODE", "verify-ca"),
        ("PGSSLROOTCERT", "/roots.pem"),
        ("PGOPTIONS", "-c geqo=off"),
        ("PGCONNECT_TIMEOUT", "3"),
        ("PGAPPNAME", "env_app"),
        ("PGCHANNELBINDING", "require"),
        ("PGTARGETSESSIONATTRS", "primary"),
        ("PGLOADBALANCEHOSTS", "random"),
    ];
    let target = Target::parse("postgres://", &environment(&variables)).unwrap();
    assert_eq!(target.to_string(), "postgres://env_user@env.example:6000/env_db");
    assert_eq!(password(&target), Some("env_password"));
    assert_eq!(target.tls.mode, SslMode::VerifyCa);
    assert_eq!(target.tls.roots, Roots::File("/roots.pem".into()));
    assert_eq!(target.options.as_deref(), Some("-c geqo=off"));
    assert_eq!(target.connect_timeout, Some(Duration::from_secs(3)));
    assert_eq!(target.application_name.as_deref(), Some("env_app"));
    assert_eq!(target.channel_binding, ChannelBinding::Require);
    assert_eq!(target.session, SessionAttributes::Primary);
    assert_eq!(target.order, LoadBalanceHosts::Random);

    let text =
        "postgres://u:p@h:1/d?sslmode=require&connect_timeout=0&application_name=a&options=&target_session_attrs=any";
    let target = Target::parse(text, &environment(&variables)).unwrap();
    assert_eq!(target.to_string(), "postgres://u@h:1/d");
    assert_eq!((password(&target), target.tls.mode), (Some("p"), SslMode::Require));
    assert_eq!((target.options.as_deref(), target.connect_timeout), (None, None));
}

#[test]
fn a_variable_does_not_redirect_a_host_that_is_written_out() {
    let variables = environment(&[("PGHOSTADDR", "10.0.0.9"), ("PGHOST", "elsewhere")]);
    let target = Target::parse("postgres://here/d", &variables).unwrap();
    assert_eq!(
        target.endpoints(),
        [Endpoint {
            host: "here".to_owned(),
            address: None,
            port: 5432
        }]
    );
}

#[test]
fn a_wrong_variable_is_named() {
    let error = Target::parse("postgres://h/d", &environment(&[("PGSSLMODE", "yes")])).unwrap_err();
    assert!(
        error.to_string().starts_with("`PGSSLMODE`: expected `disable`"),
        "{error}"
    );
}

#[test]
fn without_a_host_a_socket_that_is_there_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let sockets = Environment {
        socket_directories: vec![folder.path().to_owned()],
        ..environment(&[])
    };
    let host = |text| Target::parse(text, &sockets).unwrap().endpoints[0].host.clone();
    assert_eq!(host("dbname=d"), "localhost");
    fs::write(folder.path().join(".s.PGSQL.5433"), "").unwrap();
    assert_eq!(host("dbname=d"), "localhost");
    assert_eq!(host("dbname=d port=5433"), folder.path().to_str().unwrap());
}

#[test]
fn nobody_without_a_name_logs_in() {
    assert_eq!(
        Target::parse("postgres://h/d", &Environment::default()).unwrap_err(),
        UrlError::UserMissing
    );
}

#[test]
fn another_database_keeps_server_and_credentials() {
    let target = parse("postgres://u:p@h:1/a?sslmode=require").with_database("b/c");
    assert_eq!(
        (target.to_string().as_str(), password(&target)),
        ("postgres://u@h:1/b%2Fc", Some("p"))
    );
}

#[cfg(unix)]
mod pgpass {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn home(text: &str, mode: u32) -> (tempfile::TempDir, Environment) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(".pgpass");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let environment = Environment {
            home: Some(home.path().to_owned()),
            ..environment(&[])
        };
        (home, environment)
    }

    #[test]
    fn the_first_line_that_matches_decides() {
        let text = "# comment\n\
                    db:5432:a:u:for a\n\
                    db:*:b\\:c:u:wi\\:th\\\\escapes\n\
                    localhost:5432:*:u:socket\n\
                    ::1:5432:a:u:unescaped colons make other fields\n\
                    \\:\\:1:5432:a:u:six\n\
                    too:short\n\
                    *:*:*:u:any\n\
                    *:*:*:u:never\n";
        let (_home, environment) = home(text, 0o600);
        for (text, expected) in [
            ("postgres://u@db/a", Some("for a")),
            ("postgres://u@db:6000/a", Some("any")),
            ("postgres://u@db:6000/b%3Ac", Some("wi:th\\escapes")),
            ("postgres://u@%2Fvar%2Frun%2Fpostgresql/x", Some("socket")),
            ("postgres://u@%2Fother/x", Some("any")),
            ("postgres://u@[::1]/a", Some("six")),
            ("postgres://other@db/a", None),
            ("postgres://u:given@db/a", Some("given")),
        ] {
            let target = Target::parse(text, &environment).unwrap();
            assert_eq!(password(&target), expected, "{text}");
            assert_eq!(target.warnings(), [""; 0], "{text}");
        }
        let target = Target::parse("postgres://u@db/a", &environment).unwrap();
        assert_eq!(password(&target.with_database("z")), Some("any"));
        assert!(!format!("{target:?}").contains("socket"), "{target:?}");
    }

    #[test]
    fn a_file_that_others_can_read_is_ignored_with_a_warning() {
        let (home, environment) = home("*:*:*:*:any\n", 0o640);
        let target = Target::parse("postgres://u@db/a", &environment).unwrap();
        let path = home.path().join(".pgpass");
        let expected = format!(
            "the password file `{0}` is ignored: others can read it; type `chmod 600 {0}`",
            path.display()
        );
        assert_eq!((password(&target), target.warnings()), (None, [expected].as_slice()));
        assert!(
            Target::parse("postgres://u:p@db/a", &environment)
                .unwrap()
                .warnings()
                .is_empty()
        );
    }

    #[test]
    fn the_variable_and_the_parameter_name_another_file() {
        let (home, _) = home("*:*:*:*:any\n", 0o600);
        let path = home.path().join(".pgpass").display().to_string();
        let target = Target::parse("postgres://u@db/a", &environment(&[("PGPASSFILE", &path)])).unwrap();
        assert_eq!(password(&target), Some("any"));
        let target = Target::parse(&format!("user=u passfile='{path}'"), &environment(&[])).unwrap();
        assert_eq!(password(&target), Some("any"));
    }
}
