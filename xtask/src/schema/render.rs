//! Renders a [`Schema`] as the text that is committed and reviewed.
//!
//! One object, one block; one facet, one line, so that one change is a small diff. Columns of text begin at fixed stops and not
//! where the longest name of a block ends: otherwise a new long name would move every other line. Words in lower case are the
//! toolkit's, words in upper case the server's.

mod block;
mod relation;
#[cfg(test)]
pub(super) mod tests;

pub(super) use self::block::Block;
use self::block::{KIND, NAME, TYPE, cells, grant, grant_key, with_state};
use self::relation::relation;
use super::model::{
    DefaultPrivilege, EventTrigger, Extension, Namespace, Object, Publication, Routine, RoutineKind, Schema, Sequence,
    SequenceOptions, Type, TypeKind,
};

/// Renders `schema`: `\n` between lines and at the end, no trailing white space of its own making, one empty line between
/// objects. The text of equal schemas is equal.
///
/// Blocks come in this order: extensions, schemas; then, schema by schema, types, sequences, tables, views, routines, all else; then what
/// lives in no schema, default privileges, publications and event triggers.
#[must_use]
pub fn render(schema: &Schema) -> String {
    let texts: Vec<String> = blocks(schema).iter().map(Block::text).collect();
    texts.join("\n")
}

/// The objects of `schema` in the order of the text.
pub(super) fn blocks(schema: &Schema) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    if !schema.extensions.is_empty() {
        blocks.push(extensions(&schema.extensions));
    }
    blocks.extend(schema.namespaces.iter().map(namespace));
    blocks.extend(objects(schema));
    let without_schema = schema.others.iter().filter(|object| object.schema.is_none());
    blocks.extend(without_schema.map(other));
    if !schema.default_privileges.is_empty() {
        blocks.push(default_privileges(&schema.default_privileges));
    }
    blocks.extend(schema.publications.iter().map(publication));
    blocks.extend(schema.event_triggers.iter().map(event_trigger));
    blocks
}

fn extensions(extensions: &[Extension]) -> Block {
    let mut block = Block::list();
    for extension in extensions {
        block.part(&format!("extension {}", extension.name));
        block.push(&cells(
            &[("extension", KIND), (&extension.name, NAME)],
            &format!("schema {}", extension.schema),
        ));
        if let Some(comment) = &extension.comment {
            block.verbatim(comment, "  -- ");
        }
    }
    block
}

/// The blocks of types, sequences, relations and routines, schema by schema.
fn objects(schema: &Schema) -> Vec<Block> {
    let mut objects: Vec<(&str, usize, Block)> = Vec::new();
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
    let others = schema.others.iter();
    objects.extend(others.filter_map(|object| Some((object.schema.as_deref()?, 4, other(object)))));
    objects.sort_by_key(|(schema, rank, _)| (*schema, *rank));
    objects.into_iter().map(|(_, _, block)| block).collect()
}

fn other(object: &Object) -> Block {
    let place = object
        .schema
        .as_ref()
        .map_or_else(String::new, |schema| format!("{schema}."));
    let header = format!("{} {place}{}", object.kind, object.name);
    let mut block = Block::new(&header, object.comment.as_deref());
    object.lines.iter().for_each(|line| block.line(line));
    block.grants(&object.grants);
    block
}

fn namespace(namespace: &Namespace) -> Block {
    let mut block = Block::new(&format!("schema {}", namespace.name), namespace.comment.as_deref());
    block.grants(&namespace.grants);
    block
}

fn type_block(object: &Type) -> Block {
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
        block.part_in_order(&format!("attribute {}", attribute.name));
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
    object.details.iter().for_each(|detail| block.line(detail));
    block.grants(&object.grants);
    block
}

fn sequence(object: &Sequence) -> Block {
    let unlogged = if object.unlogged { "unlogged " } else { "" };
    let name = format!("sequence {}.{}", object.schema, object.name);
    let mut block = Block::new(&format!("{unlogged}{name}"), object.comment.as_deref()).named(&name);
    block.line(
        &[vec![object.options.type_name.clone()], counting(&object.options)]
            .concat()
            .join(" "),
    );
    if let Some(column) = &object.owned_by {
        block.line(&format!("owned by {column}"));
    }
    block.grants(&object.grants);
    block
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

fn routine(object: &Routine) -> Block {
    let kind = match object.kind {
        RoutineKind::Function => "function",
        RoutineKind::Procedure => "procedure",
        RoutineKind::Aggregate => "aggregate",
    };
    let signature = format!("{}.{}({})", object.schema, object.name, object.arguments);
    // Names and defaults of the arguments may change, and it is still the same routine.
    let name = format!("{kind} {}.{}({})", object.schema, object.name, object.identity);
    let mut block = Block::new(&format!("{kind} {signature}"), object.comment.as_deref()).named(&name);
    let definition = object
        .definition
        .strip_prefix("CREATE OR REPLACE ")
        .and_then(|rest| rest.split_once(' '))
        .and_then(|(_, rest)| rest.strip_prefix(signature.as_str())?.strip_prefix('\n'))
        .unwrap_or(&object.definition);
    routine_definition(definition, &mut block);
    object.details.iter().for_each(|detail| block.line(detail));
    block.grants(&object.grants);
    block
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

fn default_privileges(defaults: &[DefaultPrivilege]) -> Block {
    let mut block = Block::list();
    block.push("default privileges");
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
        let place = format!("on {}{schema}{role}", default.objects);
        block.part(&format!("default privileges {place}: {}", grant_key(&default.grant)));
        block.line(&cells(&[(action, KIND), (&rest, NAME)], &place));
    }
    block
}

fn publication(object: &Publication) -> Block {
    let mut block = Block::new(&format!("publication {}", object.name), object.comment.as_deref());
    block.line(&format!("publish {}", object.operations));
    if object.via_root {
        block.line("partitions as their root");
    }
    if object.generated {
        block.line("with stored generated columns");
    }
    object.members.iter().for_each(|member| block.line(member));
    block
}

fn event_trigger(object: &EventTrigger) -> Block {
    let mut block = Block::new(&format!("event trigger {}", object.name), object.comment.as_deref());
    let tags = if object.tags.is_empty() {
        String::new()
    } else {
        format!(" when tag in {}", object.tags.join(", "))
    };
    let definition = format!("on {}{tags} execute {}", object.event, object.function);
    block.line(&with_state(&definition, object.state.as_deref()));
    block
}
