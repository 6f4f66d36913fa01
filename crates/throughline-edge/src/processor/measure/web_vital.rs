//! Reads the log record of a web vital.

use super::{Sender, country, exemplar};
use crate::state::aggregate::{Measurement, Measurements, Metric, sort};
use throughline_otlp::attribute::{AttributeValue, attributes};
use throughline_otlp::field::log_record;
use throughline_otlp::protobuf::{Value, fields};
use throughline_semconv as semconv;

/// Measures the log record of a web vital.
pub(super) fn measure(message: &[u8], sender: &Sender) -> Option<Measurements> {
    let (mut event, mut time, mut trace_id, mut span_id) = (&[][..], 0, &[][..], &[][..]);
    for field in fields(message).map_while(Result::ok) {
        match (field.number, field.value) {
            (log_record::EVENT_NAME, Value::Bytes(name)) => event = name,
            (log_record::TIME_UNIX_NANO, Value::Fixed64(nano)) => time = nano,
            (log_record::TRACE_ID, Value::Bytes(id)) => trace_id = id,
            (log_record::SPAN_ID, Value::Bytes(id)) => span_id = id,
            _ => {}
        }
    }
    if event != semconv::BROWSER_WEB_VITAL.as_bytes() {
        return None;
    }
    let (mut name, mut value, mut rating, mut route) = (None, None, None, None);
    let mut place = sender.country;
    for attribute in attributes(message, log_record::ATTRIBUTES) {
        let read = attribute.value();
        match attribute.key {
            semconv::BROWSER_WEB_VITAL_NAME => name = read.as_str(),
            semconv::BROWSER_WEB_VITAL_RATING => rating = read.as_str(),
            semconv::CLIENT_GEO_COUNTRY_ISO_CODE => place = country(read).or(place),
            semconv::HTTP_ROUTE => route = read.as_str(),
            semconv::URL_TEMPLATE if route.is_none() => route = read.as_str(),
            semconv::BROWSER_WEB_VITAL_VALUE => {
                value = match read {
                    AttributeValue::Double(value) => Some(value),
                    AttributeValue::Int(value) => Some(value as f64),
                    _ => None,
                }
            }
            _ => {}
        }
    }
    let metric = match name? {
        "cls" => Metric::Cls,
        "fcp" => Metric::Fcp,
        "inp" => Metric::Inp,
        "lcp" => Metric::Lcp,
        "ttfb" => Metric::Ttfb,
        _ => return None,
    };
    let rating = RATINGS.into_iter().find(|known| rating == Some(*known));
    let mut labels = Vec::new();
    labels.extend(rating.map(|rating| (semconv::BROWSER_WEB_VITAL_RATING, rating.into())));
    labels.extend(route.map(|route| (semconv::HTTP_ROUTE, route.into())));
    labels.extend(
        sender
            .device
            .map(|device| (semconv::DEVICE_CLASS, device.into())),
    );
    let place = place
        .as_ref()
        .and_then(|code| core::str::from_utf8(code).ok());
    labels.extend(place.map(|code| (semconv::CLIENT_GEO_COUNTRY_ISO_CODE, code.into())));
    let value = value?;
    sort(&mut labels);
    Some(Measurements {
        metric,
        service: sender.service.clone(),
        attributes: labels,
        values: vec![Measurement {
            value,
            weight: 1.0,
            exemplar: exemplar(value, time, trace_id, span_id),
        }],
    })
}

const RATINGS: [&str; 3] = ["good", "needs-improvement", "poor"];
