//! What each command does and says, by the real program: files, ledger, exit codes, JSON, help, colours, passwords.

use insta::assert_snapshot;
use serde_json::Value;

use crate::harness::program::Ended;
use crate::harness::{Sandbox, TestDatabase};

const TWO: &[(&str, &str)] = &[
    ("001_create_a.sql", "CREATE TABLE a (id int);\n"),
    ("001_create_a.down.sql", "DROP TABLE a;\n"),
    ("002_create_b.sql", "CREATE TABLE b (id int);\n"),
    ("002_create_b.down.sql", "DROP TABLE b;\n"),
];

/// Whether a relation of this name is there.
fn exists(database: &TestDatabase, name: &str) -> bool {
    let row = database
        .connect()
        .query_one("SELECT to_regclass($1) IS NOT NULL", &[&name])
        .unwrap();
    row.get(0)
}

fn migrated(files: &[(&str, &str)]) -> (TestDatabase, Sandbox) {
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(files));
    sandbox.run_on(&database, &["db-migrate"]).expect(0);
    (database, sandbox)
}

/// The number of objects that a database has beyond those it was born with.
fn objects(database: &TestDatabase) -> i64 {
    let query = "SELECT (SELECT count(*) FROM pg_class WHERE oid >= 16384) + (SELECT count(*) FROM pg_namespace WHERE oid >= 16384) \
                 + (SELECT count(*) FROM pg_proc WHERE oid >= 16384)";
    database.connect().query_one(query, &[]).unwrap().get(0)
}

/// Standard output as the one JSON document that it must be, in its documented shape.
#[track_caller]
fn json(ended: &Ended, command: &str) -> Value {
    let value: Value = serde_json::from_str(&ended.out)
        .unwrap_or_else(|error| panic!("{error}: {:?} (and on standard error: {})", ended.out, ended.err));
    let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["command", "databases", "errors", "exit_code"]);
    assert_eq!(value["command"], command);
    assert_eq!(value["exit_code"], ended.code);
    for database in value["databases"].as_array().unwrap() {
        assert!(database["database"].is_string() && database["result"] != Value::String(String::new()));
        assert!(["done", "failed", "not-started"].contains(&database["status"].as_str().unwrap()));
    }
    for error in value["errors"].as_array().unwrap() {
        assert!(error["message"].is_string() && error["notes"].is_array() && error["help"].is_array());
    }
    assert_eq!(
        value["errors"].as_array().unwrap().is_empty(),
        [0, 3].contains(&ended.code)
    );
    value
}

