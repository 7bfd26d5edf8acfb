//! The stand-in of Supabase: what it lays, what its functions say, and where it is never laid.

use std::sync::Barrier;
use std::thread;

use postgres::error::SqlState;
use postgres::{Client, Transaction};
use xtask::guard::facts::write_mark;
use xtask::guard::{Mark, Refusal};
use xtask::pg::report::Reports;
use xtask::schema::{introspect, render};
use xtask::standin::{self, Gap};
use xtask::workspace::{Database, Platform, Settings};

use crate::harness::{Sandbox, TestDatabase, TestServer};

/// A product of the platform; there need be no files for it.
fn product() -> Database {
    Database {
        name: "shop".to_owned(),
        migrations: "migrations/shop".into(),
        seeds: "seeds/shop".into(),
        settings: Settings {
            platform: Some(Platform::Supabase),
            ..Settings::default()
        },
    }
}

fn marked(mark: Mark) -> (TestDatabase, Client) {
    let database = TestDatabase::empty();
    let mut client = database.connect();
    write_mark(&mut client, mark).unwrap();
    (database, client)
}

fn gap(client: &mut Client) -> Option<Gap> {
    standin::find_gap(client, &product()).unwrap()
}

fn laid() -> (TestDatabase, Client) {
    let (database, mut client) = marked(Mark::Test);
    let found = gap(&mut client).unwrap();
    standin::lay(&mut client, &found).unwrap();
    (database, client)
}

fn schema(client: &mut Client) -> String {
    render(&introspect(client).unwrap())
}

/// Everything that the stand-in makes in a database, with its privileges, as the catalogues hold it.
fn everything(client: &mut Client) -> Vec<String> {
    client
        .query(
            "SELECT format('%s %s', nspname, nspacl) FROM pg_namespace WHERE nspname IN ('auth', 'public')
             UNION ALL SELECT format('%s %s %s', oid, relname, relacl) FROM pg_class WHERE relnamespace = to_regnamespace('auth')
             UNION ALL SELECT format('%s %s %s', oid, proname, proacl) FROM pg_proc WHERE pronamespace = to_regnamespace('auth')
             UNION ALL SELECT format('%s %s', oid, pubname) FROM pg_publication
             UNION ALL SELECT format('%s %s', defaclobjtype, defaclacl) FROM pg_default_acl ORDER BY 1",
            &[],
        )
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect()
}

#[test]
fn it_lays_what_is_missing_once_and_then_nothing_is_missing() {
    let (_database, mut client) = marked(Mark::Development);
    let found = gap(&mut client).unwrap();
    for part in [
        "table auth.users",
        "function auth.uid()",
        "function auth.email()",
        "publication supabase_realtime",
    ] {
        assert!(
            found.missing().iter().any(|missing| missing == part),
            "{part}: {found:?}"
        );
    }
    standin::lay(&mut client, &found).unwrap();
    assert_eq!(gap(&mut client), None);
    let once = everything(&mut client);
    standin::lay(&mut client, &found).unwrap();
    assert_eq!(everything(&mut client), once);
}

#[test]
fn a_part_that_went_missing_is_laid_again_and_rows_stay() {
    let (_database, mut client) = laid();
    client
        .batch_execute(
            "INSERT INTO auth.users (id, email) VALUES (gen_random_uuid(), 'a@example.com');
             DROP PUBLICATION supabase_realtime; DROP FUNCTION auth.jwt();
             ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM anon",
        )
        .unwrap();
    let found = gap(&mut client).unwrap();
    assert_eq!(
        found.missing(),
        [
            "function auth.jwt()",
            "publication supabase_realtime",
            "default privileges on tables in schema public"
        ]
    );
    standin::lay(&mut client, &found).unwrap();
    assert_eq!(gap(&mut client), None);
    let users: i64 = client.query_one("SELECT count(*) FROM auth.users", &[]).unwrap().get(0);
    assert_eq!(users, 1);
}

