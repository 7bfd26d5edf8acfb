//! `cargo bench`: what the toolkit adds to the work that PostgreSQL has anyway, how soon a database is made anew, how soon
//! a schema is read, and how fast the products answer.
//!
//! Every ratio compares two runs of one round, on one durable server, a moment apart: the machine's noise then strikes both.
//! `cargo bench -- small noop` runs the named parts only. The server is a container of the toolkit's image, or, with
//! `XTASK_TEST_SERVER=local`, PostgreSQL that is installed on this machine.

mod figures;
mod memory;
mod migrate;
mod promptpal;
mod reset;
mod schema;
mod server;

use anyhow::{Result, bail};
use xtask::ui;

use self::server::Server;

/// A table, and the parts that give its rows.
struct Benchmark {
    header: &'static [&'static str],
    /// By the name that picks the part.
    parts: &'static [(&'static str, Part)],
}

/// Measures on the server and returns rows of the table.
type Part = fn(&Server) -> Result<Vec<Vec<String>>>;

const BENCHMARKS: &[Benchmark] = &[
    migrate::BENCHMARK,
    reset::BENCHMARK,
    schema::BENCHMARK,
    promptpal::BENCHMARK,
];

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if !args.iter().any(|arg| arg == "--bench") {
        ui::note("nothing is measured: run `cargo bench`");
        return Ok(());
    }
    let wanted: Vec<&str> = args
        .iter()
        .map(String::as_str)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let names: Vec<&str> = BENCHMARKS
        .iter()
        .flat_map(|benchmark| benchmark.parts)
        .map(|(name, _)| *name)
        .collect();
    if let Some(unknown) = wanted.iter().find(|name| !names.contains(name)) {
        bail!("no part is called `{unknown}`; there are {}", names.join(", "));
    }

    let server = Server::start()?;
    for benchmark in BENCHMARKS {
        let mut table = vec![benchmark.header.iter().map(|name| (*name).to_owned()).collect()];
        for (name, part) in benchmark.parts {
            if wanted.is_empty() || wanted.contains(name) {
                table.extend(part(&server)?);
            }
        }
        if table.len() > 1 {
            ui::print(ui::table(&table));
        }
    }
    Ok(())
}
