//! The products of this workspace: what their migrations, seeds and contracts promise, proved for every one of them.

mod automation;
mod bilancompetence;
mod dashboard;
mod humanglue;
mod promptpal;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use postgres::error::SqlState;
use postgres::{Client, Transaction};
use xtask::guard::facts::identity;
use xtask::guard::{Action, Facts, Mark, Permit, Server, decide};
use xtask::migration::file::{self, Migrations};
use xtask::migration::rollback::{self, Extent};
use xtask::migration::session::Session;
use xtask::migration::{apply, ledger};
use xtask::schema::exceptions::{Exception, Exceptions};
use xtask::schema::{advice, contract, introspect, render};
use xtask::seed::{self, TableCount};
use xtask::workspace::Database;

use crate::harness::database::{OPTIONS, is_supported, root, workspace};
use crate::harness::{Sandbox, TestDatabase, TestServer};

/// Every database of the workspace that the server can hold; there is at least one. Which it can't is told. The server is held while they
/// are gone through, so that it is not started anew for each.
pub fn products() -> impl Iterator<Item = Database> {
    let server = TestServer::get();
    let mut products = workspace().databases().to_vec();
    products.retain(|product| is_supported(&server, &product.name));
    assert!(!products.is_empty(), "the workspace has no database");
    products.into_iter().inspect(move |_| {
        let _held = &server;
    })
}

/// The one of this name.
fn product(name: &str) -> Database {
    workspace().database(name).unwrap().clone()
}

fn migrations(product: &Database) -> Migrations {
    file::read(&workspace(), product).unwrap()
}

fn schema(client: &mut Client) -> String {
    render(&introspect(client).unwrap())
}

/// A permit for a test's own database.
fn permit(database: &TestDatabase, action: Action) -> Permit {
    let identity = identity(&mut database.connect()).unwrap();
    let facts = Facts {
        database: identity.database,
        key: identity.key,
        server: Server::Development,
        obstacle: None,
        mark: Some(Mark::Test),
        production_environment: None,
        protected_host: None,
    };
    decide(action, &facts, None).unwrap()
}

fn seeded(database: &TestDatabase, product: &Database) -> Vec<TableCount> {
    let seeds = seed::read(&workspace(), product).unwrap();
    seed::run(
        &mut database.connect(),
        &seeds,
        &permit(database, Action::Seed),
        &|_| {},
    )
    .unwrap()
}

/// Runs a statement that must fail and undoes it; its SQLSTATE and the constraint that it names.
#[track_caller]
fn failure(transaction: &mut Transaction<'_>, statement: &str) -> (SqlState, Option<String>) {
    let mut nested = transaction.transaction().unwrap();
    let error = nested
        .batch_execute(statement)
        .expect_err(&format!("it was taken: {statement}"));
    nested.rollback().unwrap();
    let error = error.as_db_error().unwrap();
    (error.code().clone(), error.constraint().map(str::to_owned))
}

