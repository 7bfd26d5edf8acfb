//! What the program says about bad input: each report is a snapshot, taken from the real program.
//!
//! A snapshot holds all that is seen and the exit code, so that a message that gets worse is seen in review.

use insta::assert_snapshot;

use crate::harness::{Sandbox, TestDatabase};

/// `db-migrate` on files that are refused before a server is looked for.
fn refused(files: &[(&str, &str)]) -> String {
    Sandbox::new(files).run(&["db-migrate"]).expect(1).shown(None)
}

/// `db-migrate` on files that a server fails at. What the ledger then holds is part of the story.
fn failed(database: &TestDatabase, files: &[(&str, &str)]) -> String {
    Sandbox::new(files)
        .run_on(database, &["db-migrate"])
        .expect(1)
        .shown(Some(database))
}

/// The versions in the ledger.
fn applied(database: &TestDatabase) -> Vec<i64> {
    database
        .connect()
        .query("SELECT version FROM public.schema_migrations ORDER BY version", &[])
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect()
}

const A: (&str, &str) = ("001_create_a.sql", "CREATE TABLE a (id int);\n");
const A_DOWN: (&str, &str) = ("001_create_a.down.sql", "DROP TABLE a;\n");
const B: (&str, &str) = ("002_create_b.sql", "CREATE TABLE b (id int);\n");

#[test]
fn two_files_of_one_version() {
    assert_snapshot!(refused(&[A, ("1_create_z.sql", "SELECT 1;"), B]));
}

#[test]
fn a_down_file_without_its_up_file() {
    assert_snapshot!(refused(&[A, ("002_create_b.down.sql", "DROP TABLE b;")]));
}

#[test]
fn bad_names() {
    assert_snapshot!(refused(&[
        A,
        ("002-create-b.sql", ""),
        ("003_CreateC.sql", ""),
        ("create_d.sql", ""),
        ("99999999999999999999_e.sql", ""),
    ]));
}

#[test]
fn all_files_are_complained_of_at_once() {
    assert_snapshot!(refused(&[
        ("001_quote.sql", "SELECT 'it''s;\n"),
        ("002_commit.sql", "SELECT 1;\nCOMMIT;\n"),
        ("003_x.down.sql", ""),
    ]));
}

#[test]
fn a_file_without_a_statement_is_a_warning() {
    let database = TestDatabase::empty();
    let sandbox = Sandbox::new(&[A, ("002_nothing.sql", "-- was needed once\n")]);
    assert_snapshot!(
        sandbox
            .run_on(&database, &["db-migrate"])
            .expect(0)
            .shown(Some(&database))
    );
    assert_eq!(applied(&database), [1, 2]);
}

#[test]
fn a_file_that_is_not_utf8() {
    let sandbox = Sandbox::new(&[A]);
    sandbox.write("migrations/shop/002_latin.sql", b"-- names\nSELECT 'Andr\xe9';\n");
    assert_snapshot!(sandbox.run(&["db-migrate"]).expect(1).shown(None));
}

#[test]
fn windows_lines_a_byte_order_mark_and_no_last_semicolon_are_accepted() {
    let database = TestDatabase::empty();
    let sandbox = Sandbox::new(&[(
        "001_a.sql",
        "\u{feff}CREATE TABLE a (\r\n  id int\r\n);\r\n\r\nCREATE TABLE b ()",
    )]);
    assert_snapshot!(
        sandbox
            .run_on(&database, &["db-migrate"])
            .expect(0)
            .shown(Some(&database))
    );
    sandbox.write(
        "migrations/shop/001_a.sql",
        "CREATE TABLE a (\n  id int\n);\n\nCREATE TABLE b ()",
    );
    let again = sandbox.run_on(&database, &["db-status", "--check"]).expect(0);
    assert!(again.out.contains("1 applied"), "{}", again.out);
}

