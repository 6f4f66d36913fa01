//! The metrics of many edges, merged: deltas go in, deltas or counts since the start come out.
//!
//! Each edge has sums and histograms of its own, and where there are many that come and go, no
//! backend could keep all of their series. Their `service.instance.id` is left out here, so that
//! what is counted of the same thing becomes one series.

mod decode;
mod encode;
mod value;

#[cfg(test)]
mod tests;

use super::{IDLE, Temporality};
use crate::time::nanos;
use std::collections::BTreeMap;
use throughline_otlp::InvalidRequest;
use value::Value;

/// The metrics of many edges for one backend.
#[derive(Debug)]
pub(crate) struct Merged {
    /// The most series of one metric of a service.
    max_series: usize,
    metrics: BTreeMap<MetricKey, BTreeMap<Box<[u8]>, Series>>,
}

/// A metric of a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct MetricKey {
    /// Fields of the resource, without the id of the edge.
    resource: Box<[u8]>,
    /// The fields that describe the metric.
    metric: Box<[u8]>,
    /// The field of its data, which is a sum or a histogram.
    kind: u32,
}

/// Counts with the same attributes.
#[derive(Debug)]
struct Series {
    /// When the counts begin, in ns since the Unix epoch.
    start_unix_nano: u64,
    /// When the last of them ended, in ns since the Unix epoch.
    last_unix_nano: u64,
    value: Value,
}

/// A data point, with the fields of its attributes.
struct Point {
    attributes: Vec<u8>,
    series: Series,
}

/// An export: the id of the edge, and the time of the export before, in ns since the Unix epoch; 0
/// when there was none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Export<'a> {
    pub(crate) instance: &'a str,
    pub(crate) before_unix_nano: u64,
    pub(crate) now_unix_nano: u64,
}

impl Merged {
    /// Nothing yet, and at most `max_series` for each metric of a service.
    pub(crate) const fn new(max_series: usize) -> Self {
        Self {
            max_series,
            metrics: BTreeMap::new(),
        }
    }

    /// Adds the sums and histograms of a request, all of them deltas of an edge.
    ///
    /// # Errors
    /// [`InvalidRequest`]: the edge is at fault, and nothing was added.
    pub(crate) fn add(&mut self, deltas: &[u8]) -> Result<(), InvalidRequest> {
        decode::each_point(deltas, |key, point| self.add_point(key, point))
    }

    fn add_point(&mut self, key: &MetricKey, point: Point) {
        if !self.metrics.contains_key(key) && self.metrics.len() >= MAX_METRICS {
            return;
        }
        let all = self.metrics.entry(key.clone()).or_default();
        let Point { attributes, series } = point;
        let attributes = match all.contains_key(&*attributes) || all.len() < self.max_series {
            true => attributes.into(),
            false => encode::overflow(&series.value),
        };
        match all.get_mut(&attributes) {
            Some(before) => before.add(series),
            None => {
                all.insert(attributes, series);
            }
        }
    }

    /// The series that are to be exported, as an OTLP request; `None` when there is nothing. A delta ends
    /// its series: the next one begins with what comes after.
    pub(crate) fn export(
        &mut self,
        temporality: Temporality,
        export: Export<'_>,
    ) -> Option<Vec<u8>> {
        let request = encode::request(&self.metrics, temporality, export);
        match temporality {
            Temporality::Delta => self.metrics.clear(),
            Temporality::Cumulative => self.forget_idle(export.now_unix_nano),
        }
        request
    }

    /// All series, as a request that [`Merged::add`] reads.
    pub(crate) fn snapshot(&self) -> Vec<u8> {
        encode::snapshot(&self.metrics)
    }

    /// Whether there is no series.
    pub(crate) fn is_empty(&self) -> bool {
        self.metrics.is_empty()
    }

    /// Ends the series of which nothing was counted for an hour.
    fn forget_idle(&mut self, now_unix_nano: u64) {
        self.metrics.retain(|_, all| {
            all.retain(|_, series| {
                now_unix_nano.saturating_sub(series.last_unix_nano) < nanos(IDLE)
            });
            !all.is_empty()
        });
    }
}

impl Series {
    /// Adds later counts. Those of another form begin anew: the buckets of a newer edge differ.
    fn add(&mut self, more: Series) {
        self.last_unix_nano = self.last_unix_nano.max(more.last_unix_nano);
        match self.value.add(&more.value) {
            Ok(()) => self.start_unix_nano = self.start_unix_nano.min(more.start_unix_nano),
            Err(value::OtherForm) => {
                self.start_unix_nano = more.start_unix_nano;
                self.value = more.value;
            }
        }
    }
}

/// Metrics of all services. An edge has six of each of a thousand services at most.
const MAX_METRICS: usize = 10_000;
