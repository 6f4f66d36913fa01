//! The query `attributes`: keys of attributes of spans, log records, resources and scopes, or the
//! values of one, for completion.

use super::{Parameters, QueryError};
use crate::Store;
use serde_json::{Value as Json, json};

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let key = parameters.text("key");
    let start = parameters.text("start").unwrap_or_default();
    let limit = parameters.limit()?;
    parameters.finish()?;
    Ok(match key {
        Some(key) => {
            let values = store.find(|index| index.values(&key, &start, limit))?;
            let values: Vec<Json> = (values.into_iter())
                .map(|(text, found)| json!({"text": text, "traces": found.traces, "logs": found.logs}))
                .collect();
            json!({"key": key, "values": values})
        }
        None => {
            let keys = store.find(|index| index.keys(&start, limit))?;
            let keys: Vec<Json> = (keys.into_iter())
                .map(|(text, values)| json!({"text": text, "values": values}))
                .collect();
            json!({"keys": keys})
        }
    })
}
