//! The guard: destructive work needs a [`Permit`], and only this module can make one.
//!
//! Pure policy: [`decide`] looks at [`Facts`], which were read from the connection that is really there, and allows by list. Whatever is
//! not on the list is refused; `production` is refused whatever else is said.

pub mod facts;

use std::fmt;

use postgres::Client;

use crate::pg::report::Report;

/// What a database is for, as it says itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// One developer's own data.
    Development,
    /// Made by tests and thrown away.
    Test,
    /// Real people's data.
    Production,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Development => "development",
            Self::Test => "test",
            Self::Production => "production",
        })
    }
}

impl Mark {
    /// The mark of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Development, Self::Test, Self::Production]
            .into_iter()
            .find(|mark| mark.to_string() == text)
    }
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Replace the database by a new one.
    Reset,
    /// Run down scripts.
    RollBack,
    /// Load seeds.
    Seed,
    /// Change the ledger by hand.
    Repair,
    /// Take the mark `production` away.
    Unmark,
    /// Lay the stand-in of its platform.
    StandIn,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reset => "reset",
            Self::RollBack => "roll back",
            Self::Seed => "seed",
            Self::Repair => "repair the ledger of",
            Self::Unmark => "take the mark off",
            Self::StandIn => "lay the stand-in of Supabase in",
        })
    }
}

/// What is known of a database, read from the connection that is to be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// `current_database()`.
    pub database: String,
    /// Which database of which server it is.
    pub key: DatabaseKey,
    /// Where the connection arrived.
    pub server: Server,
    /// Why nobody may do anything to it, whatever is said: it is a standby, or a template.
    pub obstacle: Option<Obstacle>,
    /// The mark that was found and that belongs to this very database.
    pub mark: Option<Mark>,
    /// The first environment variable that says production, as `APP_ENV=production`.
    pub production_environment: Option<String>,
    /// The protected host that the connection goes to, if it goes to one.
    pub protected_host: Option<String>,
}

/// One database of one server, whatever they are called, and wherever a connection went that arrived there
/// (`pg_control_system()` and `pg_database.oid`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseKey {
    /// Of the server; a physical copy has the same.
    pub system_identifier: i64,
    /// Of the database on its server.
    pub oid: u32,
}

/// What makes a database one that is not to be changed at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// Its server follows another one.
    Standby,
    /// It is there to be copied.
    Template,
}

/// Where a connection arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server {
    /// The workspace's own development server, told by its port of this machine and its system identifier.
    Development,
    /// Any other; its address as it says itself, for messages.
    Other(String),
}

/// The right to do one destructive thing to one database. There is no way to make one but [`decide`], and whoever takes one asks
/// [`Permit::confirm`] first, so that a permit for one database is of no use on the connection to another.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    database: String,
    key: DatabaseKey,
    action: Action,
}

impl Permit {
    /// The database that it is for.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Which database of which server it is for.
    #[must_use]
    pub fn key(&self) -> DatabaseKey {
        self.key
    }

    /// The right to fill the database that `client` is connected to, a new one that is to take the place of the one that this permit is
    /// for: one on the same server, and not the same.
    ///
    /// # Errors
    /// It is not of that kind; whatever the server says.
    pub fn for_replacement(&self, client: &mut Client) -> Result<Self, Report> {
        let beside = facts::identity(client).map_err(|error| Report::of_error(&error))?;
        if self.action != Action::Reset
            || beside.key.system_identifier != self.key.system_identifier
            || beside.key.oid == self.key.oid
        {
            return Err(self.is_not_for(Action::Seed, &beside.database));
        }
        Ok(Self {
            database: beside.database,
            key: beside.key,
            action: Action::Seed,
        })
    }

    /// Asks the connection whether it is the one that this permit was given for, and whether it was given for `action`.
    ///
    /// # Errors
    /// It is not; whatever the server says.
    pub fn confirm(&self, client: &mut Client, action: Action) -> Result<(), Report> {
        let (database, key) = facts::database(client).map_err(|error| Report::of_error(&error))?;
        if self.action == action && self.key == key {
            return Ok(());
        }
        Err(self.is_not_for(action, &database))
    }

    fn is_not_for(&self, action: Action, database: &str) -> Report {
        Report::new(format!("there is no permit to {action} `{database}`"))
            .note(format!("the guard allowed to {} `{}`", self.action, self.database))
            .note("nothing was touched")
            .help(
                "another server or database answers now than when the guard was asked: look where the connection leads",
            )
    }
}

/// Why there is no permit, and what would make one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("refused to {action} `{database}`: {reason}\n  nothing was touched; {way_out}")]
pub struct Refusal {
    action: Action,
    database: String,
    reason: String,
    way_out: String,
    /// Whether the name of the database, repeated, would be consent.
    wants_name: bool,
}

impl Refusal {
    /// The name whose repetition would be consent; none where nothing would.
    #[must_use]
    pub fn wanted_name(&self) -> Option<&str> {
        self.wants_name.then_some(self.database.as_str())
    }

    /// Why there is no permit.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The same in the shape of all other reports.
    #[must_use]
    pub fn report(&self) -> Report {
        Report::new(format!("refused to {} `{}`", self.action, self.database))
            .note(&self.reason)
            .note("nothing was touched")
            .help(&self.way_out)
    }
}