#[test]
fn new_writes_a_pair_of_files_and_never_over_one() {
    let sandbox = Sandbox::new(&[]);
    let ended = sandbox.run(&["db-new", "shop", "create_a", "--json"]).expect(0);
    let files: Vec<String> = json(&ended, "db-new")["databases"][0]["result"]["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(files.len(), 2);
    assert!(
        files[0].ends_with("_create_a.sql") && files[1].ends_with("_create_a.down.sql"),
        "{files:?}"
    );
    sandbox.write(&files[0], "CREATE TABLE a ();\n");
    sandbox.run(&["db-new", "shop", "create_a"]).expect(0);
    let mut names: Vec<String> = std::fs::read_dir(sandbox.path().join("migrations/shop"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 4, "{names:?}");
    assert_ne!(names[0][..14], names[3][..14], "each pair has a version of its own");
    assert_eq!(
        std::fs::read_to_string(sandbox.path().join(&files[0])).unwrap(),
        "CREATE TABLE a ();\n"
    );
}

#[test]
fn new_is_newer_than_a_file_whose_version_lies_in_the_future() {
    let sandbox = Sandbox::new(&[("29991231235959_far.sql", "SELECT 1;\n")]);
    assert_snapshot!(sandbox.run(&["db-new", "shop", "create_a"]).expect(0).shown(None));
}

#[test]
fn new_makes_the_folder_of_a_new_database_and_says_so() {
    let sandbox = Sandbox::new(TWO);
    let shown = sandbox.run(&["db-new", "shpo", "create_a"]).expect(0).shown(None);
    assert_snapshot!(mask_version(&shown));
    assert!(sandbox.path().join("migrations/shpo").is_dir());
}

/// `20261120140323` → `VERSION`.
fn mask_version(text: &str) -> String {
    let mut masked = text.to_owned();
    while let Some(start) = masked.find("/20") {
        masked.replace_range(start + 1..start + 15, "VERSION");
    }
    masked
}

#[test]
fn new_refuses_bad_names() {
    let sandbox = Sandbox::new(TWO);
    assert_snapshot!(
        "new_bad_migration",
        sandbox.run(&["db-new", "shop", "Create-A table"]).expect(2).shown(None)
    );
    assert_snapshot!(
        "new_bad_database",
        sandbox.run(&["db-new", "../shop", "create_a"]).expect(2).shown(None)
    );
    assert!(!sandbox.path().join("shop").exists());
}

#[test]
fn status_shows_what_is_applied_pending_changed_and_missing() {
    let (database, sandbox) = migrated(TWO);
    sandbox.remove("migrations/shop/002_create_b.sql");
    sandbox.remove("migrations/shop/002_create_b.down.sql");
    sandbox.write("migrations/shop/001_create_a.sql", "CREATE TABLE a ();\n");
    sandbox.write("migrations/shop/003_create_c.sql", "CREATE TABLE c ();\n");
    assert_snapshot!(
        sandbox
            .run_on(&database, &["db-status"])
            .expect(0)
            .shown(Some(&database))
    );
    let ended = sandbox.run_on(&database, &["db-status", "--check", "--json"]).expect(3);
    let value = json(&ended, "db-status");
    let states: Vec<&str> = value["databases"][0]["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["changed", "missing", "pending"]);
}

#[test]
fn status_check_exits_with_3_when_something_is_pending_and_0_when_nothing_is() {
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(TWO));
    assert_snapshot!(
        sandbox
            .run_on(&database, &["db-status", "--check"])
            .expect(3)
            .shown(Some(&database))
    );
    sandbox.run_on(&database, &["db-migrate"]).expect(0);
    sandbox.run_on(&database, &["db-status", "--check"]).expect(0);
}

#[test]
fn status_writes_nothing_and_needs_no_right_to() {
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(TWO));
    let role = database.role("reader");
    let alter = format!(
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        database.name()
    );
    database.connect().batch_execute(&alter).unwrap();
    for url in [database.url(), database.url_as(&role, "secret")] {
        let ended = sandbox.run(&["db-status", "--url", &url]).expect(0);
        assert!(ended.out.contains("2 pending"), "{}", ended.out);
    }
    assert_eq!(objects(&database), 0);
}

#[test]
fn status_without_a_development_server_starts_none() {
    let sandbox = Sandbox::new(TWO);
    assert_snapshot!(sandbox.run(&["db-status"]).expect(0).shown(None));
    assert!(!sandbox.path().join("state").exists());
}

#[test]
fn migrate_applies_what_is_pending_and_then_nothing() {
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(TWO));
    assert_snapshot!(
        "migrate_first",
        sandbox
            .run_on(&database, &["db-migrate"])
            .expect(0)
            .shown(Some(&database))
    );
    assert_snapshot!(
        "migrate_again",
        sandbox
            .run_on(&database, &["db-migrate"])
            .expect(0)
            .shown(Some(&database))
    );
}

#[test]
fn migrate_to_a_version_applies_nothing_newer() {
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(TWO));
    let ended = sandbox
        .run_on(&database, &["db-migrate", "--to", "001", "--json"])
        .expect(0);
    assert_eq!(
        json(&ended, "db-migrate")["databases"][0]["result"]["applied"],
        serde_json::json!(["001_create_a"])
    );
    assert!(exists(&database, "a") && !exists(&database, "b"));
}

