//! What does each resource of the JSON API answer?

mod errors;
mod logs;
mod search;
mod status;
mod trace;
mod traces;
mod vitals;

use crate::Store;
use crate::query::{Query, QueryError};
use serde_json::Value as Json;

/// Why a resource has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// 400: the client is at fault.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// 404: it never arrived, or was let go.
    #[error("no such {0} in this store: it has not arrived, or made room for newer ones")]
    Absent(&'static str),
    /// 404: the address is wrong.
    #[error("no such resource; the documentation of throughline-viewer lists them")]
    Unknown,
    /// 500: the machine is at fault.
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
}

/// Answers `GET /api/{path}`.
pub(crate) fn answer(store: &Store, path: &str, query: Query<'_>) -> Result<Json, ApiError> {
    match path.split_once('/').unwrap_or((path, "")) {
        ("traces", "") => traces::answer(store, query),
        ("traces", trace_id) => trace::answer(store, trace_id, query),
        ("logs", "") => logs::answer(store, query),
        ("errors", "") => errors::answer(store, query),
        ("vitals", "") => vitals::answer(store, query),
        ("status", "") => status::answer(store, query),
        _ => Err(ApiError::Unknown),
    }
}
