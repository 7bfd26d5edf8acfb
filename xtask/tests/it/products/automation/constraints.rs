//! Which values and which pairs of rows are refused: each constraint by a statement that breaks it.

use std::collections::BTreeSet;

use postgres::Transaction;
use postgres::error::SqlState;

use super::{ADA, TABLES, count, error_of, fill, migrated, row, texts, with_rows};

/// A column with a closed vocabulary, what else a statement sets, and the words.
const VOCABULARIES: &[(&str, &str, &str, &[&str])] = &[
    ("user_profiles", "role", "", &["user", "admin"]),
    (
        "user_profiles",
        "business_size",
        "",
        &["solo", "small-team", "large-team"],
    ),
    (
        "user_profiles",
        "experience",
        "",
        &["beginner", "intermediate", "expert"],
    ),
    ("questionnaire_sessions", "status", "", &["in-progress", "abandoned"]),
    (
        "questionnaire_sessions",
        "status",
        ", completed_at = now()",
        &["completed"],
    ),
    ("automations", "difficulty", "", &["easy", "medium", "hard"]),
    ("step_media", "media_type", "", &["image", "video", "audio", "document"]),
    (
        "user_automations",
        "status",
        "",
        &["saved", "in-progress", "completed", "dismissed"],
    ),
    (
        "automation_progress",
        "status",
        "",
        &["not-started", "in-progress", "completed", "skipped"],
    ),
    (
        "subscriptions",
        "status",
        "",
        &[
            "incomplete",
            "incomplete_expired",
            "trialing",
            "active",
            "past_due",
            "canceled",
            "unpaid",
            "paused",
        ],
    ),
];

#[test]
fn closed_vocabularies_take_their_words_and_no_other() {
    with_rows(|transaction| {
        for (table, column, more, words) in VOCABULARIES {
            for word in *words {
                let update = format!("UPDATE public.{table} SET {column} = '{word}'{more}");
                assert_eq!(error_of(transaction, &update), None, "{update}");
                let shouted = word.to_uppercase();
                for other in [shouted.as_str(), "", "other"] {
                    let update = format!("UPDATE public.{table} SET {column} = '{other}'{more}");
                    let error = error_of(transaction, &update).unwrap_or_else(|| panic!("accepted: {update}"));
                    assert_eq!(error.code(), &SqlState::CHECK_VIOLATION, "{update}");
                }
            }
        }
    });
}

