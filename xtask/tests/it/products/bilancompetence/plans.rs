//! With enough rows the planner uses the indexes of bilancompetence for the queries that they are for; read from plans, not from times.

use super::PRODUCT;
use crate::harness::TestDatabase;
use crate::harness::plans::assert_uses;

const USER: &str = "'f0000000-0000-4000-8000-000000000007'";
const ORGANIZATION: &str = "'e0000000-0000-4000-8000-000000000007'";

const USES: &[(&str, &str)] = &[
    (
        "idx_users_lower_email",
        "SELECT FROM users WHERE lower(email) = lower('USER7@example.org')",
    ),
    (
        "idx_bilans_consultant_id_status",
        "SELECT FROM bilans WHERE consultant_id = {user} AND status IN ('DRAFT', 'IN_PROGRESS')",
    ),
    (
        "idx_bilans_organization_id_status",
        "SELECT FROM bilans WHERE organization_id = {organization} AND status = 'DRAFT'",
    ),
    (
        "idx_bilans_beneficiary_id",
        "SELECT FROM bilans WHERE beneficiary_id = {user}",
    ),
    (
        "idx_bilans_follow_up_on",
        "SELECT FROM bilans WHERE follow_up_on BETWEEN '2026-06-01' AND '2026-07-01'",
    ),
    (
        "idx_documents_bilan_id_created_at",
        "SELECT id FROM documents WHERE bilan_id = {user} ORDER BY created_at DESC",
    ),
    (
        "idx_messages_recipient_id_read_at",
        "SELECT FROM messages WHERE recipient_id = {user} AND read_at IS NULL",
    ),
    (
        "idx_audit_logs_organization_id_created_at",
        "SELECT id FROM audit_logs WHERE organization_id = {organization} ORDER BY created_at DESC LIMIT 10",
    ),
    (
        "idx_audit_logs_user_id_created_at",
        "SELECT id FROM audit_logs WHERE user_id = {user} ORDER BY created_at DESC LIMIT 10",
    ),
    (
        "idx_audit_logs_entity_type_entity_id",
        "SELECT FROM audit_logs WHERE entity_type = 'bilans' AND entity_id = {user}",
    ),
    (
        "idx_availability_slots_consultant_id_starts_at",
        "SELECT id FROM availability_slots WHERE consultant_id = {user}
         AND starts_at >= '2026-02-02' AND starts_at < '2026-02-09' ORDER BY starts_at",
    ),
    (
        "idx_session_bookings_consultant_id_starts_at",
        "SELECT id FROM session_bookings WHERE consultant_id = {user}
         AND starts_at >= '2026-02-02' AND starts_at < '2026-02-09' ORDER BY starts_at",
    ),
    (
        "session_bookings_consultant_id_tstzrange_excl",
        "SELECT FROM session_bookings WHERE consultant_id = {user} AND status <> 'CANCELLED'
         AND tstzrange(starts_at, ends_at) && '[2026-02-02 08:00+00, 2026-02-02 09:00+00)'",
    ),
    (
        "idx_session_reminders_pending_send_at",
        "SELECT id FROM session_reminders WHERE status = 'PENDING' AND send_at <= '2026-01-10' ORDER BY send_at LIMIT 100",
    ),
    (
        "idx_document_archive_organization_id_retain_until",
        "SELECT id FROM document_archive WHERE organization_id = {organization} AND retain_until < '2021-01-01'",
    ),
];

#[test]
fn the_planner_uses_the_indexes_for_the_queries_that_they_are_for() {
    let database = TestDatabase::of(PRODUCT);
    let mut client = database.connect();
    client.batch_execute(include_str!("many_rows.sql")).unwrap();
    for (index, query) in USES {
        let query = query.replace("{user}", USER).replace("{organization}", ORGANIZATION);
        assert_uses(&mut client, &query, index);
    }
}
