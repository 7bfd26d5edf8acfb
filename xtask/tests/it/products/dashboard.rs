//! What only the dashboard promises.

use postgres::Client;
use postgres::error::SqlState;

use super::{product, seeded};
use crate::harness::TestDatabase;

fn count(client: &mut Client, query: &str) -> i64 {
    client
        .query_one(&format!("SELECT count(*) FROM {query}"), &[])
        .unwrap()
        .get(0)
}

#[test]
fn the_dashboard_has_its_20_tables() {
    let database = TestDatabase::of("dashboard");
    let mut client = database.connect();
    let tables = "pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('schema_migrations', 'schema_mark')";
    assert_eq!(count(&mut client, tables), 20);
}

#[test]
fn a_user_id_that_is_no_uuid_is_refused_and_a_real_one_is_taken() {
    let database = TestDatabase::of("dashboard");
    let mut client = database.connect();
    let insert = |id: &str| {
        format!("INSERT INTO profiles (user_id, first_name, subscription_status) VALUES ('{id}', 'Test', 'free')")
    };
    let error = client.batch_execute(&insert("test-user-id")).unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::INVALID_TEXT_REPRESENTATION));
    client
        .batch_execute(&insert("3f0c2a52-8f5e-4ad4-9d0a-6a5f5f1b2c3d"))
        .unwrap();
}

#[test]
fn a_satisfaction_rating_is_from_1_to_5() {
    let database = TestDatabase::of("dashboard");
    let mut client = database.connect();
    client.batch_execute(ONE_ROW_EACH).unwrap();
    for (rating, fits) in [(0, false), (1, true), (5, true), (6, false)] {
        let result = client.batch_execute(&format!("UPDATE user_tool_usage SET satisfaction_rating = {rating}"));
        assert_eq!(result.is_ok(), fits, "{rating}");
    }
}

/// One row in each table, all of which hang together.
const ONE_ROW_EACH: &str = "
    INSERT INTO profiles (user_id) VALUES ('00000000-0000-4000-8000-0000000000aa');
    INSERT INTO assessment_categories (id, name) VALUES ('00000000-0000-4000-8000-0000000000a1', 'c');
    INSERT INTO tool_categories (id, name) VALUES ('00000000-0000-4000-8000-0000000000a2', 'c');
    INSERT INTO prompt_categories (id, name) VALUES ('00000000-0000-4000-8000-0000000000a3', 'c');
    INSERT INTO permissions (id, name, resource, action) VALUES ('00000000-0000-4000-8000-0000000000a4', 'p', 'r', 'a');
    INSERT INTO ai_tools (id, name, category_id) VALUES ('00000000-0000-4000-8000-0000000000a5', 't', '00000000-0000-4000-8000-0000000000a2');
    INSERT INTO prompts (id, title, content, category_id)
        VALUES ('00000000-0000-4000-8000-0000000000a6', 't', 'c', '00000000-0000-4000-8000-0000000000a3');
    INSERT INTO assessments (id, user_id) VALUES ('00000000-0000-4000-8000-0000000000a7', '00000000-0000-4000-8000-0000000000aa');
    INSERT INTO assessment_results (assessment_id, category_id, category_score)
        VALUES ('00000000-0000-4000-8000-0000000000a7', '00000000-0000-4000-8000-0000000000a1', 1);
    INSERT INTO user_tool_usage (user_id, tool_id) VALUES ('00000000-0000-4000-8000-0000000000aa', '00000000-0000-4000-8000-0000000000a5');
    INSERT INTO user_prompt_collections (id, user_id, name)
        VALUES ('00000000-0000-4000-8000-0000000000a8', '00000000-0000-4000-8000-0000000000aa', 'n');
    INSERT INTO prompt_collection_items (collection_id, prompt_id)
        VALUES ('00000000-0000-4000-8000-0000000000a8', '00000000-0000-4000-8000-0000000000a6');
    INSERT INTO consultations (user_id, subject) VALUES ('00000000-0000-4000-8000-0000000000aa', 's');
    INSERT INTO user_notifications (user_id, title, message) VALUES ('00000000-0000-4000-8000-0000000000aa', 't', 'm');
    INSERT INTO user_saved_prompts (user_id, prompt_id)
        VALUES ('00000000-0000-4000-8000-0000000000aa', '00000000-0000-4000-8000-0000000000a6');
    INSERT INTO role_permissions (role_id, permission_id) SELECT id, '00000000-0000-4000-8000-0000000000a4' FROM roles WHERE name = 'user';
    INSERT INTO user_roles (user_id, role_id) SELECT '00000000-0000-4000-8000-0000000000aa', id FROM roles WHERE name = 'user';
    INSERT INTO user_permission_overrides (user_id, permission_id)
        VALUES ('00000000-0000-4000-8000-0000000000aa', '00000000-0000-4000-8000-0000000000a4');
