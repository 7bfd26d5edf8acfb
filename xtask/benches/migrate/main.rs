//! `cargo bench`: what the toolkit adds to the work that PostgreSQL has anyway.
//!
//! Every number is a ratio of two runs of one round, on one durable server, a moment apart: the machine's noise then strikes both.
//! `cargo bench -- small noop` runs the named parts only. The server is a container of the toolkit's image, or, with
//! `XTASK_TEST_SERVER=local`, PostgreSQL that is installed on this machine.

mod proxy;
mod rounds;
mod server;
mod ways;
mod workload;

use std::time::Duration;

use anyhow::Result;
use xtask::ui;

use self::proxy::Proxy;
use self::rounds::{Rounds, compare};
use self::server::Server;
use self::ways::{Parts, Way, nothing_to_do, select_ledger};
use self::workload::Workload;

/// There and back, together.
const ROUND_TRIP: Duration = Duration::from_millis(20);

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if !args.iter().any(|arg| arg == "--bench") {
        ui::note("nothing is measured: run `cargo bench`");
        return Ok(());
    }
    let parts: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|name| *name == part);

    let server = Server::start()?;
    let small = Workload::small(1000)?;
    let realistic = Workload::dashboard()?;
    let floors = [Way::MessagePerFile, Way::Batches];
    let mut table = vec![rounds::header()];
    let mut memory = None;
    if wanted("small") {
        Way::Toolkit.time(&server, server.port, &small)?;
        memory = peak_memory();
        table.extend(contest("1,000 small", 9, floors, |way| {
            way.time(&server, server.port, &small)
        })?);
    }
    if wanted("realistic") {
        table.extend(contest("20 realistic", 60, floors, |way| {
            way.time(&server, server.port, &realistic)
        })?);
    }
    if wanted("noop") {
        table.push(contest_without_work(&server, &small)?);
    }
    if wanted("distance") {
        let proxy = Proxy::start(server.port, ROUND_TRIP / 2)?;
        let title = format!("20 realistic, {} ms away", ROUND_TRIP.as_millis());
        table.extend(contest(&title, 5, [Way::MessagePerFile, Way::FourMessages], |way| {
            way.time(&server, proxy.port, &realistic)
        })?);
    }
    ui::print(ui::table(&table));
    if let Some(memory) = memory {
        ui::print(format!("peak memory after the first run of 1,000: {memory}"));
    }
    Ok(())
}

/// The rows of the toolkit against two others, each once a round.
fn contest(
    title: &str,
    number: usize,
    others: [Way; 2],
    time: impl Fn(Way) -> Result<Parts>,
) -> Result<Vec<Vec<String>>> {
    let mut rounds = Rounds::default();
    for round in 0..number {
        for way in turn(&[Way::Toolkit, others[0], others[1]], round) {
            rounds.add(way, time(way)?);
        }
    }
    ui::status("Spent", format!("{title}: {}", rounds.parts(Way::Toolkit)));
    Ok(rounds.against(title, Way::Toolkit, &others))
}

/// The row of a run that finds everything applied.
fn contest_without_work(server: &Server, workload: &Workload) -> Result<Vec<String>> {
    let database = server.create_database()?;
    let target = server.target(server.port, &database)?;
    Way::Toolkit.run(&target, workload)?;
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..50 {
        ours.push(nothing_to_do(&target, workload)?);
        floor.push(select_ledger(&target)?);
    }
    server.drop_database(&database)?;
    Ok(compare("1,000 applied, nothing to do", "one SELECT", &ours, &floor))
}

/// The ways in an order of their own for each round, so that none has the same predecessor always.
fn turn(ways: &[Way], round: usize) -> Vec<Way> {
    let mut ways = ways.to_vec();
    let length = ways.len();
    ways.rotate_left(round % length);
    if round % 2 == 1 {
        ways.reverse();
    }
    ways
}

/// The most memory that this process has had at once, where the system tells it; the client of Docker is in it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}
