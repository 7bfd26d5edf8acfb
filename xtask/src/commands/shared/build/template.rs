//! A database that is freshly built from files, kept so that the next one who needs it finds it.
//!
//! Its name is `xtask_template_<database>_<hash>`, or `xtask_seeded_…` where it holds more than a schema, the hash being of all that it is
//! built from, and a comment says whose it is. It is built
//! as `xtask_building_…` and renamed when it is complete, so that what a killed build leaves is never taken for a template. Who builds
//! holds a lock: two at once build it once, and whoever holds the lock knows that every unfinished build is left over. Databases that the
//! files have outgrown are dropped on the way.

use anyhow::{Context as _, Result};
use postgres::types::Type;
use postgres::{Client, Transaction};
use postgres_protocol::escape::{escape_identifier, escape_literal};
use rand::RngExt as _;

use super::{migrate, rename, short};
use crate::commands::shared::context::{Located, Origin};
use crate::commands::shared::progress::Doing;
use crate::guard::Mark;
use crate::migration::file::Migration;
use crate::migration::session::Session;
use crate::pg::connect::{ConnectError, ConnectOptions, connect};
use crate::pg::script::checksum;
use crate::standin;
use crate::ui::{self, count};
use crate::workspace::Database;

/// What a template is built from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The product.
    pub database: &'a Database,
    /// What is applied, in order.
    pub migrations: &'a [Migration],
    /// What is in it besides the schema.
    pub contents: Option<Contents<'a>>,
}

/// What a template holds besides the schema.
#[derive(Clone, Copy)]
pub struct Contents<'a> {
    /// A text that changes when they do.
    pub fingerprint: &'a str,
    /// Puts them into a database that is migrated.
    pub fill: &'a dyn Fn(&Located, &mut Session) -> Result<()>,
}

impl Sources<'_> {
    fn kind(self) -> Kind {
        match self.contents {
            None => Kind::Schema,
            Some(_) => Kind::Seeded,
        }
    }

    /// A hash of all that the template depends on: 16 hexadecimal digits. Contents may be told by the day (`CURRENT_DATE + 7`), so that
    /// those of yesterday are others.
    fn fingerprint(self, server: &mut Client) -> Result<String> {
        let row = server.query_typed_one(
            "SELECT current_setting('server_version_num') AS version, current_date::text AS day",
            &[],
        )?;
        let (version, day): (String, String) = (row.try_get("version")?, row.try_get("day")?);
        let mut lines = vec![
            format!("toolkit {}", env!("CARGO_PKG_VERSION")),
            format!("server {version}"),
            format!("platform {}", standin::fingerprint(self.database)),
        ];
        lines.extend(
            self.migrations
                .iter()
                .map(|migration| format!("{} {}", migration.version, migration.up.checksum())),
        );
        if let Some(contents) = self.contents {
            lines.extend([format!("day {day}"), format!("contents {}", contents.fingerprint)]);
        }
        Ok(checksum(&lines.join("\n"))[..16].to_owned())
    }
}

/// A connection to the template of a database that is called `name` where it lives. It is built from `sources` on the server of `server`
/// unless it is there.
///
/// # Errors
/// The server refuses; a migration fails. What was built so far is dropped then.
pub fn open(server: &Located, name: &str, sources: Sources<'_>) -> Result<Client> {
    let mut attempts = 3;
    loop {
        attempts -= 1;
        let mut admin = connect(&server.target.with_database("postgres"), ConnectOptions::default())?;
        let template = find_or_build(&mut admin, server, name, sources)?;
        match connect(&template.target, ConnectOptions::default()) {
            // One who verifies against other files has just dropped it.
            Err(ConnectError::DatabaseMissing { .. }) if attempts > 0 => {}
            connected => return Ok(connected?),
        }
    }
}

/// Creates `copy`, a database on the server of `server`, as a copy of the template of one that is called `name`, which is built from
/// `sources` unless it is there. `admin` is connected to the server's database `postgres`. The template's name.
///
/// # Errors
/// The server refuses; a migration or the filling fails. What was built so far is dropped then.
pub fn copy(admin: &mut Client, server: &Located, name: &str, sources: Sources<'_>, copy: &str) -> Result<String> {
    let template = find_or_build(admin, server, name, sources)?
        .target
        .database()
        .to_owned();
    admin
        .batch_execute(&format!(
            "CREATE DATABASE {} TEMPLATE {}",
            escape_identifier(copy),
            escape_identifier(&template)
        ))
        .with_context(|| format!("failed to copy the template `{template}`"))?;
    Ok(template)
}

fn find_or_build(admin: &mut Client, server: &Located, name: &str, sources: Sources<'_>) -> Result<Located> {
    let names = Names::of(name, sources.kind(), &sources.fingerprint(admin)?);
    let place = |name: &str| Located {
        target: server.target.with_database(name),
        origin: server.origin.clone(),
    };
    let there = names.find(admin)?;
    if there.template && there.outdated.is_empty() {
        return Ok(place(&names.template));
    }
    // A transaction's lock and not a session's, so that a pooler may stand in between.
    let mut holder = connect(&server.target.with_database("postgres"), ConnectOptions::default())?;
    let mut lock = holder.transaction()?;
    if there.template {
        if try_lock(&mut lock, name)? {
            names.drop_outdated(admin)?;
        }
        return Ok(place(&names.template));
    }
    if !try_lock(&mut lock, name)? {
        ui::status("Blocking", format!("waiting for another run that builds {name} afresh"));
        lock.query_typed(
            "SELECT pg_catalog.pg_advisory_xact_lock($1)",
            &[(&lock_key(name), Type::INT8)],
        )?;
    }
    // Whoever held the lock may have built it.
    if !names.drop_outdated(admin)?.template {
        build(admin, &names, &place(&names.building), sources)?;
        names.drop_outdated(admin)?;
    }
    Ok(place(&names.template))
}

