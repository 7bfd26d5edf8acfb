//! What only `automation` promises: each user's rows are their own, the library is there for all, admins run it, and what is near is found.

mod access;
mod constraints;
mod deletions;
mod plans;

use std::collections::BTreeSet;
use std::sync::Arc;

use postgres::error::DbError;
use postgres::{Client, GenericClient, Transaction};
use xtask::guard::Action;
use xtask::migration::ledger;
use xtask::migration::rollback::{self, Extent};
use xtask::migration::session::Session;

use super::{migrations, permit, product, seeded};
use crate::harness::TestDatabase;
use crate::harness::access::Actor;
use crate::harness::database::OPTIONS;

/// How rows of a table are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// They are a user's, who reads and writes them.
    Owned,
    /// They are a user's, who reads them; the service writes them.
    Metered,
    /// They belong to the library; who may read them hangs on the automation, and admins write them.
    Library,
}

/// A table, and how rows of it are written, as [`fill`] understands it.
struct Table {
    name: &'static str,
    kind: Kind,
    /// What a new row is, of a user where it is of one.
    insert: &'static str,
    /// A change of any row.
    change: &'static str,
    /// The change that makes a row the user's, or another automation's.
    give: &'static str,
}

/// In the order in which they are made, so that a table's number, from 1, is the one in the ids of its rows.
const TABLES: [Table; 13] = [
    Table {
        name: "public.user_profiles",
        kind: Kind::Owned,
        insert: "(user_id) VALUES ('{user}')",
        change: "industry = 'changed'",
        give: "user_id = '{user}'",
    },
    Table {
        name: "public.questionnaire_sessions",
        kind: Kind::Owned,
        insert: "(user_id) VALUES ('{user}')",
        change: "status = 'abandoned'",
        give: "user_id = '{user}'",
    },
    Table {
        name: "public.questionnaire_responses",
        kind: Kind::Owned,
        insert: "(session_id, question_key, answer) VALUES ('{row 2 u}', 'new', '1')",
        change: "answer = '2'",
        give: "session_id = '{row 2 u}'",
    },
    Table {
        name: "public.automations",
        kind: Kind::Library,
        insert: "(title, slug, difficulty) VALUES ('new', 'new', 'easy')",
        change: "title = 'changed'",
        give: "published = true",
    },
    Table {
        name: "public.automation_tools",
        kind: Kind::Library,
        insert: "(automation_id, tool_name) VALUES ('{row 4 x}', 'new')",
        change: "purpose = 'changed'",
        give: "automation_id = '{row 4 x}'",
    },
    Table {
        name: "public.implementation_steps",
        kind: Kind::Library,
        insert: "(automation_id, position, title) VALUES ('{row 4 x}', 8, 'new')",
        change: "title = 'changed'",
        give: "automation_id = '{row 4 x}', position = 20",
    },
    Table {
        name: "public.step_media",
        kind: Kind::Library,
        insert: "(step_id, media_type, url) VALUES ('{row 6 x}', 'image', 'https://example.com/new.png')",
        change: "alt_text = 'changed'",
        give: "step_id = '{row 6 x}'",
    },
    Table {
        name: "public.weekly_discoveries",
        kind: Kind::Owned,
        insert: "(user_id, week_of) VALUES ('{user}', '2025-08-25')",
        change: "summary = 'changed'",
        give: "user_id = '{user}', week_of = '2026-01-05'",
    },
    Table {
        name: "public.discovered_automations",
        kind: Kind::Owned,
        insert: "(discovery_id, automation_id, rank, score) VALUES ('{row 8 u}', '{row 4 c}', 9, 0.5)",
        change: "reason = 'changed'",
        give: "discovery_id = '{row 8 u}'",
    },
    Table {
        name: "public.user_automations",
        kind: Kind::Owned,
        insert: "(user_id, automation_id) VALUES ('{user}', '{row 4 c}')",
        change: "notes = 'changed'",
        give: "user_id = '{user}'",
    },
    Table {
        name: "public.automation_progress",
        kind: Kind::Owned,
        insert: "(user_automation_id, step_id) VALUES ('{row 10 u}', '{row 6 9}')",
        change: "status = 'completed'",
        give: "user_automation_id = '{row 10 u}'",
    },
    Table {
        name: "public.subscriptions",
        kind: Kind::Metered,
        insert: "(user_id, stripe_customer_id, status) VALUES ('{user}', 'cus_new', 'canceled')",
        change: "status = 'past_due'",
        give: "user_id = '{user}', status = 'canceled'",
    },
    Table {
        name: "public.usage_metrics",
        kind: Kind::Metered,
        insert: "(user_id, metric, period) VALUES ('{user}', 'new', '2025-08-01')",
        change: "quantity = 2",
        give: "user_id = '{user}'",
    },
];

