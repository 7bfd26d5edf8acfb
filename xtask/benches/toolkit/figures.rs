//! What is told of times: medians, quantiles and ratios, as the cells of a table.

use std::time::{Duration, Instant};

/// The names of the columns of [`compare`].
pub const COMPARED: &[&str] = &[
    "workload",
    "against",
    "rounds",
    "toolkit ms",
    "other ms",
    "ratio",
    "least",
    "most",
];

/// A row: medians of the times, and of their ratios round by round with the least and the most.
pub fn compare(title: &str, against: &str, ours: &[Duration], theirs: &[Duration]) -> Vec<String> {
    let ratios = sorted(
        ours.iter()
            .zip(theirs)
            .map(|(ours, theirs)| ours.as_secs_f64() / theirs.as_secs_f64())
            .collect(),
    );
    let median_time = |times: &[Duration]| format!("{:.1}", quantile(&in_order(times), 0.5));
    vec![
        title.to_owned(),
        against.to_owned(),
        ratios.len().to_string(),
        median_time(ours),
        median_time(theirs),
        format!("{:.3}", quantile(&ratios, 0.5)),
        format!("{:.3}", quantile(&ratios, 0.0)),
        format!("{:.3}", quantile(&ratios, 1.0)),
    ]
}

/// The times in milliseconds, the shortest first.
pub fn in_order(times: &[Duration]) -> Vec<f64> {
    sorted(times.iter().map(|time| time.as_secs_f64() * 1000.0).collect())
}

/// The least of the numbers, which are in order, that so large a part of them does not exceed: 0.5 for the median.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in a list of some thousand"
)]
pub fn quantile(numbers: &[f64], part: f64) -> f64 {
    let place = (numbers.len() as f64 * part).ceil() as usize;
    numbers[place.saturating_sub(1)]
}

fn sorted(mut numbers: Vec<f64>) -> Vec<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers
}

/// Measures one part after the other.
pub struct Clock(pub Instant);

impl Clock {
    /// The time since the last lap.
    pub fn lap(&mut self) -> Duration {
        let before = std::mem::replace(&mut self.0, Instant::now());
        self.0 - before
    }
}
