//! What holds of all connection strings, whatever they are made of.

use proptest::prelude::*;

use super::*;

/// Everything that can be seen of the outcome.
fn seen(text: &str) -> String {
    match Target::parse(text, &environment(&[])) {
        Ok(target) => format!("{target}\n{target:?}\n{target:#?}\n{:?}", target.warnings()),
        Err(error) => format!("{error}\n{error:?}"),
    }
}

fn odd() -> impl Strategy<Value = String> {
    proptest::string::string_regex(r"[ -~é§'\\]{0,6}").unwrap()
}

fn separators() -> impl Strategy<Value = String> {
    proptest::string::string_regex(r"[@:/?#&=%,'\[\] 0-9a]{0,8}").unwrap()
}

fn name() -> impl Strategy<Value = String> {
    proptest::string::string_regex(r"[ -~é日§\n\t]{1,8}").unwrap()
}

fn host() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        "[a-z][a-z0-9.-]{0,12}".prop_map(|host| (host.clone(), host)),
        any::<std::net::Ipv4Addr>().prop_map(|ip| (ip.to_string(), ip.to_string())),
        any::<std::net::Ipv6Addr>().prop_map(|ip| (ip.to_string(), format!("[{ip}]"))),
        "/[ a-zé:@%]{1,12}".prop_map(|path| (path.clone(), utf8_percent_encode(&path, UNRESERVED).to_string())),
    ]
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}

proptest! {
    #[test]
    fn a_url_and_pairs_made_of_parts_are_read_as_those_parts(
        user in name(),
        secret in name(),
        database in name(),
        hosts in proptest::collection::vec((host(), proptest::option::of(1..=u16::MAX)), 1..4),
        application in name(),
    ) {
        let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
        let places: Vec<String> = hosts
            .iter()
            .map(|((_, written), port)| port.map_or_else(|| written.clone(), |port| format!("{written}:{port}")))
            .collect();
        let url = format!(
            "postgres://{}:{}@{}/{}?application_name={}",
            encode(&user), encode(&secret), places.join(","), encode(&database), encode(&application)
        );
        let plain: Vec<&str> = hosts.iter().map(|((host, _), _)| host.as_str()).collect();
        let ports: Vec<String> = hosts.iter().map(|(_, port)| port.map_or_else(String::new, |port| port.to_string())).collect();
        let pairs = format!(
            "user={} password = {}\tdbname={} host={} port='{}' application_name={}",
            quoted(&user), quoted(&secret), quoted(&database), quoted(&plain.join(",")), ports.join(","), quoted(&application)
        );
        let expected: Vec<Endpoint> = hosts
            .iter()
            .map(|((host, _), port)| Endpoint { host: host.trim().to_owned(), address: None, port: port.unwrap_or(5432) })
            .collect();
        for text in [url, pairs] {
            let target = Target::parse(&text, &environment(&[]));
            let target = target.map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
            prop_assert_eq!(target.endpoints(), expected.as_slice(), "{}", text);
            prop_assert_eq!(target.user(), &user);
            prop_assert_eq!(target.database(), &database);
            prop_assert_eq!(target.application_name.as_deref(), Some(application.as_str()));
            prop_assert_eq!(password(&target), Some(secret.as_str()));
            prop_assert_eq!(target.warnings(), [""; 0]);
            // What is shown can be typed.
            let shown = target.to_string();
            let again = parse(&shown);
            prop_assert_eq!((again.endpoints(), again.user(), again.database()), (target.endpoints(), &*user, &*database));
        }
    }

    #[test]
    fn no_text_at_all_makes_parsing_panic(text: String, scheme in "(postgres(ql)?://)?") {
        let _ = seen(&text);
        let _ = seen(&format!("{scheme}{text}"));
        let _ = seen(&format!("password={text}"));
    }

    #[test]
    fn no_value_of_any_parameter_makes_parsing_panic(
        parameter in proptest::sample::select(Settings::names().collect::<Vec<_>>()),
        value: String,
    ) {
        let _ = seen(&format!("postgres://u@h/d?{parameter}={}", utf8_percent_encode(&value, UNRESERVED)));
        let _ = seen(&format!("{parameter}={}", quoted(&value)));
    }

    #[cfg(unix)]
    #[test]
    fn no_password_file_makes_reading_panic_and_each_escaped_line_is_found(junk: Vec<u8>, database in name(), secret in name()) {
        prop_assume!(!database.contains('\n') && !secret.contains('\n') && database != "*");
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("pgpass").display().to_string();
        let read = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
            let text = format!("user=u host=h dbname={} passfile={}", quoted(&database), quoted(&path));
            Target::parse(&text, &environment(&[])).unwrap()
        };
        let _ = read(&junk);
        let escape = |text: &str| text.replace('\\', r"\\").replace(':', r"\:");
        let line = format!("other:*:*:*:no\nh:5432:{}:*:{}\n", escape(&database), escape(&secret));
        let target = read(line.as_bytes());
        prop_assert_eq!(password(&target), Some(secret.as_str()));
    }

    #[test]
    fn no_text_makes_parsing_panic(text in r"(postgres(ql)?://)?[ -~\PC\n]{0,60}") {
        let _ = seen(&text);
    }

    #[test]
    fn no_mixture_of_separators_makes_parsing_panic(text in r"(postgres(ql)?://)?[@:/?&=%,'\\\[\] ahostpruw0-9]{0,40}") {
        let _ = seen(&text);
    }

    #[test]
    fn an_encoded_password_is_read_and_never_shown(before in odd(), after in odd()) {
        let secret = format!("{before}{MARK}{after}");
        let text = format!("postgres://u:{}@h:5433/d", utf8_percent_encode(&secret, UNRESERVED));
        let target = parse(&text);
        prop_assert_eq!(password(&target), Some(secret.as_str()));
        prop_assert!(!seen(&text).contains(MARK));
        let text = format!("postgres://h/d?password={}&sslmode=require", utf8_percent_encode(&secret, UNRESERVED));
        let target = parse(&text);
        prop_assert_eq!(password(&target), Some(secret.as_str()));
        prop_assert!(!seen(&text).contains(MARK));
    }

    #[test]
    fn a_quoted_password_is_read_and_never_shown(before in odd(), after in odd()) {
        let secret = format!("{before}{MARK}{after}");
        let text = format!("host=h password='{}' dbname=d", secret.replace('\\', r"\\").replace('\'', r"\'"));
        let target = parse(&text);
        prop_assert_eq!(password(&target), Some(secret.as_str()));
        prop_assert!(!seen(&text).contains(MARK));
    }

    #[test]
    fn a_raw_password_is_never_shown(before in separators(), after in separators()) {
        for text in [
            format!("postgres://u:{before}{MARK}{after}@h:5433/d?sslmode=require"),
            format!("postgres://u:{before}{MARK}{after}@h"),
            format!(" 'postgres://u:{before}{MARK}{after}@h/d'"),
            format!("psql postgres://u:{before}{MARK}{after}@h/d"),
            format!("jdbc:postgresql://u:{before}{MARK}{after}@h/d"),
        ] {
            prop_assert!(!seen(&text).contains(MARK), "{text}\n{}", seen(&text));
        }
    }

    #[test]
    fn an_unquoted_password_is_never_shown(before in odd(), after in odd()) {
        let text = format!("host=h password={before}{MARK}{after}");
        prop_assert!(!seen(&text).contains(MARK), "{text}\n{}", seen(&text));
    }
}
