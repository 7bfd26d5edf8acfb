//! `db-reset` of an unchanged `humanglue`, by the real program from its start to its end, on a database that is marked development.
//!
//! Against one bare `CREATE DATABASE … TEMPLATE` of the same template, on a connection that is open; against the same and a `DROP DATABASE`
//! behind it, for a reset drops what the one before kept; and against a reset that finds no template, and so migrates and seeds first.
//! The ways take turns, and before each all that was written is on disk.

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
    /// As every reset but the first: one before has kept a database.
    Reset,
    /// Nothing was kept.
    First,
    /// A bare clone, and the dropping of an older one.
    Clone,
    /// Without a template.
    FromNothing,
}

const TURNS: [Turn; 4] = [Turn::Reset, Turn::First, Turn::Clone, Turn::FromNothing];

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

    let mut times: [Vec<Duration>; 4] = Default::default();
    let mut clones = Vec::new();
    for round in 0..ROUNDS {
        for turn in (0..TURNS.len()).map(|place| TURNS[(round + place) % TURNS.len()]) {
            if matches!(turn, Turn::Clone) {
                let [created, with_drop] = subject.clone_and_drop()?;
                clones.push(created);
                times[turn as usize].push(with_drop);
            } else {
                times[turn as usize].push(subject.take(turn)?);
            }
        }
    }
    for name in subject.others()? {
        server.drop_database(&name)?;
    }
    server.drop_database(&subject.name)?;
    let [resets, first, clones_and_drops, from_nothing] = times;
    let (title, clone) = (
        "`db-reset` of an unchanged humanglue",
        "one `CREATE DATABASE … TEMPLATE`",
    );
    Ok(vec![
        compare(title, clone, &resets, &clones),
        compare(title, "the same and one `DROP DATABASE`", &resets, &clones_and_drops),
        compare(title, "a reset without a template", &resets, &from_nothing),
        compare("the same with nothing kept before", clone, &first, &clones),
    ])
}

impl Subject {
    fn take(&mut self, turn: Turn) -> Result<Duration> {
        match turn {
            Turn::First => self
                .admin
                .batch_execute(&format!("DROP DATABASE {}__before_reset", self.name))?,
            Turn::FromNothing => {
                let template = self.template()?;
                self.admin.batch_execute(&format!("DROP DATABASE {template}"))?;
            }
            Turn::Reset | Turn::Clone => {}
        }
        self.admin.batch_execute("CHECKPOINT")?;
        self.reset()
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

    /// A clone; the same with the dropping of one that is on disk.
    fn clone_and_drop(&mut self) -> Result<[Duration; 2]> {
        let (template, [old, new]) = (
            self.template()?,
            ["old", "new"].map(|kind| format!("{}_{kind}", self.name)),
        );
        let create = |name: &str| format!("CREATE DATABASE {name} TEMPLATE {template}");
        self.admin.batch_execute(&create(&old))?;
        self.admin.batch_execute("CHECKPOINT")?;
        let start = Instant::now();
        self.admin.batch_execute(&create(&new))?;
        let created = start.elapsed();
        self.admin.batch_execute(&format!("DROP DATABASE {old}"))?;
        let with_drop = start.elapsed();
        self.admin.batch_execute(&format!("DROP DATABASE {new}"))?;
        Ok([created, with_drop])
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
