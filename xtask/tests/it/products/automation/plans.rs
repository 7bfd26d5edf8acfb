//! Which index the planner uses for which query, on tables that are large enough for it to matter; read from plans, not from times.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use postgres::Transaction;

use super::{migrated, texts};
use crate::harness::access::Actor;
use crate::harness::plans::{assert_uses, indexes, plan_of};

/// As whom a query runs.
enum As {
    /// A signed-in user, with row level security.
    User,
    /// The recommendation service: for whom policies hold, operators of arrays and JSONB wait until they have been evaluated, so that no
    /// GIN index is of use.
    Service,
}

/// An index, and the query that it is there for.
const USES: &[(&str, As, &str)] = &[
    (
        "idx_questionnaire_sessions_user_id_created_at",
        As::User,
        "SELECT id FROM questionnaire_sessions WHERE user_id = '{user}' ORDER BY created_at DESC LIMIT 20",
    ),
    (
        "idx_questionnaire_sessions_user_id_status",
        As::User,
        "SELECT id FROM questionnaire_sessions WHERE user_id = '{user}' AND status = 'in-progress'",
    ),
    (
        "idx_user_automations_user_id_created_at",
        As::User,
        "SELECT id FROM user_automations WHERE user_id = '{user}' ORDER BY created_at DESC LIMIT 20",
    ),
    (
        "idx_user_automations_user_id_status",
        As::User,
        "SELECT id FROM user_automations WHERE user_id = '{user}' AND status = 'in-progress'",
    ),
    (
        "idx_subscriptions_user_id_status",
        As::User,
        "SELECT id FROM subscriptions WHERE user_id = '{user}' AND status = 'incomplete_expired'",
    ),
    (
        "idx_subscriptions_user_id_live",
        As::User,
        "SELECT id FROM subscriptions WHERE user_id = '{user}' AND status NOT IN ('canceled', 'incomplete_expired')",
    ),
    (
        "idx_weekly_discoveries_week_of_user_id",
        As::User,
        "SELECT user_id FROM weekly_discoveries WHERE week_of = '2024-02-05' ORDER BY user_id",
    ),
    (
        "idx_step_media_step_id",
        As::Service,
        "SELECT url FROM step_media WHERE step_id = '{step}'",
    ),
    (
        "idx_discovered_automations_automation_id",
        As::Service,
        "SELECT id FROM discovered_automations WHERE automation_id = '{automation}'",
    ),
    (
        "idx_user_automations_automation_id",
        As::Service,
        "SELECT id FROM user_automations WHERE automation_id = '{automation}'",
    ),
    (
        "idx_automation_progress_step_id",
        As::Service,
        "SELECT id FROM automation_progress WHERE step_id = '{step}'",
    ),
    (
        "idx_automations_tags",
        As::Service,
        "SELECT id FROM automations WHERE published AND tags && '{tag-7,tag-8}'",
    ),
    (
        "idx_automations_ai_context",
        As::Service,
        "SELECT id FROM automations WHERE published AND ai_context @> '{\"industries\": [\"industry-7\"]}'",
    ),
    (
        "idx_user_profiles_current_tools",
        As::Service,
        "SELECT user_id FROM user_profiles WHERE current_tools @> '{tool 7}'",
    ),
    ("idx_automations_embedding", As::User, NEAREST),
    ("idx_automations_embedding", As::Service, NEAREST),
];

const NEAREST: &str = "SELECT slug FROM automations WHERE published ORDER BY embedding <=> '{question}' LIMIT 5";

/// Rows by the constraints' own indexes, which serve foreign keys and look-ups too.
const USES_OF_CONSTRAINTS: &[(&str, As, &str)] = &[
    (
        "user_profiles_user_id_key",
        As::User,
        "SELECT role FROM user_profiles WHERE user_id = '{user}'",
    ),
    (
        "automations_slug_key",
        As::User,
        "SELECT title FROM automations WHERE slug = 'automation-7' AND published",
    ),
    (
        "implementation_steps_automation_id_position_key",
        As::User,
        "SELECT title FROM implementation_steps WHERE automation_id = '{automation}' ORDER BY position",
    ),
    (
        "weekly_discoveries_user_id_week_of_key",
        As::User,
        "SELECT id FROM weekly_discoveries WHERE user_id = '{user}'",
    ),
    (
        "subscriptions_stripe_subscription_id_key",
        As::Service,
        "SELECT user_id FROM subscriptions WHERE stripe_subscription_id = 'sub_1'",
    ),
];

