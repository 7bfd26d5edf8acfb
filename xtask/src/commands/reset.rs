//! `db-reset`: builds a new database beside the old one, from migrations and seeds, and swaps the two by name.
//!
//! Until the swap the old database is not touched, and the swap is one transaction; the old one is kept under another name until the next
//! reset, and `--undo` swaps the two again. Where the role may not create databases, see `in_place`.

mod in_place;
mod swap;

use std::cell::RefCell;
use std::time::Instant;

use anyhow::Result;
use postgres::Client;
use serde_json::{Value, json};

use self::swap::{OtherSessions, Server};
use super::shared::build::template::{self, Contents};
use super::shared::build::{migrate, read_contract};
use super::shared::context::{Context, Create, Located, Origin, Start, check_then_do, create, items, may_create};
use super::shared::permit::ask;
use super::shared::progress::Doing;
use crate::cli::{Consent, ResetArgs};
use crate::guard::facts::{read_mark, write_mark};
use crate::guard::{Action, Mark, Permit};
use crate::migration::file::{self, Migration, Migrations};
use crate::migration::session::Session;
use crate::outcome::Outcome;
use crate::pg::connect::{ConnectError, ConnectOptions, connect};
use crate::pg::report::{Place, Report, Reports};
use crate::pg::script::checksum;
use crate::schema::contract::{self, Contract, Finding};
use crate::seed::{self, Seed, TableCount};
use crate::ui;
use crate::workspace::Database;

/// What a database is built from.
struct Sources<'a> {
    migrations: &'a Migrations,
    seeds: &'a [Seed],
    contract: Option<Contract>,
    /// Relative to the workspace.
    contract_path: String,
}

/// What was found before anything is touched.
enum Found {
    /// A new database can be built beside the old one.
    Beside(Box<Beside>),
    /// The role may not create databases; the right to empty this one.
    InPlace(Permit),
}

/// The server, locked, and the database that is there with the right to replace it.
struct Beside {
    server: Server,
    old: Option<Old>,
}

struct Old {
    mark: Option<Mark>,
    permit: Permit,
}

/// Reads the files of all databases and asks the guard for each, then resets one after the other.
///
/// # Errors
/// What was found before anything was touched; what stops a database is in the outcome.
pub fn run(args: &ResetArgs) -> Result<Outcome> {
    let context = Context::of_process()?;
    let databases = context.select(&args.selection)?;
    let migrations = file::read_all(&context.workspace, &databases)?;
    let seeds = seed::read_all(&context.workspace, &databases)?;
    let located = context.locate(&databases, &migrations, &args.selection.place, Start::WhenNeeded)?;
    if args.undo {
        return Ok(undo(&context, &databases, located, args));
    }
    let check = |name: &str, located: &Located, (migrations, seeds)| {
        let database = context.workspace.database(name)?;
        let (contract, contract_path) = read_contract(&context.workspace, database)?;
        let sources = Sources {
            migrations,
            seeds,
            contract,
            contract_path,
        };
        let found = examine(&context, database, located, &sources, args)?;
        Ok((database, sources, found))
    };
    let work = |name: &str, located: &Located, (database, sources, found): (&Database, Sources<'_>, Found)| {
        let start = Instant::now();
        let result = match found {
            Found::Beside(found) => reset(&context, database, located, &sources, *found, args)?,
            Found::InPlace(permit) => in_place::reset(database, located, &sources, &permit, args)?,
        };
        ui::status(
            "Finished",
            format!("{name}: reset in {:.2}s", start.elapsed().as_secs_f64()),
        );
        Ok(result)
    };
    let read = migrations.iter().zip(seeds.iter().map(Vec::as_slice));
    Ok(check_then_do(items(&databases, located, read), check, work))
}

