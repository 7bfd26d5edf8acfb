//! What only bilancompetence promises: its counts, triggers and reference rows, and that a plain owner can lay it.
//!
//! [`constraints`], [`deletions`], [`plans`] of queries, [`screens`] and [`access`] (who may see and change what) are files of their own.

mod access;
mod constraints;
mod deletions;
mod plans;
mod screens;

use std::fs;

use postgres::error::SqlState;
use postgres::{Client, Transaction};
use xtask::workspace::Database;

use super::{failure, migrations, schema, seeded};
use crate::harness::TestDatabase;

const PRODUCT: &str = "bilancompetence";

fn product() -> Database {
    super::product(PRODUCT)
}

/// The product with one row at least in each table: `rows.sql`.
fn migrated_with_rows() -> (TestDatabase, Client) {
    let database = TestDatabase::of(PRODUCT);
    let mut client = database.connect();
    client.batch_execute(include_str!("bilancompetence/rows.sql")).unwrap();
    (database, client)
}

/// Puts the ids of `rows.sql` in the place of `{a1}` and its like, and the acting user's in that of `{me}`.
fn spelled_out(statement: &str) -> String {
    let mut text = statement.replace("{me}", "public.app_user_id()");
    for letter in ['a', 'b', 'c', 'd'] {
        for digit in 1..=9 {
            let id = format!("'{letter}0000000-0000-4000-8000-00000000000{digit}'");
            text = text.replace(&format!("{{{letter}{digit}}}"), &id);
        }
    }
    text
}

fn number(client: &mut Client, query: &str) -> i64 {
    client.query_one(query, &[]).unwrap().get(0)
}

/// The texts of a query's first column.
fn texts(transaction: &mut Transaction, query: &str) -> Vec<String> {
    let rows = transaction.query(query, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

const UPDATED_AT_TRIGGERS: &str =
    "SELECT count(*) FROM pg_trigger AS trigger JOIN pg_proc AS function ON function.oid = tgfoid
    WHERE NOT tgisinternal AND proname IN ('set_updated_at', 'touch_bilan')";

const INDEXES_BEYOND_KEYS: &str = "SELECT count(*) FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'schema\\_%'
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)";

#[test]
fn the_counts_are_those_of_the_specification() {
    let database = TestDatabase::of(PRODUCT);
    let mut client = database.connect();
    for (query, expected) in [
        (
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('schema_migrations', 'schema_mark')",
            25,
        ),
        (INDEXES_BEYOND_KEYS, 45),
        (UPDATED_AT_TRIGGERS, 25),
        (
            "SELECT count(*) FROM assessment_questions WHERE assessment_id IS NULL",
            16,
        ),
        (
            "SELECT count(DISTINCT type) FROM assessment_questions WHERE assessment_id IS NULL",
            3,
        ),
        ("SELECT count(*) FROM qualiopi_indicators", 32),
        ("SELECT count(DISTINCT criterion) FROM qualiopi_indicators", 7),
        ("SELECT count(*) FROM qualiopi_indicators WHERE is_common", 22),
        ("SELECT count(*) FROM qualiopi_certification_levels", 5),
        (
            "SELECT count(*) FROM pg_class WHERE relrowsecurity AND relforcerowsecurity",
            25,
        ),
    ] {
        assert_eq!(number(&mut client, query), expected, "{query}");
    }
}

#[test]
fn every_table_has_a_comment_and_every_function_its_own_search_path() {
    let database = TestDatabase::of(PRODUCT);
    let mut client = database.connect();
    let mut transaction = client.transaction().unwrap();
    let silent = "SELECT relname::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND obj_description(oid, 'pg_class') IS NULL";
    assert_eq!(texts(&mut transaction, silent), Vec::<String>::new());
    let own = "FROM pg_proc AS function WHERE pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = function.oid AND deptype = 'e')";
    assert_eq!(
        texts(&mut transaction, &format!("SELECT proname::text {own}")).len(),
        12
    );
    let open = format!(
        "SELECT proname::text {own} AND NOT coalesce(proconfig @> ARRAY['search_path=pg_catalog, pg_temp'], false)"
    );
    assert_eq!(texts(&mut transaction, &open), Vec::<String>::new());
    let rowwise = "SELECT polname::text FROM pg_policy,
        concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) AS rule,
        regexp_replace(rule, 'SELECT (public\\.)?app_', '', 'g') AS rest
        WHERE rest ~ 'app_(user_id|user_role|user_organization|administered_organization|is_admin)\\('";
    assert_eq!(
        texts(&mut transaction, rowwise),
        Vec::<String>::new(),
        "an identity that is looked up for each row"
    );
}

