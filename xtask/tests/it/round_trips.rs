//! Round trips, counted by a proxy: a database 50 ms away must be as quick as one next door.

use crate::harness::proxy::Traffic;
use crate::harness::{Proxy, Sandbox, TestDatabase};
use xtask::pg::connect::{ConnectOptions, connect};
use xtask::pg::url::{Environment, Target};
use xtask::schema::introspect;

/// Migrations like people's: a table with a key and an index.
fn sandbox(files: usize) -> Sandbox {
    let sandbox = Sandbox::new(&[]);
    for number in 1..=files {
        sandbox.write(
            &format!("migrations/shop/{number:04}_create_t{number}.sql"),
            format!("CREATE TABLE t{number} (id int PRIMARY KEY, name text);\nCREATE INDEX ON t{number} (name);\n"),
        );
    }
    sandbox
}

fn migrate(sandbox: &Sandbox, database: &TestDatabase, finds: &str) -> Traffic {
    let proxy = Proxy::new(&database.address());
    let ended = sandbox
        .run(&["db-migrate", "--url", &database.url_through(&proxy.address())])
        .expect(0);
    assert!(ended.err.contains(finds), "{}", ended.err);
    proxy.traffic()
}

/// Of `files` migrations: the round trips to apply them, and those of the run after it.
fn measure(files: usize) -> (usize, usize) {
    let (database, sandbox) = (TestDatabase::empty(), sandbox(files));
    let first = migrate(&sandbox, &database, &format!("applied {files} migrations"));
    let second = migrate(&sandbox, &database, "nothing to apply");
    println!("{files} migrations: {first:?}; nothing to do: {second:?}");
    (first.round_trips, second.round_trips)
}

#[test]
fn twenty_migrations_take_at_most_10_round_trips_and_none_at_most_4() {
    let (apply, nothing) = measure(20);
    assert!(apply <= 10, "{apply}");
    assert!(nothing <= 4, "{nothing}");
}

#[test]
fn a_thousand_migrations_take_at_most_40_round_trips_and_none_at_most_4() {
    let (apply, nothing) = measure(1000);
    assert!(apply <= 40, "{apply}");
    assert!(nothing <= 4, "{nothing}");
}

#[test]
fn reading_a_schema_takes_4_round_trips_however_many_tables_it_has() {
    for tables in [1, 200] {
        assert_eq!(to_read(tables, "a int PRIMARY KEY, b text REFERENCES x (b)"), 4);
    }
}

/// The class of such an index is not its column's type's, and so only the server knows whether it is written.
#[test]
fn indexes_on_domains_take_one_round_trip_more_for_all_of_them() {
    for tables in [1, 200] {
        assert_eq!(to_read(tables, "a int PRIMARY KEY, b word"), 5);
    }
}

/// The round trips to read a schema of so many tables of these columns, with an index on `b`.
fn to_read(tables: usize, columns: &str) -> usize {
    let database = TestDatabase::empty();
    let make = format!(
            "CREATE DOMAIN word AS text; CREATE TABLE x (b text UNIQUE);
             DO $$ BEGIN FOR n IN 1..{tables} LOOP EXECUTE format('CREATE TABLE t%s ({columns}); CREATE INDEX ON t%1$s (b)', n); END LOOP; END $$"
        );
    database.connect().batch_execute(&make).unwrap();
    let proxy = Proxy::new(&database.address());
    let target = Target::parse(&database.url_through(&proxy.address()), &Environment::default()).unwrap();
    let mut client = connect(&target, ConnectOptions::default()).unwrap();
    let login = proxy.traffic().round_trips;
    let schema = introspect(&mut client).unwrap();
    assert_eq!(schema.relations.len(), tables + 1);
    proxy.traffic().round_trips - login
}
