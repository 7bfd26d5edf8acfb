//! Every check, key, exclusion and foreign key of bilancompetence, each shown a row that it refuses; none is left out.

use std::collections::BTreeSet;

use postgres::Transaction;
use postgres::error::SqlState;

use super::{failure, migrated_with_rows, texts};

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
