//! Reports the counts of outcomes as the OTLP metrics `throughline.edge.records` and
//! `throughline.edge.redactions`.
//!
//! They are delta sums: an isolate that comes and goes has no total.

use super::{Counts, Ended, Outcomes, Redactions};
use crate::batch::{Batch, Sender};
use crate::config::OutcomesConfig;
use crate::host::{Entropy, Host};
use crate::identity;
use crate::pipeline::Pipeline;
use bytes::Bytes;
use core::cell::Cell;
use std::rc::Rc;
use throughline_otlp::field::{
    metric, number_data_point as point, points, scope_group, temporality,
};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::{Signal, attribute, envelope};
use throughline_semconv as semconv;

/// The reporter of one edge's counts.
#[derive(Debug)]
pub(crate) struct Reporter {
    interval_nano: u64,
    /// The start of the counts that are not reported yet; 0 before the first request.
    since: Cell<u64>,
    /// The time of the last attempt at a report.
    last_attempt: Cell<u64>,
    /// `service.instance.id`, which distinguishes the deltas of one edge from another's.
    instance: Cell<Option<u64>>,
}

impl Reporter {
    pub(crate) fn new(config: &OutcomesConfig) -> Self {
        Self {
            interval_nano: config.interval_ms.saturating_mul(1_000_000),
            since: Cell::new(0),
            last_attempt: Cell::new(0),
            instance: Cell::new(None),
        }
    }

    /// Whether an interval has passed since the last attempt, or since the start.
    pub(crate) fn is_due(&self, now_unix_nano: u64) -> bool {
        if self.since.get() == 0 {
            self.since.set(now_unix_nano);
            self.last_attempt.set(now_unix_nano);
        }
        self.interval_nano > 0
            && now_unix_nano.saturating_sub(self.last_attempt.get()) >= self.interval_nano
    }

    /// Exports the counts. Those of a report that fails, or that the platform cancels, are
    /// in the next one. The report's own data points are not counted: there would never
    /// be an end to it.
    pub(crate) async fn report<H: Host>(&self, host: &H, pipeline: &Pipeline, outcomes: &Outcomes) {
        let now = host.now_unix_nano();
        self.last_attempt.set(now);
        if self.interval_nano == 0 {
            return;
        }
        let mut unreported = Unreported {
            counts: outcomes.take_unreported(),
            redactions: outcomes.take_unreported_redactions(),
            since: self.since.replace(now).min(now),
            outcomes,
            reporter: self,
        };
        if unreported.counts.is_empty() {
            outcomes.put_back_redactions(core::mem::take(&mut unreported.redactions));
            return;
        }
        let Unreported {
            counts,
            redactions,
            since,
            ..
        } = &unreported;
        let report = encode(counts, redactions, self.instance(host), *since, now);
        if export(host, pipeline, report.into()).await {
            unreported.counts.clear();
            unreported.redactions.clear();
        }
    }

    fn instance(&self, entropy: &impl Entropy) -> u64 {
        if let Some(instance) = self.instance.get() {
            return instance;
        }
        let mut random = [0; 8];
        // One that is not random is shared with others for this report alone.
        let drawn = entropy.fill_random(&mut random).is_ok();
        let instance = u64::from_le_bytes(random);
        self.instance.set(drawn.then_some(instance));
        instance
    }
}

/// Counts that are being reported. What is left of them when this is dropped is put
/// back.
struct Unreported<'a> {
    counts: Counts,
    redactions: Redactions,
    since: u64,
    outcomes: &'a Outcomes,
    reporter: &'a Reporter,
}

impl Drop for Unreported<'_> {
    fn drop(&mut self) {
        if !self.counts.is_empty() {
            self.reporter.since.set(self.since);
            self.outcomes.put_back(core::mem::take(&mut self.counts));
            let redactions = core::mem::take(&mut self.redactions);
            self.outcomes.put_back_redactions(redactions);
        }
    }
}

