//! The counts of a machine as JSON: for an operator who has the secret, and for a host that
//! shows them.

use super::{ByRule, Ended, Flow, RefusalReason, Tally, Traffic};
use crate::SortedMap;
use crate::http::media_type::JSON;
use crate::http::{Refusal, response};
use crate::machine::Machine;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use serde::Serialize;
use throughline_otlp::Signal;

/// The path, below `ingest.path`.
pub(crate) const PATH: &str = "/stats";

/// Responds with the counts of all cores since they started.
///
/// # Errors
/// [`Refusal`] when the request does not have the key; the sender is at fault.
pub(crate) fn respond(
    machine: &Machine,
    key: &str,
    headers: &HeaderMap,
    now_unix_nano: u64,
) -> Result<Response<Bytes>, Refusal> {
    authorize(key, headers)?;
    let body = encode(machine, now_unix_nano);
    let mut response = response::whole(StatusCode::OK, JSON, body);
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    Ok(response)
}

/// Checks that a request has the key for the counts.
///
/// # Errors
/// [`Refusal`] when it does not; the sender is at fault.
pub(super) fn authorize(key: &str, headers: &HeaderMap) -> Result<(), Refusal> {
    let sent = headers
        .get(header::AUTHORIZATION)
        .map(HeaderValue::as_bytes);
    match sent.and_then(|sent| sent.strip_prefix(b"Bearer ")) {
        None => Err(Refusal::StatsKey("is missing")),
        Some(sent) if !is_same(sent, key.as_bytes()) => Err(Refusal::StatsKey("is not it")),
        Some(_) => Ok(()),
    }
}

/// Encodes the counts of all cores since they started.
pub(crate) fn encode(machine: &Machine, now_unix_nano: u64) -> Bytes {
    let tally = machine.tallies.sum();
    let stats = Stats {
        received: by_signal(&tally.received),
        taken_up: by_signal(&tally.taken_up),
        copied: by_signal(&tally.copied),
        queued: by_signal(&tally.queued),
        ended: ended(&tally),
        redacted: redacted(&tally.changes.redacted),
        cut: cut(&tally.changes.cut),
        truncated: (tally.truncated.iter())
            .map(|((signal, backend), values)| Truncated {
                signal: signal.as_str(),
                backend: backend.as_deref(),
                values: *values,
            })
            .collect(),
        symbolicated: (tally.symbolicated.iter())
            .map(|(how, frames)| (how.as_str(), *frames))
            .collect(),
        requests: (tally.requests.iter())
            .map(|(response, requests)| responded(response, *requests))
            .collect(),
        projects: passed(&tally.traffic),
        backends: (machine.backends.iter())
            .map(|backend| Waiting {
                backend: &backend.name,
                records: backend.in_flight.records(),
                bytes: backend.in_flight.bytes(now_unix_nano),
            })
            .collect(),
    };
    serde_json::to_vec(&stats).unwrap_or_default().into()
}

/// received + taken_up + copied = the sum of ended with a signal + queued.
#[derive(Serialize)]
struct Stats<'a> {
    received: SortedMap<&'static str, u64>,
    taken_up: SortedMap<&'static str, u64>,
    copied: SortedMap<&'static str, u64>,
    queued: SortedMap<&'static str, u64>,
    ended: Vec<Records<'a>>,
    /// Redactions in records, by rule; left out when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    redacted: Vec<Redacted<'a>>,
    /// Parts of records that were cut off, by limit; left out when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cut: Vec<Cut<'a>>,
    /// Values that were cut for a backend; left out when none was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    truncated: Vec<Truncated<'a>>,
    /// Frames of scripts with debug ids, by what was found of them; left out when there are none.
    #[serde(skip_serializing_if = "are_none")]
    symbolicated: SortedMap<&'static str, u64>,
    /// Requests with telemetry.
    requests: Vec<Responded>,
    /// Records and bytes of each project; left out when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    projects: Vec<Passed<'a>>,
    backends: Vec<Waiting<'a>>,
}

/// Values that were cut, or left out.
#[derive(Serialize)]
struct Truncated<'a> {
    signal: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    backend: Option<&'a str>,
    values: u64,
}

/// Records and bytes of a project that went one way.
#[derive(Serialize)]
struct Passed<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
    signal: &'static str,
    direction: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    backend: Option<&'a str>,
    records: u64,
    bytes: u64,
}

/// Requests to which the edge responded so.
#[derive(Serialize)]
struct Responded {
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'static str>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    requests: u64,
}

#[derive(Serialize)]
struct Redacted<'a> {
    signal: &'static str,
    rule: &'a str,
    redactions: u64,
}

#[derive(Serialize)]
struct Cut<'a> {
    signal: &'static str,
    limit: &'a str,
    parts: u64,
}

/// Records that ended so.
#[derive(Serialize)]
struct Records<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backend: Option<&'a str>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    records: u64,
}

/// The records and bytes that wait for a backend.
#[derive(Serialize)]
struct Waiting<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    backend: &'a str,
    records: u64,
    bytes: usize,
}

fn are_none(counts: &SortedMap<&'static str, u64>) -> bool {
    counts.is_empty()
}

fn by_signal(counts: &SortedMap<Signal, u64>) -> SortedMap<&'static str, u64> {
    let counts = counts.iter();
    counts
        .map(|(signal, records)| (signal.as_str(), *records))
        .collect()
}

fn ended(tally: &Tally) -> Vec<Records<'_>> {
    let ended = tally.ended.iter();
    ended.map(|(ended, records)| row(ended, *records)).collect()
}

fn redacted(counts: &ByRule) -> Vec<Redacted<'_>> {
    let counts = counts.iter();
    counts
        .map(|((signal, rule), redactions)| Redacted {
            signal: signal.as_str(),
            rule,
            redactions: *redactions,
        })
        .collect()
}

fn cut(counts: &ByRule) -> Vec<Cut<'_>> {
    let counts = counts.iter();
    counts
        .map(|((signal, limit), parts)| Cut {
            signal: signal.as_str(),
            limit,
            parts: *parts,
        })
        .collect()
}

fn passed(traffic: &Traffic) -> Vec<Passed<'_>> {
    let both = traffic.records.iter().zip(traffic.bytes.values());
    both.map(|((flow, records), bytes)| {
        let Flow {
            project,
            signal,
            direction,
            backend,
        } = flow;
        Passed {
            project: project.as_deref(),
            signal: signal.as_str(),
            direction: direction.as_str(),
            backend: backend.as_deref(),
            records: *records,
            bytes: *bytes,
        }
    })
    .collect()
}

fn responded(response: &super::Response, requests: u64) -> Responded {
    Responded {
        route: response.route,
        status: response.status,
        reason: response.reason.map(RefusalReason::as_str),
        requests,
    }
}

fn row(ended: &Ended, records: u64) -> Records<'_> {
    Records {
        signal: ended.signal.map(Signal::as_str),
        backend: ended.backend.as_deref(),
        outcome: ended.outcome.as_str(),
        reason: ended.outcome.reason(),
        records,
    }
}

/// Compares in a time that does not show where two secrets differ.
fn is_same(sent: &[u8], key: &[u8]) -> bool {
    let differences = sent.iter().zip(key).fold(0, |all, (a, b)| all | (a ^ b));
    sent.len() == key.len() && differences == 0
}
