//! Collects the measurements of a batch by series, so that a series is looked up once.

use super::Sender;
use super::request::{Labels, Request};
use crate::processor::hash::hash;
use crate::state::aggregate::{Measurements, Metric, sort};
use throughline_semconv as semconv;

/// The measurements of one batch. A series may be in it several times.
#[derive(Debug)]
pub(super) struct Series {
    measurements: Vec<Measurements>,
    /// The series of requests of this group that were seen recently, by the hash of their labels.
    recent: [Option<Recent>; SLOTS],
    /// The position of the series in which the last record was measured, if it was.
    last: Option<usize>,
}

#[derive(Debug)]
struct Recent {
    /// Without the route.
    labels: Labels<'static>,
    route: Option<Box<str>>,
    /// Its position among the measurements.
    position: usize,
}

impl Series {
    /// The next record is not measured yet. The last one `is_dropped` where a sampler came to that: then no exemplar
    /// may lead to it.
    pub(super) fn begin_record(&mut self, is_dropped: bool) {
        let last = self.last.take().filter(|_| is_dropped);
        let series = last.and_then(|position| self.measurements.get_mut(position));
        if let Some(measurement) = series.and_then(|series| series.values.last_mut()) {
            measurement.exemplar = None;
        }
    }

    /// The records that follow are of another sender.
    pub(super) fn begin_group(&mut self) {
        self.recent = [const { None }; SLOTS];
    }

    /// Adds measurements of one series.
    pub(super) fn add(&mut self, measurements: Option<Measurements>) {
        self.last = measurements.is_some().then_some(self.measurements.len());
        self.measurements.extend(measurements);
    }

    /// Adds the measurement of a request to its series.
    pub(super) fn add_request(&mut self, request: &Request<'_>, sender: &Sender) {
        let Request {
            labels,
            measurement,
        } = request;
        let Some(slot) = self.recent.get_mut(slot(labels)) else {
            return;
        };
        if let Some(recent) = slot
            && recent.is(labels)
            && let Some(series) = self.measurements.get_mut(recent.position)
        {
            series.values.push(*measurement);
            self.last = Some(recent.position);
            return;
        }
        *slot = Some(Recent {
            labels: Labels {
                route: None,
                ..*labels
            },
            route: labels.route.map(Box::from),
            position: self.measurements.len(),
        });
        self.last = Some(self.measurements.len());
        self.measurements.push(Measurements {
            metric: Metric::RequestDuration,
            service: sender.service.clone(),
            attributes: attributes(labels, sender),
            values: vec![*measurement],
        });
    }

    pub(super) fn into_measurements(self) -> Vec<Measurements> {
        self.measurements
    }
}

impl Default for Series {
    fn default() -> Self {
        Self {
            measurements: Vec::new(),
            recent: [const { None }; SLOTS],
            last: None,
        }
    }
}

impl Recent {
    fn is(&self, labels: &Labels<'_>) -> bool {
        let route = self.route.as_deref();
        *labels
            == Labels {
                route,
                ..self.labels
            }
    }
}

fn attributes(labels: &Labels<'_>, sender: &Sender) -> Vec<(&'static str, Box<str>)> {
    let mut attributes = vec![
        (semconv::HTTP_REQUEST_METHOD, labels.method.into()),
        (semconv::THROUGHLINE_REQUEST_SIDE, labels.side.into()),
        (
            semconv::THROUGHLINE_REQUEST_STATUS_CLASS,
            labels.status_class.into(),
        ),
    ];
    let route = labels.route.map(|route| (semconv::HTTP_ROUTE, route));
    let device = sender.device.map(|device| (semconv::DEVICE_CLASS, device));
    let is_error = labels.is_error;
    let error = is_error.then_some((semconv::ERROR_TYPE, labels.status_class));
    let others = [route, device, error].into_iter().flatten();
    attributes.extend(others.map(|(name, value)| (name, value.into())));
    sort(&mut attributes);
    attributes
}

fn slot(labels: &Labels<'_>) -> usize {
    let route = hash(labels.route.unwrap_or_default().as_bytes());
    let status = labels.status_class.as_bytes().first().copied();
    let others = labels.method.len() + usize::from(status.unwrap_or_default());
    (route as usize).wrapping_add(others) % SLOTS
}

const SLOTS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::aggregate::Measurement;
    use std::collections::BTreeMap;

    #[test]
    fn each_measurement_is_in_the_series_of_its_labels_whatever_was_seen_before() {
        let mut series = Series::default();
        let mut expected: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        let statuses = ["2xx", "4xx", "5xx"];
        for index in 0..2_000_usize {
            // More labels than places, and some of them twice in a row.
            let route = format!("/route/{}", index / 2 * 7 % 150);
            let status_class = statuses[index / 2 % 3];
            let is_error = status_class == "5xx";
            let labels = Labels {
                method: ["GET", "PUT"][index % 2],
                side: "server",
                status_class,
                is_error,
                route: (index % 5 != 0).then_some(&route),
            };
            let measurement = Measurement {
                value: index as f64,
                weight: 1.0,
                exemplar: None,
            };
            let sender = Sender {
                service: format!("service {}", index / 1_000).into(),
                ..Sender::default()
            };
            if index % 1_000 == 0 {
                series.begin_group();
            }
            let key = format!("{} {:?}", sender.service, attributes(&labels, &sender));
            expected.entry(key).or_default().push(index as f64);
            let request = Request {
                labels,
                measurement,
            };
            series.add_request(&request, &sender);
        }
        let mut found: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for of_series in series.into_measurements() {
            let key = format!("{} {:?}", of_series.service, of_series.attributes);
            let values = of_series.values.iter().map(|measured| measured.value);
            found.entry(key).or_default().extend(values);
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn requests_with_the_same_labels_are_looked_up_once() {
        let mut series = Series::default();
        let request = Request {
            labels: Labels {
                method: "GET",
                side: "page",
                status_class: "2xx",
                is_error: false,
                route: Some("/basket"),
            },
            measurement: Measurement {
                value: 0.1,
                weight: 1.0,
                exemplar: None,
            },
        };
        for _ in 0..500 {
            series.add_request(&request, &Sender::default());
        }
        assert_eq!(series.into_measurements().len(), 1);
    }
}
