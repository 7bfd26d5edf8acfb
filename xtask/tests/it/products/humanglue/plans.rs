//! Which index the planner uses for which query, on tables that are large enough for it to matter; read from plans, not from times.
//!
//! Composite and partial indexes serve signed-in users too. Searches by GIN (trigram, containment) are no leakproof operators, so that under
//! policies the rows are filtered by them after the policy; they serve the service, as which the searches run.

use postgres::Transaction;

use super::PRODUCT;
use crate::harness::TestDatabase;
use crate::harness::plans::{indexes, plan_of};

/// For the service: an index, and the query that it is there for. `{u}` is a user, `{i}` an instructor, `{o}` an organization, `{c}` a course,
/// `{w}` a workshop.
const USED: &[(&str, &str)] = &[
    // Composite.
    (
        "idx_users_lower_email",
        "SELECT FROM users WHERE lower(email) = 'u7@example.org'",
    ),
    (
        "idx_users_organization_id_name",
        "SELECT id FROM users WHERE organization_id = {o} ORDER BY name LIMIT 20",
    ),
    (
        "idx_courses_instructor_id_status",
        "SELECT id FROM courses WHERE instructor_id = {i} AND status = 'draft'",
    ),
    (
        "idx_courses_organization_id_status",
        "SELECT id FROM courses WHERE organization_id = {o} AND status = 'archived'",
    ),
    (
        "idx_course_lessons_section_id_order_index",
        "SELECT id FROM course_lessons WHERE section_id = {c} ORDER BY order_index",
    ),
    (
        "idx_course_sections_course_id_order_index",
        "SELECT id FROM course_sections WHERE course_id = {c} ORDER BY order_index",
    ),
    (
        "enrollments_user_id_course_id_key",
        "SELECT id FROM enrollments WHERE user_id = {u} AND course_id = {c}",
    ),
    (
        "idx_enrollments_course_id_status",
        "SELECT id FROM enrollments WHERE course_id = {c} AND status = 'dropped'",
    ),
    (
        "idx_student_progress_user_id_course_id",
        "SELECT id FROM student_progress WHERE user_id = {u} AND course_id = {c}",
    ),
    (
        "idx_student_activity_course_id_created_at",
        "SELECT id FROM student_activity WHERE course_id = {c} ORDER BY created_at DESC LIMIT 5",
    ),
    (
        "idx_student_activity_user_id_created_at",
        "SELECT id FROM student_activity WHERE user_id = {u} ORDER BY created_at DESC LIMIT 5",
    ),
    (
        "idx_revenue_transactions_instructor_id_transacted_at",
        "SELECT sum(amount) FROM revenue_transactions WHERE instructor_id = {i} AND transacted_at >= now() - INTERVAL '30 days'",
    ),
    (
        "idx_course_reviews_course_id_created_at",
        "SELECT id FROM course_reviews WHERE course_id = {c} ORDER BY created_at DESC LIMIT 3",
    ),
    (
        "idx_workshops_instructor_id_starts_at",
        "SELECT id FROM workshops WHERE instructor_id = {i} ORDER BY starts_at LIMIT 5",
    ),
    (
        "idx_assessments_user_id_status",
        "SELECT id FROM assessments WHERE user_id = {u} AND status = 'in_progress'",
    ),
    (
        "idx_consultations_instructor_id_scheduled_at",
        "SELECT id FROM consultations WHERE instructor_id = {i} AND scheduled_at > now() ORDER BY scheduled_at LIMIT 5",
    ),
    (
        "idx_payments_organization_id_created_at",
        "SELECT id FROM payments WHERE organization_id = {o} ORDER BY created_at DESC LIMIT 20",
    ),
    (
        "idx_assignment_submissions_course_id_user_id",
        "SELECT id FROM assignment_submissions WHERE course_id = {c} AND user_id = {u}",
    ),
    // Partial.
    (
        "idx_courses_published_pillar_difficulty",
        "SELECT id FROM courses WHERE organization_id = {o} AND status = 'published' AND pillar = 'coaching' AND difficulty = 'beginner'",
    ),
    (
        "idx_enrollments_active_user_id_enrolled_at",
        "SELECT id FROM enrollments WHERE user_id = {u} AND status IN ('enrolled', 'in_progress') ORDER BY enrolled_at DESC LIMIT 1",
    ),
    (
        "idx_enrollments_course_id_completed_at",
        "SELECT id FROM enrollments WHERE course_id = {c} AND status = 'completed' AND completed_at > now() - INTERVAL '1 day'",
    ),
    (
        "idx_student_progress_course_id_completed",
        "SELECT user_id, count(*) FROM student_progress WHERE course_id = {c} AND is_completed GROUP BY 1",
    ),
    (
        "idx_revenue_transactions_pending_instructor_id",
        "SELECT sum(amount) FROM revenue_transactions WHERE instructor_id = {i} AND status = 'pending'",
    ),
    (
        "idx_workshops_published_starts_at",
        "SELECT id FROM workshops WHERE organization_id = {o} AND status = 'published' AND starts_at > now() ORDER BY starts_at LIMIT 5",
    ),
    (
        "idx_workshop_registrations_waitlisted",
        "SELECT id FROM workshop_registrations WHERE workshop_id = {w} AND status = 'waitlisted' ORDER BY registered_at LIMIT 1",
    ),
    (
        "idx_assessments_completed_pillar_completed_at",
        "SELECT id FROM assessments WHERE pillar = 'adaptability' AND status = 'completed' ORDER BY completed_at DESC LIMIT 10",
    ),
    (
        "idx_consultations_requested_instructor_id",
        "SELECT id FROM consultations WHERE instructor_id = {i} AND status = 'requested' ORDER BY created_at LIMIT 3",
    ),
    (
        "idx_payments_pending_created_at",
        "SELECT id FROM payments WHERE status = 'pending' AND created_at < now() - INTERVAL '160 days'",
    ),
    (
        "idx_notifications_unread_user_id",
        "SELECT id FROM notifications WHERE user_id = {u} AND read_at IS NULL ORDER BY created_at DESC LIMIT 50",
    ),
    (
        "idx_notifications_read_created_at",
        "DELETE FROM notifications WHERE read_at IS NOT NULL AND created_at < now() - INTERVAL '19 days'",
    ),
    (
        "idx_student_presence_online_last_seen_at",
        "UPDATE student_presence SET is_online = false WHERE is_online AND last_seen_at < now() - INTERVAL '3900 hours'",
    ),
    (
        "idx_assignment_submissions_submitted",
        "SELECT id FROM assignment_submissions WHERE course_id = {c} AND status = 'submitted' ORDER BY submitted_at LIMIT 1",
    ),
    // GIN on JSONB.
    (
        "idx_talent_profiles_listed_skills",
        "SELECT user_id FROM talent_profiles WHERE is_listed AND skills @> '[\"skill 8\"]'",
    ),
    (
        "idx_instructor_profiles_expertise",
        "SELECT user_id FROM instructor_profiles WHERE expertise @> '[\"topic 7\"]'",
    ),
    ("idx_courses_tags", "SELECT id FROM courses WHERE tags @> '[\"tag 7\"]'"),
    (
        "idx_assessments_results",
        "SELECT id FROM assessments WHERE results @> '{\"level\": \"level 7\"}'",
    ),
    (
        "idx_payments_metadata",
        "SELECT id FROM payments WHERE metadata @> '{\"session\": \"cs_77\"}'",
    ),
    (
        "idx_student_activity_metadata",
        "SELECT id FROM student_activity WHERE metadata @> '{\"step\": 7}'",
    ),
    // Trigram.
    ("idx_users_name_trgm", "SELECT id FROM users WHERE name ILIKE '%8f1%'"),
    (
        "idx_courses_title_trgm",
        "SELECT id FROM courses WHERE title ILIKE '%8f1%'",
    ),
    (
        "idx_workshops_title_trgm",
        "SELECT id FROM workshops WHERE title ILIKE '%8f1%'",
    ),
    (
        "idx_organizations_name_trgm",
        "SELECT id FROM organizations WHERE name ILIKE '%8f1%'",
    ),
    (
        "idx_talent_profiles_headline_trgm",
        "SELECT user_id FROM talent_profiles WHERE headline ILIKE '%8f1%'",
    ),
    (
        "idx_instructor_profiles_display_name_trgm",
        "SELECT user_id FROM instructor_profiles WHERE display_name ILIKE '%8f1%'",
    ),
];

