//! The queries of the store: parameters in, JSON out.
//!
//! The page, the command line and MCP call them: what one shows, all show.

mod attributes;
pub(crate) mod catalog;
mod durations;
mod elsewhere;
pub(crate) mod errors;
mod exemplars;
pub(crate) mod export;
mod logs;
mod metrics;
mod parameters;
mod recent_spans;
mod routes;
mod search;
mod services;
mod sessions;
mod status;
mod time_range;
mod trace;
mod traces;
mod trend;
mod vitals;

pub(crate) use parameters::Parameters;

use crate::Store;
use catalog::Query;
use parameters::ParameterError;
use search::SearchError;
use serde_json::Value as Json;

/// Why a query has no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QueryError {
    /// 400: the client is at fault.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// 400: the search cannot be read. The client is at fault.
    #[error("q: {0}")]
    Search(#[from] SearchError),
    /// 404: it never arrived, or was evicted.
    #[error(
        "no such {0} in this store: it has not arrived, or was evicted to make room for newer ones"
    )]
    Absent(&'static str),
    /// 404: there is no such query.
    #[error("no such resource; the documentation of throughline-viewer lists them")]
    Unknown,
    /// 500: stored telemetry cannot be written as a file. A fault of this program.
    #[error("the export failed: {0}")]
    Export(Box<dyn std::error::Error + Send + Sync>),
    /// 500: the machine is at fault.
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
}

impl From<zip::result::ZipError> for QueryError {
    fn from(error: zip::result::ZipError) -> Self {
        Self::Export(error.into())
    }
}

impl From<std::io::Error> for QueryError {
    fn from(error: std::io::Error) -> Self {
        Self::Export(error.into())
    }
}

impl From<throughline_otlp::json::InvalidProtobuf> for QueryError {
    fn from(error: throughline_otlp::json::InvalidProtobuf) -> Self {
        Self::Export(error.into())
    }
}

/// Runs the query that `path` names; over HTTP it is `GET /api/{path}`.
pub(crate) fn run(
    store: &Store,
    path: &str,
    parameters: Parameters<'_>,
) -> Result<Json, QueryError> {
    dispatch(store, path, parameters).map_err(|error| match (error, Query::named(path)) {
        (QueryError::Parameter(error), Some(query)) => QueryError::Parameter(error.of(query)),
        (error, _) => error,
    })
}

fn dispatch(store: &Store, path: &str, parameters: Parameters<'_>) -> Result<Json, QueryError> {
    match path.split_once('/').unwrap_or((path, "")) {
        ("traces", "") => traces::run(store, parameters),
        ("traces", trace_id) => trace::whole(store, trace_id, parameters),
        ("trace", "") => trace::run(store, parameters),
        ("logs", "") => logs::run(store, parameters),
        ("errors", "") => errors::run(store, parameters),
        ("metrics", "") => metrics::list(store, parameters),
        ("metric", "") => metrics::one(store, parameters),
        ("exemplars", "") => exemplars::run(store, parameters),
        ("vitals", "") => vitals::run(store, parameters),
        ("routes", "") => routes::run(store, parameters),
        ("durations", "") => durations::run(store, parameters),
        ("services", "") => services::run(store, parameters),
        ("sessions", "") => sessions::list(store, parameters),
        ("session", "") => sessions::one(store, parameters),
        ("attributes", "") => attributes::run(store, parameters),
        ("status", "") => status::run(store, parameters),
        _ => Err(QueryError::Unknown),
    }
}
