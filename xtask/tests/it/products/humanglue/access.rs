//! Who can do what to whose rows, tried as everybody of two organizations, and that these tests notice each policy.

mod tables;

use postgres::Client;
use postgres::error::SqlState;

use self::tables::{TABLES, Table};
use super::{PLATFORM_ADMIN, PRODUCT, id, spelled_out, with_rows};
use crate::harness::TestDatabase;
use crate::harness::access::{Actor, Case, Catalogue, Change, Expect, Suite};

/// The people of one organization, by their letters in `rows.sql`.
const PEOPLE: [char; 6] = ['M', 'S', 'L', 'I', 'J', 'A'];

fn suite() -> Suite {
    Suite {
        fixture: super::rows(),
        tables: TABLES.iter().map(|(name, _)| *name).collect(),
        cases: TABLES
            .iter()
            .flat_map(|table| {
                let people = [1, 2].into_iter().flat_map(|own| cases_of_people(table, own));
                people
                    .chain(cases_of_nobody(table))
                    .chain(cases_of_the_service(table))
                    .collect::<Vec<Case>>()
            })
            .collect(),
        catalogue: Catalogue::HasAPolicyForEachCommand,
    }
}

/// Everybody of the organization `own`, and the platform's admin as one who looks at it.
fn cases_of_people((table, statements): &Table, own: u8) -> Vec<Case> {
    let people = PEOPLE.iter().map(|letter| (*letter, id(own, &letter.to_string())));
    let mut cases = Vec::new();
    for (letter, user) in people.chain([('P', PLATFORM_ADMIN.to_owned())]) {
        let actor = Actor::user(&format!("{letter} of {own}"), &user);
        let mut add = |sql: &str, expect: Expect| {
            let sql = spelled_out(&sql.replace("{t}", table).replace("{me}", &format!("'{user}'")), own);
            let actor = actor.clone();
            cases.push(Case {
                actor,
                table,
                sql,
                expect,
            });
        };
        for (sql, ends) in *statements {
            if let Some(expect) = ending(sql, ends, letter) {
                add(sql, expect);
            }
        }
        add("TRUNCATE {t} CASCADE", Expect::NotGranted);
    }
    cases
}

/// How a statement ends for the person `letter`, if it is tried: see [`tables`].
fn ending(sql: &str, ends: &str, letter: char) -> Option<Expect> {
    let Some(own) = ends.split(' ').find(|end| end.starts_with([letter, '*'])) else {
        return Some(otherwise(sql));
    };
    match own[1..].split_at_checked(1).unwrap() {
        ("?", _) => None,
        ("-", _) => Some(Expect::RefusedByPolicy),
        ("/", _) => Some(Expect::NotGranted),
        ("!", code) => Some(Expect::Fails(SqlState::from_code(code))),
        _ => Some(Expect::Rows(own[1..].parse().unwrap())),
    }
}

/// How a statement ends for those whom no policy lets.
fn otherwise(sql: &str) -> Expect {
    if sql.starts_with("INSERT") {
        Expect::RefusedByPolicy
    } else {
        Expect::Rows(0)
    }
}

/// Those who see nothing: a session without a user, the owner of the table, and anon, who is not even granted to look.
fn cases_of_nobody((table, statements): &Table) -> Vec<Case> {
    let tried = statements
        .iter()
        .filter(|(sql, ends)| sql.contains("{t}") && !ends.contains('*'));
    tried
        .flat_map(|(sql, _)| {
            let case = |actor: Actor, expect: Expect| Case {
                actor,
                table,
                sql: spelled_out(
                    &sql.replace("{t}", table).replace("{me}", &format!("'{}'", id(1, "M"))),
                    1,
                ),
                expect,
            };
            [
                case(Actor::anon(), Expect::NotGranted),
                case(Actor::without_subject(), otherwise(sql)),
                case(Actor::owner_of(table, &["auth", "private"]), otherwise(sql)),
            ]
        })
        .collect()
}

