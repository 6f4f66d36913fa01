//! The query `errors`: exceptions in groups of one fault each, with the state of each group.

mod engine_failures;
mod filter;
mod group;
mod resolve;
mod state;

pub use resolve::Resolve;
pub(crate) use resolve::resolve;

use super::trend::Trend;
use super::{Parameters, QueryError};
use crate::Store;
use engine_failures::EngineFailure;
use filter::Filter;
use group::Group;
use serde_json::{Value as Json, json};
use state::State;

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let filter = Filter::read(&mut parameters)?;
    let id = parameters.text("group");
    let state = parameters.parsed("state", State::TEXTS, State::parse)?;
    let limit = parameters.limit()?;
    let before = parameters.parsed(
        "before",
        "a `next` of an earlier response",
        group::Position::parse,
    )?;
    parameters.finish()?;
    let (errors, next, trend, failures) = store.read(|connection| {
        let trend = Trend::of_exceptions(connection, filter.times)?;
        let mut groups = Vec::new();
        let mut next = None;
        filter.each_group(connection, |group| {
            let is_wanted = before.is_none_or(|before| group.position() < before)
                && filter.has_words_of(&group)
                && id.as_ref().is_none_or(|id| *id == group.id())
                && state.map_or(Ok(true), |state| group.is_in(state, connection))?;
            if is_wanted && groups.len() == limit {
                next = groups.last().map(Group::position);
            } else if is_wanted {
                groups.push(group);
            }
            Ok(next.is_none())
        })?;
        let groups = groups
            .iter()
            .map(|group| {
                let mut json = group.json(connection)?;
                json["trend"] = trend
                    .counts(group.counts(connection, filter.service.as_deref(), filter.times)?)
                    .into();
                Ok(json)
            })
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let failures = EngineFailure::newest(connection, filter.service.as_deref(), filter.times)?;
        Ok((groups, next, trend.json(), failures))
    })?;
    Ok(json!({
        "errors": errors,
        "next": next.map(group::Position::format),
        "trend": trend,
        "engine_failures": EngineFailure::json(failures),
    }))
}
