//! Who may do what with which rows of bilancompetence, tried as roles that the policies bind, and that these tests notice each policy.

mod tables;

use std::fmt::Write as _;

use postgres::error::SqlState;

use self::tables::{TABLES, Table};
use super::{PRODUCT, spelled_out, texts};
use crate::harness::TestDatabase;
use crate::harness::access::{Actor, Case, Catalogue, Expect, Suite};

/// The people of `rows.sql` by letter: who is signed out, the bilan's owner, a stranger, its consultant, the administrator of its
/// organization, the one of another organization, an ADMIN.
const PEOPLE: [char; 7] = ['N', 'O', 'S', 'C', 'G', 'F', 'A'];

/// The session variable of somebody: their id, or nothing for who is signed out.
fn user_id(person: char) -> String {
    match "OSCGFA".find(person) {
        Some(index) => format!("a0000000-0000-4000-8000-{:012}", index + 1),
        None => String::new(),
    }
}

/// As whom statements are sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum As {
    /// The application's role: no owner, with the rights of `grant_application`.
    Application,
    /// The owner of the tables, whom only FORCE binds.
    Owner,
}

/// The rows, and the roles of [`As`], which go with the transaction. Another run of the tests has roles of its own.
struct Fixture {
    application: String,
    owner: String,
    sql: String,
}

impl Fixture {
    fn of(database: &TestDatabase) -> Self {
        let (application, owner) = (
            format!("application_of_{}", database.name()),
            format!("owner_of_{}", database.name()),
        );
        // What new rows in the tables' cases need besides: a competency without an assessment, the place of an indicator.
        let mut sql = include_str!("rows.sql").to_owned()
            + &spelled_out(
                "INSERT INTO competencies (id, bilan_id, name, category) VALUES ({d2}, {c1}, 'm', 'TECHNICAL');",
            )
            + "DELETE FROM qualiopi_indicators WHERE number = 32;";
        let _ = write!(
            sql,
            "CREATE ROLE {application}; SELECT public.grant_application('{application}'); CREATE ROLE {owner};"
        );
        for table in TABLES {
            let _ = write!(sql, "ALTER TABLE {} OWNER TO {owner};", table.name);
        }
        Self {
            application,
            owner,
            sql,
        }
    }

    /// Somebody, with session variables besides that of who they are.
    fn actor(&self, kind: As, person: char, variables: &[(&str, &str)]) -> Actor {
        let (name, role) = match kind {
            As::Application => (person.to_string(), &self.application),
            As::Owner => (format!("{person} as the owner of the tables"), &self.owner),
        };
        let id = user_id(person);
        let variables: Vec<(&str, &str)> = [("app.user_id", id.as_str())]
            .into_iter()
            .chain(variables.iter().copied())
            .collect();
        Actor::new(&name, role, &variables)
    }

    fn suite(&self, cases: Vec<Case>) -> Suite {
        Suite {
            fixture: self.sql.clone(),
            tables: TABLES.iter().map(|table| table.name).collect(),
            cases,
            catalogue: Catalogue::IsNotAsked,
        }
    }
}

/// Everything that everybody tries on every table.
fn matrix(fixture: &Fixture, kind: As) -> Vec<Case> {
    let mut cases = Vec::new();
    for table in TABLES {
        for person in PEOPLE {
            let actor = fixture.actor(kind, person, &[]);
            let case = |(sql, expect): (String, Expect)| Case {
                actor: actor.clone(),
                table: table.name,
                sql: spelled_out(&sql),
                expect,
            };
            cases.extend(statements(table, kind, person).into_iter().map(case));
        }
    }
    cases
}

/// The statements that one person tries on one table, with what is to come of each.
fn statements(table: &Table, kind: As, person: char) -> Vec<(String, Expect)> {
    let Table { name, row, .. } = table;
    let spare = table.spare.unwrap_or(row);
    // An existing row is not found by who may not see it; a new one is refused.
    let if_found = |letters: &str| Expect::Rows(u64::from(letters.contains(person)));
    let mut all = vec![(format!("SELECT FROM {name} WHERE {row}"), if_found(table.select))];
    for (values, letters) in table.inserts {
        let expect = if letters.contains(person) {
            Expect::Rows(1)
        } else {
            Expect::RefusedByPolicy
        };
        all.push((format!("INSERT INTO {name} {values}"), expect));
    }
    let delete = format!("DELETE FROM {name} WHERE {spare}");
    let Some((change, letters)) = table.update else {
        let refused = match kind {
            As::Application => Expect::NotGranted,
            As::Owner => Expect::Fails(SqlState::RESTRICT_VIOLATION),
        };
        let update = format!("UPDATE {name} SET action = 'x' WHERE {row}");
        all.extend([delete, update, format!("TRUNCATE {name}")].map(|sql| (sql, refused.clone())));
        return all;
    };
    all.push((format!("UPDATE {name} SET {change} WHERE {row}"), if_found(letters)));
    all.push((delete, if_found(table.delete)));
    // A statement without WHERE and RETURNING reads nothing, so that only the policy of its own command is asked, and not that for SELECT.
    let refusal = match *name {
        // What was written to somebody is kept by a trigger, from an ADMIN too.
        "public.messages" => Expect::Fails(SqlState::RESTRICT_VIOLATION),
        _ => Expect::RefusedByPolicy,
    };
    for (change, row, refused) in table.moves {
        if refused.contains(person) {
            let of_all = format!("UPDATE {name} SET {change}");
            all.push((format!("{of_all} WHERE {row}"), refusal.clone()));
            all.push((of_all, refusal.clone()));
        }
    }
    if person == 'N' {
        all.push((format!("UPDATE {name} SET {change}"), Expect::Rows(0)));
        all.push((format!("DELETE FROM {name}"), Expect::Rows(0)));
    }
    all
}