/// The service can do what the platform's admin can, and more of what only time forbids.
fn cases_of_the_service((table, statements): &Table) -> Vec<Case> {
    let cases: Vec<Case> = statements
        .iter()
        .filter_map(|(sql, ends)| {
            let like = if ends.contains('V') { 'V' } else { 'P' };
            let expect = ending(sql, ends, like).filter(|expect| matches!(expect, Expect::Rows(1..)))?;
            let sql = sql
                .replace("{t}", table)
                .replace("{me}", &format!("'{PLATFORM_ADMIN}'"));
            Some(Case {
                actor: Actor::service(),
                table,
                sql: spelled_out(&sql, 1),
                expect,
            })
        })
        .collect();
    for verb in ["SELECT", "INSERT", "UPDATE", "DELETE"] {
        assert!(cases.iter().any(|case| case.sql.starts_with(verb)), "{verb} {table}");
    }
    cases
}

#[test]
fn everybody_reads_and_writes_what_is_theirs_and_nothing_of_another_organization() {
    let suite = suite();
    assert_eq!(suite.tables.len(), 29);
    let database = TestDatabase::of(PRODUCT);
    assert_eq!(suite.violations(&mut database.connect()), Vec::<String>::new());
    eprintln!("{PRODUCT}: {} cases", suite.cases.len());
}

#[test]
fn every_mutant_of_the_policies_is_noticed() {
    let database = TestDatabase::of(PRODUCT);
    let mutation = suite().mutate(&mut database.connect());
    mutation.assert_no_survivors(PRODUCT);
    assert_eq!(mutation.mutants["dropped"], 116);
    assert_eq!(mutation.by_catalogue, Vec::<String>::new());
}

#[test]
fn a_view_that_reads_past_the_policies_is_noticed() {
    let views = [
        ("user_unread_notifications", "public.notifications"),
        ("instructor_recent_activity", "public.student_activity"),
        ("live_course_stats", "public.courses"),
        ("course_enrollments", "public.enrollments"),
        ("lesson_progress", "public.student_progress"),
    ];
    let changes: Vec<Change> = views
        .iter()
        .map(|(view, table)| Change {
            name: (*view).to_owned(),
            table: (*table).to_owned(),
            sql: format!("ALTER VIEW public.{view} RESET (security_invoker)"),
        })
        .collect();
    let database = TestDatabase::of(PRODUCT);
    let mutation = suite().mutate_by(&mut database.connect(), &changes);
    mutation.assert_no_survivors("views of humanglue");
    assert_eq!(mutation.count(), 5);
}

/// The functions that policies call, and the table whose cases notice the soonest that one is changed.
const NOTICED_BY: [(&str, &str); 14] = [
    ("administered_organization", "public.teams"),
    ("attended_workshops", "public.workshop_feedback"),
    ("enrolled_courses", "public.student_presence"),
    ("is_admin", "public.organizations"),
    ("led_users", "public.users"),
    ("managed_courses", "public.course_sections"),
    ("managed_teams", "public.team_members"),
    ("managed_users", "public.instructor_settings"),
    ("managed_workshops", "public.workshop_feedback"),
    ("open_courses", "public.enrollments"),
    ("open_workshops", "public.workshop_registrations"),
    ("organization", "public.organizations"),
    ("organization_users", "public.instructor_profiles"),
    ("students", "public.users"),
];

