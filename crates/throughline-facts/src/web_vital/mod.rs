//! Calculates the five web vitals from the entries that the browser reports, by the rules of
//! [web-vitals](https://github.com/GoogleChrome/web-vitals). A vital that the browser cannot
//! measure is absent, never 0.

mod interactions;
mod layout_shift;
mod vital;

use crate::attributes;
use crate::batch::{Batch, INFO};
use crate::page::Page;
use crate::text::Fields;
use alloc::string::String;
use interactions::Interactions;
use layout_shift::LayoutShift;
use throughline_otlp::attribute;
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_semconv as semconv;
use throughline_wire::facts::{
    first_contentful_paint, first_input, hidden, interaction_event, largest_contentful_paint,
    layout_shift as shift, visit,
};
use vital::{CLS, FCP, INP, LCP, TTFB, VITALS};

/// The measurements of a visit: since the page was opened, or came back from the
/// back/forward cache.
#[derive(Debug)]
pub(crate) struct WebVitals {
    /// The record of the visit.
    visit: String,
    /// Start of the visit, µs: the activation of a page that was rendered ahead, the return
    /// from the back/forward cache, else 0.
    began: u64,
    /// When the page was hidden first, µs: a paint after that waited for the person.
    hidden: u64,
    /// µs from the start to the largest paint so far; the browser reports only larger ones.
    largest_paint: Option<u64>,
    /// `None` where the browser does not measure it, like `interactions`.
    layout_shift: Option<LayoutShift>,
    interactions: Option<Interactions>,
    /// The last reported values.
    reported: [Option<u64>; VITALS.len()],
}

impl WebVitals {
    /// No visit yet.
    pub(crate) const fn new() -> Self {
        Self {
            visit: String::new(),
            began: 0,
            hidden: 0,
            largest_paint: None,
            layout_shift: None,
            interactions: None,
            reported: [None; VITALS.len()],
        }
    }

    /// Adds a measurement; returns false for an unknown kind.
    pub(crate) fn add(
        &mut self,
        page: &Page,
        kind: u8,
        record: &str,
        fields: &Fields<'_>,
        batch: &mut Batch,
    ) -> bool {
        let at = fields.number(AT);
        let took = at.saturating_sub(self.began);
        match kind {
            visit::KIND => self.begin(page, record, fields, batch),
            first_contentful_paint::KIND => {
                if at < self.hidden {
                    let attributes = first_contentful_paint::FCP;
                    self.report(page, batch, fields, [FCP, attributes], took);
                }
            }
            largest_contentful_paint::KIND => {
                if at < self.hidden {
                    self.largest_paint = Some(took);
                }
            }
            shift::KIND => {
                if let Some(shifts) = &mut self.layout_shift {
                    shifts.add(at, fields.number(shift::VALUE));
                }
            }
            interaction_event::KIND => {
                if let Some(interactions) = &mut self.interactions {
                    let id = fields.number(interaction_event::INTERACTION);
                    interactions.add(id, fields.number(interaction_event::DURATION));
                }
            }
            // The browser reports no larger paint after the first input.
            first_input::KIND => {
                if let Some(took) = self.largest_paint {
                    self.report(page, batch, fields, [LCP, first_input::LCP], took);
                }
            }
            hidden::KIND => self.hide(page, fields, batch, at),
            _ => return false,
        }
        true
    }

    fn begin(&mut self, page: &Page, record: &str, fields: &Fields<'_>, batch: &mut Batch) {
        let at = fields.number(AT);
        *self = Self::new();
        self.visit = record.into();
        self.began = fields.number(visit::BEGAN);
        // 0 is a page that was opened in the background, absent one that was never hidden.
        self.hidden = if fields.text(visit::HIDDEN).is_empty() {
            u64::MAX
        } else {
            fields.number(visit::HIDDEN)
        };
        if fields.number(visit::MEASURES_SHIFTS) == 1 {
            self.layout_shift = Some(LayoutShift::new());
        }
        if fields.number(visit::MEASURES_INTERACTIONS) == 1 {
            let count = fields.number(visit::INTERACTIONS);
            self.interactions = Some(Interactions::after(count));
        }
        let response_start = fields.number(visit::RESPONSE_START);
        // Absent, or in the future: https://bugs.webkit.org/show_bug.cgi?id=186919
        if response_start > 0 && response_start <= at {
            let took = response_start.saturating_sub(self.began);
            self.report(page, batch, fields, [TTFB, visit::TTFB], took);
        }
    }

