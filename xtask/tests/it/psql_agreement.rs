//! Holds [`split`] to psql itself, and [`Statement::kind`] to a server.
//!
//! For the first, psql reads each text from a file and talks to a stand-in server of a few lines that writes down
//! every query and every line of COPY data and answers "done": nothing is executed, so any text will do, and no
//! PostgreSQL server is needed. For the second, a real server is asked to run each statement behind a `BEGIN`.

use std::io::{self, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

use crate::harness::TestDatabase;
use postgres::Client;
use postgres::error::SqlState;
use rand::RngExt as _;
use xshell::{Shell, cmd};
use xtask::pg::lex::{Item, Kind, LexErrorKind, Statement, split};

#[test]
fn splits_as_psql_does() {
    let shell = Shell::new().unwrap();
    if cmd!(shell, "psql --version").quiet().read().is_err() {
        eprintln!("skipped: psql is not installed");
        return;
    }
    let mut texts: Vec<(String, String)> = TRICKY
        .iter()
        .enumerate()
        .map(|(number, text)| (format!("TRICKY[{number}] {text:?}"), (*text).to_owned()))
        .collect();
    texts.extend(corpus(&shell));
    let report = compare_with_psql(&shell, &texts);
    println!("{report:?}");
    assert!(report.statements > TRICKY.len());
    assert_eq!(report.disagreements, Vec::<String>::new());
}

/// Random mixtures of pieces that interact. `SQL_MIXTURES` says how many; a disagreement names the whole text.
#[test]
fn splits_random_mixtures_as_psql_does() {
    let shell = Shell::new().unwrap();
    if cmd!(shell, "psql --version").quiet().read().is_err() {
        eprintln!("skipped: psql is not installed");
        return;
    }
    let number = std::env::var("SQL_MIXTURES").map_or(60, |number| number.parse().unwrap());
    let mut random = rand::rng();
    let texts: Vec<(String, String)> = (0..number)
        .map(|_| {
            let pieces = random.random_range(3..15);
            let text: String = (0..pieces)
                .map(|_| PIECES[random.random_range(0..PIECES.len())])
                .collect();
            (format!("{text:?}"), text)
        })
        .collect();
    let report = compare_with_psql(&shell, &texts);
    println!("{report:?}");
    assert!(
        report.statements > number / 6,
        "mixtures without statements prove nothing"
    );
    assert_eq!(report.disagreements, Vec::<String>::new());
}

#[test]
fn classifies_as_the_server_does() {
    let database = TestDatabase::empty();
    assert_eq!(
        compare_with_server(&mut database.connect(), CLASSIFIED),
        Vec::<String>::new()
    );
}

#[derive(Debug, Default)]
struct Report {
    texts: usize,
    statements: usize,
    metas: usize,
    /// Texts that neither can cut: psql sends an unfinished last statement.
    unfinished: usize,
    /// Statements in which psql put the value of a variable; [`split`] leaves `:'name'` and its like alone.
    with_variables: usize,
    /// Texts that [`split`] refuses and psql takes: SQL on the line of a `COPY … FROM STDIN;`.
    refused: usize,
    disagreements: Vec<String>,
}

/// Compares what psql sends for each (name, text) with what [`split`] finds in it.
fn compare_with_psql(shell: &Shell, texts: &[(String, String)]) -> Report {
    let mut report = Report::default();
    let folder = shell.create_temp_dir().unwrap();
    let file = folder.path().join("script.sql");
    let psql = psql(shell);
    for (name, text) in texts {
        report.texts += 1;
        let text = without_effects(text);
        shell.write_file(&file, &text).unwrap();
        let (queries, echoed) = run_psql(shell, &psql, &file);
        if let Err(difference) = compare(&text, &queries, &echoed, &mut report) {
            report.disagreements.push(format!("{name}: {difference:.500}"));
        }
    }
    report
}

/// Asks the server (in a transaction that is rolled back) which of `statements` it refuses in a block.
fn compare_with_server(client: &mut Client, statements: &[&str]) -> Vec<String> {
    let mut differences = Vec::new();
    for statement in statements {
        client.batch_execute("BEGIN").unwrap();
        let result = client.batch_execute(statement);
        let refused = result.is_err_and(|error| error.code() == Some(&SqlState::ACTIVE_SQL_TRANSACTION));
        client.batch_execute("ROLLBACK").unwrap();
        let kind = kind_of(statement);
        let refusal_expected = matches!(kind, Kind::OutsideTransaction(_) | Kind::TwoPhase);
        if refused != refusal_expected {
            differences.push(format!("{statement}: {kind:?}, refused: {refused}"));
        }
    }
    differences
}

fn kind_of(statement: &str) -> Kind {
    match &split(statement).unwrap()[..] {
        [Item::Statement(statement)] => statement.kind(),
        items => panic!("not one statement: {items:?}"),
    }
}

/// psql itself: what Debian has on the path is a script, which takes longer to find psql than psql to read a text.
fn psql(shell: &Shell) -> PathBuf {
    let folder = cmd!(shell, "pg_config --bindir").quiet().ignore_stderr().read();
    let installed = folder.map(|folder| Path::new(&folder).join("psql")).ok();
    installed
        .filter(|psql| psql.is_file())
        .unwrap_or_else(|| PathBuf::from("psql"))
}

/// Every `.sql` file that PostgreSQL installed, and those below the folders in `SQL_CORPUS` (like `PATH`).
fn corpus(shell: &Shell) -> Vec<(String, String)> {
    let mut folders: Vec<PathBuf> = std::env::var_os("SQL_CORPUS")
        .map(|folders| std::env::split_paths(&folders).collect())
        .unwrap_or_default();
    let installed = cmd!(shell, "pg_config --sharedir").quiet().ignore_stderr();
    folders.extend(installed.read().ok().map(PathBuf::from));
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in shell.read_dir(folder).unwrap_or_default() {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "sql") {
                // psql can't be held to a file in another encoding.
                let text = shell.read_file(&path).ok();
                texts.extend(text.map(|text| (path.display().to_string(), text)));
            }
        }
    }
    texts
}

