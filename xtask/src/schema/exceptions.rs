//! What a product does on purpose although `db-verify` would complain: `migrations/<database>/exceptions.toml`.
//!
//! ```toml
//! [[exception]]
//! rule = "row-security-without-policy"
//! object = "public.outbox"
//! reason = "only the service writes and reads it, and no policy binds the service"
//! ```
//!
//! An exception takes away what its rule says of its object, both spelled as the report spells them; there are no patterns. One that takes
//! nothing away is told by [`Split::unmatched`], so that the file can't outlive what it excuses.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

/// The exceptions of one database, in the file's order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exceptions {
    /// Each has a rule that is known and a reason; no two are the same.
    pub list: Vec<Exception>,
}

/// One finding that is accepted, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The rule's name.
    pub rule: String,
    /// The object, as the finding names it.
    pub object: String,
    /// Why it is right as it is.
    pub reason: String,
    /// The line that names the rule, from 1.
    pub line: usize,
}

/// Why a file is no list of exceptions: `file:line`, what is wrong, what to do.
#[derive(Debug, thiserror::Error)]
pub enum ExceptionsError {
    /// It is there and can't be read.
    #[error("failed to read `{file}`")]
    Unreadable {
        /// The file, as it is shown.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// It can be read, and says what it may not.
    #[error("{file}:{line}: {problem}")]
    Wrong {
        /// The file, as it is shown.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    exception: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: Spanned<String>,
    object: Spanned<String>,
    reason: Spanned<String>,
}

impl Exceptions {
    /// Reads the file at `path`, shown as `file`; where there is none, there is no exception. `rules` are the names that findings can have.
    ///
    /// # Errors
    /// The file can't be read, is no TOML, has an unknown key, an exception without a rule that is in `rules`, without an object or without
    /// a reason, or one that is there already.
    pub fn read(path: &Path, file: &str, rules: &[&str]) -> Result<Self, ExceptionsError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, file, rules),
            Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(ExceptionsError::Unreadable {
                file: file.to_owned(),
                source,
            }),
        }
    }

    /// Reads the text of a file that is shown as `file`.
    ///
    /// # Errors
    /// See [`Exceptions::read`].
    pub fn parse(text: &str, file: &str, rules: &[&str]) -> Result<Self, ExceptionsError> {
        let wrong = |span: Range<usize>, problem: String| ExceptionsError::Wrong {
            file: file.to_owned(),
            line: text[..span.start.min(text.len())].matches('\n').count() + 1,
            problem,
        };
        let document: Document =
            toml::from_str(text).map_err(|error| wrong(error.span().unwrap_or(0..0), error.message().to_owned()))?;
        let mut list: Vec<Exception> = Vec::new();
        for entry in document.exception {
            for (key, value) in [("object", &entry.object), ("reason", &entry.reason)] {
                if value.get_ref().trim().is_empty() {
                    return Err(wrong(value.span(), format!("the `{key}` is empty")));
                }
            }
            let span = entry.rule.span();
            let exception = Exception {
                rule: entry.rule.into_inner(),
                object: entry.object.into_inner(),
                reason: entry.reason.into_inner().trim().to_owned(),
                line: text[..span.start].matches('\n').count() + 1,
            };
            if !rules.contains(&exception.rule.as_str()) {
                return Err(wrong(span, unknown(&exception.rule, rules)));
            }
            if let Some(first) = list.iter().find(|it| it.excuses(&exception.rule, &exception.object)) {
                let problem = format!(
                    "`{}` of `{}` is excepted in line {} already; leave one of them out",
                    exception.rule, exception.object, first.line
                );
                return Err(wrong(span, problem));
            }
            list.push(exception);
        }
        Ok(Self { list })
    }

    /// Parts the findings of a whole run into those that count and those that are excepted; `key` gives a finding's rule and object.
    /// All of a run's findings go in at once: what no finding of `findings` matches is taken for left over.
    pub fn split<F>(&self, findings: Vec<F>, key: impl Fn(&F) -> (&str, &str)) -> Split<'_, F> {
        let mut split = Split {
            kept: Vec::new(),
            excepted: Vec::new(),
            unmatched: self.list.iter().collect(),
        };
        for finding in findings {
            let (rule, object) = key(&finding);
            match self.list.iter().find(|it| it.excuses(rule, object)) {
                Some(exception) => {
                    split.unmatched.retain(|it| *it != exception);
                    split.excepted.push((finding, exception));
                }
                None => split.kept.push(finding),
            }
        }
        split
    }
}

impl Exception {
    fn excuses(&self, rule: &str, object: &str) -> bool {
        self.rule == rule && self.object == object
    }
}

/// Findings, parted by [`Exceptions::split`]; each list in the order in which it came.
#[derive(Debug, PartialEq, Eq)]
pub struct Split<'a, F> {
    /// No exception is about them: they count.
    pub kept: Vec<F>,
    /// Accepted, each with the exception that says why.
    pub excepted: Vec<(F, &'a Exception)>,
    /// Exceptions that are about no finding: a finding each.
    pub unmatched: Vec<&'a Exception>,
}