/// What is asked for: a little off the automation of this number.
const WANTED: i16 = 777;

/// A point by the formula of `many_rows.sql`, as pgvector reads it.
fn embedding(automation: i16, off: f64) -> String {
    let angle = |steps: i16| std::f64::consts::PI / 20.0 * f64::from(steps) + off;
    let (first, second) = (angle(automation / 40), angle(automation % 40));
    let mut text = String::from("[");
    for i in (1..=1536).map(f64::from) {
        let value = (first + i).cos() + (second + i * std::f64::consts::SQRT_2).cos();
        write!(text, "{value},").unwrap();
    }
    text.pop();
    text + "]"
}

/// Runs a test on the many rows; what stands for ids and the question in a query is put in by the function that it is given.
fn with_many_rows(test: impl FnOnce(&mut Transaction<'_>, &dyn Fn(&str) -> String, &str)) {
    migrated(|client| {
        let mut transaction = client.transaction().unwrap();
        transaction.batch_execute(include_str!("many_rows.sql")).unwrap();
        let ids = transaction
            .query_one(
                "SELECT user_id::text, automation_id::text, step_id::text
                 FROM user_automations JOIN automation_progress ON user_automation_id = user_automations.id
                 ORDER BY user_automations.id LIMIT 1",
                &[],
            )
            .unwrap();
        let [user, automation, step]: [String; 3] = std::array::from_fn(|index| ids.get(index));
        let question = embedding(WANTED, 0.02);
        let fill = |sql: &str| {
            sql.replace("{user}", &user)
                .replace("{automation}", &automation)
                .replace("{step}", &step)
                .replace("{question}", &question)
        };
        test(&mut transaction, &fill, &user);
    });
}

#[test]
fn the_planner_uses_each_index_for_the_query_that_it_is_for() {
    with_many_rows(|transaction, fill, user| {
        for (index, who, sql) in USES.iter().chain(USES_OF_CONSTRAINTS) {
            let mut savepoint = transaction.transaction().unwrap();
            match who {
                As::User => Actor::user("a user", user),
                As::Service => Actor::service(),
            }
            .sign_in(&mut savepoint);
            assert_uses(&mut savepoint, &fill(sql), index);
            savepoint.rollback().unwrap();
        }
        let made = texts(
            transaction,
            "SELECT relname::text FROM pg_class WHERE relkind = 'i' AND relname LIKE 'idx\\_%' AND relnamespace = 'public'::regnamespace",
        );
        let tried: BTreeSet<&str> = USES.iter().map(|(index, ..)| *index).collect();
        assert_eq!(
            tried,
            made.iter().map(String::as_str).collect(),
            "every index has its query"
        );
    });
}

#[test]
fn who_is_signed_in_and_whether_they_are_an_admin_is_found_out_once_a_query() {
    with_many_rows(|transaction, _, user| {
        Actor::user("a user", user).sign_in(transaction);
        let plan = plan_of(transaction, "SELECT id FROM questionnaire_sessions").to_string();
        assert_eq!(plan.matches(r#""Parent Relationship":"InitPlan""#).count(), 2, "{plan}");
        for function in ["is_admin", "uid", "current_setting"] {
            assert!(!plan.contains(&format!("{function}(")), "a row at a time: {plan}");
        }
    });
}

#[test]
fn the_nearest_neighbours_by_the_index_are_the_nearest_of_all() {
    with_many_rows(|transaction, fill, user| {
        let query = fill(NEAREST);
        Actor::user("a user", user).sign_in(transaction);
        let by_index = texts(transaction, &query);
        transaction
            .batch_execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_seqscan = on")
            .unwrap();
        let plan = plan_of(transaction, &query);
        assert!(!indexes(&plan).contains(&"idx_automations_embedding"), "{plan:#}");
        let by_all = texts(transaction, &query);
        assert_eq!(by_index[0], format!("automation-{WANTED}"));
        assert_eq!(by_index, by_all);
        assert_eq!(by_all.len(), 5);
    });
}