/// Puts a harmless `\echo @offset@` in the place of each psql command, and a `\g` behind it where a statement was
/// open, because [`split`] ends it there.
fn without_effects(text: &str) -> String {
    let mut result = String::new();
    let mut copied = 0;
    let mut open_until = 0;
    for item in split(text).unwrap_or_default() {
        match item {
            Item::Statement(statement) => {
                let closed = text[statement.span.clone()].len() > statement.text.len();
                open_until = if closed { 0 } else { statement.span.end };
            }
            Item::Meta { text: meta, offset } => {
                result.push_str(&text[copied..offset]);
                let send = if open_until > 0 { "\\g" } else { "" };
                let marker = result.len();
                result.extend(["\\echo @", &marker.to_string(), "@", send]);
                copied = offset + meta.len();
                open_until = 0;
            }
        }
    }
    result + &text[copied..]
}

fn compare(text: &str, queries: &[Query], echoed: &str, report: &mut Report) -> Result<(), String> {
    let items = match split(text) {
        Ok(items) => items,
        Err(error) if error.kind == LexErrorKind::TextAfterCopy => {
            report.refused += 1;
            return Ok(());
        }
        Err(error) => {
            report.unfinished += 1;
            let last = queries.last().map_or("", |query| query.text.as_str());
            return match split(last) {
                Err(other) if other.kind == error.kind => Ok(()),
                other => Err(format!("{error}, but of psql's last query: {other:?}")),
            };
        }
    };
    let mut sent = queries.iter().filter(|query| split(&query.text) != Ok(vec![]));
    for item in &items {
        match item {
            Item::Statement(statement) => {
                report.statements += 1;
                let query = sent
                    .next()
                    .ok_or_else(|| format!("psql did not send {:?}", statement.text))?;
                compare_statement(text, statement, query, report)?;
            }
            Item::Meta { offset, .. } => {
                report.metas += 1;
                if !echoed.contains(&format!("@{offset}@")) {
                    return Err(format!("psql found no command at {offset}"));
                }
            }
        }
    }
    sent.next()
        .map_or(Ok(()), |query| Err(format!("psql also sent {query:?}")))
}

fn compare_statement(text: &str, ours: &Statement<'_>, psqls: &Query, report: &mut Report) -> Result<(), String> {
    // psql's query may have comments around the statement.
    let theirs = match split(&psqls.text).as_deref() {
        Ok([Item::Statement(only)]) => without_empty_lines(&psqls.text[only.span.clone()]),
        other => return Err(format!("psql sent {:?}, which is {other:?}", psqls.text)),
    };
    let expected = without_empty_lines(&text[ours.span.clone()]);
    if theirs != expected && has_variable(&expected) {
        report.with_variables += 1;
    } else if theirs != expected {
        return Err(format!("psql sent {theirs:?}, not {expected:?}"));
    }
    let data = ours.copy_data.clone().map(|data| &text[data]);
    let sent_data = psqls.data.as_deref().map(|data| {
        let line = data.trim_end_matches(['\r', '\n']);
        let end = line
            .strip_suffix("\\.")
            .filter(|rest| rest.is_empty() || rest.ends_with('\n'));
        end.unwrap_or(data)
    });
    if data == sent_data {
        Ok(())
    } else {
        Err(format!("psql sent the data {sent_data:?}, not {data:?}"))
    }
}

