//! What the user reads of a database that is not as the files say, and what a program does.

use std::fmt::Write as _;

use insta::assert_snapshot;
use xtask::guard::Mark;
use xtask::migration::ledger;

use super::Case;
use crate::harness::{Sandbox, TestDatabase};

const FILES: &[(&str, &str)] = &[
    (
        "001_create_t.sql",
        "CREATE TABLE t (id integer PRIMARY KEY, a text NOT NULL DEFAULT 'x', b text);\nCREATE INDEX t_a_idx ON t (a);\n\
         ALTER TABLE t ENABLE ROW LEVEL SECURITY;\nCREATE POLICY own ON t USING (a = current_user);\n",
    ),
    (
        "002_create_f.sql",
        "CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE plpgsql SET search_path = '' AS $$\nDECLARE\n  b integer := 1;\nBEGIN\n  b := b + a;\n  \
         RAISE NOTICE 'b is %', b;\n  IF b > 10 THEN\n    RETURN 10;\n  END IF;\n  RETURN b;\nEND\n$$;\n",
    ),
];

const CONTRACT: &str = "-- role: connection\n\n-- query: the newest of t (app/a.ts:7)\nSELECT id, name FROM t WHERE id = $1;\n\n\
                        -- query: all of t (app/b.ts:9)\nSELECT id FROM t;\n\n\
                        -- check: there is a row\nSELECT count(*) > 0 FROM t;\n";

/// A database with something of each kind.
fn of_all_kinds() -> Case {
    let case = Case::new(FILES);
    case.sandbox
        .write("migrations/shop/003_create_c.sql", "CREATE TABLE c ();\n");
    case.sandbox.write("migrations/shop/contract.sql", CONTRACT);
    case.by_hand(
        "DROP INDEX t_a_idx; ALTER POLICY own ON t USING (true); ALTER TABLE t DISABLE ROW LEVEL SECURITY; ALTER TABLE t ALTER a DROP DEFAULT;
         CREATE TABLE \"Extra.Table\" (\"select\" integer);
         CREATE OR REPLACE FUNCTION f(a integer) RETURNS integer LANGUAGE plpgsql SET search_path = '' AS $$\nDECLARE\n  b integer := 1;\nBEGIN\n  b := b + a;\n  RAISE NOTICE 'b is %', b;\n  IF b > 10 THEN\n    RETURN 11;\n  END IF;\n  RETURN b;\nEND\n$$;",
    );
    case
}

#[test]
fn findings_are_grouped_by_object_with_both_definitions() {
    let case = of_all_kinds();
    assert_snapshot!(case.verify(&[]).expect(3).shown(Some(&case.database)));
}

#[test]
fn findings_are_told_to_programs() {
    let case = of_all_kinds();
    let ended = case.verify(&["--json"]).expect(3);
    assert_snapshot!(ended.out.replace(case.database.name(), "DATABASE"));
}

#[test]
fn differences_are_coloured_where_colours_are_wanted() {
    let case = of_all_kinds();
    let url = case.database.url();
    let mut command = case.sandbox.command(&["db-verify", "--url", &url]);
    command.env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1");
    let coloured = case.sandbox.end(&mut command).expect(3);
    assert!(
        coloured.out.contains("\u{1b}[31m-       RETURN 10;\u{1b}[0m"),
        "{:?}",
        coloured.out
    );
    assert!(
        coloured.out.contains("\u{1b}[32m+       RETURN 11;\u{1b}[0m"),
        "{:?}",
        coloured.out
    );
    let plain = case.verify(&[]).expect(3);
    assert!(!plain.out.contains('\u{1b}') && !plain.err.contains('\u{1b}'));
}

#[test]
fn a_database_that_is_as_the_files_say_has_no_finding() {
    let case = Case::new(FILES);
    assert_snapshot!(case.verify(&[]).expect(0).shown(Some(&case.database)));
}

