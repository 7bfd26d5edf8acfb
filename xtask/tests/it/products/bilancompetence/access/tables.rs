//! Who may do what in each table of bilancompetence, as a table: letters are people, see `PEOPLE` in the module above.

/// What a table is held to. Letters say who succeeds; everybody else sees no row, or is refused where a new row is checked.
pub struct Table {
    /// With its schema.
    pub name: &'static str,
    /// The row that is read and changed.
    pub row: &'static str,
    /// The row that is deleted, where it is another one.
    pub spare: Option<&'static str>,
    pub select: &'static str,
    /// Columns and values of a new row.
    pub inserts: &'static [(&'static str, &'static str)],
    /// A harmless change; `None`: there is no way to update or delete.
    pub update: Option<(&'static str, &'static str)>,
    pub delete: &'static str,
    /// Changes that take a row to somebody else, with the row, and who is refused.
    pub moves: &'static [(&'static str, &'static str, &'static str)],
}

const D1: &str = "id = {d1}";
const C1: &str = "id = {c1}";
const ME: &str = "id = public.app_user_id()";

/// One entry a table: `every_table_is_probed`.
#[rustfmt::skip]
pub const TABLES: &[Table] = &[
    Table {
        name: "public.users", row: "id = {a1}", spare: Some("id = {a8}"), select: "OCGA",
        inserts: &[
            ("(email, password_hash, full_name) VALUES ('n@example.org', 'h', 'N')", "NA"),
            ("(email, password_hash, full_name, role) VALUES ('n@example.org', 'h', 'N', 'ADMIN')", "A"),
            ("(email, password_hash, full_name, role, organization_id) VALUES ('n@example.org', 'h', 'N', 'CONSULTANT', {b1})", "GA"),
            ("(email, password_hash, full_name, role, organization_id) VALUES ('n@example.org', 'h', 'N', 'ORG_ADMIN', {b1})", "A"),
            ("(email, password_hash, full_name, organization_id) VALUES ('n@example.org', 'h', 'N', {b1})", "GA"),
            ("(email, password_hash, full_name, email_verified) VALUES ('n@example.org', 'h', 'N', true)", "A"),
        ],
        update: Some(("bio = 'b'", "OA")), delete: "A",
        moves: &[
            ("role = 'ADMIN'", ME, "OSCGF"), ("organization_id = {b1}", ME, "OSF"), ("organization_id = {b2}", ME, "OCG"),
            ("role = 'ADMIN'", "id = {a8}", "G"), ("role = 'ORG_ADMIN'", "id = {a8}", "G"), ("organization_id = {b2}", "id = {a8}", "G"),
        ],
    },
    Table {
        name: "public.organizations", row: "id = {b1}", spare: Some("id = {b3}"), select: "OCGA",
        inserts: &[("(name) VALUES ('n')", "A")],
        update: Some(("description = 'd'", "GA")), delete: "A",
        moves: &[("id = gen_random_uuid()", "id = {b1}", "G")],
    },
    Table {
        name: "public.bilans", row: C1, spare: None, select: "OCGA",
        inserts: &[
            ("(beneficiary_id, organization_id) VALUES ({me}, {b1})", "OSCGFA"),
            ("(beneficiary_id, consultant_id, organization_id) VALUES ({me}, {a7}, {b1})", "GA"),
            ("(beneficiary_id, consultant_id, organization_id) VALUES ({a8}, {a3}, {b1})", "GA"),
            ("(beneficiary_id, organization_id) VALUES ({a2}, {b1})", "SA"),
            ("(beneficiary_id, consultant_id, organization_id) VALUES ({a8}, {a9}, {b1})", "A"),
        ],
        update: Some(("progress_percentage = 5", "OCGA")), delete: "GA",
        moves: &[("beneficiary_id = {a2}", C1, "OCG"), ("consultant_id = {a7}", C1, "OC"), ("consultant_id = {a9}", C1, "OCG"),
            ("organization_id = {b2}", C1, "OCG")],
    },
    Table {
        name: "public.competencies", row: D1, spare: None, select: "OCGA",
        inserts: &[("(bilan_id, name, category) VALUES ({c1}, 'x', 'TECHNICAL')", "OCGA")],
        update: Some(("level = 2", "OCGA")), delete: "OCGA",
        moves: &[("bilan_id = {c2}", D1, "OCG")],
    },
    Table {
        name: "public.recommendations", row: D1, spare: None, select: "OCGA",
        inserts: &[("(bilan_id, kind, title) VALUES ({c1}, 'CAREER', 't')", "CGA")],
        update: Some(("priority = 2", "CGA")), delete: "CGA",
        moves: &[("bilan_id = {c2}", D1, "CG")],
    },
    Table {
        name: "public.documents", row: D1, spare: None, select: "OCGA",
        inserts: &[
            ("(bilan_id, uploaded_by, file_name, mime_type, size_bytes, storage_key) VALUES ({c1}, {me}, 'f', 'm', 1, 'x')", "OCGA"),
            ("(bilan_id, uploaded_by, file_name, mime_type, size_bytes, storage_key) VALUES ({c1}, {a1}, 'f', 'm', 1, 'x')", "OA"),
        ],
        update: Some(("kind = 'CV'", "OA")), delete: "OA",
        moves: &[("uploaded_by = {a2}", D1, "O"), ("bilan_id = {c2}", D1, "O")],
    },
    Table {
        name: "public.messages", row: D1, spare: None, select: "OCA",
        inserts: &[
            ("(bilan_id, sender_id, recipient_id, content) VALUES ({c1}, {me}, coalesce(nullif({a3}, {me}), {a1}), 'c')", "OCGA"),
            ("(bilan_id, sender_id, recipient_id, content) VALUES ({c1}, {a1}, {a3}, 'c')", "OA"),
            ("(bilan_id, sender_id, recipient_id, content) VALUES ({c1}, {me}, {a9}, 'c')", "A"),
        ],
        update: Some(("read_at = '2026-01-01'", "CA")), delete: "OA",
        moves: &[("recipient_id = {a2}", D1, "OCA"), ("sender_id = {a2}", D1, "OCA"), ("content = 'forged'", D1, "OCA")],
    },
    Table {
        name: "public.sessions", row: D1, spare: None, select: "OA",
        inserts: &[
            ("(user_id, refresh_token_hash, expires_at) VALUES ({me}, 'x', '2100-01-01')", "OSCGFA"),
            ("(user_id, refresh_token_hash, expires_at) VALUES ({a1}, 'x', '2100-01-01')", "OA"),
        ],
        update: Some(("revoked_at = '2026-01-01'", "OA")), delete: "OA",
        moves: &[("user_id = {a2}", D1, "O")],
    },
    Table {
        name: "public.audit_logs", row: D1, spare: None, select: "OGA",
        inserts: &[
            ("(user_id, action, entity_type) VALUES ({me}, 'a', 'e')", "NOSCGFA"),
            ("(user_id, action, entity_type) VALUES ({a1}, 'a', 'e')", "OA"),
            ("(user_id, organization_id, action, entity_type) VALUES ({me}, {b1}, 'a', 'e')", "CGA"),
        ],
        update: None, delete: "", moves: &[],
    },
    Table {
        name: "public.assessment_questions", row: D1, spare: None, select: "OCGA",
        inserts: &[
            ("(assessment_id, type, position, question) VALUES ({c1}, 'initial', 7, 'q')", "CGA"),
            ("(type, position, question) VALUES ('initial', 7, 'q')", "A"),
        ],
        update: Some(("help_text = 'h'", "CGA")), delete: "CGA",
        moves: &[("assessment_id = {c2}", D1, "CG"), ("assessment_id = NULL", D1, "CG")],
    },
    Table {
        name: "public.assessment_answers", row: D1, spare: None, select: "OCGA",
        inserts: &[("(assessment_id, question_id, answer) VALUES ({c1}, '00000003-0000-4000-8000-000000000002', '1')", "OA")],
        update: Some(("score = 2", "OA")), delete: "OA",
        moves: &[("assessment_id = {c2}", D1, "O")],
    },
    Table {
        name: "public.assessment_competencies", row: D1, spare: None, select: "OCGA",
        inserts: &[("(assessment_id, competency_id) VALUES ({c1}, {d2})", "OCGA")],
        update: Some(("interest = 2", "OCGA")), delete: "OCGA",
        moves: &[("assessment_id = {c2}", D1, "OCG")],
    },
    Table {
        name: "public.assessment_drafts", row: D1, spare: None, select: "OA",
        inserts: &[
            ("(assessment_id, user_id, step) VALUES ({c1}, {me}, 'conclusion')", "OCGA"),
            ("(assessment_id, user_id, step) VALUES ({c1}, {a1}, 'conclusion')", "OA"),
        ],
        update: Some(("content = '{}'", "OA")), delete: "OA",
        moves: &[("user_id = {a3}", D1, "O"), ("assessment_id = {c2}", D1, "O")],
    },
    Table {
        name: "public.qualiopi_indicators", row: "number = 1", spare: Some("number = 31"), select: "NOSCGFA",
        inserts: &[("(number, criterion, criterion_title, title, is_common) VALUES (32, 7, 't', 't', true)", "A")],
        update: Some(("title = 't'", "A")), delete: "A", moves: &[],
    },
    Table {
        name: "public.qualiopi_certification_levels", row: "code = 'READY'", spare: None, select: "NOSCGFA",
        inserts: &[("(code, rank, minimum_percentage, label, description) VALUES ('X', 9, 1, 'l', 'd')", "A")],
        update: Some(("label = 'l'", "A")), delete: "A", moves: &[],
    },
    Table {
        name: "public.organization_qualiopi_status", row: D1, spare: None, select: "CGA",
        inserts: &[("(organization_id, indicator_number) VALUES ({b1}, 2)", "GA")],
        update: Some(("notes = 'n'", "GA")), delete: "GA",
        moves: &[("organization_id = {b2}", D1, "G")],
    },
    Table {
        name: "public.qualiopi_evidence", row: D1, spare: None, select: "GA",
        inserts: &[("(organization_id, indicator_number, title, kind, storage_key, retain_until) VALUES ({b1}, 2, 't', 'RECORD', 'x', '2100-01-01')", "GA")],
        update: Some(("title = 'n'", "GA")), delete: "GA",
        moves: &[("organization_id = {b2}", D1, "G")],
    },
    Table {
        name: "public.satisfaction_surveys", row: D1, spare: None, select: "OCGA",
        inserts: &[("(bilan_id, kind) VALUES ({c1}, 'MID_TERM')", "CGA")],
        update: Some(("status = 'SENT'", "CGA")), delete: "CGA",
        moves: &[("bilan_id = {c2}", D1, "CG")],
    },
    Table {
        name: "public.survey_responses", row: D1, spare: None, select: "OCGA",
        inserts: &[
            ("(survey_id, respondent_id, overall_score) VALUES ({d2}, {me}, 5)", "OCGA"),
            ("(survey_id, respondent_id, overall_score) VALUES ({d2}, {a1}, 5)", "OA"),
        ],
        update: Some(("comment = 'c'", "OA")), delete: "OA",
        moves: &[("respondent_id = {a3}", D1, "O"), ("survey_id = {d3}", D1, "O")],
    },
    Table {
        name: "public.document_archive", row: D1, spare: None, select: "OCGA",
        inserts: &[
            ("(organization_id, bilan_id, file_name, storage_key, sha256, retain_until) VALUES ({b1}, {c1}, 'f', 'x', repeat('0', 64), '2100-01-01')", "GA"),
            ("(organization_id, bilan_id, file_name, storage_key, sha256, retain_until) VALUES ({b1}, {c2}, 'f', 'x', repeat('0', 64), '2100-01-01')", "A"),
        ],
        update: Some(("file_name = 'g'", "GA")), delete: "GA",
        moves: &[("organization_id = {b2}", D1, "G"), ("bilan_id = {c2}", D1, "G")],
    },
    Table {
        name: "public.qualiopi_audit_log", row: D1, spare: None, select: "GA",
        inserts: &[
            ("(organization_id, user_id, action) VALUES ({b1}, {me}, 'REVIEWED')", "CGA"),
            ("(organization_id, user_id, action) VALUES ({b1}, {a3}, 'REVIEWED')", "CA"),
        ],
        update: None, delete: "", moves: &[],
    },
    Table {
        name: "public.availability_slots", row: D1, spare: None, select: "OCGA",
        inserts: &[
            ("(consultant_id, organization_id, starts_at, ends_at) VALUES ({me}, {b1}, '2026-02-01', '2026-02-02')", "CGA"),
            ("(consultant_id, organization_id, starts_at, ends_at) VALUES ({a3}, {b1}, '2026-02-01', '2026-02-02')", "CGA"),
            ("(consultant_id, starts_at, ends_at) VALUES ({me}, '2026-02-01', '2026-02-02')", "A"),
            ("(consultant_id, organization_id, starts_at, ends_at) VALUES ({a2}, {b1}, '2026-02-01', '2026-02-02')", "A"),
        ],
        update: Some(("mode = 'PHONE'", "CGA")), delete: "CGA",
        moves: &[("consultant_id = {a7}", D1, "C"), ("consultant_id = {a9}", D1, "CG"), ("organization_id = {b2}", D1, "CG")],
    },
    Table {
        name: "public.session_bookings", row: D1, spare: None, select: "OCGA",
        inserts: &[
            ("(bilan_id, beneficiary_id, consultant_id, starts_at, ends_at) VALUES ({c1}, {a1}, {a3}, '2026-02-01', '2026-02-02')", "OCGA"),
            ("(bilan_id, beneficiary_id, consultant_id, starts_at, ends_at) VALUES ({c1}, {a1}, {a7}, '2026-02-01', '2026-02-02')", "A"),
        ],
        update: Some(("status = 'CONFIRMED'", "OCGA")), delete: "CGA",
        moves: &[("bilan_id = {c2}", D1, "OCG"), ("consultant_id = {a7}", D1, "OCG"), ("beneficiary_id = {a2}", D1, "OCG")],
    },
    Table {
        name: "public.session_reminders", row: D1, spare: None, select: "OCGA",
        inserts: &[("(booking_id, channel, send_at) VALUES ({d1}, 'SMS', '2026-01-04')", "CGA")],
        update: Some(("error = 'e'", "CGA")), delete: "CGA",
        moves: &[("booking_id = {d2}", D1, "CG")],
    },
    Table {
        name: "public.session_analytics", row: D1, spare: None, select: "CGA",
        inserts: &[("(consultant_id, organization_id, month) VALUES ({a3}, {b1}, '2026-02-01')", "A")],
        update: Some(("minutes_held = 1", "A")), delete: "A", moves: &[],
    },
];
