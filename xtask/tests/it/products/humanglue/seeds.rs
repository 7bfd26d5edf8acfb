//! The seeds: what they hold, that another day does not matter, and the size that the product was promised to stay below.

use postgres::Client;

use super::PRODUCT;
use super::functions::seeded_database;
use crate::harness::TestDatabase;
use crate::harness::database::workspace;
use crate::products::{all_rows, seeded};

/// Ten megabytes.
const MOST_BYTES: i64 = 10 * 1024 * 1024;

fn number(client: &mut Client, query: &str) -> i64 {
    client.query_one(query, &[]).unwrap().get(0)
}

#[test]
fn there_are_about_200_rows_some_in_each_table_and_every_status_of_enrolments_and_payments() {
    let database = seeded_database();
    let mut client = database.connect();
    let tables = client
        .query(
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'schema\\_%'",
            &[],
        )
        .unwrap();
    assert_eq!(tables.len(), 29);
    let mut all = 0;
    for table in tables {
        let table: String = table.get(0);
        let rows = number(&mut client, &format!("SELECT count(*) FROM {table}"));
        assert!(rows > 0, "{table}");
        all += rows;
    }
    assert!((180..=260).contains(&all), "{all} rows");
    for (table, kind) in [
        ("enrollments", "enrollment_status"),
        ("payments", "payment_status"),
        ("workshop_registrations", "registration_status"),
        ("assessments", "assessment_status"),
        ("consultations", "consultation_status"),
        ("user_roles", "user_role"),
    ] {
        let column = if table == "user_roles" { "role" } else { "status" };
        let missing = format!(
            "SELECT count(*) FROM unnest(enum_range(NULL::{kind})) AS v WHERE NOT EXISTS (SELECT FROM {table} WHERE {column} = v)"
        );
        assert_eq!(number(&mut client, &missing), 0, "{kind}");
    }
    for soon in [
        "workshops WHERE status = 'published' AND starts_at > now()",
        "consultations WHERE scheduled_at > now()",
    ] {
        assert!(
            number(&mut client, &format!("SELECT count(*) FROM {soon}")) > 0,
            "{soon}"
        );
    }
    let recent = "SELECT count(*) FROM student_activity WHERE created_at > now() - INTERVAL '3 days'";
    assert!(number(&mut client, recent) > 0);
}

/// Turns every point in time back by three days, as if the seeds had been loaded then.
const THREE_DAYS_AGO: &str = "
    DO $$
    DECLARE
        tab record;
    BEGIN
        SET LOCAL session_replication_role = replica;
        FOR tab IN
            SELECT c.oid::regclass AS name, string_agg(format('%1$I = %1$I - INTERVAL ''3 days''', a.attname), ', ') AS changes
            FROM pg_class AS c
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.atttypid = 'timestamptz'::regtype AND a.attnum > 0
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE 'schema\\_%'
                AND (c.relname, a.attname) <> ('courses', 'published_at')
            GROUP BY c.oid
        LOOP
            EXECUTE format('UPDATE %s SET %s', tab.name, tab.changes);
        END LOOP;
    END
    $$";

#[test]
fn seeding_again_on_another_day_changes_nothing() {
    let database = seeded_database();
    let mut client = database.connect();
    client.batch_execute(THREE_DAYS_AGO).unwrap();
    let moved =
        "SELECT count(*) FROM workshops WHERE title = 'Prompting together' AND starts_at::date = CURRENT_DATE + 4";
    assert_eq!(number(&mut client, moved), 1);
    let rows = all_rows(&mut client);
    let product = workspace().database(PRODUCT).unwrap().clone();
    for table in seeded(&database, &product) {
        assert_eq!((table.inserted, table.updated, table.deleted), (0, 0, 0), "{table:?}");
    }
    assert_eq!(rows, all_rows(&mut client));
}

#[test]
fn what_the_seeded_product_adds_to_an_empty_database_is_less_than_10_megabytes() {
    let size = "SELECT pg_database_size(current_database())";
    let seeded = number(&mut seeded_database().connect(), size);
    let empty = number(&mut TestDatabase::empty().connect(), size);
    eprintln!("{PRODUCT}: {seeded} bytes seeded, of which an empty database has {empty}");
    assert!(
        seeded - empty < MOST_BYTES,
        "{seeded} of which {empty} are PostgreSQL's own"
    );
}
