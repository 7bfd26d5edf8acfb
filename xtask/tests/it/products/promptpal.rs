//! What only `promptpal` promises: each user's rows are their own, deleted things can be named again, and the indexes are used.

mod access;
mod plans;

use postgres::error::SqlState;
use postgres::{Client, Transaction};

use super::{product, schema, seeded};
use crate::harness::TestDatabase;
use crate::harness::access::Actor;

const ADA: &str = "0000000a-0000-4000-8000-000000000001";
const BEN: &str = "0000000b-0000-4000-8000-000000000001";

/// A table, and how rows of it are written; `{u}` stands for a user, `{f}`, `{p}`, `{m}` for that user's folder, prompt and module.
struct Table {
    name: &'static str,
    /// What a new row of a user is.
    insert: &'static str,
    /// A change of a row.
    change: &'static str,
    /// The change that makes a row the user's.
    give: &'static str,
    /// The letter of the table in the ids of the fixture's rows.
    letter: char,
}

const TABLES: [Table; 7] = [
    Table {
        name: "public.folders",
        insert: "(user_id, name) VALUES ('{u}', 'new')",
        change: "name = 'changed'",
        give: "user_id = '{u}'",
        letter: 'f',
    },
    Table {
        name: "public.prompts",
        insert: "(user_id, folder_id, title) VALUES ('{u}', '{f}', 'new')",
        change: "title = 'changed'",
        give: "user_id = '{u}', folder_id = NULL",
        letter: 'p',
    },
    Table {
        name: "public.modules",
        insert: "(prompt_id, title) VALUES ('{p}', 'new')",
        change: "title = 'changed'",
        give: "prompt_id = '{p}'",
        letter: 'm',
    },
    Table {
        name: "public.module_options",
        insert: "(module_id, label) VALUES ('{m}', 'new')",
        change: "label = 'changed'",
        give: "module_id = '{m}'",
        letter: 'o',
    },
    Table {
        name: "public.variables",
        insert: "(prompt_id, name) VALUES ('{p}', 'new')",
        change: "name = 'changed'",
        give: "prompt_id = '{p}'",
        letter: 'v',
    },
    Table {
        name: "public.encrypted_api_keys",
        insert: "(user_id, provider, ciphertext, nonce, key_version) VALUES ('{u}', 'new', '\\x01', '\\x000102030405060708090a0b', 1)",
        change: "key_version = 2",
        give: "user_id = '{u}'",
        letter: 'k',
    },
    Table {
        name: "public.usage_tracking",
        insert: "(user_id, action) VALUES ('{u}', 'new')",
        change: "action = 'changed'",
        give: "user_id = '{u}'",
        letter: 't',
    },
];

/// The id of a user's one row in the table of this letter, with the fixture's names resolved.
fn row(letter: char, user: &str) -> String {
    let code = match letter {
        'f' => 1,
        'p' => 2,
        'm' => 3,
        'o' => 4,
        'v' => 5,
        'k' => 6,
        _ => 7,
    };
    format!("{}{code:012}", &user[..24])
}

fn fill(text: &str, user: &str) -> String {
    text.replace("{u}", user)
        .replace("{f}", &row('f', user))
        .replace("{p}", &row('p', user))
        .replace("{m}", &row('m', user))
}

/// A user with one row in each table. Names differ from user to user, so that a row could be taken without a clash.
fn one_row_each(user: &str) -> String {
    let [folder, prompt, module, option, variable, key, usage] =
        ['f', 'p', 'm', 'o', 'v', 'k', 't'].map(|letter| row(letter, user));
    format!(
        "INSERT INTO auth.users (id, email) VALUES ('{user}', '{user}@example.com');
         INSERT INTO public.folders (id, user_id, name) VALUES ('{folder}', '{user}', 'folder of {user}');
         INSERT INTO public.prompts (id, user_id, folder_id, title) VALUES ('{prompt}', '{user}', '{folder}', 'prompt');
         INSERT INTO public.modules (id, prompt_id, title) VALUES ('{module}', '{prompt}', 'module');
         INSERT INTO public.module_options (id, module_id, label) VALUES ('{option}', '{module}', 'option');
         INSERT INTO public.variables (id, prompt_id, name) VALUES ('{variable}', '{prompt}', 'variable');
         INSERT INTO public.encrypted_api_keys (id, user_id, provider, ciphertext, nonce, key_version)
             VALUES ('{key}', '{user}', 'provider of {user}', '\\x01', '\\x000102030405060708090a0b', 1);
         INSERT INTO public.usage_tracking (id, user_id, action) VALUES ('{usage}', '{user}', 'action');"
    )
}

