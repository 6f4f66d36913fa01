//! The event of a web vital.

use super::attributes;
use super::batch::{Batch, INFO};
use super::page::Page;
use crate::text::Fields;
use alloc::string::String;
use throughline_otlp::attribute;
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_semconv as semconv;
use throughline_wire::facts::web_vital;

/// Appends the event of a web vital; false for one that is not known here.
pub(super) fn write(page: &Page, fields: &Fields<'_>, batch: &mut Batch) -> bool {
    let name = fields.text(web_vital::VITAL);
    let mut vitals = VITALS.iter();
    let Some(&(_, unit, [good, poor])) = vitals.find(|(known, ..)| *known == name) else {
        return false;
    };
    let [at, value, before] = [web_vital::AT, web_vital::VALUE, web_vital::BEFORE]
        .map(|position| fields.number(position));
    let delta = (value as f64 - before as f64) / unit;
    let value = value as f64 / unit;
    let rating = if value > poor {
        "poor"
    } else if value > good {
        "needs-improvement"
    } else {
        "good"
    };
    let event = semconv::BROWSER_WEB_VITAL;
    let open = batch.open_event(page, at, INFO, event, fields, web_vital::SPAN_IDS);
    let mut id: String = fields.text(web_vital::VISIT).into();
    id.push_str(name);
    let log = &mut batch.logs;
    attributes::write(log, ATTRIBUTES, fields, 0, &web_vital::ATTRIBUTES);
    for (key, text) in [
        (semconv::BROWSER_WEB_VITAL_ID, &*id),
        (semconv::BROWSER_WEB_VITAL_RATING, rating),
    ] {
        attribute::string(log, ATTRIBUTES, key, text);
    }
    for (key, number) in [
        (semconv::BROWSER_WEB_VITAL_VALUE, value),
        (semconv::BROWSER_WEB_VITAL_DELTA, delta),
    ] {
        attribute::double(log, ATTRIBUTES, key, number);
    }
    attributes::pairs(log, ATTRIBUTES, fields.text(web_vital::CAUSES));
    batch.logs.close(open);
    true
}

/// Name, divisor from the measured number to the reported one (µs to ms), and the two
/// thresholds: up to the first is good, over the second is poor.
const VITALS: [(&str, f64, [f64; 2]); 5] = [
    // <https://web.dev/articles/ttfb>
    ("ttfb", 1e3, [800.0, 1800.0]),
    // <https://web.dev/articles/fcp>
    ("fcp", 1e3, [1800.0, 3000.0]),
    // <https://web.dev/articles/lcp>
    ("lcp", 1e3, [2500.0, 4000.0]),
    // <https://web.dev/articles/cls>
    ("cls", 1e9, [0.1, 0.25]),
    // <https://web.dev/articles/inp>
    ("inp", 1e3, [200.0, 500.0]),
];
