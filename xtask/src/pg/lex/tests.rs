//! One test a rule. The same rules are held to psql itself by the integration test `splits_as_psql_does`.

use proptest::prelude::*;

use super::*;

fn statements(text: &str) -> Vec<&str> {
    let items = split(text).unwrap();
    items
        .into_iter()
        .map(|item| match item {
            Item::Statement(statement) => statement.text,
            Item::Meta { text, .. } => text,
        })
        .collect()
}

fn only(text: &str) -> Statement<'_> {
    match <[Item; 1]>::try_from(split(text).unwrap()) {
        Ok([Item::Statement(statement)]) => statement,
        other => panic!("{other:?}"),
    }
}

fn error(text: &str) -> (usize, LexErrorKind) {
    let error = split(text).unwrap_err();
    (error.offset, error.kind)
}

fn name(schema: Option<&str>, name: &str) -> QualifiedName {
    QualifiedName {
        schema: schema.map(str::to_owned),
        name: name.to_owned(),
    }
}

#[test]
fn a_semicolon_ends_a_statement_and_empty_ones_are_left_out() {
    assert_eq!(statements(";; select 1 ; ;select 2"), ["select 1", "select 2"]);
    assert_eq!(only(" select 1 ;\n").span, 1..11);
    assert_eq!(only(" select 1 -- end\n").span, 1..9);
}