#[test]
fn a_syntax_error_in_line_40_behind_characters_of_several_bytes() {
    let database = TestDatabase::empty();
    let rows = "  'Grüße 🌍',\n".repeat(37);
    let text =
        format!("CREATE TABLE greetings AS SELECT unnest(ARRAY[\n{rows}  'schön'\n], 'für', 日本語 é oops) AS text;\n");
    assert_eq!(text.lines().position(|line| line.contains("oops")), Some(39));
    assert_snapshot!(failed(&database, &[A, ("002_greetings.sql", &text)]));
    assert_eq!(applied(&database), [1]);
}

#[test]
fn a_commit_in_the_middle_of_a_file() {
    assert_snapshot!(refused(&[(
        "001_a.sql",
        "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\n\nCOMMIT;\n\nCREATE TABLE b (id int);\n"
    )]));
}

#[test]
fn create_index_concurrently_without_the_directive() {
    assert_snapshot!(refused(&[
        A,
        (
            "002_index.sql",
            "-- speeds up the list\nCREATE INDEX CONCURRENTLY a_id ON a (id);\n"
        ),
    ]));
}

#[test]
fn the_directive_on_another_line_than_the_first() {
    assert_snapshot!(refused(&[
        A,
        (
            "002_index.sql",
            "-- speeds up the list\n-- xtask: no-transaction\nCREATE INDEX CONCURRENTLY a_id ON a (id);\n"
        ),
    ]));
}

#[test]
fn a_directive_that_does_not_exist() {
    assert_snapshot!(refused(&[("001_a.sql", "-- xtask: notransaction\nVACUUM;\n")]));
}

#[test]
fn a_command_of_psql() {
    assert_snapshot!(refused(&[("001_a.sql", "SELECT 1;\n\\i functions.sql\n\\set x 1\n")]));
}

#[test]
fn a_quote_that_is_never_closed() {
    assert_snapshot!(refused(&[
        ("001_a.sql", "INSERT INTO a VALUES ('it's here');\nSELECT 1;\n"),
        (
            "002_b.sql",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$\n  SELECT 1;\n$bodi$;\n"
        ),
        ("003_c.sql", "SELECT 1; /* to do\n"),
    ]));
}

#[test]
fn a_changed_file() {
    let database = TestDatabase::empty();
    let sandbox = Sandbox::new(&[("001_a.sql", "CREATE TABLE a (\n  id int,\n  name text\n);\n")]);
    sandbox.run_on(&database, &["db-migrate"]).expect(0);
    sandbox.write(
        "migrations/shop/001_a.sql",
        "CREATE TABLE a (\n  id bigint,\n  name text\n);\n",
    );
    sandbox.write("migrations/shop/002_b.sql", "CREATE TABLE b ();\n");
    assert_snapshot!(
        sandbox
            .run_on(&database, &["db-migrate"])
            .expect(1)
            .shown(Some(&database))
    );
    assert_eq!(applied(&database), [1]);
}

#[test]
fn a_file_of_which_only_comments_changed() {
    let database = TestDatabase::empty();
    let sandbox = Sandbox::new(&[("001_a.sql", "-- the a\nCREATE TABLE a (id int);\n")]);
    sandbox.run_on(&database, &["db-migrate"]).expect(0);
    sandbox.write(
        "migrations/shop/001_a.sql",
        "-- all that is an a\nCREATE TABLE a (\n  id int\n);\n",
    );
    assert_snapshot!(
        sandbox
            .run_on(&database, &["db-migrate"])
            .expect(1)
            .shown(Some(&database))
    );
}

#[test]
fn a_missing_file() {
    let database = TestDatabase::empty();
    let sandbox = Sandbox::new(&[A, A_DOWN]);
    sandbox.run_on(&database, &["db-migrate"]).expect(0);
    sandbox.remove("migrations/shop/001_create_a.sql");
    sandbox.remove("migrations/shop/001_create_a.down.sql");
    sandbox.write("migrations/shop/002_b.sql", "CREATE TABLE b ();\n");
    assert_snapshot!(
        sandbox
            .run_on(&database, &["db-migrate"])
            .expect(1)
            .shown(Some(&database))
    );
}

