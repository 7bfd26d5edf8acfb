//! Reading a schema into the model and as text, against `pg_dump --schema-only` of the same database, both from the connection on.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use xtask::pg::connect::{ConnectOptions, connect};
use xtask::pg::url::Target;
use xtask::schema::{introspect, render};
use xtask::ui;

use crate::Benchmark;
use crate::figures::{COMPARED, Clock, compare};
use crate::memory;
use crate::server::Server;

/// How many tables the smaller database has; the larger one has ten times as many.
const TABLES: usize = 1000;

/// The toolkit against `pg_dump`, and against itself with a tenth of the tables.
pub const BENCHMARK: Benchmark = Benchmark {
    header: COMPARED,
    parts: &[("schema", schema)],
};

const ROUNDS: usize = 21;

fn schema(server: &Server) -> Result<Vec<Vec<String>>> {
    let small = database(server, TABLES)?;
    let target = server.target(server.port, &small)?;
    with_memory(&target, TABLES)?;
    server.time_dump(&small)?;

    let (mut whole, mut connected, mut dumps) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let dump_first = round % 2 == 1;
        if dump_first {
            dumps.push(server.time_dump(&small)?);
        }
        let parts = read(&target, TABLES)?;
        whole.push(parts.connect + parts.read + parts.render);
        connected.push(parts.read + parts.render);
        if !dump_first {
            dumps.push(server.time_dump(&small)?);
        }
        ui::status("Spent", parts);
    }

    let large = database(server, 10 * TABLES)?;
    let large_target = server.target(server.port, &large)?;
    with_memory(&large_target, 10 * TABLES)?;
    let (mut once, mut tenfold) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let time = |target, tables| read(target, tables).map(|parts| parts.read + parts.render);
        let ten: Vec<Duration> = (0..10).map(|_| time(&target, TABLES)).collect::<Result<_>>()?;
        tenfold.push(ten.iter().sum());
        once.push(time(&large_target, 10 * TABLES)?);
    }
    server.drop_database(&small)?;
    server.drop_database(&large)?;
    let dump = "`pg_dump --schema-only`";
    Ok(vec![
        compare("schema of 1,000 tables as text", dump, &whole, &dumps),
        compare("the same, connected before", dump, &connected, &dumps),
        compare(
            "schema of 10,000 tables, connected before",
            "1,000 tables, ten times",
            &once,
            &tenfold,
        ),
    ])
}

/// How long each part of a reading took.
struct Parts {
    connect: Duration,
    read: Duration,
    render: Duration,
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connect, read, render } = self;
        write!(
            f,
            "connecting {connect:.1?}, reading {read:.1?}, rendering {render:.1?}"
        )
    }
}

/// Reads a schema of so many tables from connecting to the text.
fn read(target: &Target, tables: usize) -> Result<Parts> {
    let mut clock = Clock(Instant::now());
    let mut client = connect(target, ConnectOptions::default())?;
    let connect = clock.lap();
    let schema = introspect(&mut client)?;
    let read = clock.lap();
    let text = render(&schema);
    let render = clock.lap();
    let shown = text.lines().filter(|line| line.starts_with("table ")).count();
    ensure!(shown == tables, "the text has {shown} tables of {tables}");
    Ok(Parts { connect, read, render })
}

fn with_memory(target: &Target, tables: usize) -> Result<()> {
    memory::forget_peak();
    let before = memory::peak();
    read(target, tables)?;
    if let (Some(before), Some(after)) = (before, memory::peak()) {
        ui::note(format!(
            "peak memory when {tables} tables are read: {after}; just before: {before}"
        ));
    }
    Ok(())
}

/// A database of so many tables, each of eight columns, with three indexes besides that of its key (a plain one, one with an
/// order, one with a predicate), a foreign key, a trigger and a policy; its catalogues are as tidy as after an autovacuum.
fn database(server: &Server, tables: usize) -> Result<String> {
    let name = server.create_database()?;
    let mut client = server.connect(&name)?;
    client.batch_execute(
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN new.updated_at = now(); RETURN new; END'",
    )?;
    let tables: Vec<String> = (0..tables).map(table).collect();
    for some in tables.chunks(100) {
        client.batch_execute(&some.concat())?;
    }
    let catalogues = client.query(
        "SELECT format('VACUUM ANALYZE %s', oid::regclass) FROM pg_class
          WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND NOT relisshared",
        &[],
    )?;
    for vacuum in catalogues {
        client.batch_execute(vacuum.get(0))?;
    }
    Ok(name)
}

fn table(number: usize) -> String {
    let other = number.saturating_sub(1);
    format!(
        "CREATE TABLE table_{number:05} (
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
             owner bigint NOT NULL REFERENCES table_{other:05} ON DELETE CASCADE,
             amount numeric(12,2) NOT NULL DEFAULT 0,
             name text NOT NULL,
             note character varying(200),
             state text NOT NULL DEFAULT 'new',
             created_at timestamptz NOT NULL DEFAULT now(),
             updated_at timestamptz);
         CREATE UNIQUE INDEX table_{number:05}_name ON table_{number:05} (name);
         CREATE INDEX table_{number:05}_owner ON table_{number:05} (owner, created_at DESC);
         CREATE INDEX table_{number:05}_state ON table_{number:05} (state) WHERE state <> 'done';
         CREATE TRIGGER touch BEFORE UPDATE ON table_{number:05} FOR EACH ROW EXECUTE FUNCTION touch();
         ALTER TABLE table_{number:05} ENABLE ROW LEVEL SECURITY;
         CREATE POLICY own ON table_{number:05} USING (owner = current_setting('app.user')::bigint);"
    )
}
