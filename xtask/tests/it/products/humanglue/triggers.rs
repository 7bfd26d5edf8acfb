//! The triggers, by what they do.

use postgres::Client;

use super::{id, rows, spelled_out};
use crate::harness::TestDatabase;

/// The only value of a query.
fn number(client: &mut Client, query: &str) -> i64 {
    client.query_one(&spelled_out(query, 1), &[]).unwrap().get(0)
}

fn run(client: &mut Client, sql: &str) {
    client.batch_execute(&spelled_out(sql, 1)).unwrap();
}

/// Runs `sql` as the signed-in person of this name.
fn run_as(client: &mut Client, name: &str, sql: &str) {
    let claims = format!(r#"{{"sub": "{}", "role": "authenticated"}}"#, id(1, name));
    let sql = spelled_out(sql, 1);
    client
        .batch_execute(&format!(
            "BEGIN; SELECT set_config('request.jwt.claims', '{claims}', true); SET LOCAL ROLE authenticated; {sql}; COMMIT"
        ))
        .unwrap();
}

const COUNT: &str = "SELECT enrolled_count::bigint FROM courses WHERE id = {course}";

#[test]
fn an_enrolment_raises_the_count_and_dropping_or_deleting_it_lowers_it() {
    let database = super::with_rows();
    let mut client = database.connect();
    assert_eq!(number(&mut client, COUNT), 1);
    run_as(
        &mut client,
        "S",
        "INSERT INTO enrollments (user_id, course_id) VALUES ({S}, {course})",
    );
    assert_eq!(number(&mut client, COUNT), 2);
    let of_s = "UPDATE enrollments SET status = '{status}' WHERE user_id = {S} AND course_id = {course}";
    for (status, expected) in [
        ("in_progress", 2),
        ("dropped", 1),
        ("dropped", 1),
        ("enrolled", 2),
        ("completed", 2),
    ] {
        run(&mut client, &of_s.replace("{status}", status));
        assert_eq!(number(&mut client, COUNT), expected, "{status}");
    }
    run(
        &mut client,
        "UPDATE enrollments SET course_id = {paid} WHERE user_id = {L}",
    );
    run(
        &mut client,
        "DELETE FROM enrollments WHERE user_id = {S} AND course_id = {course}",
    );
    assert_eq!(number(&mut client, COUNT), 1);
    run(
        &mut client,
        "INSERT INTO enrollments (user_id, course_id, status) VALUES ({L}, {course}, 'dropped')",
    );
    assert_eq!(number(&mut client, COUNT), 1, "dropped from the start");
    run(
        &mut client,
        "DELETE FROM enrollments WHERE user_id = {L}; DELETE FROM users WHERE id = {M}",
    );
    assert_eq!(number(&mut client, COUNT), 0, "with the person the enrolment goes");
}

#[test]
fn that_somebody_enrols_is_no_change_of_the_course() {
    let database = super::with_rows();
    let mut client = database.connect();
    run(
        &mut client,
        "ALTER TABLE courses DISABLE TRIGGER USER; UPDATE courses SET updated_at = '2001-01-01'; ALTER TABLE courses ENABLE TRIGGER USER",
    );
    let old = "SELECT count(*) FROM courses WHERE id = {course} AND updated_at = '2001-01-01'";
    run(
        &mut client,
        "INSERT INTO enrollments (user_id, course_id) VALUES ({S}, {course})",
    );
    assert_eq!(number(&mut client, old), 1);
    run(&mut client, "UPDATE courses SET title = 'Another'");
    assert_eq!(number(&mut client, old), 0);
}

#[test]
fn an_enrolment_makes_a_row_of_progress_for_each_lesson() {
    let database = super::with_rows();
    let mut client = database.connect();
    run_as(
        &mut client,
        "S",
        "INSERT INTO enrollments (user_id, course_id) VALUES ({S}, {course})",
    );
    let made = "SELECT count(*) FROM student_progress AS p JOIN course_lessons AS l ON l.id = p.lesson_id AND l.course_id = p.course_id
        WHERE p.user_id = {S} AND p.course_id = {course} AND NOT p.is_completed AND p.time_spent_seconds = 0";
    assert_eq!(number(&mut client, made), 3);
    run(
        &mut client,
        "DELETE FROM enrollments WHERE user_id = {S} AND course_id = {course}",
    );
    assert_eq!(number(&mut client, made), 0);
}

/// What is told to whom: the statement, and the type of the one notification that comes of it, or none.
const NOTIFIES: &[(&str, Option<&str>)] = &[
    (
        "INSERT INTO enrollments (user_id, course_id) VALUES ({S}, {course})",
        Some("new_enrollment"),
    ),
    (
        "UPDATE enrollments SET status = 'in_progress' WHERE user_id = {S} AND course_id = {course}",
        None,
    ),
    (
        "UPDATE enrollments SET status = 'completed' WHERE user_id = {S} AND course_id = {course}",
        Some("course_completion"),
    ),
    (
        "UPDATE enrollments SET status = 'completed' WHERE user_id = {S} AND course_id = {course}",
        None,
    ),
    (
        "INSERT INTO workshop_registrations (workshop_id, user_id) VALUES ({ws}, {S})",
        Some("workshop_registration"),
    ),
    (
        "UPDATE workshop_registrations SET status = 'attended' WHERE user_id = {S}",
        None,
    ),
    (
        "INSERT INTO course_reviews (course_id, user_id, rating) VALUES ({course}, {S}, 3)",
        Some("new_review"),
    ),
    ("UPDATE course_reviews SET rating = 4 WHERE user_id = {S}", None),
    (
        "INSERT INTO payments (user_id, course_id, amount) VALUES ({S}, {course}, 10)",
        None,
    ),
    (
        "UPDATE payments SET status = 'completed', paid_at = now() WHERE user_id = {S}",
        Some("payment_received"),
    ),
    ("UPDATE payments SET status = 'completed' WHERE user_id = {S}", None),
    (
        "UPDATE payments SET status = 'refunded', refunded_at = now() WHERE user_id = {S}",
        None,
    ),
    (
        "INSERT INTO payments (user_id, workshop_id, amount, status, paid_at) VALUES ({S}, {ws}, 10, 'completed', now())",
        Some("payment_received"),
    ),
    (
        "INSERT INTO payments (user_id, consultation_id, amount, status, paid_at) VALUES ({S}, {consultation}, 10, 'completed', now())",
        Some("payment_received"),
    ),
    (
        "INSERT INTO payments (user_id, amount, status, paid_at) VALUES ({S}, 10, 'completed', now())",
        None,
    ),
];

#[test]
fn the_instructor_is_told_once_of_what_concerns_them_and_nobody_else_is() {
    let database = super::with_rows();
    let mut client = database.connect();
    for (sql, expected) in NOTIFIES {
        run(&mut client, "DELETE FROM notifications");
        run(&mut client, sql);
        let told = client
            .query("SELECT user_id::text, type, message FROM notifications", &[])
            .unwrap();
        let told: Vec<(String, String)> = told.iter().map(|row| (row.get(0), row.get(1))).collect();
        let expected: Vec<(String, String)> = expected.iter().map(|kind| (id(1, "I"), (*kind).to_owned())).collect();
        assert_eq!(told, expected, "{sql}");
    }
    run(&mut client, "DELETE FROM notifications");
    run(&mut client, NOTIFIES[0].0.replace("{S}", "{L}").as_str());
    let message: String = client
        .query_one("SELECT message FROM notifications", &[])
        .unwrap()
        .get(0);
    assert_eq!(message, "Somebody enrolled in Course");
}

#[test]
fn a_change_sets_updated_at_in_every_table_that_has_it() {
    let database = TestDatabase::of(super::PRODUCT);
    let mut client = database.connect();
    client.batch_execute(&rows()).unwrap();
    let tables: Vec<String> = client
        .query(
            "SELECT c.relname::text FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname = 'updated_at' ORDER BY 1",
            &[],
        )
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(tables.len(), 20, "{tables:?}");
    for table in tables {
        let changed: i64 = client
            .query_one(
                &format!(
                    "WITH changed AS (UPDATE {table} SET updated_at = '2001-01-01' RETURNING updated_at)
                     SELECT count(*) FROM changed WHERE updated_at = now()"
                ),
                &[],
            )
            .unwrap()
            .get(0);
        let all: i64 = client
            .query_one(&format!("SELECT count(*) FROM {table}"), &[])
            .unwrap()
            .get(0);
        assert!(all > 0 && changed == all, "{table}: {changed} of {all}");
    }
}