fn has_variable(statement: &str) -> bool {
    [":'", ":\"", ":{?"].iter().any(|opening| statement.contains(opening))
}

/// psql drops empty lines outside quotes.
fn without_empty_lines(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

#[derive(Debug)]
struct Query {
    text: String,
    data: Option<String>,
}

fn run_psql(shell: &Shell, psql: &Path, file: &Path) -> (Vec<Query>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let server = thread::spawn(move || stand_in(listener.accept()?.0));
    let target = "host=127.0.0.1 user=u dbname=d sslmode=disable gssencmode=disable";
    let output = cmd!(shell, "{psql} -X -q -f {file} {target}")
        .env("PGPORT", port)
        .env("PGCLIENTENCODING", "UTF8")
        .quiet()
        .ignore_status()
        .output()
        .unwrap();
    let echoed = String::from_utf8_lossy(&output.stdout).into_owned();
    (server.join().unwrap().unwrap(), echoed)
}

/// Speaks as much of <https://www.postgresql.org/docs/current/protocol-flow.html> as psql needs.
fn stand_in(stream: TcpStream) -> io::Result<Vec<Query>> {
    // Else each small answer waits for the acknowledgement of the one before.
    stream.set_nodelay(true)?;
    let mut output = stream.try_clone()?;
    let mut input = BufReader::new(stream);
    let mut queries: Vec<Query> = Vec::new();
    read_body(&mut input)?;
    send(&mut output, b'R', &0_i32.to_be_bytes())?;
    for setting in [
        "server_version\x0015.0\0",
        "client_encoding\0UTF8\0",
        "standard_conforming_strings\0on\0",
    ] {
        send(&mut output, b'S', setting.as_bytes())?;
    }
    send(&mut output, b'Z', b"I")?;
    loop {
        let mut tag = [0];
        input.read_exact(&mut tag)?;
        let body = read_body(&mut input)?;
        let text = || String::from_utf8_lossy(&body).trim_end_matches('\0').to_owned();
        match tag[0] {
            b'Q' => {
                let waits_for_data = split(&text()).is_ok_and(
                    |items| matches!(&items[..], [Item::Statement(only)] if only.kind() == Kind::CopyFromStdin),
                );
                queries.push(Query {
                    text: text(),
                    data: waits_for_data.then(String::new),
                });
                if waits_for_data {
                    send(&mut output, b'G', &[0, 0, 0])?;
                    continue;
                }
            }
            b'd' => {
                if let Some(data) = queries.last_mut().and_then(|query| query.data.as_mut()) {
                    data.push_str(&text());
                }
                continue;
            }
            b'X' => return Ok(queries),
            _ => {}
        }
        send(&mut output, b'C', b"DONE\0")?;
        send(&mut output, b'Z', b"I")?;
    }
}

fn read_body(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
    input.read_exact(&mut body)?;
    Ok(body)
}

fn send(output: &mut impl Write, tag: u8, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len() + 4).expect("our messages are short");
    output.write_all(&[&[tag][..], &length.to_be_bytes(), body].concat())
}

