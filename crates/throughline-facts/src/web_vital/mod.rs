//! How fast did the page feel?
//!
//! The browser's raw entries in, the five web vitals out, by the rules of
//! [web-vitals](https://github.com/GoogleChrome/web-vitals): one file per vital. A vital
//! that the browser cannot measure is absent, never 0.

mod cls;
mod fcp;
mod inp;
mod lcp;
mod ttfb;

use crate::batch::{Batch, INFO, SpanContext, begin_event};
use crate::context::Context;
use crate::record::Fields;
use alloc::string::String;
use cls::LayoutShift;
use inp::Interactions;
use lcp::LargestPaint;
use throughline_otlp::attribute;
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_semconv as semconv;

/// What was measured since the page was opened, or came back from the back/forward cache.
#[derive(Debug)]
pub(crate) struct WebVitals {
    trace: Option<SpanContext>,
    visit: Visit,
    layout_shift: Option<LayoutShift>,
    interactions: Option<Interactions>,
    largest_paint: LargestPaint,
    /// Set by the first paint: without one there was nothing to shift.
    painted: bool,
}

/// One view of the page.
#[derive(Debug)]
struct Visit {
    id: String,
    navigation_type: String,
    /// When a page that was rendered ahead was shown, µs; 0 for any other.
    activated: u64,
    /// When it came back from the back/forward cache, µs.
    restored: u64,
    /// When it was hidden first, µs: paints after that waited for the person, not for us.
    hidden: u64,
}

/// A value as it is reported.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Measurement {
    name: &'static str,
    value: f64,
    delta: f64,
    /// At or under the first is good, over the second is poor.
    thresholds: [f64; 2],
}

impl WebVitals {
    /// Begins with the page: `a`.
    pub(crate) fn begin(
        context: &Context,
        fields: &mut Fields<'_>,
        batch: &mut Batch,
    ) -> Option<Self> {
        let at = fields.number()?;
        let trace = SpanContext::read(fields);
        let activated = fields.number_or_zero();
        let hidden = fields.number().unwrap_or(NEVER);
        let navigation_type = navigation_type(fields.text());
        let response_start = fields.number_or_zero();
        let id = fields.text().into();
        let supported = fields.text();
        let has = |kind: u8| supported.bytes().any(|one| one == kind);
        let vitals = Self {
            trace,
            visit: Visit {
                id,
                navigation_type,
                activated,
                restored: 0,
                hidden,
            },
            layout_shift: has(b's').then(LayoutShift::default),
            interactions: has(b'i').then(Interactions::default),
            largest_paint: LargestPaint::default(),
            painted: false,
        };
        vitals.report(
            context,
            batch,
            at,
            ttfb::measure(response_start, activated, at),
        );
        Some(vitals)
    }

    /// Takes up a measurement of a later kind; `None` when it cannot be read.
    pub(crate) fn add(
        &mut self,
        context: &Context,
        kind: &str,
        fields: &mut Fields<'_>,
        batch: &mut Batch,
    ) -> Option<()> {
        let at = fields.number()?;
        match kind {
            "p" => {
                if at < self.visit.hidden && !self.painted {
                    self.painted = true;
                    let paint = fcp::measure(at.saturating_sub(self.visit.activated));
                    self.report(context, batch, at, Some(paint));
                }
            }
            "l" => {
                if at < self.visit.hidden {
                    self.largest_paint
                        .add(at.saturating_sub(self.visit.activated));
                }
            }
            "s" => {
                let value = fields.number()?;
                if let Some(shifts) = &mut self.layout_shift {
                    shifts.add(at, value);
                }
            }
            "i" => {
                let interaction = fields.number_or_zero();
                let duration = fields.number()?;
                if let Some(interactions) = &mut self.interactions {
                    interactions.add(interaction, duration);
                }
            }
            "f" => self.report_largest_paint(context, batch, at),
            "v" => self.hide(context, batch, at, fields.number()),
            "b" => self.restore(context, batch, at, fields),
            "q" => self.repaint(context, batch, at),
            _ => return None,
        }
        Some(())
    }

