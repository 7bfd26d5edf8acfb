//! Who may do what with which rows of bilancompetence, tried as roles that the policies bind, and proof that each policy matters.
//!
//! A probe acts for one person with one statement, and is undone. The same probes run as the application's role and as the owner of the
//! tables; then once for each mutant of the policies, of which none may go unnoticed.

mod tables;

use postgres::error::SqlState;
use postgres::{Client, SimpleQueryMessage, Transaction};

use self::tables::{TABLES, Table};
use super::{migrated_with_rows, spelled_out};
use crate::harness::TestDatabase;

/// The people of `rows.sql` by letter: who is signed out, the bilan's owner, a stranger, its consultant, the administrator of its
/// organization, the one of another organization, an ADMIN.
const PEOPLE: [(char, &str); 7] = [
    ('N', ""),
    ('O', "a1"),
    ('S', "a2"),
    ('C', "a3"),
    ('G', "a4"),
    ('F', "a5"),
    ('A', "a6"),
];

/// How a statement ended, as far as access goes.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Rows(u64),
    /// By a policy, a grant or a trigger that keeps what was written.
    Refused,
    Other(String),
}

/// Tries one statement for one person and undoes it. A row that only another constraint refuses has passed the policies.
fn probe(transaction: &mut Transaction, person: &str, statement: &str) -> Outcome {
    let user = if person.is_empty() {
        "''".to_owned()
    } else {
        spelled_out(&format!("{{{person}}}"))
    };
    let batch = format!(
        "SAVEPOINT probe; SET LOCAL app.user_id = {user}; {}",
        spelled_out(statement)
    );
    let outcome = match transaction.simple_query(&batch) {
        Ok(messages) => match messages.last() {
            Some(SimpleQueryMessage::CommandComplete(rows)) => Outcome::Rows(*rows),
            _ => Outcome::Other("no answer".to_owned()),
        },
        Err(error) => match error.code() {
            Some(&SqlState::INSUFFICIENT_PRIVILEGE | &SqlState::RESTRICT_VIOLATION) => Outcome::Refused,
            Some(code) if statement.starts_with("INSERT") && code.code().starts_with("23") => Outcome::Rows(1),
            _ => Outcome::Other(error.to_string()),
        },
    };
    transaction
        .batch_execute("ROLLBACK TO SAVEPOINT probe; RELEASE SAVEPOINT probe")
        .unwrap();
    outcome
}

/// What `statement` is for: an existing row, which who may not see it does not find, or a new one, which is refused.
fn expected(letters: &str, person: char, otherwise: Outcome) -> Outcome {
    if letters.contains(person) {
        Outcome::Rows(1)
    } else {
        otherwise
    }
}

/// The statements that one person tries on one table, with what is to come of each.
fn statements(table: &Table, person: char) -> Vec<(String, Outcome)> {
    let Table { name, row, .. } = table;
    let spare = table.spare.unwrap_or(row);
    let mut all = vec![(
        format!("SELECT FROM public.{name} WHERE {row}"),
        expected(table.select, person, Outcome::Rows(0)),
    )];
    for (values, letters) in table.inserts {
        let insert = format!("INSERT INTO public.{name} {values}");
        all.push((insert, expected(letters, person, Outcome::Refused)));
    }
    let delete = format!("DELETE FROM public.{name} WHERE {spare}");
    let Some((change, letters)) = table.update else {
        all.push((delete, Outcome::Refused));
        all.push((
            format!("UPDATE public.{name} SET action = 'x' WHERE {row}"),
            Outcome::Refused,
        ));
        all.push((format!("TRUNCATE public.{name}"), Outcome::Refused));
        return all;
    };
    all.push((
        format!("UPDATE public.{name} SET {change} WHERE {row}"),
        expected(letters, person, Outcome::Rows(0)),
    ));
    all.push((delete, expected(table.delete, person, Outcome::Rows(0))));
    // A statement without WHERE and RETURNING reads nothing, so that only the policy of its own command is asked, and not that for SELECT.
    for (change, row, refused) in table.moves {
        if refused.contains(person) {
            all.push((
                format!("UPDATE public.{name} SET {change} WHERE {row}"),
                Outcome::Refused,
            ));
            all.push((format!("UPDATE public.{name} SET {change}"), Outcome::Refused));
        }
    }
    if person == 'N' {
        all.push((format!("UPDATE public.{name} SET {change}"), Outcome::Rows(0)));
        all.push((format!("DELETE FROM public.{name}"), Outcome::Rows(0)));
    }
    all
}