#[test]
fn an_out_of_order_file() {
    let database = TestDatabase::empty();
    let sandbox = Sandbox::new(&[B]);
    sandbox.run_on(&database, &["db-migrate"]).expect(0);
    sandbox.write("migrations/shop/001_create_a.sql", A.1);
    assert_snapshot!(
        sandbox
            .run_on(&database, &["db-migrate"])
            .expect(1)
            .shown(Some(&database))
    );
    sandbox
        .run_on(&database, &["db-migrate", "--allow-out-of-order"])
        .expect(0);
    assert_eq!(applied(&database), [1, 2]);
}

#[test]
fn an_unknown_database() {
    let sandbox = Sandbox::new(&[A]);
    sandbox.write("migrations/billing/001_a.sql", "");
    assert_snapshot!(sandbox.run(&["db-migrate", "shpo"]).expect(2).shown(None));
}

#[test]
fn several_databases_and_one_database_url() {
    let sandbox = Sandbox::new(&[A]);
    sandbox.write("migrations/billing/001_a.sql", "");
    let ended = sandbox.run_with(
        &["db-migrate"],
        &[("DATABASE_URL", "postgres://u:hidden@127.0.0.1:1/x")],
    );
    assert_snapshot!(ended.expect(2).shown(None));
    let ended = sandbox.run(&["db-migrate", "--url", "postgres://u:hidden@127.0.0.1:1/x"]);
    assert_snapshot!("several_databases_and_one_url", ended.expect(2).shown(None));
}

#[test]
fn one_version_to_go_to_and_several_databases() {
    let sandbox = Sandbox::new(&[A]);
    sandbox.write("migrations/billing/001_a.sql", "");
    assert_snapshot!(sandbox.run(&["db-migrate", "--to", "1"]).expect(2).shown(None));
    assert_snapshot!(
        "rollback_to_and_several_databases",
        sandbox.run(&["db-rollback", "--to", "1"]).expect(2).shown(None)
    );
}

#[test]
fn no_server_to_be_had() {
    let shown = Sandbox::new(&[A]).run(&["db-migrate"]).expect(1).shown(None);
    // What Docker's own client says, or that there is none, is not ours.
    let lines: Vec<&str> = shown
        .lines()
        .map(|line| {
            if line.starts_with("  Docker: ") {
                "  Docker: REASON"
            } else {
                line
            }
        })
        .collect();
    assert_snapshot!(lines.join("\n"));
}

#[test]
fn connection_refused() {
    let sandbox = Sandbox::new(&[A]);
    let ended = sandbox.run(&[
        "db-migrate",
        "--url",
        "postgres://alice:hidden@127.0.0.1:1/shop?sslmode=disable",
    ]);
    assert_snapshot!(ended.expect(1).shown(None));
}

#[test]
fn a_host_that_does_not_exist() {
    let sandbox = Sandbox::new(&[A]);
    let ended = sandbox.run(&["db-migrate", "--url", "postgres://alice:hidden@db.invalid/shop"]);
    assert_snapshot!(ended.expect(1).shown(None));
}

#[test]
fn a_connection_string_that_is_none() {
    let sandbox = Sandbox::new(&[A]);
    let ended = sandbox.run_with(
        &["db-migrate"],
        &[("SHOP_DATABASE_URL", "mysql://alice:hidden@127.0.0.1/shop")],
    );
    assert_snapshot!(ended.expect(1).shown(None));
}

#[test]
fn a_wrong_password() {
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(&[A]));
    let ended = sandbox.run(&["db-migrate", "--url", &database.url_as("postgres", "hidden")]);
    assert_snapshot!(ended.expect(1).shown(Some(&database)));
}