#[test]
fn there_are_7_tables_28_policies_and_an_index_for_each_foreign_key() {
    let database = TestDatabase::of("promptpal");
    let mut client = database.connect();
    let tables = "pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('schema_migrations', 'schema_mark')";
    assert_eq!(count(&mut client, tables), 7);
    assert_eq!(count(&mut client, "pg_policies WHERE schemaname = 'public'"), 28);
    let unindexed = "pg_constraint AS k WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT EXISTS (
        SELECT FROM pg_index AS i WHERE i.indrelid = k.conrelid AND i.indpred IS NULL AND i.indkey[0] = k.conkey[1])";
    assert_eq!(count(&mut client, unindexed), 0);
}

fn count(client: &mut Client, query: &str) -> i64 {
    client
        .query_one(&format!("SELECT count(*) FROM {query}"), &[])
        .unwrap()
        .get(0)
}

/// Both users with their rows, in a transaction.
fn with_rows(client: &mut Client) -> Transaction<'_> {
    let mut transaction = client.transaction().unwrap();
    transaction
        .batch_execute(&(one_row_each(ADA) + &one_row_each(BEN)))
        .unwrap();
    transaction
}

/// The SQLSTATE of a statement that fails; what it did before is undone.
fn error_of(transaction: &mut Transaction<'_>, sql: &str) -> Option<SqlState> {
    let mut savepoint = transaction.transaction().unwrap();
    let code = savepoint
        .batch_execute(sql)
        .err()
        .map(|error| error.code().unwrap().clone());
    if code.is_none() {
        savepoint.commit().unwrap();
    }
    code
}

#[test]
fn a_folders_name_is_unique_among_the_live_ones_and_free_again_when_it_is_deleted() {
    let database = TestDatabase::of("promptpal");
    let mut client = database.connect();
    let mut transaction = with_rows(&mut client);
    Actor::user("ada", ADA).sign_in(&mut transaction);
    let insert = format!("INSERT INTO folders (user_id, name) VALUES ('{ADA}', 'Work')");
    assert_eq!(error_of(&mut transaction, &insert), None);
    assert_eq!(error_of(&mut transaction, &insert), Some(SqlState::UNIQUE_VIOLATION));
    let delete = "UPDATE folders SET deleted_at = now() WHERE name = 'Work' AND deleted_at IS NULL";
    for _ in 0..2 {
        assert_eq!(error_of(&mut transaction, delete), None);
        assert_eq!(
            error_of(&mut transaction, &insert),
            None,
            "the name of a deleted folder is free"
        );
    }
    let restore = "UPDATE folders SET deleted_at = NULL WHERE name = 'Work'";
    assert_eq!(error_of(&mut transaction, restore), Some(SqlState::UNIQUE_VIOLATION));
    let all: i64 = transaction
        .query_one("SELECT count(*) FROM folders WHERE name = 'Work'", &[])
        .unwrap()
        .get(0);
    assert_eq!(all, 3, "the bin stays visible to its user");
    transaction.batch_execute("RESET ROLE").unwrap();
    Actor::user("ben", BEN).sign_in(&mut transaction);
    let bens = insert.replace(ADA, BEN);
    assert_eq!(error_of(&mut transaction, &bens), None, "another user may use the name");
}

#[test]
fn a_user_has_one_live_key_a_provider() {
    let database = TestDatabase::of("promptpal");
    let mut client = database.connect();
    let mut transaction = with_rows(&mut client);
    Actor::user("ada", ADA).sign_in(&mut transaction);
    let insert = format!("INSERT INTO encrypted_api_keys {}", fill(TABLES[5].insert, ADA));
    assert_eq!(error_of(&mut transaction, &insert), None);
    assert_eq!(error_of(&mut transaction, &insert), Some(SqlState::UNIQUE_VIOLATION));
    assert_eq!(
        error_of(
            &mut transaction,
            "UPDATE encrypted_api_keys SET deleted_at = now() WHERE provider = 'new'"
        ),
        None
    );
    assert_eq!(error_of(&mut transaction, &insert), None);
}