fn try_lock(lock: &mut Transaction<'_>, name: &str) -> Result<bool, postgres::Error> {
    let query = "SELECT pg_catalog.pg_try_advisory_xact_lock($1)";
    lock.query_typed_one(query, &[(&lock_key(name), Type::INT8)])?
        .try_get(0)
}

/// Locks are of one database, here `postgres`, and of numbers.
fn lock_key(name: &str) -> i64 {
    let digits = &checksum(&format!("xtask template of {name}"))[..15];
    i64::from_str_radix(digits, 16).unwrap_or_default()
}

fn build(admin: &mut Client, names: &Names, building: &Located, sources: Sources<'_>) -> Result<()> {
    ui::status(
        "Building",
        format!(
            "{} afresh from {}, beside {}",
            sources.database.name,
            count(sources.migrations.len(), "migration"),
            match building.origin {
                Origin::DevelopmentServer => "others on the development server",
                Origin::Given(_) => "it on its server",
            }
        ),
    );
    let quoted = escape_identifier(&names.building);
    admin
        .batch_execute(&format!("CREATE DATABASE {quoted}"))
        .context("failed to create the fresh database")?;
    let doing = match sources.kind() {
        Kind::Schema => Doing::Build,
        Kind::Seeded => Doing::Apply,
    };
    let mark = Some(Mark::Development);
    let migrated = migrate(sources.database, building, sources.migrations, mark, doing);
    let built = migrated.and_then(|(mut session, _)| match sources.contents {
        Some(contents) => (contents.fill)(building, &mut session),
        None => Ok(()),
    });
    let finished = built.and_then(|()| {
        let comment = format!("COMMENT ON DATABASE {quoted} IS {};", escape_literal(&names.comment));
        admin
            .batch_execute(&format!("{comment} {}", rename(&names.building, &names.template)))
            .context("failed to keep the fresh database as a template")
    });
    if finished.is_err() {
        // Should that fail too, a later run does it.
        let _ = admin.batch_execute(&format!("DROP DATABASE IF EXISTS {quoted}"));
    }
    finished
}

/// What a template is for: to be looked at, or to be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Schema,
    Seeded,
}

/// What the toolkit calls its databases on behalf of one.
struct Names {
    template: String,
    building: String,
    /// What all templates of the database begin with.
    templates: String,
    /// What all unfinished builds of the database begin with.
    builds: String,
    comment: String,
}

/// What there is on a server.
struct There {
    template: bool,
    /// Templates of other files, and unfinished builds.
    outdated: Vec<String>,
}

impl Names {
    fn of(name: &str, kind: Kind, fingerprint: &str) -> Self {
        let short = short(name, 31);
        let templates = match kind {
            Kind::Schema => format!("xtask_template_{short}_"),
            Kind::Seeded => format!("xtask_seeded_{short}_"),
        };
        let builds = format!("xtask_building_{short}_");
        Self {
            template: format!("{templates}{fingerprint}"),
            building: format!("{builds}{:016x}", rand::rng().random::<u64>()),
            templates,
            builds,
            comment: format!(
                "xtask: built from the migrations of `{name}`, kept as a template; may be dropped at any time"
            ),
        }
    }

    fn find(&self, admin: &mut Client) -> Result<There, postgres::Error> {
        let mut there = There {
            template: false,
            outdated: Vec::new(),
        };
        for row in admin.query_typed(include_str!("template/list.sql"), &[])? {
            let (name, comment): (String, String) = (row.try_get("name")?, row.try_get("comment")?);
            let of = |beginning: &str| name.strip_prefix(beginning).is_some_and(is_fingerprint);
            if name == self.template {
                there.template = true;
            } else if of(&self.builds) || (of(&self.templates) && comment == self.comment) {
                there.outdated.push(name);
            }
        }
        Ok(there)
    }

    /// Drops what is outdated, unless somebody reads it or another role owns it. Only for one who holds the lock. What there is.
    fn drop_outdated(&self, admin: &mut Client) -> Result<There, postgres::Error> {
        let there = self.find(admin)?;
        for name in &there.outdated {
            // The server may still be at the last statement of a build whose runner is dead.
            let force = if name.starts_with(&self.builds) {
                " WITH (FORCE)"
            } else {
                ""
            };
            // It is in nobody's way: the next run tries again.
            let _ = admin.batch_execute(&format!("DROP DATABASE IF EXISTS {}{force}", escape_identifier(name)));
        }
        Ok(there)
    }
}

fn is_fingerprint(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_fit_and_no_database_takes_those_of_another() {
        let long = "x".repeat(63);
        for name in ["shop", long.as_str()] {
            let names = Names::of(name, Kind::Schema, "0123456789abcdef");
            assert!(
                names.template.len() <= 63 && names.building.len() <= 63,
                "{}",
                names.template
            );
        }
        let (shop, other) = (
            Names::of("shop", Kind::Schema, "0123456789abcdef"),
            Names::of("shop_x", Kind::Schema, "0123456789abcdef"),
        );
        let rest = other.template.strip_prefix(&shop.templates);
        assert!(rest.is_some_and(|rest| !is_fingerprint(rest)));
    }
}