#[test]
fn a_dry_run_runs_everything_and_keeps_nothing() {
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(TWO));
    sandbox.write(
        "migrations/shop/003_index.sql",
        "-- xtask: no-transaction\nCREATE INDEX CONCURRENTLY ON a (id);\n",
    );
    assert_snapshot!(
        "dry_run",
        sandbox
            .run_on(&database, &["db-migrate", "--dry-run"])
            .expect(0)
            .shown(Some(&database))
    );
    assert_eq!(objects(&database), 0);
    sandbox.write(
        "migrations/shop/002_create_b.sql",
        "CREATE TABLE b (id int REFERENCES nothing);\n",
    );
    assert_snapshot!(
        "dry_run_fails",
        sandbox
            .run_on(&database, &["db-migrate", "--dry-run"])
            .expect(1)
            .shown(Some(&database))
    );
    assert_eq!(objects(&database), 0);
}

#[test]
fn a_single_transaction_applies_all_or_none() {
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(TWO));
    sandbox.write("migrations/shop/003_wrong.sql", "SELECT nothing;\n");
    let ended = sandbox
        .run_on(&database, &["db-migrate", "--single-transaction"])
        .expect(1);
    assert_snapshot!(ended.shown(Some(&database)));
    assert_eq!(objects(&database), 0);
}

#[test]
fn migrate_creates_a_missing_database_where_it_is_told_to() {
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(TWO));
    let missing = format!("{}_new", database.name());
    let url = database.url().replace(database.name(), &missing);
    let refused = sandbox.run(&["db-migrate", "--url", &url, "--dry-run"]).expect(1);
    assert!(refused.err.contains("--create"), "{}", refused.err);
    let ended = sandbox.run(&["db-migrate", "--create", "--url", &url]);
    database
        .connect()
        .batch_execute(&format!("DROP DATABASE {missing}"))
        .unwrap();
    assert_snapshot!(ended.expect(0).shown(Some(&database)));
}

#[test]
fn rollback_undoes_the_newest_or_all_down_to_a_version() {
    let (database, sandbox) = migrated(TWO);
    let erase = ["--erase", database.name()];
    let ended = sandbox
        .run_on(&database, &["db-rollback", erase[0], erase[1]])
        .expect(0);
    assert_snapshot!("rollback", ended.shown(Some(&database)));
    assert!(exists(&database, "a") && !exists(&database, "b"));
    sandbox.run_on(&database, &["db-migrate"]).expect(0);
    let ended = sandbox
        .run_on(&database, &["db-rollback", "--to", "0", "--json", erase[0], erase[1]])
        .expect(0);
    assert_eq!(
        json(&ended, "db-rollback")["databases"][0]["result"]["rolled_back"],
        serde_json::json!(["002_create_b", "001_create_a"])
    );
    let ended = sandbox.run_on(&database, &["db-rollback", "--steps", "9"]).expect(0);
    assert_snapshot!("rollback_nothing", ended.shown(Some(&database)));
}

#[test]
fn rollback_is_refused_as_a_whole_when_a_down_file_is_missing() {
    let (database, sandbox) = migrated(&[TWO[0], TWO[2], TWO[3]]);
    let ended = sandbox.run_on(&database, &["db-rollback", "--steps", "2", "--erase", database.name()]);
    assert_snapshot!(ended.expect(1).shown(Some(&database)));
    assert!(exists(&database, "a") && exists(&database, "b"));
}

#[test]
fn rollback_uses_the_text_in_the_ledger_when_the_file_is_gone() {
    let (database, sandbox) = migrated(TWO);
    sandbox.remove("migrations/shop/002_create_b.sql");
    sandbox.remove("migrations/shop/002_create_b.down.sql");
    let ended = sandbox.run_on(&database, &["db-rollback", "--erase", database.name()]);
    assert_snapshot!(ended.expect(0).shown(Some(&database)));
    assert!(exists(&database, "a") && !exists(&database, "b"));
}

#[test]
fn a_down_script_that_fails_is_shown_and_changes_nothing() {
    let (database, sandbox) = migrated(TWO);
    sandbox.write(
        "migrations/shop/001_create_a.down.sql",
        "DROP TABLE a;\nDROP TABLE nothing;\n",
    );
    let ended = sandbox.run_on(&database, &["db-rollback", "--steps", "2", "--erase", database.name()]);
    assert_snapshot!(ended.expect(1).shown(Some(&database)));
    assert!(exists(&database, "a") && !exists(&database, "b"));
}

