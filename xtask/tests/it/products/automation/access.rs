//! Who can do what to whose rows, and that these tests notice each policy.

use postgres::Transaction;

use super::{
    ADA, ADMIN, BEN, CYD, Kind, TABLES, Table, UNPUBLISHED, count, fill, migrated, row, rows, sign_in, texts, with_rows,
};
use crate::harness::access::{Actor, Case, Catalogue, Expect, Suite};

/// How many rows of a table there are, and how many of them anybody may read.
struct Rows {
    all: u64,
    published: u64,
}

fn rows_of(number: usize) -> Rows {
    let (all, published) = match (number, TABLES[number - 1].kind) {
        (1, _) => (3, 0),
        (6, _) => (5, 4),
        (_, Kind::Library) => (4, 3),
        (_, Kind::Owned | Kind::Metered) => (2, 0),
    };
    Rows { all, published }
}

fn suite() -> Suite {
    let mut cases = Vec::new();
    for (index, table) in TABLES.iter().enumerate() {
        let number = index + 1;
        let mut add = |actor: &Actor, statements: Vec<(String, Expect)>| {
            cases.extend(statements.into_iter().map(|(sql, expect)| Case {
                actor: actor.clone(),
                table: table.name,
                sql,
                expect,
            }));
        };
        add(&Actor::anon(), as_anon(table, number));
        add(&Actor::without_subject(), as_reader(table, number));
        add(&user("a stranger", CYD), as_reader(table, number));
        add(&user("ada", ADA), as_owner(table, number, ADA, BEN));
        add(&user("ben", BEN), as_owner(table, number, BEN, ADA));
        add(&user("an admin", ADMIN), as_admin(table, number));
        add(&Actor::service(), as_service(table, number));
        add(&Actor::owner_of(table.name, &[]), as_tables_owner(table));
    }
    cases.extend(towards_admin());
    Suite {
        fixture: rows(),
        tables: TABLES.iter().map(|table| table.name).collect(),
        cases,
        catalogue: Catalogue::IsNotAsked,
    }
}

fn user(name: &str, letter: char) -> Actor {
    Actor::user(name, &row(0, letter))
}

/// What a table's user is asked to change, to give away and to insert: one of Cyd's profile, since all others have theirs.
fn somebody_else(number: usize, other: char) -> char {
    if number == 1 { CYD } else { other }
}

/// SELECT, INSERT, UPDATE and DELETE without a condition, so that no column is read and the policy of the command alone decides.
fn four(table: &Table, user: char, expect: [Expect; 4]) -> Vec<(String, Expect)> {
    let name = table.name;
    let statements = [
        format!("SELECT FROM {name}"),
        format!("INSERT INTO {name} {}", fill(table.insert, user)),
        format!("UPDATE {name} SET {}", table.change),
        format!("DELETE FROM {name}"),
    ];
    statements.into_iter().zip(expect).collect()
}

/// Who is not signed in reads the library; of the rest, nothing is granted to them.
fn as_anon(table: &Table, number: usize) -> Vec<(String, Expect)> {
    let read = if table.kind == Kind::Library {
        Expect::Rows(rows_of(number).published)
    } else {
        Expect::NotGranted
    };
    let mut statements = four(
        table,
        ADA,
        [read, Expect::NotGranted, Expect::NotGranted, Expect::NotGranted],
    );
    statements.push((format!("TRUNCATE {}", table.name), Expect::NotGranted));
    statements
}

/// Who is signed in and has no rows, and a session whose claims name no user: they read the library, and find and write no row of anybody.
fn as_reader(table: &Table, number: usize) -> Vec<(String, Expect)> {
    let [insert, change] = if table.kind == Kind::Metered {
        [Expect::NotGranted, Expect::NotGranted]
    } else {
        [Expect::RefusedByPolicy, Expect::Rows(0)]
    };
    let read = Expect::Rows(rows_of(number).published);
    let mut statements = four(table, ADA, [read, insert, change.clone(), change.clone()]);
    let (name, give) = (table.name, fill(table.give, CYD));
    if table.kind != Kind::Library {
        statements.push((format!("UPDATE {name} SET {give}"), change));
    }
    statements.push((format!("TRUNCATE {name}"), Expect::NotGranted));
    statements
}

