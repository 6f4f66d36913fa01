//! Continues a query until its list is as long as it may be.

use crate::query::catalog::Query;
use crate::source::{Source, SourceError};
use form_urlencoded::{Serializer, parse};
use serde_json::Value as Json;

/// Runs a query. A search of log records looks at some of them for one answer, so that it does not
/// keep the store from writing: it is continued here until it has as many as were asked for, has
/// looked at all, or has been asked [`MOST`] times.
///
/// # Errors
/// [`SourceError`].
pub(crate) fn query(
    source: &dyn Source,
    query: &Query,
    parameters: &str,
) -> Result<Json, SourceError> {
    let mut answer = source.query(query, parameters)?;
    if query.name != "logs" {
        return Ok(answer);
    }
    let limit = parse(parameters.as_bytes())
        .find(|(name, _)| name == "limit")
        .and_then(|(_, limit)| limit.parse().ok())
        .unwrap_or(LIMIT);
    for _ in 1..MOST {
        let found = answer["logs"].as_array().map_or(0, Vec::len);
        let Some(next) = answer["next"].as_str().filter(|_| found < limit) else {
            break;
        };
        let mut rest = Serializer::new(String::new());
        for (name, value) in parse(parameters.as_bytes()) {
            if name != "limit" && name != "before" {
                rest.append_pair(&name, &value);
            }
        }
        rest.append_pair("limit", &(limit - found).to_string());
        rest.append_pair("before", next);
        let mut more = source.query(query, &rest.finish())?;
        if let (Some(logs), Json::Array(further)) =
            (answer["logs"].as_array_mut(), more["logs"].take())
        {
            logs.extend(further);
        }
        let looked_at = |answer: &Json| answer["looked_at"].as_u64().unwrap_or_default();
        answer["looked_at"] = (looked_at(&answer) + looked_at(&more)).into();
        answer["next"] = more["next"].take();
    }
    Ok(answer)
}

/// Answers that are joined: with those, a million log records are looked at.
const MOST: usize = 100;
/// The limit where none is given.
const LIMIT: usize = 50;