const TRICKY: &[&str] = &[
    "select 1; select 2",
    ";;select 1;;",
    "\u{feff}select 1;",
    "select ';' ; select 2;",
    "select 'it''s; fine'; select 2;",
    "select 'back\\'; select 2;",
    "select E'back\\'; still'; select 2;",
    "select e'\\\\'; select 2;",
    "select b'1;0', x'f;', n'a;', U&'\\0061;', u&\"a;\"\"b\"; select 2;",
    "select foo_e'a\\'; select 2;",
    "select 'a'\n  'b;\\'; select 2;",
    "select 'a' -- c;\n 'b;'; select 2;",
    "select 'a' /* ; */ 'b'; select 2;",
    "select E'a;'\n'b;c'; select 2;",
    "select \"a;\"\"b\" from \";\"; select 2;",
    "select 1 -- comment; 'quote\n; select 2;",
    "select 1 -- carriage return ends it\r; select 2;",
    "select 1 /* a; /* nested; */ b; */ ; select 2;",
    "select /*/ ; */ 1; select /***/ 2; select /* * / ** /*/ 3; */ */ 3;",
    "/* alone */",
    "-- alone",
    "select 1; -- end\n/* end */",
    "-- first\nselect 1;\n\n\n/* then */ select\n\n2;",
    "select $$a;'b$$; select 2;",
    "select $tag$a; $$ ; $tagg$ $tag $tag$; select 2;",
    "select $ä1_$;$ä1_$; select 2;",
    "select a$b$c; d$b$; select 2;",
    "select a$$; select 2$$;",
    "select $1$2; select $1; select $1$a$;$a$;",
    "select 1$a$;$a$; select 2;",
    "select $a;select b$;",
    "select $a$b$a$b$; $a$; select 2;",
    "select $$a$a$$; select 2;",
    "select $1a;select 2;",
    "select 1+--;\n2; select 3;",
    "select 1-/*;*/2; select 1*/*;*/2; select @-- ;\n 3; select //*;*/1;",
    "select a->'b;', a->>'c', a#>'{d}', -- ;\n 1; select 2;",
    "select 5 - - 3; select 5 --3;\n;",
    "select 1.5e-3, .5, 1., 1..2, 0x1F, 1_000; select 2;",
    "select a[1:2], b::text, c := 1; select 2;",
    "select :'a;b', :\"c\"; select 2;",
    "create rule r as on insert to t do also (insert into a values (1); delete from b); select 1;",
    "select ')' || (1;2); select 2;",
    "select 1); select 2;",
    "select [1;2]; select 2;",
    "select (1; select 2;",
    "create function f() returns int begin atomic select 1; select 2; end; select 3;",
    "create or replace procedure p() begin atomic select case when true then 1 end; end; select 3;",
    "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC\n SELECT (CASE WHEN 1=1 THEN 2 END);\n SELECT CASE 1 WHEN 1 THEN CASE 2 WHEN 2 THEN 3 END END;\nEND;\nselect 4;",
    "create function f() returns int language plpgsql as $$begin return 1; end$$; select 1;",
    "create function f(x int default 1) returns int as 'select 1; begin' language sql; select 1;",
    "create view v as select 1 as begin; select 2; begin; select case when true then 1 end; end;",
    "create trigger t before insert on begin execute function f(); select 2;",
    "create function \"begin\"() returns int as 'select 1' language sql; select 2;",
    "create or replace view function as select 1 as begin; select 2;",
    "begin; create table t (a int); commit;",
    "do $do$ begin perform $$;$$; end $do$; select 1;",
    "copy t from stdin;\n1\t;'\n\\N\n\\.\nselect 1;",
    "copy t (a, b) from stdin with (format csv);\r\n1,\";\"\r\n\\.\r\nselect 1;\r\n",
    "copy public.from from stdin; -- note\n'open\n\\.\nselect 1;",
    "COPY t FROM STDIN;\n\\.\nCOPY u FROM stdin;\n/* x\n\\.\n",
    "copy t from stdin;\n1\n2",
    "copy t from stdin;",
    "copy t from stdin",
    "copy t from 'file'; copy t to stdout; copy (select 1) to stdout; select 2;",
    "copy \"from\" to stdout; select 1;",
    "copy t from stdin;\n\n\n a\\.\n\\. \n \\.\n\n\\.\nselect 1;",
    "\\echo hello; world\nselect 1;\n\\set x 'a;b'\nselect 2;",
    "select 1 \\g\nselect 2 \\gset x_\nselect 3;",
    "  \\if true\nselect '\\if';\n\\endif",
    "select 'not \\meta' as \"nor \\this\", $$\\nor this$$ -- \\nor\n/* \\nor */; select 2;",
    "insert into t values ('é;', 'ß'), ('日本;語');select 'ü' as größe; select 1;",
    "select 1 as größe$x$; select 2 as x$;",
    "select U&'d\\0061t\\+000061' uescape '\\'; select 2;",
    "select u&x, n; select u & 'a;'; select 2;",
    "select E'\\u0041;\\x41\\101\\;\\''; select 2;",
    "copy t from stdin \\g\n'data\n\\.\nselect 1;",
    "select 'unterminated; select 2;",
    "select E'unterminated\\'; select 2;",
    "select \"unterminated; select 2;",
    "select $a$unterminated; $b$ select 2;",
    "select /* unterminated; /* */ select 2;",
    "select 1;\r\n\r\nselect\r\n2;\r\n",
    "select 1\x0c;select\t2;",
];

