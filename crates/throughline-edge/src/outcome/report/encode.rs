//! Encodes counts as sums of OTLP.

use super::super::traffic::{PROJECT_IO_HELP, PROJECT_RECORDS_HELP};
use super::super::{Ended, Flow, Reported, Response, Traffic};
use crate::SortedMap;
use crate::identity;
use crate::state::aggregate::Temporality;
use crate::topics::{LAG_HELP, PartitionLag};
use throughline_otlp::field::{metric, number_data_point as point, points, scope_group};
use throughline_otlp::protobuf::{Open, Writer};
use throughline_otlp::{Signal, attribute, envelope};
use throughline_semconv as semconv;

/// The time in which something was counted, in ns since the Unix epoch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period {
    pub(super) start: u64,
    pub(super) end: u64,
}

/// Encodes counts and lags as an export request of the edge with this `service.instance.id`.
pub(super) fn report(
    (counts, lags): (&Reported, &[PartitionLag]),
    temporality: Temporality,
    instance: u64,
    period: Period,
) -> Vec<u8> {
    let resource = envelope::resource(&[
        (semconv::SERVICE_NAME, identity::NAME),
        (semconv::SERVICE_VERSION, identity::VERSION),
        (semconv::SERVICE_INSTANCE_ID, &format!("{instance:016x}")),
    ]);
    let sums = Sums {
        temporality,
        period,
    };
    let Reported {
        ended,
        redacted,
        cut,
        truncated,
        symbolicated,
        requests,
        traffic: Traffic { records, bytes },
    } = counts;
    identity::origin(&resource).export_request(|writer| {
        sums.write(writer, &RECORDS, ended, |ended, writer| {
            let Ended {
                signal, outcome, ..
            } = ended;
            text(
                writer,
                semconv::THROUGHLINE_SIGNAL,
                signal.map(Signal::as_str),
            );
            text(
                writer,
                semconv::THROUGHLINE_BACKEND,
                ended.backend.as_deref(),
            );
            text(writer, semconv::THROUGHLINE_OUTCOME, Some(outcome.as_str()));
            text(writer, semconv::THROUGHLINE_REASON, outcome.reason());
        });
        for (sum, counts) in [(&REDACTIONS, redacted), (&CUTS, cut)] {
            sums.write(writer, sum, counts, |(signal, rule), writer| {
                text(writer, semconv::THROUGHLINE_SIGNAL, Some(signal.as_str()));
                text(writer, semconv::THROUGHLINE_RULE, Some(rule));
            });
        }
        sums.write(writer, &TRUNCATIONS, truncated, |(signal, to), writer| {
            text(writer, semconv::THROUGHLINE_SIGNAL, Some(signal.as_str()));
            text(writer, semconv::THROUGHLINE_BACKEND, to.as_deref());
        });
        sums.write(writer, &SYMBOLICATIONS, symbolicated, |how, writer| {
            text(
                writer,
                semconv::THROUGHLINE_SYMBOLICATION,
                Some(how.as_str()),
            );
        });
        sums.write(writer, &REQUESTS, requests, |response, writer| {
            let Response {
                route,
                status,
                reason,
            } = response;
            text(writer, semconv::HTTP_ROUTE, *route);
            let (key, status) = (semconv::HTTP_RESPONSE_STATUS_CODE, i64::from(*status));
            attribute::int(writer, point::ATTRIBUTES, key, status);
            let reason = reason.map(|reason| reason.as_str());
            text(writer, semconv::THROUGHLINE_REASON, reason);
        });
        for (sum, counts) in [(&PROJECT_RECORDS, records), (&PROJECT_IO, bytes)] {
            sums.write(writer, sum, counts, |flow, writer| {
                let Flow {
                    project,
                    signal,
                    direction,
                    backend,
                } = flow;
                text(writer, semconv::THROUGHLINE_PROJECT, project.as_deref());
                text(writer, semconv::THROUGHLINE_SIGNAL, Some(signal.as_str()));
                let direction = Some(direction.as_str());
                text(writer, semconv::NETWORK_IO_DIRECTION, direction);
                text(writer, semconv::THROUGHLINE_BACKEND, backend.as_deref());
            });
        }
        write_lags(writer, lags, period.end);
    })
}