#[test]
fn the_guard_refuses_to_roll_back_a_database_that_nothing_is_said_of() {
    let (database, sandbox) = migrated(TWO);
    let ended = sandbox.run_on(&database, &["db-rollback"]).expect(4);
    assert_snapshot!("guard_rollback", ended.shown(Some(&database)));
    let ended = sandbox.run_on(&database, &["db-rollback", "--erase", "shop"]).expect(4);
    assert_snapshot!("guard_wrong_name", ended.shown(Some(&database)));
    let ended = sandbox.run_on(&database, &["db-rollback", "--json"]).expect(4);
    json(&ended, "db-rollback");
    assert!(exists(&database, "b"));
}

#[test]
fn a_production_environment_is_refused_whatever_is_said() {
    let (database, sandbox) = migrated(TWO);
    let url = database.url();
    let args = ["db-rollback", "--erase", database.name(), "--url", &url];
    let ended = sandbox.run_with(&args, &[("APP_ENV", "Production")]).expect(4);
    assert_snapshot!(ended.shown(Some(&database)));
}

#[test]
fn production_is_not_reset_rolled_back_or_seeded_until_it_is_no_longer_production() {
    let (database, sandbox) = migrated(TWO);
    sandbox.write("seeds/shop/a.sql", "INSERT INTO a VALUES (1);\n");
    let ended = sandbox.run_on(&database, &["db-mark", "shop", "production"]).expect(0);
    assert_snapshot!("mark_production", ended.shown(Some(&database)));
    for command in ["db-reset", "db-rollback", "db-seed"] {
        let ended = sandbox
            .run_on(&database, &[command, "--erase", database.name()])
            .expect(4);
        assert_snapshot!(format!("production_{command}"), ended.shown(Some(&database)));
    }
    let ended = sandbox.run_on(&database, &["db-mark", "shop", "development"]).expect(4);
    assert_snapshot!("mark_leaves_production", ended.shown(Some(&database)));
    sandbox
        .run_on(
            &database,
            &["db-mark", "shop", "test", "--no-longer-production", "shop"],
        )
        .expect(4);
    let ended = sandbox.run_on(
        &database,
        &[
            "db-mark",
            "shop",
            "test",
            "--json",
            "--no-longer-production",
            database.name(),
        ],
    );
    let value = json(&ended.expect(0), "db-mark");
    assert_eq!(
        value["databases"][0]["result"],
        serde_json::json!({ "mark": "test", "before": "production" })
    );
    sandbox
        .run_on(&database, &["db-seed", "--erase", database.name()])
        .expect(0);
}

#[test]
fn a_mark_needs_no_readable_files() {
    let (database, sandbox) = migrated(TWO);
    sandbox.write("migrations/shop/nonsense.sql", "");
    sandbox.run_on(&database, &["db-mark", "shop", "production"]).expect(0);
    let ended = sandbox.run_on(&database, &["db-mark", "shop", "live"]).expect(2);
    assert_snapshot!(ended.shown(None));
}

#[test]
fn a_mark_is_not_carried_over_by_a_clone() {
    let (database, sandbox) = migrated(TWO);
    sandbox.run_on(&database, &["db-mark", "shop", "production"]).expect(0);
    let clone = TestDatabase::clone_of(&database);
    let ended = sandbox.run_on(&clone, &["db-mark", "shop", "test", "--json"]).expect(0);
    assert_eq!(json(&ended, "db-mark")["databases"][0]["result"]["before"], Value::Null);
}