/// Every probe of a table that did not end as it should, up to `most`; the number of probes.
fn violations(transaction: &mut Transaction, table: &Table, most: usize) -> (Vec<String>, usize) {
    let mut found = Vec::new();
    let mut tried = 0;
    for (letter, person) in PEOPLE {
        for (statement, expected) in statements(table, letter) {
            let outcome = probe(transaction, person, &statement);
            tried += 1;
            if outcome != expected {
                found.push(format!("{letter}: {statement}: {outcome:?}, not {expected:?}"));
                if found.len() == most {
                    return (found, tried);
                }
            }
        }
    }
    (found, tried)
}

/// Errs where policies bind the current role in none or not in all of the tables: probes would prove nothing.
fn bound(transaction: &mut Transaction) -> Result<(), String> {
    let row = transaction
        .query_one(
            "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user",
            &[],
        )
        .unwrap();
    if row.get(0) {
        return Err("the role is a superuser or bypasses row level security".to_owned());
    }
    for table in TABLES {
        let active: bool = transaction
            .query_one(&format!("SELECT row_security_active('public.{}')", table.name), &[])
            .unwrap()
            .get(0);
        if !active {
            return Err(format!("row level security does not bind the role in `{}`", table.name));
        }
    }
    Ok(())
}

/// As whom the probes run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum As {
    /// The application's role: no owner, with the rights of `grant_application`.
    Application,
    /// The owner of the tables, whom only FORCE binds.
    Owner,
}

/// Makes the role within the transaction; it is gone with it. Returns its name.
fn make_role(transaction: &mut Transaction, database: &TestDatabase, kind: As) -> String {
    let role = format!("role_of_{}", database.name());
    transaction
        .batch_execute(&format!("CREATE ROLE {role} NOSUPERUSER NOBYPASSRLS"))
        .unwrap();
    match kind {
        As::Application => transaction
            .batch_execute(&format!("SELECT public.grant_application('{role}')"))
            .unwrap(),
        As::Owner => {
            for table in TABLES {
                transaction
                    .batch_execute(&format!("ALTER TABLE public.{} OWNER TO {role}", table.name))
                    .unwrap();
            }
        }
    }
    role
}