#[test]
fn values_that_make_no_sense_are_refused() {
    let database = TestDatabase::of("promptpal");
    let mut client = database.connect();
    let mut transaction = with_rows(&mut client);
    for sql in [
        "UPDATE folders SET name = ' '",
        "UPDATE prompts SET title = ''",
        "UPDATE modules SET title = ''",
        "UPDATE modules SET order_index = -1",
        "UPDATE module_options SET label = ''",
        "UPDATE module_options SET metadata = '[]'",
        "UPDATE variables SET name = ''",
        "UPDATE variables SET config = '1'",
        "UPDATE encrypted_api_keys SET provider = ''",
        "UPDATE encrypted_api_keys SET ciphertext = ''",
        "UPDATE encrypted_api_keys SET nonce = '\\x00'",
        "UPDATE encrypted_api_keys SET key_version = 0",
        "UPDATE usage_tracking SET action = ''",
        "UPDATE usage_tracking SET details = 'null'",
    ] {
        assert_eq!(
            error_of(&mut transaction, sql),
            Some(SqlState::CHECK_VIOLATION),
            "{sql}"
        );
    }
    let unknown = "INSERT INTO folders (user_id, name) VALUES ('00000000-0000-4000-8000-000000000000', 'x')";
    assert_eq!(
        error_of(&mut transaction, unknown),
        Some(SqlState::FOREIGN_KEY_VIOLATION)
    );
}

/// Of what Ada's rows are deleted, and what is left of a table that held one row of each user.
const DELETE_RULES: &[(&str, &str, i64)] = &[
    ("auth.users", "public.folders", 1),
    ("auth.users", "public.prompts", 1),
    ("auth.users", "public.modules", 1),
    ("auth.users", "public.module_options", 1),
    ("auth.users", "public.variables", 1),
    ("auth.users", "public.encrypted_api_keys", 1),
    ("auth.users", "public.usage_tracking", 1),
    ("public.folders", "public.prompts", 2),
    ("public.folders", "public.prompts WHERE folder_id IS NULL", 1),
    ("public.prompts", "public.modules", 1),
    ("public.prompts", "public.module_options", 1),
    ("public.prompts", "public.variables", 1),
    ("public.prompts", "public.folders", 2),
    ("public.modules", "public.module_options", 1),
    ("public.modules", "public.prompts", 2),
];

#[test]
fn rows_go_or_stay_as_the_delete_rules_say() {
    let database = TestDatabase::of("promptpal");
    let mut client = database.connect();
    let mut transaction = with_rows(&mut client);
    for (deleted, left, expected) in DELETE_RULES {
        let mut savepoint = transaction.transaction().unwrap();
        // What a user deletes, they delete as themselves: the cascade is seen to reach what policies and grants would not.
        let condition = if *deleted == "auth.users" {
            format!("id = '{ADA}'")
        } else {
            Actor::user("ada", ADA).sign_in(&mut savepoint);
            "true".to_owned()
        };
        savepoint
            .batch_execute(&format!("DELETE FROM {deleted} WHERE {condition}; RESET ROLE"))
            .unwrap();
        let found: i64 = savepoint
            .query_one(&format!("SELECT count(*) FROM {left}"), &[])
            .unwrap()
            .get(0);
        assert_eq!(found, *expected, "rows in {left} after Ada's of {deleted} were deleted");
        savepoint.rollback().unwrap();
    }
}

