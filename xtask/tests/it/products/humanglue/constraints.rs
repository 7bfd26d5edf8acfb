//! Every check, key and foreign key, each shown a row that it refuses, none left out; every enum; and what is deleted with what.

use std::collections::BTreeSet;

use postgres::error::SqlState;
use postgres::{Client, Transaction};

use super::{spelled_out, with_rows};
use crate::products::failure;

/// For each check, a change of one row that breaks it and no other.
const VIOLATIONS: &[(&str, &str)] = &[
    ("assessment_responses_answer_check", "answer = 'null'"),
    ("assessment_responses_question_key_check", "question_key = 'A b'"),
    (
        "assessments_completed_at_check",
        "status = 'completed', completed_at = NULL",
    ),
    ("assessments_results_check", "results = '[]'"),
    ("assessments_score_check", "score = 101"),
    ("assessments_title_check", "title = ' '"),
    ("assignment_submissions_grade_check", "grade = -1"),
    ("assignment_submissions_graded_check", "status = 'graded'"),
    ("assignment_submissions_status_check", "status = 'lost'"),
    ("certificates_certificate_number_check", "certificate_number = 'short'"),
    ("certificates_expires_at_check", "expires_at = issued_at"),
    ("certificates_subject_check", "course_id = NULL"),
    ("consultations_duration_minutes_check", "duration_minutes = 0"),
    ("consultations_participants_check", "user_id = instructor_id"),
    ("consultations_scheduled_at_check", "status = 'scheduled'"),
    ("consultations_topic_check", "topic = ''"),
    ("course_lessons_content_check", "content = '[]'"),
    ("course_lessons_duration_minutes_check", "duration_minutes = 0"),
    ("course_lessons_order_index_check", "order_index = -1"),
    ("course_lessons_title_check", "title = ''"),
    ("course_reviews_rating_check", "rating = 0"),
    ("course_reviews_rating_check", "rating = 6"),
    ("course_sections_order_index_check", "order_index = -1"),
    ("course_sections_title_check", "title = ''"),
    ("courses_currency_check", "currency = 'usd'"),
    ("courses_enrolled_count_check", "enrolled_count = -1"),
    ("courses_price_check", "price = -1"),
    (
        "courses_published_at_check",
        "status = 'published', published_at = NULL",
    ),
    ("courses_tags_check", "tags = '{}'"),
    ("courses_title_check", "title = ''"),
    ("engagement_requests_budget_check", "budget = -1"),
    ("engagement_requests_participants_check", "client_id = talent_id"),
    ("engagement_requests_status_check", "status = 'lost'"),
    ("engagement_requests_title_check", "title = ''"),
    (
        "enrollments_completed_at_check",
        "completed_at = enrolled_at - INTERVAL '1 second'",
    ),
    ("enrollments_progress_percentage_check", "progress_percentage = 101"),
    ("instructor_profiles_display_name_check", "display_name = ''"),
    ("instructor_profiles_expertise_check", "expertise = '{}'"),
    (
        "instructor_profiles_years_of_experience_check",
        "years_of_experience = 81",
    ),
    ("instructor_settings_preferences_check", "preferences = '[]'"),
    ("notifications_metadata_check", "metadata = '[]'"),
    ("notifications_title_check", "title = ''"),
    ("notifications_type_check", "type = 'Not so'"),
    ("organizations_name_check", "name = ''"),
    ("organizations_plan_check", "plan = 'gold'"),
    ("organizations_settings_check", "settings = '[]'"),
    ("organizations_slug_check", "slug = 'Not-So'"),
    ("payments_amount_check", "amount = 0"),
    ("payments_currency_check", "currency = '$'"),
    ("payments_failure_reason_check", "failure_reason = 'r'"),
    ("payments_metadata_check", "metadata = '[]'"),
    ("payments_paid_at_check", "status = 'completed'"),
    ("payments_provider_check", "provider = ''"),
    ("payments_refunded_at_check", "refunded_at = now()"),
    ("payments_subject_check", "course_id = {course}, workshop_id = {ws}"),
    ("quiz_attempts_attempt_number_check", "attempt_number = 0"),
    ("quiz_attempts_max_score_check", "max_score = 0, score = 0"),
    ("quiz_attempts_score_check", "score = max_score + 1"),
    ("revenue_transactions_amount_check", "type = 'refund'"),
    ("revenue_transactions_amount_check", "amount = -1, platform_fee = 0"),
    ("revenue_transactions_platform_fee_check", "platform_fee = amount + 1"),
    ("revenue_transactions_platform_fee_check", "platform_fee = -1"),
    ("student_activity_metadata_check", "metadata = '[]'"),
    ("student_progress_completed_at_check", "is_completed = true"),
    ("student_progress_time_spent_seconds_check", "time_spent_seconds = -1"),
    ("talent_profiles_currency_check", "currency = ''"),
    ("talent_profiles_headline_check", "headline = ''"),
    ("talent_profiles_hourly_rate_check", "hourly_rate = -1"),
    ("talent_profiles_skills_check", "skills = '{}'"),
    ("team_members_role_check", "role = 'admin'"),
    ("teams_name_check", "name = ''"),
    ("user_roles_organization_id_check", "role = 'admin'"),
    ("user_roles_organization_id_check", "organization_id = NULL"),
    ("users_email_check", "email = 'no address'"),
    ("users_name_check", "name = ''"),
    ("users_preferences_check", "preferences = '[]'"),
    ("workshop_feedback_rating_check", "rating = 6"),
    ("workshops_capacity_check", "capacity = 0"),
    ("workshops_currency_check", "currency = 'U'"),
    ("workshops_ends_at_check", "ends_at = starts_at"),
    ("workshops_location_check", "type = 'in_person'"),
    ("workshops_price_check", "price = -1"),
    ("workshops_title_check", "title = ''"),
];