/// Policies are as good as the functions that they call: each of those with one condition left out at a time.
#[test]
fn every_mutant_of_the_policies_functions_is_noticed() {
    let database = TestDatabase::of(PRODUCT);
    let mut client = database.connect();
    let functions = client
        .query(
            "SELECT proname::text, pg_get_function_result(oid), regexp_replace(prosrc, '\\s+', ' ', 'g') FROM pg_proc
             WHERE pronamespace = 'private'::regnamespace AND prorettype <> 'trigger'::regtype ORDER BY 1",
            &[],
        )
        .unwrap();
    assert_eq!(functions.len(), 14);
    let mut changes = Vec::new();
    for function in functions {
        let [name, result, body]: [String; 3] = std::array::from_fn(|index| function.get(index));
        let mutants = mutants_of(&body);
        assert!(!mutants.is_empty(), "{name}");
        changes.extend(mutants.into_iter().map(|body| {
            Change {
                name: format!("{name}: {body}"),
                table: NOTICED_BY
                    .iter()
                    .find(|(function, _)| *function == name)
                    .unwrap()
                    .1
                    .to_owned(),
                sql: format!(
                    "CREATE OR REPLACE FUNCTION private.{name}() RETURNS {result} LANGUAGE sql STABLE SECURITY DEFINER
                 SET search_path = '' AS $${body}$$"
                ),
            }
        }));
    }
    let mutation = suite().mutate_by(&mut client, &changes);
    mutation.assert_no_survivors("functions of humanglue");
    assert!(mutation.count() > 20, "{}", mutation.count());
}

/// The body with one condition left out at a time.
fn mutants_of(body: &str) -> Vec<String> {
    const CONDITIONS: [&str; 22] = [
        "person.organization_id = (SELECT private.organization())",
        "person.organization_id = (SELECT private.administered_organization())",
        "person.id = auth.uid()",
        "granted.user_id = auth.uid()",
        "granted.role = 'admin'",
        "granted.role = 'org_admin'",
        "lead.user_id = auth.uid()",
        "lead.role = 'team_lead'",
        "enrollment.user_id = (SELECT auth.uid())",
        "enrollment.status <> 'dropped'",
        "registration.user_id = (SELECT auth.uid())",
        "registration.status = 'attended'",
        "course.instructor_id = (SELECT auth.uid())",
        "course.organization_id = (SELECT private.administered_organization())",
        "course.status = 'published'",
        "course.price = 0",
        "team.organization_id = (SELECT private.administered_organization())",
        "workshop.instructor_id = (SELECT auth.uid())",
        "workshop.organization_id = (SELECT private.administered_organization())",
        "workshop.status = 'published'",
        "workshop.price = 0",
        "(SELECT private.is_admin())",
    ];
    CONDITIONS
        .iter()
        .filter(|condition| body.contains(**condition))
        .map(|condition| body.replace(condition, "true"))
        .collect()
}

#[test]
fn who_moves_to_another_organization_leaves_courses_people_and_roles_behind() {
    let database = with_rows();
    let mut client = database.connect();
    let seen = |client: &mut Client, name: &str| -> Vec<i64> {
        let mut transaction = client.transaction().unwrap();
        let user = id(1, name);
        transaction
            .batch_execute(&format!(
                "SELECT set_config('request.jwt.claims', '{{\"sub\": \"{user}\"}}', true); SET LOCAL ROLE authenticated"
            ))
            .unwrap();
        let old = format!("organization_id = '{}'", id(1, "org"));
        [
            format!("courses WHERE {old}"),
            format!("workshops WHERE {old}"),
            format!("users WHERE {old}"),
            "enrollments".to_owned(),
            "workshop_registrations".to_owned(),
            format!("user_roles WHERE {old} AND user_id <> auth.uid()"),
        ]
        .iter()
        .map(|rows| {
            let query = format!("SELECT count(*) FROM {rows}");
            transaction.query_one(&query, &[]).unwrap().get(0)
        })
        .collect()
    };
    assert_eq!(seen(&mut client, "I"), [4, 3, 4, 3, 3, 0]);
    assert_eq!(seen(&mut client, "A"), [4, 3, 6, 3, 3, 1]);
    let moved = spelled_out("UPDATE users SET organization_id = {org'} WHERE id IN ({I}, {A})", 1);
    client.batch_execute(&moved).unwrap();
    assert_eq!(seen(&mut client, "I"), [0; 6]);
    assert_eq!(seen(&mut client, "A"), [0; 6]);
}