#[test]
fn the_files_are_those_of_the_source_and_the_first_one_alone_makes_17_indexes_and_10_triggers() {
    let migrations = migrations(&product());
    let stems: Vec<&str> = migrations
        .list
        .iter()
        .map(|migration| migration.stem.as_str())
        .collect();
    assert_eq!(
        stems,
        [
            "001_create_schema",
            "002_expand_assessments_schema",
            "003_expand_assessment_questions",
            "004_expand_assessment_answers",
            "005_create_assessment_competencies",
            "006_create_assessment_drafts",
            "007_seed_assessment_questions",
            "008_create_qualiopi_indicators",
            "009_create_organization_qualiopi_status",
            "010_create_qualiopi_evidence",
            "011_create_satisfaction_surveys",
            "012_create_document_archive",
            "013_create_qualiopi_audit_log",
            "014_create_availability_slots",
            "015_create_session_bookings",
            "016_create_session_reminders",
            "017_create_session_analytics",
        ]
    );
    let database = TestDatabase::empty();
    let mut client = database.connect();
    let first = fs::read_to_string(product().migrations.join("001_create_schema.sql")).unwrap();
    client.batch_execute(&first).unwrap();
    assert_eq!(
        number(
            &mut client,
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ),
        9
    );
    assert_eq!(number(&mut client, INDEXES_BEYOND_KEYS), 17);
    assert_eq!(number(&mut client, UPDATED_AT_TRIGGERS), 10);
}

/// The rows of 007 and 008, as text.
fn reference_rows(client: &mut Client) -> Vec<String> {
    let mut transaction = client.transaction().unwrap();
    let mut rows = texts(
        &mut transaction,
        "SELECT (q.id, type, position, question, choices)::text FROM assessment_questions AS q ORDER BY id",
    );
    rows.extend(texts(
        &mut transaction,
        "SELECT (number, criterion, title)::text FROM qualiopi_indicators ORDER BY number",
    ));
    rows
}

