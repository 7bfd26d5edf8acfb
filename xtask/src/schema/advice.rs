//! Advice on a live database: what PostgreSQL allows and a product regrets. Rows that reach whom they should not, functions that a
//! caller leads astray, keys and indexes that are missing, double or broken.
//!
//! A rule is a file of `advice/`: one SELECT, sent behind `prelude.sql`, whose rows are schema and name of what it is about, the object as it
//! is shown, and what is wrong. The two rules about the expressions of policies share `policies.sql` and are decided here. All of them travel in
//! one message, in a transaction that may not write.
//!
//! What belongs to an extension or to a hosting platform is not the product's to mend and not advised on, nor are the toolkit's own
//! tables; policies on a platform's tables are the product's.
//!
//! Left out on purpose: several permissive policies for one command. One for the owner and one for administrators say clearly what one
//! long OR would hide, and PostgreSQL joins them with OR all the same.

mod expression;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use postgres::{Client, IsolationLevel, SimpleQueryMessage, Transaction};
use serde::Deserialize;

use self::expression::{calls_for_each_row, is_always_true};
use super::introspect::pin_settings;
use super::{OWN_TABLES, platform};

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Advice {
    /// The rule's name, one of [`rules`].
    pub rule: &'static str,
    /// What it is about, each part quoted where SQL needs it: `public.t` (tables, views, indexes), `public.t.p` (policies and constraints),
    /// `public.f(integer)` (functions).
    pub object: String,
    /// What is wrong with it.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// How a rule finds what it is about.
enum Finder {
    /// The rows of a query.
    Query(&'static str),
    /// What it says of a policy, if anything.
    Policy(fn(&Policy) -> Option<String>),
}

struct Rule {
    name: &'static str,
    finder: Finder,
    help: &'static str,
}

/// What all queries stand on.
const PRELUDE: &str = include_str!("advice/prelude.sql");

const POLICIES: &str = include_str!("advice/policies.sql");

#[rustfmt::skip]
const RULES: &[Rule] = &[
    Rule { name: "row-security-off", finder: Finder::Query(include_str!("advice/row_security_off.sql")),
        help: "ALTER TABLE … ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, and write policies; or revoke what was granted" },
    Rule { name: "policies-while-off", finder: Finder::Query(include_str!("advice/policies_while_off.sql")),
        help: "ALTER TABLE … ENABLE ROW LEVEL SECURITY; or drop the policies" },
    Rule { name: "row-security-without-policy", finder: Finder::Query(include_str!("advice/row_security_without_policy.sql")),
        help: "write a policy for each command that is meant to work; where nobody is meant to, revoke the grants and except the table" },
    Rule { name: "row-security-not-forced", finder: Finder::Query(include_str!("advice/row_security_not_forced.sql")),
        help: "ALTER TABLE … FORCE ROW LEVEL SECURITY" },
    Rule { name: "policy-for-each-row", finder: Finder::Policy(for_each_row),
        help: "put the call into a query of its own, `(SELECT …)`: PostgreSQL then runs it once" },
    Rule { name: "policy-always-true", finder: Finder::Policy(always_true),
        help: "say which rows are meant; where all of them are, except the policy with the reason" },
    Rule { name: "function-search-path", finder: Finder::Query(include_str!("advice/function_search_path.sql")),
        help: "ALTER FUNCTION … SET search_path = '', and write names with their schema" },
    Rule { name: "definer-open-to-all", finder: Finder::Query(include_str!("advice/definer_open_to_all.sql")),
        help: "REVOKE EXECUTE ON FUNCTION … FROM PUBLIC, anon, and grant it to those who need it; or make it SECURITY INVOKER" },
    Rule { name: "view-past-policies", finder: Finder::Query(include_str!("advice/view_past_policies.sql")),
        help: "ALTER VIEW … SET (security_invoker = true), from PostgreSQL 15 on; before that, revoke the grants" },
    Rule { name: "rows-without-policies", finder: Finder::Query(include_str!("advice/rows_without_policies.sql")),
        help: "REVOKE SELECT, and hand out its rows by a function or a view that chooses" },
    Rule { name: "foreign-key-without-index", finder: Finder::Query(include_str!("advice/foreign_key_without_index.sql")),
        help: "CREATE INDEX on these columns" },
    Rule { name: "duplicate-index", finder: Finder::Query(include_str!("advice/duplicate_index.sql")),
        help: "DROP INDEX, or ALTER TABLE … DROP CONSTRAINT where it is a constraint's" },
    Rule { name: "invalid-index", finder: Finder::Query(include_str!("advice/invalid_index.sql")),
        help: "REINDEX INDEX CONCURRENTLY, or drop it and build it again" },
    Rule { name: "table-without-primary-key", finder: Finder::Query(include_str!("advice/table_without_primary_key.sql")),
        help: "ALTER TABLE … ADD PRIMARY KEY" },
];

/// The names of all rules, each once.
pub fn rules() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.name)
}

/// Advises on the connected database: four round trips, in a transaction of its own that sees one state of it and may not write. By rule,
/// and within a rule by object.
///
/// # Errors
/// See [`advise_within`].
pub fn advise(client: &mut Client) -> Result<Vec<Advice>> {
    let mut transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .context("failed to begin the transaction that looks for advice")?;
    let advice = read(&mut transaction)?;
    transaction
        .rollback()
        .context("failed to end the transaction that looks for advice")?;
    Ok(advice)
}

