//! The freshly built database that the live one is compared with: where it is built, that it is kept, and what a kill leaves.

use xtask::guard::Mark;
use xtask::schema::diff::diff;
use xtask::schema::introspect;

use super::{Case, all_findings, findings};
use crate::harness::database::root;
use crate::harness::running::{Victim, kill};
use crate::harness::{Sandbox, TestDatabase, wait_until};
use crate::products::products;

const FILES: &[(&str, &str)] = &[("001_create_t.sql", "CREATE TABLE t (id integer PRIMARY KEY, a text);\n")];

/// What the toolkit keeps on behalf of a database: name without the database's, oid and owner.
fn kept(database: &TestDatabase) -> Vec<(String, u32, String)> {
    let query = "SELECT replace(datname, $1, 'DATABASE'), oid, pg_get_userbyid(datdba)::text FROM pg_database
                  WHERE datname ~ ('^xtask_(template|building)_' || $1 || '_') ORDER BY datname";
    let rows = database.connect().query(query, &[&database.name()]).unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

#[test]
fn every_product_has_no_finding_when_it_has_been_migrated_and_seeded() {
    for product in products() {
        let case = Case {
            database: TestDatabase::of(&product.name),
            sandbox: Sandbox::new(&[]),
        };
        case.mark(Mark::Test);
        let run = |args: &[&str]| {
            let url = case.database.url();
            let mut command = case.sandbox.command(args);
            case.sandbox.end(
                command
                    .args([&product.name, "--json", "--url", &url])
                    .current_dir(root()),
            )
        };
        run(&["db-seed", "--erase", case.database.name()]).expect(0);
        for _ in 0..2 {
            assert_eq!(all_findings(&run(&["db-verify"])), [""; 0], "{}", product.name);
        }
        let mut client = case.database.connect();
        let first = introspect(&mut client).unwrap();
        for _ in 0..20 {
            assert_eq!(diff(&first, &introspect(&mut client).unwrap()), []);
        }
    }
}

#[test]
fn what_was_built_once_is_found_again() {
    let case = Case::new(FILES);
    let first = case.verify(&[]).expect(0);
    assert!(first.err.contains("Building"), "{}", first.err);
    let built = kept(&case.database);
    assert_eq!(built.len(), 1, "{built:?}");
    let second = case.verify(&[]).expect(0);
    assert!(!second.err.contains("Building"), "{}", second.err);
    assert_eq!(kept(&case.database), built, "it is the very same database");
    let comment = "SELECT shobj_description($1, 'pg_database')";
    let comment: String = case
        .database
        .connect()
        .query_one(comment, &[&built[0].1])
        .unwrap()
        .get(0);
    assert!(comment.starts_with("xtask: "), "{comment}");
}

#[test]
fn other_files_take_another_build_and_the_old_one_goes() {
    let case = Case::new(FILES);
    case.verify(&[]).expect(0);
    let before = kept(&case.database);
    case.sandbox.write(
        "migrations/shop/002_more.sql",
        "CREATE TABLE more (id integer PRIMARY KEY);\n",
    );
    case.sandbox.run_on(&case.database, &["db-migrate"]).expect(0);
    case.verify(&[]).expect(0);
    let after = kept(&case.database);
    assert_eq!((before.len(), after.len()), (1, 1));
    assert_ne!(before[0].1, after[0].1);
    // Comments change what a file's checksum says, and nothing else.
    let file = format!("-- why\n{}", FILES[0].1);
    case.sandbox.write("migrations/shop/001_create_t.sql", &file);
    case.verify(&[]).expect(3);
    assert_ne!(kept(&case.database)[0].1, after[0].1);
}

/// A migration that waits, while it builds afresh, for as long as a role may log in: roles are the server's, and the fresh database is
/// nobody's to prepare.
fn waiting(role: &str, more: &str) -> String {
    format!(
        "DO $$BEGIN\n  WHILE current_database() LIKE 'xtask_building_%' AND (SELECT rolcanlogin FROM pg_roles WHERE rolname = '{role}') LOOP\n    \
         PERFORM pg_sleep(0.05);\n  END LOOP;\nEND$$;\n{more}"
    )
}

fn builds(database: &TestDatabase) -> String {
    format!(
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname LIKE 'xtask\\_building\\_{}%' AND query LIKE '%rolcanlogin%' AND state = 'active'",
        database.name()
    )
}

#[test]
fn a_killed_build_is_never_taken_for_a_template_and_is_cleared_away() {
    let case = Case::new(&[]);
    let role = case.database.role("switch");
    case.sandbox
        .write("migrations/shop/001_create_t.sql", waiting(&role, FILES[0].1));
    case.sandbox.run_on(&case.database, &["db-migrate"]).expect(0);
    let (victim, url) = (Victim::default(), case.database.url());
    let running = case.sandbox.start_as(&victim, &["db-verify", "--url", &url]);
    wait_until(&case.database, &builds(&case.database));
    kill(&victim);
    drop(running.finish());
    let left = kept(&case.database);
    assert!(left.len() == 1 && left[0].0.starts_with("xtask_building_"), "{left:?}");
    case.by_hand(&format!("ALTER ROLE {role} NOLOGIN"));
    let again = case.verify(&[]).expect(0);
    assert!(again.err.contains("Building"), "{}", again.err);
    let now = kept(&case.database);
    assert!(now.len() == 1 && now[0].0.starts_with("xtask_template_"), "{now:?}");
    assert_ne!(now[0].1, left[0].1);
}

#[test]
fn several_at_once_build_once() {
    let case = Case::new(&[]);
    let role = case.database.role("switch");
    case.sandbox
        .write("migrations/shop/001_create_t.sql", waiting(&role, FILES[0].1));
    case.sandbox.run_on(&case.database, &["db-migrate"]).expect(0);
    let url = case.database.url();
    let running: Vec<_> = (0..4)
        .map(|_| case.sandbox.start(&["db-verify", "--url", &url]))
        .collect();
    // One builds, and the others wait for its lock.
    wait_until(&case.database, &builds(&case.database));
    wait_until(
        &case.database,
        "SELECT count(*) >= 3 FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
          WHERE l.locktype = 'advisory' AND NOT l.granted AND a.query LIKE '%pg_advisory_xact_lock($1)%'",
    );
    case.by_hand(&format!("ALTER ROLE {role} NOLOGIN"));
    let ended: Vec<_> = running.into_iter().map(|running| running.finish().expect(0)).collect();
    let built = ended.iter().filter(|ended| ended.err.contains("Building")).count();
    assert_eq!(built, 1);
    assert_eq!(kept(&case.database).len(), 1);
}

#[test]
fn a_build_that_fails_leaves_nothing() {
    let case = Case::new(FILES);
    case.sandbox
        .write("migrations/shop/001_create_t.sql", "CREATE TABLE t (id nothing);\n");
    case.verify(&[]).expect(1);
    assert_eq!(kept(&case.database), []);
}

#[test]
fn only_a_database_for_development_or_tests_has_its_build_beside_it() {
    let case = Case::new(FILES);
    case.sandbox.has_the_test_server_for_development(&case.database);
    let role = case.database.role("maker");
    case.by_hand(&format!(
        "ALTER ROLE {role} CREATEDB; GRANT SELECT ON schema_migrations, schema_mark TO {role}"
    ));
    let url = case.database.url_as(&role, "secret");
    let owner_after = |mark: Mark| {
        case.mark(mark);
        let ended = case.sandbox.run(&["db-verify", "--json", "--url", &url]);
        let none: [String; 0] = [];
        assert_eq!(findings(&ended), none, "{mark}: {}", ended.err);
        let owner = kept(&case.database)[0].2.clone();
        for (name, ..) in kept(&case.database) {
            let name = name.replace("DATABASE", case.database.name());
            case.by_hand(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
        owner
    };
    assert_eq!(owner_after(Mark::Test), role, "beside it, by its own role");
    let superuser: String = case
        .database
        .connect()
        .query_one("SELECT current_user::text", &[])
        .unwrap()
        .get(0);
    assert_eq!(
        owner_after(Mark::Production),
        superuser,
        "on the development server, by its role"
    );
    case.by_hand(&format!("ALTER ROLE {role} NOCREATEDB"));
    assert_eq!(
        owner_after(Mark::Test),
        superuser,
        "a role that may not create databases"
    );
}

#[test]
fn the_live_database_is_never_written_to() {
    let case = Case::new(FILES);
    case.sandbox.write(
        "migrations/shop/contract.sql",
        "-- role: connection\n\n-- query: all of t\nSELECT id FROM t;\n\n-- query: new\nINSERT INTO t VALUES ($1, $2);\n\n-- check: empty\nSELECT count(*) = 0 FROM t;\n",
    );
    case.by_hand("ALTER TABLE t ADD extra integer");
    let fingerprint = "SELECT md5(string_agg(line, ';' ORDER BY line)) FROM (
            SELECT 'class ' || oid || ' ' || xmin || ' ' || relfilenode FROM pg_class
            UNION ALL SELECT 'attribute ' || attrelid || ' ' || attnum || ' ' || xmin FROM pg_attribute
            UNION ALL SELECT 'depend ' || objid || ' ' || refobjid || ' ' || xmin FROM pg_depend
            UNION ALL SELECT 'ledger ' || version || ' ' || xmin || ' ' || ctid FROM schema_migrations
            UNION ALL SELECT 'mark ' || mark || ' ' || xmin || ' ' || ctid FROM schema_mark) AS lines (line)";
    let state = || -> String { case.database.connect().query_one(fingerprint, &[]).unwrap().get(0) };
    let before = state();
    assert_eq!(case.findings(), ["drift-extra: table public.t, column extra"]);
    assert_eq!(state(), before);
    // Whoever wrote now would be refused.
    let (name, role) = (case.database.name(), case.database.role("reader"));
    case.by_hand(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    assert_eq!(case.findings(), ["drift-extra: table public.t, column extra"]);
    let grants = format!("SET TRANSACTION READ WRITE; GRANT SELECT, INSERT ON t, schema_migrations TO {role}");
    case.by_hand(&grants);
    case.sandbox.has_the_test_server_for_development(&case.database);
    let url = case.database.url_as(&role, "secret");
    let ended = case.sandbox.run(&["db-verify", "--json", "--url", &url]);
    assert_eq!(
        findings(&ended),
        [
            "drift-extra: table public.t, column extra".to_owned(),
            format!("drift-extra: table public.t, grant to {role}"),
        ]
    );
}