#[test]
fn what_is_pending_is_no_drift() {
    let case = Case::new(FILES);
    case.sandbox
        .write("migrations/shop/003_more.sql", "ALTER TABLE t ADD c integer;\n");
    assert_eq!(case.findings(), ["pending: migration 003_more"]);
    case.by_hand("ALTER TABLE t DROP b");
    assert_eq!(
        case.findings(),
        ["pending: migration 003_more", "drift-missing: table public.t, column b"]
    );
}

#[test]
fn what_is_pending_out_of_order_is_no_drift() {
    let case = Case::new(FILES);
    case.sandbox
        .write("migrations/shop/000_more.sql", "CREATE TABLE more ();\n");
    assert_eq!(case.findings(), ["out-of-order: migration 000_more"]);
}

#[test]
fn what_a_file_made_that_is_missing_is_no_drift() {
    let case = Case::new(FILES);
    case.sandbox.remove("migrations/shop/002_create_f.sql");
    assert_eq!(case.findings(), ["missing: migration 2_create_f"]);
    assert_snapshot!(case.verify(&[]).expect(3).shown(Some(&case.database)));
}

#[test]
fn a_changed_file_is_drift_where_the_database_lacks_the_change() {
    let case = Case::new(FILES);
    let changed = FILES[0].1.replace("b text", "b text, c text");
    case.sandbox.write("migrations/shop/001_create_t.sql", &changed);
    assert_eq!(
        case.findings(),
        [
            "changed: migration 001_create_t",
            "drift-missing: table public.t, column c"
        ]
    );
    case.by_hand("ALTER TABLE t ADD c text");
    assert_eq!(case.findings(), ["changed: migration 001_create_t"]);
    let comment = format!("-- why\n{}", FILES[0].1);
    case.sandbox.write("migrations/shop/001_create_t.sql", &comment);
    case.by_hand("ALTER TABLE t DROP c");
    assert_snapshot!(case.verify(&[]).expect(3).shown(Some(&case.database)));
}

#[test]
fn a_file_that_stopped_half_way_is_told() {
    let case = Case::new(FILES);
    case.sandbox.write(
        "migrations/shop/003_index.sql",
        "-- xtask: no-transaction\nCREATE INDEX CONCURRENTLY t_b_idx ON t (b);\nCREATE INDEX CONCURRENTLY t_c_idx ON t (c);\n",
    );
    case.sandbox.run_on(&case.database, &["db-migrate"]).expect(1);
    assert_eq!(
        case.findings(),
        [
            "half-done: migration 003_index",
            "drift-extra: table public.t, index t_b_idx"
        ]
    );
}

#[test]
fn without_a_ledger_the_schema_is_compared_with_all_files() {
    let case = Case::new(FILES);
    case.by_hand("DROP TABLE schema_migrations; DROP INDEX t_a_idx");
    assert_snapshot!(case.verify(&[]).expect(3).shown(Some(&case.database)));
}

#[test]
fn a_role_that_may_read_nothing_still_gets_the_rest() {
    let case = Case::new(FILES);
    case.sandbox.write("migrations/shop/contract.sql", CONTRACT);
    case.by_hand("DROP INDEX t_a_idx");
    case.sandbox.has_the_test_server_for_development(&case.database);
    let role = case.database.role("reader");
    let url = case.database.url_as(&role, "secret");
    let ended = case.sandbox.run(&["db-verify", "--url", &url]).expect(3);
    assert_snapshot!(ended.shown(Some(&case.database)));
}

#[test]
fn exceptions_take_findings_away_and_are_told_when_they_take_none() {
    let case = of_all_kinds();
    let exception = |rule: &str, object: &str| {
        format!("[[exception]]\nrule = \"{rule}\"\nobject = '{object}'\nreason = \"as it is meant\"\n\n")
    };
    let excused = [
        exception("drift-missing", "table public.t, index t_a_idx"),
        exception("drift-extra", "table public.\"Extra.Table\""),
        exception("table-without-primary-key", "public.\"Extra.Table\""),
        exception("contract", "there is a row"),
        exception("drift-missing", "table public.t, index other"),
    ];
    case.sandbox.write("migrations/shop/exceptions.toml", excused.concat());
    assert_snapshot!(case.verify(&[]).expect(3).shown(Some(&case.database)));
    let excused = exception("drift-mising", "table public.t");
    case.sandbox.write("migrations/shop/exceptions.toml", excused);
    assert_snapshot!(
        "an_exception_of_no_rule",
        case.verify(&[]).expect(1).shown(Some(&case.database))
    );
}

