//! Putting a new database in the place of the old one, and back: by names, in one transaction.
//!
//! Whoever changes names holds a lock on that of the product's database, so that of several runs one works after the other, and what
//! unfinished runs have left is known to be nobody's.

use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use postgres::Client;
use postgres::types::Type;
use postgres_protocol::escape::escape_identifier;
use rand::RngExt as _;

use super::stopped;
use crate::cli::ResetArgs;
use crate::commands::shared::build::{rename, short};
use crate::commands::shared::context::Located;
use crate::guard::{Mark, Permit, facts::identity};
use crate::pg::connect::{ConnectError, ConnectOptions, connect};
use crate::pg::report::Report;
use crate::pg::script::checksum;
use crate::ui::{self, count};

/// What is done about other sessions on a database that is to be renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OtherSessions {
    /// They are a reason to refuse.
    Refuse,
    /// They are ended.
    End,
}

impl OtherSessions {
    pub(super) fn of(args: &ResetArgs) -> Self {
        if args.disconnect { Self::End } else { Self::Refuse }
    }
}

/// The names of one product's databases on its server.
#[derive(Debug, Clone)]
pub(super) struct Names {
    /// The database itself.
    pub(super) own: String,
    /// What the last reset replaced.
    pub(super) kept: String,
    short: String,
}

impl Names {
    fn of(own: &str) -> Self {
        let short = short(own, 40);
        Self {
            own: own.to_owned(),
            kept: format!("{short}__before_reset"),
            short,
        }
    }

    /// A name for a database that is being built.
    pub(super) fn building(&self) -> String {
        format!("{}__building_{:08x}", self.short, rand::rng().random::<u32>())
    }

    /// A name for a database that is about to be dropped.
    fn outdated(&self) -> String {
        format!("{}__outdated_{:08x}", self.short, rand::rng().random::<u32>())
    }

    /// Whether `name` is one that only an unfinished reset leaves.
    fn is_leftover(&self, name: &str) -> bool {
        name.strip_prefix(&self.short)
            .and_then(|rest| {
                rest.strip_prefix("__building_")
                    .or_else(|| rest.strip_prefix("__outdated_"))
            })
            .is_some_and(|rest| rest.len() == 8 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }
}

/// The server of a database, and the right to give it and those beside it names.
pub(super) struct Server {
    located: Located,
    client: Client,
    pub(super) names: Names,
    /// What an earlier reset kept and may be dropped, by its oid.
    expendable: Option<u32>,
}

impl Server {
    /// Connects, and waits until no other run resets the same database. The lock ends with the value.
    pub(super) fn lock(located: &Located) -> Result<Self> {
        let mut server = Self {
            client: connect(&located.target.with_database("postgres"), ConnectOptions::default())?,
            names: Names::of(located.target.database()),
            located: located.clone(),
            expendable: None,
        };
        let key = checksum(&format!("xtask db-reset {}", server.names.own));
        let key = i64::from_str_radix(&key[..15], 16).unwrap_or_default();
        let key: &[(&(dyn postgres::types::ToSql + Sync), Type)] = &[(&key, Type::INT8)];
        let locked: bool = server
            .client
            .query_typed_one("SELECT pg_catalog.pg_try_advisory_lock($1)", key)?
            .try_get(0)?;
        if !locked {
            ui::status("Blocking", format!("another run resets {}", server.names.own));
            server
                .client
                .query_typed("SELECT pg_catalog.pg_advisory_lock($1)", key)?;
        }
        Ok(server)
    }

    /// Refuses to work on a database that has another name than the connection string says: a pooler gave it that, and names are what is
    /// swapped.
    pub(super) fn refuse_an_alias(&self, permit: &Permit) -> Result<()> {
        if permit.database() == self.names.own {
            return Ok(());
        }
        Err(stopped(
            Report::new(format!(
                "`{}` is `{}` on its server: a pooler stands in between, and a reset can't go by way of it",
                self.names.own,
                permit.database()
            ))
            .note("nothing was touched")
            .help("connect to the server itself, by the name that the database has there"),
        ))
    }

