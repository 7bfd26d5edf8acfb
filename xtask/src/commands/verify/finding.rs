//! What `db-verify` finds, whichever of its parts found it.

use serde::Serialize;

use crate::schema::diff::{Class, Difference};

/// The rules that findings of the ledger, the drift and the contract have; those of advice are [`crate::schema::advice::rules`].
pub const RULES: &[&str] = &[
    "pending",
    "out-of-order",
    "half-done",
    "changed",
    "missing",
    "no-ledger",
    "unreadable",
    "drift-missing",
    "drift-extra",
    "drift-changed",
    "contract",
];

/// Something that is not as the files say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is wrong: `pending`, `drift-missing` …
    pub rule: &'static str,
    /// What it is about, so that rule and subject together name one finding of a database: `table public.t, index t_a_idx`.
    pub subject: String,
    /// The object that the report shows it under: `table public.t`.
    pub object: String,
    /// What of the object, where it is not the whole.
    pub part: Option<String>,
    /// What is wrong, in a few words.
    pub message: String,
    /// The definition, or the text, that the files give.
    pub expected: Option<String>,
    /// What was found in its place.
    pub found: Option<String>,
    /// What to do about it.
    pub help: Vec<String>,
}

impl Finding {
    /// A finding about an object as a whole.
    pub fn new(rule: &'static str, object: impl Into<String>, message: impl Into<String>) -> Self {
        let object = object.into();
        Self {
            rule,
            subject: object.clone(),
            object,
            message: message.into(),
            ..Self::default()
        }
    }
}

impl From<Difference> for Finding {
    fn from(difference: Difference) -> Self {
        let (rule, what) = match difference.class {
            Class::Missing => ("drift-missing", "is missing"),
            Class::Extra => ("drift-extra", "is in no file"),
            Class::Changed => ("drift-changed", "is not as in the files"),
        };
        let subject = match &difference.part {
            Some(part) => format!("{}, {part}", difference.object),
            None => difference.object.clone(),
        };
        Self {
            rule,
            subject,
            message: format!("{} {what}", difference.part.as_deref().unwrap_or("it")),
            object: difference.object,
            part: difference.part,
            expected: difference.expected,
            found: difference.found,
            help: Vec::new(),
        }
    }
}