#[test]
fn the_text_is_without_the_comments_around_it_and_with_those_inside() {
    assert_eq!(only("/* a */ select /* b */ 1 -- c\n;").text, "select /* b */ 1");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_statement() {
    assert_eq!(only("\u{feff}select 1;").text, "select 1");
}

#[test]
fn a_semicolon_in_quotes_ends_nothing() {
    for text in [
        "select 'a;''b'",
        "select 'a;\\'",
        "select E'a;\\'b;'",
        "select b'0;', x';', N';'",
        "select U&';', u&\";\"",
        "select \"a;\"\"b;\"",
        "select $$;'$$",
        "select $täg_1$;$$;$täg$;$täg_1$",
    ] {
        assert_eq!(statements(&format!("{text}; select 2")), [text, "select 2"]);
    }
}

#[test]
fn a_string_goes_on_over_a_newline_in_the_manner_it_began() {
    for text in ["select E'a'\n'\\';b'", "select E'a' -- note\n\n -- note\n '\\';b'"] {
        assert_eq!(statements(&format!("{text}; select 2")), [text, "select 2"]);
    }
    assert_eq!(
        statements("select E'a' '\\'; select 2"),
        ["select E'a' '\\'", "select 2"]
    );
}

#[test]
fn a_prefix_inside_a_name_is_no_prefix() {
    assert_eq!(
        statements("select type'a\\'; select 2"),
        ["select type'a\\'", "select 2"]
    );
}

#[test]
fn a_dollar_inside_a_name_or_before_a_digit_opens_no_string() {
    for text in [
        "select a$b$c",
        "select $1",
        "select $1$2",
        "select größe$x$",
        "select $a b",
    ] {
        assert_eq!(statements(&format!("{text}; select 2")), [text, "select 2"]);
    }
}

#[test]
fn comments_nest_and_begin_inside_operators() {
    for text in [
        "select 1 /* ; /* ; */ ; */",
        "select /*/ ; */ 1",
        "select 1 +-- ;\n 2",
        "select 1 @/* ; */ 2",
        "select a->-- ;\n'b'",
    ] {
        assert_eq!(statements(&format!("{text}; select 2")).len(), 2, "{text}");
    }
}

#[test]
fn a_semicolon_in_parentheses_ends_nothing() {
    let rule = "create rule r as on insert to t do also (select 1; select 2)";
    assert_eq!(statements(&format!("{rule}; select 3")), [rule, "select 3"]);
    assert_eq!(statements("select [1;2]"), ["select [1", "2]"]);
    assert_eq!(statements("select 1); select 2").len(), 2);
}

#[test]
fn a_function_body_in_standard_sql_is_one_statement() {
    for text in [
        "create function f() returns int begin atomic select 1; select 2; end",
        "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
        "create function f() returns int begin atomic select (case when true then 1 end); select 2; end",
    ] {
        assert_eq!(statements(&format!("{text}; select 3")), [text, "select 3"]);
    }
}

#[test]
fn begin_outside_a_function_is_a_statement() {
    let view = "create view v as select case when true then 1 end as begin";
    assert_eq!(
        statements(&format!("{view}; begin; end; select 1")),
        [view, "begin", "end", "select 1"]
    );
}

#[test]
fn copy_takes_the_lines_up_to_its_end_mark() {
    let text = "copy t from stdin; -- note\n1;'\n\\N\n\\.\nselect 1";
    let items = split(text).unwrap();
    let [Item::Statement(copy), Item::Statement(next)] = &items[..] else {
        panic!("{items:?}")
    };
    assert_eq!(&text[copy.copy_data.clone().unwrap()], "1;'\n\\N\n");
    assert_eq!(next.text, "select 1");
}

#[test]
fn copy_takes_all_when_there_is_no_end_mark() {
    for (text, data) in [
        ("copy t from stdin", ""),
        ("copy t from stdin;\n", ""),
        ("copy t from stdin;\n\\.", ""),
        ("copy t from stdin;\r\n\\.\r\n", ""),
        ("copy t from stdin;\na\\.\n\\.b", "a\\.\n\\.b"),
    ] {
        assert_eq!(&text[only(text).copy_data.unwrap()], data, "{text}");
    }
}

#[test]
fn sql_on_the_line_of_a_copy_is_refused() {
    assert_eq!(
        error("copy t from stdin; select 1;\n\\.\n"),
        (19, LexErrorKind::TextAfterCopy)
    );
}

#[test]
fn a_backslash_outside_quotes_is_a_psql_command_to_the_end_of_the_line() {
    assert_eq!(
        split("\\set a 'b;c'\r\nselect 1\\gset \nselect '\\no'")
            .unwrap()
            .iter()
            .map(|item| match item {
                Item::Meta { text, offset } => (*offset, *text),
                Item::Statement(statement) => (statement.span.start, statement.text),
            })
            .collect::<Vec<_>>(),
        [
            (0, "\\set a 'b;c'"),
            (14, "select 1"),
            (22, "\\gset"),
            (29, "select '\\no'")
        ]
    );
}

#[test]
fn what_never_ends_is_an_error_at_its_beginning() {
    assert_eq!(error("select E'a\\';"), (7, LexErrorKind::UnterminatedString));
    assert_eq!(error("select E'\\"), (7, LexErrorKind::UnterminatedString));
    assert_eq!(error("select $a$ $b$"), (7, LexErrorKind::UnterminatedDollarString));
    assert_eq!(error("select \"a\"\"b"), (7, LexErrorKind::UnterminatedIdentifier));
    assert_eq!(error("é /* /* */"), (3, LexErrorKind::UnterminatedComment));
    assert_eq!(error("select '\0'"), (8, LexErrorKind::Nul));
    assert_eq!(split("/*").unwrap_err().to_string(), "unterminated /* comment");
}

#[test]
fn a_text_without_a_statement_is_blank() {
    for text in ["", " \n", "-- a", "/* a; */ ;; -- b\n;"] {
        assert!(is_blank(text), "{text:?}");
        assert!(split(text).unwrap().is_empty(), "{text:?}");
    }
    for text in ["select", "\\d", "/*", "'"] {
        assert!(!is_blank(text), "{text:?}");
    }
}

#[test]
fn words_are_the_unquoted_ones() {
    let statement = only("Create /* x */ view \"y\" as select 'z', $$w$$, u&\"v\"");
    assert_eq!(
        statement.words().collect::<Vec<_>>(),
        ["Create", "view", "as", "select"]
    );
}

#[test]
fn transaction_control_is_told_apart() {
    for (text, kind) in [
        ("BEGIN", Kind::Begin),
        ("begin isolation level serializable", Kind::Begin),
        ("start transaction", Kind::Begin),
        ("commit work", Kind::Commit),
        ("END", Kind::Commit),
        ("rollback", Kind::Rollback),
        ("abort transaction", Kind::Rollback),
        ("rollback and chain", Kind::Rollback),
        ("rollback to a", Kind::Savepoint),
        ("rollback transaction to savepoint a", Kind::Savepoint),
        ("savepoint a", Kind::Savepoint),
        ("release savepoint a", Kind::Savepoint),
        ("prepare transaction 'x'", Kind::TwoPhase),
        ("commit prepared 'x'", Kind::TwoPhase),
        ("rollback prepared 'x'", Kind::TwoPhase),
        ("prepare transaction as select 1", Kind::Ordinary),
        ("\"commit\"", Kind::Ordinary),
        ("(select 1)", Kind::Ordinary),
        ("call p()", Kind::Call),
        ("do $$begin commit; end$$", Kind::Do),
    ] {
        assert_eq!(only(text).kind(), kind, "{text}");
    }
}

#[test]
fn a_setting_for_the_session_is_told_from_one_for_the_transaction() {
    for (text, kind) in [
        ("set search_path = a", Kind::Set),
        ("set session role x", Kind::Set),
        ("set time zone 'UTC'", Kind::Set),
        ("set session characteristics as transaction read only", Kind::Set),
        ("set local.colour = 'red'", Kind::Set),
        ("reset all", Kind::Set),
        ("set local search_path = a", Kind::Ordinary),
        ("set constraints all deferred", Kind::Ordinary),
        ("set transaction read only", Kind::Ordinary),
    ] {
        assert_eq!(only(text).kind(), kind, "{text}");
    }
}

#[test]
fn only_copy_from_stdin_waits_for_data() {
    for text in [
        "copy t from stdin",
        "COPY s.t (a, b) FROM STDIN WITH (FORMAT csv)",
        "copy public.from from stdin csv",
        "copy \"to\" from stdin",
        "copy binary t from stdin",
    ] {
        assert_eq!(only(text).kind(), Kind::CopyFromStdin, "{text}");
    }
    for text in [
        "copy t to stdout",
        "copy t from 'stdin'",
        "copy t from program 'cat'",
        "copy (select 1 from stdin) to stdout",
        "copy \"t from stdin\" to stdin",
    ] {
        assert_eq!(only(text).kind(), Kind::Ordinary, "{text}");
    }
}

#[test]
fn what_the_server_refuses_in_a_transaction_is_named() {
    for (text, command) in [
        ("create index concurrently on t (a)", "CREATE INDEX CONCURRENTLY"),
        ("drop index concurrently a", "DROP INDEX CONCURRENTLY"),
        ("reindex (verbose, concurrently) table t", "REINDEX CONCURRENTLY"),
        ("reindex index concurrently t", "REINDEX CONCURRENTLY"),
        ("reindex (concurrently off) schema s", "REINDEX SCHEMA"),
        ("reindex database", "REINDEX DATABASE"),
        ("reindex system d", "REINDEX SYSTEM"),
        ("vacuum (full) t", "VACUUM"),
        ("cluster", "CLUSTER"),
        ("cluster (verbose)", "CLUSTER"),
        ("create database d", "CREATE DATABASE"),
        ("drop database d", "DROP DATABASE"),
        (
            "alter database \"D\" set tablespace t",
            "ALTER DATABASE … SET TABLESPACE",
        ),
        ("create tablespace t location ''", "CREATE TABLESPACE"),
        ("drop tablespace t", "DROP TABLESPACE"),
        ("alter system reset all", "ALTER SYSTEM"),
        (
            "create subscription s connection '' publication p with (enabled = false)",
            "CREATE SUBSCRIPTION",
        ),
        (
            "alter subscription s refresh publication",
            "ALTER SUBSCRIPTION … REFRESH",
        ),
        (
            "alter subscription s add publication p, q",
            "ALTER SUBSCRIPTION … REFRESH",
        ),
        ("alter subscription s set (failover = true)", "ALTER SUBSCRIPTION … SET"),
        (
            "alter subscription s set (two_phase = false)",
            "ALTER SUBSCRIPTION … SET",
        ),
        (
            "alter table detach detach partition p concurrently",
            "ALTER TABLE … DETACH PARTITION CONCURRENTLY",
        ),
        ("discard all", "DISCARD ALL"),
    ] {
        match only(text).kind() {
            Kind::OutsideTransaction(outside) => assert_eq!(outside.command_name(), command),
            kind => panic!("{text}: {kind:?}"),
        }
    }
}

#[test]
fn what_looks_alike_but_is_fine_in_a_transaction_is_ordinary() {
    for text in [
        "create index \"concurrently\" on t (a)",
        "reindex table t",
        "reindex (concurrently false) table t",
        "analyze",
        "cluster t",
        "cluster (verbose) t using i",
        "alter database d set work_mem = '1MB'",
        "alter type e add value 'x'",
        "refresh materialized view concurrently m",
        "alter table t detach partition p finalize",
        "create subscription s connection '' publication p with (connect = false)",
        "create subscription s connection '' publication p with (slot_name = NONE, create_slot = 0)",
        "alter subscription s set publication p with (refresh = false)",
        "alter subscription s set (slot_name = NONE)",
        "alter subscription s set (two_phase = true)",
        "drop subscription s",
        "discard temp",
        "create function f() returns int as 'vacuum' language sql",
        "explain analyze select 1",
    ] {
        assert_eq!(only(text).kind(), Kind::Ordinary, "{text}");
    }
}

#[test]
fn an_index_built_concurrently_is_known_by_the_name_the_catalogue_has() {
    let created = |text| match only(text).kind() {
        Kind::OutsideTransaction(OutsideTransaction::CreateIndexConcurrently { index, table }) => (index, table),
        kind => panic!("{kind:?}"),
    };
    assert_eq!(
        created("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"My \"\"Idx\" ON ONLY App.Users (a)"),
        (Some(name(Some("app"), "My \"Idx")), Some(name(Some("app"), "users")))
    );
    assert_eq!(
        created("create index concurrently on t (a)"),
        (None, Some(name(None, "t")))
    );
    let long = "x".repeat(62) + "é";
    assert_eq!(
        created(&format!("create index concurrently {long} on t (a)")).0,
        Some(name(None, &long[..62]))
    );
}

#[test]
fn indexes_dropped_concurrently_are_listed() {
    assert_eq!(
        only("drop index concurrently if exists A, \"S\".b").kind(),
        Kind::OutsideTransaction(OutsideTransaction::DropIndexConcurrently {
            indexes: vec![name(None, "a"), name(Some("S"), "b")]
        })
    );
}

#[test]
fn places_are_counted_in_characters() {
    let text = "é\r\nüb\n";
    assert_eq!(line_column(text, 0), (1, 1));
    assert_eq!(line_column(text, 1), (1, 1));
    assert_eq!(line_column(text, 2), (1, 2));
    assert_eq!(line_column(text, 6), (2, 2));
    assert_eq!(line_column(text, 99), (3, 1));
    assert_eq!(byte_of_char(text, 0), 0);
    assert_eq!(byte_of_char(text, 4), 6);
    assert_eq!(byte_of_char(text, 99), text.len());
}

/// Pieces that interact, so that random texts get deep into the lexer.
fn sql_like() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "'",
        "''",
        "\"",
        "$",
        "$$",
        "$a$",
        "$é$",
        "\\",
        "\\.",
        "\n\\.\n",
        "/*",
        "*/",
        "--",
        "\n",
        "\r\n",
        " ",
        ";",
        "(",
        ")",
        "E'",
        "u&'",
        "U&\"",
        "b",
        "a$b$",
        "1e-",
        "1",
        ".",
        ":",
        "-",
        "é",
        "日",
        "\u{feff}",
        "create ",
        "or ",
        "replace ",
        "function ",
        "begin ",
        "case ",
        "end ",
        "copy t from stdin",
        "select ",
        "index ",
        "concurrently ",
        "on ",
        ",",
        "=",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Walks over a text from item to item and looks at what lies between.
struct Walk<'a> {
    text: &'a str,
    end: usize,
    data: Option<Range<usize>>,
}

