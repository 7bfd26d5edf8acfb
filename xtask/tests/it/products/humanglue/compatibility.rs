//! The last migration, applied to a database that is in use: what was there is there, under the API's names.

use std::sync::Arc;

use postgres::Client;
use xtask::migration::apply;
use xtask::migration::session::Session;

use super::{PRODUCT, ROWS, id, spelled_out};
use crate::harness::TestDatabase;
use crate::harness::database::{OPTIONS, workspace};
use crate::products::migrations;

/// The rows of both organizations, as far as there are tables for them before the last migration.
fn rows_before() -> String {
    let known: Vec<&str> = ROWS
        .split_inclusive(";\n")
        .filter(|statement| !statement.contains("quiz_attempts") && !statement.contains("assignment_submissions"))
        .collect();
    let known = known.concat();
    spelled_out(&known, 1) + &spelled_out(&known, 2)
}

/// Every row of these tables, without the columns that the migration adds or renames.
fn kept(client: &mut Client) -> Vec<String> {
    ["users", "course_lessons", "student_progress", "enrollments", "courses", "notifications"]
        .iter()
        .flat_map(|table| {
            let query = format!(
                "SELECT '{table} ' || (to_jsonb(t) - '{{avatar,avatar_url,full_name,content_type,time_spent_seconds,last_accessed_at}}'::text[])::text
                 FROM {table} AS t ORDER BY 1"
            );
            client.query(&query, &[]).unwrap()
        })
        .map(|row| row.get(0))
        .collect()
}

#[test]
fn rows_that_are_there_keep_their_data_under_the_new_names() {
    let database = TestDatabase::before(PRODUCT);
    let all = migrations(workspace().database(PRODUCT).unwrap()).list;
    assert_eq!(all.len(), 9);
    let mut session = Session::connect(&database.target(), Arc::new(|_| {})).unwrap();
    let prepared = apply::prepare(&mut session, &all[..8], OPTIONS).unwrap();
    apply::apply(&mut session, prepared, &all[..8], OPTIONS).unwrap();
    let mut client = database.connect();
    client.batch_execute(&rows_before()).unwrap();
    let (member, other) = (id(1, "M"), id(2, "S"));
    client
        .batch_execute(&spelled_out(
            "UPDATE users SET name = 'Mia Chen', avatar = 'https://example.org/mia.png' WHERE id = {M};
             INSERT INTO course_lessons (course_id, section_id, title, lesson_type)
                 SELECT {course}, {section}, 'a ' || kind, kind FROM unnest(enum_range(NULL::lesson_type)) AS kind;
             UPDATE student_activity SET created_at = '2025-01-02 03:04:05+00';
             INSERT INTO student_activity (user_id, course_id, activity_type, created_at)
                 VALUES ({M}, {course}, 'enrolled', '2024-12-01 00:00:00+00');
             SET session_replication_role = replica;
             UPDATE enrollments SET updated_at = '2001-01-01';
             RESET session_replication_role",
            1,
        ))
        .unwrap();
    let before = kept(&mut client);
    assert!(before.len() > 40, "{}", before.len());

    let prepared = apply::prepare(&mut session, &all, OPTIONS).unwrap();
    apply::apply(&mut session, prepared, &all, OPTIONS).unwrap();
    assert_eq!(kept(&mut client), before);
    let person = |client: &mut Client, id: &str| {
        let query = format!("SELECT name, full_name, avatar_url FROM users WHERE id = '{id}'");
        let row = client.query_one(&query, &[]).unwrap();
        (row.get(0), row.get(1), row.get(2))
    };
    let expected = |name: &str, avatar: Option<&str>| -> (String, String, Option<String>) {
        (name.to_owned(), name.to_owned(), avatar.map(str::to_owned))
    };
    let mia = expected("Mia Chen", Some("https://example.org/mia.png"));
    assert_eq!(person(&mut client, &member), mia);
    assert_eq!(person(&mut client, &other), expected("Somebody", None));
    client
        .batch_execute(&format!("UPDATE users SET name = 'Sam' WHERE id = '{other}'"))
        .unwrap();
    assert_eq!(person(&mut client, &other), expected("Sam", None), "and it goes on so");

    let lessons = client
        .query("SELECT lesson_type::text, content_type::text FROM course_lessons WHERE title LIKE 'a %' ORDER BY course_lessons.lesson_type", &[])
        .unwrap();
    let lessons: Vec<(String, String)> = lessons.iter().map(|row| (row.get(0), row.get(1))).collect();
    let same = ["video", "article", "quiz", "assignment"].map(|kind| (kind.to_owned(), kind.to_owned()));
    assert_eq!(lessons[..4], same);
    assert_eq!(lessons[4..], [("live_session".to_owned(), "resource".to_owned())]);

    let accessed = client
        .query_one(
            &spelled_out(
                "SELECT count(*) FILTER (WHERE last_accessed_at = '2025-01-02 03:04:05+00' AND course_id IN ({course}, {course'})),
                     count(*) FILTER (WHERE last_accessed_at IS NULL), count(*) FROM enrollments",
                1,
            ),
            &[],
        )
        .unwrap();
    let accessed: (i64, i64, i64) = (accessed.get(0), accessed.get(1), accessed.get(2));
    assert_eq!(accessed, (2, 4, 6), "the latest activity of who has some");
    for (view, table) in [
        ("course_enrollments", "enrollments"),
        ("lesson_progress", "student_progress"),
    ] {
        let differing = format!(
            "SELECT count(*) FROM (SELECT to_jsonb(t) FROM {table} AS t EXCEPT SELECT to_jsonb(v) FROM {view} AS v) AS row"
        );
        let differing: i64 = client.query_one(&differing, &[]).unwrap().get(0);
        assert_eq!(differing, 0, "{view} has every row and column of {table}");
    }
    let spent: i64 = client
        .query_one(
            "SELECT count(*) FROM student_progress WHERE time_spent_seconds = 0",
            &[],
        )
        .unwrap()
        .get(0);
    assert_eq!(spent, 4);
}