    /// The page is hidden, and may never be shown again: what there is, is the result.
    fn hide(&mut self, context: &Context, batch: &mut Batch, at: u64, interactions: Option<u64>) {
        self.report_largest_paint(context, batch, at);
        let shift = self.layout_shift.as_mut().filter(|_| self.painted);
        let shift = shift.and_then(LayoutShift::measure);
        self.report(context, batch, at, shift);
        let slow = self.interactions.as_mut();
        let slow = slow.and_then(|slow| slow.measure(interactions));
        self.report(context, batch, at, slow);
        self.visit.hidden = self.visit.hidden.min(at);
    }

    /// Back from the back/forward cache: a new visit, whose response was there already.
    fn restore(&mut self, context: &Context, batch: &mut Batch, at: u64, fields: &mut Fields<'_>) {
        self.visit = Visit {
            id: fields.text().into(),
            navigation_type: "back-forward-cache".into(),
            activated: 0,
            restored: at,
            hidden: NEVER,
        };
        self.largest_paint = LargestPaint::default();
        self.painted = false;
        if let Some(shifts) = &mut self.layout_shift {
            *shifts = LayoutShift::default();
        }
        if let Some(interactions) = &mut self.interactions {
            *interactions = Interactions::after(fields.number());
        }
        self.report(context, batch, at, Some(ttfb::RESTORED));
    }

    /// The first paint after that is the largest also.
    fn repaint(&mut self, context: &Context, batch: &mut Batch, at: u64) {
        if at < self.visit.hidden && !self.painted {
            self.painted = true;
            let took = at.saturating_sub(self.visit.restored);
            self.report(context, batch, at, Some(fcp::measure(took)));
            self.largest_paint.add(took);
            self.report_largest_paint(context, batch, at);
        }
    }

    fn report_largest_paint(&mut self, context: &Context, batch: &mut Batch, at: u64) {
        let paint = self.largest_paint.measure();
        self.report(context, batch, at, paint);
    }

    fn report(&self, context: &Context, batch: &mut Batch, at: u64, measured: Option<Measurement>) {
        let Some(Measurement {
            name,
            value,
            delta,
            thresholds,
        }) = measured
        else {
            return;
        };
        let mut id = self.visit.id.clone();
        id.push('-');
        id.push_str(name);
        let mut log = begin_event(context, at, INFO, semconv::BROWSER_WEB_VITAL, self.trace);
        attribute::string(&mut log, ATTRIBUTES, semconv::BROWSER_WEB_VITAL_NAME, name);
        attribute::double(
            &mut log,
            ATTRIBUTES,
            semconv::BROWSER_WEB_VITAL_VALUE,
            value,
        );
        attribute::double(
            &mut log,
            ATTRIBUTES,
            semconv::BROWSER_WEB_VITAL_DELTA,
            delta,
        );
        attribute::string(&mut log, ATTRIBUTES, semconv::BROWSER_WEB_VITAL_ID, &id);
        let rating = rating(value, thresholds);
        attribute::string(
            &mut log,
            ATTRIBUTES,
            semconv::BROWSER_WEB_VITAL_RATING,
            rating,
        );
        if !self.visit.navigation_type.is_empty() {
            let kind = &self.visit.navigation_type;
            attribute::string(
                &mut log,
                ATTRIBUTES,
                semconv::BROWSER_WEB_VITAL_NAVIGATION_TYPE,
                kind,
            );
        }
        attribute::string(
            &mut log,
            ATTRIBUTES,
            semconv::BROWSER_DOCUMENT_URL_FULL,
            &context.url,
        );
        batch.push_log(log.as_bytes());
    }
}

impl Measurement {
    /// A duration, reported once.
    const fn duration(name: &'static str, micros: u64, thresholds: [f64; 2]) -> Self {
        let value = milliseconds(micros);
        Self {
            name,
            value,
            delta: value,
            thresholds,
        }
    }
}

const fn milliseconds(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

fn rating(value: f64, [good, poor]: [f64; 2]) -> &'static str {
    if value > poor {
        "poor"
    } else if value > good {
        "needs-improvement"
    } else {
        "good"
    }
}

/// The browser writes `back_forward`, semantic conventions `back-forward`.
fn navigation_type(entry: &str) -> String {
    let dashed = |one| if one == '_' { '-' } else { one };
    entry.chars().map(dashed).collect()
}

const NEVER: u64 = u64::MAX;