/// Exports a report; whether the backend has it.
async fn export<H: Host>(host: &H, pipeline: &Pipeline, report: Bytes) -> bool {
    let sender = Rc::new(Sender {
        received_unix_nano: host.now_unix_nano(),
        ..Sender::default()
    });
    let batch = pipeline.receive(host, Signal::Metrics, report, &sender);
    let batch = Batch {
        ticket: batch.ticket.uncounted(),
        ..batch
    };
    match pipeline.accept(host, vec![batch]) {
        Ok(accepted) => pipeline.export(host, accepted).await.is_ok(),
        Err(_) => false,
    }
}

fn encode(
    counts: &Counts,
    redactions: &Redactions,
    instance: u64,
    since: u64,
    now: u64,
) -> Vec<u8> {
    let resource = envelope::resource(&[
        (semconv::SERVICE_NAME, identity::NAME),
        (semconv::SERVICE_VERSION, identity::VERSION),
        (semconv::SERVICE_INSTANCE_ID, &format!("{instance:016x}")),
    ]);
    let period = (since, now);
    identity::origin(&resource).export_request(|writer| {
        let records = [
            semconv::THROUGHLINE_EDGE_RECORDS,
            "Records by outcome",
            "{record}",
        ];
        write_sum(writer, records, |writer| {
            for (ended, count) in counts {
                write_ended(writer, ended, *count, period);
            }
        });
        if redactions.is_empty() {
            return;
        }
        let redacted = [
            semconv::THROUGHLINE_EDGE_REDACTIONS,
            "Redactions by rule",
            "{redaction}",
        ];
        write_sum(writer, redacted, |writer| {
            for ((signal, rule), count) in redactions {
                let attributes = [
                    (semconv::THROUGHLINE_SIGNAL, Some(signal.as_str())),
                    (semconv::THROUGHLINE_RULE, Some(&**rule)),
                ];
                write_point(writer, &attributes, *count, period);
            }
        });
    })
}

/// Appends a metric that is a delta sum; `write` appends its data points.
fn write_sum(
    writer: &mut Writer,
    [name, description, unit]: [&str; 3],
    write: impl FnOnce(&mut Writer),
) {
    let metric = writer.open(scope_group::RECORD);
    writer.string(metric::NAME, name);
    writer.string(metric::DESCRIPTION, description);
    writer.string(metric::UNIT, unit);
    let sum = writer.open(metric::SUM);
    write(writer);
    writer.varint(points::AGGREGATION_TEMPORALITY, temporality::DELTA);
    writer.varint(points::IS_MONOTONIC, 1);
    writer.close(sum);
    writer.close(metric);
}

fn write_ended(writer: &mut Writer, ended: &Ended, count: u64, period: (u64, u64)) {
    let signal = ended.signal.map(Signal::as_str);
    let attributes = [
        (semconv::THROUGHLINE_SIGNAL, signal),
        (semconv::THROUGHLINE_BACKEND, ended.backend.as_deref()),
        (semconv::THROUGHLINE_OUTCOME, Some(ended.outcome.as_str())),
        (semconv::THROUGHLINE_REASON, ended.outcome.reason()),
    ];
    write_point(writer, &attributes, count, period);
}

fn write_point(
    writer: &mut Writer,
    attributes: &[(&str, Option<&str>)],
    count: u64,
    (since, now): (u64, u64),
) {
    let data_point = writer.open(points::DATA_POINTS);
    writer.fixed64(point::START_TIME_UNIX_NANO, since);
    writer.fixed64(point::TIME_UNIX_NANO, now);
    writer.fixed64_present(point::AS_INT, count.min(i64::MAX.cast_unsigned()));
    for (key, value) in attributes {
        if let Some(value) = value {
            attribute::string(writer, point::ATTRIBUTES, key, value);
        }
    }
    writer.close(data_point);
}