/// Statements, each of which breaks the check that it stands behind.
const NONSENSE: &[(&str, &str)] = &[
    ("user_profiles_role_check", "UPDATE user_profiles SET role = 'owner'"),
    (
        "user_profiles_business_name_check",
        "UPDATE user_profiles SET business_name = ' '",
    ),
    ("user_profiles_industry_check", "UPDATE user_profiles SET industry = ''"),
    (
        "user_profiles_business_size_check",
        "UPDATE user_profiles SET business_size = 'huge'",
    ),
    (
        "user_profiles_experience_check",
        "UPDATE user_profiles SET experience = 'some'",
    ),
    (
        "user_profiles_current_tools_check",
        "UPDATE user_profiles SET current_tools = '{Slack,NULL}'",
    ),
    (
        "questionnaire_sessions_status_check",
        "UPDATE questionnaire_sessions SET status = 'lost'",
    ),
    (
        "questionnaire_sessions_context_check",
        "UPDATE questionnaire_sessions SET context = '[]'",
    ),
    (
        "questionnaire_sessions_completed_at_check",
        "UPDATE questionnaire_sessions SET status = 'completed'",
    ),
    (
        "questionnaire_sessions_completed_at_check",
        "UPDATE questionnaire_sessions SET completed_at = now()",
    ),
    (
        "questionnaire_sessions_completed_at_check",
        "UPDATE questionnaire_sessions SET status = 'completed', completed_at = started_at - interval '1 second'",
    ),
    (
        "questionnaire_responses_question_key_check",
        "UPDATE questionnaire_responses SET question_key = ' '",
    ),
    ("automations_title_check", "UPDATE automations SET title = ''"),
    ("automations_slug_check", "UPDATE automations SET slug = 'Not a slug'"),
    ("automations_slug_check", "UPDATE automations SET slug = 'trailing-'"),
    (
        "automations_difficulty_check",
        "UPDATE automations SET difficulty = 'none'",
    ),
    ("automations_tags_check", "UPDATE automations SET tags = '{NULL}'"),
    (
        "automations_ai_context_check",
        "UPDATE automations SET ai_context = '\"text\"'",
    ),
    (
        "automations_embedding_check",
        "UPDATE automations SET embedding = array_fill(0, ARRAY[1536])::vector",
    ),
    (
        "automation_tools_tool_name_check",
        "UPDATE automation_tools SET tool_name = ''",
    ),
    (
        "implementation_steps_position_check",
        "UPDATE implementation_steps SET position = 0",
    ),
    (
        "implementation_steps_title_check",
        "UPDATE implementation_steps SET title = ''",
    ),
    (
        "implementation_steps_estimated_minutes_check",
        "UPDATE implementation_steps SET estimated_minutes = 0",
    ),
    (
        "step_media_media_type_check",
        "UPDATE step_media SET media_type = 'smell'",
    ),
    (
        "step_media_url_check",
        "UPDATE step_media SET url = 'javascript:alert(1)'",
    ),
    (
        "step_media_url_check",
        "UPDATE step_media SET url = 'https://example.com/a b'",
    ),
    (
        "weekly_discoveries_week_of_check",
        "UPDATE weekly_discoveries SET week_of = '2025-08-17'",
    ),
    (
        "discovered_automations_rank_check",
        "UPDATE discovered_automations SET rank = 0",
    ),
    (
        "discovered_automations_score_check",
        "UPDATE discovered_automations SET score = -0.01",
    ),
    (
        "discovered_automations_score_check",
        "UPDATE discovered_automations SET score = 1.01",
    ),
    (
        "discovered_automations_score_check",
        "UPDATE discovered_automations SET score = 'NaN'",
    ),
    (
        "user_automations_status_check",
        "UPDATE user_automations SET status = 'lost'",
    ),
    (
        "automation_progress_status_check",
        "UPDATE automation_progress SET status = 'lost'",
    ),
    (
        "subscriptions_stripe_customer_id_check",
        "UPDATE subscriptions SET stripe_customer_id = ' '",
    ),
    (
        "subscriptions_stripe_subscription_id_check",
        "UPDATE subscriptions SET stripe_subscription_id = ''",
    ),
    (
        "subscriptions_status_check",
        "UPDATE subscriptions SET status = 'cancelled'",
    ),
    (
        "subscriptions_current_period_end_check",
        "UPDATE subscriptions SET current_period_start = now(), current_period_end = now()",
    ),
    ("usage_metrics_metric_check", "UPDATE usage_metrics SET metric = ''"),
    (
        "usage_metrics_period_check",
        "UPDATE usage_metrics SET period = '2025-08-02'",
    ),
    ("usage_metrics_quantity_check", "UPDATE usage_metrics SET quantity = -1"),
];

