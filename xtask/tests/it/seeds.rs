//! `db-seed`: what is loaded, what is counted, and how a row that can't be loaded is shown.

use insta::assert_snapshot;

use crate::harness::program::Ended;
use crate::harness::{Sandbox, TestDatabase};

/// A database with this schema, and a workspace with these seeds.
fn prepared(schema: &str, seeds: &[(&str, &str)]) -> (TestDatabase, Sandbox) {
    let (database, sandbox) = (TestDatabase::empty(), Sandbox::new(&[("001_schema.sql", schema)]));
    database.connect().batch_execute(schema).unwrap();
    for (name, text) in seeds {
        sandbox.write(&format!("seeds/shop/{name}"), text);
    }
    (database, sandbox)
}

fn seed(database: &TestDatabase, sandbox: &Sandbox) -> Ended {
    sandbox.run_on(database, &["db-seed", "--erase", database.name()])
}

/// What `db-seed` says to seeds that can't be loaded. The table `t` must be as empty as before.
fn failed(schema: &str, seeds: &[(&str, &str)]) -> String {
    let (database, sandbox) = prepared(schema, seeds);
    let shown = seed(&database, &sandbox).expect(1).shown(Some(&database));
    assert_eq!(rows(&database, "SELECT count(*)::text FROM t"), ["0"]);
    shown
}