#[test]
fn the_roles_are_those_of_a_project() {
    let (_database, mut client) = laid();
    let roles: Vec<String> = client
        .query(
            "SELECT format('%s login=%s inherit=%s bypassrls=%s super=%s createrole=%s', rolname, rolcanlogin, rolinherit, rolbypassrls, rolsuper, rolcreaterole)
             FROM pg_roles WHERE rolname IN ('anon', 'authenticated', 'service_role') ORDER BY rolname",
            &[],
        )
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(
        roles,
        [
            "anon login=f inherit=t bypassrls=f super=f createrole=f",
            "authenticated login=f inherit=t bypassrls=f super=f createrole=f",
            "service_role login=f inherit=t bypassrls=t super=f createrole=f",
        ]
    );
}

#[test]
fn what_is_made_in_public_is_open_to_the_apis_roles_and_users_are_not() {
    let (_database, mut client) = laid();
    client
        .batch_execute("CREATE TABLE public.t (id serial); CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION public.f FROM public")
        .unwrap();
    for role in ["anon", "authenticated", "service_role"] {
        let row = client
            .query_one(
                "SELECT has_table_privilege($1, 'public.t', 'SELECT, INSERT, UPDATE, DELETE'), has_sequence_privilege($1, 'public.t_id_seq', 'USAGE'),
                        has_function_privilege($1, 'public.f()', 'EXECUTE'), has_function_privilege($1, 'auth.uid()', 'EXECUTE'),
                        has_schema_privilege($1, 'auth', 'USAGE'), has_table_privilege($1, 'auth.users', 'SELECT')",
                &[&role],
            )
            .unwrap();
        let may: [bool; 6] = std::array::from_fn(|index| row.get(index));
        assert_eq!(may, [true, true, true, true, true, false], "{role}");
    }
}

/// What the four functions say: `uid role email jwt`, `-` for NULL.
fn who(transaction: &mut Transaction<'_>) -> String {
    transaction
        .query_one(
            "SELECT concat_ws(' ', coalesce(auth.uid()::text, '-'), coalesce(auth.role(), '-'), coalesce(auth.email(), '-'), coalesce(auth.jwt()::text, '-'))",
            &[],
        )
        .unwrap()
        .get(0)
}

const ID: &str = "3f0c2a52-8f5e-4ad4-9d0a-6a5f5f1b2c3d";
const OTHER: &str = "7b1d2a52-8f5e-4ad4-9d0a-6a5f5f1b2c3d";

