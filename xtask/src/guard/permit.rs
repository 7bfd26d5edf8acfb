//! What the guard gives, and what is asked of it before it is used.

use postgres::Client;

use super::{Action, DatabaseKey, Facts, facts};
use crate::pg::report::Report;

/// The right to do one destructive thing to one database. There is no way to make one but [`decide`](super::decide), and whoever takes one asks
/// [`Permit::confirm`] first, so that a permit for one database is of no use on the connection to another.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    database: String,
    key: DatabaseKey,
    action: Action,
}

impl Permit {
    /// What the guard has decided.
    pub(super) fn new(facts: &Facts, action: Action) -> Self {
        Self {
            database: facts.database.clone(),
            key: facts.key,
            action,
        }
    }

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
