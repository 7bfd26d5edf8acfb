//! Times of interleaved rounds, and the rows that are made of them.

use std::time::Duration;

use super::ways::{Parts, Way};
use crate::figures::{compare, in_order, quantile};

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
        let ours = self.times(way, Parts::total);
        others
            .iter()
            .map(|other| compare(title, other.name(), &ours, &self.times(*other, Parts::total)))
            .collect()
    }

    /// The medians of a way's parts.
    pub fn parts(&self, way: Way) -> String {
        let median_of = |part: fn(&Parts) -> Duration| quantile(&in_order(&self.times(way, part)), 0.5);
        format!(
            "by the {}: reading {:.1} ms, connecting {:.1} ms, planning {:.1} ms, applying {:.1} ms",
            way.name(),
            median_of(|parts| parts.read),
            median_of(|parts| parts.connect),
            median_of(|parts| parts.plan),
            median_of(|parts| parts.apply),
        )
    }

    fn times(&self, way: Way, part: fn(&Parts) -> Duration) -> Vec<Duration> {
        let runs = self.0.iter().filter(|(of, _)| *of == way);
        runs.map(|(_, parts)| part(parts)).collect()
    }
}