/// How many accounts a session sees, by its variables.
fn lookups(fixture: &Fixture) -> Vec<Case> {
    let accounts = [
        ('N', &[][..], 0),
        ('N', &[("app.login_email", "")][..], 0),
        ('N', &[("app.login_email", "OWNER@EXAMPLE.ORG")], 1),
        ('N', &[("app.login_email", "%")], 0),
        ('N', &[("app.lookup", "self")], 0),
        // Signed in, the variable opens nothing; and that of the look-ups only narrows.
        ('S', &[("app.login_email", "owner@example.org")], 2),
        ('A', &[], 9),
        ('A', &[("app.lookup", "self")], 1),
        ('S', &[("app.lookup", "self")], 1),
    ];
    let case = |(person, variables, rows)| Case {
        actor: fixture.actor(As::Application, person, variables),
        table: "public.users",
        sql: "SELECT FROM public.users".to_owned(),
        expect: Expect::Rows(rows),
    };
    accounts.map(case).to_vec()
}

/// What an ADMIN can do with a document that has to be kept to the end of today.
fn retention(fixture: &Fixture) -> Vec<Case> {
    let keep = "UPDATE public.document_archive SET retain_until = CURRENT_DATE";
    [
        ("DELETE FROM public.document_archive".to_owned(), Expect::Rows(0)),
        (format!("{keep} - 1"), Expect::Fails(SqlState::RESTRICT_VIOLATION)),
        (format!("{keep} + 1"), Expect::Rows(1)),
    ]
    .map(|(sql, expect)| Case {
        actor: fixture.actor(As::Application, 'A', &[]),
        table: "public.document_archive",
        sql,
        expect,
    })
    .to_vec()
}

/// Tries cases on a database of their own; what else the fixture needs is in `more`.
#[track_caller]
fn assert_held(cases: impl FnOnce(&Fixture) -> Vec<Case>, more: &str) {
    let database = TestDatabase::of(PRODUCT);
    let mut fixture = Fixture::of(&database);
    fixture.sql.push_str(more);
    let suite = fixture.suite(cases(&fixture));
    eprintln!("{PRODUCT}: {} cases of access", suite.cases.len());
    assert!(!suite.cases.is_empty());
    assert_eq!(suite.violations(&mut database.connect()), Vec::<String>::new());
}

#[test]
fn the_applications_role_is_held_to_every_policy() {
    assert_held(|fixture| matrix(fixture, As::Application), "");
}

#[test]
fn the_owner_is_held_to_every_policy() {
    assert_held(|fixture| matrix(fixture, As::Owner), "");
}

#[test]
fn a_session_that_is_signed_out_sees_the_one_account_whose_e_mail_it_names() {
    assert_held(lookups, "");
}

#[test]
fn an_archived_document_is_not_deleted_before_its_time() {
    assert_held(
        retention,
        "UPDATE public.document_archive SET retain_until = CURRENT_DATE;",
    );
}

#[test]
fn every_table_is_probed() {
    let database = TestDatabase::of(PRODUCT);
    let mut client = database.connect();
    let mut transaction = client.transaction().unwrap();
    let found = texts(
        &mut transaction,
        "SELECT 'public.' || relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity ORDER BY 1",
    );
    let mut probed: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    probed.sort_unstable();
    assert_eq!(found, probed);
}

#[test]
fn no_mutant_of_the_policies_goes_unnoticed() {
    let database = TestDatabase::of(PRODUCT);
    let fixture = Fixture::of(&database);
    let mut cases = matrix(&fixture, As::Owner);
    cases.extend(lookups(&fixture));
    let mutation = fixture.suite(cases).mutate(&mut database.connect());
    mutation.assert_no_survivors(PRODUCT);
    assert_eq!(mutation.count(), 229);
}

#[test]
fn a_registration_is_taken_as_the_application_sends_it() {
    let database = TestDatabase::of(PRODUCT);
    let mut client = database.connect();
    let mut transaction = client.transaction().unwrap();
    let fixture = Fixture::of(&database);
    transaction.batch_execute(&fixture.sql).unwrap();
    fixture
        .actor(As::Application, 'N', &[("app.login_email", "Test@Example.com")])
        .sign_in(&mut transaction);
    let insert = "INSERT INTO users (email, password_hash, full_name, role)
        VALUES ($1, $2, $3, 'BENEFICIARY') RETURNING email, full_name, role";
    let row = transaction
        .query_one(insert, &[&"Test@Example.com", &"$2b$hash", &"Test User"])
        .unwrap();
    let row: [String; 3] = [row.get(0), row.get(1), row.get(2)];
    assert_eq!(row, ["Test@Example.com", "Test User", "BENEFICIARY"]);
    let by_email = "SELECT full_name FROM users WHERE lower(email) = lower($1::text)";
    let found = transaction.query_one(by_email, &[&"TEST@example.COM"]).unwrap();
    assert_eq!(found.get::<_, String>(0), "Test User");
    let again = transaction
        .query(insert, &[&"test@example.com", &"$2b$hash", &"Other"])
        .unwrap_err();
    assert_eq!(again.code(), Some(&SqlState::UNIQUE_VIOLATION));
    assert_eq!(again.as_db_error().unwrap().constraint(), Some("idx_users_lower_email"));
}
