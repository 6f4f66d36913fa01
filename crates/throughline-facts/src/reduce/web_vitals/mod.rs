//! Calculates the five web vitals from the entries that the browser reports, by the rules of
//! [web-vitals](https://github.com/GoogleChrome/web-vitals). A vital that the browser cannot
//! measure is absent, never 0.

mod interactions;
mod layout_shift;

use super::output::{Output, push_field, push_number};
use crate::text::Fields;
use alloc::string::String;
use interactions::Interactions;
use layout_shift::LayoutShift;
use throughline_wire::facts::{
    first_contentful_paint, first_input, hidden, interaction_event, largest_contentful_paint,
    layout_shift as shift, span_ids, visit, web_vital,
};

/// The measurements of a visit: since the page was opened, or came back from the
/// back/forward cache.
#[derive(Debug)]
pub(super) struct WebVitals {
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
    reported: [Option<u64>; NAMES.len()],
}

impl WebVitals {
    /// No visit yet.
    pub(super) const fn new() -> Self {
        Self {
            visit: String::new(),
            began: 0,
            hidden: 0,
            largest_paint: None,
            layout_shift: None,
            interactions: None,
            reported: [None; NAMES.len()],
        }
    }

    /// Adds a measurement; returns false for an unknown kind.
    pub(super) fn add(
        &mut self,
        context: &str,
        kind: u8,
        record: &str,
        output: &mut Output,
    ) -> bool {
        let fields = &Fields::of(record);
        let at = fields.number(AT);
        let took = at.saturating_sub(self.began);
        match kind {
            visit::KIND => self.begin(context, record, output),
            first_contentful_paint::KIND => {
                if at < self.hidden {
                    let causes = first_contentful_paint::FCP;
                    self.report(context, output, fields, [FCP, causes], took);
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
                    self.report(context, output, fields, [LCP, first_input::LCP], took);
                }
            }
            hidden::KIND => self.hide(context, fields, output, at),
            _ => return false,
        }
        true
    }

    fn begin(&mut self, context: &str, record: &str, output: &mut Output) {
        let fields = &Fields::of(record);
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
            self.report(context, output, fields, [TTFB, visit::TTFB], took);
        }
    }

    /// Reports what there is: a hidden page may never be shown again, and what comes at the
    /// next address belongs there.
    fn hide(&mut self, context: &str, fields: &Fields<'_>, output: &mut Output, at: u64) {
        if fields.number(hidden::VISIBLE) == 0 {
            self.hidden = self.hidden.min(at);
        }
        let shift = self.layout_shift.as_ref().map(|shifts| shifts.worst);
        // Without a paint there was nothing to shift.
        if let (Some(shift), Some(_)) = (shift, self.reported[FCP]) {
            self.report(context, output, fields, [CLS, hidden::CLS], shift);
        }
        let count = fields.number(hidden::INTERACTIONS);
        let slow = self.interactions.as_ref();
        if let Some(slow) = slow.and_then(|slow| slow.percentile(count)) {
            self.report(context, output, fields, [INP, hidden::INP], slow);
        }
    }

    /// Appends a value, unless it was reported: a duration once, a score whenever it has changed.
    /// `causes` is the position of its further attributes in `fields`.
    fn report(
        &mut self,
        context: &str,
        output: &mut Output,
        fields: &Fields<'_>,
        [vital, causes]: [usize; 2],
        value: u64,
    ) {
        let (Some(reported), Some(&name)) = (self.reported.get_mut(vital), NAMES.get(vital)) else {
            return;
        };
        if *reported == Some(value) || (reported.is_some() && vital < CLS) {
            return;
        }
        let before = reported.replace(value);
        let visit = Fields::of(&self.visit);
        let has = |first| vital >= CLS && !fields.text(first).is_empty();
        let (ids, first) = if vital == INP && has(hidden::TRACE) {
            (fields, hidden::TRACE)
        // A smaller one is that of an interaction before, with more of them.
        } else if has(hidden::ROUTE_TRACE) && before < Some(value) {
            (fields, hidden::ROUTE_TRACE)
        } else {
            (&visit, visit::SPAN_IDS)
        };
        let mut record = String::from("W");
        push_field(&mut record, fields.text(AT));
        for position in first..=first + span_ids::FLAGS {
            push_field(&mut record, ids.text(position));
        }
        push_field(&mut record, name);
        push_number(&mut record, value);
        push_number(&mut record, before.unwrap_or(0));
        for text in [
            visit.text(visit::ID),
            visit.text(visit::NAVIGATION_TYPE),
            fields.text(causes),
        ] {
            push_field(&mut record, text);
        }
        output.push(context, &record);
    }
}

/// Time to first byte.
const TTFB: usize = 0;
/// First contentful paint.
const FCP: usize = 1;
/// Largest contentful paint.
const LCP: usize = 2;
/// Cumulative layout shift: from here on a value may change after it was reported.
const CLS: usize = 3;
/// Interaction to next paint.
const INP: usize = 4;
/// Their names.
const NAMES: [&str; 5] = [
    web_vital::VITAL_TTFB,
    web_vital::VITAL_FCP,
    web_vital::VITAL_LCP,
    web_vital::VITAL_CLS,
    web_vital::VITAL_INP,
];
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