#[test]
fn a_change_sets_updated_at_and_who_made_it_and_nobody_can_claim_to_be_another_author() {
    let database = TestDatabase::of("promptpal");
    let mut client = database.connect();
    for table in &TABLES[..6] {
        let mut transaction = with_rows(&mut client);
        let name = table.name;
        let long_ago = "2001-01-01 00:00:00+00";
        transaction
            .batch_execute(&format!(
                "ALTER TABLE {name} DISABLE TRIGGER USER; UPDATE {name} SET updated_at = '{long_ago}', created_by = '{BEN}';
                 ALTER TABLE {name} ENABLE TRIGGER USER"
            ))
            .unwrap();
        Actor::user("ada", ADA).sign_in(&mut transaction);
        let changed = transaction
            .query_one(
                &format!(
                    "UPDATE {name} SET {}, created_by = '{ADA}', updated_by = '{BEN}', updated_at = '{long_ago}'
                     RETURNING updated_at = now(), created_by::text, updated_by::text",
                    table.change
                ),
                &[],
            )
            .unwrap();
        let stamps: (bool, String, String) = (changed.get(0), changed.get(1), changed.get(2));
        assert_eq!(stamps, (true, BEN.to_owned(), ADA.to_owned()), "{name}");
        let insert = fill(table.insert, ADA)
            .replacen(')', ", created_by)", 1)
            .trim_end_matches(')')
            .to_owned();
        let made = transaction
            .query_one(
                &format!("INSERT INTO {name} {insert}, '{BEN}') RETURNING created_by::text, updated_by::text"),
                &[],
            )
            .unwrap();
        let authors: (String, String) = (made.get(0), made.get(1));
        assert_eq!(authors, (ADA.to_owned(), ADA.to_owned()), "{name}");
        transaction.rollback().unwrap();
    }
}

#[test]
fn without_a_user_the_author_is_who_the_service_says() {
    let database = TestDatabase::of("promptpal");
    let mut client = database.connect();
    let mut transaction = with_rows(&mut client);
    Actor::service().sign_in(&mut transaction);
    let row = transaction
        .query_one(
            &format!(
                "INSERT INTO folders (user_id, name, created_by) VALUES ('{ADA}', 'n', '{BEN}')
                 RETURNING created_by::text, updated_by::text"
            ),
            &[],
        )
        .unwrap();
    let authors: (String, String) = (row.get(0), row.get(1));
    assert_eq!(authors, (BEN.to_owned(), BEN.to_owned()));
}

/// IV2: the tables of a billing webhook, as they stood before the product came.
const WEBHOOK: &str = "
    CREATE TABLE public.customers (
        id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE, stripe_customer_id text UNIQUE);
    CREATE TABLE public.subscriptions (
        id text PRIMARY KEY, user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE, status text NOT NULL,
        current_period_end timestamptz);";

#[test]
fn the_tables_of_the_stripe_webhook_are_as_they_were_and_it_can_write_to_them() {
    let database = TestDatabase::before("promptpal");
    let mut client = database.connect();
    client.batch_execute(WEBHOOK).unwrap();
    let before = schema(&mut client);
    database.migrate("promptpal");
    let after = schema(&mut client);
    for block in before.split("\n\n").filter(|block| block.starts_with("table ")) {
        assert!(after.contains(block), "changed by the migration:\n{block}");
    }
    assert_eq!(before.matches("\ntable ").count(), 2);
    let mut transaction = with_rows(&mut client);
    transaction
        .batch_execute(&format!(
            "SET LOCAL ROLE service_role;
             INSERT INTO customers VALUES ('{ADA}', 'cus_1') ON CONFLICT (id) DO UPDATE SET stripe_customer_id = excluded.stripe_customer_id;
             INSERT INTO subscriptions VALUES ('sub_1', '{ADA}', 'active', now())
                 ON CONFLICT (id) DO UPDATE SET status = excluded.status;
             UPDATE subscriptions SET status = 'canceled' WHERE id = 'sub_1'"
        ))
        .unwrap();
}

#[test]
fn the_seeds_are_two_users_with_prompts_of_their_own() {
    let database = TestDatabase::of("promptpal");
    seeded(&database, &product("promptpal"));
    let mut client = database.connect();
    assert_eq!(count(&mut client, "auth.users"), 2);
    for table in &TABLES {
        assert!(count(&mut client, table.name) > 0, "{}", table.name);
    }
    let crossed = "prompts JOIN folders ON folders.id = folder_id WHERE folders.user_id <> prompts.user_id";
    assert_eq!(count(&mut client, crossed), 0);
}