/// Decides. `erase` is the name given with `--erase`.
///
/// # Errors
/// The refusal, with the reason and the way out.
pub fn decide(action: Action, facts: &Facts, erase: Option<&str>) -> Result<Permit, Refusal> {
    let refusal = |reason: String, way_out: String| Refusal {
        action,
        database: facts.database.clone(),
        reason,
        way_out,
        wants_name: false,
    };
    if let Some((reason, way_out)) = never(action, facts) {
        return Err(refusal(reason.to_owned(), way_out.to_owned()));
    }
    // Mending the ledger loses no data, and production needs it most; it takes the name all the same.
    if action != Action::Repair
        && let Some((reason, way_out)) = production(facts)
    {
        return Err(refusal(reason, way_out));
    }
    let reason = match (&facts.server, facts.mark, erase) {
        (_, _, Some(name)) if name != facts.database => {
            return Err(refusal(
                format!("`--erase {name}` names another database"),
                format!("`--erase {}` would name this one", facts.database),
            ));
        }
        (Server::Development, Some(Mark::Development | Mark::Test), None) | (_, _, Some(_)) => {
            return Ok(Permit {
                database: facts.database.clone(),
                key: facts.key,
                action,
            });
        }
        (Server::Development, _, None) => "nothing says that it is a development or test database".to_owned(),
        (Server::Other(address), _, None) => {
            format!("it is not on the development server of this workspace, but at {address}")
        }
    };
    let condition = match action {
        Action::Reset | Action::RollBack => "if its data may be lost",
        Action::Seed | Action::Repair | Action::Unmark | Action::StandIn => "if it is the one that you mean",
    };
    let way_out = format!("{condition}, add its name: `--erase {}`", facts.database);
    Err(Refusal {
        wants_name: true,
        ..refusal(reason, way_out)
    })
}

/// Why this is refused to everybody everywhere; and the way out.
fn never(action: Action, facts: &Facts) -> Option<(&'static str, &'static str)> {
    let product = "name the database of the product at the end of the URL";
    match facts.obstacle {
        Some(Obstacle::Standby) => {
            return Some((
                "it is a standby: nothing can be written there",
                "connect to the primary server",
            ));
        }
        Some(Obstacle::Template) => return Some(("it is a template for other databases", product)),
        None => {}
    }
    match facts.database.as_str() {
        "template0" | "template1" => Some(("it belongs to the server itself", product)),
        // Some hosts give every project this one; to replace it would take the ground from under the rest of what they do.
        "postgres" if action == Action::Reset => Some((
            "every server has a database of this name, and its tools expect to find it",
            "name the database of the product at the end of the URL; where it is this one, roll back instead: \
             `cargo xtask db-rollback <database> --to 0`",
        )),
        _ => None,
    }
}

/// Decides whether the mark `production` may be taken off. `repeated` is the name given with `--no-longer-production`.
///
/// # Errors
/// The refusal, with the way out.
pub fn leave_production(database: &str, repeated: Option<&str>) -> Result<(), Refusal> {
    if repeated == Some(database) {
        return Ok(());
    }
    Err(Refusal {
        action: Action::Unmark,
        database: database.to_owned(),
        reason: match repeated {
            None => "it is marked production".to_owned(),
            Some(other) => format!("`--no-longer-production {other}` names another database"),
        },
        way_out: format!("if it no longer is, repeat its name: `--no-longer-production {database}`"),
        wants_name: false,
    })
}

/// Decides whether the stand-in of its platform may be laid in a database with this mark that lacks `missing`.
///
/// # Errors
/// The refusal, with what is missing and the way out.
pub fn stand_in(database: &str, mark: Option<Mark>, missing: &[String]) -> Result<(), Refusal> {
    let (what, way_out) = match mark {
        Some(Mark::Development | Mark::Test) => return Ok(()),
        Some(Mark::Production) => (
            "it is marked production",
            "if this should be a Supabase project, look where the connection string leads",
        ),
        None => (
            "nothing says that it is a development or test database",
            "if its data may be lost, say so with `cargo xtask db-mark <database> development`, then run this again",
        ),
    };
    Err(Refusal {
        action: Action::StandIn,
        database: database.to_owned(),
        reason: format!(
            "{what}, and it lacks what its migrations expect of Supabase: {}",
            missing.join(", ")
        ),
        way_out: way_out.to_owned(),
        wants_name: false,
    })
}

/// Why the database, or the place where the command runs, is production; and the way out.
fn production(facts: &Facts) -> Option<(String, String)> {
    if let Some(host) = &facts.protected_host {
        let way_out =
            "work on another host; `protected-hosts` in `Cargo.toml`, `[workspace.metadata.db.<database>]`, names this one"
                .to_owned();
        return Some((format!("its host `{host}` is protected"), way_out));
    }
    if facts.mark == Some(Mark::Production) {
        let way_out = format!(
            "if it no longer is, say so first: `cargo xtask db-mark <database> development --no-longer-production {}`",
            facts.database
        );
        return Some(("it is marked production".to_owned(), way_out));
    }
    facts.production_environment.as_ref().map(|variable| {
        let way_out = "if that is not so, unset the variable and run the command again".to_owned();
        (format!("the environment says production (`{variable}`)"), way_out)
    })
}

/// The first of the usual environment variables that says production, as `APP_ENV=production`; letter case and spaces don't matter.
///
/// `also` are further values that mean production.
pub fn production_environment(variables: impl Fn(&str) -> Option<String>, also: &[String]) -> Option<String> {
    ["APP_ENV", "RUST_ENV", "NODE_ENV", "RAILS_ENV", "DATABASE_ENV"]
        .into_iter()
        .find_map(|name| {
            let value = variables(name)?;
            let plain = value.trim().to_lowercase();
            let is_production = plain.starts_with("prod")
                || plain == "live"
                || also.iter().any(|also| also.trim().to_lowercase() == plain);
            is_production.then(|| format!("{name}={value}"))
        })
}

#[cfg(test)]
mod tests {
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
}
