//! What people see: cargo-style status lines, warnings, tables and progress.
//!
//! Everything that accompanies the work goes to standard error; what was asked for (a table, JSON) goes to standard output,
//! so that output can be piped. Colour is decided by `anstream`: off for `NO_COLOR` and when the stream is not a terminal.

use std::fmt::Display;
use std::io::{self, IsTerminal as _};

use clap::builder::styling::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use similar::{ChangeTag, TextDiff};

/// The colours of status lines; the same as cargo's.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = AnsiColor::Cyan.on_default().bold();

/// What a group of lines is about.
pub const HEADING: Style = Style::new().bold();
const REMOVED: Style = AnsiColor::Red.on_default();
const ADDED: Style = AnsiColor::Green.on_default();

/// Prints `    Applying 20260201000001_create_profiles_table`: a verb, right-aligned to 12 columns, and what it is done to.
pub fn status(verb: &str, message: impl Display) {
    anstream::eprintln!("{GOOD}{verb:>12}{GOOD:#} {message}");
}

/// Prints `warning: …`.
pub fn warn(message: impl Display) {
    anstream::eprintln!("{WARNING}warning{WARNING:#}: {message}");
}

/// Prints `note: …`.
pub fn note(message: impl Display) {
    anstream::eprintln!("{NOTE}note{NOTE:#}: {message}");
}

/// Prints an error and its causes, one a line, as cargo does.
pub fn error(error: &anyhow::Error) {
    anstream::eprintln!("{ERROR}error{ERROR:#}: {error}");
    let causes: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
    if !causes.is_empty() {
        anstream::eprintln!("\nCaused by:");
        for cause in causes {
            anstream::eprintln!("  {}", cause.trim_end().replace('\n', "\n  "));
        }
    }
}

/// Prints text that is already rendered (an error report, a diff) to standard error.
pub fn report(text: impl Display) {
    anstream::eprintln!("{text}");
}

/// Whether somebody sits there who can be asked: standard input and standard error are a terminal.
#[must_use]
pub fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question and reads the line that is typed; empty where there is no more input.
///
/// # Errors
/// Standard input can't be read.
pub fn ask(question: impl Display) -> io::Result<String> {
    anstream::eprint!("{question}: ");
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// Prints what was asked for to standard output.
pub fn print(text: impl Display) {
    anstream::println!("{text}");
}

/// Lays rows out in columns, two spaces apart, without trailing space; the first row is the header.
#[must_use]
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The lines of two texts: `- ` before those of the first alone, in red, `+ ` before those of the second alone, in green, blanks before
/// those of both, of which `…` stands for any that are further than three lines from a difference.
#[must_use]
pub fn difference(one: &str, other: &str) -> String {
    let diff = TextDiff::from_lines(one, other);
    let mut lines = Vec::new();
    let mut next = 0;
    for group in diff.grouped_ops(3) {
        if group.first().is_some_and(|op| op.old_range().start > next) {
            lines.push("  …".to_owned());
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = change.value().trim_end_matches('\n');
            lines.push(match change.tag() {
                ChangeTag::Delete => format!("{REMOVED}- {text}{REMOVED:#}"),
                ChangeTag::Insert => format!("{ADDED}+ {text}{ADDED:#}"),
                ChangeTag::Equal => format!("  {text}").trim_end().to_owned(),
            });
        }
        next = group.last().map_or(next, |op| op.old_range().end);
    }
    if next < diff.old_len() {
        lines.push("  …".to_owned());
    }
    lines.join("\n")
}

/// Says `1 file` or `3 files`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A progress bar on a terminal; elsewhere nothing, since the status lines tell the same.
#[derive(Clone)]
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar that is led by a status verb. It is drawn once [`Progress::expect`] has said how long it is.
    ///
    /// # Panics
    /// Never: the template is a constant.
    #[must_use]
    pub fn new(verb: &str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_style(
            ProgressStyle::with_template("{prefix:>12.green.bold} [{bar:27}] {pos}/{len}: {wide_msg}")
                .expect("the template is a constant that parses")
                .progress_chars("=> "),
        );
        bar.set_prefix(verb.to_owned());
        Self(bar)
    }

    /// Says how many steps there are.
    pub fn expect(&self, steps: usize) {
        self.0.set_length(steps as u64);
        if steps > 0 {
            self.0.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Says what is being worked on now.
    pub fn working_on(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// One step is done; its status line is printed above the bar.
    pub fn done(&self, verb: &str, message: impl Display) {
        self.0.suspend(|| status(verb, message));
        self.0.inc(1);
    }

    /// One step is done, and the bar tells it.
    pub fn step(&self) {
        self.0.inc(1);
    }

    /// Prints a message above the bar.
    pub fn suspend(&self, print: impl FnOnce()) {
        self.0.suspend(print);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(one: &str, other: &str) -> String {
        anstream::adapter::strip_str(&difference(one, other)).to_string()
    }

    #[test]
    fn a_difference_shows_three_lines_around_it_and_says_that_there_are_more() {
        let lines: Vec<String> = (1..=20).map(|line| line.to_string()).collect();
        let one = lines.join("\n") + "\n";
        let other = one.replace("10\n", "ten\n");
        assert_eq!(
            plain(&one, &other),
            "  …\n  7\n  8\n  9\n- 10\n+ ten\n  11\n  12\n  13\n  …"
        );
        let other = one.replacen("2\n", "two\n", 1).replace("19\n", "");
        assert_eq!(
            plain(&one, &other),
            "  1\n- 2\n+ two\n  3\n  4\n  5\n  …\n  16\n  17\n  18\n- 19\n  20"
        );
        assert_eq!(plain("", "a\nb"), "+ a\n+ b");
        assert_eq!(plain("a", ""), "- a");
    }
}