/// A user with a row: they read and write it and cannot give it away, nor find somebody else's.
fn as_owner(table: &Table, number: usize, own: char, other: char) -> Vec<(String, Expect)> {
    let name = table.name;
    if table.kind == Kind::Library {
        let mut statements = as_reader(table, number);
        let hidden = row(number, UNPUBLISHED);
        statements.push((format!("SELECT FROM {name} WHERE id = '{hidden}'"), Expect::Rows(0)));
        statements.push((format!("UPDATE {name} SET {}", fill(table.give, own)), Expect::Rows(0)));
        return statements;
    }
    let (mine, foreign) = (row(number, own), row(number, other));
    let receiver = somebody_else(number, other);
    let write = |expect: Expect| {
        if table.kind == Kind::Metered {
            Expect::NotGranted
        } else {
            expect
        }
    };
    let mut statements = vec![
        (format!("SELECT FROM {name}"), Expect::Rows(1)),
        (format!("SELECT FROM {name} WHERE id = '{mine}'"), Expect::Rows(1)),
        (format!("SELECT FROM {name} WHERE id = '{foreign}'"), Expect::Rows(0)),
        (
            format!("INSERT INTO {name} {}", fill(table.insert, receiver)),
            write(Expect::RefusedByPolicy),
        ),
        (format!("UPDATE {name} SET {}", table.change), write(Expect::Rows(1))),
        (
            format!("UPDATE {name} SET {} WHERE id = '{foreign}'", table.change),
            write(Expect::Rows(0)),
        ),
        (
            format!("UPDATE {name} SET {}", fill(table.give, own)),
            write(Expect::Rows(1)),
        ),
        (
            format!("UPDATE {name} SET {}", fill(table.give, receiver)),
            write(Expect::RefusedByPolicy),
        ),
        (
            format!("UPDATE {name} SET {} WHERE id = '{mine}'", fill(table.give, receiver)),
            write(Expect::RefusedByPolicy),
        ),
        (
            format!("DELETE FROM {name} WHERE id = '{foreign}'"),
            write(Expect::Rows(0)),
        ),
        (
            format!("DELETE FROM {name} WHERE id = '{mine}'"),
            write(Expect::Rows(1)),
        ),
        (format!("DELETE FROM {name}"), write(Expect::Rows(1))),
        (format!("TRUNCATE {name}"), Expect::NotGranted),
    ];
    // Each user has their one profile already: a stranger makes theirs in `towards_admin`.
    if number != 1 {
        statements.push((
            format!("INSERT INTO {name} {}", fill(table.insert, own)),
            write(Expect::Rows(1)),
        ));
    }
    statements
}

/// An admin reads and writes everything but what the service alone writes, which they read.
fn as_admin(table: &Table, number: usize) -> Vec<(String, Expect)> {
    if table.kind == Kind::Metered {
        let all = Expect::Rows(rows_of(number).all);
        let mut statements = four(
            table,
            ADA,
            [all, Expect::NotGranted, Expect::NotGranted, Expect::NotGranted],
        );
        statements.push((format!("TRUNCATE {}", table.name), Expect::NotGranted));
        return statements;
    }
    let mut statements = as_service(table, number);
    statements.push((format!("TRUNCATE {}", table.name), Expect::NotGranted));
    statements
}

fn as_service(table: &Table, number: usize) -> Vec<(String, Expect)> {
    let name = table.name;
    let all = rows_of(number).all;
    let mut statements = four(
        table,
        somebody_else(number, ADA),
        [Expect::Rows(all), Expect::Rows(1), Expect::Rows(all), Expect::Rows(all)],
    );
    // What users have taken up keeps an automation and its steps.
    if matches!(number, 4 | 6) {
        statements.pop();
    }
    let one = match table.kind {
        Kind::Library => row(number, UNPUBLISHED),
        Kind::Owned | Kind::Metered => row(number, ADA),
    };
    let give = fill(table.give, somebody_else(number, BEN));
    statements.push((format!("UPDATE {name} SET {give} WHERE id = '{one}'"), Expect::Rows(1)));
    statements.push((format!("DELETE FROM {name} WHERE id = '{one}'"), Expect::Rows(1)));
    statements
}

