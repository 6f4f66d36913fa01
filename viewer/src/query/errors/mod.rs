//! The query `errors`: exceptions in groups of one fault each, with the state of each group.

mod engine_failures;
mod group;
mod resolve;
mod state;

pub use resolve::Resolve;
pub(crate) use resolve::resolve;

use super::time_range::TimeRange;
use super::trend::Trend;
use super::{Parameters, QueryError};
use crate::Store;
use engine_failures::EngineFailure;
use group::{GROUPS, Group};
use rusqlite::params;
use serde_json::{Value as Json, json};
use state::State;

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let service = parameters.text("service");
    let words = parameters.text("q").unwrap_or_default().to_lowercase();
    let id = parameters.text("group");
    let times = TimeRange::read(&mut parameters)?;
    let state = parameters.parsed("state", State::TEXTS, State::parse)?;
    let limit = parameters.limit()?;
    let before = parameters.parsed(
        "before",
        "a `next` of an earlier response",
        group::Position::parse,
    )?;
    parameters.finish()?;
    let (errors, next, trend, failures) = store.read(|connection| {
        let trend = Trend::of_exceptions(connection, times)?;
        let mut groups = Vec::new();
        let mut statement = connection.prepare_cached(GROUPS)?;
        let mut rows = statement.query(params![service, times.since, times.until])?;
        let mut next = None;
        while let Some(row) = rows.next()? {
            let group = Group::read(row)?;
            if before.is_some_and(|before| group.position() >= before) {
                continue;
            }
            if !group.has_words(&words) || id.as_ref().is_some_and(|id| *id != group.id()) {
                continue;
            }
            if let Some(state) = state
                && !group.is_in(state, connection)?
            {
                continue;
            }
            if groups.len() == limit {
                next = groups.last().map(Group::position);
                break;
            }
            groups.push(group);
        }
        let groups = groups
            .iter()
            .map(|group| {
                let mut json = group.json(connection)?;
                json["trend"] = trend
                    .counts(group.counts(connection, service.as_deref(), times)?)
                    .into();
                Ok(json)
            })
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let failures = EngineFailure::newest(connection, service.as_deref(), times)?;
        Ok((groups, next, trend.json(), failures))
    })?;
    Ok(json!({
        "errors": errors,
        "next": next.map(group::Position::format),
        "trend": trend,
        "engine_failures": EngineFailure::json(failures),
    }))
}