/// Name, table and columns of the constraints of one kind.
fn constraints(transaction: &mut Transaction<'_>, kind: &str) -> Vec<(String, String, Vec<String>)> {
    let query = format!(
        "SELECT conname::text, conrelid::regclass::text,
             ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey) ORDER BY array_position(conkey, attnum))
         FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND contype = '{kind}' AND conrelid::regclass::text NOT LIKE 'schema\\_%'
         ORDER BY 1"
    );
    let rows = transaction.query(&query, &[]).unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

#[test]
fn every_check_refuses_a_row_that_breaks_it() {
    let database = with_rows();
    let mut client = database.connect();
    let mut transaction = client.transaction().unwrap();
    let checks = constraints(&mut transaction, "c");
    for (constraint, change) in VIOLATIONS {
        let (_, table, _) = checks
            .iter()
            .find(|check| check.0 == *constraint)
            .unwrap_or_else(|| panic!("no {constraint}"));
        let sql = format!("UPDATE {table} SET {change} WHERE ctid = (SELECT ctid FROM {table} ORDER BY ctid LIMIT 1)");
        let expected = (SqlState::CHECK_VIOLATION, Some((*constraint).to_owned()));
        assert_eq!(failure(&mut transaction, &spelled_out(&sql, 1)), expected, "{sql}");
    }
    let tried: BTreeSet<&str> = VIOLATIONS.iter().map(|violation| violation.0).collect();
    let all: BTreeSet<&str> = checks.iter().map(|check| check.0.as_str()).collect();
    assert_eq!(tried, all);
}

#[test]
fn every_key_refuses_a_copy() {
    let database = with_rows();
    let mut client = database.connect();
    let mut transaction = client.transaction().unwrap();
    transaction
        .batch_execute(&spelled_out(
            "UPDATE payments SET provider_payment_id = 'pi_' || id;
             INSERT INTO certificates (user_id, workshop_id, certificate_number) VALUES ({L}, {wpaid}, 'CERT-FOR-L')",
            1,
        ))
        .unwrap();
    let keys = constraints(&mut transaction, "u");
    assert!(keys.len() >= 14, "{}", keys.len());
    for (constraint, table, columns) in keys {
        // Unique with the id are keys that only foreign keys need: the primary key speaks first.
        if columns[0] == "id" {
            continue;
        }
        let filled = columns
            .iter()
            .map(|column| format!("{column} IS NOT NULL"))
            .collect::<Vec<_>>()
            .join(" AND ");
        let fresh = match constraint.as_str() {
            "certificates_certificate_number_key" => ", 'user_id', {S}::text",
            "certificates_user_id_course_id_key" | "certificates_user_id_workshop_id_key" => {
                ", 'certificate_number', 'CERT-COPY'"
            }
            _ => "",
        };
        let copy = format!(
            "INSERT INTO {table} SELECT (jsonb_populate_record(original, jsonb_build_object('id', gen_random_uuid(){fresh}))).*
             FROM {table} AS original WHERE {filled} ORDER BY ctid LIMIT 1"
        );
        let expected = (SqlState::UNIQUE_VIOLATION, Some(constraint));
        assert_eq!(failure(&mut transaction, &spelled_out(&copy, 1)), expected, "{copy}");
    }
    let same_address = "UPDATE users SET email = 'SAME@example.org' WHERE id = {M}; UPDATE users SET email = 'same@example.org' WHERE id = {S}";
    let expected = (SqlState::UNIQUE_VIOLATION, Some("idx_users_lower_email".to_owned()));
    assert_eq!(failure(&mut transaction, &spelled_out(same_address, 1)), expected);
}