/// Users by letter: two who have a row in each table that has rows of users, one who has none, and one who has an admin's profile.
const ADA: char = 'a';
const BEN: char = 'b';
const CYD: char = 'c';
const ADMIN: char = 'd';

/// Automations of the library by letter, each with a tool, a step and a picture: one that nobody has taken up, Ada's, Ben's, and one that
/// is not published. Ada's has a second step, 9.
const SPARE: char = 'c';
const UNPUBLISHED: char = 'f';

/// The id of a row: the number of its table, from 1, and a letter; of a user where the number is 0.
fn row(table: usize, letter: char) -> String {
    format!("{table:08}-0000-4000-8000-00000000000{letter}")
}

/// Puts the ids in: `{user}` is the user's, `{row 2 u}` that of a row of theirs, `{row 4 x}` that of a row of the automation that they have
/// taken up, `{row 4 f}` that of a row of another.
fn fill(text: &str, user: char) -> String {
    let taken = if user == BEN { 'e' } else { 'd' };
    let mut parts = text.split("{row ");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (place, rest) = part.split_once('}').expect("a place ends");
        let (table, letter) = place.split_once(' ').expect("a place is a number and a letter");
        let letter = match letter {
            "u" => user,
            "x" => taken,
            other => other.parse().expect("a letter"),
        };
        filled += &row(table.parse().expect("a number"), letter);
        filled += rest;
    }
    filled
        .replace("{user}", &row(0, user))
        .replace("{u}", &user.to_string())
}

/// The library, with Cyd and the admin, and the rows of Ada and Ben.
fn rows() -> String {
    let one_user = include_str!("automation/one_user.sql");
    [
        fill(include_str!("automation/library.sql"), ADA),
        fill(one_user, ADA),
        fill(one_user, BEN),
    ]
    .concat()
}

/// Runs a test on a database of its own, migrated, where the server can hold it; where it can't, that is told.
fn with_database(test: impl FnOnce(&TestDatabase)) {
    if let Some(database) = TestDatabase::of_if_supported("automation") {
        test(&database);
    }
}

/// As [`with_database`], connected to it.
fn migrated(test: impl FnOnce(&mut Client)) {
    with_database(|database| test(&mut database.connect()));
}

