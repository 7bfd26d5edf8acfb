//! A table or a view: what is said of it as a whole, its columns, and what hangs below them.

use super::block::{Block, NAME, NULL, TYPE, cells, with_details, with_state};
use super::counting;
use crate::schema::model::{Column, Index, Policy, Relation, RelationKind, Rule, Statistics, Trigger};

pub(super) fn relation(object: &Relation) -> Block {
    let kind = match object.kind {
        RelationKind::Table => "table",
        RelationKind::ForeignTable => "foreign table",
        RelationKind::View => "view",
        RelationKind::MaterializedView => "materialized view",
    };
    let unlogged = if object.unlogged { "unlogged " } else { "" };
    let name = format!("{kind} {}.{}", object.schema, object.name);
    let mut block = Block::new(&format!("{unlogged}{name}"), object.comment.as_deref()).named(&name);
    properties(object, &mut block);
    for detail in &object.details {
        block.part(&format!("detail {detail}"));
        block.line(detail);
    }
    // The columns of a view are what its query makes of them.
    let is_view = object.definition.is_some();
    for item in &object.columns {
        if is_view {
            block.part("");
        } else {
            block.part_in_order(&format!("column {}", item.name));
        }
        block.line(&column(item));
        block.comment(item.comment.as_deref());
    }
    if let Some(definition) = &object.definition {
        block.part("");
        block.line("as");
        block.verbatim(definition.trim_end().trim_end_matches(';'), "   ");
    }
    if !object.columns.is_empty() {
        block.gap();
    }
    attachments(object, &mut block);
    block
}

/// What is said of a relation as a whole, a line each.
fn properties(object: &Relation, block: &mut Block) {
    let said = |word: &str, value: Option<&String>| value.map(|value| format!("{word} {value}"));
    let list = |word: &str, values: &[String]| (!values.is_empty()).then(|| format!("{word} ({})", values.join(", ")));
    let parents = (!object.parents.is_empty()).then(|| match &object.partition_bound {
        Some(bound) => format!("partition of {} {bound}", object.parents.join(", ")),
        None => format!("inherits {}", object.parents.join(", ")),
    });
    let lines = [
        ("partition key", said("partition by", object.partition_key.as_ref())),
        ("parents", parents),
        ("type", said("of type", object.of_type.as_ref())),
        ("server", said("server", object.server.as_ref())),
        ("server options", list("options", &object.server_options)),
        ("access method", said("access method", object.access_method.as_ref())),
        ("options", list("with", &object.options)),
        (
            "replica identity",
            said("replica identity", object.replica_identity.as_ref()),
        ),
        (
            "row level security",
            said("row level security", object.row_security.as_ref()),
        ),
    ];
    for (key, line) in lines {
        if let Some(line) = line {
            block.part(key);
            block.line(&line);
        }
    }
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
        block.attachment("statistics", &item.name, &statistics(item), item.comment.as_deref());
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
pub(super) fn index(index: &Index) -> String {
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
    with_details(format!("{definition}{clustered}{invalid}"), &index.details)
}

/// `BEFORE UPDATE FOR EACH ROW EXECUTE FUNCTION …`: the definition without what the block already says.
pub(super) fn trigger(trigger: &Trigger) -> String {
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
    with_details(with_state(&definition, trigger.state.as_deref()), &trigger.details)
}

/// `(dependencies) ON a, b FROM public.t`.
fn statistics(statistics: &Statistics) -> String {
    let definition = statistics
        .definition
        .strip_prefix("CREATE STATISTICS ")
        .and_then(|rest| rest.strip_prefix(statistics.name.as_str())?.strip_prefix(' '))
        .unwrap_or(&statistics.definition);
    with_details(definition.to_owned(), &statistics.details)
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

fn policy(policy: &Policy) -> String {
    let restrictive = if policy.permissive { "" } else { "restrictive " };
    format!("{restrictive}for {} to {}", policy.command, policy.roles.join(", "))
}
