//! The counts of a machine in the formats that Prometheus scrapes: its own text format 0.0.4, and
//! OpenMetrics 1.0.
//!
//! Names and labels follow OpenTelemetry's rules:
//! <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/>.

use super::stats::authorize;
use super::traffic::{PROJECT_IO_HELP, PROJECT_RECORDS_HELP};
use super::{Tally, Traffic};
use crate::http::{Refusal, response};
use crate::identity;
use crate::machine::Machine;
use crate::topics::LAG_HELP;
use bytes::Bytes;
use exposition::{Exposition, Format, Kind};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use throughline_otlp::Signal;
use throughline_semconv as semconv;

mod exposition;

/// The path, below `ingest.path`.
pub(crate) const PATH: &str = "/metrics";

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
    let format = Format::accepted(headers.get(header::ACCEPT));
    let body = encode(machine, format, now_unix_nano);
    let mut response = response::whole(StatusCode::OK, format.content_type(), body.into());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

fn encode(machine: &Machine, format: Format, now_unix_nano: u64) -> String {
    let tally = machine.tallies.sum();
    let mut text = Exposition::new(format, machine.begun_unix_nano);
    text.target(&[
        (semconv::SERVICE_NAME, identity::NAME),
        (semconv::SERVICE_VERSION, identity::VERSION),
    ]);
    records(&mut text, &tally);
    changes(&mut text, &tally);
    symbolications(&mut text, &tally);
    requests(&mut text, &tally);
    projects(&mut text, &tally);
    backends(&mut text, machine, now_unix_nano);
    lags(&mut text, machine);
    text.finish()
}

fn records(text: &mut Exposition, tally: &Tally) {
    for (name, help, kind, counts) in [
        (
            semconv::THROUGHLINE_EDGE_RECEIVED,
            "Records that came",
            Kind::Counter,
            &tally.received,
        ),
        (
            semconv::THROUGHLINE_EDGE_TAKEN_UP,
            "Records that another process handed over",
            Kind::Counter,
            &tally.taken_up,
        ),
        (
            semconv::THROUGHLINE_EDGE_COPIED,
            "Copies of records for each backend after the first",
            Kind::Counter,
            &tally.copied,
        ),
        (
            semconv::THROUGHLINE_EDGE_QUEUED,
            "Records that wait now",
            Kind::Gauge,
            &tally.queued,
        ),
    ] {
        let mut family = text.family(name, help, kind);
        for (signal, records) in counts {
            family.sample(
                &[(semconv::THROUGHLINE_SIGNAL, Some(signal.as_str()))],
                *records,
            );
        }
    }
    let mut family = text.family(
        semconv::THROUGHLINE_EDGE_RECORDS,
        "Records by outcome",
        Kind::Counter,
    );
    for (ended, records) in &tally.ended {
        let labels = [
            (
                semconv::THROUGHLINE_SIGNAL,
                ended.signal.map(Signal::as_str),
            ),
            (semconv::THROUGHLINE_BACKEND, ended.backend.as_deref()),
            (semconv::THROUGHLINE_OUTCOME, Some(ended.outcome.as_str())),
            (semconv::THROUGHLINE_REASON, ended.outcome.reason()),
        ];
        family.sample(&labels, *records);
    }
}

fn changes(text: &mut Exposition, tally: &Tally) {
    for (name, help, counts) in [
        (
            semconv::THROUGHLINE_EDGE_REDACTIONS,
            "Redactions by rule",
            &tally.changes.redacted,
        ),
        (
            semconv::THROUGHLINE_EDGE_CUTS,
            "Parts of records that were cut off, by limit",
            &tally.changes.cut,
        ),
    ] {
        let mut family = text.family(name, help, Kind::Counter);
        for ((signal, rule), count) in counts {
            let labels = [
                (semconv::THROUGHLINE_SIGNAL, Some(signal.as_str())),
                (semconv::THROUGHLINE_RULE, Some(&**rule)),
            ];
            family.sample(&labels, *count);
        }
    }
    let help = "Values cut and attributes left out, by backend";
    let mut family = text.family(semconv::THROUGHLINE_EDGE_TRUNCATIONS, help, Kind::Counter);
    for ((signal, backend), values) in &tally.truncated {
        let labels = [
            (semconv::THROUGHLINE_SIGNAL, Some(signal.as_str())),
            (semconv::THROUGHLINE_BACKEND, backend.as_deref()),
        ];
        family.sample(&labels, *values);
    }
}

