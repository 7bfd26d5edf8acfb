//! The policy as a table, and what holds of it whatever is said.

use proptest::prelude::*;

use super::*;

fn facts(server: Server, mark: Option<Mark>) -> Facts {
    Facts {
        database: "dashboard".to_owned(),
        key: DatabaseKey {
            system_identifier: 1,
            oid: 2,
        },
        server,
        obstacle: None,
        mark,
        production_environment: None,
        protected_host: None,
    }
}

fn elsewhere() -> Server {
    Server::Other("10.0.0.1:5432".to_owned())
}

/// What the guard says: `-` to nobody, `n` to whoever repeats the name, `+` to everybody.
fn verdict(action: Action, facts: &Facts) -> char {
    match (decide(action, facts, None), decide(action, facts, Some("dashboard"))) {
        (Ok(_), Ok(_)) => '+',
        (Err(refusal), Ok(_)) => {
            assert_eq!(refusal.wanted_name(), Some("dashboard"), "{refusal}");
            'n'
        }
        (Err(refusal), Err(_)) => {
            assert_eq!(refusal.wanted_name(), None, "{refusal}");
            '-'
        }
        (Ok(_), Err(refusal)) => panic!("to repeat the name makes it worse: {refusal}"),
    }
}

/// A row: where the connection arrived, the mark; and what is said to resetting, rolling back, seeding and repairing.
#[test]
fn the_policy_is_this_table() {
    use Mark::{Development, Production, Test};
    let actions = [Action::Reset, Action::RollBack, Action::Seed, Action::Repair];
    let table = [
        (Server::Development, Some(Development), "++++"),
        (Server::Development, Some(Test), "++++"),
        (Server::Development, None, "nnnn"),
        (Server::Development, Some(Production), "---n"),
        (elsewhere(), Some(Development), "nnnn"),
        (elsewhere(), Some(Test), "nnnn"),
        (elsewhere(), None, "nnnn"),
        (elsewhere(), Some(Production), "---n"),
    ];
    for (server, mark, expected) in table {
        let plain = facts(server, mark);
        let said = |facts: &Facts| actions.map(|action| verdict(action, facts)).iter().collect::<String>();
        assert_eq!(said(&plain), expected, "{plain:?}");
        let production = Facts {
            production_environment: Some("APP_ENV=production".to_owned()),
            ..plain.clone()
        };
        let protected = Facts {
            protected_host: Some("db.example.com".to_owned()),
            ..plain.clone()
        };
        let repair = &expected[3..];
        assert_eq!(said(&production), format!("---{repair}"), "{production:?}");
        assert_eq!(said(&protected), format!("---{repair}"), "{protected:?}");
        for obstacle in [Obstacle::Standby, Obstacle::Template] {
            let obstacle = Some(obstacle);
            assert_eq!(
                said(&Facts {
                    obstacle,
                    ..plain.clone()
                }),
                "----"
            );
        }
    }
}

#[test]
fn a_name_is_repeated_exactly_or_not_at_all() {
    for (server, mark) in [(Server::Development, Some(Mark::Development)), (elsewhere(), None)] {
        let facts = facts(server, mark);
        for wrong in ["Dashboard", "dashboard ", "", "dash", "\u{434}ashboard"] {
            assert!(decide(Action::Reset, &facts, Some(wrong)).is_err(), "{wrong}");
        }
    }
}

#[test]
fn the_databases_of_the_server_itself_are_refused_to_everybody() {
    for (database, actions) in [
        ("template0", "----"),
        ("template1", "----"),
        // Some hosts give their customers this one, so that all but replacing it can be meant.
        ("postgres", "-nnn"),
    ] {
        let facts = Facts {
            database: database.to_owned(),
            ..facts(elsewhere(), None)
        };
        let said: String = [Action::Reset, Action::RollBack, Action::Seed, Action::Repair]
            .map(|action| {
                if decide(action, &facts, Some(database)).is_ok() {
                    'n'
                } else {
                    '-'
                }
            })
            .iter()
            .collect();
        assert_eq!(said, actions, "{database}");
    }
}

#[test]
fn a_production_environment_is_told_in_any_spelling() {
    let none: [String; 0] = [];
    let of = |name: &'static str, value: &'static str| move |asked: &str| (asked == name).then(|| value.to_owned());
    for value in ["production", " Production ", "PROD", "prod-eu", "live"] {
        assert!(
            production_environment(of("NODE_ENV", value), &none).is_some(),
            "{value}"
        );
    }
    assert_eq!(production_environment(of("NODE_ENV", "development"), &none), None);
    let also = ["Staging".to_owned()];
    assert!(production_environment(of("APP_ENV", "staging"), &also).is_some());
}

proptest! {
    #[test]
    fn nothing_erases_what_is_marked_production(
        development in any::<bool>(),
        environment in proptest::option::of(".*"),
        erase in proptest::option::of(prop_oneof![Just("dashboard".to_owned()), ".*"]),
        action in prop_oneof![Just(Action::Reset), Just(Action::RollBack), Just(Action::Seed)],
    ) {
        let server = if development { Server::Development } else { elsewhere() };
        let facts = Facts { production_environment: environment, ..facts(server, Some(Mark::Production)) };
        prop_assert!(decide(action, &facts, erase.as_deref()).is_err());
    }

    #[test]
    fn nothing_is_erased_where_the_environment_says_production_or_the_host_is_protected(
        environment in any::<bool>(),
        mark in prop_oneof![Just(None), Just(Some(Mark::Development)), Just(Some(Mark::Test))],
        erase in proptest::option::of(Just("dashboard")),
    ) {
        let facts = Facts {
            production_environment: environment.then(|| "APP_ENV=production".to_owned()),
            protected_host: (!environment).then(|| "db.example.com".to_owned()),
            ..facts(Server::Development, mark)
        };
        prop_assert!(decide(Action::Reset, &facts, erase).is_err());
    }
}
