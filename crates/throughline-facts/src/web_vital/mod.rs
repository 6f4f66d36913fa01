//! How fast did the page feel?
//!
//! The browser's raw entries in, the five web vitals out, by the rules of
//! [web-vitals](https://github.com/GoogleChrome/web-vitals). A vital that the browser
//! cannot measure is absent, never 0.

mod interactions;
mod layout_shift;
mod vital;

use crate::batch::{Batch, INFO};
use crate::page::Page;
use crate::record::Fields;
use alloc::string::String;
use interactions::Interactions;
use layout_shift::LayoutShift;
use throughline_otlp::attribute;
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_semconv as semconv;
use vital::{CLS, FCP, INP, LCP, TTFB, VITALS};

/// What was measured since the page was opened, or came back from the back/forward cache.
#[derive(Debug)]
pub(crate) struct WebVitals {
    /// The span of the document's load, the visit's id and its type of navigation: fields.
    visit: String,
    /// When it began, µs: the activation of a page that was rendered ahead, the return
    /// from the back/forward cache, else 0.
    began: u64,
    /// When the page was hidden first, µs: a paint after that waited for the person.
    hidden: u64,
    /// µs from the beginning to the largest paint so far; the browser only tells of larger
    /// ones.
    largest_paint: Option<u64>,
    /// What the browser measures of these two; nothing where it cannot.
    layout_shift: Option<LayoutShift>,
    interactions: Option<Interactions>,
    /// The values as they were told last.
    told: [Option<u64>; VITALS.len()],
}

impl WebVitals {
    /// Nothing is measured before `a`.
    pub(crate) const fn new() -> Self {
        Self {
            visit: String::new(),
            began: 0,
            hidden: 0,
            largest_paint: None,
            layout_shift: None,
            interactions: None,
            told: [None; VITALS.len()],
        }
    }

    /// Takes up a measurement; `None` when it is of an unknown kind.
    pub(crate) fn add(
        &mut self,
        page: &Page,
        kind: &str,
        fields: &mut Fields<'_>,
        batch: &mut Batch,
    ) -> Option<()> {
        let at = fields.number();
        let took = at.saturating_sub(self.began);
        let [kind] = kind.as_bytes() else {
            return None;
        };
        match kind {
            b'a' => self.begin(page, fields, batch, at),
            b'p' if at < self.hidden => self.tell(page, batch, at, FCP, took),
            b'l' if at < self.hidden => self.largest_paint = Some(took),
            b'p' | b'l' => {}
            b's' => {
                if let Some(shifts) = &mut self.layout_shift {
                    shifts.add(at, fields.number());
                }
            }
            b'i' => {
                if let Some(interactions) = &mut self.interactions {
                    interactions.add(fields.number(), fields.number());
                }
            }
            // The first input: the browser looks for no larger paint after it.
            b'f' => self.tell_largest_paint(page, batch, at),
            b'v' => self.hide(page, fields, batch, at),
            _ => return None,
        }
        Some(())
    }

    fn begin(&mut self, page: &Page, fields: &mut Fields<'_>, batch: &mut Batch, at: u64) {
        *self = Self::new();
        self.began = fields.number();
        // 0 is a page that was opened in the background, nothing one that was never hidden.
        let hidden = fields.text();
        self.hidden = if hidden.is_empty() {
            u64::MAX
        } else {
            Fields::of(hidden).number()
        };
        let response_start = fields.number();
        let [shifts, interactions, count] = [fields.number(), fields.number(), fields.number()];
        if shifts == 1 {
            self.layout_shift = Some(LayoutShift::new());
        }
        if interactions == 1 {
            self.interactions = Some(Interactions::after(count));
        }
        self.visit = fields.rest().into();
        // None came, or in the future: https://bugs.webkit.org/show_bug.cgi?id=186919
        if response_start > 0 && response_start <= at {
            let took = response_start.saturating_sub(self.began);
            self.tell(page, batch, at, TTFB, took);
        }
    }

    /// The page is hidden, and may never be shown again: what there is, is the result.
    fn hide(&mut self, page: &Page, fields: &mut Fields<'_>, batch: &mut Batch, at: u64) {
        self.tell_largest_paint(page, batch, at);
        let shift = self.layout_shift.as_ref().map(|shifts| shifts.worst);
        // Without a paint there was nothing to shift.
        if let (Some(shift), Some(_)) = (shift, self.told[FCP]) {
            self.tell(page, batch, at, CLS, shift);
        }
        let count = fields.number();
        let slow = self.interactions.as_ref();
        if let Some(slow) = slow.and_then(|slow| slow.percentile(count)) {
            self.tell(page, batch, at, INP, slow);
        }
        self.hidden = self.hidden.min(at);
    }

    fn tell_largest_paint(&mut self, page: &Page, batch: &mut Batch, at: u64) {
        if let Some(took) = self.largest_paint {
            self.tell(page, batch, at, LCP, took);
        }
    }

    /// Appends a value as an event, unless it was told: a duration once, a score whenever
    /// it has changed.
    fn tell(&mut self, page: &Page, batch: &mut Batch, at: u64, vital: usize, value: u64) {
        let (Some(told), Some(&(name, unit, [good, poor]))) =
            (self.told.get_mut(vital), VITALS.get(vital))
        else {
            return;
        };
        if *told == Some(value) || (told.is_some() && vital < CLS) {
            return;
        }
        let before = told.replace(value).unwrap_or(0);
        let delta = (value as f64 - before as f64) / unit;
        let value = value as f64 / unit;
        let rating = if value > poor {
            "poor"
        } else if value > good {
            "needs-improvement"
        } else {
            "good"
        };
        let mut visit = Fields::of(&self.visit);
        let open = batch.open_event(page, at, INFO, semconv::BROWSER_WEB_VITAL, &mut visit);
        let mut id: String = visit.text().into();
        id.push_str(name);
        let log = &mut batch.logs;
        for (key, text) in [
            (semconv::BROWSER_WEB_VITAL_NAME, name),
            (semconv::BROWSER_WEB_VITAL_ID, &id),
            (semconv::BROWSER_WEB_VITAL_RATING, rating),
            (semconv::BROWSER_WEB_VITAL_NAVIGATION_TYPE, visit.text()),
        ] {
            attribute::string(log, ATTRIBUTES, key, text);
        }
        for (key, number) in [
            (semconv::BROWSER_WEB_VITAL_VALUE, value),
            (semconv::BROWSER_WEB_VITAL_DELTA, delta),
        ] {
            attribute::double(log, ATTRIBUTES, key, number);
        }
        batch.logs.close(open);
    }
}
