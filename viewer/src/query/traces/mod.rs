//! The query `traces`: a page of the traces that match a filter, newest first.

mod filter;
mod position;
mod row;

pub(super) use filter::Filter;
pub(super) use row::TraceRow;

use super::{Parameters, QueryError};
use crate::Store;
use position::Position;
use serde_json::{Value as Json, json};

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let filter = Filter::read(&mut parameters)?;
    let limit = parameters.limit()?;
    let before = parameters
        .parsed("before", "a `next` of an earlier response", Position::parse)?
        .unwrap_or(Position::START);
    parameters.finish()?;

    let (traces, next) = match filter.search.trace_id {
        Some(trace_id) => (store.read(|c| filter.one(c, &trace_id))?, None),
        None => filter.page(store, before, limit)?,
    };
    Ok(json!({"traces": traces, "next": next.map(|at| at.format())}))
}