#[test]
fn repair_accepts_a_changed_file_with_a_note() {
    let (database, sandbox) = migrated(TWO);
    sandbox.write(
        "migrations/shop/001_create_a.sql",
        "-- the a\nCREATE TABLE a (id int);\n",
    );
    let ended = sandbox
        .run_on(&database, &["db-repair", "shop", "1", "--accept"])
        .expect(4);
    assert_snapshot!("repair_guard", ended.shown(Some(&database)));
    let ended = sandbox.run_on(
        &database,
        &["db-repair", "shop", "1", "--accept", "--erase", database.name()],
    );
    let shown = ended.expect(0).shown(Some(&database));
    let checksum = shown.split("checksum was ").nth(1).unwrap()[..64].to_owned();
    assert_snapshot!("repair_accept", shown.replace(&checksum, "CHECKSUM"));
    sandbox.run_on(&database, &["db-status", "--check"]).expect(0);
    let row = database
        .connect()
        .query_one("SELECT version, note, up, by FROM schema_migrations_audit", &[])
        .unwrap();
    assert_eq!(row.get::<_, i64>("version"), 1);
    assert_eq!(row.get::<_, &str>("up"), "CREATE TABLE a (id int);\n");
    assert_eq!(row.get::<_, &str>("by"), "postgres");
    assert!(
        row.get::<_, &str>("note")
            .starts_with("accepted `migrations/shop/001_create_a.sql`")
    );
}

#[test]
fn repair_strikes_a_row_with_a_note() {
    let (database, sandbox) = migrated(TWO);
    let ended = sandbox.run_on(
        &database,
        &["db-repair", "shop", "2", "--strike", "--erase", database.name()],
    );
    assert_snapshot!(ended.expect(0).shown(Some(&database)));
    let notes: i64 = database
        .connect()
        .query_one("SELECT count(*) FROM schema_migrations_audit", &[])
        .unwrap()
        .get(0);
    assert_eq!(notes, 1);
    let ended = sandbox.run_on(&database, &["db-status", "--check"]).expect(3);
    assert!(ended.out.contains("1 applied, 1 pending"), "{}", ended.out);
}

#[test]
fn repair_of_an_unknown_version_changes_nothing() {
    let (database, sandbox) = migrated(TWO);
    for (name, how) in [("strike", "--strike"), ("accept", "--accept")] {
        let ended = sandbox.run_on(&database, &["db-repair", "shop", "7", how, "--erase", database.name()]);
        assert_snapshot!(format!("repair_unknown_{name}"), ended.expect(1).shown(Some(&database)));
    }
    assert!(!exists(&database, "schema_migrations_audit"));
}

#[test]
fn every_command_prints_nothing_but_json_on_standard_output_when_asked() {
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(TWO));
    sandbox.write(
        "seeds/shop/a.sql",
        "INSERT INTO a SELECT 1 WHERE NOT EXISTS (SELECT FROM a);\n",
    );
    let erase = ["--erase", database.name(), "--json"];
    let commands: [(&[&str], i32); 9] = [
        (&["db-status", "--json"], 0),
        (&["db-status", "--check", "--json"], 3),
        (&["db-migrate", "--dry-run", "--json"], 0),
        (&["db-migrate", "--json"], 0),
        (&["db-seed", erase[0], erase[1], erase[2]], 0),
        (&["db-reset", erase[0], erase[1], erase[2]], 0),
        (&["db-rollback", erase[0], erase[1], erase[2]], 0),
        (&["db-mark", "shop", "development", "--json"], 0),
        (&["db-seed", "--json"], 4),
    ];
    for (args, code) in commands {
        json(&sandbox.run_on(&database, args).expect(code), args[0]);
    }
    drop_kept(&database);
    let value = json(
        &sandbox.run(&["db-migrate", "nowhere", "--json"]).expect(2),
        "db-migrate",
    );
    assert!(
        value["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("no database `nowhere`")
    );
    let value = json(&sandbox.run(&["db-migrate", "--jsn", "--json"]).expect(2), "db-migrate");
    assert!(
        value["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("unexpected argument '--jsn'")
    );
    json(&sandbox.run(&["db-start", "--json"]).expect(1), "db-start");
    json(&sandbox.run(&["db-stop", "--json"]).expect(0), "db-stop");
}

/// Drops the database that a reset kept.
fn drop_kept(database: &TestDatabase) {
    let drop = format!("DROP DATABASE IF EXISTS {}__before_reset", database.name());
    database.connect().batch_execute(&drop).unwrap();
}

#[test]
fn the_json_of_a_failure_says_where_and_what_was_done() {
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(TWO));
    sandbox.write(
        "migrations/shop/002_create_b.sql",
        "CREATE TABLE b (\n  id uuid,,\n);\n",
    );
    let ended = sandbox.run_on(&database, &["db-migrate", "--json"]).expect(1);
    json(&ended, "db-migrate");
    let shown = Ended {
        err: String::new(),
        ..ended
    }
    .shown(Some(&database));
    assert_snapshot!(shown);
}