    /// The connection to the server's database `postgres`, which holds the lock.
    pub(super) fn admin(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Drops what unfinished runs have left. What can't be dropped is told and left.
    pub(super) fn clear_leftovers(&mut self) -> Result<()> {
        let rows = self
            .client
            .query_typed("SELECT datname::text FROM pg_catalog.pg_database ORDER BY 1", &[])?;
        for row in rows {
            let name: String = row.try_get(0)?;
            if self.names.is_leftover(&name) {
                match self.drop_database(&name) {
                    Ok(()) => ui::note(format!("dropped `{name}`, which an unfinished reset had left")),
                    Err(error) => ui::warn(format!(
                        "`{name}`, which an unfinished reset has left, could not be dropped: {error:#}"
                    )),
                }
            }
        }
        Ok(())
    }

    /// Refuses to go on while others are on the database of this name. A session that has just ended, such as one of our own, is seen
    /// for a moment longer: others are refused when they stay for a second.
    pub(super) fn refuse_other_sessions(&mut self, name: &str) -> Result<()> {
        let mut look = || {
            self.client
                .query_typed(include_str!("sessions.sql"), &[(&name, Type::TEXT)])
        };
        let mut rows = look()?;
        for pause in (0..10).map(|turn| Duration::from_millis(1 << turn)) {
            if rows.is_empty() {
                return Ok(());
            }
            thread::sleep(pause);
            rows = look()?;
        }
        let mut report = Report::new(format!("`{name}` is in use by {}", count(rows.len(), "other session")));
        for row in &rows {
            report = report.note(row.try_get::<_, String>("session")?);
        }
        Err(stopped(
            report
                .note("the database was not touched")
                .help("close them, or add `--disconnect` to end them"),
        ))
    }

    /// Refuses to go on where an earlier reset kept a database, unless that one says itself that it is for development or tests.
    pub(super) fn refuse_to_lose_kept(&mut self) -> Result<()> {
        let kept = &self.names.kept;
        let mut client = match connect(&self.located.target.with_database(kept), ConnectOptions::default()) {
            Ok(client) => client,
            Err(ConnectError::DatabaseMissing { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let found = identity(&mut client)?;
        if matches!(found.mark, Some(Mark::Development | Mark::Test)) {
            self.expendable = Some(found.key.oid);
            return Ok(());
        }
        Err(stopped(
            Report::new(format!(
                "an earlier reset kept `{kept}`, and nothing says that its data may be lost"
            ))
            .note("nothing was touched")
            .help(format!(
                "drop it or rename it, then reset again: `DROP DATABASE {}`",
                escape_identifier(kept)
            )),
        ))
    }

    /// The oid of the database of this name; none where there is none.
    pub(super) fn oid(&mut self, name: &str) -> Result<Option<u32>> {
        let row = self.client.query_typed_opt(
            "SELECT oid FROM pg_catalog.pg_database WHERE datname = $1",
            &[(&name, Type::NAME)],
        )?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// Gives the database `building` the product's name, which nobody has.
    pub(super) fn name(&mut self, building: &str) -> Result<()> {
        let statement = rename(building, &self.names.own);
        self.rename(building, &statement)
    }

    /// Gives the database `building` the product's name, and the one that has it, for which `permit` was given, that of what is kept; what
    /// had that name is dropped, if [`Server::refuse_to_lose_kept`] has found that it may be.
    pub(super) fn swap(&mut self, building: &str, permit: &Permit, others: OtherSessions) -> Result<()> {
        let Names { own, kept, .. } = self.names.clone();
        let expendable = self.expendable;
        self.is_still(&kept, expendable)?;
        let outdated = expendable.map(|_| self.names.outdated());
        self.clear_the_way(permit, &own, others)?;
        // Else the server waits for our own last session there, and looks again only after a tenth of a second.
        self.refuse_other_sessions(building)?;
        let make_room = outdated
            .as_ref()
            .map_or_else(String::new, |outdated| rename(&kept, outdated));
        self.rename(
            building,
            &format!(
                "BEGIN; {make_room} {} {} COMMIT",
                rename(&own, &kept),
                rename(building, &own)
            ),
        )?;
        if let Some(outdated) = outdated {
            self.drop_or_warn(&outdated);
        }
        Ok(())
    }

    /// Gives the database that an earlier reset kept the product's name back, and the one that has it, for which `permit` was given, that
    /// of what is kept.
    pub(super) fn swap_back(&mut self, permit: &Permit, others: OtherSessions) -> Result<()> {
        let Names { own, kept, .. } = self.names.clone();
        let between = self.names.outdated();
        self.clear_the_way(permit, &own, others)?;
        self.clear_others(&kept, others)?;
        self.rename(
            &kept,
            &format!(
                "BEGIN; {} {} {} COMMIT",
                rename(&own, &between),
                rename(&kept, &own),
                rename(&between, &kept)
            ),
        )
    }

    /// Makes sure that `name` is still the database that the permit was given for, and that nobody is on it.
    fn clear_the_way(&mut self, permit: &Permit, name: &str, others: OtherSessions) -> Result<()> {
        self.is_still(name, Some(permit.key().oid))?;
        self.clear_others(name, others)
    }

    fn is_still(&mut self, name: &str, oid: Option<u32>) -> Result<()> {
        if self.oid(name)? == oid {
            return Ok(());
        }
        Err(stopped(
            Report::new(format!("`{name}` is another database than a moment ago"))
                .note("somebody has dropped or replaced it meanwhile"),
        ))
    }

    fn clear_others(&mut self, name: &str, others: OtherSessions) -> Result<()> {
        if others == OtherSessions::End {
            self.client
                .query_typed(include_str!("disconnect.sql"), &[(&name, Type::TEXT)])?;
        }
        self.refuse_other_sessions(name)
    }

    /// Renames, so that the database that was `from` has the product's name. Where the answer does not arrive, the names say what was done.
    fn rename(&mut self, from: &str, statements: &str) -> Result<()> {
        let oid = self.oid(from)?;
        let Err(error) = self.client.batch_execute(statements) else {
            return Ok(());
        };
        let _ = self.client.batch_execute("ROLLBACK");
        let own = self.names.own.clone();
        match self.again(|server| server.oid(&own)) {
            Ok(now) if now == oid => Ok(()),
            Ok(_) => Err(error).context("failed to swap the databases"),
            Err(again) => Err(stopped(
                Report::new(format!("the connection was lost while the databases were swapped: {error}"))
                    .note(format!("and there was no other to ask whether it was done: {again:#}"))
                    .note(format!(
                        "either nothing was done, or `{own}` is the other database and what it was is `{}`; nothing is lost",
                        self.names.kept
                    ))
                    .help("look with `cargo xtask db-status <database>`; `cargo xtask db-reset <database> --undo` swaps back"),
            )),
        }
    }

    /// Drops a database that nobody needs any more; what speaks against it is told.
    pub(super) fn drop_or_warn(&mut self, name: &str) {
        if let Err(error) = self.again(|server| server.drop_database(name)) {
            ui::warn(format!("`{name}` could not be dropped: {error:#}"));
        }
    }

    /// Whether the server could not be asked how the last swap ended.
    pub(super) fn is_lost(&self) -> bool {
        self.client.is_closed()
    }

    /// Drops the database that was being built.
    pub(super) fn drop_built(&mut self, building: &str) -> Result<()> {
        self.again(|server| server.drop_database(building))
    }

    fn drop_database(&mut self, name: &str) -> Result<()> {
        let statement = format!("DROP DATABASE IF EXISTS {}", escape_identifier(name));
        Ok(self.client.batch_execute(&statement)?)
    }

    /// Does it on a new connection where the old one is lost.
    fn again<T>(&mut self, work: impl Fn(&mut Self) -> Result<T>) -> Result<T> {
        if self.client.is_closed() {
            self.client = connect(
                &self.located.target.with_database("postgres"),
                ConnectOptions::default(),
            )?;
        }
        work(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_are_told_from_databases_of_others() {
        let names = Names::of("shop");
        assert!(names.is_leftover(&names.building()) && names.is_leftover(&names.outdated()));
        for other in [
            "shop",
            "shop__before_reset",
            "shop__building_1",
            "shop__building_0123456g",
            "shop2__building_01234567",
            "shop__building_01234567_old",
        ] {
            assert!(!names.is_leftover(other), "{other}");
        }
    }

    #[test]
    fn long_names_that_begin_alike_are_kept_apart() {
        let (one, other) = (Names::of(&("x".repeat(62) + "1")), Names::of(&("x".repeat(62) + "2")));
        assert!(one.kept.len() <= 63 && one.building().len() <= 63 && one.outdated().len() <= 63);
        assert_ne!(one.kept, other.kept);
        assert_eq!(Names::of("shop").kept, "shop__before_reset");
    }
}
