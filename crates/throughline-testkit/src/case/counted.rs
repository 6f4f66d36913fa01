//! Subtracts the counts of an edge before a case from those after it.

use serde_json::Value;

/// The key of [`STATS_PATH`] in the configurations whose counts are read.
pub const STATS_KEY: &str = "sk_counts";
/// The path of the counts, where `ingest.path` is empty.
pub const STATS_PATH: &str = "/stats";

/// Whether a response to `GET /stats` counts records that have not ended.
pub fn is_any_queued(counts: &[u8]) -> bool {
    let counts: Value = serde_json::from_slice(counts).unwrap_or_default();
    let queued = counts.get("queued").and_then(Value::as_object);
    let mut queued = queued.into_iter().flatten();
    queued.any(|(_, records)| records.as_u64() != Some(0))
}

/// The counts by which `after` is more, without those that are equal. Elements of a list are the same when their
/// names are.
pub(super) fn difference(before: &Value, after: &Value) -> Value {
    match after {
        Value::Object(members) => {
            let before = |key| before.get(key).unwrap_or(&Value::Null);
            let members = members
                .iter()
                .map(|(key, after)| match is_name(key, after) {
                    true => (key.clone(), after.clone()),
                    false => (key.clone(), difference(before(key), after)),
                });
            let changed = members.filter(|(key, value)| is_name(key, value) || is_more(value));
            changed.collect()
        }
        Value::Array(elements) => {
            let before: Vec<&Value> = before.as_array().into_iter().flatten().collect();
            let elements = elements.iter().map(|after| {
                let same = before.iter().find(|before| names(before) == names(after));
                difference(same.copied().unwrap_or(&Value::Null), after)
            });
            elements.filter(is_more).collect()
        }
        number => {
            let after = number.as_i64().unwrap_or_default();
            Value::from(after - before.as_i64().unwrap_or_default())
        }
    }
}

/// Whether a member says what is counted, and is no count.
fn is_name(key: &str, value: &Value) -> bool {
    value.is_string() || key == "status"
}

fn names(element: &Value) -> Vec<(&String, &Value)> {
    let members = element.as_object().into_iter().flatten();
    members.filter(|(key, value)| is_name(key, value)).collect()
}

/// Whether a difference has a count that is not zero.
fn is_more(difference: &Value) -> bool {
    match difference {
        Value::Object(members) => members
            .iter()
            .any(|(key, value)| !is_name(key, value) && is_more(value)),
        Value::Array(elements) => !elements.is_empty(),
        number => number.as_i64().is_some_and(|count| count != 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_more_is_left() {
        let row = |backend: &str, records: u64| json!({"backend": backend, "records": records});
        let refused = |requests: u64| json!({"status": 401, "requests": requests});
        let before = json!({
            "received": {"traces": 1, "logs": 4},
            "ended": [row("a", 2), row("b", 1)],
            "requests": [{"status": 200, "requests": 9}, refused(1)],
        });
        let after = json!({
            "received": {"traces": 3, "logs": 4},
            "ended": [row("a", 2), row("b", 3), row("c", 1)],
            "requests": [{"status": 200, "requests": 9}, refused(2)],
        });
        let more = json!({
            "received": {"traces": 2},
            "ended": [row("b", 2), row("c", 1)],
            "requests": [{"status": 401, "requests": 1}],
        });
        assert_eq!(difference(&before, &after), more);
    }
}