impl Walk<'_> {
    fn pass(&mut self, span: Range<usize>) {
        if let Some(data) = self.data.take_if(|data| data.start <= span.start) {
            self.pass(data);
            let rest = &self.text[self.end..];
            self.end += if rest.starts_with("\\.") { 2 } else { 0 };
        }
        assert!(self.end <= span.start && span.start <= span.end);
        let between = &self.text[self.end..span.start];
        assert!(is_blank(between), "lost: {between:?}");
        self.end = span.end;
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_whatever_the_text(text in prop_oneof![sql_like(), any::<String>()]) {
        if let Ok(items) = split(&text) {
            let mut walk = Walk { text: &text, end: 0, data: None };
            for item in &items {
                match item {
                    Item::Statement(statement) => {
                        walk.pass(statement.span.clone());
                        prop_assert!(text[statement.span.clone()].starts_with(statement.text));
                        walk.data.clone_from(&statement.copy_data);
                        let waits_for_data = statement.kind() == Kind::CopyFromStdin;
                        prop_assert_eq!(waits_for_data, statement.copy_data.is_some());
                    }
                    Item::Meta { text, offset } => walk.pass(*offset..offset + text.len()),
                }
            }
            walk.pass(text.len()..text.len());
            prop_assert_eq!(items.is_empty(), is_blank(&text));
        }
    }

    #[test]
    fn any_place_has_a_line_and_a_column(text: String, place in 0..200_usize) {
        let (line, column) = line_column(&text, byte_of_char(&text, place));
        prop_assert!(line >= 1 && column >= 1);
    }
}