#[test]
fn help_of_the_program_and_of_each_command() {
    let sandbox = Sandbox::new(TWO);
    let commands = [
        "db-new",
        "db-status",
        "db-migrate",
        "db-rollback",
        "db-seed",
        "db-reset",
        "db-verify",
        "db-mark",
        "db-repair",
        "db-start",
        "db-stop",
        "ci",
        "faults",
    ];
    assert_snapshot!("help", sandbox.run(&["--help"]).expect(0).shown(None));
    for command in commands {
        assert_snapshot!(
            format!("help_{command}"),
            sandbox.run(&[command, "--help"]).expect(0).shown(None)
        );
    }
}

#[test]
fn a_command_that_does_not_exist() {
    let sandbox = Sandbox::new(TWO);
    assert_snapshot!("no_such_command", sandbox.run(&["db-migrat"]).expect(2).shown(None));
    assert_snapshot!("no_command", sandbox.run(&[]).expect(2).shown(None));
    assert_snapshot!(
        "bad_version",
        sandbox.run(&["db-migrate", "--to", "v1"]).expect(2).shown(None)
    );
    assert_snapshot!(
        "bad_time",
        sandbox
            .run(&["db-migrate", "--lock-timeout", "soon"])
            .expect(2)
            .shown(None)
    );
}

#[test]
fn outside_of_a_workspace_the_program_says_where_it_looked() {
    let sandbox = Sandbox::new(&[]);
    std::fs::remove_dir_all(sandbox.path().join("migrations")).unwrap();
    assert_snapshot!(sandbox.run(&["db-status"]).expect(1).shown(None));
}

#[test]
fn colours_appear_only_where_they_are_wanted() {
    let sandbox = Sandbox::new(&[("001_a.sql", "SELECT 'a;\n")]);
    let plain = sandbox.run(&["db-migrate"]).expect(1);
    assert!(!plain.err.contains('\u{1b}'), "{}", plain.err);
    let mut command = sandbox.command(&["db-migrate"]);
    let piped = sandbox.end(command.env_remove("NO_COLOR")).expect(1);
    assert!(!piped.err.contains('\u{1b}'), "{}", piped.err);
    let mut command = sandbox.command(&["db-migrate"]);
    let forced = sandbox
        .end(command.env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1"))
        .expect(1);
    assert!(forced.err.contains("\u{1b}["), "{}", forced.err);
}

#[test]
fn an_odd_password_works_and_is_never_shown() {
    const PASSWORD: &str = r#"p@ss'w"o\rd%:/?#"#;
    const ENCODED: &str = "p%40ss%27w%22o%5Crd%25%3A%2F%3F%23";
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(TWO));
    sandbox.write("seeds/shop/a.sql", "INSERT INTO a VALUES (1);\n");
    let role = database.role("odd");
    let set_up = format!(
        "ALTER ROLE {role} PASSWORD '{}' CREATEDB; GRANT pg_read_all_settings TO {role}; ALTER DATABASE {} OWNER TO {role}",
        PASSWORD.replace('\'', "''"),
        database.name()
    );
    database.connect().batch_execute(&set_up).unwrap();
    let right = database.url_as(&role, ENCODED);
    let wrong = database.url_as(&role, &format!("{ENCODED}x"));
    // What people do who don't know of percent-encoding.
    let raw = database.url_as(&role, PASSWORD);
    let commands: [&[&str]; 9] = [
        &["db-status"],
        &["db-migrate"],
        &["db-seed", "--erase", database.name()],
        &["db-repair", "shop", "2", "--strike", "--erase", database.name()],
        &["db-migrate", "--dry-run"],
        &["db-rollback", "--erase", database.name()],
        &["db-mark", "shop", "test"],
        &["db-reset", "--erase", database.name()],
        &["db-reset"],
    ];
    for args in commands {
        for (url, well) in [(&right, true), (&wrong, false), (&raw, false)] {
            let by_variable = sandbox.run_with(args, &[("SHOP_DATABASE_URL", url)]);
            let by_flag = sandbox.run(&[args, &["--url", url, "--json"]].concat());
            if !well {
                assert_eq!((by_variable.code, by_flag.code), (1, 1), "{args:?} {}", by_flag.err);
            }
            for text in [&by_variable.out, &by_variable.err, &by_flag.out, &by_flag.err] {
                for secret in [PASSWORD, ENCODED, "p@ss", "p%40ss", "o\\rd", "o%5Crd", "%3A%2F%3F"] {
                    assert!(!text.contains(secret), "{args:?}: {text}");
                }
            }
        }
    }
    let ended = sandbox.run(&["db-status", "--url", &right]).expect(0);
    assert!(ended.out.contains("shop: "), "{}", ended.out);
    assert_snapshot!(
        "odd_password_wrong",
        sandbox
            .run(&["db-status", "--url", &wrong])
            .expect(1)
            .shown(Some(&database))
    );
    assert_snapshot!(
        "odd_password_raw",
        sandbox
            .run(&["db-status", "--url", &raw])
            .expect(1)
            .shown(Some(&database))
    );
    drop_kept(&database);
}

