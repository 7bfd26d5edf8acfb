//! Who may do what with which rows of bilancompetence, tried as roles that the policies bind, and proof that each policy matters.
//!
//! A probe acts for one person with one statement, and is undone. The same probes run as the application's role and as the owner of the
//! tables; then once for each mutant of the policies, of which none may go unnoticed.

use postgres::error::SqlState;
use postgres::{Client, SimpleQueryMessage, Transaction};

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

/// What a table is held to. Letters say who succeeds; everybody else sees no row, or is refused where a new row is checked.
struct Table {
    name: &'static str,
    /// The row that is read and changed.
    row: &'static str,
    /// The row that is deleted, where it is another one.
    spare: Option<&'static str>,
    select: &'static str,
    /// Columns and values of a new row.
    inserts: &'static [(&'static str, &'static str)],
    /// A harmless change; `None`: there is no way to update or delete.
    update: Option<(&'static str, &'static str)>,
    delete: &'static str,
    /// Changes that take a row to somebody else, with the row, and who is refused.
    moves: &'static [(&'static str, &'static str, &'static str)],
}

const D1: &str = "id = {d1}";
const C1: &str = "id = {c1}";
const ME: &str = "id = public.app_user_id()";

#[rustfmt::skip]
const TABLES: &[Table] = &[
    Table {
        name: "users", row: "id = {a1}", spare: Some("id = {a8}"), select: "OCGA",
        inserts: &[
            ("(email, password_hash, full_name) VALUES ('n@example.org', 'h', 'N')", "NA"),
            ("(email, password_hash, full_name, role) VALUES ('n@example.org', 'h', 'N', 'ADMIN')", "A"),
            ("(email, password_hash, full_name, role, organization_id) VALUES ('n@example.org', 'h', 'N', 'CONSULTANT', {b1})", "GA"),
            ("(email, password_hash, full_name, role, organization_id) VALUES ('n@example.org', 'h', 'N', 'ORG_ADMIN', {b1})", "A"),
            ("(email, password_hash, full_name, organization_id) VALUES ('n@example.org', 'h', 'N', {b1})", "GA"),
            ("(email, password_hash, full_name, email_verified) VALUES ('n@example.org', 'h', 'N', true)", "A"),
        ],
        update: Some(("bio = 'b'", "OA")), delete: "A",
        moves: &[
            ("role = 'ADMIN'", ME, "OSCGF"), ("organization_id = {b1}", ME, "OSF"), ("organization_id = {b2}", ME, "OCG"),
            ("role = 'ADMIN'", "id = {a8}", "G"), ("role = 'ORG_ADMIN'", "id = {a8}", "G"), ("organization_id = {b2}", "id = {a8}", "G"),
        ],
    },
    Table {
        name: "organizations", row: "id = {b1}", spare: Some("id = {b3}"), select: "OCGA",
        inserts: &[("(name) VALUES ('n')", "A")],
        update: Some(("description = 'd'", "GA")), delete: "A",
        moves: &[("id = gen_random_uuid()", "id = {b1}", "G")],
    },
    Table {
        name: "bilans", row: C1, spare: None, select: "OCGA",
        inserts: &[
            ("(beneficiary_id, organization_id) VALUES ({me}, {b1})", "OSCGFA"),
            ("(beneficiary_id, consultant_id, organization_id) VALUES ({me}, {a7}, {b1})", "GA"),
            ("(beneficiary_id, consultant_id, organization_id) VALUES ({a8}, {a3}, {b1})", "GA"),
            ("(beneficiary_id, organization_id) VALUES ({a2}, {b1})", "SA"),
            ("(beneficiary_id, consultant_id, organization_id) VALUES ({a8}, {a9}, {b1})", "A"),
        ],
        update: Some(("progress_percentage = 5", "OCGA")), delete: "GA",
        moves: &[("beneficiary_id = {a2}", C1, "OCG"), ("consultant_id = {a7}", C1, "OC"), ("consultant_id = {a9}", C1, "OCG"),
            ("organization_id = {b2}", C1, "OCG")],
    },
    Table {
        name: "competencies", row: D1, spare: None, select: "OCGA",
        inserts: &[("(bilan_id, name, category) VALUES ({c1}, 'x', 'TECHNICAL')", "OCGA")],
        update: Some(("level = 2", "OCGA")), delete: "OCGA",
        moves: &[("bilan_id = {c2}", D1, "OCG")],
    },
    Table {
        name: "recommendations", row: D1, spare: None, select: "OCGA",
        inserts: &[("(bilan_id, kind, title) VALUES ({c1}, 'CAREER', 't')", "CGA")],
        update: Some(("priority = 2", "CGA")), delete: "CGA",
        moves: &[("bilan_id = {c2}", D1, "CG")],
    },
    Table {
        name: "documents", row: D1, spare: None, select: "OCGA",
        inserts: &[
            ("(bilan_id, uploaded_by, file_name, mime_type, size_bytes, storage_key) VALUES ({c1}, {me}, 'f', 'm', 1, 'x')", "OCGA"),
            ("(bilan_id, uploaded_by, file_name, mime_type, size_bytes, storage_key) VALUES ({c1}, {a1}, 'f', 'm', 1, 'x')", "OA"),
        ],
        update: Some(("kind = 'CV'", "OA")), delete: "OA",
        moves: &[("uploaded_by = {a2}", D1, "O"), ("bilan_id = {c2}", D1, "O")],
    },
    Table {
        name: "messages", row: D1, spare: None, select: "OCA",
        inserts: &[
            ("(bilan_id, sender_id, recipient_id, content) VALUES ({c1}, {me}, {a3}, 'c')", "OCGA"),
            ("(bilan_id, sender_id, recipient_id, content) VALUES ({c1}, {a1}, {a3}, 'c')", "OA"),
            ("(bilan_id, sender_id, recipient_id, content) VALUES ({c1}, {me}, {a9}, 'c')", "A"),
        ],
        update: Some(("read_at = '2026-01-01'", "CA")), delete: "OA",
        moves: &[("recipient_id = {a2}", D1, "OCA"), ("sender_id = {a2}", D1, "OCA"), ("content = 'forged'", D1, "OCA")],
    },
    Table {
        name: "sessions", row: D1, spare: None, select: "OA",
        inserts: &[
            ("(user_id, refresh_token_hash, expires_at) VALUES ({me}, 'x', '2100-01-01')", "OSCGFA"),
            ("(user_id, refresh_token_hash, expires_at) VALUES ({a1}, 'x', '2100-01-01')", "OA"),
        ],
        update: Some(("revoked_at = '2026-01-01'", "OA")), delete: "OA",
        moves: &[("user_id = {a2}", D1, "O")],
    },
    Table {
        name: "audit_logs", row: D1, spare: None, select: "OGA",
        inserts: &[
            ("(user_id, action, entity_type) VALUES ({me}, 'a', 'e')", "NOSCGFA"),
            ("(user_id, action, entity_type) VALUES ({a1}, 'a', 'e')", "OA"),
            ("(user_id, organization_id, action, entity_type) VALUES ({me}, {b1}, 'a', 'e')", "CGA"),
        ],
        update: None, delete: "", moves: &[],
    },
    Table {
        name: "assessment_questions", row: D1, spare: None, select: "OCGA",
        inserts: &[
            ("(assessment_id, type, position, question) VALUES ({c1}, 'initial', 7, 'q')", "CGA"),
            ("(type, position, question) VALUES ('initial', 7, 'q')", "A"),
        ],
        update: Some(("help_text = 'h'", "CGA")), delete: "CGA",
        moves: &[("assessment_id = {c2}", D1, "CG"), ("assessment_id = NULL", D1, "CG")],
    },
    Table {
        name: "assessment_answers", row: D1, spare: None, select: "OCGA",
        inserts: &[("(assessment_id, question_id, answer) VALUES ({c1}, '00000003-0000-4000-8000-000000000002', '1')", "OA")],
        update: Some(("score = 2", "OA")), delete: "OA",
        moves: &[("assessment_id = {c2}", D1, "O")],
    },
    Table {
        name: "assessment_competencies", row: D1, spare: None, select: "OCGA",
        inserts: &[("(assessment_id, competency_id) VALUES ({c1}, {d1})", "OCGA")],
        update: Some(("interest = 2", "OCGA")), delete: "OCGA",
        moves: &[("assessment_id = {c2}", D1, "OCG")],
    },
    Table {
        name: "assessment_drafts", row: D1, spare: None, select: "OA",
        inserts: &[
            ("(assessment_id, user_id, step) VALUES ({c1}, {me}, 'conclusion')", "OCGA"),
            ("(assessment_id, user_id, step) VALUES ({c1}, {a1}, 'conclusion')", "OA"),
        ],
        update: Some(("content = '{}'", "OA")), delete: "OA",
        moves: &[("user_id = {a3}", D1, "O"), ("assessment_id = {c2}", D1, "O")],
    },
    Table {
        name: "qualiopi_indicators", row: "number = 1", spare: Some("number = 32"), select: "NOSCGFA",
        inserts: &[("(number, criterion, criterion_title, title, is_common) VALUES (32, 7, 't', 't', true)", "A")],
        update: Some(("title = 't'", "A")), delete: "A", moves: &[],
    },
    Table {
        name: "qualiopi_certification_levels", row: "code = 'READY'", spare: None, select: "NOSCGFA",
        inserts: &[("(code, rank, minimum_percentage, label, description) VALUES ('X', 9, 1, 'l', 'd')", "A")],
        update: Some(("label = 'l'", "A")), delete: "A", moves: &[],
    },
    Table {
        name: "organization_qualiopi_status", row: D1, spare: None, select: "CGA",
        inserts: &[("(organization_id, indicator_number) VALUES ({b1}, 2)", "GA")],
        update: Some(("notes = 'n'", "GA")), delete: "GA",
        moves: &[("organization_id = {b2}", D1, "G")],
    },
    Table {
        name: "qualiopi_evidence", row: D1, spare: None, select: "GA",
        inserts: &[("(organization_id, indicator_number, title, kind, storage_key, retain_until) VALUES ({b1}, 2, 't', 'RECORD', 'x', '2100-01-01')", "GA")],
        update: Some(("title = 'n'", "GA")), delete: "GA",
        moves: &[("organization_id = {b2}", D1, "G")],
    },
    Table {
        name: "satisfaction_surveys", row: D1, spare: None, select: "OCGA",
        inserts: &[("(bilan_id, kind) VALUES ({c1}, 'MID_TERM')", "CGA")],
        update: Some(("status = 'SENT'", "CGA")), delete: "CGA",
        moves: &[("bilan_id = {c2}", D1, "CG")],
    },
    Table {
        name: "survey_responses", row: D1, spare: None, select: "OCGA",
        inserts: &[
            ("(survey_id, respondent_id, overall_score) VALUES ({d2}, {me}, 5)", "OCGA"),
            ("(survey_id, respondent_id, overall_score) VALUES ({d2}, {a1}, 5)", "OA"),
        ],
        update: Some(("comment = 'c'", "OA")), delete: "OA",
        moves: &[("respondent_id = {a3}", D1, "O"), ("survey_id = {d3}", D1, "O")],
    },
    Table {
        name: "document_archive", row: D1, spare: None, select: "OCGA",
        inserts: &[
            ("(organization_id, bilan_id, file_name, storage_key, sha256, retain_until) VALUES ({b1}, {c1}, 'f', 'x', repeat('0', 64), '2100-01-01')", "GA"),
            ("(organization_id, bilan_id, file_name, storage_key, sha256, retain_until) VALUES ({b1}, {c2}, 'f', 'x', repeat('0', 64), '2100-01-01')", "A"),
        ],
        update: Some(("file_name = 'g'", "GA")), delete: "GA",
        moves: &[("organization_id = {b2}", D1, "G"), ("bilan_id = {c2}", D1, "G")],
    },
    Table {
        name: "qualiopi_audit_log", row: D1, spare: None, select: "GA",
        inserts: &[
            ("(organization_id, user_id, action) VALUES ({b1}, {me}, 'REVIEWED')", "CGA"),
            ("(organization_id, user_id, action) VALUES ({b1}, {a3}, 'REVIEWED')", "CA"),
        ],
        update: None, delete: "", moves: &[],
    },
    Table {
        name: "availability_slots", row: D1, spare: None, select: "OCGA",
        inserts: &[
            ("(consultant_id, organization_id, starts_at, ends_at) VALUES ({me}, {b1}, '2026-02-01', '2026-02-02')", "CGA"),
            ("(consultant_id, organization_id, starts_at, ends_at) VALUES ({a3}, {b1}, '2026-02-01', '2026-02-02')", "CGA"),
            ("(consultant_id, starts_at, ends_at) VALUES ({me}, '2026-02-01', '2026-02-02')", "A"),
            ("(consultant_id, organization_id, starts_at, ends_at) VALUES ({a2}, {b1}, '2026-02-01', '2026-02-02')", "A"),
        ],
        update: Some(("mode = 'PHONE'", "CGA")), delete: "CGA",
        moves: &[("consultant_id = {a7}", D1, "C"), ("consultant_id = {a9}", D1, "CG"), ("organization_id = {b2}", D1, "CG")],
    },
    Table {
        name: "session_bookings", row: D1, spare: None, select: "OCGA",
        inserts: &[
            ("(bilan_id, beneficiary_id, consultant_id, starts_at, ends_at) VALUES ({c1}, {a1}, {a3}, '2026-02-01', '2026-02-02')", "OCGA"),
            ("(bilan_id, beneficiary_id, consultant_id, starts_at, ends_at) VALUES ({c1}, {a1}, {a7}, '2026-02-01', '2026-02-02')", "A"),
        ],
        update: Some(("status = 'CONFIRMED'", "OCGA")), delete: "CGA",
        moves: &[("bilan_id = {c2}", D1, "OCG"), ("consultant_id = {a7}", D1, "OCG"), ("beneficiary_id = {a2}", D1, "OCG")],
    },
    Table {
        name: "session_reminders", row: D1, spare: None, select: "OCGA",
        inserts: &[("(booking_id, channel, send_at) VALUES ({d1}, 'SMS', '2026-01-04')", "CGA")],
        update: Some(("error = 'e'", "CGA")), delete: "CGA",
        moves: &[("booking_id = {d2}", D1, "CG")],
    },
    Table {
        name: "session_analytics", row: D1, spare: None, select: "CGA",
        inserts: &[("(consultant_id, organization_id, month) VALUES ({a3}, {b1}, '2026-02-01')", "A")],
        update: Some(("minutes_held = 1", "A")), delete: "A", moves: &[],
    },
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