/// A connection to the database; none where it is missing and may be created.
fn open(located: &Located) -> Result<Option<Client>> {
    match connect(&located.target, ConnectOptions::default()) {
        Ok(client) => Ok(Some(client)),
        Err(ConnectError::DatabaseMissing { .. }) if may_create(located, Create::OnDevelopmentServer) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Finds out which way to go, asks the guard, and looks for what speaks against it.
fn examine(
    context: &Context,
    database: &Database,
    located: &Located,
    sources: &Sources<'_>,
    args: &ResetArgs,
) -> Result<Found> {
    if let Some(mut client) = open(located)?
        && in_place::is_the_way(&mut client)?
    {
        return in_place::examine(context, database, located, sources, &mut client, args).map(Found::InPlace);
    }
    examine_beside(context, database, located, args).map(|found| Found::Beside(Box::new(found)))
}

/// Looks at the database that is to be replaced by another one. Whoever looks holds the lock, and nobody who waits for it is connected.
fn examine_beside(context: &Context, database: &Database, located: &Located, args: &ResetArgs) -> Result<Beside> {
    let mut server = Server::lock(located)?;
    let Some(mut client) = open(located)? else {
        return Ok(Beside { server, old: None });
    };
    let permit = ask(context, database, located, &mut client, Action::Reset, &args.consent)?;
    server.refuse_an_alias(&permit)?;
    refuse_what_a_new_one_would_lack(&mut client, permit.database())?;
    let mark = read_mark(&mut client)?;
    drop(client);
    if OtherSessions::of(args) == OtherSessions::Refuse {
        server.refuse_other_sessions(permit.database())?;
    }
    server.refuse_to_lose_kept()?;
    let old = Some(Old { mark, permit });
    Ok(Beside { server, old })
}

/// Settings, privileges and the owner of a database belong to it and would not be those of a new one.
fn refuse_what_a_new_one_would_lack(client: &mut Client, name: &str) -> Result<()> {
    let row = client.query_typed_one(include_str!("reset/belongings.sql"), &[])?;
    let belongings: Vec<String> = row.try_get("belongings")?;
    if belongings.is_empty() {
        return Ok(());
    }
    let report = Report::new(format!(
        "`{name}` can't be reset: a new database would lack what belongs to it"
    ));
    Err(stopped(
        belongings
            .iter()
            .fold(report, Report::note)
            .note("nothing was touched")
            .help("remove what is not needed; or undo and redo all migrations instead: `cargo xtask db-rollback <database> --to 0`"),
    ))
}

fn refuse_broken_contract(path: &str, findings: &[Finding]) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let report = Report::new("the new database does not keep the contract").at(Place::file(path));
    Err(stopped(
        findings
            .iter()
            .fold(report, |report, finding| report.note(finding.to_string())),
    ))
}

fn stopped(report: Report) -> anyhow::Error {
    Reports::from(report).into()
}

fn reset(
    context: &Context,
    database: &Database,
    located: &Located,
    sources: &Sources<'_>,
    found: Beside,
    args: &ResetArgs,
) -> Result<Value> {
    let Beside { mut server, old } = found;
    server.clear_leftovers()?;
    let building = server.names.building();
    let beside = Located {
        target: located.target.with_database(&building),
        origin: located.origin.clone(),
    };
    let maker = Maker {
        context,
        database,
        sources,
        old: old.as_ref(),
    };
    let made = maker.make(server.admin(), located, &beside);
    let built = made.map_err(|error| untouched(&mut server, &building, error))?;
    let swapped = match &old {
        None => server.name(&building),
        Some(old) => server.swap(&building, &old.permit, OtherSessions::of(args)),
    };
    if let Err(error) = swapped {
        return Err(if server.is_lost() {
            error
        } else {
            untouched(&mut server, &building, error)
        });
    }
    let kept = match (&old, args.no_keep) {
        (None, _) => None,
        (Some(_), true) => {
            let kept = server.names.kept.clone();
            server.drop_or_warn(&kept);
            None
        }
        (Some(_), false) => {
            ui::note(format!(
                "the database as it was is kept as `{}` until the next reset; `cargo xtask db-reset {} --undo` brings it back",
                server.names.kept, database.name
            ));
            Some(&server.names.kept)
        }
    };
    Ok(json!({ "built": built, "kept": kept }))
}

/// The error, with what became of the new database: the old one is as it was.
fn untouched(server: &mut Server, building: &str, error: anyhow::Error) -> anyhow::Error {
    let name = server.names.own.clone();
    let fate = match server.drop_built(building) {
        Ok(()) => format!("`{name}` was not touched: the new database was built beside it, and is dropped again"),
        Err(error) => {
            format!("`{name}` was not touched; `{building}` is left over, and the next reset drops it ({error:#})")
        }
    };
    with_fate(error, fate)
}

/// Brings back what the last reset of each database replaced; what replaced it is kept in its stead.
fn undo(context: &Context, databases: &[Database], located: Vec<Option<Located>>, args: &ResetArgs) -> Outcome {
    let check = |name: &str, located: &Located, ()| {
        if let Some(mut client) = open(located)?
            && in_place::is_the_way(&mut client)?
        {
            in_place::refuse_undo(located.target.database())?;
        }
        let mut server = Server::lock(located)?;
        let kept = server.names.kept.clone();
        if server.oid(&kept)?.is_none() {
            return Err(stopped(
                Report::new(format!("there is no `{kept}` to bring back"))
                    .note("a reset keeps what it replaced under that name, until the next one and unless `--no-keep` is given")
                    .note("nothing was touched"),
            ));
        }
        let mut client = connect(&located.target, ConnectOptions::default())?;
        let database = context.workspace.database(name)?;
        let permit = ask(context, database, located, &mut client, Action::Reset, &args.consent)?;
        server.refuse_an_alias(&permit)?;
        drop(client);
        if OtherSessions::of(args) == OtherSessions::Refuse {
            server.refuse_other_sessions(permit.database())?;
            server.refuse_other_sessions(&kept)?;
        }
        Ok((server, permit))
    };
    let work = |name: &str, _: &Located, (mut server, permit): (Server, Permit)| {
        server.swap_back(&permit, OtherSessions::of(args))?;
        ui::status(
            "Finished",
            format!(
                "{name}: as it was before the reset; what the reset had made is kept as `{}`",
                server.names.kept
            ),
        );
        Ok(json!({ "kept": server.names.kept }))
    };
    let items = items(databases, located, std::iter::repeat_n((), databases.len()));
    check_then_do(items, check, work)
}

/// The error, with what became of the databases.
fn with_fate(error: anyhow::Error, fate: String) -> anyhow::Error {
    match error.downcast::<Reports>() {
        Ok(mut reports) => {
            if let Some(last) = reports.0.last_mut() {
                last.notes.push(fate);
                last.go_on("run `cargo xtask db-reset <database>` again");
            }
            reports.into()
        }
        Err(error) => {
            let report = Report::new(format!("{error:#}")).note(fate);
            error.context(Reports::from(report))
        }
    }
}

/// Makes the new database.
#[derive(Clone, Copy)]
struct Maker<'a> {
    context: &'a Context,
    database: &'a Database,
    sources: &'a Sources<'a>,
    old: Option<&'a Old>,
}

