//! Which indexes the planner uses for a query: read from its plan, not from a time.

use postgres::{GenericClient, SimpleQueryMessage};
use serde_json::Value;

/// The plan of a query for whoever is signed in, as `EXPLAIN (FORMAT JSON)` gives it.
#[track_caller]
pub fn plan_of(client: &mut impl GenericClient, sql: &str) -> Value {
    let messages = client
        .simple_query(&format!("EXPLAIN (FORMAT JSON) {sql}"))
        .unwrap_or_else(|error| panic!("{sql}\n{error}"));
    let text = messages
        .iter()
        .find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        })
        .unwrap();
    serde_json::from_str(text).unwrap()
}

/// The names of the indexes of a plan, wherever they stand in it.
pub fn indexes(plan: &Value) -> Vec<&str> {
    match plan {
        Value::Array(items) => items.iter().flat_map(indexes).collect(),
        Value::Object(fields) => {
            let own = fields.get("Index Name").and_then(Value::as_str);
            own.into_iter().chain(fields.values().flat_map(indexes)).collect()
        }
        _ => Vec::new(),
    }
}

/// Fails the test where the plan of the query has no use for `index`; needs enough rows, and `ANALYZE`.
#[track_caller]
pub fn assert_uses(client: &mut impl GenericClient, sql: &str, index: &str) {
    let plan = plan_of(client, sql);
    assert!(indexes(&plan).contains(&index), "{sql}\n{index} is not used: {plan:#}");
}
