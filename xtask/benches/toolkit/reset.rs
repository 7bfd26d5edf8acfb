//! `db-reset` of an unchanged `humanglue`, by the real program from its start to its end, on a database that is marked development.
//!
//! Against one bare `CREATE DATABASE … TEMPLATE` of the same template, on a connection that is open; and against a reset that finds no
//! template, and so migrates and seeds first. The three take turns, and before each all that was written is on disk. Every reset but the
//! first finds a database that the one before kept, and drops it in the end.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use postgres::Client;
use xshell::{Shell, cmd};
use xtask::guard::Mark;
use xtask::guard::facts::write_mark;

use crate::Benchmark;
use crate::figures::{COMPARED, compare};
use crate::server::Server;

/// A reset against a bare clone, and against one from nothing.
pub const BENCHMARK: Benchmark = Benchmark {
    header: COMPARED,
    parts: &[("reset", reset)],
};

const ROUNDS: usize = 21;

/// What is timed.
#[derive(Debug, Clone, Copy)]
enum Turn {
    Reset,
    Clone,
    FromNothing,
}

const TURNS: [Turn; 3] = [Turn::Reset, Turn::Clone, Turn::FromNothing];

/// The database that is reset, and the server's `postgres`.
struct Subject {
    name: String,
    url: String,
    admin: Client,
}

fn reset(server: &Server) -> Result<Vec<Vec<String>>> {
    let name = server.create_database()?;
    write_mark(&mut server.connect(&name)?, Mark::Development)?;
    let mut subject = Subject {
        url: server.url(server.port, &name),
        admin: server.connect("postgres")?,
        name,
    };
    subject.reset()?;
    subject.reset()?;

    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        for turn in (0..TURNS.len()).map(|place| TURNS[(round + place) % TURNS.len()]) {
            times[turn as usize].push(subject.take(turn)?);
        }
    }
    for name in subject.others()? {
        server.drop_database(&name)?;
    }
    server.drop_database(&subject.name)?;
    let [resets, clones, from_nothing] = times;
    let title = "`db-reset` of an unchanged humanglue";
    Ok(vec![
        compare(title, "one `CREATE DATABASE … TEMPLATE`", &resets, &clones),
        compare(title, "the same without a template", &resets, &from_nothing),
    ])
}

impl Subject {
    fn take(&mut self, turn: Turn) -> Result<Duration> {
        if matches!(turn, Turn::FromNothing) {
            let template = self.template()?;
            self.admin.batch_execute(&format!("DROP DATABASE {template}"))?;
        }
        self.admin.batch_execute("CHECKPOINT")?;
        match turn {
            Turn::Reset | Turn::FromNothing => self.reset(),
            Turn::Clone => self.clone_template(),
        }
    }

    /// The real program, from its start to its end.
    fn reset(&self) -> Result<Duration> {
        let (xtask, Self { name, url, .. }) = (env!("CARGO_BIN_EXE_xtask"), self);
        let shell = Shell::new()?;
        shell.change_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
        let program = cmd!(shell, "{xtask} db-reset humanglue --url {url} --erase {name}")
            .quiet()
            .ignore_status();
        let start = Instant::now();
        let output = program.output()?;
        let time = start.elapsed();
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(time)
    }

    fn clone_template(&mut self) -> Result<Duration> {
        let (template, copy) = (self.template()?, format!("{}_copy", self.name));
        let start = Instant::now();
        self.admin
            .batch_execute(&format!("CREATE DATABASE {copy} TEMPLATE {template}"))?;
        let time = start.elapsed();
        self.admin.batch_execute(&format!("DROP DATABASE {copy}"))?;
        Ok(time)
    }

    /// What the resets have made to be copied.
    fn template(&mut self) -> Result<String> {
        let others = self.others()?;
        let mut templates = others.into_iter().filter(|name| name.starts_with("xtask_seeded_"));
        templates.next().context("a reset leaves a template")
    }

    /// What the resets have left beside the database.
    fn others(&mut self) -> Result<Vec<String>> {
        let query = "SELECT datname::text FROM pg_database WHERE strpos(datname, $1) > 0 AND datname <> $1";
        let rows = self.admin.query(query, &[&self.name])?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }
}