impl Maker<'_> {
    /// Where the database is for development or tests, a copy of what the same files made before; elsewhere nothing is left on the server,
    /// and it is made by itself.
    fn make(self, admin: &mut Client, located: &Located, beside: &Located) -> Result<Value> {
        let mark = self.old.and_then(|old| old.mark);
        if located.origin == Origin::DevelopmentServer || matches!(mark, Some(Mark::Development | Mark::Test)) {
            return self.copy(admin, located, beside, mark.unwrap_or(Mark::Development));
        }
        create(beside)?;
        let migrations = &self.sources.migrations.list;
        let (mut session, applied) = migrate(self.database, beside, migrations, mark, Doing::Apply)?;
        let seeded = self.fill(beside, &mut session)?;
        Ok(json!({ "applied": applied, "seeded": seeded, "template": null }))
    }

    fn copy(self, admin: &mut Client, located: &Located, beside: &Located, mark: Mark) -> Result<Value> {
        // What they are parsed to is plain data, and all that is used of them.
        let fingerprint = checksum(&format!("{:?}", (self.sources.seeds, &self.sources.contract)));
        let seeded = RefCell::new(None);
        let fill = |building: &Located, session: &mut Session| {
            *seeded.borrow_mut() = Some(self.fill(building, session)?);
            Ok(())
        };
        let sources = template::Sources {
            database: self.database,
            migrations: &self.sources.migrations.list,
            contents: Some(Contents {
                fingerprint: &fingerprint,
                fill: &fill,
            }),
        };
        let template = template::copy(
            admin,
            located,
            located.target.database(),
            sources,
            beside.target.database(),
        )?;
        // The template's own mark says nothing about a copy.
        write_mark(&mut connect(&beside.target, ConnectOptions::default())?, mark)?;
        let seeded = seeded.into_inner();
        if seeded.is_none() {
            ui::status(
                "Copied",
                format!("{} from `{template}`, which the same files made", self.database.name),
            );
        }
        let stems = |migration: &Migration| migration.stem.clone();
        let applied: Vec<String> = match &seeded {
            Some(_) => self.sources.migrations.list.iter().map(stems).collect(),
            None => Vec::new(),
        };
        Ok(json!({ "applied": applied, "seeded": seeded.unwrap_or_default(), "template": template }))
    }

    /// Seeds a database that is migrated, and checks it.
    fn fill(self, place: &Located, session: &mut Session) -> Result<Vec<TableCount>> {
        let permit = self.permit_to_fill(place, &mut session.client)?;
        let counts = seed::run(&mut session.client, self.sources.seeds, &permit, &|_| {}).map_err(Reports::from)?;
        let Some(contract) = &self.sources.contract else {
            return Ok(counts);
        };
        let findings = contract::check(&mut session.client, contract)?.findings;
        refuse_broken_contract(&self.sources.contract_path, &findings)?;
        Ok(counts)
    }

    /// The right to fill a new database: it comes with the right to replace the old one, or the guard gives it.
    fn permit_to_fill(self, place: &Located, client: &mut Client) -> Result<Permit> {
        match self.old {
            Some(old) => old.permit.for_replacement(client).map_err(stopped),
            None => ask(
                self.context,
                self.database,
                place,
                client,
                Action::Seed,
                &Consent::default(),
            ),
        }
    }
}