/// That there is no such rule, with the nearest one that there is.
fn unknown(rule: &str, rules: &[&str]) -> String {
    let nearest = rules
        .iter()
        .map(|known| (strsim::jaro_winkler(rule, known), known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    match nearest {
        Some((_, known)) => format!("there is no rule `{rule}`; a rule with a similar name is `{known}`"),
        None => format!("there is no rule `{rule}`; the rules are in migrations/README.md"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &[&str] = &["duplicate-index", "drift-missing", "contract"];

    fn parse(text: &str) -> Result<Exceptions, String> {
        Exceptions::parse(text, "migrations/shop/exceptions.toml", RULES).map_err(|error| error.to_string())
    }

    fn entry(rule: &str, object: &str, reason: &str) -> String {
        format!("[[exception]]\nrule = \"{rule}\"\nobject = {object:?}\nreason = \"{reason}\"\n")
    }

    #[test]
    fn exceptions_are_read_in_order_with_their_lines() {
        let text = format!(
            "# Why.\n\n{}\n{}",
            entry("contract", "usage", " later "),
            entry("duplicate-index", "public.\"a b\"", "r")
        );
        let told: Vec<_> = parse(&text)
            .unwrap()
            .list
            .into_iter()
            .map(|it| (it.rule, it.object, it.reason, it.line))
            .collect();
        assert_eq!(
            told,
            [
                ("contract".to_owned(), "usage".to_owned(), "later".to_owned(), 4),
                (
                    "duplicate-index".to_owned(),
                    "public.\"a b\"".to_owned(),
                    "r".to_owned(),
                    9
                ),
            ]
        );
        assert_eq!(parse("").unwrap(), Exceptions::default());
    }

    #[test]
    fn what_is_wrong_is_told_with_file_and_line() {
        let good = entry("contract", "usage", "r");
        let cases = [
            (
                format!("{good}{}", entry("contract", "a", "  ")),
                "8: the `reason` is empty",
            ),
            (entry("contract", "", "r"), "3: the `object` is empty"),
            (
                entry("duplicate-indexes", "a", "r"),
                "2: there is no rule `duplicate-indexes`; a rule with a similar name is `duplicate-index`",
            ),
            (
                entry("zzz", "a", "r"),
                "2: there is no rule `zzz`; the rules are in migrations/README.md",
            ),
            (
                format!("{good}\n{good}"),
                "7: `contract` of `usage` is excepted in line 2 already; leave one of them out",
            ),
            (
                format!("{good}why = 1\n"),
                "5: unknown field `why`, expected one of `rule`, `object`, `reason`",
            ),
            (
                "[[exceptions]]\n".to_owned(),
                "1: unknown field `exceptions`, expected `exception`",
            ),
            (
                "[[exception]]\nrule = \"contract\"\n".to_owned(),
                "1: missing field `object`",
            ),
            (
                "\n[[exception]]\nrule = 3\n".to_owned(),
                "3: invalid type: integer `3`, expected a string",
            ),
        ];
        for (text, problem) in cases {
            let told = parse(&text).unwrap_err();
            assert_eq!(told, format!("migrations/shop/exceptions.toml:{problem}"), "{text}");
        }
        assert!(
            parse("= 1")
                .unwrap_err()
                .starts_with("migrations/shop/exceptions.toml:1: ")
        );
    }

    #[test]
    fn a_file_that_is_missing_holds_no_exception() {
        let read = Exceptions::read(Path::new("/nowhere/exceptions.toml"), "exceptions.toml", RULES);
        assert_eq!(read.unwrap(), Exceptions::default());
        let error = Exceptions::read(Path::new("/"), "exceptions.toml", RULES).unwrap_err();
        assert_eq!(error.to_string(), "failed to read `exceptions.toml`");
    }

    #[test]
    fn findings_are_parted_and_what_matched_nothing_is_left() {
        let text = format!(
            "{}{}{}",
            entry("contract", "usage", "r"),
            entry("duplicate-index", "public.a", "r"),
            entry("drift-missing", "public.b", "r")
        );
        let exceptions = parse(&text).unwrap();
        let findings = vec![
            ("duplicate-index", "public.a"),
            ("duplicate-index", "public.A"),
            ("drift-missing", "public.a"),
            ("duplicate-index", "public.a"),
            ("contract", "usage"),
        ];
        let split = exceptions.split(findings, |finding| *finding);
        assert_eq!(
            split.kept,
            [("duplicate-index", "public.A"), ("drift-missing", "public.a")]
        );
        let excepted: Vec<_> = split
            .excepted
            .iter()
            .map(|(finding, it)| (finding.1, it.line))
            .collect();
        assert_eq!(excepted, [("public.a", 6), ("public.a", 6), ("usage", 2)]);
        let unmatched: Vec<_> = split.unmatched.iter().map(|it| it.object.as_str()).collect();
        assert_eq!(unmatched, ["public.b"]);
    }
}