/// The same for a signed-in user, under the policies.
const USED_BY_USERS: &[(&str, &str)] = &[
    (
        "idx_notifications_unread_user_id",
        "SELECT id FROM notifications WHERE user_id = {u} AND read_at IS NULL ORDER BY created_at DESC LIMIT 50",
    ),
    (
        "enrollments_user_id_course_id_key",
        "SELECT id FROM enrollments WHERE user_id = {u} AND course_id = {c}",
    ),
    (
        "idx_student_progress_user_id_course_id",
        "SELECT id FROM lesson_progress WHERE user_id = {u} AND course_id = {c}",
    ),
    (
        "idx_student_activity_user_id_created_at",
        "SELECT id FROM student_activity WHERE user_id = {u} ORDER BY created_at DESC LIMIT 5",
    ),
];

fn spelled_out(sql: &str) -> String {
    [
        ("{u}", 'b', 47),
        ("{i}", 'b', 47),
        ("{o}", 'a', 7),
        ("{c}", 'c', 47),
        ("{w}", 'd', 47),
    ]
    .iter()
    .fold(sql.to_owned(), |sql, (name, letter, number)| {
        sql.replace(name, &format!("'{letter}0000000-0000-4000-8000-{number:012}'"))
    })
}

#[test]
fn the_planner_uses_each_index_for_the_query_that_it_is_for() {
    let database = TestDatabase::of(PRODUCT);
    let mut client = database.connect();
    client.batch_execute(include_str!("many_rows.sql")).unwrap();
    let mut transaction = client.transaction().unwrap();
    let mut unused = Vec::new();
    let mut try_all = |transaction: &mut Transaction<'_>, queries: &[(&str, &str)]| {
        for (index, sql) in queries {
            let plan = plan_of(transaction, &spelled_out(sql));
            if !indexes(&plan).contains(index) {
                unused.push(format!("{index}: {sql}: {:?}", indexes(&plan)));
            }
        }
    };
    transaction.batch_execute("SET LOCAL ROLE service_role").unwrap();
    try_all(&mut transaction, USED);
    let claims = spelled_out("SELECT set_config('request.jwt.claims', jsonb_build_object('sub', {u})::text, true)");
    transaction
        .batch_execute(&format!("RESET ROLE; {claims}; SET LOCAL ROLE authenticated"))
        .unwrap();
    try_all(&mut transaction, USED_BY_USERS);
    assert_eq!(unused, Vec::<String>::new());
    let plan = plan_of(&mut transaction, "SELECT id FROM enrollments");
    assert!(
        plan.to_string().contains("InitPlan"),
        "auth.uid() is evaluated a row at a time: {plan:#}"
    );
}