/// Keys for which another one speaks first.
const SPOKEN_FOR: &[&str] = &[
    "course_sections_course_id_fkey",
    "enrollments_course_id_fkey",
    "enrollments_user_id_fkey",
    "instructor_profiles_user_id_fkey",
    "talent_profiles_user_id_fkey",
    "users_id_fkey",
];

#[test]
fn every_foreign_key_refuses_a_parent_that_is_not_there_and_has_an_index() {
    let database = with_rows();
    let mut client = database.connect();
    let mut transaction = client.transaction().unwrap();
    // Each row refers to something, so that there is something to be refused.
    transaction
        .batch_execute(&spelled_out(
            "UPDATE user_roles SET granted_by = {A}; UPDATE payments SET workshop_id = NULL;
             INSERT INTO certificates (user_id, workshop_id, certificate_number) VALUES ({L}, {wpaid}, 'CERT-FOR-L')",
            1,
        ))
        .unwrap();
    let keys = constraints(&mut transaction, "f");
    assert!(keys.len() > 50, "{}", keys.len());
    let mut by_others = Vec::new();
    for (constraint, table, columns) in keys {
        let column = &columns[0];
        let others = match (table.as_str(), column.as_str()) {
            ("payments", "workshop_id" | "consultation_id") | ("certificates", "workshop_id") => ", course_id = NULL",
            ("certificates", "course_id") => ", workshop_id = NULL",
            _ => "",
        };
        let plain = if table == "user_roles" {
            "WHERE role <> 'admin'"
        } else {
            ""
        };
        let sql = format!(
            "UPDATE {table} SET {column} = '00000000-0000-4000-8000-000000000000'{others}
             WHERE ctid = (SELECT ctid FROM {table} {plain} ORDER BY ctid LIMIT 1)"
        );
        let expected = (SqlState::FOREIGN_KEY_VIOLATION, Some(constraint.clone()));
        let found = failure(&mut transaction, &sql);
        assert_eq!(found.0, expected.0, "{sql}");
        if found != expected {
            by_others.push(constraint.clone());
        }
        let indexed: i64 = transaction
            .query_one(
                "SELECT count(*) FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                 JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS m ON m.oid = c.relam AND m.amname = 'btree'
                 WHERE i.indrelid = $1::text::regclass AND a.attname = $2 AND i.indpred IS NULL AND i.indisvalid",
                &[&table, column],
            )
            .unwrap()
            .get(0);
        assert!(indexed > 0, "{constraint} has no index");
    }
    assert_eq!(
        by_others, SPOKEN_FOR,
        "a column of two keys, or one that is referred to, is refused by either"
    );
}

/// The 16 enums and their values.
const ENUMS: &[(&str, &str)] = &[
    (
        "activity_type",
        "enrolled lesson_started lesson_completed quiz_completed assignment_submitted course_completed review_posted workshop_registered workshop_attended certificate_earned",
    ),
    ("ai_pillar", "adaptability coaching marketplace"),
    ("assessment_status", "not_started in_progress completed archived"),
    ("consultation_status", "requested scheduled completed cancelled"),
    ("content_type", "video article quiz assignment resource"),
    ("course_difficulty", "beginner intermediate advanced"),
    ("course_status", "draft published archived"),
    ("enrollment_status", "enrolled in_progress completed dropped"),
    ("lesson_type", "video article quiz assignment live_session"),
    ("payment_status", "pending completed failed refunded"),
    ("payout_schedule", "weekly biweekly monthly"),
    (
        "registration_status",
        "registered waitlisted attended cancelled no_show",
    ),
    (
        "transaction_type",
        "course_enrollment workshop_registration consultation refund",
    ),
    ("user_role", "admin org_admin team_lead member"),
    ("workshop_status", "draft published in_progress completed cancelled"),
    ("workshop_type", "online in_person hybrid"),
];