#[test]
fn the_schema_of_every_product_is_the_committed_snapshot() {
    for product in products() {
        let database = TestDatabase::of(&product.name);
        let text = schema(&mut database.connect());
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(root().join("snapshots"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_description(format!(
            "The schema that migrations/{} makes. To accept a change: INSTA_UPDATE=always cargo test --test it snapshot; then look at git diff snapshots",
            product.name
        ));
        settings.bind(|| insta::assert_snapshot!(product.name.as_str(), text));
    }
}

/// On the server of this run, and on each other major version that is at hand; which ones, it prints.
#[test]
fn the_snapshots_hold_on_every_version_at_hand() {
    for (version, server) in TestServer::of_each_version() {
        let (mut compared, mut left_out) = (Vec::new(), Vec::new());
        for product in workspace().databases() {
            if !is_supported(&server, &product.name) {
                left_out.push(format!("; without {}", product.name));
                continue;
            }
            let database = TestDatabase::of_on(Arc::clone(&server), &product.name);
            let path = root().join("snapshots").join(format!("{}.snap", product.name));
            let file = fs::read_to_string(path).unwrap();
            let (_, snapshot) = file.trim_start_matches("---\n").split_once("\n---\n").unwrap();
            let schema = schema(&mut database.connect());
            let whose = format!("{} on PostgreSQL {version}", product.name);
            assert_same(snapshot.trim_end(), schema.trim_end(), &whose);
            compared.push(product.name.clone());
        }
        println!("PostgreSQL {version}: {}{}", compared.join(", "), left_out.concat());
        assert!(!compared.is_empty(), "no product can be made on PostgreSQL {version}");
    }
}

#[test]
fn there_is_exactly_one_snapshot_a_product() {
    let mut found: Vec<String> = fs::read_dir(root().join("snapshots"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension != "md"))
        .collect();
    found.sort();
    let expected: Vec<String> = workspace()
        .databases()
        .iter()
        .map(|product| format!("{}.snap", product.name))
        .collect();
    assert_eq!(
        found, expected,
        "`git status snapshots` tells what is left over; INSTA_UPDATE=always cargo test --test it snapshot makes what is missing"
    );
}

#[test]
fn migrating_again_does_nothing() {
    for product in products() {
        let database = TestDatabase::of(&product.name);
        let migrations = migrations(&product);
        let rows = |client: &mut Client| ledger::read(client).unwrap().unwrap();
        let before = rows(&mut database.connect());
        assert_eq!(before.len(), migrations.list.len());
        let mut session = Session::connect(&database.target(), Arc::new(|_| {})).unwrap();
        let prepared = apply::prepare(&mut session, &migrations.list, OPTIONS).unwrap();
        let summary = apply::apply(&mut session, prepared, &migrations.list, OPTIONS).unwrap();
        assert_eq!(summary.applied, Vec::<String>::new());
        assert_eq!(rows(&mut session.client), before);
    }
}

#[test]
fn every_down_file_restores_the_schema_before_it_and_up_again_the_one_after() {
    for product in products() {
        let database = TestDatabase::before(&product.name);
        let migrations = migrations(&product);
        let mut session = Session::connect(&database.target(), Arc::new(|_| {})).unwrap();
        let permit = permit(&database, Action::RollBack);
        let mut before = schema_and_rows(&mut session.client);
        for count in 1..=migrations.list.len() {
            let files = &migrations.list[..count];
            let stem = &files[count - 1].stem;
            let up = |session: &mut Session| {
                let prepared = apply::prepare(session, files, OPTIONS).unwrap();
                let summary = apply::apply(session, prepared, files, OPTIONS).unwrap();
                assert_eq!(&summary.applied, std::slice::from_ref(stem));
                schema_and_rows(&mut session.client)
            };
            let after = up(&mut session);
            assert_ne!(before, after, "{stem} changes neither the schema nor a row");
            let rows = ledger::read(&mut session.client).unwrap().unwrap();
            let undos = rollback::plan(&mut session.client, files, &rows, Extent::Steps(1)).unwrap();
            rollback::roll_back(&mut session, &undos, OPTIONS.locks, &permit).unwrap();
            assert_same(&before, &schema_and_rows(&mut session.client), stem);
            assert_same(&after, &up(&mut session), stem);
            before = after;
        }
    }
}

/// The schema and the rows that came with it: a migration may be nothing but reference data. When a row was written is left out.
fn schema_and_rows(client: &mut Client) -> String {
    let tables = client
        .query(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
             WHERE schemaname = 'public' AND tablename NOT IN ('schema_migrations', 'schema_mark') ORDER BY 1",
            &[],
        )
        .unwrap();
    let mut text = schema(client);
    for table in tables {
        let table: String = table.get(0);
        let query = format!("SELECT (to_jsonb(t) - 'created_at' - 'updated_at')::text FROM {table} AS t ORDER BY 1");
        for row in client.query(&query, &[]).unwrap() {
            writeln!(text, "{table} {}", row.get::<_, &str>(0)).unwrap();
        }
    }
    text
}

#[track_caller]
fn assert_same(expected: &str, actual: &str, stem: &str) {
    assert!(
        expected == actual,
        "{stem}: not the schema that it should be:\n{}",
        similar::TextDiff::from_lines(expected, actual)
            .unified_diff()
            .context_radius(2)
    );
}

#[test]
fn the_whole_way_down_leaves_nothing() {
    for product in products() {
        let untouched = TestDatabase::empty();
        let empty = schema(&mut untouched.connect());
        let database = TestDatabase::of(&product.name);
        let migrations = migrations(&product);
        let mut session = Session::connect(&database.target(), Arc::new(|_| {})).unwrap();
        let rows = ledger::read(&mut session.client).unwrap().unwrap();
        let extent = Extent::To(file::Version(0));
        let undos = rollback::plan(&mut session.client, &migrations.list, &rows, extent).unwrap();
        assert_eq!(undos.len(), migrations.list.len());
        rollback::roll_back(
            &mut session,
            &undos,
            OPTIONS.locks,
            &permit(&database, Action::RollBack),
        )
        .unwrap();
        assert_same(&empty, &schema(&mut session.client), &product.name);
    }
}

#[test]
fn seeding_twice_leaves_the_same_rows() {
    for product in products() {
        let database = TestDatabase::of(&product.name);
        let first = seeded(&database, &product);
        assert!(first.iter().any(|table| table.inserted > 0), "{first:?}");
        let rows = all_rows(&mut database.connect());
        let second = seeded(&database, &product);
        for table in &second {
            assert_eq!((table.inserted, table.updated, table.deleted), (0, 0, 0), "{table:?}");
        }
        assert_eq!(second.len(), first.len(), "the same tables are told of");
        assert_eq!(rows, all_rows(&mut database.connect()));
    }
}

/// Every row of every table, with the transaction that wrote it: an update that changes nothing is seen too.
fn all_rows(client: &mut Client) -> Vec<String> {
    let tables = client
        .query(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
            &[],
        )
        .unwrap();
    tables
        .iter()
        .flat_map(|table| {
            let table: String = table.get(0);
            let query = format!("SELECT '{table} ' || t.xmin::text || ' ' || t::text FROM {table} AS t ORDER BY 1");
            client
                .query(&query, &[])
                .unwrap()
                .into_iter()
                .map(|row| row.get(0))
                .collect::<Vec<String>>()
        })
        .collect()
}

#[test]
fn the_contract_is_kept_on_an_empty_and_on_a_seeded_database() {
    for product in products() {
        let text = fs::read_to_string(product.migrations.join("contract.sql")).unwrap();
        let contract = contract::parse(&text).unwrap();
        assert!(!contract.clauses.is_empty());
        let database = TestDatabase::of(&product.name);
        for state in ["empty", "seeded"] {
            let verdict = contract::check(&mut database.connect(), &contract).unwrap();
            let findings: Vec<String> = verdict.findings.iter().map(ToString::to_string).collect();
            assert_eq!(findings, Vec::<String>::new(), "{}, {state}", product.name);
            run_queries(&mut database.connect(), &contract);
            seeded(&database, &product);
        }
    }
}

/// Each query is not only planned but run, with NULL for its parameters; a write may refuse that.
fn run_queries(client: &mut Client, contract: &contract::Contract) {
    for clause in &contract.clauses {
        let parameters = client.prepare(&clause.sql).unwrap().params().len();
        let mut transaction = client.transaction().unwrap();
        transaction
            .batch_execute(&format!("PREPARE clause AS {}", clause.sql))
            .unwrap();
        let nulls = vec!["NULL"; parameters].join(", ");
        let execute = if parameters == 0 {
            "EXECUTE clause".to_owned()
        } else {
            format!("EXECUTE clause({nulls})")
        };
        if let Err(error) = transaction.simple_query(&execute) {
            assert_eq!(
                error.code(),
                Some(&SqlState::NOT_NULL_VIOLATION),
                "{}: {error}",
                clause.name
            );
        }
        transaction.rollback().unwrap();
        client.batch_execute("DEALLOCATE clause").unwrap();
    }
}

#[test]
fn nothing_is_to_be_advised_that_has_no_reason_in_the_exceptions() {
    let rules: Vec<&str> = advice::rules().collect();
    for product in products() {
        let database = TestDatabase::of(&product.name);
        let found = advice::advise(&mut database.connect()).unwrap();
        let path = product.migrations.join("exceptions.toml");
        let exceptions = Exceptions::read(&path, &workspace().display(&path), &rules).unwrap();
        let split = exceptions.split(found, |advice| (advice.rule, &advice.object));
        assert_eq!(split.kept, [], "{}", product.name);
        assert_eq!(split.unmatched, [] as [&Exception; 0], "{}", product.name);
    }
}

#[test]
fn a_missing_table_is_told_as_the_application_sees_it() {
    let database = TestDatabase::of("dashboard");
    database.connect().batch_execute("DROP TABLE user_tool_usage").unwrap();
    let text = fs::read_to_string(root().join("migrations/dashboard/contract.sql")).unwrap();
    let verdict = contract::check(&mut database.connect(), &contract::parse(&text).unwrap()).unwrap();
    let first = verdict.findings.first().map(ToString::to_string);
    assert_eq!(
        first.as_deref(),
        Some(
            "`tool usage statistics` (`app/actions/dashboard-actions.ts:375-387`): relation \"user_tool_usage\" does not exist"
        )
    );
}

#[test]
fn a_fresh_clone_is_migrated_by_the_program() {
    let database = TestDatabase::empty();
    let sandbox = Sandbox::new(&[]);
    let ended = sandbox
        .command(&["db-migrate", "dashboard", "--url", &database.url()])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let expected = TestDatabase::of("dashboard");
    assert_same(
        &schema(&mut expected.connect()),
        &schema(&mut database.connect()),
        "the program's schema",
    );
}
