//! Applying migrations: by the toolkit, and by programs that only send.

mod proxy;
mod rounds;
mod ways;
pub mod workload;

use std::time::Duration;

use anyhow::Result;
use xtask::guard::Mark;
use xtask::guard::facts::write_mark;
use xtask::{standin, ui};

use self::proxy::Proxy;
use self::rounds::Rounds;
use self::ways::{Parts, Way, nothing_to_do, select_ledger};
use self::workload::Workload;
use crate::Benchmark;
use crate::figures::{COMPARED, compare};
use crate::memory;
use crate::server::Server;

/// The toolkit against others.
pub const BENCHMARK: Benchmark = Benchmark {
    header: COMPARED,
    parts: &[
        ("small", small),
        ("realistic", realistic),
        ("noop", noop),
        ("distance", distance),
    ],
};

/// There and back, together.
const ROUND_TRIP: Duration = Duration::from_millis(20);

/// Who does as little as can be done.
const FLOORS: [Way; 2] = [Way::MessagePerFile, Way::Batches];

/// A new database with the workload applied, on what its platform brings; marked as a test's. Its name.
pub fn applied(server: &Server, workload: &Workload) -> Result<String> {
    let database = server.create_database()?;
    let mut client = server.connect(&database)?;
    write_mark(&mut client, Mark::Test)?;
    if let Some(gap) = standin::find_gap(&mut client, workload.workspace.database(&workload.name)?)? {
        standin::lay(&mut client, &gap)?;
    }
    Way::Toolkit.run(&server.target(server.port, &database)?, workload)?;
    Ok(database)
}

fn small(server: &Server) -> Result<Vec<Vec<String>>> {
    let workload = Workload::small(1000)?;
    let time = |way: Way| way.time(server, server.port, &workload);
    time(Way::Toolkit)?;
    if let Some(memory) = memory::peak() {
        ui::status(
            "Used",
            format!("memory at most, after the first run of 1,000: {memory}"),
        );
    }
    contest("1,000 small", 9, FLOORS, time)
}

fn realistic(server: &Server) -> Result<Vec<Vec<String>>> {
    let workload = Workload::product("dashboard")?;
    contest("20 realistic", 60, FLOORS, |way| {
        way.time(server, server.port, &workload)
    })
}

fn distance(server: &Server) -> Result<Vec<Vec<String>>> {
    let workload = Workload::product("dashboard")?;
    let proxy = Proxy::start(server.port, ROUND_TRIP / 2)?;
    let title = format!("20 realistic, {} ms away", ROUND_TRIP.as_millis());
    contest(&title, 5, [Way::MessagePerFile, Way::FourMessages], |way| {
        way.time(server, proxy.port, &workload)
    })
}

/// A run that finds everything applied.
fn noop(server: &Server) -> Result<Vec<Vec<String>>> {
    let workload = Workload::small(1000)?;
    let database = server.create_database()?;
    let target = server.target(server.port, &database)?;
    Way::Toolkit.run(&target, &workload)?;
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..50 {
        ours.push(nothing_to_do(&target, &workload)?);
        floor.push(select_ledger(&target)?);
    }
    server.drop_database(&database)?;
    Ok(vec![compare(
        "1,000 applied, nothing to do",
        "one SELECT",
        &ours,
        &floor,
    )])
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