#[test]
fn a_plain_owner_can_migrate_seed_and_take_it_all_back() {
    let database = TestDatabase::empty();
    let mut client = database.connect();
    let role = format!("plain_{}", database.name());
    client
        .batch_execute(&format!(
            "CREATE ROLE {role} NOSUPERUSER NOBYPASSRLS; ALTER DATABASE {} OWNER TO {role}; ALTER SCHEMA public OWNER TO pg_database_owner;
             SET SESSION AUTHORIZATION {role}",
            database.name()
        ))
        .unwrap();
    let list = migrations(&product()).list;
    let run = |client: &mut Client, path: &std::path::Path| {
        let mut transaction = client.transaction().unwrap();
        let text = fs::read_to_string(path).unwrap();
        transaction
            .batch_execute(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        transaction.commit().unwrap();
    };
    let folder = product().migrations;
    for migration in &list {
        run(&mut client, &folder.join(format!("{}.sql", migration.stem)));
    }
    let mut transaction = client.transaction().unwrap();
    let mut seeds: Vec<_> = fs::read_dir(crate::harness::database::root().join("seeds").join(PRODUCT))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    seeds.sort();
    assert!(!seeds.is_empty());
    for _twice in 0..2 {
        for seed in &seeds {
            transaction.batch_execute(&fs::read_to_string(seed).unwrap()).unwrap();
        }
    }
    transaction.commit().unwrap();
    assert_eq!(
        number(
            &mut client,
            "SELECT count(*) FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        ),
        25
    );
    assert_eq!(
        number(&mut client, "SELECT count(*) FROM users"),
        0,
        "FORCE holds for the owner"
    );
    for migration in list.iter().rev() {
        run(&mut client, &folder.join(format!("{}.down.sql", migration.stem)));
    }
    assert_eq!(
        number(
            &mut client,
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ),
        0
    );
    client
        .batch_execute(&format!(
            "RESET SESSION AUTHORIZATION; REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}"
        ))
        .unwrap();
}

#[test]
fn the_reference_rows_go_down_and_come_back_with_answers_in_between() {
    let (_database, mut client) = migrated_with_rows();
    let folder = product().migrations;
    let down = fs::read_to_string(folder.join("007_seed_assessment_questions.down.sql")).unwrap();
    let up = fs::read_to_string(folder.join("007_seed_assessment_questions.sql")).unwrap();
    let before = reference_rows(&mut client);
    let text = schema(&mut client);
    client.batch_execute(&down).unwrap();
    assert_eq!(
        number(
            &mut client,
            "SELECT count(*) FROM assessment_questions WHERE assessment_id IS NULL"
        ),
        0
    );
    assert_eq!(
        number(&mut client, "SELECT count(*) FROM assessment_questions"),
        1,
        "a bilan's own question stays"
    );
    client.batch_execute(&up).unwrap();
    assert_eq!(reference_rows(&mut client), before);
    assert_eq!(schema(&mut client), text);
}

#[test]
fn an_e_mail_is_taken_once_whatever_its_letter_case() {
    let (_database, mut client) = migrated_with_rows();
    let insert = "INSERT INTO users (email, password_hash, full_name) VALUES ('oWNER@Example.ORG', 'h', 'Other')";
    let mut transaction = client.transaction().unwrap();
    let expected = (SqlState::UNIQUE_VIOLATION, Some("idx_users_lower_email".to_owned()));
    assert_eq!(failure(&mut transaction, insert), expected);
    assert_eq!(
        texts(
            &mut transaction,
            "SELECT email FROM users WHERE lower(email) = lower('OWNER@EXAMPLE.org')"
        ),
        ["Owner@example.org"]
    );
}

#[test]
fn bookings_and_slots_of_a_consultant_never_overlap_and_may_touch() {
    let (_database, mut client) = migrated_with_rows();
    let booking = |from: &str, to: &str, consultant: &str, status: &str| {
        spelled_out(&format!(
            "INSERT INTO session_bookings (bilan_id, beneficiary_id, consultant_id, starts_at, ends_at, status)
             VALUES ({{c1}}, {{a1}}, {{{consultant}}}, '2026-01-05 {from}+00', '2026-01-05 {to}+00', '{status}')"
        ))
    };
    let mut transaction = client.transaction().unwrap();
    let overlap = (
        SqlState::EXCLUSION_VIOLATION,
        Some("session_bookings_consultant_id_tstzrange_excl".to_owned()),
    );
    // There is one from 9 to 11.
    for (from, to) in [
        ("08:00", "09:01"),
        ("10:59", "12:00"),
        ("09:30", "10:00"),
        ("08:00", "12:00"),
        ("09:00", "11:00"),
    ] {
        assert_eq!(
            failure(&mut transaction, &booking(from, to, "a3", "SCHEDULED")),
            overlap,
            "{from}-{to}"
        );
    }
    for (from, to, consultant, status) in [
        ("11:00", "12:00", "a3", "SCHEDULED"),
        ("08:00", "09:00", "a3", "CONFIRMED"),
        ("09:00", "11:00", "a7", "SCHEDULED"),
        ("09:00", "11:00", "a3", "CANCELLED"),
    ] {
        transaction
            .batch_execute(&booking(from, to, consultant, status))
            .unwrap();
    }
    let revive = "UPDATE session_bookings SET status = 'SCHEDULED' WHERE status = 'CANCELLED'";
    assert_eq!(failure(&mut transaction, revive), overlap);
    let slot = |from: &str, to: &str| {
        spelled_out(&format!(
            "INSERT INTO availability_slots (consultant_id, starts_at, ends_at)
             VALUES ({{a3}}, '2026-01-05 {from}+00', '2026-01-05 {to}+00')"
        ))
    };
    let overlap = (
        SqlState::EXCLUSION_VIOLATION,
        Some("availability_slots_consultant_id_tstzrange_excl".to_owned()),
    );
    assert_eq!(failure(&mut transaction, &slot("10:00", "12:00")), overlap);
    transaction.batch_execute(&slot("11:00", "12:00")).unwrap();
}

#[test]
fn the_audit_logs_are_written_once_even_for_a_superuser() {
    let (_database, mut client) = migrated_with_rows();
    let mut transaction = client.transaction().unwrap();
    for table in ["audit_logs", "qualiopi_audit_log"] {
        for statement in [
            format!("UPDATE {table} SET created_at = now()"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
            format!("TRUNCATE {table} CASCADE"),
        ] {
            assert_eq!(
                failure(&mut transaction, &statement).0,
                SqlState::RESTRICT_VIOLATION,
                "{statement}"
            );
        }
    }
    transaction.batch_execute("DELETE FROM session_bookings").unwrap();
    transaction
        .batch_execute(&spelled_out("DELETE FROM bilans; DELETE FROM users WHERE id = {a1}"))
        .unwrap();
    let left = texts(
        &mut transaction,
        "SELECT id::text FROM audit_logs WHERE user_id IS NOT NULL",
    );
    assert_eq!(left.len(), 1, "an entry outlives the account");
}

#[test]
fn updated_at_follows_every_change_in_every_table_that_has_it() {
    let (_database, mut client) = migrated_with_rows();
    let mut transaction = client.transaction().unwrap();
    let tables = texts(
        &mut transaction,
        "SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attname = 'updated_at' ORDER BY 1",
    );
    assert_eq!(tables.len(), 23);
    for table in tables {
        let row = transaction
            .query_one(
                &format!(
                    "UPDATE {table} SET updated_at = '2000-01-01' WHERE ctid = (SELECT ctid FROM {table} LIMIT 1) RETURNING updated_at = now()"
                ),
                &[],
            )
            .unwrap();
        assert!(row.get::<_, bool>(0), "{table}");
    }
}

#[test]
fn a_bilan_is_as_recent_as_its_documents_and_messages() {
    let (_database, mut client) = migrated_with_rows();
    for change in [
        "INSERT INTO messages (bilan_id, sender_id, recipient_id, content) VALUES ({c1}, {a3}, {a1}, 'c')",
        "UPDATE messages SET read_at = now()",
        "INSERT INTO documents (bilan_id, file_name, mime_type, size_bytes, storage_key) VALUES ({c1}, 'f', 'm', 1, 'x')",
        "UPDATE documents SET kind = 'CV'",
    ] {
        let mut transaction = client.transaction().unwrap();
        let recent = "SELECT id::text FROM bilans WHERE updated_at = now()";
        assert_eq!(texts(&mut transaction, recent), Vec::<String>::new());
        transaction.batch_execute(&spelled_out(change)).unwrap();
        assert_eq!(
            texts(&mut transaction, recent),
            ["c0000000-0000-4000-8000-000000000001"],
            "{change}"
        );
        transaction.rollback().unwrap();
    }
}

#[test]
fn the_seeds_fill_every_screen() {
    let database = TestDatabase::of(PRODUCT);
    seeded(&database, &product());
    let mut client = database.connect();
    let mut transaction = client.transaction().unwrap();
    for table in texts(
        &mut transaction,
        "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity ORDER BY 1",
    ) {
        let rows = texts(&mut transaction, &format!("SELECT t::text FROM {table} AS t"));
        assert_eq!(
            rows.is_empty(),
            table == "sessions",
            "{table}: logins alone are not seeded"
        );
    }
    let upcoming = texts(
        &mut transaction,
        "SELECT id::text FROM session_bookings WHERE starts_at > now()",
    );
    assert_eq!(upcoming.len(), 1);
    let roles = texts(&mut transaction, "SELECT DISTINCT role FROM users");
    assert_eq!(roles.len(), 4);
}
