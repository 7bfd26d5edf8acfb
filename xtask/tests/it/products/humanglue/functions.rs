//! The functions, by what they return on the seeded database, and who may call them.

use postgres::Client;
use postgres::error::SqlState;

use super::PRODUCT;
use crate::harness::TestDatabase;
use crate::harness::database::workspace;
use crate::products::seeded;

/// Ivan, an instructor of Meridian Labs, and Ingrid, who has more students.
const IVAN: &str = "00000001-0000-4000-8000-000000000014";
const INGRID: &str = "00000001-0000-4000-8000-000000000013";
/// Instructor and administrator of the other organization, and a member of the same.
const IRENE: &str = "00000001-0000-4000-8000-000000000024";
const OLIVIA: &str = "00000001-0000-4000-8000-000000000011";
const OSCAR: &str = "00000001-0000-4000-8000-000000000021";
const NOAH: &str = "00000001-0000-4000-8000-000000000018";

pub fn seeded_database() -> TestDatabase {
    let database = TestDatabase::of(PRODUCT);
    let product = workspace().database(PRODUCT).unwrap().clone();
    seeded(&database, &product);
    database
}

/// The rows of a query as text, for a signed-in user.
fn texts_as(client: &mut Client, user: &str, query: &str) -> Vec<String> {
    let mut transaction = client.transaction().unwrap();
    transaction
        .batch_execute(&format!(
            "SELECT set_config('request.jwt.claims', '{{\"sub\": \"{user}\"}}', true); SET LOCAL ROLE authenticated"
        ))
        .unwrap();
    let rows = transaction
        .query(&format!("SELECT row::text FROM ({query}) AS row"), &[])
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn the_dashboard_counts_what_is_the_instructors_own() {
    let database = seeded_database();
    let mut client = database.connect();
    let stats = |of: &str| {
        format!(
            "SELECT total_courses, published_courses, total_students, active_students, completed_enrollments, total_reviews,
                 average_rating, total_revenue, pending_revenue
             FROM get_instructor_dashboard_stats('{of}')"
        )
    };
    let ingrid = ["(2,1,3,2,1,2,4.50,0,0)"];
    assert_eq!(texts_as(&mut client, INGRID, &stats(INGRID)), ingrid);
    assert_eq!(
        texts_as(&mut client, OLIVIA, &stats(INGRID)),
        ingrid,
        "the organization's administrator"
    );
    // 49 - 4.9, 120 - 12 and the same taken back: 44.10 + 108 + 108 - 108.
    assert_eq!(texts_as(&mut client, IVAN, &stats(IVAN)), ["(1,1,2,2,0,0,,152.10,0)"]);
    assert_eq!(
        texts_as(&mut client, IRENE, &stats(IRENE)),
        ["(1,1,1,1,0,0,,54.00,71.10)"]
    );
    for stranger in [OSCAR, IRENE] {
        assert_eq!(texts_as(&mut client, stranger, &stats(INGRID)), ["(0,0,0,0,0,0,,0,0)"]);
    }
    let month = format!("SELECT revenue_this_month FROM get_instructor_dashboard_stats('{IVAN}')");
    client
        .batch_execute("UPDATE revenue_transactions SET transacted_at = date_trunc('month', now(), 'UTC')")
        .unwrap();
    assert_eq!(texts_as(&mut client, IVAN, &month), ["(152.10)"]);
    client
        .batch_execute("UPDATE revenue_transactions SET transacted_at = transacted_at - INTERVAL '1 microsecond'")
        .unwrap();
    assert_eq!(texts_as(&mut client, IVAN, &month), ["(0)"]);
}

#[test]
fn the_progress_of_students_is_a_row_for_each_enrolment() {
    let database = seeded_database();
    let mut client = database.connect();
    let progress = |course: &str| {
        format!(
            "SELECT student_name, status, progress_percentage, lessons_completed, lessons_total, last_activity_at::date - CURRENT_DATE
             FROM get_instructor_student_progress('{INGRID}', {course})"
        )
    };
    let expected = [
        "(\"Marco Rossi\",in_progress,33,1,3,-1)",
        "(\"Mia Chen\",completed,100,3,3,-4)",
        "(\"Nadia Haddad\",enrolled,0,0,3,)",
        "(\"Noah Brandt\",dropped,33,0,3,)",
    ];
    assert_eq!(texts_as(&mut client, INGRID, &progress("NULL")), expected);
    let of_course = progress("'00000005-0000-4000-8000-000000000011'");
    assert_eq!(texts_as(&mut client, INGRID, &of_course), expected);
    let of_another = progress("'00000005-0000-4000-8000-000000000012'");
    assert_eq!(texts_as(&mut client, INGRID, &of_another), Vec::<String>::new());
    assert_eq!(texts_as(&mut client, OSCAR, &progress("NULL")), Vec::<String>::new());
    let own = ["(\"Noah Brandt\",dropped,33,0,1,)"];
    assert_eq!(
        texts_as(&mut client, NOAH, &progress("NULL")),
        own,
        "a student sees their own row only, and of what was dropped the preview"
    );
}

#[test]
fn the_latest_activity_comes_first_and_no_more_than_asked_for() {
    let database = seeded_database();
    let mut client = database.connect();
    let activity = |limit: &str| {
        format!("SELECT student_name, activity_type FROM get_instructor_recent_activity('{INGRID}'{limit})")
    };
    let all = texts_as(&mut client, INGRID, &activity(""));
    assert_eq!(all.len(), 6);
    assert_eq!(
        all[..2],
        ["(\"Marco Rossi\",lesson_started)", "(\"Mia Chen\",review_posted)"]
    );
    assert_eq!(texts_as(&mut client, INGRID, &activity(", 2")), all[..2]);
    for none in [", 0", ", -1"] {
        assert_eq!(texts_as(&mut client, INGRID, &activity(none)), Vec::<String>::new());
    }
    assert_eq!(texts_as(&mut client, IRENE, &activity("")), Vec::<String>::new());
}

#[test]
fn revenue_is_broken_down_by_type_between_two_days_that_are_both_within() {
    let database = seeded_database();
    let mut client = database.connect();
    client
        .batch_execute(
            "UPDATE revenue_transactions SET transacted_at = '2025-03-31 23:59:59.999999+00' WHERE type = 'refund';
             UPDATE revenue_transactions SET transacted_at = '2025-03-01 00:00:00+00' WHERE type = 'course_enrollment';
             UPDATE revenue_transactions SET transacted_at = '2025-04-01 00:00:00+00' WHERE type = 'workshop_registration'",
        )
        .unwrap();
    let between = |dates: &str| format!("SELECT * FROM get_instructor_revenue_breakdown('{IVAN}'{dates})");
    let course = "(course_enrollment,1,49.00,4.90,44.10)";
    let workshop = "(workshop_registration,2,240.00,24.00,216.00)";
    let refund = "(refund,1,-120.00,-12.00,-108.00)";
    for (dates, expected) in [
        ("", vec![course, workshop, refund]),
        (", '2025-03-01', '2025-03-31'", vec![course, refund]),
        (", '2025-03-02'", vec![workshop, refund]),
        (", NULL, '2025-03-30'", vec![course]),
    ] {
        assert_eq!(texts_as(&mut client, IVAN, &between(dates)), expected, "{dates}");
    }
    assert_eq!(texts_as(&mut client, INGRID, &between("")), Vec::<String>::new());
}

#[test]
fn old_notifications_go_when_they_were_read_and_who_was_not_seen_is_offline() {
    let database = seeded_database();
    let mut client = database.connect();
    client
        .batch_execute(
            "DELETE FROM notifications;
             INSERT INTO notifications (user_id, type, title, created_at, read_at)
             SELECT '00000001-0000-4000-8000-000000000015', 'announcement', kind, now() - age, read
             FROM (VALUES ('old and read', INTERVAL '31 days', now()), ('old', '31 days', NULL), ('read', '29 days', now())) AS t (kind, age, read);
             UPDATE student_presence SET is_online = true, last_seen_at = now() - INTERVAL '4 minutes'
             WHERE user_id = '00000001-0000-4000-8000-000000000016';
             UPDATE student_presence SET is_online = true, last_seen_at = now() - INTERVAL '6 minutes'
             WHERE user_id = '00000001-0000-4000-8000-000000000026'",
        )
        .unwrap();
    client.batch_execute("SET ROLE service_role").unwrap();
    for expected in [(1, 1), (0, 0)] {
        let row = client
            .query_one("SELECT cleanup_old_notifications(), cleanup_stale_presence()", &[])
            .unwrap();
        assert_eq!((row.get::<_, i32>(0), row.get::<_, i32>(1)), expected);
    }
    let left: Vec<String> = client
        .query("SELECT title FROM notifications ORDER BY 1", &[])
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(left, ["old", "read"]);
    let online: String = client
        .query_one(
            "SELECT string_agg(right(user_id::text, 2), ',') FROM student_presence WHERE is_online",
            &[],
        )
        .unwrap()
        .get(0);
    assert_eq!(online, "16");
    let made: bool = client
        .query_one(
            "WITH made AS (SELECT create_notification('00000001-0000-4000-8000-000000000015', 'announcement', 't', 'm') AS id)
             SELECT id IS NOT NULL FROM made",
            &[],
        )
        .unwrap()
        .get(0);
    assert!(made);
}

#[test]
fn nobody_but_the_service_calls_what_is_not_for_users() {
    let database = TestDatabase::of(PRODUCT);
    let mut client = database.connect();
    let user = "'00000001-0000-4000-8000-000000000015'";
    let dashboards = [
        format!("get_instructor_dashboard_stats({user})"),
        format!("get_instructor_student_progress({user})"),
        format!("get_instructor_recent_activity({user})"),
        format!("get_instructor_revenue_breakdown({user})"),
    ];
    let services = [
        format!("create_notification({user}, 'announcement', 't', 'm')"),
        "cleanup_old_notifications()".to_owned(),
        "cleanup_stale_presence()".to_owned(),
    ];
    let policies = ["private.is_admin()".to_owned(), "private.managed_users()".to_owned()];
    let mut code = |role: &str, call: &str| {
        let mut transaction = client.transaction().unwrap();
        transaction.batch_execute(&format!("SET LOCAL ROLE {role}")).unwrap();
        let result = transaction.batch_execute(&format!("SELECT * FROM {call}"));
        result.err().map(|error| error.code().unwrap().clone())
    };
    for call in dashboards.iter().chain(&services).chain(&policies) {
        assert_eq!(code("anon", call), Some(SqlState::INSUFFICIENT_PRIVILEGE), "{call}");
    }
    for call in &services {
        assert_eq!(
            code("authenticated", call),
            Some(SqlState::INSUFFICIENT_PRIVILEGE),
            "{call}"
        );
    }
    for call in dashboards.iter().chain(&policies) {
        assert_eq!(code("authenticated", call), None, "{call}");
    }
    for call in dashboards.iter().chain(&services[1..]) {
        assert_eq!(code("service_role", call), None, "{call}");
    }
}