/// Whoever owns the table and is nobody special otherwise: policies are forced, and none is for them.
fn as_tables_owner(table: &Table) -> Vec<(String, Expect)> {
    let none = Expect::Rows(0);
    let expect = [none.clone(), Expect::RefusedByPolicy, none.clone(), none];
    four(table, ADA, expect)
}

/// Ways to become an admin, none of which is open but to an admin.
fn towards_admin() -> Vec<Case> {
    let [ada, cyd, admin] = [ADA, CYD, ADMIN].map(|letter| row(0, letter));
    let of_cyd = format!("INSERT INTO public.user_profiles (user_id, role) VALUES ('{cyd}', ");
    let refused = Expect::RefusedByPolicy;
    let (as_ada, as_cyd, as_admin) = (user("ada", ADA), user("a stranger", CYD), user("an admin", ADMIN));
    [
        (&as_ada, "UPDATE public.user_profiles SET role = 'admin'".to_owned(), refused.clone()),
        (
            &as_ada,
            format!("UPDATE public.user_profiles SET role = 'admin' WHERE user_id = '{ada}'"),
            refused.clone(),
        ),
        (
            &as_ada,
            format!(
                "INSERT INTO public.user_profiles (user_id) VALUES ('{ada}') ON CONFLICT (user_id) DO UPDATE SET role = 'admin'"
            ),
            refused.clone(),
        ),
        (
            &as_ada,
            "WITH gone AS (DELETE FROM public.user_profiles RETURNING user_id)
             INSERT INTO public.user_profiles (user_id, role) SELECT user_id, 'admin' FROM gone"
                .to_owned(),
            refused.clone(),
        ),
        (
            &as_ada,
            format!("UPDATE public.user_profiles SET user_id = '{ada}' WHERE user_id = '{admin}'"),
            Expect::Rows(0),
        ),
        (&as_cyd, format!("{of_cyd} 'admin')"), refused),
        (&as_cyd, format!("{of_cyd} 'user')"), Expect::Rows(1)),
        (
            &as_admin,
            format!("UPDATE public.user_profiles SET role = 'admin' WHERE user_id = '{ada}'"),
            Expect::Rows(1),
        ),
        (&as_admin, format!("{of_cyd} 'admin')"), Expect::Rows(1)),
    ]
    .into_iter()
    .map(|(actor, sql, expect)| Case {
        actor: actor.clone(),
        table: "public.user_profiles",
        sql,
        expect,
    })
    .collect()
}

#[test]
fn each_reads_and_writes_what_is_theirs_and_nothing_else() {
    migrated(|client| {
        let suite = suite();
        eprintln!("automation: {} cases of access", suite.cases.len());
        assert!(suite.cases.len() > 13 * 8 * 4, "{}", suite.cases.len());
        assert_eq!(suite.violations(client), Vec::<String>::new());
    });
}

#[test]
fn every_mutant_of_the_policies_is_noticed() {
    migrated(|client| {
        let policies = count(client, "pg_policies WHERE schemaname = 'public'");
        let mutation = suite().mutate(client);
        mutation.assert_no_survivors("automation");
        assert_eq!(policies, 50);
        assert_eq!(mutation.mutants["dropped"], 50);
        assert_eq!(mutation.mutants["disabled"], 13);
        assert_eq!(mutation.by_catalogue, Vec::<String>::new());
    });
}

