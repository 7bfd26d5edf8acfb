//! The lines of one object, and the stops that their cells begin at.

use std::borrow::Cow;

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

/// The lines of one object: a header at the margin, everything else indented below it; each line belongs to a part.
///
/// The text and the differences between two schemas come from the same parts, so that what the one shows, the other sees.
pub(in crate::schema) struct Block {
    /// `table public.t`: what tells it from all others of a schema.
    pub(in crate::schema) name: String,
    /// Whether each part but the first is an object of its own, as extensions are.
    pub(in crate::schema) is_list: bool,
    /// In the order of the text; a key may come more than once.
    pub(in crate::schema) parts: Vec<Part>,
}

/// Lines of a [`Block`] that are about one thing.
pub(in crate::schema) struct Part {
    /// `column email`, `index t_a_idx`, `grant to anon`; empty for what the object itself is.
    pub(in crate::schema) key: String,
    /// Whether its place among others of its kind means something, as a column's does.
    pub(in crate::schema) is_ordered: bool,
    /// Its lines, each with `\n` at its end.
    pub(in crate::schema) text: String,
    /// Whether an empty line stands before it.
    after_gap: bool,
}

impl Block {
    pub(super) fn new(header: &str, comment: Option<&str>) -> Self {
        let header = one_line(header);
        let mut block = Self::empty(&header);
        block.push(&header);
        if let Some(comment) = comment {
            block.part("comment");
            block.verbatim(comment, "  -- ");
        }
        block.part("");
        block
    }

    /// Lines that are objects of their own, without a header.
    pub(super) fn list() -> Self {
        Self {
            is_list: true,
            ..Self::empty("")
        }
    }

    fn empty(name: &str) -> Self {
        let mut block = Self {
            name: name.to_owned(),
            is_list: false,
            parts: Vec::new(),
        };
        block.part("");
        block
    }

    /// Says what tells the object from all others, where its header says more.
    pub(super) fn named(mut self, name: &str) -> Self {
        self.name = one_line(name).into_owned();
        self
    }

    /// The lines that follow are about this.
    pub(super) fn part(&mut self, key: &str) {
        self.parts.push(Part {
            key: one_line(key).into_owned(),
            is_ordered: false,
            text: String::new(),
            after_gap: false,
        });
    }

    /// As [`Block::part`], of something whose place among its like counts.
    pub(super) fn part_in_order(&mut self, key: &str) {
        self.part(key);
        if let Some(part) = self.parts.last_mut() {
            part.is_ordered = true;
        }
    }

    /// An empty line between what there is and what follows, if anything does.
    pub(super) fn gap(&mut self) {
        self.part("");
        if let Some(part) = self.parts.last_mut() {
            part.after_gap = true;
        }
    }

    /// All lines.
    pub(in crate::schema) fn text(&self) -> String {
        let (mut text, mut gap) = (String::new(), false);
        for part in &self.parts {
            gap |= part.after_gap;
            if gap && !part.text.is_empty() {
                text.push('\n');
                gap = false;
            }
            text += &part.text;
        }
        text
    }

    /// A line at the margin.
    pub(super) fn push(&mut self, line: &str) {
        if let Some(part) = self.parts.last_mut() {
            part.text += line;
            part.text.push('\n');
        }
    }

    pub(super) fn line(&mut self, line: &str) {
        if let Some(part) = self.parts.last_mut() {
            part.text += "  ";
        }
        self.push(&one_line(line));
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
            let shown = format!("{indent}{}", visible(line));
            self.push(if line.trim().is_empty() { "" } else { &shown });
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
        self.part(&format!("{kind} {name}"));
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
        let definition = with_details(definition, &constraint.details);
        self.attachment(kind, &constraint.name, &definition, constraint.comment.as_deref());
    }

    pub(super) fn grants(&mut self, grants: &[Grant]) {
        for item in grants {
            let (action, rest) = grant(item);
            self.part(&grant_key(item));
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
fn one_line(text: &str) -> Cow<'_, str> {
    pictured(visible(text), '\n', "\u{240A}")
}

/// Shows control characters, which a reviewer would not see, as their Unicode pictures.
fn visible(text: &str) -> Cow<'_, str> {
    pictured(pictured(text.into(), '\r', "\u{240D}"), '\u{1b}', "\u{241B}")
}

fn pictured<'a>(text: Cow<'a, str>, control: char, picture: &str) -> Cow<'a, str> {
    if text.contains(control) {
        text.replace(control, picture).into()
    } else {
        text
    }
}

/// `definition (disabled)`.
pub(super) fn with_state(definition: &str, state: Option<&str>) -> String {
    state.map_or_else(|| definition.to_owned(), |state| format!("{definition} ({state})"))
}

/// `definition (clustered) (with fillfactor=70)`.
pub(super) fn with_details(definition: String, details: &[String]) -> String {
    details
        .iter()
        .fold(definition, |definition, detail| format!("{definition} ({detail})"))
}

/// `("grant", "select (email), insert to anon with grant option")`.
pub(super) fn grant(grant: &Grant) -> (&'static str, String) {
    let (action, preposition) = words(grant.action);
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

/// `grant (email) to anon`: which privileges, and with which option, is the text's.
pub(super) fn grant_key(grant: &Grant) -> String {
    let (action, preposition) = words(grant.action);
    let column = grant
        .column
        .as_ref()
        .map_or_else(String::new, |name| format!("({name}) "));
    format!("{action} {column}{preposition} {}", grant.role)
}

fn words(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Grant => ("grant", "to"),
        Action::Revoke => ("revoke", "from"),
    }
}
