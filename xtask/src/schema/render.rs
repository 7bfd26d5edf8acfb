//! Renders a [`Schema`] as the text that is committed and reviewed.
//!
//! One object, one block; one facet, one line, so that one change is a small diff. Columns of text begin at fixed stops and not
//! where the longest name of a block ends: otherwise a new long name would move every other line. Words in lower case are the
//! toolkit's, words in upper case the server's.

use super::model::{
    Action, Column, Constraint, ConstraintKind, DefaultPrivilege, EventTrigger, Grant, Index, Namespace, Policy,
    Publication, Relation, RelationKind, Routine, RoutineKind, Rule, Schema, Sequence, SequenceOptions, Statistics,
    Trigger, Type, TypeKind,
};

/// Renders `schema`: `\n` between lines and at the end, no trailing white space of its own making, one empty line between
/// objects. The text of equal schemas is equal.
///
/// Blocks come in this order: extensions, schemas; then, schema by schema, types, sequences, tables, views, routines; then default
/// privileges, publications and event triggers.
#[must_use]
pub fn render(schema: &Schema) -> String {
    let mut blocks: Vec<String> = Vec::new();
    let extensions: Vec<String> = schema
        .extensions
        .iter()
        .map(|extension| {
            cells(
                &[("extension", KIND), (&extension.name, NAME)],
                &format!("schema {}", extension.schema),
            )
        })
        .collect();
    if !extensions.is_empty() {
        blocks.push(extensions.join("\n") + "\n");
    }
    blocks.extend(schema.namespaces.iter().map(namespace));
    blocks.extend(objects(schema));
    if !schema.default_privileges.is_empty() {
        blocks.push(default_privileges(&schema.default_privileges));
    }
    blocks.extend(schema.publications.iter().map(publication));
    blocks.extend(schema.event_triggers.iter().map(event_trigger));
    blocks.join("\n")
}

/// The width of the word that says what a line is about: `foreign key`.
const KIND: usize = 14;
/// The width of a column's name.
const NAME: usize = 28;
/// The width of the name of a constraint, an index and their like; what tools make up is longer than what people do.
const ATTACHMENT: usize = 40;
/// The width of a column's type.
const TYPE: usize = 28;
/// The width of `not null`.
const NULL: usize = 10;

/// The blocks of types, sequences, relations and routines, schema by schema.
fn objects(schema: &Schema) -> Vec<String> {
    let mut objects: Vec<(&str, usize, String)> = Vec::new();
    objects.extend(
        schema
            .types
            .iter()
            .map(|object| (object.schema.as_str(), 0, type_block(object))),
    );
    objects.extend(
        schema
            .sequences
            .iter()
            .map(|object| (object.schema.as_str(), 1, sequence(object))),
    );
    objects.extend(
        schema
            .relations
            .iter()
            .map(|object| (object.schema.as_str(), 2, relation(object))),
    );
    objects.extend(
        schema
            .routines
            .iter()
            .map(|object| (object.schema.as_str(), 3, routine(object))),
    );
    objects.sort_by_key(|(schema, rank, _)| (*schema, *rank));
    objects.into_iter().map(|(_, _, block)| block).collect()
}

fn namespace(namespace: &Namespace) -> String {
    let mut block = Block::new(&format!("schema {}", namespace.name), namespace.comment.as_deref());
    block.grants(&namespace.grants);
    block.text
}

fn type_block(object: &Type) -> String {
    let kind = match object.kind {
        TypeKind::Enum => "enum",
        TypeKind::Domain => "domain",
        TypeKind::Composite => "composite type",
        TypeKind::Range => "range type",
    };
    let mut block = Block::new(
        &format!("{kind} {}.{}", object.schema, object.name),
        object.comment.as_deref(),
    );
    block.optional(object.definition.as_deref());
    for label in &object.labels {
        block.line(&format!("'{}'", label.replace('\'', "''")));
    }
    for attribute in &object.attributes {
        let collation = attribute
            .collation
            .as_ref()
            .map_or_else(String::new, |name| format!("collate {name}"));
        block.line(&cells(
            &[(&attribute.name, NAME), (&attribute.type_name, TYPE)],
            &collation,
        ));
        block.comment(attribute.comment.as_deref());
    }
    object.constraints.iter().for_each(|item| block.constraint(item));
    block.grants(&object.grants);
    block.text
}