/// The name, the description and the unit of a metric.
struct Description([&'static str; 3]);

impl Description {
    /// Begins a metric that it describes.
    fn open(&self, writer: &mut Writer) -> Open {
        let Self([name, description, unit]) = self;
        let metric = writer.open(scope_group::RECORD);
        writer.string(metric::NAME, name);
        writer.string(metric::DESCRIPTION, description);
        writer.string(metric::UNIT, unit);
        metric
    }
}

#[derive(Clone, Copy)]
struct Sums {
    temporality: Temporality,
    period: Period,
}

impl Sums {
    /// Appends a metric with a data point for each count, if there are any; `attributes`
    /// appends the attributes of one.
    fn write<K>(
        self,
        writer: &mut Writer,
        description: &Description,
        counts: &SortedMap<K, u64>,
        attributes: impl Fn(&K, &mut Writer),
    ) {
        if counts.is_empty() {
            return;
        }
        let metric = description.open(writer);
        let sum = writer.open(metric::SUM);
        for (key, count) in counts {
            let data_point = writer.open(points::DATA_POINTS);
            writer.fixed64(point::START_TIME_UNIX_NANO, self.period.start);
            writer.fixed64(point::TIME_UNIX_NANO, self.period.end);
            let most = i64::MAX.cast_unsigned();
            writer.fixed64_present(point::AS_INT, (*count).min(most));
            attributes(key, writer);
            writer.close(data_point);
        }
        let temporality = self.temporality.encoded();
        writer.varint(points::AGGREGATION_TEMPORALITY, temporality);
        writer.varint(points::IS_MONOTONIC, 1);
        writer.close(sum);
        writer.close(metric);
    }
}

/// Appends the gauge of lags, if there are any.
fn write_lags(writer: &mut Writer, lags: &[PartitionLag], now: u64) {
    if lags.is_empty() {
        return;
    }
    let metric = LAG.open(writer);
    let gauge = writer.open(metric::GAUGE);
    for lag in lags {
        let data_point = writer.open(points::DATA_POINTS);
        writer.fixed64(point::TIME_UNIX_NANO, now);
        let most = i64::MAX.cast_unsigned();
        writer.fixed64_present(point::AS_INT, lag.messages.min(most));
        let partition = lag.partition.to_string();
        for (key, value) in [
            (semconv::MESSAGING_CONSUMER_GROUP_NAME, &*lag.group),
            (semconv::MESSAGING_DESTINATION_NAME, &*lag.topic),
            (semconv::MESSAGING_DESTINATION_PARTITION_ID, &partition),
        ] {
            text(writer, key, Some(value));
        }
        writer.close(data_point);
    }
    writer.close(gauge);
    writer.close(metric);
}

/// Appends an attribute that has a value.
fn text(writer: &mut Writer, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        attribute::string(writer, point::ATTRIBUTES, key, value);
    }
}

const LAG: Description = Description([semconv::KAFKA_CONSUMER_GROUP_LAG, LAG_HELP, "{message}"]);
const RECORDS: Description = Description([
    semconv::THROUGHLINE_EDGE_RECORDS,
    "Records by outcome",
    "{record}",
]);
const REDACTIONS: Description = Description([
    semconv::THROUGHLINE_EDGE_REDACTIONS,
    "Redactions by rule",
    "{redaction}",
]);
const CUTS: Description = Description([
    semconv::THROUGHLINE_EDGE_CUTS,
    "Parts of records that were cut off, by limit",
    "{part}",
]);
const TRUNCATIONS: Description = Description([
    semconv::THROUGHLINE_EDGE_TRUNCATIONS,
    "Values cut and attributes left out, by backend",
    "{value}",
]);
const SYMBOLICATIONS: Description = Description([
    semconv::THROUGHLINE_EDGE_SYMBOLICATIONS,
    "Frames of scripts with debug ids, by what was found of them",
    "{frame}",
]);
const REQUESTS: Description = Description([
    semconv::THROUGHLINE_EDGE_REQUESTS,
    "Requests with telemetry, by response",
    "{request}",
]);
const PROJECT_RECORDS: Description = Description([
    semconv::THROUGHLINE_EDGE_PROJECT_RECORDS,
    PROJECT_RECORDS_HELP,
    "{record}",
]);
/// `io` of an entity, by direction: <https://opentelemetry.io/docs/specs/semconv/general/metrics/#instrument-naming>.
const PROJECT_IO: Description =
    Description([semconv::THROUGHLINE_EDGE_PROJECT_IO, PROJECT_IO_HELP, "By"]);
