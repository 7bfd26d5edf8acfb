//! Which index the planner uses for which query, with row level security on, on tables that are large enough for it to matter.

use crate::harness::TestDatabase;
use crate::harness::access::Actor;
use crate::harness::plans::{assert_uses, indexes, plan_of};

/// 20,000 prompts of 100 users, and what hangs on them, each user's alike.
const MANY: &str = "
    INSERT INTO auth.users (id, email)
        SELECT format('0000000c-0000-4000-8000-%s', lpad(u::text, 12, '0'))::uuid, format('u%s@example.com', u) FROM generate_series(1, 100) AS u;
    INSERT INTO folders (user_id, name, deleted_at)
        SELECT id, format('folder %s', n), CASE WHEN n > 20 THEN now() END
        FROM auth.users, generate_series(1, 40) AS n;
    INSERT INTO prompts (user_id, folder_id, title, created_at, deleted_at)
        SELECT user_id, id, format('prompt %s', n), now() - n * interval '1 hour', CASE WHEN n > 4 THEN now() END
        FROM folders, generate_series(1, 5) AS n;
    INSERT INTO modules (prompt_id, title, order_index)
        SELECT id, 'module', n FROM prompts, generate_series(0, 1) AS n;
    INSERT INTO module_options (module_id, label) SELECT id, 'option' FROM modules;
    INSERT INTO variables (prompt_id, name) SELECT id, format('variable %s', n) FROM prompts, generate_series(1, 2) AS n;
    INSERT INTO encrypted_api_keys (user_id, provider, ciphertext, nonce, key_version, deleted_at)
        SELECT id, format('provider %s', n % 20), '\\x01', '\\x000102030405060708090a0b', 1, CASE WHEN n > 20 THEN now() END
        FROM auth.users, generate_series(1, 60) AS n;
    INSERT INTO usage_tracking (user_id, action, created_at)
        SELECT id, format('action %s', n % 10), now() - n * interval '1 hour' FROM auth.users, generate_series(1, 300) AS n;
    ANALYZE;";

/// A query of a signed-in user, and the index that it is there for.
const USED: &[(&str, &str)] = &[
    (
        "SELECT id, name FROM folders WHERE user_id = '{u}' AND deleted_at IS NULL ORDER BY name",
        "idx_folders_user_id_name",
    ),
    (
        "SELECT id FROM folders WHERE user_id = '{u}' AND created_at > now() - interval '1 day' AND deleted_at IS NOT NULL ORDER BY created_at",
        "idx_folders_user_id_created_at_deleted_at",
    ),
    (
        "SELECT id, title FROM prompts WHERE user_id = '{u}' AND deleted_at IS NULL ORDER BY created_at DESC LIMIT 50",
        "idx_prompts_user_id_created_at",
    ),
    (
        "SELECT id, title FROM prompts WHERE user_id = '{u}' AND folder_id = '{f}' AND deleted_at IS NULL ORDER BY created_at DESC",
        "idx_prompts_user_id_folder_id_created_at_deleted_at",
    ),
    (
        "SELECT provider FROM encrypted_api_keys WHERE user_id = '{u}' AND provider = 'provider 1' AND deleted_at IS NULL",
        "idx_encrypted_api_keys_user_id_provider_live",
    ),
    (
        "SELECT id FROM encrypted_api_keys WHERE user_id = '{u}' AND provider = 'provider 1'",
        "idx_encrypted_api_keys_user_id_provider",
    ),
    (
        "SELECT count(*) FROM usage_tracking WHERE user_id = '{u}' AND action = 'action 1' AND created_at >= now() - interval '5 days'",
        "idx_usage_tracking_user_id_action_created_at",
    ),
    (
        "SELECT action, created_at FROM usage_tracking WHERE user_id = '{u}' ORDER BY created_at DESC LIMIT 20",
        "idx_usage_tracking_user_id_created_at_action",
    ),
];

/// The same of the toolkit's own role: a row's children, and what a foreign key looks for when its target goes.
const USED_BY_KEY: &[(&str, &str)] = &[
    (
        "SELECT title FROM modules WHERE prompt_id = '{p}' ORDER BY order_index",
        "idx_modules_prompt_id_order_index",
    ),
    (
        "SELECT label FROM module_options WHERE module_id = '{m}'",
        "idx_module_options_module_id",
    ),
    (
        "SELECT config FROM variables WHERE prompt_id = '{p}' AND name = 'variable 1'",
        "idx_variables_prompt_id_name",
    ),
    (
        "SELECT id FROM prompts WHERE folder_id = '{f}'",
        "idx_prompts_folder_id",
    ),
];

#[test]
fn the_planner_uses_each_index_for_the_query_that_it_is_for() {
    let database = TestDatabase::of("promptpal");
    let mut client = database.connect();
    let mut transaction = client.transaction().unwrap();
    transaction.batch_execute(MANY).unwrap();
    let ids = transaction
        .query_one(
            "SELECT prompts.user_id::text, folder_id::text, prompts.id::text, modules.id::text
             FROM prompts JOIN modules ON prompt_id = prompts.id WHERE prompts.deleted_at IS NULL ORDER BY prompts.id LIMIT 1",
            &[],
        )
        .unwrap();
    let [user, folder, prompt, module]: [String; 4] = std::array::from_fn(|index| ids.get(index));
    let fill = |sql: &str| {
        sql.replace("{u}", &user)
            .replace("{f}", &folder)
            .replace("{p}", &prompt)
            .replace("{m}", &module)
    };
    for (sql, index) in USED_BY_KEY {
        assert_uses(&mut transaction, &fill(sql), index);
    }
    Actor::user("a user", &user).sign_in(&mut transaction);
    for (sql, index) in USED {
        assert_uses(&mut transaction, &fill(sql), index);
    }
    // By way of the policy: whose prompt it is, is looked up by key, and who is signed in is found out once.
    let plan = plan_of(&mut transaction, &fill(USED_BY_KEY[0].0));
    assert!(
        indexes(&plan).contains(&"idx_modules_prompt_id_order_index"),
        "{plan:#}"
    );
    assert!(
        plan.to_string().contains("InitPlan"),
        "auth.uid() is evaluated a row at a time: {plan:#}"
    );
}