fn sequence(object: &Sequence) -> String {
    let unlogged = if object.unlogged { "unlogged " } else { "" };
    let header = format!("{unlogged}sequence {}.{}", object.schema, object.name);
    let mut block = Block::new(&header, object.comment.as_deref());
    block.line(
        &[vec![object.options.type_name.clone()], counting(&object.options)]
            .concat()
            .join(" "),
    );
    if let Some(column) = &object.owned_by {
        block.line(&format!("owned by {column}"));
    }
    block.grants(&object.grants);
    block.text
}

/// What a sequence's options say beyond the defaults of its type.
fn counting(options: &SequenceOptions) -> Vec<String> {
    let (lowest, highest) = match options.type_name.as_str() {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let ascending = options.increment > 0;
    let (minimum, maximum) = if ascending { (1, highest) } else { (lowest, -1) };
    let start = if ascending { options.minimum } else { options.maximum };
    let said = [
        ("start", options.start, start),
        ("increment", options.increment, 1),
        ("minvalue", options.minimum, minimum),
        ("maxvalue", options.maximum, maximum),
        ("cache", options.cache, 1),
    ];
    let mut words: Vec<String> = said
        .iter()
        .filter(|(_, value, default)| value != default)
        .map(|(word, value, _)| format!("{word} {value}"))
        .collect();
    if options.cycle {
        words.push("cycle".to_owned());
    }
    words
}

fn relation(object: &Relation) -> String {
    let kind = match object.kind {
        RelationKind::Table => "table",
        RelationKind::ForeignTable => "foreign table",
        RelationKind::View => "view",
        RelationKind::MaterializedView => "materialized view",
    };
    let unlogged = if object.unlogged { "unlogged " } else { "" };
    let header = format!("{unlogged}{kind} {}.{}", object.schema, object.name);
    let mut block = Block::new(&header, object.comment.as_deref());
    properties(object).iter().for_each(|line| block.line(line));
    for item in &object.columns {
        block.line(&column(item));
        block.comment(item.comment.as_deref());
    }
    if let Some(definition) = &object.definition {
        block.line("as");
        block.verbatim(definition.trim_end().trim_end_matches(';'), "   ");
    }
    let columns_end = block.text.len();
    attachments(object, &mut block);
    if block.text.len() > columns_end && !object.columns.is_empty() {
        block.text.insert(columns_end, '\n');
    }
    block.text
}

/// What is said of a relation as a whole, a line each.
fn properties(object: &Relation) -> Vec<String> {
    let said = |word: &str, value: Option<&String>| value.map(|value| format!("{word} {value}"));
    let list = |word: &str, values: &[String]| (!values.is_empty()).then(|| format!("{word} ({})", values.join(", ")));
    let parents = (!object.parents.is_empty()).then(|| match &object.partition_bound {
        Some(bound) => format!("partition of {} {bound}", object.parents.join(", ")),
        None => format!("inherits {}", object.parents.join(", ")),
    });
    [
        said("partition by", object.partition_key.as_ref()),
        parents,
        said("of type", object.of_type.as_ref()),
        said("server", object.server.as_ref()),
        list("options", &object.server_options),
        said("access method", object.access_method.as_ref()),
        list("with", &object.options),
        said("replica identity", object.replica_identity.as_ref()),
        said("row level security", object.row_security.as_ref()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `  created_at  timestamp with time zone  not null  default now()`.
fn column(column: &Column) -> String {
    let mut rest: Vec<String> = Vec::new();
    if let Some(expression) = &column.default {
        rest.push(format!("default {expression}"));
    }
    if let Some(expression) = &column.generated {
        let kind = column.generated_kind.as_deref().unwrap_or("stored");
        rest.push(format!("generated always as {expression} {kind}"));
    }
    if let Some(identity) = &column.identity {
        rest.push(format!("generated {identity} as identity"));
        let options = column.identity_sequence.as_ref().map(counting).unwrap_or_default();
        if !options.is_empty() {
            rest.push(format!("({})", options.join(" ")));
        }
    }
    let said = [
        ("collate", column.collation.clone()),
        ("storage", column.storage.clone()),
        ("compression", column.compression.clone()),
        ("statistics", column.statistics.map(|target| target.to_string())),
    ];
    rest.extend(
        said.into_iter()
            .filter_map(|(word, value)| Some(format!("{word} {}", value?))),
    );
    if !column.options.is_empty() {
        rest.push(format!("options ({})", column.options.join(", ")));
    }
    let null = if column.not_null { "not null" } else { "" };
    cells(
        &[(&column.name, NAME), (&column.type_name, TYPE), (null, NULL)],
        &rest.join(" "),
    )
}

fn attachments(object: &Relation, block: &mut Block) {
    object.constraints.iter().for_each(|item| block.constraint(item));
    for item in &object.indexes {
        block.attachment("index", &item.name, &index(item), item.comment.as_deref());
    }
    for item in &object.statistics {
        block.attachment("statistics", &item.name, statistics(item), item.comment.as_deref());
    }
    for item in &object.triggers {
        block.attachment("trigger", &item.name, &trigger(item), item.comment.as_deref());
    }
    object.rules.iter().for_each(|item| rule(item, block));
    for item in &object.policies {
        block.attachment("policy", &item.name, &policy(item), item.comment.as_deref());
        let parts = [("using", &item.using), ("with check", &item.check)];
        for (word, expression) in parts {
            if let Some(expression) = expression {
                block.nested(&format!("{word} {expression}"));
            }
        }
    }
    block.grants(&object.grants);
}

/// `btree (category_id)`, or `unique btree (email) WHERE …`: the definition without what the block already says.
fn index(index: &Index) -> String {
    let rest = index.definition.strip_prefix("CREATE ").unwrap_or(&index.definition);
    let (unique, rest) = rest
        .strip_prefix("UNIQUE ")
        .map_or(("", rest), |rest| ("unique ", rest));
    let definition = rest
        .strip_prefix("INDEX ")
        .and_then(|rest| rest.strip_prefix(index.name.as_str())?.strip_prefix(" ON "))
        .map(|rest| rest.strip_prefix("ONLY ").unwrap_or(rest))
        .and_then(|rest| rest.strip_prefix(index.table.as_str())?.strip_prefix(" USING "))
        .map_or_else(|| index.definition.clone(), |rest| format!("{unique}{rest}"));
    let clustered = if index.clustered { " (clustered)" } else { "" };
    let invalid = if index.valid { "" } else { " (INVALID)" };
    format!("{definition}{clustered}{invalid}")
}

/// `BEFORE UPDATE FOR EACH ROW EXECUTE FUNCTION …`: the definition without what the block already says.
fn trigger(trigger: &Trigger) -> String {
    let rest = trigger
        .definition
        .strip_prefix("CREATE ")
        .unwrap_or(&trigger.definition);
    let (constraint, rest) = rest
        .strip_prefix("CONSTRAINT ")
        .map_or(("", rest), |rest| ("constraint ", rest));
    let definition = rest
        .strip_prefix("TRIGGER ")
        .and_then(|rest| rest.strip_prefix(trigger.name.as_str())?.strip_prefix(' '))
        .map_or_else(
            || trigger.definition.clone(),
            |rest| {
                format!(
                    "{constraint}{}",
                    rest.replacen(&format!(" ON {} ", trigger.table), " ", 1)
                )
            },
        );
    with_state(&definition, trigger.state.as_deref())
}

/// `(dependencies) ON a, b FROM public.t`.
fn statistics(statistics: &Statistics) -> &str {
    statistics
        .definition
        .strip_prefix("CREATE STATISTICS ")
        .and_then(|rest| rest.strip_prefix(statistics.name.as_str())?.strip_prefix(' '))
        .unwrap_or(&statistics.definition)
}

/// The server breaks a rule's definition into lines; the first stands beside the name, the others below it.
fn rule(rule: &Rule, block: &mut Block) {
    let definition = rule
        .definition
        .strip_prefix("CREATE RULE ")
        .and_then(|rest| rest.strip_prefix(rule.name.as_str())?.strip_prefix(" AS"))
        .unwrap_or(&rule.definition);
    let definition = definition.trim().trim_end_matches(';');
    let (first, rest) = definition.split_once('\n').unwrap_or((definition, ""));
    block.attachment(
        "rule",
        &rule.name,
        &with_state(first, rule.state.as_deref()),
        rule.comment.as_deref(),
    );
    if !rest.is_empty() {
        block.nested(rest);
    }
}

fn with_state(definition: &str, state: Option<&str>) -> String {
    state.map_or_else(|| definition.to_owned(), |state| format!("{definition} ({state})"))
}

fn policy(policy: &Policy) -> String {
    let restrictive = if policy.permissive { "" } else { "restrictive " };
    format!("{restrictive}for {} to {}", policy.command, policy.roles.join(", "))
}

fn routine(object: &Routine) -> String {
    let kind = match object.kind {
        RoutineKind::Function => "function",
        RoutineKind::Procedure => "procedure",
        RoutineKind::Aggregate => "aggregate",
    };
    let signature = format!("{}.{}({})", object.schema, object.name, object.arguments);
    let mut block = Block::new(&format!("{kind} {signature}"), object.comment.as_deref());
    let definition = object
        .definition
        .strip_prefix("CREATE OR REPLACE ")
        .and_then(|rest| rest.split_once(' '))
        .and_then(|(_, rest)| rest.strip_prefix(signature.as_str())?.strip_prefix('\n'))
        .unwrap_or(&object.definition);
    routine_definition(definition, &mut block);
    block.grants(&object.grants);
    block.text
}

/// The clauses before the body lose the blank that the server indents them by; the body stays as it was written.
fn routine_definition(definition: &str, block: &mut Block) {
    let definition = definition.trim_end();
    let body = if definition.starts_with("AS ") {
        Some(0)
    } else {
        definition.find("\nAS ").map(|newline| newline + 1)
    };
    let (clauses, body) = definition.split_at(body.unwrap_or(definition.len()));
    for clause in clauses.lines() {
        block.verbatim(clause.strip_prefix(' ').unwrap_or(clause), "  ");
    }
    if !body.is_empty() {
        block.verbatim(body, "  ");
    }
}

fn default_privileges(defaults: &[DefaultPrivilege]) -> String {
    let mut block = Block::new("default privileges", None);
    for default in defaults {
        let schema = default
            .schema
            .as_ref()
            .map_or_else(String::new, |name| format!(" in schema {name}"));
        let role = default
            .made_by
            .as_ref()
            .map_or_else(String::new, |name| format!(" made by {name}"));
        let (action, rest) = grant(&default.grant);
        block.line(&cells(
            &[(action, KIND), (&rest, NAME)],
            &format!("on {}{schema}{role}", default.objects),
        ));
    }
    block.text
}

fn publication(object: &Publication) -> String {
    let mut block = Block::new(&format!("publication {}", object.name), object.comment.as_deref());
    block.line(&format!("publish {}", object.operations));
    if object.via_root {
        block.line("partitions as their root");
    }
    object.members.iter().for_each(|member| block.line(member));
    block.text
}

fn event_trigger(object: &EventTrigger) -> String {
    let mut block = Block::new(&format!("event trigger {}", object.name), object.comment.as_deref());
    let tags = if object.tags.is_empty() {
        String::new()
    } else {
        format!(" when tag in {}", object.tags.join(", "))
    };
    let definition = format!("on {}{tags} execute {}", object.event, object.function);
    block.line(&with_state(&definition, object.state.as_deref()));
    block.text
}

/// `("grant", "select (email), insert to anon with grant option")`.
fn grant(grant: &Grant) -> (&'static str, String) {
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

/// The lines of one object: a header at the margin, everything else indented below it.
struct Block {
    text: String,
}

impl Block {
    fn new(header: &str, comment: Option<&str>) -> Self {
        let mut block = Self {
            text: one_line(header) + "\n",
        };
        if let Some(comment) = comment {
            block.verbatim(comment, "  -- ");
        }
        block
    }

    fn line(&mut self, line: &str) {
        self.text += "  ";
        self.text += &one_line(line);
        self.text.push('\n');
    }

    fn optional(&mut self, line: Option<&str>) {
        if let Some(line) = line {
            self.line(line);
        }
    }

    /// Text that keeps its lines, each after `indent`; an empty line stays empty.
    fn verbatim(&mut self, text: &str, indent: &str) {
        for line in text.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            let line = format!("{indent}{}", visible(line));
            self.text += if line.trim().is_empty() { "" } else { &line };
            self.text.push('\n');
        }
    }

    /// The comment of a line, below it.
    fn comment(&mut self, comment: Option<&str>) {
        if let Some(comment) = comment {
            self.verbatim(comment, "    -- ");
        }
    }

    /// More about the line above.
    fn nested(&mut self, text: &str) {
        self.verbatim(text, "    ");
    }

    fn attachment(&mut self, kind: &str, name: &str, definition: &str, comment: Option<&str>) {
        self.line(&cells(&[(kind, KIND), (name, ATTACHMENT)], definition));
        self.comment(comment);
    }

    fn constraint(&mut self, constraint: &Constraint) {
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

    fn grants(&mut self, grants: &[Grant]) {
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
fn cells(cells: &[(&str, usize)], last: &str) -> String {
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

#[cfg(test)]
mod tests;
