//! The guard: destructive work needs a [`Permit`], and only this module can make one.
//!
//! Pure policy: [`decide`] looks at [`Facts`], which were read from the connection that is really there, and allows by list. Whatever is
//! not on the list is refused; `production` is refused whatever else is said.

pub mod facts;
mod permit;

use std::fmt;

pub use self::permit::Permit;
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
            return Ok(Permit::new(facts, action));
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
mod tests;
