//! Measures requests and web vitals, before sampling.
//!
//! Attributes of a metric have few values: routes are templates, never paths, and what a
//! sender may choose freely is left out. An exemplar is of a record that the head sampler keeps.

mod request;
mod series;
mod web_vital;

use super::normalize::{device_class, known_device_class};
use super::sample::cutoff::Cutoff;
use crate::config::MetricsConfig;
use crate::state::aggregate::{Exemplar, Measurements};
use core::cell::Cell;
use request::Request;
use series::Series;
use throughline_otlp::Signal;
use throughline_otlp::attribute::{AttributeValue, attributes};
use throughline_otlp::field::resource;
use throughline_otlp::rewrite::{Envelope, Interest, Keep, Message, Stage};
use throughline_semconv as semconv;
use throughline_trace_context::TraceId;

/// The stage that measures spans and web vitals.
#[derive(Debug)]
pub(super) struct Measure<'a> {
    requests: bool,
    web_vitals: bool,
    signal: Signal,
    sender: Sender,
    series: Series,
    /// Whether the sampler, which comes later, has dropped the last record.
    is_dropped: &'a Cell<bool>,
    /// The share of traces of which spans are surely kept, for exemplars of log records that are not sampled.
    spans_kept: Option<Cutoff>,
}

/// The sender, as the resource of a group names it.
#[derive(Debug, Default)]
struct Sender {
    service: Box<str>,
    is_page: bool,
    device: Option<&'static str>,
    country: Option<Country>,
}

/// A country of ISO 3166-1: two letters. Anything else that stands in its place is none, so that
/// there are few.
type Country = [u8; 2];

impl<'a> Measure<'a> {
    /// The stage for a batch of this signal.
    pub(super) fn new(
        config: &MetricsConfig,
        signal: Signal,
        is_dropped: &'a Cell<bool>,
        spans_kept: Option<Cutoff>,
    ) -> Self {
        Self {
            requests: config.requests,
            web_vitals: config.web_vitals,
            signal,
            sender: Sender::default(),
            series: Series::default(),
            is_dropped,
            spans_kept,
        }
    }

    /// The measurements of the batch.
    pub(super) fn into_measurements(mut self) -> Vec<Measurements> {
        self.series.begin_record(self.is_dropped.take());
        self.series.into_measurements()
    }

    /// Takes the exemplar of a log record whose span may have been dropped.
    fn forget_unkept(&self, measurements: &mut Measurements) {
        let Some(kept) = self.spans_kept else {
            return;
        };
        for measurement in &mut measurements.values {
            measurement.exemplar = measurement.exemplar.filter(|exemplar| {
                let trace = TraceId::from_bytes(exemplar.trace_id);
                trace.is_some_and(|trace| kept.keeps(trace.into()))
            });
        }
    }
}

impl Stage for Measure<'_> {
    fn interest(&self, signal: Signal) -> Interest {
        match signal {
            Signal::Traces if self.requests => Interest::RESOURCE.and(Interest::RECORD),
            Signal::Logs if self.web_vitals => Interest::RESOURCE.and(Interest::RECORD),
            _ => Interest::NONE,
        }
    }

    fn resource(&mut self, resource: &mut Message<'_>) {
        self.sender = Sender::read(resource.bytes());
        self.series.begin_group();
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        self.series.begin_record(self.is_dropped.take());
        let sender = &self.sender;
        match self.signal {
            Signal::Traces => {
                if let Some(request) = Request::read(record.bytes(), sender.is_page) {
                    self.series.add_request(&request, sender);
                }
            }
            _ => {
                let mut measured = web_vital::measure(record.bytes(), sender);
                if let Some(measured) = &mut measured {
                    self.forget_unkept(measured);
                }
                self.series.add(measured);
            }
        }
        Keep::Yes
    }
}

impl Sender {
    fn read(message: &[u8]) -> Self {
        let mut sender = Self::default();
        let (mut class, mut is_mobile, mut user_agent) = (None, None, None);
        for attribute in attributes(message, resource::ATTRIBUTES) {
            match (attribute.key, attribute.value()) {
                (semconv::SERVICE_NAME, AttributeValue::String(name)) => {
                    sender.service = name.into()
                }
                (semconv::TELEMETRY_SDK_LANGUAGE, value) => {
                    sender.is_page = value.as_str() == Some("webjs");
                }
                (semconv::BROWSER_MOBILE, AttributeValue::Bool(says)) => is_mobile = Some(says),
                (semconv::USER_AGENT_ORIGINAL, value) => user_agent = value.as_str(),
                (semconv::DEVICE_CLASS, value) => class = value.as_str(),
                (semconv::CLIENT_GEO_COUNTRY_ISO_CODE, value) => sender.country = country(value),
                _ => {}
            }
        }
        let known = class.and_then(known_device_class);
        sender.device = known.or_else(|| device_class(is_mobile, user_agent));
        sender
    }
}

fn country(value: AttributeValue<'_>) -> Option<Country> {
    let code: Country = value.as_str()?.as_bytes().try_into().ok()?;
    code.iter().all(u8::is_ascii_uppercase).then_some(code)
}

fn exemplar(value: f64, time_unix_nano: u64, trace_id: &[u8], span_id: &[u8]) -> Option<Exemplar> {
    Some(Exemplar {
        value,
        time_unix_nano,
        trace_id: trace_id.try_into().ok()?,
        span_id: span_id.try_into().ok()?,
    })
}