#[test]
fn the_enums_have_the_values_that_were_settled_and_refuse_all_others() {
    let database = with_rows();
    let mut client = database.connect();
    let found = client
        .query(
            "SELECT t.typname::text, string_agg(e.enumlabel::text, ' ' ORDER BY e.enumsortorder) FROM pg_type AS t
             JOIN pg_enum AS e ON e.enumtypid = t.oid WHERE t.typnamespace = 'public'::regnamespace GROUP BY 1 ORDER BY 1",
            &[],
        )
        .unwrap();
    let found: Vec<(String, String)> = found.iter().map(|row| (row.get(0), row.get(1))).collect();
    let expected: Vec<(String, String)> = ENUMS
        .iter()
        .map(|(name, values)| ((*name).to_owned(), (*values).to_owned()))
        .collect();
    assert_eq!(found, expected);
    let columns = client
        .query(
            "SELECT c.relname::text, a.attname::text FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
             JOIN pg_type AS t ON t.oid = a.atttypid
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND t.typtype = 'e' AND a.attgenerated = '' ORDER BY 1, 2",
            &[],
        )
        .unwrap();
    assert!(columns.len() >= 20, "{}", columns.len());
    let mut transaction = client.transaction().unwrap();
    for row in columns {
        let (table, column): (String, String) = (row.get(0), row.get(1));
        let code = failure(&mut transaction, &format!("UPDATE {table} SET {column} = 'nonsense'")).0;
        assert_eq!(code, SqlState::INVALID_TEXT_REPRESENTATION, "{table}.{column}");
    }
}

/// What is deleted, and how many rows of a table are left of how many; `{org}`'s only, where nothing else is said.
const DELETIONS: &[(&str, &[(&str, i64)])] = &[
    (
        "auth.users WHERE id = {M}",
        &[
            ("users WHERE id = {M}", 0),
            ("team_members WHERE user_id = {M}", 0),
            ("enrollments WHERE user_id = {M}", 0),
            ("student_progress WHERE user_id = {M}", 0),
            ("student_activity WHERE user_id = {M}", 0),
            ("course_reviews WHERE user_id = {M}", 0),
            ("workshop_registrations WHERE user_id = {M}", 0),
            ("workshop_feedback WHERE user_id = {M}", 0),
            ("assessments WHERE user_id = {M}", 0),
            ("assessment_responses WHERE assessment_id = {assessment}", 0),
            ("talent_profiles WHERE user_id = {M}", 0),
            ("engagement_requests WHERE talent_id = {M}", 0),
            ("consultations WHERE user_id = {M}", 0),
            ("certificates WHERE user_id = {M}", 0),
            ("notifications WHERE user_id = {M}", 0),
            ("student_presence WHERE user_id = {M}", 0),
            ("quiz_attempts WHERE user_id = {M}", 0),
            ("assignment_submissions WHERE user_id = {M}", 0),
            ("payments WHERE id = {payment} AND user_id IS NULL", 1),
            (
                "revenue_transactions WHERE payment_id = {payment} AND student_id IS NULL AND consultation_id IS NULL",
                1,
            ),
            ("enrollments WHERE user_id = {M'}", 2),
        ],
    ),
    (
        "courses WHERE id = {course}",
        &[
            ("course_sections WHERE course_id = {course}", 0),
            ("course_lessons WHERE course_id = {course}", 0),
            ("enrollments WHERE course_id = {course}", 0),
            ("student_progress WHERE course_id = {course}", 0),
            ("payments WHERE id = {payment} AND course_id IS NULL", 1),
            (
                "revenue_transactions WHERE payment_id = {payment} AND course_id IS NULL",
                1,
            ),
            ("users WHERE id = {M}", 1),
        ],
    ),
    (
        "course_sections WHERE id = {section}",
        &[
            ("course_lessons WHERE course_id = {course}", 0),
            ("student_progress WHERE course_id = {course}", 0),
            ("student_presence WHERE course_id = {course}", 0),
            ("quiz_attempts WHERE course_id = {course}", 0),
            ("enrollments WHERE course_id = {course}", 1),
        ],
    ),
    (
        "workshops WHERE id = {wpaid}",
        &[
            ("workshop_registrations WHERE workshop_id = {wpaid}", 0),
            ("workshop_feedback WHERE workshop_id = {wpaid}", 0),
            ("workshop_registrations WHERE workshop_id = {ws}", 1),
        ],
    ),
    (
        "teams WHERE id = {team}",
        &[("team_members WHERE team_id = {team}", 0), ("users WHERE id = {M}", 1)],
    ),
    (
        "payments WHERE id = {payment}",
        &[(
            "revenue_transactions WHERE instructor_id = {I} AND payment_id IS NULL",
            1,
        )],
    ),
];

