//! What the contract says of a database, as the role that runs each query, and that it leaves no trace.

use xtask::schema::contract::{Subject, Verdict, check, check_within, parse};

use crate::harness::TestDatabase;

const SCHEMA: &str = "
    CREATE TABLE tools (id integer PRIMARY KEY, name text NOT NULL);
    CREATE TABLE notes (id integer PRIMARY KEY, author name NOT NULL);
    CREATE FUNCTION write() RETURNS boolean LANGUAGE sql AS 'INSERT INTO tools VALUES (1, ''x'') RETURNING true';
    CREATE FUNCTION secret() RETURNS integer LANGUAGE sql AS 'SELECT 1';
    REVOKE EXECUTE ON FUNCTION secret() FROM PUBLIC;
    CREATE SCHEMA hidden;
    CREATE TABLE hidden.t (a integer);
    CREATE ROLE facet_application;
    CREATE ROLE \"Odd \"\"role\"\" é\";
    CREATE ROLE facet_bound;
    GRANT SELECT ON tools, hidden.t TO facet_application, \"Odd \"\"role\"\" é\";
    GRANT SELECT, UPDATE ON notes TO facet_bound;
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY;";

/// What comes of checking a contract on [`SCHEMA`] after `prepare`.
fn verdict(prepare: &str, contract: &str) -> Verdict {
    let database = TestDatabase::empty();
    let mut client = database.connect();
    let mut transaction = client.transaction().unwrap();
    transaction.batch_execute(SCHEMA).unwrap();
    transaction.batch_execute(prepare).unwrap();
    let verdict = check_within(&mut transaction, &parse(contract).unwrap()).unwrap();
    let role: bool = transaction
        .query_one("SELECT current_user = session_user", &[])
        .unwrap()
        .get(0);
    assert!(role, "the session is left as another role");
    let left = transaction
        .query_one(
            "SELECT (SELECT count(*) FROM tools) + (SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'xtask%')",
            &[],
        )
        .unwrap();
    assert_eq!(
        left.get::<_, i64>(0),
        0,
        "a row or a prepared statement was left behind"
    );
    transaction.execute("CREATE TABLE still_writable ()", &[]).unwrap();
    verdict
}

/// What is found, as text; the queries are the owner's unless they name another role.
fn told(prepare: &str, contract: &str) -> Vec<String> {
    verdict(prepare, &format!("-- role: owner\n\n{contract}"))
        .findings
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn queries_that_plan_and_checks_that_hold_are_not_mentioned() {
    let contract = "
        -- query: read\nSELECT name FROM tools WHERE id = $1 AND name = any($2);
        -- query: write\nINSERT INTO tools VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING id;
        -- query: lock\nSELECT * FROM tools FOR UPDATE;
        -- query: delete\nDELETE FROM tools WHERE id = $1;
        -- check: there is none\nSELECT count(*) = 0 FROM tools;";
    assert_eq!(told("", contract), [""; 0]);
}

#[test]
fn what_the_server_refuses_is_told_with_position_and_hint() {
    let contract = "-- role: owner

        -- query: wróng tool names (app/a.ts:3)
        SELECT 'ä', nme FROM tools;
        -- query: missing table (apps/backend)
        SELECT * FROM nothing WHERE id = $1;
        -- query: no type to infer
        SELECT 1; ";
    let found = verdict("", contract).findings;
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "`wróng tool names` (`app/a.ts:3`): column \"nme\" does not exist",
            "`missing table` (`apps/backend`): relation \"nothing\" does not exist",
        ]
    );
    assert_eq!((found[0].line, found[0].position), (4, Some(13)));
    assert_eq!(
        found[0].hint.as_deref(),
        Some("Perhaps you meant to reference the column \"tools.name\".")
    );
    assert_eq!((found[1].line, found[1].position), (6, Some(15)));
    assert_eq!(found[1].sqlstate.as_deref(), Some("42P01"));
    assert_eq!(found[1].role, TestDatabase::empty().target().user());
    assert_eq!(found[1].subject, Subject::Query);
}

