//! What only bilancompetence promises: its counts, constraints, triggers and delete rules, and that a plain owner can lay it.
//! Who may see and change what is in [`access`].

mod access;
mod plans;
mod screens;

use std::collections::BTreeSet;
use std::fs;

use postgres::error::SqlState;
use postgres::{Client, Transaction};
use xtask::workspace::Database;

use super::{migrations, products, schema, seeded};
use crate::harness::TestDatabase;

const PRODUCT: &str = "bilancompetence";

fn product() -> Database {
    products().into_iter().find(|product| product.name == PRODUCT).unwrap()
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

/// Runs a statement that must fail and undoes it; its SQLSTATE and the constraint that it names.
#[track_caller]
fn failure(transaction: &mut Transaction, statement: &str) -> (SqlState, Option<String>) {
    let mut nested = transaction.transaction().unwrap();
    let error = nested
        .batch_execute(statement)
        .expect_err(&format!("it was taken: {statement}"));
    nested.rollback().unwrap();
    let constraint = error
        .as_db_error()
        .and_then(|error| error.constraint().map(str::to_owned));
    (error.code().unwrap().clone(), constraint)
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

/// For each check, a change of one row that breaks it and no other.
const VIOLATIONS: &[(&str, &str)] = &[
    ("assessment_answers_answer_check", "answer = 'null'"),
    ("assessment_answers_score_check", "score = 11"),
    ("assessment_competencies_consultant_level_check", "consultant_level = 6"),
    ("assessment_competencies_interest_check", "interest = 0"),
    ("assessment_competencies_self_level_check", "self_level = 0"),
    ("assessment_drafts_content_check", "content = '[]'"),
    ("assessment_drafts_step_check", "step = 'end'"),
    (
        "assessment_questions_answer_type_check",
        "answer_type = 'NUMBER', choices = NULL",
    ),
    (
        "assessment_questions_answer_type_choices_check",
        "answer_type = 'SINGLE_CHOICE', choices = NULL",
    ),
    (
        "assessment_questions_choices_check",
        "answer_type = 'SINGLE_CHOICE', choices = '{}'",
    ),
    ("assessment_questions_position_check", "position = 0"),
    ("assessment_questions_question_check", "question = ' '"),
    ("assessment_questions_type_check", "type = 'middle'"),
    ("audit_logs_action_check", "action = ''"),
    ("audit_logs_details_check", "details = '1'"),
    ("availability_slots_mode_check", "mode = 'FAX'"),
    (
        "bilans_completed_at_check",
        "started_at = '2026-01-02', completed_at = '2026-01-01'",
    ),
    ("bilans_completed_check", "status = 'COMPLETED'"),
    ("bilans_financing_check", "financing = 'GIFT'"),
    ("bilans_participants_check", "consultant_id = beneficiary_id"),
    ("bilans_phase_check", "phase = 'END'"),
    ("bilans_planned_hours_check", "planned_hours = 24.5"),
    ("bilans_planned_hours_check", "planned_hours = 0"),
    ("bilans_progress_percentage_check", "progress_percentage = 101"),
    ("bilans_progress_percentage_check", "progress_percentage = -1"),
    ("bilans_status_check", "status = 'LOST'"),
    ("competencies_category_check", "category = 'SOFT'"),
    ("competencies_level_check", "level = 6"),
    ("competencies_name_check", "name = ''"),
    ("document_archive_file_name_check", "file_name = ''"),
    ("document_archive_retain_until_check", "archived_on = retain_until"),
    ("document_archive_sha256_check", "sha256 = 'abc'"),
    ("documents_file_name_check", "file_name = ''"),
    ("documents_kind_check", "kind = 'FILM'"),
    ("documents_size_bytes_check", "size_bytes = -1"),
    ("messages_content_check", "content = ''"),
    ("messages_participants_check", "recipient_id = sender_id"),
    (
        "organization_qualiopi_status_next_review_on_check",
        "reviewed_on = '2026-01-02', next_review_on = '2026-01-02'",
    ),
    ("organization_qualiopi_status_score_check", "score = 101"),
    ("organization_qualiopi_status_status_check", "status = 'GOOD'"),
    ("organizations_name_check", "name = ' '"),
    ("organizations_qualiopi_check", "qualiopi_certified = true"),
    ("organizations_siret_check", "siret = '1234567890123'"),
    ("organizations_siret_check", "siret = '1234567890123A'"),
    ("organizations_subscription_plan_check", "subscription_plan = 'GOLD'"),
    ("qualiopi_audit_log_action_check", "action = 'LOOKED'"),
    ("qualiopi_certification_levels_code_check", "code = 'lower'"),
    (
        "qualiopi_certification_levels_minimum_percentage_check",
        "minimum_percentage = 101",
    ),
    ("qualiopi_certification_levels_rank_check", "rank = 0"),
    ("qualiopi_evidence_kind_check", "kind = 'FILM'"),
    ("qualiopi_evidence_retain_until_check", "retain_until = collected_on"),
    ("qualiopi_evidence_title_check", "title = ''"),
    ("qualiopi_indicators_criterion_check", "criterion = 8"),
    ("qualiopi_indicators_number_check", "number = 33"),
    ("recommendations_kind_check", "kind = 'LUCK'"),
    ("recommendations_priority_check", "priority = 0"),
    ("recommendations_status_check", "status = 'LOST'"),
    ("recommendations_title_check", "title = ''"),
    (
        "satisfaction_surveys_expires_at_check",
        "sent_at = '2026-01-02', expires_at = '2026-01-02'",
    ),
    ("satisfaction_surveys_kind_check", "kind = 'START'"),
    ("satisfaction_surveys_status_check", "status = 'LOST'"),
    ("session_analytics_average_score_check", "average_score = 5.01"),
    (
        "session_analytics_booked_count_check",
        "booked_count = -1, completed_count = -1",
    ),
    ("session_analytics_cancelled_count_check", "cancelled_count = -1"),
    ("session_analytics_completed_count_check", "completed_count = -1"),
    ("session_analytics_counts_check", "completed_count = 1"),
    ("session_analytics_minutes_held_check", "minutes_held = -1"),
    ("session_analytics_month_check", "month = '2026-01-02'"),
    ("session_analytics_no_show_count_check", "no_show_count = -1"),
    (
        "session_bookings_cancellation_reason_check",
        "cancellation_reason = 'ill'",
    ),
    ("session_bookings_participants_check", "consultant_id = beneficiary_id"),
    ("session_bookings_status_check", "status = 'LOST'"),
    ("session_reminders_channel_check", "channel = 'FAX'"),
    ("session_reminders_sent_at_check", "status = 'SENT'"),
    ("session_reminders_sent_at_check", "sent_at = '2026-01-01'"),
    ("session_reminders_status_check", "status = 'LOST'"),
    ("sessions_expires_at_check", "expires_at = created_at"),
    ("survey_responses_consultant_score_check", "consultant_score = 6"),
    ("survey_responses_overall_score_check", "overall_score = 0"),
    (
        "survey_responses_recommendation_score_check",
        "recommendation_score = 11",
    ),
    ("survey_responses_usefulness_score_check", "usefulness_score = 0"),
    ("users_email_check", "email = 'no address'"),
    ("users_full_name_check", "full_name = ''"),
    ("users_org_admin_check", "role = 'ORG_ADMIN', organization_id = NULL"),
    ("users_password_hash_check", "password_hash = ''"),
    ("users_role_check", "role = 'OWNER'"),
];

/// Without the triggers that keep what was written: they would speak before the constraints do.
fn without_keeping(transaction: &mut Transaction) {
    transaction
        .batch_execute(
            "ALTER TABLE audit_logs DISABLE TRIGGER audit_logs_append_only;
             ALTER TABLE qualiopi_audit_log DISABLE TRIGGER qualiopi_audit_log_append_only;
             ALTER TABLE messages DISABLE TRIGGER messages_stay_as_sent",
        )
        .unwrap();
}

fn tables_of_constraints(transaction: &mut Transaction, kinds: &str) -> Vec<(String, String, String)> {
    let query = format!(
        "SELECT conname::text, conrelid::regclass::text,
             coalesce((SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1]), '')
         FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND contype IN ({kinds}) AND conrelid::regclass::text NOT LIKE 'schema\\_%'
         ORDER BY conname"
    );
    let rows = transaction.query(&query, &[]).unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

#[test]
fn every_check_refuses_a_row_that_breaks_it() {
    let (_database, mut client) = migrated_with_rows();
    let mut transaction = client.transaction().unwrap();
    without_keeping(&mut transaction);
    let checks = tables_of_constraints(&mut transaction, "'c'");
    for (constraint, change) in VIOLATIONS {
        let (_, table, _) = checks
            .iter()
            .find(|check| check.0 == *constraint)
            .unwrap_or_else(|| panic!("no {constraint}"));
        let statement = format!("UPDATE {table} SET {change} WHERE ctid = (SELECT ctid FROM {table} LIMIT 1)");
        let expected = (SqlState::CHECK_VIOLATION, Some((*constraint).to_owned()));
        assert_eq!(failure(&mut transaction, &statement), expected, "{statement}");
    }
    // A range can't be made backwards, and tstzrange says so before the check does, where the check is not asked first.
    for table in ["availability_slots", "session_bookings"] {
        let constraint = Some(format!("{table}_ends_at_check"));
        for change in ["ends_at = starts_at", "ends_at = starts_at - INTERVAL '1 hour'"] {
            let statement = format!("UPDATE {table} SET {change} WHERE ctid = (SELECT ctid FROM {table} LIMIT 1)");
            assert_eq!(
                failure(&mut transaction, &statement),
                (SqlState::CHECK_VIOLATION, constraint.clone()),
                "{statement}"
            );
        }
    }
    let tried: BTreeSet<&str> = VIOLATIONS
        .iter()
        .map(|violation| violation.0)
        .chain(["availability_slots_ends_at_check", "session_bookings_ends_at_check"])
        .collect();
    let all: BTreeSet<&str> = checks.iter().map(|check| check.0.as_str()).collect();
    assert_eq!(tried, all);
}

#[test]
fn every_key_and_exclusion_refuses_a_copy() {
    let (_database, mut client) = migrated_with_rows();
    let mut transaction = client.transaction().unwrap();
    let keys = tables_of_constraints(&mut transaction, "'u', 'x'");
    assert!(keys.len() > 15);
    for (constraint, table, _) in keys {
        let id = match table.as_str() {
            "qualiopi_certification_levels" => "'code', 'COPY'",
            _ => "'id', gen_random_uuid()",
        };
        let copy = format!(
            "INSERT INTO {table} SELECT (jsonb_populate_record(original, jsonb_build_object({id}))).*
             FROM {table} AS original ORDER BY original.ctid LIMIT 1"
        );
        assert_eq!(failure(&mut transaction, &copy).1, Some(constraint), "{copy}");
    }
    let template = "INSERT INTO assessment_questions (type, position, question) VALUES ('initial', 1, 'q')";
    assert_eq!(
        failure(&mut transaction, template).1.as_deref(),
        Some("idx_assessment_questions_template_type_position")
    );
}

#[test]
fn every_foreign_key_refuses_a_parent_that_is_not_there_and_has_an_index() {
    let (_database, mut client) = migrated_with_rows();
    let mut transaction = client.transaction().unwrap();
    without_keeping(&mut transaction);
    let keys = tables_of_constraints(&mut transaction, "'f'");
    assert!(keys.len() > 35, "{}", keys.len());
    for (constraint, table, column) in keys {
        let nowhere = match column.as_str() {
            "indicator_number" => "-1",
            "level_code" => "'NOWHERE'",
            _ => "'00000000-0000-4000-8000-000000000000'",
        };
        let statement =
            format!("UPDATE {table} SET {column} = {nowhere} WHERE ctid = (SELECT ctid FROM {table} LIMIT 1)");
        let expected = (SqlState::FOREIGN_KEY_VIOLATION, Some(constraint.clone()));
        assert_eq!(failure(&mut transaction, &statement), expected, "{statement}");
        let indexes = texts(
            &mut transaction,
            &format!(
                "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
                 JOIN pg_class AS class ON class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam AND amname = 'btree'
                 WHERE indrelid = '{table}'::regclass AND attname = '{column}' AND indpred IS NULL AND indisvalid"
            ),
        );
        assert!(!indexes.is_empty(), "{constraint} has no index");
    }
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
        let one = format!("{table} WHERE ctid = (SELECT max(ctid) FROM {table})");
        let row = transaction
            .query_one(
                &format!(
                    "UPDATE {table} SET updated_at = '2000-01-01' WHERE ctid = (SELECT ctid FROM {table} LIMIT 1) RETURNING updated_at = now()"
                ),
                &[],
            )
            .unwrap();
        assert!(row.get::<_, bool>(0), "{one}");
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

/// What is deleted, and what is left of a table afterwards.
const DELETE_RULES: &[(&str, &str, i64)] = &[
    ("bilans WHERE id = {c1}", "competencies", 0),
    ("bilans WHERE id = {c1}", "recommendations", 0),
    ("bilans WHERE id = {c1}", "documents", 0),
    ("bilans WHERE id = {c1}", "messages", 0),
    (
        "bilans WHERE id = {c1}",
        "assessment_questions WHERE assessment_id IS NOT NULL",
        0,
    ),
    ("bilans WHERE id = {c1}", "assessment_questions", 16),
    ("bilans WHERE id = {c1}", "assessment_answers", 0),
    ("bilans WHERE id = {c1}", "assessment_competencies", 0),
    ("bilans WHERE id = {c1}", "assessment_drafts", 0),
    (
        "bilans WHERE id = {c1}",
        "satisfaction_surveys WHERE bilan_id = {c1}",
        0,
    ),
    ("bilans WHERE id = {c1}", "survey_responses", 0),
    ("bilans WHERE id = {c1}", "session_bookings WHERE bilan_id = {c1}", 0),
    ("bilans WHERE id = {c1}", "session_reminders", 0),
    ("bilans WHERE id = {c1}", "availability_slots", 1),
    (
        "bilans WHERE id = {c1}",
        "document_archive WHERE bilan_id IS NULL AND document_id IS NULL",
        1,
    ),
    ("bilans WHERE id = {c1}", "audit_logs", 1),
    ("competencies", "assessment_competencies", 0),
    ("documents", "document_archive WHERE document_id IS NULL", 1),
    (
        "availability_slots",
        "session_bookings WHERE slot_id IS NULL AND id = {d1}",
        1,
    ),
    ("session_bookings", "session_reminders", 0),
    ("satisfaction_surveys", "survey_responses", 0),
    ("bilans; DELETE FROM users WHERE id = {a3}", "availability_slots", 0),
    ("bilans; DELETE FROM users WHERE id = {a3}", "session_analytics", 0),
    ("bilans; DELETE FROM users WHERE id = {a1}", "sessions", 0),
    (
        "bilans; DELETE FROM users WHERE id = {a4}",
        "qualiopi_evidence WHERE uploaded_by IS NULL",
        1,
    ),
    (
        "bilans; DELETE FROM users WHERE id = {a4}",
        "document_archive WHERE archived_by IS NULL",
        1,
    ),
    ("organizations WHERE id = {b3}", "organizations", 2),
];

/// Deletions that others stand in the way of.
const RESTRICTED: &[(&str, &str)] = &[
    ("users WHERE id = {a1}", "bilans_beneficiary_id_fkey"),
    ("users WHERE id = {a3}", "bilans_consultant_id_fkey"),
    ("organizations WHERE id = {b1}", "users_organization_id_fkey"),
    (
        "assessment_questions WHERE assessment_id IS NULL",
        "assessment_answers_question_id_fkey",
    ),
    (
        "qualiopi_indicators WHERE number = 1",
        "organization_qualiopi_status_indicator_number_fkey",
    ),
    (
        "qualiopi_certification_levels WHERE code = 'NOT_STARTED'",
        "organization_qualiopi_status_level_code_fkey",
    ),
];

#[test]
fn rows_go_or_stay_as_the_delete_rules_say() {
    let (_database, mut client) = migrated_with_rows();
    for (deleted, left, expected) in DELETE_RULES {
        let mut transaction = client.transaction().unwrap();
        transaction
            .batch_execute(&spelled_out(&format!("DELETE FROM {deleted}")))
            .unwrap();
        let found: i64 = transaction
            .query_one(&spelled_out(&format!("SELECT count(*) FROM {left}")), &[])
            .unwrap()
            .get(0);
        assert_eq!(found, *expected, "rows in {left} after those of {deleted} were deleted");
        transaction.rollback().unwrap();
    }
    let mut transaction = client.transaction().unwrap();
    for (deleted, constraint) in RESTRICTED {
        let (_, found) = failure(&mut transaction, &spelled_out(&format!("DELETE FROM {deleted}")));
        assert_eq!(found.as_deref(), Some(*constraint), "{deleted}");
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