/// As [`migrated`], in a transaction with [`rows`].
fn with_rows(test: impl FnOnce(&mut Transaction<'_>)) {
    migrated(|client| {
        let mut transaction = client.transaction().unwrap();
        transaction.batch_execute(&rows()).unwrap();
        test(&mut transaction);
    });
}

fn sign_in(transaction: &mut Transaction<'_>, user: &str) {
    Actor::user("a user", user).sign_in(transaction);
}

/// What the server says of a statement that fails; what it did is undone, what one does that succeeds is not.
fn error_of(transaction: &mut Transaction<'_>, sql: &str) -> Option<DbError> {
    let mut savepoint = transaction.transaction().unwrap();
    match savepoint.batch_execute(sql) {
        Ok(()) => {
            savepoint.commit().unwrap();
            None
        }
        Err(error) => Some(error.as_db_error().unwrap().clone()),
    }
}

fn texts(client: &mut impl GenericClient, query: &str) -> Vec<String> {
    client.query(query, &[]).unwrap().iter().map(|row| row.get(0)).collect()
}

fn count(client: &mut impl GenericClient, query: &str) -> i64 {
    client
        .query_one(&format!("SELECT count(*) FROM {query}"), &[])
        .unwrap()
        .get(0)
}

#[test]
fn there_are_13_tables_under_forced_row_level_security() {
    migrated(|client| {
        let found = texts(
            client,
            "SELECT 'public.' || relname FROM pg_class
             WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relrowsecurity AND relforcerowsecurity
             ORDER BY 1",
        );
        let mut expected: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        expected.sort_unstable();
        assert_eq!(found, expected);
        let tables = "pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('schema_migrations', 'schema_mark')";
        assert_eq!(count(client, tables), 13, "no other table");
    });
}

#[test]
fn every_table_has_a_uuid_key_both_time_stamps_and_a_comment() {
    migrated(|client| {
        let whole = texts(
            client,
            "SELECT 'public.' || c.relname FROM pg_class AS c
             JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary AND i.indnkeyatts = 1
             JOIN pg_attribute AS id ON id.attrelid = c.oid AND id.attnum = i.indkey[0] AND id.attname = 'id' AND id.atthasdef
                 AND id.atttypid = 'uuid'::regtype
             JOIN pg_attribute AS created ON created.attrelid = c.oid AND created.attname = 'created_at' AND created.attnotnull
                 AND created.atthasdef AND created.atttypid = 'timestamptz'::regtype
             JOIN pg_attribute AS updated ON updated.attrelid = c.oid AND updated.attname = 'updated_at' AND updated.attnotnull
                 AND updated.atthasdef AND updated.atttypid = 'timestamptz'::regtype
             WHERE obj_description(c.oid, 'pg_class') <> ''",
        );
        let whole: BTreeSet<&str> = whole.iter().map(String::as_str).collect();
        let expected: BTreeSet<&str> = TABLES.iter().map(|table| table.name).collect();
        assert_eq!(whole, expected);
    });
}

#[test]
fn a_table_is_closed_to_the_apis_roles_before_its_policies_come() {
    with_database(|database| {
        let files = migrations(&product("automation")).list;
        let mut session = Session::connect(&database.target(), Arc::new(|_| {})).unwrap();
        let rows = ledger::read(&mut session.client).unwrap().unwrap();
        let first = Extent::To(files[0].version);
        let undos = rollback::plan(&mut session.client, &files, &rows, first).unwrap();
        let permit = permit(database, Action::RollBack);
        rollback::roll_back(&mut session, &undos, OPTIONS.locks, &permit).unwrap();
        let client = &mut session.client;
        let open = "(VALUES ('anon'), ('authenticated')) AS api (role), pg_class AS c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname NOT IN ('schema_migrations', 'schema_mark')
                AND (NOT (c.relrowsecurity AND c.relforcerowsecurity)
                    OR has_table_privilege(api.role, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
                    OR has_any_column_privilege(api.role, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))";
        assert_eq!(count(client, open), 0);
        assert_eq!(count(client, "pg_policies WHERE schemaname = 'public'"), 0);
        assert_eq!(
            count(client, "pg_tables WHERE schemaname = 'public' AND rowsecurity"),
            13
        );
    });
}

#[test]
fn the_seeds_are_a_library_users_with_an_admin_sessions_and_a_weekly_discovery() {
    with_database(|database| {
        seeded(database, &product("automation"));
        let client = &mut database.connect();
        for table in &TABLES {
            assert!(count(client, table.name) > 0, "{}", table.name);
        }
        assert_eq!(
            count(client, "auth.users JOIN user_profiles ON user_id = auth.users.id"),
            4
        );
        assert_eq!(count(client, "user_profiles WHERE role = 'admin'"), 1);
        assert_eq!(count(client, "weekly_discoveries"), 1);
        let bare = "automations AS a WHERE NOT EXISTS (SELECT FROM automation_tools WHERE automation_id = a.id)
            OR NOT EXISTS (SELECT FROM implementation_steps WHERE automation_id = a.id)";
        assert_eq!(count(client, bare), 0, "each automation has tools and steps");
        let silent = "questionnaire_sessions AS s WHERE status = 'completed'
            AND NOT EXISTS (SELECT FROM questionnaire_responses WHERE session_id = s.id)";
        assert_eq!(count(client, silent), 0, "a session that is completed has responses");
        let strayed = "automation_progress AS p JOIN user_automations AS taken ON taken.id = p.user_automation_id
            JOIN implementation_steps AS step ON step.id = p.step_id WHERE step.automation_id <> taken.automation_id";
        assert_eq!(
            count(client, strayed),
            0,
            "progress is with the steps of the automation that was taken up"
        );
    });
}

#[test]
fn seeded_embeddings_differ_and_are_near_where_tags_are_shared() {
    with_database(|database| {
        seeded(database, &product("automation"));
        let client = &mut database.connect();
        let equal =
            "automations AS one JOIN automations AS other ON one.id < other.id AND one.embedding = other.embedding";
        assert_eq!(count(client, "automations WHERE embedding IS NOT NULL"), 7);
        assert_eq!(count(client, equal), 0);
        for (slug, expected) in [
            ("sort-incoming-email", "draft-replies-to-customers"),
            ("send-invoices-when-a-job-is-done", "remind-of-unpaid-invoices"),
            ("remind-of-unpaid-invoices", "send-invoices-when-a-job-is-done"),
        ] {
            let nearest = format!(
                "SELECT slug FROM automations WHERE published AND slug <> '{slug}'
                 ORDER BY embedding <=> (SELECT embedding FROM automations WHERE slug = '{slug}') LIMIT 1"
            );
            assert_eq!(texts(client, &nearest), [expected]);
        }
    });
}