#[test]
fn hostile_names_survive() {
    let names = [
        "say \"hi\"".to_owned(),
        "a.b".to_owned(),
        "Upper".to_owned(),
        "ünï→\u{1f600}".to_owned(),
        "select".to_owned(),
        "it's".to_owned(),
        "x\ny".to_owned(),
        " - + ".to_owned(),
        "é".repeat(31) + "x",
    ];
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let turned = |name: &str| name.chars().rev().collect::<String>();
    let mut sql = String::new();
    for schema in ["public.x", "A \"schema\""].map(quoted) {
        let _ = writeln!(sql, "CREATE SCHEMA {schema};");
        for name in &names {
            let (name, index) = (quoted(name), quoted(&turned(name)));
            let _ = writeln!(sql, "CREATE TABLE {schema}.{name} (id integer PRIMARY KEY);");
            for column in &names {
                let _ = writeln!(sql, "ALTER TABLE {schema}.{name} ADD {} text;", quoted(column));
            }
            let _ = writeln!(sql, "CREATE INDEX {index} ON {schema}.{name} ({});", quoted(&names[0]));
            let function = format!("{schema}.{name}({} integer)", quoted(&names[0]));
            let _ = writeln!(
                sql,
                "CREATE FUNCTION {function} RETURNS integer LANGUAGE sql AS 'SELECT 1';"
            );
        }
    }
    let case = Case::new(&[("001_names.sql", &sql)]);
    assert_eq!(case.findings(), [""; 0]);
    let mut wanted = Vec::new();
    for table in &names {
        let (table, index) = (quoted(table), quoted(&turned(table)));
        case.by_hand(&format!(
            "ALTER TABLE \"public.x\".{table} ALTER {table} SET DEFAULT '1'; DROP INDEX \"public.x\".{index};
             CREATE OR REPLACE FUNCTION \"public.x\".{table}({} integer) RETURNS integer LANGUAGE sql AS 'SELECT 99'",
            quoted(&names[0])
        ));
        wanted.push(format!("drift-changed: table \"public.x\".{table}, column {table}"));
        wanted.push(format!("drift-missing: table \"public.x\".{table}, index {index}"));
        wanted.push(format!("drift-changed: function \"public.x\".{table}(integer)"));
    }
    let mut wanted: Vec<String> = wanted
        .iter()
        .map(|it| it.replace('\n', "\u{240a}").replace("\"tceles\"", "tceles"))
        .collect();
    let mut found = case.findings();
    wanted.sort();
    found.sort();
    assert_eq!(found, wanted);
}

#[test]
fn a_database_that_does_not_exist_is_an_error() {
    let database = TestDatabase::absent();
    let ended = Sandbox::new(FILES).run_on(&database, &["db-verify"]).expect(1);
    assert_snapshot!(ended.shown(Some(&database)));
}

#[test]
fn without_a_server_to_build_on_the_live_database_is_not_touched() {
    let case = Case::new(FILES);
    case.mark(Mark::Production);
    assert_snapshot!(case.verify(&[]).expect(1).shown(Some(&case.database)));
    assert!(ledger::read(&mut case.database.connect()).unwrap().is_some());
}

#[test]
fn files_that_can_not_be_built_are_told_of_as_such() {
    let case = Case::new(FILES);
    case.sandbox
        .write("migrations/shop/001_create_t.sql", "CREATE TABLE t (id nothing);\n");
    assert_snapshot!(case.verify(&[]).expect(1).shown(Some(&case.database)));
}
