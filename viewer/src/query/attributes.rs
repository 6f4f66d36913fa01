//! The query `attributes`: keys of attributes, or the values of one, for completion.

use super::{Parameters, QueryError};
use crate::Store;
use serde_json::{Value as Json, json};

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let key = parameters.text("key");
    let start = parameters.text("start").unwrap_or_default();
    let limit = parameters.limit()?;
    parameters.finish()?;
    let found = store.find(|index| match &key {
        Some(key) => index.values(key, &start, limit),
        None => index.keys(&start, limit),
    })?;
    let counted = if key.is_some() { "traces" } else { "values" };
    let rows: Vec<Json> = (found.into_iter())
        .map(|(text, count)| json!({"text": text, counted: count}))
        .collect();
    Ok(match key {
        Some(key) => json!({"key": key, "values": rows}),
        None => json!({"keys": rows}),
    })
}