#[test]
fn a_query_that_its_role_may_not_run_is_found_though_a_superuser_checks() {
    let contract = "
        -- query: read\n-- role: facet_application\nSELECT * FROM tools;
        -- query: write\n-- role: facet_application\nDELETE FROM tools WHERE id = $1;
        -- query: secret\n-- role: facet_application\nSELECT secret() FROM tools;
        -- query: hidden\n-- role: facet_application\nSELECT * FROM hidden.t;
        -- query: odd\n-- role: \"Odd \"\"role\"\" é\"\nUPDATE tools SET name = $1;
        -- query: the owner's\nSELECT * FROM hidden.t;";
    assert_eq!(
        told("", contract),
        [
            "`write`: permission denied for table tools (as `facet_application`)",
            "`secret`: permission denied for function secret (as `facet_application`)",
            "`hidden`: permission denied for schema hidden (as `facet_application`)",
            "`odd`: permission denied for table tools (as `Odd \"role\" é`)",
        ]
    );
}

#[test]
fn what_only_the_policies_of_a_role_break_is_found() {
    let recursive = "CREATE POLICY all_of_mine ON notes TO facet_bound
        USING (author = current_user OR EXISTS (SELECT FROM notes AS other WHERE other.author = current_user))";
    let contract = "
        -- query: as the owner\nSELECT * FROM notes;
        -- query: as the user\n-- role: facet_bound\nSELECT * FROM notes;";
    assert_eq!(
        told(recursive, contract),
        ["`as the user`: infinite recursion detected in policy for relation \"notes\""]
    );
    let plain = "CREATE POLICY all_of_mine ON notes TO facet_bound USING (author = current_user)";
    assert_eq!(told(plain, contract), [""; 0]);
}

#[test]
fn a_role_that_does_not_exist_is_one_finding_for_all_its_queries() {
    let contract = "-- role: nobody_of_that_name

        -- query: a\nSELECT * FROM tools;
        -- query: b\nSELECT * FROM nothing;
        -- query: c\n-- role: facet_application\nSELECT * FROM nothing;
        -- check: holds\nSELECT false;";
    let found = verdict("", contract).findings;
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "role `nobody_of_that_name`: role \"nobody_of_that_name\" does not exist; not planned: 2 queries",
            "`c`: relation \"nothing\" does not exist",
            "`holds`: is false",
        ]
    );
    assert_eq!((found[0].subject, found[0].line), (Subject::Role, 4));
}

#[test]
fn a_superuser_proves_nothing() {
    let contract = "
        -- query: a\n-- role: facet_super\nSELECT * FROM tools;
        -- query: b\n-- role: facet_super\nSELECT * FROM nothing;";
    let roles = "CREATE ROLE facet_super SUPERUSER";
    assert_eq!(
        told(roles, contract),
        [
            "role `facet_super`: is a superuser, whom the server refuses nothing: that anybody else may run its 2 queries is not proved",
            "`b`: relation \"nothing\" does not exist",
        ]
    );
    let superuser = TestDatabase::empty().target().user().to_owned();
    for (role, who) in [("owner", "owns the database"), ("connection", "connects")] {
        let contract = format!("-- role: {role}\n\n-- query: a\nSELECT * FROM tools;");
        let verdict = verdict("", &contract);
        assert_eq!(verdict.findings, []);
        assert_eq!(
            verdict.notes,
            [format!(
                "planned as `{superuser}`, who {who} and is a superuser here: 1 query; that an ordinary role may run as much is only proved \
                 where an ordinary role {who}"
            )]
        );
    }
}

