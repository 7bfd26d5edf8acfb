//! The guard: destructive work needs a [`Permit`], and only this module can make one.
//!
//! Pure policy: [`decide`] looks at [`Facts`], which were read from the connection that is really there, and allows by list. Whatever is
//! not on the list is refused; `production` is refused whatever else is said.

pub mod facts;

use std::fmt;

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
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reset => "reset",
            Self::RollBack => "roll back",
            Self::Seed => "seed",
            Self::Repair => "repair the ledger of",
            Self::Unmark => "take the mark off",
        })
    }
}

/// What is known of a database, read from the connection that is to be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// `current_database()`.
    pub database: String,
    /// Where the connection arrived.
    pub server: Server,
    /// The mark that was found and that belongs to this very database.
    pub mark: Option<Mark>,
    /// The first environment variable that says production, as `APP_ENV=production`.
    pub production_environment: Option<String>,
    /// The protected host that the connection goes to, if it goes to one.
    pub protected_host: Option<String>,
}

/// Where a connection arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server {
    /// The workspace's own development server, told by its system identifier.
    Development,
    /// Any other; its address as it says itself, for messages.
    Other(String),
}

/// The right to do one destructive thing to one database. There is no way to make one but [`decide`].
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    database: String,
    action: Action,
}

impl Permit {
    /// The database that it is for.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The right to fill `building`, a new database that is to take the place of the one that this permit is for.
    #[must_use]
    pub fn for_replacement(&self, building: &str) -> Self {
        Self {
            database: building.to_owned(),
            action: Action::Seed,
        }
    }

    /// What it is for.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
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
}

impl Refusal {
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
    let refuse = |reason: String, way_out: String| {
        Err(Refusal {
            action,
            database: facts.database.clone(),
            reason,
            way_out,
        })
    };
    if matches!(facts.database.as_str(), "postgres" | "template0" | "template1") {
        return refuse(
            "it belongs to the server itself".to_owned(),
            "name the database of the product at the end of the URL".to_owned(),
        );
    }
    // Mending the ledger loses no data, and production needs it most; it takes the name all the same.
    if action != Action::Repair
        && let Some((reason, way_out)) = production(facts)
    {
        return refuse(reason, way_out);
    }
    let repeated = match erase {
        Some(name) if name == facts.database => true,
        Some(name) => {
            return refuse(
                format!("`--erase {name}` names another database"),
                format!("`--erase {}` would name this one", facts.database),
            );
        }
        None => false,
    };
    let condition = match action {
        Action::Reset | Action::RollBack => "if its data may be lost",
        Action::Seed | Action::Repair | Action::Unmark => "if it is the one that you mean",
    };
    let repeat = format!("{condition}, add its name: `--erase {}`", facts.database);
    match (&facts.server, facts.mark) {
        (Server::Development, Some(Mark::Development | Mark::Test)) => {}
        _ if repeated => {}
        (Server::Development, _) => {
            return refuse(
                "nothing says that it is a development or test database".to_owned(),
                repeat,
            );
        }
        (Server::Other(address), _) => {
            return refuse(
                format!("it is not on the development server of this workspace, but at {address}"),
                repeat,
            );
        }
    }
    Ok(Permit {
        database: facts.database.clone(),
        action,
    })
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
            server,
            mark,
            production_environment: None,
            protected_host: None,
        }
    }

    fn elsewhere() -> Server {
        Server::Other("10.0.0.1:5432".to_owned())
    }

    fn reason(facts: &Facts, erase: Option<&str>) -> Option<String> {
        decide(Action::Reset, facts, erase).err().map(|refusal| refusal.reason)
    }

    #[test]
    fn development_and_test_databases_on_the_development_server_are_allowed() {
        for mark in [Mark::Development, Mark::Test] {
            assert_eq!(reason(&facts(Server::Development, Some(mark)), None), None);
        }
    }

    #[test]
    fn everything_else_needs_its_name_repeated() {
        for (server, mark) in [
            (Server::Development, None),
            (elsewhere(), None),
            (elsewhere(), Some(Mark::Development)),
            (elsewhere(), Some(Mark::Test)),
        ] {
            let facts = facts(server, mark);
            assert!(reason(&facts, None).is_some(), "{facts:?}");
            assert!(reason(&facts, Some("Dashboard")).is_some(), "{facts:?}");
            assert_eq!(reason(&facts, Some("dashboard")), None, "{facts:?}");
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

    #[test]
    fn the_ledger_of_production_is_mended_only_with_its_name_repeated() {
        let facts = facts(elsewhere(), Some(Mark::Production));
        assert!(decide(Action::Repair, &facts, None).is_err());
        assert!(decide(Action::Repair, &facts, Some("dashboard")).is_ok());
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