    /// Reports what there is: a hidden page may never be shown again, and what comes at the
    /// next address belongs there.
    fn hide(&mut self, page: &Page, fields: &Fields<'_>, batch: &mut Batch, at: u64) {
        if fields.number(hidden::VISIBLE) == 0 {
            self.hidden = self.hidden.min(at);
        }
        let shift = self.layout_shift.as_ref().map(|shifts| shifts.worst);
        // Without a paint there was nothing to shift.
        if let (Some(shift), Some(_)) = (shift, self.reported[FCP]) {
            self.report(page, batch, fields, [CLS, hidden::CLS], shift);
        }
        let count = fields.number(hidden::INTERACTIONS);
        let slow = self.interactions.as_ref();
        if let Some(slow) = slow.and_then(|slow| slow.percentile(count)) {
            self.report(page, batch, fields, [INP, hidden::INP], slow);
        }
    }

    /// Appends a value as an event, unless it was reported: a duration once, a score whenever
    /// it has changed. `pairs` is the position of its further attributes in `fields`.
    fn report(
        &mut self,
        page: &Page,
        batch: &mut Batch,
        fields: &Fields<'_>,
        [vital, pairs]: [usize; 2],
        value: u64,
    ) {
        let (Some(reported), Some(&(name, unit, [good, poor]))) =
            (self.reported.get_mut(vital), VITALS.get(vital))
        else {
            return;
        };
        if *reported == Some(value) || (reported.is_some() && vital < CLS) {
            return;
        }
        let before = reported.replace(value).unwrap_or(0);
        let delta = (value as f64 - before as f64) / unit;
        let value = value as f64 / unit;
        let rating = if value > poor {
            "poor"
        } else if value > good {
            "needs-improvement"
        } else {
            "good"
        };
        let visit = Fields::of(&self.visit);
        let name_of_event = semconv::BROWSER_WEB_VITAL;
        let at = fields.number(AT);
        let (ids, first) = if vital == INP && !fields.text(hidden::TRACE).is_empty() {
            (fields, hidden::TRACE)
        } else {
            (&visit, visit::SPAN_IDS)
        };
        let open = batch.open_event(page, at, INFO, name_of_event, ids, first);
        let mut id: String = visit.text(visit::ID).into();
        id.push_str(name);
        let log = &mut batch.logs;
        for (key, text) in [
            (semconv::BROWSER_WEB_VITAL_NAME, name),
            (semconv::BROWSER_WEB_VITAL_ID, &id),
            (semconv::BROWSER_WEB_VITAL_RATING, rating),
            (
                semconv::BROWSER_WEB_VITAL_NAVIGATION_TYPE,
                visit.text(visit::NAVIGATION_TYPE),
            ),
        ] {
            attribute::string(log, ATTRIBUTES, key, text);
        }
        for (key, number) in [
            (semconv::BROWSER_WEB_VITAL_VALUE, value),
            (semconv::BROWSER_WEB_VITAL_DELTA, delta),
        ] {
            attribute::double(log, ATTRIBUTES, key, number);
        }
        attributes::pairs(log, ATTRIBUTES, fields.text(pairs));
        batch.logs.close(open);
    }
}

/// The position of the time in every kind of measurement.
const AT: usize = visit::AT;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measurement_has_its_time_at_the_same_position() {
        let positions = [
            first_contentful_paint::AT,
            largest_contentful_paint::AT,
            shift::AT,
            interaction_event::AT,
            first_input::AT,
            hidden::AT,
        ];
        assert_eq!(positions, [AT; 6]);
    }
}