#[test]
fn a_database_that_does_not_exist() {
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(&[A]));
    let url = database.url().replace(database.name(), "no_such_database");
    for (name, command) in [("migrate", "db-migrate"), ("seed", "db-seed"), ("reset", "db-reset")] {
        let ended = sandbox.run(&[command, "--url", &url]);
        assert_snapshot!(
            format!("a_database_that_does_not_exist_{name}"),
            ended.expect(1).shown(Some(&database))
        );
    }
}

#[test]
fn a_role_that_may_not_create_in_schema_public() {
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(&[A]));
    let role = database.role("app");
    let ended = sandbox.run(&["db-migrate", "--url", &database.url_as(&role, "secret")]);
    assert_snapshot!(ended.expect(1).shown(Some(&database)));
}

#[test]
fn an_extension_that_the_server_lacks() {
    let database = TestDatabase::empty();
    let shown = failed(
        &database,
        &[A, ("002_e.sql", "CREATE EXTENSION IF NOT EXISTS timescaledb;\n")],
    );
    let version = shown
        .split("/postgresql/")
        .nth(1)
        .and_then(|rest| rest.split('/').next())
        .unwrap()
        .to_owned();
    assert_snapshot!(shown.replace(&format!("/postgresql/{version}/"), "/postgresql/VERSION/"));
    assert_eq!(applied(&database), [1]);
}

#[test]
fn a_table_that_exists() {
    let database = TestDatabase::empty();
    database.connect().batch_execute("CREATE TABLE a (id int)").unwrap();
    assert_snapshot!(failed(
        &database,
        &[("001_a.sql", "CREATE TABLE b (id int);\nCREATE TABLE a (id int);\n")]
    ));
}

#[test]
fn a_row_that_row_level_security_refuses() {
    let database = TestDatabase::empty();
    let role = database.role("app");
    let text = format!(
        "CREATE TABLE notes (id int, owner text);\n\
         ALTER TABLE notes ENABLE ROW LEVEL SECURITY;\n\
         CREATE POLICY own ON notes USING (owner = current_setting('app.user_id', true));\n\
         GRANT ALL ON notes TO {role};\n\
         SET ROLE {role};\n\
         INSERT INTO notes VALUES (1, 'alice');\n"
    );
    assert_snapshot!(failed(&database, &[("001_notes.sql", &text)]));
}

#[test]
fn an_enum_value_that_is_used_in_the_transaction_that_adds_it() {
    let database = TestDatabase::empty();
    let files = [
        ("001_state.sql", "CREATE TYPE state AS ENUM ('open');\n"),
        (
            "002_add.sql",
            "ALTER TYPE state ADD VALUE 'closed';\nCREATE TABLE t (state state DEFAULT 'closed');\n",
        ),
    ];
    assert_snapshot!(failed(&database, &files));
}

#[test]
fn an_error_inside_a_function() {
    let database = TestDatabase::empty();
    let text = "CREATE FUNCTION fill() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n  INSERT INTO nowhere VALUES (1);\nEND\n$$;\nSELECT fill();\n";
    assert_snapshot!(failed(&database, &[("001_f.sql", text)]));
}

#[test]
fn a_trigger_that_refuses() {
    let database = TestDatabase::empty();
    let text = "CREATE TABLE t (id int);\nCREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n  RAISE EXCEPTION 'not on a %', 'Sunday';\nEND\n$$;\nCREATE TRIGGER no BEFORE INSERT ON t EXECUTE FUNCTION no();\nINSERT INTO t VALUES (1);\n";
    assert_snapshot!(failed(&database, &[("001_t.sql", text)]));
}

#[test]
fn a_row_that_breaks_a_constraint() {
    let database = TestDatabase::empty();
    let text = "CREATE TABLE users (email text);\nINSERT INTO users VALUES ('a@x'), ('a@x');\nCREATE UNIQUE INDEX users_email ON users (email);\n";
    assert_snapshot!(failed(&database, &[("001_users.sql", text)]));
}

