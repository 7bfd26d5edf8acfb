//! `db-migrate`, `db-status`, `db-rollback`, by the real program on small histories.

use crate::harness::{Sandbox, TestDatabase};

const TWO: &[(&str, &str)] = &[
    ("001_create_a.sql", "CREATE TABLE a (id int);\n"),
    ("001_create_a.down.sql", "DROP TABLE a;\n"),
    ("002_create_b.sql", "CREATE TABLE b (id int)"),
    ("002_create_b.down.sql", "DROP TABLE b;\n"),
];

#[test]
fn migrating_twice_applies_once() {
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(TWO));
    let first = sandbox.run_on(&database, &["db-migrate"]).expect(0);
    assert!(first.err.contains("applied 2 migrations"), "{}", first.err);
    let second = sandbox.run_on(&database, &["db-migrate"]).expect(0);
    assert!(second.err.contains("nothing to apply"), "{}", second.err);
}
