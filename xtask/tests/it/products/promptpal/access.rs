//! Who can do what to whose rows, and that these tests notice each policy.

use super::{ADA, BEN, TABLES, Table, fill, one_row_each, row};
use crate::harness::TestDatabase;
use crate::harness::access::{Actor, Case, Catalogue, Expect, Suite};

fn suite() -> Suite {
    let mut cases = Vec::new();
    for table in &TABLES {
        cases.extend(users_cases(table, ADA, BEN));
        cases.extend(users_cases(table, BEN, ADA));
        cases.extend(cases_of_nobody(table));
        cases.extend(cases_of_the_service(table));
    }
    cases.extend(foreign_folders());
    Suite {
        fixture: one_row_each(ADA) + &one_row_each(BEN),
        tables: TABLES.iter().map(|table| table.name).collect(),
        cases,
        catalogue: Catalogue::HasAPolicyForEachCommand,
    }
}

fn case(actor: &Actor, table: &Table, sql: String, expect: Expect) -> Case {
    Case {
        actor: actor.clone(),
        table: table.name,
        sql,
        expect,
    }
}

/// What a signed-in user can and can't do. Statements without WHERE read no column, so that the SELECT policy does not hide what the
/// others let through.
fn users_cases(table: &Table, own: &str, other: &str) -> Vec<Case> {
    let actor = Actor::user(if own == ADA { "ada" } else { "ben" }, own);
    let Table {
        name,
        insert,
        change,
        give,
        letter,
    } = *table;
    let (my_row, foreign_row) = (row(letter, own), row(letter, other));
    let append_only = name == "public.usage_tracking";
    let one_if_mutable = Expect::Rows(u64::from(!append_only));
    let given_away = if append_only {
        Expect::Rows(0)
    } else {
        Expect::RefusedByPolicy
    };
    [
        (format!("SELECT FROM {name}"), Expect::Rows(1)),
        (format!("SELECT FROM {name} WHERE id = '{my_row}'"), Expect::Rows(1)),
        (
            format!("SELECT FROM {name} WHERE id = '{foreign_row}'"),
            Expect::Rows(0),
        ),
        (format!("INSERT INTO {name} {}", fill(insert, own)), Expect::Rows(1)),
        (
            format!("INSERT INTO {name} {}", fill(insert, other)),
            Expect::RefusedByPolicy,
        ),
        (format!("UPDATE {name} SET {change}"), one_if_mutable.clone()),
        (
            format!("UPDATE {name} SET {change} WHERE id = '{my_row}'"),
            one_if_mutable.clone(),
        ),
        (
            format!("UPDATE {name} SET {change} WHERE id = '{foreign_row}'"),
            Expect::Rows(0),
        ),
        (format!("UPDATE {name} SET {}", fill(give, own)), one_if_mutable.clone()),
        (format!("UPDATE {name} SET {}", fill(give, other)), given_away),
        (format!("DELETE FROM {name}"), one_if_mutable.clone()),
        (format!("DELETE FROM {name} WHERE id = '{my_row}'"), one_if_mutable),
        (
            format!("DELETE FROM {name} WHERE id = '{foreign_row}'"),
            Expect::Rows(0),
        ),
        (format!("TRUNCATE {name} CASCADE"), Expect::NotGranted),
    ]
    .into_iter()
    .map(|(sql, expect)| case(&actor, table, sql, expect))
    .collect()
}

/// Those who see nothing: nobody, a session without a user, and the owner of the table.
fn cases_of_nobody(table: &Table) -> Vec<Case> {
    let name = table.name;
    let statements = [
        (format!("SELECT FROM {name}"), Expect::Rows(0)),
        (
            format!("INSERT INTO {name} {}", fill(table.insert, ADA)),
            Expect::RefusedByPolicy,
        ),
        (format!("UPDATE {name} SET {}", table.change), Expect::Rows(0)),
        (format!("DELETE FROM {name}"), Expect::Rows(0)),
    ];
    [
        Actor::anon(),
        Actor::without_subject(),
        Actor::owner_of(name, &["auth"]),
    ]
    .iter()
    .flat_map(|actor| statements.clone().map(|(sql, expect)| case(actor, table, sql, expect)))
    .collect()
}

fn cases_of_the_service(table: &Table) -> Vec<Case> {
    let name = table.name;
    [
        (format!("SELECT FROM {name}"), 2),
        (format!("INSERT INTO {name} {}", fill(table.insert, ADA)), 1),
        (
            format!(
                "UPDATE {name} SET {} WHERE id = '{}'",
                fill(table.give, BEN),
                row(table.letter, ADA)
            ),
            1,
        ),
        (format!("UPDATE {name} SET {}", table.change), 2),
        (format!("DELETE FROM {name}"), 2),
    ]
    .into_iter()
    .map(|(sql, rows)| case(&Actor::service(), table, sql, Expect::Rows(rows)))
    .collect()
}

/// A prompt of one's own in somebody else's folder, and a row of somebody else's written over.
fn foreign_folders() -> Vec<Case> {
    let (ada, prompts, folders) = (Actor::user("ada", ADA), &TABLES[1], &TABLES[0]);
    let foreign = row('f', BEN);
    [
        (
            prompts,
            format!("INSERT INTO public.prompts (user_id, folder_id, title) VALUES ('{ADA}', '{foreign}', 'new')"),
        ),
        (prompts, format!("UPDATE public.prompts SET folder_id = '{foreign}'")),
        (
            folders,
            format!(
                "INSERT INTO public.folders (id, user_id, name) VALUES ('{foreign}', '{ADA}', 'mine')
                 ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id"
            ),
        ),
    ]
    .into_iter()
    .map(|(table, sql)| case(&ada, table, sql, Expect::RefusedByPolicy))
    .collect()
}

#[test]
fn each_user_reads_and_writes_their_own_rows_and_nobody_elses() {
    let database = TestDatabase::of("promptpal");
    assert_eq!(suite().violations(&mut database.connect()), Vec::<String>::new());
}

#[test]
fn every_mutant_of_the_policies_is_noticed() {
    let database = TestDatabase::of("promptpal");
    let mutation = suite().mutate(&mut database.connect());
    mutation.assert_no_survivors("promptpal");
    assert_eq!(mutation.mutants["dropped"], 28);
    assert_eq!(
        mutation.by_catalogue,
        [
            "public.usage_tracking: usage_tracking_delete dropped",
            "public.usage_tracking: usage_tracking_update dropped"
        ]
    );
}