/// A workspace with a development server of its own, which is erased with the value.
struct WithServer(Sandbox);

impl WithServer {
    fn run(&self, args: &[&str]) -> Ended {
        self.0.run_with(args, &[("XTASK_SERVER", "local")])
    }
}

impl Drop for WithServer {
    fn drop(&mut self) {
        self.run(&["db-stop", "--erase"]);
    }
}

#[test]
fn on_the_development_server_nothing_but_the_command_is_needed() {
    if xtask::server::local::installations().is_empty() {
        eprintln!("skipped: no PostgreSQL is installed on this machine");
        return;
    }
    let workspace = WithServer(Sandbox::new(TWO));
    workspace.0.write("seeds/shop/a.csv", "id\n1\n");
    workspace.0.write(
        "migrations/shop/001_create_a.sql",
        "CREATE TABLE a (id int PRIMARY KEY);\n",
    );
    let ended = workspace.run(&["db-migrate"]).expect(0);
    assert!(
        ended.err.contains("Started") && ended.err.contains("Created"),
        "{}",
        ended.err
    );
    workspace.run(&["db-seed"]).expect(0);
    workspace.run(&["db-rollback"]).expect(0);
    workspace.run(&["db-status", "--check"]).expect(3);
    workspace.run(&["db-reset"]).expect(0);
    workspace.run(&["db-reset"]).expect(0);
    workspace.run(&["db-status", "--check"]).expect(0);
    workspace.run(&["db-mark", "shop", "production"]).expect(0);
    workspace.run(&["db-reset", "--erase", "shop"]).expect(4);
    let ended = workspace.run(&["db-stop", "--erase"]).expect(0);
    assert!(ended.err.contains("erased"), "{}", ended.err);
    let ended = workspace.run(&["db-stop"]).expect(0);
    assert!(ended.err.contains("no development server"), "{}", ended.err);
}

#[test]
fn a_protected_host_is_refused_whatever_is_said() {
    let (database, sandbox) = migrated(TWO);
    let host = database.target().endpoints()[0].host.clone();
    let settings = format!("[workspace]\n[workspace.metadata.db.shop]\nprotected-hosts = [\"{host}\"]\n");
    sandbox.write("Cargo.toml", settings);
    let ended = sandbox.run_on(&database, &["db-reset", "--erase", database.name()]);
    let shown = ended.expect(4).shown(Some(&database));
    assert_snapshot!(shown.replace(&format!("`{host}`"), "`HOST`"));
}