/// Advises on the database as the caller's transaction sees it; what it sets is undone. PostgreSQL 14 and newer
/// (<https://www.postgresql.org/docs/current/ddl-rowsecurity.html>). Any role may ask: it needs the catalogues alone.
///
/// # Errors
/// The server refuses a query, the connection is lost, or a catalogue answers in an unknown shape.
pub fn advise_within(transaction: &mut Transaction<'_>) -> Result<Vec<Advice>> {
    let mut savepoint = transaction
        .transaction()
        .context("failed to set the savepoint that looking for advice returns to")?;
    let advice = read(&mut savepoint)?;
    savepoint
        .rollback()
        .context("failed to return to the savepoint that was set to look for advice")?;
    Ok(advice)
}

fn read(transaction: &mut Transaction<'_>) -> Result<Vec<Advice>> {
    pin_settings(transaction)?;
    let mut answers = ask(transaction)?.into_iter();
    let mut next = |what: &str| {
        answers
            .next()
            .with_context(|| format!("the catalogues did not answer the question about {what}"))
    };
    let on_platform = !next("the platform")?.is_empty();
    let policies = next("policies")?
        .into_iter()
        .map(|row| Ok((row.object, read_policy(&row.text)?)))
        .collect::<Result<Vec<_>>>()?;
    let mut advice = Vec::new();
    for rule in RULES {
        let mut found: Vec<(String, String)> = match rule.finder {
            Finder::Query(_) => next(rule.name)?
                .into_iter()
                .filter(|row| !(on_platform && platform::is_platform(&row.schema)))
                .filter(|row| !OWN_TABLES.contains(&(row.schema.as_str(), row.name.as_str())))
                .map(|row| (row.object, row.text))
                .collect(),
            Finder::Policy(judge) => policies
                .iter()
                .filter_map(|(object, policy)| Some((object.clone(), judge(policy)?)))
                .collect(),
        };
        found.sort();
        advice.extend(found.into_iter().map(|(object, message)| Advice {
            rule: rule.name,
            object,
            message,
            help: rule.help.to_owned(),
        }));
    }
    Ok(advice)
}

/// One row of a query of `advice/`.
struct Row {
    schema: String,
    name: String,
    object: String,
    text: String,
}

/// Asks whether the platform is there, for the policies, and each rule's query, in this order; the rows of each.
fn ask(transaction: &mut Transaction<'_>) -> Result<Vec<Vec<Row>>> {
    let queries = RULES.iter().filter_map(|rule| match rule.finder {
        Finder::Query(query) => Some(query),
        Finder::Policy(_) => None,
    });
    let mut message = platform::IS_PRESENT.to_owned();
    for query in std::iter::once(POLICIES).chain(queries) {
        message.push_str(PRELUDE);
        message.push_str(query);
    }
    let mut answers = Vec::new();
    let mut rows = Vec::new();
    for part in transaction
        .simple_query(&message)
        .context("failed to look for advice in the catalogues")?
    {
        match part {
            SimpleQueryMessage::Row(row) => {
                let text = |index: usize| {
                    row.get(index)
                        .map(ToOwned::to_owned)
                        .context("a row of advice is not whole")
                };
                rows.push(Row {
                    schema: text(0)?,
                    name: text(1)?,
                    object: text(2)?,
                    text: text(3)?,
                });
            }
            SimpleQueryMessage::CommandComplete(_) => answers.push(std::mem::take(&mut rows)),
            _ => {}
        }
    }
    Ok(answers)
}

/// A row of `policies.sql`.
#[derive(Deserialize)]
struct Policy {
    command: String,
    permissive: bool,
    /// Those that row level security binds.
    roles: Option<Vec<String>>,
    using: Option<Expression>,
    check: Option<Expression>,
    /// The functions that it may call and that are worth calling once, by oid.
    functions: Option<BTreeMap<u32, String>>,
}

#[derive(Deserialize)]
struct Expression {
    text: String,
    tree: String,
}

fn read_policy(text: &str) -> Result<Policy> {
    serde_json::from_str(text).with_context(|| format!("the catalogues told of a policy in an unknown shape: {text}"))
}

fn for_each_row(policy: &Policy) -> Option<String> {
    let functions = policy.functions.as_ref()?;
    let oids = functions.keys().copied().collect();
    let called: BTreeSet<&str> = [&policy.using, &policy.check]
        .into_iter()
        .flatten()
        .flat_map(|expression| calls_for_each_row(&expression.tree, &oids))
        .map(|oid| functions[&oid].as_str())
        .collect();
    let called: Vec<String> = called.into_iter().map(|name| format!("`{name}`")).collect();
    (!called.is_empty()).then(|| {
        format!(
            "calls {} for each row, though no column is among its arguments",
            called.join(", ")
        )
    })
}

fn always_true(policy: &Policy) -> Option<String> {
    let roles = policy.roles.as_ref().filter(|_| policy.permissive)?;
    let is_true =
        |expression: &Option<Expression>| expression.as_ref().is_some_and(|it| is_always_true(&it.tree, &it.text));
    let is_for_all = roles.iter().any(|role| role == "PUBLIC" || role == "anon");
    let (using, check) = (is_true(&policy.using), is_true(&policy.check));
    let opens = match (policy.command.as_str(), using, check) {
        ("select", true, _) if is_for_all => "USING is true of every row: all of them can be read",
        ("select", _, _) | (_, false, false) => return None,
        ("delete", _, _) => "USING is true of every row: any of them can be deleted",
        ("insert", _, _) => "WITH CHECK is true of every row: any can be inserted",
        ("update", true, _) => "USING is true of every row: any of them can be updated",
        (_, true, _) => "USING is true of every row: any of them can be read, updated and deleted",
        (_, false, true) => "WITH CHECK is true of every row: a row can be made anybody's",
    };
    Some(format!("{opens} by {}", roles.join(", ")))
}