#[test]
fn a_setting_that_does_not_exist() {
    let sandbox = Sandbox::new(&[A]);
    sandbox.write(
        "Cargo.toml",
        "[workspace]\n\n[workspace.metadata.db.shop]\nprotected-host = [\"db.example.com\"]\n",
    );
    assert_snapshot!(sandbox.run(&["db-status"]).expect(1).shown(None));
    sandbox.write(
        "Cargo.toml",
        "[workspace]\n\n[workspace.metadata.db.shpo]\nprotected-hosts = [\"db.example.com\"]\n",
    );
    assert_snapshot!(
        "settings_of_no_database",
        sandbox.run(&["db-status"]).expect(1).shown(None)
    );
}

#[test]
fn a_ledger_of_another_tool() {
    let database = TestDatabase::empty();
    database
        .connect()
        .batch_execute("CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES ('20200101000000')")
        .unwrap();
    assert_snapshot!(failed(&database, &[A]));
    let sandbox = Sandbox::new(&[A]);
    assert_snapshot!(
        "a_ledger_of_another_tool_status",
        sandbox
            .run_on(&database, &["db-status"])
            .expect(1)
            .shown(Some(&database))
    );
}

#[test]
fn the_first_of_several_databases_fails() {
    let (first, second) = (TestDatabase::empty(), TestDatabase::empty());
    let sandbox = Sandbox::new(&[A]);
    sandbox.write("migrations/billing/001_a.sql", "CREATE TABLE a ();\n");
    sandbox.write("migrations/billing/002_b.sql", "SELECT nothing;\n");
    let urls = [
        ("BILLING_DATABASE_URL", &*first.url()),
        ("SHOP_DATABASE_URL", &*second.url()),
    ];
    let ended = sandbox.run_with(&["db-migrate"], &urls);
    assert_snapshot!(ended.expect(1).shown(Some(&first)));
    assert_eq!(applied(&first), [1]);
    let untouched = second
        .connect()
        .query_one("SELECT to_regclass('schema_migrations') IS NULL", &[])
        .unwrap();
    assert!(untouched.get::<_, bool>(0));
}

#[test]
fn the_second_of_several_databases_fails() {
    let (first, second) = (TestDatabase::empty(), TestDatabase::empty());
    let sandbox = Sandbox::new(&[("001_a.sql", "SELECT nothing;\n")]);
    sandbox.write("migrations/billing/001_a.sql", "CREATE TABLE a ();\n");
    sandbox.write("migrations/tickets/001_a.sql", "CREATE TABLE a ();\n");
    let urls = [
        ("BILLING_DATABASE_URL", &*first.url()),
        ("SHOP_DATABASE_URL", &*second.url()),
        ("TICKETS_DATABASE_URL", &*first.url()),
    ];
    let shown = sandbox.run_with(&["db-migrate"], &urls).expect(1).shown(Some(&first));
    assert_snapshot!(shown.replace(second.name(), "SECOND"));
}

#[test]
fn one_of_several_databases_is_out_of_reach() {
    let database = TestDatabase::empty();
    let sandbox = Sandbox::new(&[A]);
    sandbox.write("migrations/billing/001_a.sql", "CREATE TABLE a ();\n");
    let urls = [
        ("BILLING_DATABASE_URL", &*database.url()),
        (
            "SHOP_DATABASE_URL",
            "postgres://alice:hidden@127.0.0.1:1/shop?sslmode=disable",
        ),
    ];
    assert_snapshot!(
        sandbox
            .run_with(&["db-migrate"], &urls)
            .expect(1)
            .shown(Some(&database))
    );
    let untouched = database
        .connect()
        .query_one("SELECT to_regclass('schema_migrations') IS NULL", &[])
        .unwrap();
    assert!(untouched.get::<_, bool>(0));
}