";

/// A deletion, and what is left of a table afterwards.
const DELETE_RULES: &[(&str, &str, i64)] = &[
    ("profiles", "assessments", 0),
    ("profiles", "assessment_results", 0),
    ("profiles", "user_tool_usage", 0),
    ("profiles", "user_prompt_collections", 0),
    ("profiles", "prompt_collection_items", 0),
    ("profiles", "consultations", 0),
    ("profiles", "user_notifications", 0),
    ("profiles", "user_saved_prompts", 0),
    ("profiles", "user_roles", 0),
    ("profiles", "user_permission_overrides", 0),
    ("profiles", "prompts", 1),
    ("profiles", "ai_tools", 1),
    ("tool_categories", "ai_tools WHERE category_id IS NULL", 1),
    ("prompt_categories", "prompts WHERE category_id IS NULL", 1),
    ("assessment_categories", "assessment_results", 0),
    ("assessment_categories", "assessments", 1),
    ("ai_tools", "user_tool_usage", 0),
    ("prompts", "prompt_collection_items", 0),
    ("prompts", "user_saved_prompts", 0),
    ("user_prompt_collections", "prompt_collection_items", 0),
    ("user_prompt_collections", "prompts", 1),
    ("roles", "role_permissions", 0),
    ("roles", "user_roles", 0),
    ("roles", "permissions", 1),
    ("permissions", "role_permissions", 0),
    ("permissions", "user_permission_overrides", 0),
    ("permissions", "roles", 3),
];

#[test]
fn rows_go_or_stay_as_the_delete_rules_say() {
    let database = TestDatabase::of("dashboard");
    let mut client = database.connect();
    client.batch_execute(ONE_ROW_EACH).unwrap();
    for (deleted, left, expected) in DELETE_RULES {
        let mut transaction = client.transaction().unwrap();
        transaction.batch_execute(&format!("DELETE FROM {deleted}")).unwrap();
        let found: i64 = transaction
            .query_one(&format!("SELECT count(*) FROM {left}"), &[])
            .unwrap()
            .get(0);
        assert_eq!(found, *expected, "rows in {left} after those of {deleted} were deleted");
        transaction.rollback().unwrap();
    }
}

#[test]
fn the_seeds_are_the_catalogue_and_nobodys_data() {
    let database = TestDatabase::of("dashboard");
    seeded(&database, &product("dashboard"));
    let mut client = database.connect();
    for (query, least, most) in [
        ("tool_categories", 3, 3),
        ("ai_tools", 5, 10),
        ("ai_tools WHERE is_featured", 1, 9),
        ("(SELECT DISTINCT category_id FROM ai_tools) AS category", 2, 3),
        ("prompt_categories", 3, 3),
        ("prompts", 5, 10),
        ("prompts WHERE is_featured", 1, 9),
        ("assessment_categories", 5, 5),
        (
            "assessment_categories WHERE name IN ('Technical Readiness', 'Data Infrastructure')",
            2,
            2,
        ),
        (
            "roles WHERE is_system AND name IN ('admin', 'user', 'consultant')",
            3,
            3,
        ),
        ("permissions", 20, 200),
        ("(SELECT DISTINCT role_id FROM role_permissions) AS role", 3, 3),
    ] {
        let found = count(&mut client, query);
        assert!((least..=most).contains(&found), "{query}: {found}");
    }
    for table in [
        "profiles",
        "assessments",
        "assessment_results",
        "user_tool_usage",
        "user_prompt_collections",
        "prompt_collection_items",
        "consultations",
        "user_notifications",
        "user_saved_prompts",
        "user_roles",
        "user_permission_overrides",
    ] {
        assert_eq!(count(&mut client, table), 0, "{table}");
    }
}