/// Tries everything as one kind of role; returns the number of probes.
fn prove_access(kind: As) -> usize {
    let (database, mut client) = migrated_with_rows();
    let mut transaction = client.transaction().unwrap();
    let role = make_role(&mut transaction, &database, kind);
    transaction.batch_execute(&format!("SET LOCAL ROLE {role}")).unwrap();
    bound(&mut transaction).unwrap();
    let mut wrong = Vec::new();
    let mut tried = 0;
    for table in TABLES {
        let (found, probes) = violations(&mut transaction, table, usize::MAX);
        wrong.extend(found);
        tried += probes;
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(tried > 1000, "{tried}");
    tried
}

#[test]
fn the_applications_role_is_held_to_every_policy() {
    let tried = prove_access(As::Application);
    eprintln!("bilancompetence: {tried} probes of access");
}

#[test]
fn the_owner_is_held_to_every_policy() {
    let tried = prove_access(As::Owner);
    eprintln!("bilancompetence: {tried} probes of access");
}

#[test]
fn every_table_is_probed() {
    let (_database, mut client) = migrated_with_rows();
    let rows = client
        .query(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity ORDER BY 1",
            &[],
        )
        .unwrap();
    let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let mut probed: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    probed.sort_unstable();
    assert_eq!(found, probed);
}

#[test]
fn probes_as_a_role_that_no_policy_binds_fail_by_themselves() {
    let (database, mut client) = migrated_with_rows();
    let mut transaction = client.transaction().unwrap();
    assert!(bound(&mut transaction).is_err(), "a superuser");
    let role = make_role(&mut transaction, &database, As::Owner);
    let mut check = |change: &str| {
        let mut nested = transaction.transaction().unwrap();
        nested
            .batch_execute(&format!("{change}; SET LOCAL ROLE {role}"))
            .unwrap();
        let result = bound(&mut nested);
        nested.rollback().unwrap();
        result
    };
    assert_eq!(check("SELECT"), Ok(()), "the owner with FORCE");
    assert!(check(&format!("ALTER ROLE {role} BYPASSRLS")).is_err());
    assert!(check("ALTER TABLE public.survey_responses NO FORCE ROW LEVEL SECURITY").is_err());
    assert!(check("ALTER TABLE public.survey_responses DISABLE ROW LEVEL SECURITY").is_err());
}

/// A change that weakens or breaks the access rules of a table.
fn mutants(client: &mut Client, table: &str) -> Vec<String> {
    let mut all = vec![
        format!("ALTER TABLE public.{table} NO FORCE ROW LEVEL SECURITY"),
        format!("ALTER TABLE public.{table} DISABLE ROW LEVEL SECURITY"),
    ];
    let policies = client
        .query(
            "SELECT polname::text, coalesce(pg_get_expr(polqual, polrelid), 'true') <> 'true', polwithcheck IS NOT NULL
             FROM pg_policy WHERE polrelid = ('public.' || $1)::regclass ORDER BY polname",
            &[&table],
        )
        .unwrap();
    for policy in policies {
        let (name, has_using, has_check): (String, bool, bool) = (policy.get(0), policy.get(1), policy.get(2));
        all.push(format!("DROP POLICY {name} ON public.{table}"));
        if has_using {
            all.push(format!("ALTER POLICY {name} ON public.{table} USING (true)"));
        }
        if has_check {
            all.push(format!("ALTER POLICY {name} ON public.{table} WITH CHECK (true)"));
        }
    }
    all
}

#[test]
fn no_mutant_of_the_policies_goes_unnoticed() {
    let (database, mut client) = migrated_with_rows();
    let mutants: Vec<(&Table, String)> = TABLES
        .iter()
        .flat_map(|table| {
            mutants(&mut client, table.name)
                .into_iter()
                .map(move |mutant| (table, mutant))
        })
        .collect();
    let mut transaction = client.transaction().unwrap();
    let role = make_role(&mut transaction, &database, As::Owner);
    let mut survivors = Vec::new();
    for (table, mutant) in &mutants {
        let mut nested = transaction.transaction().unwrap();
        nested
            .batch_execute(&format!("{mutant}; SET LOCAL ROLE {role}"))
            .unwrap();
        if violations(&mut nested, table, 1).0.is_empty() {
            survivors.push(mutant);
        }
        nested.rollback().unwrap();
    }
    eprintln!(
        "bilancompetence: {} mutants of the policies, {} survivors",
        mutants.len(),
        survivors.len()
    );
    assert!(mutants.len() > 200, "{}", mutants.len());
    assert_eq!(survivors, Vec::<&String>::new());
}

#[test]
fn a_session_that_is_signed_out_sees_the_one_account_whose_e_mail_it_names() {
    let (database, mut client) = migrated_with_rows();
    let mut transaction = client.transaction().unwrap();
    let role = make_role(&mut transaction, &database, As::Application);
    transaction.batch_execute(&format!("SET LOCAL ROLE {role}")).unwrap();
    let mut count = |setting: &str| {
        let query = format!("{setting}; SELECT FROM public.users");
        match probe(&mut transaction, "", &query) {
            Outcome::Rows(rows) => rows,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(count("SET LOCAL app.login_email = ''"), 0);
    assert_eq!(count("SET LOCAL app.login_email = 'OWNER@EXAMPLE.ORG'"), 1);
    assert_eq!(count("SET LOCAL app.login_email = '%'"), 0);
    assert_eq!(count("SET LOCAL app.lookup = 'self'"), 0);
    // Signed in, the variable opens nothing; and that of the look-ups only narrows.
    assert_eq!(
        count("SET LOCAL app.user_id = {a2}; SET LOCAL app.login_email = 'owner@example.org'"),
        2
    );
    assert_eq!(count("SET LOCAL app.user_id = {a6}"), 9);
    assert_eq!(count("SET LOCAL app.user_id = {a6}; SET LOCAL app.lookup = 'self'"), 1);
    assert_eq!(count("SET LOCAL app.user_id = {a2}; SET LOCAL app.lookup = 'self'"), 1);
}

#[test]
fn an_archived_document_is_not_deleted_before_its_time() {
    let (database, mut client) = migrated_with_rows();
    let mut transaction = client.transaction().unwrap();
    let role = make_role(&mut transaction, &database, As::Application);
    transaction
        .batch_execute(&format!(
            "UPDATE public.document_archive SET retain_until = CURRENT_DATE; SET LOCAL ROLE {role}"
        ))
        .unwrap();
    let delete = "DELETE FROM public.document_archive";
    assert_eq!(probe(&mut transaction, "a6", delete), Outcome::Rows(0));
    let cut_short = "UPDATE public.document_archive SET retain_until = CURRENT_DATE - 1";
    assert_eq!(probe(&mut transaction, "a6", cut_short), Outcome::Refused);
    let extended = "UPDATE public.document_archive SET retain_until = CURRENT_DATE + 1";
    assert_eq!(probe(&mut transaction, "a6", extended), Outcome::Rows(1));
}

#[test]
fn a_registration_is_taken_as_the_application_sends_it() {
    let (database, mut client) = migrated_with_rows();
    let mut transaction = client.transaction().unwrap();
    let role = make_role(&mut transaction, &database, As::Application);
    transaction.batch_execute(&format!("SET LOCAL ROLE {role}")).unwrap();
    let setting = "SELECT set_config('app.login_email', $1::text, true)";
    transaction.execute(setting, &[&"Test@Example.com"]).unwrap();
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