/// Changes that the policies' mutants do not hold: of grants, of a part of a condition, of the function that tells an admin.
const OTHER_MUTANTS: &[&str] = &[
    "GRANT INSERT ON public.subscriptions TO authenticated",
    "GRANT UPDATE ON public.usage_metrics TO authenticated",
    "GRANT SELECT ON public.user_profiles TO anon",
    "GRANT TRUNCATE ON public.automations TO anon",
    "REVOKE SELECT ON public.step_media FROM anon",
    "REVOKE EXECUTE ON FUNCTION public.is_admin() FROM authenticated",
    "CREATE OR REPLACE FUNCTION public.is_admin() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
        AS 'SELECT false'",
    "CREATE OR REPLACE FUNCTION public.is_admin() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
        AS 'SELECT EXISTS (SELECT FROM public.user_profiles WHERE user_id = auth.uid())'",
    "ALTER POLICY user_profiles_insert ON public.user_profiles WITH CHECK (user_id = auth.uid() OR public.is_admin())",
    "ALTER POLICY user_profiles_update ON public.user_profiles WITH CHECK (user_id = auth.uid() OR public.is_admin())",
    "ALTER POLICY user_profiles_update ON public.user_profiles WITH CHECK (role = 'user' OR public.is_admin())",
    "CREATE POLICY more ON public.subscriptions FOR SELECT TO authenticated USING (status = 'active')",
    "CREATE POLICY more ON public.automations FOR SELECT TO anon USING (difficulty = 'easy')",
];

#[test]
fn a_wider_or_narrower_grant_condition_or_test_for_an_admin_is_noticed() {
    migrated(|client| {
        let mut survivors = OTHER_MUTANTS.to_vec();
        survivors.retain(|mutant| {
            let mut suite = suite();
            suite.fixture += mutant;
            suite.violations(client).is_empty()
        });
        assert_eq!(survivors, Vec::<&str>::new());
    });
}

/// As its caller it would ask the policy that asks it; whether that ends hangs on the plan, so the catalogue is asked.
#[test]
fn the_test_for_an_admin_runs_as_its_owner_with_a_pinned_path_and_only_for_who_is_signed_in() {
    migrated(|client| {
        let row = client
            .query_one(
                "SELECT prosecdef AND provolatile = 's' AND proconfig = ARRAY['search_path=\"\"'],
                    has_function_privilege('authenticated', oid, 'EXECUTE'),
                    has_function_privilege('anon', oid, 'EXECUTE'),
                    EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0)
                 FROM pg_proc WHERE oid = 'public.is_admin()'::regprocedure",
                &[],
            )
            .unwrap();
        let found: (bool, bool, bool, bool) = (row.get(0), row.get(1), row.get(2), row.get(3));
        assert_eq!(found, (true, true, false, false));
    });
}

#[test]
fn who_is_no_admin_any_more_is_a_user_and_who_has_become_one_is_an_admin() {
    with_rows(|transaction| {
        let (ada, admin) = (row(0, ADA), row(0, ADMIN));
        assert_eq!([&ada, &admin].map(|user| sessions_of(transaction, user)), [1, 2]);
        sign_in(transaction, &admin);
        let swap = format!(
            "UPDATE public.user_profiles SET role = CASE user_id WHEN '{ada}' THEN 'admin' ELSE 'user' END
             WHERE user_id IN ('{ada}', '{admin}'); RESET ROLE"
        );
        transaction.batch_execute(&swap).unwrap();
        assert_eq!([&ada, &admin].map(|user| sessions_of(transaction, user)), [2, 0]);
    });
}

/// How many sessions a user sees.
fn sessions_of(transaction: &mut Transaction<'_>, user: &str) -> i64 {
    let mut savepoint = transaction.transaction().unwrap();
    sign_in(&mut savepoint, user);
    let seen = count(&mut savepoint, "public.questionnaire_sessions");
    savepoint.rollback().unwrap();
    seen
}

/// A table of the same name that the user may write to leads nobody astray.
#[test]
fn another_search_path_makes_nobody_an_admin() {
    with_rows(|transaction| {
        let ada = row(0, ADA);
        sign_in(transaction, &ada);
        transaction
            .batch_execute(&format!(
                "CREATE TEMPORARY TABLE user_profiles (user_id uuid, role text);
                 INSERT INTO pg_temp.user_profiles VALUES ('{ada}', 'admin');
                 SET LOCAL search_path = pg_temp, public"
            ))
            .unwrap();
        assert_eq!(texts(transaction, "SELECT role FROM user_profiles"), ["admin"]);
        let admin: bool = transaction.query_one("SELECT public.is_admin()", &[]).unwrap().get(0);
        assert!(!admin);
        assert_eq!(count(transaction, "public.questionnaire_sessions"), 1);
    });
}