fn symbolications(text: &mut Exposition, tally: &Tally) {
    let name = semconv::THROUGHLINE_EDGE_SYMBOLICATIONS;
    let help = "Frames of scripts with debug ids, by what was found of them";
    let mut family = text.family(name, help, Kind::Counter);
    for (how, frames) in &tally.symbolicated {
        let label = (semconv::THROUGHLINE_SYMBOLICATION, Some(how.as_str()));
        family.sample(&[label], *frames);
    }
}

fn requests(text: &mut Exposition, tally: &Tally) {
    let help = "Requests with telemetry, by response";
    let mut family = text.family(semconv::THROUGHLINE_EDGE_REQUESTS, help, Kind::Counter);
    for (response, requests) in &tally.requests {
        let status = response.status.to_string();
        let labels = [
            (semconv::HTTP_ROUTE, response.route),
            (semconv::HTTP_RESPONSE_STATUS_CODE, Some(status.as_str())),
            (
                semconv::THROUGHLINE_REASON,
                response.reason.map(|reason| reason.as_str()),
            ),
        ];
        family.sample(&labels, *requests);
    }
}

fn projects(text: &mut Exposition, tally: &Tally) {
    let Traffic { records, bytes } = &tally.traffic;
    for (name, help, kind, counts) in [
        (
            semconv::THROUGHLINE_EDGE_PROJECT_RECORDS,
            PROJECT_RECORDS_HELP,
            Kind::Counter,
            records,
        ),
        (
            semconv::THROUGHLINE_EDGE_PROJECT_IO,
            PROJECT_IO_HELP,
            Kind::ByteCounter,
            bytes,
        ),
    ] {
        let mut family = text.family(name, help, kind);
        for (flow, count) in counts {
            let labels = [
                (semconv::THROUGHLINE_PROJECT, flow.project.as_deref()),
                (semconv::THROUGHLINE_SIGNAL, Some(flow.signal.as_str())),
                (semconv::NETWORK_IO_DIRECTION, Some(flow.direction.as_str())),
                (semconv::THROUGHLINE_BACKEND, flow.backend.as_deref()),
            ];
            family.sample(&labels, *count);
        }
    }
}

fn backends(text: &mut Exposition, machine: &Machine, now_unix_nano: u64) {
    let label = |name: &str| {
        Some(name)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
    };
    let name = semconv::THROUGHLINE_EDGE_BACKEND_QUEUED;
    let mut family = text.family(name, "Records that wait for a backend now", Kind::Gauge);
    for backend in machine.backends.iter() {
        let name = label(&backend.name);
        family.sample(
            &[(semconv::THROUGHLINE_BACKEND, name.as_deref())],
            backend.in_flight.records(),
        );
    }
    let name = semconv::THROUGHLINE_EDGE_BACKEND_MEMORY;
    let mut family = text.family(name, "Memory of what waits for a backend now", Kind::Bytes);
    for backend in machine.backends.iter() {
        let name = label(&backend.name);
        let bytes = backend.in_flight.bytes(now_unix_nano) as u64;
        family.sample(&[(semconv::THROUGHLINE_BACKEND, name.as_deref())], bytes);
    }
}

fn lags(text: &mut Exposition, machine: &Machine) {
    let name = semconv::KAFKA_CONSUMER_GROUP_LAG;
    let mut family = text.family(name, LAG_HELP, Kind::Gauge);
    for lag in machine.lags.all() {
        let partition = lag.partition.to_string();
        let labels = [
            (semconv::MESSAGING_CONSUMER_GROUP_NAME, Some(&*lag.group)),
            (semconv::MESSAGING_DESTINATION_NAME, Some(&*lag.topic)),
            (
                semconv::MESSAGING_DESTINATION_PARTITION_ID,
                Some(&*partition),
            ),
        ];
        family.sample(&labels, lag.messages);
    }
}
