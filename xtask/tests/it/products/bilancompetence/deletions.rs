//! What goes with a row of bilancompetence, what stays without it, and what stands in its way.

use super::{failure, migrated_with_rows, spelled_out};

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