/// A second row, by what makes it clash with the one that is there.
const SECOND_ROWS: &[(&str, &str)] = &[
    (
        "user_profiles_user_id_key",
        "INSERT INTO user_profiles (user_id) VALUES ('{user}')",
    ),
    (
        "questionnaire_responses_session_id_question_key_key",
        "INSERT INTO questionnaire_responses (session_id, question_key, answer) VALUES ('{row 2 u}', 'question of {u}', '2')",
    ),
    (
        "automations_slug_key",
        "INSERT INTO automations (title, slug, difficulty) VALUES ('other', 'automation-c', 'hard')",
    ),
    (
        "automation_tools_automation_id_tool_name_key",
        "INSERT INTO automation_tools (automation_id, tool_name) VALUES ('{row 4 c}', 'tool c')",
    ),
    (
        "implementation_steps_automation_id_position_key",
        "INSERT INTO implementation_steps (automation_id, position, title) VALUES ('{row 4 c}', 1, 'other')",
    ),
    (
        "weekly_discoveries_user_id_week_of_key",
        "INSERT INTO weekly_discoveries (user_id, week_of) VALUES ('{user}', '2025-08-18')",
    ),
    (
        "discovered_automations_discovery_id_automation_id_key",
        "INSERT INTO discovered_automations (discovery_id, automation_id, rank, score) VALUES ('{row 8 u}', '{row 4 x}', 9, 1)",
    ),
    (
        "discovered_automations_discovery_id_rank_key",
        "INSERT INTO discovered_automations (discovery_id, automation_id, rank, score) VALUES ('{row 8 u}', '{row 4 c}', 1, 1)",
    ),
    (
        "user_automations_user_id_automation_id_key",
        "INSERT INTO user_automations (user_id, automation_id) VALUES ('{user}', '{row 4 x}')",
    ),
    (
        "automation_progress_user_automation_id_step_id_key",
        "INSERT INTO automation_progress (user_automation_id, step_id) VALUES ('{row 10 u}', '{row 6 x}')",
    ),
    (
        "subscriptions_stripe_customer_id_key",
        "INSERT INTO subscriptions (user_id, stripe_customer_id, status) VALUES ('{row 0 c}', 'cus_{u}', 'active')",
    ),
    (
        "subscriptions_stripe_subscription_id_key",
        "UPDATE subscriptions SET stripe_subscription_id = 'sub_same'",
    ),
    (
        "idx_subscriptions_user_id_live",
        "INSERT INTO subscriptions (user_id, stripe_customer_id, status) VALUES ('{user}', 'cus_other', 'active')",
    ),
    (
        "usage_metrics_user_id_metric_period_key",
        "INSERT INTO usage_metrics (user_id, metric, period) VALUES ('{user}', 'metric of {u}', '2025-08-01')",
    ),
];

/// Runs each statement and returns the constraints that were broken.
fn broken(transaction: &mut Transaction<'_>, statements: &[(&str, &str)], code: &SqlState) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (constraint, sql) in statements {
        let error = error_of(transaction, &fill(sql, ADA)).unwrap_or_else(|| panic!("accepted: {sql}"));
        assert_eq!(error.code(), code, "{sql}");
        assert_eq!(error.constraint(), Some(*constraint), "{sql}");
        names.insert((*constraint).to_owned());
    }
    names
}

#[test]
fn each_check_refuses_what_makes_no_sense() {
    with_rows(|transaction| {
        let checks = texts(
            transaction,
            "SELECT conname::text FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace
                AND conrelid::regclass::text NOT IN ('schema_migrations', 'schema_mark')",
        );
        assert!(checks.len() > 30, "{}", checks.len());
        let broken = broken(transaction, NONSENSE, &SqlState::CHECK_VIOLATION);
        assert_eq!(
            broken,
            BTreeSet::from_iter(checks),
            "every check has a statement that breaks it"
        );
    });
}

#[test]
fn each_unique_rule_refuses_a_second_row() {
    with_rows(|transaction| {
        let rules = texts(
            transaction,
            "SELECT c.relname::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
             WHERE i.indisunique AND NOT i.indisprimary AND c.relnamespace = 'public'::regnamespace
                 AND i.indrelid::regclass::text NOT IN ('schema_migrations', 'schema_mark')",
        );
        let broken = broken(transaction, SECOND_ROWS, &SqlState::UNIQUE_VIOLATION);
        assert_eq!(
            broken,
            BTreeSet::from_iter(rules),
            "every rule has a second row that breaks it"
        );
    });
}

#[test]
fn a_user_has_one_live_subscription_and_any_number_that_have_ended() {
    with_rows(|transaction| {
        let second = |status: &str| {
            format!(
                "INSERT INTO subscriptions (user_id, stripe_customer_id, status) VALUES ('{}', 'cus_' || gen_random_uuid(), '{status}')",
                row(0, ADA)
            )
        };
        let statuses = VOCABULARIES.last().unwrap().3;
        assert_eq!(statuses.len(), 8);
        for status in statuses {
            let ended = ["canceled", "incomplete_expired"].contains(status);
            for _ in 0..2 {
                let refused = error_of(transaction, &second(status)).is_some();
                assert_eq!(refused, !ended, "beside an active one, {status}");
            }
        }
        assert_eq!(
            error_of(transaction, "UPDATE subscriptions SET status = 'canceled'"),
            None
        );
        assert_eq!(
            error_of(transaction, &second("trialing")),
            None,
            "the first one has ended"
        );
        assert!(error_of(transaction, &second("active")).is_some());
    });
}

