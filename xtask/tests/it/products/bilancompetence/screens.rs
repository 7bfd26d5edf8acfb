//! The queries of the contract as the application runs them: under the policies, for the person whose screen it is, on the seeds.

use std::fs;

use postgres::{SimpleQueryMessage, Transaction};
use xtask::schema::contract::{self, Contract};

use super::{PRODUCT, product, seeded};
use crate::harness::TestDatabase;

/// The people of the seeds.
const ADMIN: &str = "00000001-0000-4000-8000-000000000001";
const ORG_ADMIN: &str = "00000001-0000-4000-8000-000000000002";
const CONSULTANT: &str = "00000001-0000-4000-8000-000000000003";
const BENEFICIARY: &str = "00000001-0000-4000-8000-000000000004";
const FOREIGN: &str = "00000001-0000-4000-8000-000000000006";

/// A query, for whom it runs, its parameters, how many rows it returns, and how many to the administrator of another organization.
#[rustfmt::skip]
const SCREENS: &[(&str, &str, &str, u64, u64)] = &[
    ("own profile", BENEFICIARY, "'00000001-0000-4000-8000-000000000004'", 1, 0),
    ("organization", CONSULTANT, "'00000002-0000-4000-8000-000000000001'", 1, 0),
    ("bilans of a consultant", CONSULTANT, "'00000001-0000-4000-8000-000000000003'", 1, 0),
    ("bilans of a beneficiary", BENEFICIARY, "'00000001-0000-4000-8000-000000000004'", 1, 0),
    ("questions of an assessment with their answers", BENEFICIARY, "'00000010-0000-4000-8000-000000000001'", 17, 16),
    ("save a draft", BENEFICIARY, "'00000010-0000-4000-8000-000000000001', '00000001-0000-4000-8000-000000000004', 'initial', '{}'", 1, 0),
    ("save an answer", BENEFICIARY, "'00000010-0000-4000-8000-000000000001', '00000003-0000-4000-8000-000000000002', '\"new\"', NULL", 1, 0),
    ("competencies of an assessment", CONSULTANT, "'00000010-0000-4000-8000-000000000001'", 1, 0),
    ("recommendations of a bilan", ORG_ADMIN, "'00000010-0000-4000-8000-000000000002'", 1, 0),
    ("documents of a bilan", CONSULTANT, "'00000010-0000-4000-8000-000000000002'", 1, 0),
    ("unread messages", BENEFICIARY, "'00000001-0000-4000-8000-000000000004'", 1, 0),
    ("slots of a week with their bookings", BENEFICIARY, "'00000001-0000-4000-8000-000000000003', now()", 2, 0),
    ("bookings of a week", CONSULTANT, "'00000001-0000-4000-8000-000000000003', now()", 1, 0),
    ("figures of a consultant", CONSULTANT, "'00000001-0000-4000-8000-000000000003'", 1, 0),
    ("audit trail of an organization", ORG_ADMIN, "'00000002-0000-4000-8000-000000000001'", 1, 0),
    ("Qualiopi dashboard", ORG_ADMIN, "'00000002-0000-4000-8000-000000000001'", 7, 7),
    ("evidence of an indicator", ORG_ADMIN, "'00000002-0000-4000-8000-000000000001', '30'", 1, 0),
    ("conformity trail", ORG_ADMIN, "'00000002-0000-4000-8000-000000000001'", 1, 0),
    ("satisfaction report", ORG_ADMIN, "'00000002-0000-4000-8000-000000000001'", 1, 0),
    ("reminders that are due", ADMIN, "", 0, 0),
];

/// The number of rows that a query of the contract returns to a person; `None` where it is refused.
fn rows(transaction: &mut Transaction, contract: &Contract, name: &str, person: &str, parameters: &str) -> Option<u64> {
    let clause = contract
        .clauses
        .iter()
        .find(|clause| clause.name.split(" (").next() == Some(name))
        .unwrap_or_else(|| panic!("the contract has no query `{name}`"));
    let execute = if parameters.is_empty() {
        "EXECUTE screen".to_owned()
    } else {
        format!("EXECUTE screen({parameters})")
    };
    let batch = format!(
        "SAVEPOINT screen; SET LOCAL app.user_id = '{person}'; PREPARE screen AS {}; {execute}",
        clause.sql.trim_end_matches(';')
    );
    let result = transaction
        .simple_query(&batch)
        .ok()
        .map(|messages| match messages.last() {
            Some(SimpleQueryMessage::CommandComplete(rows)) => *rows,
            other => panic!("{name}: {other:?}"),
        });
    transaction
        .batch_execute("ROLLBACK TO SAVEPOINT screen; DEALLOCATE ALL")
        .unwrap();
    result
}

#[test]
fn every_screen_shows_its_rows_to_whom_it_is_for_and_not_to_another_organization() {
    let database = TestDatabase::of(PRODUCT);
    seeded(&database, &product());
    let contract = contract::parse(&fs::read_to_string(product().migrations.join("contract.sql")).unwrap()).unwrap();
    let mut client = database.connect();
    let mut transaction = client.transaction().unwrap();
    let role = format!("role_of_{}", database.name());
    transaction
        .batch_execute(&format!(
            "CREATE ROLE {role}; SELECT public.grant_application('{role}'); SET LOCAL ROLE {role}"
        ))
        .unwrap();
    for (name, person, parameters, shown, foreign) in SCREENS {
        assert_eq!(
            rows(&mut transaction, &contract, name, person, parameters),
            Some(*shown),
            "{name}"
        );
        let elsewhere = rows(&mut transaction, &contract, name, FOREIGN, parameters).unwrap_or(0);
        assert_eq!(elsewhere, *foreign, "{name}, for another organization");
    }
}

#[test]
fn the_contract_is_kept_for_the_applications_own_role_and_not_without_its_rights() {
    let database = TestDatabase::of(PRODUCT);
    let contract = contract::parse(&fs::read_to_string(product().migrations.join("contract.sql")).unwrap()).unwrap();
    let role = database.role("application");
    let check = || {
        let verdict = contract::check(&mut database.connect_as(&role), &contract).unwrap();
        assert_eq!(verdict.notes, [""; 0], "an ordinary role leaves nothing unproved");
        let findings = verdict.findings.iter().map(ToString::to_string);
        findings.collect::<Vec<String>>()
    };
    let before = check();
    assert!(
        before
            .iter()
            .any(|it| it.starts_with("`register` (`POST /api/auth/register`): permission denied"))
    );
    database
        .connect()
        .batch_execute(&format!("SELECT public.grant_application('{role}')"))
        .unwrap();
    assert_eq!(check(), [""; 0]);
    database
        .connect()
        .batch_execute(&format!("DROP OWNED BY {role}"))
        .unwrap();
}
