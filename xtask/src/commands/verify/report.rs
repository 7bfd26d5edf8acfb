//! The findings as people read them: grouped by object, with the lines that differ.

use std::fmt::Write as _;

use super::finding::Finding;
use crate::ui::{self, HEADING, count};

/// What was found in one database. `notes` say what it was compared with.
#[must_use]
pub fn render(name: &str, notes: &[String], findings: &[Finding]) -> String {
    let mut text = format!("{HEADING}{name}{HEADING:#}: {}", summary(findings));
    for note in notes {
        let _ = write!(text, "\n  {note}");
    }
    if findings.iter().any(|it| it.expected.is_some() || it.found.is_some()) {
        text += "\n  in the lines below, - is what the files say and + is what was found";
    }
    for object in objects(findings) {
        let _ = write!(text, "\n\n{HEADING}{object}{HEADING:#}");
        for finding in findings.iter().filter(|it| it.object == object) {
            let _ = write!(text, "\n  {}: {}", finding.rule, indented(&finding.message, "    "));
            if finding.expected.is_some() || finding.found.is_some() {
                let (expected, found) = (finding.expected.as_deref(), finding.found.as_deref());
                let lines = ui::difference(expected.unwrap_or_default(), found.unwrap_or_default());
                let _ = write!(text, "\n    {}", indented(&lines, "    "));
            }
            for help in &finding.help {
                let _ = write!(text, "\n    help: {}", indented(help, "    "));
            }
        }
    }
    text
}

/// `3 findings (1 pending, 2 drift-missing)`.
#[must_use]
pub fn summary(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "no finding".to_owned();
    }
    let mut rules: Vec<(&str, usize)> = Vec::new();
    for finding in findings {
        match rules.iter_mut().find(|(rule, _)| *rule == finding.rule) {
            Some((_, number)) => *number += 1,
            None => rules.push((finding.rule, 1)),
        }
    }
    let rules: Vec<String> = rules.iter().map(|(rule, number)| format!("{number} {rule}")).collect();
    format!("{} ({})", count(findings.len(), "finding"), rules.join(", "))
}

/// Each object once, in the order in which it first comes.
fn objects(findings: &[Finding]) -> Vec<&str> {
    let mut objects: Vec<&str> = Vec::new();
    for finding in findings {
        if !objects.contains(&finding.object.as_str()) {
            objects.push(&finding.object);
        }
    }
    objects
}

fn indented(text: &str, indent: &str) -> String {
    text.trim_end().replace('\n', &format!("\n{indent}"))
}