#[test]
fn one_statement_puts_steps_in_another_order() {
    with_rows(|transaction| {
        let swap = fill(
            "UPDATE implementation_steps SET position = 11 - position WHERE automation_id = '{row 4 d}'",
            ADA,
        );
        transaction.batch_execute("SET CONSTRAINTS ALL IMMEDIATE").unwrap();
        assert_eq!(error_of(transaction, &swap), None);
        let order = fill(
            "SELECT id::text FROM implementation_steps WHERE automation_id = '{row 4 d}' ORDER BY position",
            ADA,
        );
        assert_eq!(texts(transaction, &order), [row(6, '9'), row(6, 'd')]);
    });
}

#[test]
fn what_is_referred_to_is_there() {
    with_rows(|transaction| {
        let keys = texts(
            transaction,
            "SELECT format('UPDATE %s SET %I = gen_random_uuid()', k.conrelid::regclass, a.attname)
             FROM pg_constraint AS k JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
             WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace",
        );
        assert_eq!(keys.len(), 15);
        for update in keys {
            let error = error_of(transaction, &update).unwrap_or_else(|| panic!("accepted: {update}"));
            assert_eq!(error.code(), &SqlState::FOREIGN_KEY_VIOLATION, "{update}");
        }
    });
}

#[test]
fn a_change_sets_updated_at_whatever_is_sent() {
    with_rows(|transaction| {
        let long_ago = "2001-01-01 00:00:00+00";
        for table in &TABLES {
            let name = table.name;
            let stamped = transaction
                .query(
                    &format!(
                        "UPDATE {name} SET {}, updated_at = '{long_ago}' RETURNING updated_at = now(), created_at <= updated_at",
                        table.change
                    ),
                    &[],
                )
                .unwrap();
            assert!(stamped.len() > 1, "{name}");
            assert!(stamped.iter().all(|row| row.get(0) && row.get(1)), "{name}");
        }
    });
}

#[test]
fn an_embedding_has_1536_dimensions() {
    with_rows(|transaction| {
        for (dimensions, accepted) in [(1535, false), (1536, true), (1537, false)] {
            let update = format!("UPDATE automations SET embedding = array_fill(1, ARRAY[{dimensions}])::vector");
            assert_eq!(error_of(transaction, &update).is_none(), accepted, "{dimensions}");
        }
    });
}

#[test]
fn every_foreign_key_has_an_index_and_no_index_is_made_twice() {
    migrated(|client| {
        let unindexed = "pg_constraint AS k, unnest(k.conkey) AS column_number
            WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT EXISTS (
                SELECT FROM pg_index AS i WHERE i.indrelid = k.conrelid AND i.indpred IS NULL AND i.indkey[0] = column_number)";
        assert_eq!(count(client, unindexed), 0);
        // One whose columns another one begins with, in the same way and of the same rows, serves nothing, unless it keeps rows unique.
        let twice = "pg_index AS short JOIN pg_index AS long ON long.indrelid = short.indrelid AND long.indexrelid <> short.indexrelid
            JOIN pg_class AS s ON s.oid = short.indexrelid JOIN pg_class AS l ON l.oid = long.indexrelid AND l.relam = s.relam
            WHERE s.relnamespace = 'public'::regnamespace AND NOT short.indisunique
                AND coalesce(pg_get_expr(short.indpred, short.indrelid), '') = coalesce(pg_get_expr(long.indpred, long.indrelid), '')
                AND long.indkey::text || ' ' LIKE short.indkey::text || ' %'";
        assert_eq!(count(client, twice), 0);
    });
}
