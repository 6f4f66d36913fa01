//! Sessions: updates become log records, and counts of a server become a metric.

use crate::attributes::Attributes;
use crate::json::Json;
use crate::records::Records;
use crate::source::Source;
use crate::{severity, time};
use throughline_otlp::attribute;
use throughline_otlp::field::{
    log_record, metric, number_data_point as point, points, temporality,
};
use throughline_semconv as semconv;

/// Appends the log record of an update. Its name says whether the session begins, ends or
/// goes on. `false` when the update has no id.
pub(crate) fn add(logs: &mut Records, session: &Json<'_>, sdk: &Json<'_>) -> bool {
    let id = session.get("sid").text();
    let status = session.get("status").text();
    if id.is_empty() {
        return false;
    }
    let name = match status {
        _ if session.get("init").as_bool() == Some(true) => semconv::SESSION_START,
        "exited" | "crashed" | "abnormal" => semconv::SESSION_END,
        _ => semconv::SENTRY_SESSION_UPDATE,
    };
    let of = session.get("attrs");
    logs.add(&Source::of_event(of, sdk), |record| {
        let at = match name {
            semconv::SESSION_START => "started",
            _ => "timestamp",
        };
        let at = time::unix_nano(session.get(at)).unwrap_or_default();
        record.fixed64(log_record::TIME_UNIX_NANO, at);
        severity::write(record, "info");
        record.string(log_record::EVENT_NAME, name);
        let mut attributes = Attributes {
            writer: record,
            field: log_record::ATTRIBUTES,
        };
        attributes.text(semconv::SESSION_ID, id);
        attributes.text(semconv::SENTRY_SESSION_STATUS, status);
        attributes.json(semconv::SENTRY_SESSION_ERRORS, session.get("errors"));
        attributes.json(semconv::USER_ID, session.get("did"));
        attributes.text(semconv::USER_AGENT_ORIGINAL, of.get("user_agent").text());
    });
    true
}

/// Appends a server's counts of sessions as a delta sum by status. `false` without counts.
pub(crate) fn add_counts(metrics: &mut Records, sessions: &Json<'_>, sdk: &Json<'_>) -> bool {
    let counted = |aggregate: &Json<'_>| {
        STATUSES.iter().any(|status| {
            aggregate
                .get(status)
                .as_int()
                .is_some_and(|count| count > 0)
        })
    };
    if !sessions.get("aggregates").items().any(counted) {
        return false;
    }
    metrics.add(&Source::of_event(sessions.get("attrs"), sdk), |writer| {
        writer.string(metric::NAME, semconv::SENTRY_SESSIONS);
        writer.string(metric::UNIT, "{session}");
        let sum = writer.open(metric::SUM);
        for aggregate in sessions.get("aggregates").items() {
            let started = time::unix_nano(aggregate.get("started")).unwrap_or_default();
            for status in STATUSES {
                let count = aggregate
                    .get(status)
                    .as_int()
                    .and_then(|count| u64::try_from(count).ok());
                let Some(count) = count.filter(|count| *count > 0) else {
                    continue;
                };
                let open = writer.open(points::DATA_POINTS);
                writer.fixed64(point::START_TIME_UNIX_NANO, started);
                writer.fixed64(point::TIME_UNIX_NANO, started.saturating_add(MINUTE_NANO));
                writer.fixed64_present(point::AS_INT, count);
                let key = semconv::SENTRY_SESSION_STATUS;
                attribute::string(writer, point::ATTRIBUTES, key, status);
                writer.close(open);
            }
        }
        writer.varint(points::AGGREGATION_TEMPORALITY, temporality::DELTA);
        writer.varint(points::IS_MONOTONIC, 1);
        writer.close(sum);
    });
    true
}

const STATUSES: [&str; 5] = ["exited", "errored", "abnormal", "unhandled", "crashed"];
/// SDKs count the sessions of a minute together.
const MINUTE_NANO: u64 = 60_000_000_000;
