//! Times of interleaved rounds, and the table that is made of them.

use std::time::Duration;

use crate::ways::{Parts, Way};

/// The times of each way, a round after the other.
#[derive(Default)]
pub struct Rounds(Vec<(Way, Parts)>);

impl Rounds {
    /// Notes a run.
    pub fn add(&mut self, way: Way, parts: Parts) {
        self.0.push((way, parts));
    }

    /// A row for each of `others`: the times of `way` against those of the same rounds.
    pub fn against(&self, title: &str, way: Way, others: &[Way]) -> Vec<Vec<String>> {
        let ours = self.times(way);
        others
            .iter()
            .map(|other| compare(title, other.name(), &ours, &self.times(*other)))
            .collect()
    }

    /// The medians of a way's parts.
    pub fn parts(&self, way: Way) -> String {
        let median_of = |part: fn(&Parts) -> Duration| {
            let times = self.of(way).map(|parts| milliseconds(part(parts))).collect();
            sorted(times)[self.of(way).count() / 2]
        };
        format!(
            "by the {}: reading {:.1} ms, connecting {:.1} ms, planning {:.1} ms, applying {:.1} ms",
            way.name(),
            median_of(|parts| parts.read),
            median_of(|parts| parts.connect),
            median_of(|parts| parts.plan),
            median_of(|parts| parts.apply),
        )
    }

    fn times(&self, way: Way) -> Vec<Duration> {
        self.of(way).map(Parts::total).collect()
    }

    fn of(&self, way: Way) -> impl Iterator<Item = &Parts> {
        self.0.iter().filter(move |(of, _)| *of == way).map(|(_, parts)| parts)
    }
}

/// The names of the columns.
pub fn header() -> Vec<String> {
    let names = [
        "workload",
        "against",
        "rounds",
        "toolkit ms",
        "other ms",
        "ratio",
        "least",
        "most",
    ];
    names.map(str::to_owned).to_vec()
}

/// A row: medians of the times, and of their ratios round by round with the least and the most.
pub fn compare(title: &str, against: &str, ours: &[Duration], theirs: &[Duration]) -> Vec<String> {
    let ratios = sorted(
        ours.iter()
            .zip(theirs)
            .map(|(ours, theirs)| ours.as_secs_f64() / theirs.as_secs_f64())
            .collect(),
    );
    let median_time = |times: &[Duration]| {
        let times = sorted(times.iter().map(|time| milliseconds(*time)).collect());
        format!("{:.1}", times[times.len() / 2])
    };
    vec![
        title.to_owned(),
        against.to_owned(),
        ratios.len().to_string(),
        median_time(ours),
        median_time(theirs),
        format!("{:.3}", ratios[ratios.len() / 2]),
        format!("{:.3}", ratios[0]),
        format!("{:.3}", ratios[ratios.len() - 1]),
    ]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn sorted(mut numbers: Vec<f64>) -> Vec<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers
}