#[test]
fn rows_go_or_stay_as_the_delete_rules_say() {
    let database = with_rows();
    let mut client = database.connect();
    for (deleted, left) in DELETIONS {
        let mut transaction = client.transaction().unwrap();
        transaction
            .batch_execute(&spelled_out(&format!("DELETE FROM {deleted}"), 1))
            .unwrap();
        for (rows, expected) in *left {
            assert_eq!(
                count(&mut transaction, rows),
                *expected,
                "{rows}, when {deleted} are deleted"
            );
        }
        transaction.rollback().unwrap();
    }
    let mut transaction = client.transaction().unwrap();
    for kept in [
        "organizations WHERE id = {org}",
        "auth.users WHERE id = {I}",
        "instructor_profiles WHERE user_id = {I}",
    ] {
        let code = failure(&mut transaction, &spelled_out(&format!("DELETE FROM {kept}"), 1)).0;
        assert!(
            [SqlState::FOREIGN_KEY_VIOLATION, SqlState::RESTRICT_VIOLATION].contains(&code),
            "{kept}"
        );
    }
}

fn count(transaction: &mut Transaction<'_>, rows: &str) -> i64 {
    let query = spelled_out(&format!("SELECT count(*) FROM {rows}"), 1);
    transaction.query_one(&query, &[]).unwrap().get(0)
}

#[test]
fn the_catalogue_has_what_was_promised() {
    let database = super::TestDatabase::of(super::PRODUCT);
    let mut client = database.connect();
    let public = "'public'::regnamespace";
    let own = "NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = o.oid AND d.deptype = 'e')";
    let mut number = |query: String| -> i64 { Client::query_one(&mut client, &query, &[]).unwrap().get(0) };
    for (what, expected, query) in [
        (
            "tables",
            29,
            format!("pg_class AS o WHERE relnamespace = {public} AND relkind = 'r' AND relname NOT LIKE 'schema\\_%'"),
        ),
        (
            "views",
            5,
            format!(
                "pg_class AS o WHERE relnamespace = {public} AND relkind = 'v' AND 'security_invoker=true' = ANY (reloptions)"
            ),
        ),
        (
            "views at all",
            5,
            format!("pg_class AS o WHERE relnamespace = {public} AND relkind IN ('v', 'm')"),
        ),
        (
            "enums",
            16,
            format!("pg_type AS o WHERE typnamespace = {public} AND typtype = 'e'"),
        ),
        (
            "functions",
            13,
            format!("pg_proc AS o WHERE pronamespace = {public} AND {own}"),
        ),
        (
            "functions without search_path",
            0,
            format!(
                "pg_proc AS o WHERE pronamespace IN ({public}, 'private'::regnamespace) AND {own}
             AND NOT coalesce('search_path=\"\"' = ANY (proconfig), false)"
            ),
        ),
        (
            "published",
            7,
            "pg_publication_tables WHERE pubname = 'supabase_realtime'".to_owned(),
        ),
        ("policies", 116, "pg_policies WHERE schemaname = 'public'".to_owned()),
        ("triggers", 27, "pg_trigger WHERE NOT tgisinternal".to_owned()),
        (
            "unforced",
            0,
            format!(
                "pg_class AS o WHERE relnamespace = {public} AND relkind = 'r' AND relname NOT LIKE 'schema\\_%'
             AND NOT (relrowsecurity AND relforcerowsecurity)"
            ),
        ),
        (
            "tables without a comment",
            0,
            format!(
            "pg_class AS o WHERE relnamespace = {public} AND relkind IN ('r', 'v') AND relname NOT LIKE 'schema\\_%'
             AND obj_description(oid, 'pg_class') IS NULL"
        ),
        ),
        (
            "duplicate indexes",
            0,
            format!(
                "pg_index AS a JOIN pg_index AS b ON a.indrelid = b.indrelid AND a.indexrelid <> b.indexrelid
                 AND a.indkey::text = b.indkey::text AND a.indclass = b.indclass AND a.indoption = b.indoption
                 AND a.indpred IS NOT DISTINCT FROM b.indpred AND a.indexprs IS NOT DISTINCT FROM b.indexprs
             JOIN pg_class AS o ON o.oid = a.indrelid WHERE o.relnamespace = {public}"
            ),
        ),
    ] {
        assert_eq!(number(format!("SELECT count(*) FROM {query}")), expected, "{what}");
    }
    let indexes =
        number("SELECT count(*) FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'idx\\_%'".to_owned());
    assert!(indexes >= 50, "{indexes}");
}
