//! Redacts secrets and personal data wherever they can stand in a request.

mod defaults;
mod plan;
mod rule;
mod walk;

pub(crate) use plan::Plans;
pub(crate) use rule::Rules;

use plan::Place;
use throughline_otlp::Signal;
use throughline_otlp::field::{log_record, metric, resource, scope, span, status};
use throughline_otlp::rewrite::{Edit, Envelope, Interest, Keep, Message, Stage, edit_within};
use walk::Walk;

/// The stage that redacts what the rules say.
#[derive(Debug)]
pub(super) struct Scrub<'a> {
    walk: Walk<'a>,
    signal: Signal,
}

impl<'a> Scrub<'a> {
    pub(super) fn new(rules: &'a Rules, plans: &'a mut Plans, signal: Signal) -> Self {
        Self {
            walk: Walk::new(rules, plans, signal),
            signal,
        }
    }

    /// Redactions by the position of their rule.
    pub(super) fn into_counts(self) -> Vec<u64> {
        self.walk.counts
    }
}

impl Stage for Scrub<'_> {
    fn interest(&self, _: Signal) -> Interest {
        if self.walk.has_rules() {
            Interest::RESOURCE
                .and(Interest::SCOPE)
                .and(Interest::RECORD)
        } else {
            Interest::NONE
        }
    }

    fn resource(&mut self, message: &mut Message<'_>) {
        self.attributes(message, resource::ATTRIBUTES, Place::Resource);
    }

    fn scope(&mut self, message: &mut Message<'_>) {
        self.attributes(message, scope::ATTRIBUTES, Place::Scope);
    }

    fn record(&mut self, record: &mut Message<'_>, envelope: &Envelope<'_>) -> Keep {
        match self.signal {
            Signal::Traces => self.span(record),
            Signal::Logs => record.edit(|field, writer| match field.number {
                log_record::ATTRIBUTES => self.walk.attribute(field, writer, Place::Attributes),
                log_record::BODY => self.walk.body(field, writer),
                _ => Edit::Keep,
            }),
            Signal::Metrics => self.data_point(record, envelope.metric),
        }
        Keep::Yes
    }
}

impl Scrub<'_> {
    fn attributes(&mut self, message: &mut Message<'_>, number: u32, place: Place) {
        message.edit(|field, writer| {
            if field.number == number {
                self.walk.attribute(field, writer, place)
            } else {
                Edit::Keep
            }
        });
    }

    fn span(&mut self, record: &mut Message<'_>) {
        self.walk.is_server = false;
        record.edit(|field, writer| match field.number {
            span::KIND => {
                self.walk.see_kind(field);
                Edit::Keep
            }
            span::ATTRIBUTES => self.walk.attribute(field, writer, Place::Attributes),
            span::NAME => self.walk.text(field, writer, Place::Name),
            span::EVENTS => self.walk.event(field, writer),
            span::LINKS => self.walk.link(field, writer),
            span::STATUS => edit_within(field, writer, |field, writer| match field.number {
                status::MESSAGE => self.walk.text(field, writer, Place::Status),
                _ => Edit::Keep,
            }),
            _ => Edit::Keep,
        });
    }

    /// The numbers of a data point's fields depend on its metric.
    fn data_point(&mut self, record: &mut Message<'_>, around: &[u8]) {
        let data = throughline_otlp::protobuf::fields(around)
            .map_while(Result::ok)
            .map(|field| field.number)
            .find(|number| (metric::GAUGE..=metric::SUMMARY).contains(number));
        let (attributes, exemplars) = match data {
            Some(metric::EXPONENTIAL_HISTOGRAM) => (1, 11),
            Some(metric::HISTOGRAM) => (9, 8),
            Some(metric::SUMMARY) => (7, 0),
            _ => (7, 5),
        };
        record.edit(|field, writer| match field.number {
            number if number == attributes => self.walk.attribute(field, writer, Place::Attributes),
            number if number == exemplars => self.walk.exemplar(field, writer),
            _ => Edit::Keep,
        });
    }
}

#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod tests;
