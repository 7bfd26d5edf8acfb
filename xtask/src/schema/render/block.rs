//! The lines of one object, and the stops that their cells begin at.

use crate::schema::model::{Action, Constraint, ConstraintKind, Grant};

/// The width of the word that says what a line is about: `foreign key`.
pub(super) const KIND: usize = 14;
/// The width of a column's name.
pub(super) const NAME: usize = 28;
/// The width of the name of a constraint, an index and their like; what tools make up is longer than what people do.
pub(super) const ATTACHMENT: usize = 40;
/// The width of a column's type.
pub(super) const TYPE: usize = 28;
/// The width of `not null`.
pub(super) const NULL: usize = 10;

/// The lines of one object: a header at the margin, everything else indented below it.
pub(super) struct Block {
    pub(super) text: String,
}

impl Block {
    pub(super) fn new(header: &str, comment: Option<&str>) -> Self {
        let mut block = Self {
            text: one_line(header) + "\n",
        };
        if let Some(comment) = comment {
            block.verbatim(comment, "  -- ");
        }
        block
    }

    pub(super) fn line(&mut self, line: &str) {
        self.text += "  ";
        self.text += &one_line(line);
        self.text.push('\n');
    }

    pub(super) fn optional(&mut self, line: Option<&str>) {
        if let Some(line) = line {
            self.line(line);
        }
    }

    /// Text that keeps its lines, each after `indent`; an empty line stays empty.
    pub(super) fn verbatim(&mut self, text: &str, indent: &str) {
        for line in text.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            let line = format!("{indent}{}", visible(line));
            self.text += if line.trim().is_empty() { "" } else { &line };
            self.text.push('\n');
        }
    }

    /// The comment of a line, below it.
    pub(super) fn comment(&mut self, comment: Option<&str>) {
        if let Some(comment) = comment {
            self.verbatim(comment, "    -- ");
        }
    }

    /// More about the line above.
    pub(super) fn nested(&mut self, text: &str) {
        self.verbatim(text, "    ");
    }

    pub(super) fn attachment(&mut self, kind: &str, name: &str, definition: &str, comment: Option<&str>) {
        self.line(&cells(&[(kind, KIND), (name, ATTACHMENT)], definition));
        self.comment(comment);
    }

    pub(super) fn constraint(&mut self, constraint: &Constraint) {
        let (kind, word) = match constraint.kind {
            ConstraintKind::PrimaryKey => ("primary key", "PRIMARY KEY "),
            ConstraintKind::Unique => ("unique", "UNIQUE "),
            ConstraintKind::Exclude => ("exclude", "EXCLUDE "),
            ConstraintKind::Check => ("check", "CHECK "),
            ConstraintKind::ForeignKey => ("foreign key", "FOREIGN KEY "),
        };
        let definition = constraint
            .definition
            .strip_prefix(word)
            .unwrap_or(&constraint.definition);
        let definition = match constraint.kind {
            ConstraintKind::Check => without_parentheses(definition),
            _ => definition.to_owned(),
        };
        self.attachment(kind, &constraint.name, &definition, constraint.comment.as_deref());
    }

    pub(super) fn grants(&mut self, grants: &[Grant]) {
        for item in grants {
            let (action, rest) = grant(item);
            self.line(&cells(&[(action, KIND)], &rest));
        }
    }
}

/// `(g > 0) NOT VALID` of `((g > 0)) NOT VALID`: `CHECK` brings a pair of its own, and nothing behind it has another.
fn without_parentheses(check: &str) -> String {
    check
        .strip_prefix('(')
        .and_then(|rest| rest.rsplit_once(')'))
        .map_or_else(
            || check.to_owned(),
            |(expression, flags)| format!("{expression}{flags}"),
        )
}

/// How far the next stop is where a cell is longer than its width.
const STOP: usize = 12;

/// Pads each cell to its width, at least two blanks, and ends with `last`; no trailing white space.
pub(super) fn cells(cells: &[(&str, usize)], last: &str) -> String {
    let mut line = String::new();
    for (cell, width) in cells {
        let length = cell.chars().count();
        let over = (length + 2).saturating_sub(*width).div_ceil(STOP);
        line += cell;
        line.extend(std::iter::repeat_n(' ', width + over * STOP - length));
    }
    line += last;
    line.truncate(line.trim_end().len());
    line
}

/// A name or a literal may hold a line break, which must not look like the next line.
fn one_line(text: &str) -> String {
    visible(text).replace('\n', "\u{240A}")
}

/// Shows control characters, which a reviewer would not see, as their Unicode pictures.
fn visible(text: &str) -> String {
    text.replace('\r', "\u{240D}").replace('\u{1b}', "\u{241B}")
}

/// `definition (disabled)`.
pub(super) fn with_state(definition: &str, state: Option<&str>) -> String {
    state.map_or_else(|| definition.to_owned(), |state| format!("{definition} ({state})"))
}

/// `("grant", "select (email), insert to anon with grant option")`.
pub(super) fn grant(grant: &Grant) -> (&'static str, String) {
    let (action, preposition) = match grant.action {
        Action::Grant => ("grant", "to"),
        Action::Revoke => ("revoke", "from"),
    };
    let column = grant
        .column
        .as_ref()
        .map_or_else(String::new, |name| format!(" ({name})"));
    let privileges: Vec<String> = grant
        .privileges
        .iter()
        .map(|privilege| format!("{privilege}{column}"))
        .collect();
    let option = if grant.grantable { " with grant option" } else { "" };
    (
        action,
        format!("{} {preposition} {}{option}", privileges.join(", "), grant.role),
    )
}