#[test]
fn an_owner_who_lacks_a_right_is_found_though_a_superuser_checks() {
    let database = TestDatabase::empty();
    let owner = database.role("owner");
    let mut client = database.connect();
    client
        .batch_execute(&format!(
            "ALTER DATABASE {} OWNER TO {owner}; CREATE TABLE mine (); CREATE TABLE another (); ALTER TABLE mine OWNER TO {owner}",
            database.name()
        ))
        .unwrap();
    let contract = parse("-- role: owner\n\n-- query: a\nTABLE mine;\n-- query: b\nTABLE another;").unwrap();
    let verdict = check(&mut client, &contract).unwrap();
    let told: Vec<String> = verdict.findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [format!("`b`: permission denied for table another (as `{owner}`)")]
    );
    assert_eq!(verdict.notes, [""; 0]);
    client
        .batch_execute(&format!(
            "ALTER DATABASE {} OWNER TO {}; DROP OWNED BY {owner}",
            database.name(),
            database.target().user()
        ))
        .unwrap();
}

#[test]
fn a_role_that_the_connection_may_not_take_on_is_named() {
    let database = TestDatabase::empty();
    let (reader, other) = (database.role("reader"), database.role("other"));
    database
        .connect()
        .batch_execute(&format!("CREATE TABLE t (); GRANT SELECT ON t TO {reader}, {other}"))
        .unwrap();
    let mut client = database.connect_as(&reader);
    let contract = parse(&format!(
        "-- role: {other}\n\n-- query: a\nTABLE t;\n-- query: b\n-- role: connection\nTABLE t;\n-- query: c\n-- role: {reader}\nDELETE FROM t;"
    ))
    .unwrap();
    let verdict = check(&mut client, &contract).unwrap();
    let told: Vec<String> = verdict.findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            format!("role `{other}`: permission denied to set role \"{other}\"; not planned: 1 query"),
            format!("`c`: permission denied for table t (as `{reader}`)"),
        ]
    );
    assert_eq!(verdict.notes, [""; 0]);
    drop(client);
    database
        .connect()
        .batch_execute(&format!("DROP OWNED BY {reader}, {other}"))
        .unwrap();
}

#[test]
fn the_types_of_parameters_are_those_that_the_server_infers() {
    let contract = "
        -- query: kept\nSELECT * FROM tools WHERE id = $1 AND name = $2::text;
        -- query: another\nSELECT * FROM tools WHERE id = $1::uuid;
        -- query: two at once\nSELECT * FROM tools WHERE id = $1 AND name = $1;
        -- query: untold\nSELECT * FROM tools WHERE $1 IS NULL;
        -- query: a gap\nSELECT * FROM tools WHERE id = $2;";
    assert_eq!(
        told("", contract),
        [
            "`another`: operator does not exist: integer = uuid",
            "`two at once`: operator does not exist: text = integer",
            "`untold`: could not determine data type of parameter $1",
            "`a gap`: could not determine data type of parameter $1",
        ]
    );
}

#[test]
fn a_check_must_return_one_true() {
    let contract = "
        -- check: a\nSELECT false;
        -- check: b\nSELECT NULL::boolean;
        -- check: c\nSELECT 1;
        -- check: d\nSELECT true WHERE false;
        -- check: e\nSELECT true, true;
        -- check: f\nSELECT true FROM generate_series(1, 3);
        -- check: g\nSELECT write();
        -- check: h\nDELETE FROM tools RETURNING true;
        -- check: i\nSELECT 1/0 = 1;";
    assert_eq!(
        told("", contract),
        [
            "`a`: is false",
            "`b`: is null, neither true nor false",
            "`c`: returned a value of type int4; a check returns one row of one boolean",
            "`d`: returned 0 rows; a check returns one row of one boolean",
            "`e`: returned 2 columns; a check returns one row of one boolean",
            "`f`: returned 3 rows; a check returns one row of one boolean",
            "`g`: cannot execute INSERT in a read-only transaction",
            "`h`: cannot execute DELETE in a read-only transaction",
            "`i`: division by zero",
        ]
    );
}

#[test]
fn checking_outside_a_transaction_leaves_the_session_usable() {
    let database = TestDatabase::empty();
    let mut client = database.connect();
    let contract = parse(
        "-- role: owner\n\n-- query: a\nSELECT $1::integer;\n-- check: b\nSELECT false;\n-- query: c\nSELECT nothing;",
    )
    .unwrap();
    for _ in 0..2 {
        assert_eq!(check(&mut client, &contract).unwrap().findings.len(), 2);
    }
}
