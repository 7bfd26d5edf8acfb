//! The findings as people read them: grouped by object, with the lines that differ.

use std::collections::BTreeMap;
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
    for (object, findings) in by_object(findings) {
        let _ = write!(text, "\n\n{HEADING}{object}{HEADING:#}");
        for finding in findings {
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

/// Each object, in the order in which it first comes, with its findings.
fn by_object(findings: &[Finding]) -> Vec<(&str, Vec<&Finding>)> {
    let mut objects: Vec<(&str, Vec<&Finding>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        let place = *places.entry(&finding.object).or_insert(objects.len());
        match objects.get_mut(place) {
            Some((_, findings)) => findings.push(finding),
            None => objects.push((&finding.object, vec![finding])),
        }
    }
    objects
}

fn indented(text: &str, indent: &str) -> String {
    text.trim_end().replace('\n', &format!("\n{indent}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_of_an_object_in_several_places_stands_together() {
        let findings =
            [("a", "1"), ("b", "2"), ("a", "3")].map(|(object, message)| Finding::new("pending", object, message));
        let text = anstream::adapter::strip_str(&render("shop", &[], &findings)).to_string();
        assert_eq!(
            text,
            "shop: 3 findings (3 pending)\n\na\n  pending: 1\n  pending: 3\n\nb\n  pending: 2"
        );
    }
}