/// Pieces that mean something to a lexer, alone or together. Without `1e-`: before another `-`, PostgreSQL 15 takes it for a broken number,
/// and older ones take both for a comment. And without an `E''` that goes on in the next line: psql reads line by line, and forgets that its
/// backslashes mean something; the server, and `split`, don't.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "'", "\"", "$$", "$a$", "/*", "*/", "e'", "U&'", "u&\"", "(", ")", "[", "]",
    "'a;'", "'it''s;'", "e'\\';'", "E'\\\\'", "\"b;\"\"\"", "n'\\'", "x'0;'", "$$;'$$", "$a$;$$;$a$", "$é$;$é$", "/* ; /* ' */ */", "-- ';\n",
    "(1;2)", "$1", "a$b", "$a", "a$b$c", "'x'\n';y' ", "\n", "\r\n", "\t", " ", " ", ";", ";", ";\n", ",", ".", "=", "1", "2.5",
    "+", "-", "*", "/", "@", "#", "::", ":=", "é", "日本", "select ", "select 1; ", "create function f() ", "create or replace procedure p() ",
    "begin ", "begin atomic ", "case ", "end ", "end; ", "as ", "on ", "index ", "from ", "\ncopy t from stdin;\n1\t;'\n\\.\n",
    "copy t to stdout; ", "\n\\set x ;\n",
];

/// Statements that a PostgreSQL 15 server is asked about; its answer must be the classifier's.
const CLASSIFIED: &[&str] = &[
    "create index concurrently on t (a)",
    "create unique index concurrently if not exists \"Name\" on only s.t (a)",
    "create index on t (a)",
    "create index \"concurrently\" on t (a)",
    "drop index concurrently if exists a",
    "drop index concurrently a, s.b",
    "drop index if exists a",
    "reindex table t",
    "reindex index i",
    "reindex table concurrently t",
    "reindex (concurrently) table t",
    "reindex (verbose, concurrently on) index t",
    "reindex (concurrently false) table t",
    "reindex (concurrently 0) table t",
    "reindex (concurrently, concurrently off) table t",
    "reindex (tablespace pg_default) table t",
    "reindex (verbose) schema s",
    "reindex schema s",
    "reindex database postgres",
    "reindex system postgres",
    "vacuum",
    "vacuum (analyze) t",
    "vacuum full",
    "analyze",
    "cluster",
    "cluster verbose",
    "cluster t",
    "cluster verbose t using i",
    "cluster (verbose) t",
    "create database d",
    "drop database if exists d",
    "drop database d with (force)",
    "alter database postgres set tablespace pg_default",
    "alter database postgres tablespace pg_default",
    "alter database postgres with tablespace pg_default",
    "alter database postgres set work_mem = '1MB'",
    "alter database postgres connection limit 5",
    "alter database postgres refresh collation version",
    "create tablespace x location '/nowhere'",
    "drop tablespace x",
    "alter tablespace x set (seq_page_cost = 1)",
    "alter system set work_mem = '1MB'",
    "alter system reset all",
    "create subscription s connection 'dbname=x' publication p",
    "create subscription s connection 'dbname=x' publication p with (enabled = false)",
    "create subscription s connection 'dbname=x' publication p, q with (connect = false)",
    "create subscription s connection 'dbname=x' publication p with (create_slot = 'off')",
    "create subscription s connection 'dbname=x' publication p with (\"create_slot\" = false)",
    "create subscription s connection 'dbname=x' publication p with (slot_name = NONE, enabled = false, create_slot = false)",
    "drop subscription if exists s",
    "discard all",
    "discard plans",
    "discard temp",
    "alter type e add value 'x'",
    "refresh materialized view concurrently m",
    "alter table t detach partition p",
    "alter table t detach partition p concurrently",
    "alter table if exists s.t detach partition s.p concurrently",
    "alter table only detach detach partition p concurrently",
    "alter table t detach partition p finalize",
    "commit prepared 'x'",
    "rollback prepared 'x'",
    "savepoint a",
    "set local work_mem = '1MB'",
    "select 'vacuum'",
    "select $$vacuum$$ /* vacuum */ -- vacuum",
    "do $$ begin null; end $$",
    "create view vacuum as select 1",
    "/* create */ create /* x */ database -- y\n d",
];