#[test]
fn the_functions_read_the_claims_old_and_new_and_say_null_when_nobody_is_signed_in() {
    let (_database, mut client) = laid();
    let all = format!(r#"{{"sub": "{ID}", "role": "authenticated", "email": "a@b.c"}}"#);
    let cases: &[(&[(&str, &str)], String)] = &[
        (&[], "- - - -".to_owned()),
        (&[("request.jwt.claims", "")], "- - - -".to_owned()),
        (&[("request.jwt.claims", "{}")], "- - - {}".to_owned()),
        (
            &[("request.jwt.claims", r#"{"role": "anon"}"#)],
            r#"- anon - {"role": "anon"}"#.to_owned(),
        ),
        (
            &[("request.jwt.claims", r#"{"sub": null}"#)],
            r#"- - - {"sub": null}"#.to_owned(),
        ),
        (
            &[("request.jwt.claims", &all)],
            format!(r#"{ID} authenticated a@b.c {{"sub": "{ID}", "role": "authenticated", "email": "a@b.c"}}"#),
        ),
        (
            &[
                ("request.jwt.claim.sub", ID),
                ("request.jwt.claim.role", "authenticated"),
                ("request.jwt.claim.email", "a@b.c"),
            ],
            format!("{ID} authenticated a@b.c -"),
        ),
        // As in the real ones, the older setting wins where both are set, and an empty one is none.
        (
            &[
                ("request.jwt.claim.sub", OTHER),
                ("request.jwt.claim.role", ""),
                ("request.jwt.claims", &all),
            ],
            format!(r#"{OTHER} authenticated a@b.c {{"sub": "{ID}", "role": "authenticated", "email": "a@b.c"}}"#),
        ),
    ];
    for (settings, expected) in cases {
        for role in ["none", "anon", "authenticated", "service_role"] {
            let mut transaction = client.transaction().unwrap();
            for (name, value) in *settings {
                transaction
                    .execute("SELECT set_config($1, $2, true)", &[name, value])
                    .unwrap();
            }
            transaction.batch_execute(&format!("SET LOCAL ROLE {role}")).unwrap();
            let found = who(&mut transaction);
            assert_eq!(&found, expected, "{settings:?} as {role}");
            transaction.rollback().unwrap();
        }
    }
    let mut transaction = client.transaction().unwrap();
    assert_eq!(
        who(&mut transaction),
        "- - - -",
        "a setting that was local leaves nothing behind"
    );
}

#[test]
fn malformed_claims_are_errors_and_sign_nobody_in() {
    let (_database, mut client) = laid();
    for (claims, function) in [
        ("not json", "auth.uid()"),
        ("not json", "auth.role()"),
        ("not json", "auth.jwt()"),
        (r#"{"sub": "#, "auth.email()"),
        (r#"{"sub": "not-a-uuid"}"#, "auth.uid()"),
        (r#"{"sub": ""}"#, "auth.uid()"),
    ] {
        let mut transaction = client.transaction().unwrap();
        transaction
            .execute("SELECT set_config('request.jwt.claims', $1, true)", &[&claims])
            .unwrap();
        let error = transaction.query(&format!("SELECT {function}"), &[]).unwrap_err();
        assert_eq!(
            error.code(),
            Some(&SqlState::INVALID_TEXT_REPRESENTATION),
            "{claims} {function}"
        );
    }
}

#[test]
fn users_have_the_keys_that_products_refer_to() {
    let (_database, mut client) = laid();
    client
        .batch_execute(&format!(
            "CREATE TABLE public.profiles (id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE);
             INSERT INTO auth.users (id, email, phone, raw_user_meta_data, raw_app_meta_data, aud, role, encrypted_password, email_confirmed_at,
                 created_at, updated_at) VALUES ('{ID}', 'a@b.c', '+33', '{{}}', '{{}}', 'authenticated', 'authenticated', 'x', now(), now(), now());
             INSERT INTO public.profiles VALUES ('{ID}')"
        ))
        .unwrap();
    for sql in [
        format!("INSERT INTO auth.users (id) VALUES ('{ID}')"),
        format!("INSERT INTO auth.users (id, email) VALUES ('{OTHER}', 'a@b.c')"),
        format!("INSERT INTO auth.users (id, phone) VALUES ('{OTHER}', '+33')"),
    ] {
        let error = client.batch_execute(&sql).unwrap_err();
        assert_eq!(error.code(), Some(&SqlState::UNIQUE_VIOLATION), "{sql}");
    }
    let row = client
        .query_one(
            "SELECT confirmed_at = email_confirmed_at, is_anonymous, is_sso_user, deleted_at IS NULL FROM auth.users",
            &[],
        )
        .unwrap();
    let found: [bool; 4] = std::array::from_fn(|index| row.get(index));
    assert_eq!(found, [true, false, false, true]);
    client.batch_execute("DELETE FROM auth.users").unwrap();
    let left: i64 = client
        .query_one("SELECT count(*) FROM public.profiles", &[])
        .unwrap()
        .get(0);
    assert_eq!(left, 0);
}

#[test]
fn the_snapshot_does_not_show_it_but_what_a_product_adds_to_it() {
    let empty = schema(&mut TestDatabase::empty().connect());
    let (_database, mut client) = laid();
    assert_eq!(schema(&mut client), empty);
    client
        .batch_execute(
            "CREATE TABLE public.t (id integer PRIMARY KEY); REVOKE ALL ON public.t FROM anon, authenticated, service_role;
             ALTER PUBLICATION supabase_realtime ADD TABLE public.t;
             CREATE FUNCTION public.greet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
             CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.greet();
             CREATE POLICY own_row ON auth.users FOR SELECT TO authenticated USING (id = (SELECT auth.uid()))",
        )
        .unwrap();
    let text = schema(&mut client);
    for part in [
        "publication supabase_realtime",
        "on_auth_user_created",
        "own_row",
        "table auth.users",
    ] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    for part in [
        "encrypted_password",
        "users_email_partial_key",
        "schema auth",
        "function auth.uid",
        "default privileges",
        "Stand-in",
    ] {
        assert!(!text.contains(part), "{part} is the platform's:\n{text}");
    }
}

#[test]
fn a_schema_auth_of_a_products_own_stays_in_the_snapshot() {
    let database = TestDatabase::empty();
    let mut client = database.connect();
    client
        .batch_execute("CREATE SCHEMA auth; CREATE TABLE auth.users (id integer); CREATE PUBLICATION supabase_realtime")
        .unwrap();
    let text = schema(&mut client);
    for part in ["schema auth", "table auth.users", "publication supabase_realtime"] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
}

#[test]
fn it_is_refused_where_the_database_is_unmarked_or_marked_production() {
    for mark in [None, Some(Mark::Production)] {
        let database = TestDatabase::empty();
        let mut client = database.connect();
        if let Some(mark) = mark {
            write_mark(&mut client, mark).unwrap();
        }
        let error = standin::find_gap(&mut client, &product()).unwrap_err();
        let report = error.downcast_ref::<Refusal>().unwrap().report();
        assert!(report.message.starts_with("refused to lay the stand-in"), "{report:?}");
        assert!(report.notes[0].contains("table auth.users"), "{report:?}");
        let next = report
            .help
            .join(" ")
            .contains("cargo xtask db-mark <database> development");
        assert_eq!(next, mark.is_none(), "{report:?}");
        let auth: i64 = client
            .query_one("SELECT count(*) FROM pg_namespace WHERE nspname = 'auth'", &[])
            .unwrap()
            .get(0);
        assert_eq!(auth, 0);
    }
}

#[test]
fn a_mark_that_came_with_a_copy_of_the_database_does_not_count() {
    let (database, client) = marked(Mark::Development);
    drop(client);
    let copy = TestDatabase::clone_of(&database);
    let result = standin::find_gap(&mut copy.connect(), &product());
    assert!(result.is_err());
}

#[test]
fn nothing_is_laid_where_the_real_one_is_or_the_product_asks_for_none() {
    let (_database, mut client) = marked(Mark::Test);
    client
        .batch_execute("CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid PRIMARY KEY, email text)")
        .unwrap();
    assert_eq!(gap(&mut client), None);
    let plain = Database {
        settings: Settings::default(),
        ..product()
    };
    let (_other, mut client) = marked(Mark::Test);
    assert_eq!(standin::find_gap(&mut client, &plain).unwrap(), None);
    // A role of the platform's own tells it too; in a transaction, since the other tests share the server.
    client.batch_execute("BEGIN; CREATE ROLE supabase_auth_admin").unwrap();
    assert_eq!(gap(&mut client), None);
    client.batch_execute("ROLLBACK").unwrap();
    assert!(gap(&mut client).is_some());
}

#[test]
fn several_at_once_lay_it_once_in_one_and_in_several_databases() {
    let databases: Vec<TestDatabase> = (0..3).map(|_| marked(Mark::Test).0).collect();
    let barrier = Barrier::new(6);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|number| {
                let (mut client, barrier) = (databases[number % 3].connect(), &barrier);
                scope.spawn(move || {
                    let found = gap(&mut client);
                    barrier.wait();
                    if let Some(found) = found {
                        standin::lay(&mut client, &found).unwrap();
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    });
    for database in &databases {
        assert_eq!(gap(&mut database.connect()), None);
    }
}

#[test]
fn a_role_that_may_not_make_it_is_told_what_to_do_and_nothing_is_changed() {
    let (database, mut client) = marked(Mark::Test);
    let role = database.role("plain");
    client
        .batch_execute(&format!(
            "GRANT SELECT ON public.schema_mark TO {role}; SET ROLE {role}"
        ))
        .unwrap();
    let found = gap(&mut client).unwrap();
    let error = standin::lay(&mut client, &found).unwrap_err();
    let report = error.downcast_ref::<Reports>().unwrap().0[0].clone();
    assert_eq!(report.sqlstate.as_deref(), Some("42501"), "{report:?}");
    assert!(
        report
            .help
            .iter()
            .any(|help| help.contains(&format!("`{role}` may not make it"))),
        "{report:?}"
    );
    assert_eq!(gap(&mut client), Some(found));
}

const CARGO_TOML: &str = "[workspace]\n[workspace.metadata.db.shop]\nplatform = \"supabase\"\n";
const OWN_ROWS: &str = "CREATE TABLE public.t (user_id uuid REFERENCES auth.users (id) DEFAULT auth.uid());\n";

#[test]
fn db_migrate_lays_it_before_the_first_migration_and_db_status_never() {
    let sandbox = Sandbox::new(&[("001_t.sql", OWN_ROWS), ("001_t.down.sql", "DROP TABLE public.t;\n")]);
    sandbox.write("Cargo.toml", CARGO_TOML);
    let database = TestDatabase::empty();
    let before = everything(&mut database.connect());
    let refused = sandbox.run_on(&database, &["db-migrate"]).expect(4);
    assert!(
        refused.err.contains("cargo xtask db-mark shop development"),
        "{}",
        refused.err
    );
    write_mark(&mut database.connect(), Mark::Development).unwrap();
    sandbox.run_on(&database, &["db-status"]).expect(0);
    let tried = sandbox.run_on(&database, &["db-migrate", "--dry-run"]).expect(0);
    assert!(tried.err.contains("lacks the stand-in"), "{}", tried.err);
    assert_eq!(everything(&mut database.connect()), before, "neither changed anything");
    let laid = sandbox.run_on(&database, &["db-migrate"]).expect(0);
    assert!(laid.err.contains("Laid"), "{}", laid.err);
    let open: i64 = database
        .connect()
        .query_one(
            "SELECT count(*) FROM unnest('{anon,authenticated,service_role}'::text[]) AS role, unnest('{schema_migrations,schema_mark}'::text[]) AS own
             WHERE has_table_privilege(role, 'public.' || own, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')",
            &[],
        )
        .unwrap()
        .get(0);
    assert_eq!(open, 0, "the toolkit's own tables are closed to the API");
    let again = sandbox.run_on(&database, &["db-migrate"]).expect(0);
    assert!(!again.err.contains("Laid"), "{}", again.err);
    sandbox.run_on(&database, &["db-migrate", "--dry-run"]).expect(0);
}

#[test]
fn db_reset_lays_it_in_the_new_database() {
    let sandbox = Sandbox::new(&[("001_t.sql", OWN_ROWS), ("001_t.down.sql", "DROP TABLE public.t;\n")]);
    sandbox.write("Cargo.toml", CARGO_TOML);
    let (database, mut client) = marked(Mark::Development);
    client.batch_execute("CREATE TABLE public.old ()").unwrap();
    drop(client);
    let ended = sandbox
        .run_on(&database, &["db-reset", "--disconnect", "--erase", database.name()])
        .expect(0);
    assert!(ended.err.contains("Laid"), "{}", ended.err);
    let mut client = database.connect();
    assert_eq!(gap(&mut client), None);
    let tables: i64 = client
        .query_one(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename IN ('t', 'old')",
            &[],
        )
        .unwrap()
        .get(0);
    assert_eq!(tables, 1);
    drop(client);
    TestServer::get().drop_database(&format!("{}__before_reset", database.name()));
}