/// The first column of a query, as text.
fn rows(database: &TestDatabase, query: &str) -> Vec<String> {
    let rows = database.connect().query(query, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

const T: &str = "CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL, note text)";

#[test]
fn rows_are_inserted_updated_and_left_alone() {
    let (database, sandbox) = prepared(
        "CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL, note text); CREATE TABLE u (id int PRIMARY KEY)",
        &[
            (
                "01_t.csv",
                "id,name,note\n1,one,\n2,two,\"\"\n3,three,\"a, \"\"b\"\"\nc\"\n",
            ),
            ("02_u.sql", "COPY u FROM stdin;\n1\n2\n\\.\nINSERT INTO u VALUES (3);\n"),
        ],
    );
    assert_snapshot!("seed_first", seed(&database, &sandbox).expect(0).shown(Some(&database)));
    let all = "SELECT format('%s|%s|%s', id, name, coalesce('<' || note || '>', 'NULL')) FROM t ORDER BY id";
    assert_eq!(
        rows(&database, all),
        ["1|one|NULL", "2|two|<>", "3|three|<a, \"b\"\nc>"]
    );
    sandbox.write("seeds/shop/01_t.csv", "id,name,note\n1,one,\n2,TWO,\"\"\n4,four,\n");
    sandbox.write(
        "seeds/shop/02_u.sql",
        "INSERT INTO u VALUES (3), (4) ON CONFLICT DO NOTHING;\n",
    );
    assert_snapshot!(
        "seed_changed",
        seed(&database, &sandbox).expect(0).shown(Some(&database))
    );
    assert_eq!(
        rows(&database, "SELECT name FROM t ORDER BY id"),
        ["one", "TWO", "three", "four"]
    );
}

#[test]
fn seeding_twice_leaves_the_very_same_rows() {
    let (database, sandbox) = prepared(
        "CREATE TABLE t (id int PRIMARY KEY, j json, b jsonb, n numeric, at timestamptz, a int[]); CREATE TABLE u (id int PRIMARY KEY)",
        &[
            (
                "t.csv",
                "id,j,b,n,at,a\n1,\"{\"\"a\"\":  1}\",\"{\"\"a\"\":  1}\",1.50,2026-01-01 10:00+02,\"{1,2}\"\n2,,,,,\n",
            ),
            ("u.sql", "INSERT INTO u VALUES (1) ON CONFLICT DO NOTHING;\n"),
        ],
    );
    seed(&database, &sandbox).expect(0);
    let state =
        "SELECT format('%s %s %s', xmin, ctid, id) FROM t UNION ALL SELECT format('%s %s %s', xmin, ctid, id) FROM u";
    let before = rows(&database, state);
    assert_eq!(before.len(), 3);
    assert_snapshot!(seed(&database, &sandbox).expect(0).shown(Some(&database)));
    assert_eq!(rows(&database, state), before);
}

#[test]
fn composite_keys_and_tables_of_other_schemas_are_upserted() {
    let (database, sandbox) = prepared(
        "CREATE SCHEMA sales; CREATE TABLE sales.\"Items\" (\"order\" int, line int, sku text, PRIMARY KEY (line, \"order\"))",
        &[("10_sales.Items.csv", "sku,line,order\na,1,1\nb,2,1\n")],
    );
    seed(&database, &sandbox).expect(0);
    sandbox.write("seeds/shop/10_sales.Items.csv", "sku,line,order\na,1,1\nc,2,1\n");
    assert_snapshot!(seed(&database, &sandbox).expect(0).shown(Some(&database)));
    assert_eq!(
        rows(&database, "SELECT sku FROM sales.\"Items\" ORDER BY line"),
        ["a", "c"]
    );
}

#[test]
fn identity_columns_are_given_and_the_next_row_has_a_number_of_its_own() {
    let (database, sandbox) = prepared(
        "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text); CREATE TABLE u (id serial PRIMARY KEY)",
        &[("t.csv", "id,name\n1,a\n7,b\n"), ("u.csv", "id\n1\n")],
    );
    seed(&database, &sandbox).expect(0);
    seed(&database, &sandbox).expect(0);
    database
        .connect()
        .batch_execute("INSERT INTO t (name) VALUES ('c'); INSERT INTO u DEFAULT VALUES")
        .unwrap();
    assert_eq!(rows(&database, "SELECT id::text FROM t ORDER BY id"), ["1", "7", "8"]);
    assert_eq!(rows(&database, "SELECT id::text FROM u ORDER BY id"), ["1", "2"]);
}

#[test]
fn a_table_with_a_generated_column_is_seeded_without_it() {
    let schema = "CREATE TABLE t (id int PRIMARY KEY, net int, gross int GENERATED ALWAYS AS (net * 2) STORED)";
    let (database, sandbox) = prepared(schema, &[("t.csv", "id,net\n1,10\n")]);
    seed(&database, &sandbox).expect(0);
    seed(&database, &sandbox).expect(0);
    assert_eq!(rows(&database, "SELECT gross::text FROM t"), ["20"]);
    assert_snapshot!(failed(schema, &[("t.csv", "id,net,gross\n1,10,20\n")]));
}

#[test]
fn files_of_windows_are_read() {
    let (database, sandbox) = prepared(T, &[("t.csv", "\u{feff}id,name,note\r\n1,one,\r\n2,two,x\r\n")]);
    seed(&database, &sandbox).expect(0);
    assert_eq!(
        rows(&database, "SELECT name || coalesce(note, '') FROM t ORDER BY id"),
        ["one", "twox"]
    );
}

#[test]
fn what_a_file_sets_ends_with_it() {
    let (database, sandbox) = prepared(
        T,
        &[
            (
                "01_t.sql",
                "SET search_path = pg_catalog;\nSET ROLE pg_monitor;\nSET client_min_messages = error;\n",
            ),
            ("02_t.sql", "INSERT INTO t VALUES (1, 'a') ON CONFLICT DO NOTHING;\n"),
        ],
    );
    seed(&database, &sandbox).expect(0);
    assert_eq!(rows(&database, "SELECT name FROM t"), ["a"]);
}

#[test]
fn a_value_of_the_wrong_type_is_placed() {
    assert_snapshot!(failed(
        "CREATE TABLE t (id int PRIMARY KEY, price int)",
        &[("t.csv", "id,price\n1,10\n2,\"twelve\"\n3,30\n")]
    ));
}

#[test]
fn a_wrong_value_behind_a_text_of_several_lines_is_placed() {
    assert_snapshot!(failed(
        "CREATE TABLE t (id int PRIMARY KEY, text text, price int)",
        &[("t.csv", "id,text,price\n1,\"one\ntwo\nthree\",10\n2,é,x\n")]
    ));
}

#[test]
fn a_row_with_too_few_fields_is_placed() {
    assert_snapshot!(failed(T, &[("t.csv", "id,name,note\n1,a,\n2,b\n")]));
}

#[test]
fn an_unknown_column_is_named_with_the_nearest_one() {
    assert_snapshot!(failed(T, &[("t.csv", "id,nmae\n1,a\n")]));
}

#[test]
fn a_table_that_does_not_exist() {
    assert_snapshot!(failed(T, &[("01_tt.csv", "id,name\n1,a\n")]));
}

#[test]
fn a_header_without_the_primary_key() {
    assert_snapshot!(failed(T, &[("t.csv", "name\na\n")]));
}

#[test]
fn a_table_without_a_primary_key() {
    assert_snapshot!(failed("CREATE TABLE t (id int)", &[("t.csv", "id\n1\n")]));
}

#[test]
fn two_rows_with_one_key() {
    assert_snapshot!(failed(T, &[("t.csv", "id,name,note\n1,\"a\nb\",\n2,b,\n1,c,\n")]));
}

#[test]
fn a_row_that_refers_to_nothing_is_placed() {
    assert_snapshot!(failed(
        "CREATE TABLE c (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, c_id int REFERENCES c)",
        &[("01_c.csv", "id\n1\n"), ("02_t.csv", "id,c_id\n10,1\n11,77\n")]
    ));
}

#[test]
fn an_empty_field_in_a_column_that_wants_a_value_is_placed() {
    assert_snapshot!(failed(T, &[("t.csv", "id,name,note\n1,a,\n2,,\n")]));
}

#[test]
fn a_line_that_would_end_the_data_is_not_passed_over() {
    // PostgreSQL 18 reads it as it stands; older ones would stop there.
    let (database, sandbox) = prepared(T, &[("t.csv", "id,name,note\n1,\"a\n\\.\nb\",\n2,b,\n")]);
    let ended = seed(&database, &sandbox);
    let read = rows(&database, "SELECT count(*)::text FROM t");
    assert!(
        (ended.code == 0 && read == ["2"]) || (ended.code == 1 && read == ["0"]),
        "{}{read:?}",
        ended.err
    );
}

#[test]
fn an_error_in_a_sql_file_undoes_all_files() {
    assert_snapshot!(failed(
        T,
        &[
            ("01_t.csv", "id,name,note\n1,a,\n"),
            (
                "02_more.sql",
                "INSERT INTO t VALUES (2, 'b');\nINSERT INTO t (nmae) VALUES (1);\n"
            )
        ]
    ));
}

#[test]
fn wrong_data_of_an_inline_copy_is_placed() {
    assert_snapshot!(failed(
        T,
        &[("t.sql", "COPY t FROM stdin;\n1\ta\t\\N\nx\tb\t\\N\n\\.\n")]
    ));
}

#[test]
fn a_deferred_constraint_speaks_up_before_the_end() {
    assert_snapshot!(failed(
        "CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t DEFERRABLE INITIALLY DEFERRED)",
        &[("t.sql", "INSERT INTO t VALUES (1, 2);\n")]
    ));
}

#[test]
fn all_unreadable_seeds_are_complained_of_at_once() {
    assert_snapshot!(failed(
        T,
        &[
            ("01_t.csv", ""),
            ("02_t.sql", "SELECT 'a;\n"),
            ("03_t.sql", "-- xtask: no-transaction\nVACUUM t;\n"),
            ("notes.md", "left alone"),
        ]
    ));
}

#[test]
fn without_seeds_nothing_happens() {
    let (database, sandbox) = prepared(T, &[]);
    assert_snapshot!(seed(&database, &sandbox).expect(0).shown(Some(&database)));
}

#[test]
fn the_guard_refuses_to_seed_a_database_that_nothing_is_said_of() {
    let (database, sandbox) = prepared(T, &[("t.csv", "id,name,note\n1,a,\n")]);
    assert_snapshot!(sandbox.run_on(&database, &["db-seed"]).expect(4).shown(Some(&database)));
    assert_eq!(rows(&database, "SELECT count(*)::text FROM t"), ["0"]);
}
