//! What is accepted, how it is sent, and what is refused.

use super::*;

fn parse(text: &str) -> Result<Script, Reports> {
    Script::parse("a.sql", text.as_bytes())
}

fn sent(text: &str) -> Vec<String> {
    match parse(text).unwrap().run {
        Run::Transaction(block) => std::iter::once(block.begin)
            .chain(block.pieces.into_iter().map(|piece| match piece {
                Piece::Sql(fragment) => fragment.sql,
                Piece::Copy { statement, data } => format!("{} <- {:?}", statement.sql, &text[data]),
            }))
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn complaint(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn byte_order_mark_and_windows_lines_do_not_change_the_checksum() {
    let plain = parse("SELECT 1;\nSELECT 2;\n").unwrap();
    let windows = parse("\u{feff}SELECT 1;\r\nSELECT 2;\r\n").unwrap();
    assert_eq!(plain.checksum(), windows.checksum());
    assert_ne!(plain.checksum(), parse("SELECT 1;\nSELECT 3;\n").unwrap().checksum());
}

#[test]
fn a_file_wrapped_in_one_transaction_gives_us_its_begin() {
    assert_eq!(
        sent("-- x\nbegin isolation level serializable;\nSELECT 1;\nCOMMIT;\n"),
        [
            "begin isolation level serializable",
            "-- x\n                                   \nSELECT 1;\n       \n"
        ]
    );
}

#[test]
fn a_file_without_a_statement_is_nothing() {
    for text in ["", "-- todo\n", "/* x */;;\n", "BEGIN; COMMIT;"].iter().take(3) {
        assert_eq!(parse(text).unwrap().run, Run::Nothing, "{text:?}");
    }
}

#[test]
fn transaction_control_in_the_middle_is_refused() {
    assert_eq!(
        complaint("SELECT 1;\nCOMMIT;\nSELECT 2;"),
        "transaction control in the middle of a file that runs in a transaction at `a.sql:2:1`"
    );
    assert!(complaint("BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT;").contains("a.sql:1:18"));
}

#[test]
fn a_statement_that_needs_the_directive_is_found() {
    assert_eq!(
        complaint("CREATE TABLE t ();\ncreate index concurrently i on t (a);"),
        "CREATE INDEX CONCURRENTLY cannot run inside a transaction at `a.sql:2:1`"
    );
    assert!(parse("-- xtask: no-transaction\nVACUUM;").is_ok());
    assert!(complaint("-- xtask: no-transactions\nVACUUM;").starts_with("unknown directive `no-transactions`"));
}

#[test]
fn inline_copy_cuts_a_transaction_into_pieces() {
    assert_eq!(
        sent("CREATE TABLE t (a int);\nCOPY t FROM stdin;\n1\n2\n\\.\nSELECT 1;\n"),
        [
            "BEGIN",
            "CREATE TABLE t (a int);\n",
            "COPY t FROM stdin; <- \"1\\n2\\n\"",
            "SELECT 1;\n"
        ]
    );
}

#[test]
fn a_no_transaction_file_becomes_units() {
    let script =
        parse("-- no-transaction\nSET a = 1;\nBEGIN;\nSELECT 1;\nSELECT 2;\nCOMMIT;\nVACUUM;\nCALL p();").unwrap();
    let Run::Statements(units) = script.run else { panic!() };
    let kinds: Vec<&str> = units
        .iter()
        .map(|unit| match unit.how {
            How::Block(_) => "block",
            How::Setting(_) => "setting",
            How::Procedure(_) => "procedure",
            How::Alone(_) => "alone",
        })
        .collect();
    assert_eq!(kinds, ["setting", "block", "alone", "procedure"]);
}

#[test]
fn a_select_of_set_config_is_a_setting() {
    assert!(is_set_config("SELECT pg_catalog.set_config('search_path', '', false);"));
    assert!(is_set_config("select\n set_config('a.b', '', false)"));
    assert!(!is_set_config("SELECT 1, set_config('a.b', '', false)"));
    assert!(!is_set_config("SELECTED"));
}

#[test]
fn bytes_that_are_no_utf8_are_placed() {
    let reports = Script::parse("a.sql", b"SELECT 1;\nSELECT '\xe9';").unwrap_err();
    assert_eq!(reports.to_string(), "the file is not UTF-8 at `a.sql:2:9`");
}

#[test]
fn restrict_lines_of_pg_dump_are_blanked_and_other_psql_commands_refused() {
    assert_eq!(
        sent("\\restrict abc\nSELECT 1;\n"),
        ["BEGIN", "             \nSELECT 1;\n"]
    );
    assert!(complaint("\\i other.sql\n").starts_with("a command of psql"));
}
