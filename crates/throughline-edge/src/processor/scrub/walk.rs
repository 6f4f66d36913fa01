//! Walks over values, and redacts what the plan of each says.

use super::defaults;
use super::plan::{Look, Place, Plan, Plans};
use super::rule::Rules;
use throughline_otlp::Signal;
use throughline_otlp::attribute::Pair;
use throughline_otlp::field::{
    any_value, exemplar, key_value, span_event, span_kind, span_link, values,
};
use throughline_otlp::protobuf::{Field, Writer, field_bytes};
use throughline_otlp::rewrite::{Edit, edit_within};
use throughline_scrub::{Kind, Match, find, redact_found};

/// The walk over one request.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    rules: &'a Rules,
    plans: &'a mut Plans,
    signal: Signal,
    /// Whether the span is a server's, as far as it is read.
    pub(super) is_server: bool,
    /// Redactions by the position of their rule.
    pub(super) counts: Vec<u64>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(rules: &'a Rules, plans: &'a mut Plans, signal: Signal) -> Self {
        Self {
            counts: vec![0; rules.len()],
            rules,
            plans,
            signal,
            is_server: false,
        }
    }

    pub(super) const fn has_rules(&self) -> bool {
        self.rules.len() > 0
    }

    /// Remembers the kind of a span.
    pub(super) fn see_kind(&mut self, kind: Field<'_>) {
        let kind = kind.value.as_u64();
        self.is_server = matches!(kind, Some(span_kind::SERVER | span_kind::CONSUMER));
    }

    /// Redacts a string without a key.
    pub(super) fn text(&mut self, field: Field<'_>, writer: &mut Writer, place: Place) -> Edit {
        let Some(text) = field.value.as_bytes() else {
            return Edit::Keep;
        };
        let slot = self.plans.of(self.rules, self.signal, place, b"");
        let plan = slot.plan;
        if plan.whole.is_some() {
            return self.string(field, writer, &plan);
        }
        let Some(found) = slot.matches(text) else {
            return Edit::Keep;
        };
        match self.redacted(text, found, &plan) {
            Some(redacted) => {
                writer.bytes_present(field.number, &redacted);
                Edit::Replace
            }
            None => Edit::Keep,
        }
    }

    /// Redacts the body of a log record.
    pub(super) fn body(&mut self, field: Field<'_>, writer: &mut Writer) -> Edit {
        let slot = self.plans.of(self.rules, self.signal, Place::Body, b"");
        let plan = slot.plan;
        self.value(field, writer, &plan, Place::Body)
    }

    pub(super) fn event(&mut self, field: Field<'_>, writer: &mut Writer) -> Edit {
        edit_within(field, writer, |field, writer| match field.number {
            span_event::NAME => self.text(field, writer, Place::Name),
            span_event::ATTRIBUTES => self.attribute(field, writer, Place::Events),
            _ => Edit::Keep,
        })
    }

    pub(super) fn link(&mut self, field: Field<'_>, writer: &mut Writer) -> Edit {
        edit_within(field, writer, |field, writer| match field.number {
            span_link::ATTRIBUTES => self.attribute(field, writer, Place::Links),
            _ => Edit::Keep,
        })
    }

    pub(super) fn exemplar(&mut self, field: Field<'_>, writer: &mut Writer) -> Edit {
        edit_within(field, writer, |field, writer| match field.number {
            exemplar::FILTERED_ATTRIBUTES => self.attribute(field, writer, Place::Exemplars),
            _ => Edit::Keep,
        })
    }

    /// Redacts the value of a `KeyValue`.
    pub(super) fn attribute(
        &mut self,
        field: Field<'_>,
        writer: &mut Writer,
        place: Place,
    ) -> Edit {
        let Some(encoded) = field.value.as_bytes() else {
            return Edit::Keep;
        };
        let in_order = Pair::in_order(encoded);
        let pair = in_order.unwrap_or_else(|| Pair::read(encoded));
        let key = match pair.key == defaults::PEER.as_bytes() {
            true if self.is_server => defaults::CLIENT.as_bytes(),
            true => defaults::SERVER.as_bytes(),
            false => pair.key,
        };
        let slot = self.plans.of(self.rules, self.signal, place, key);
        let look = slot.look(&pair);
        let plan = slot.plan;
        match look {
            Look::Clean => return Edit::Keep,
            Look::Text(text, found) if in_order.is_some() => {
                let Some(redacted) = self.redacted(text, found, &plan) else {
                    return Edit::Keep;
                };
                let value = field_bytes(redacted.len());
                writer.header(
                    field.number,
                    field_bytes(pair.key.len()) + field_bytes(value),
                );
                writer.bytes_present(key_value::KEY, pair.key);
                writer.header(key_value::VALUE, value);
                writer.bytes_present(any_value::STRING, &redacted);
                return Edit::Replace;
            }
            Look::Text(..) | Look::Walk => {}
        }
        if plan.whole.is_some_and(|rule| self.removes(rule)) {
            self.count(plan.whole);
            return Edit::Remove;
        }
        edit_within(field, writer, |field, writer| match field.number {
            key_value::VALUE => self.value(field, writer, &plan, place),
            _ => Edit::Keep,
        })
    }

    /// Redacts an `AnyValue`, and the values in lists and maps. An entry of a map has a plan
    /// of its own where its name is a secret's.
    fn value(&mut self, field: Field<'_>, writer: &mut Writer, plan: &Plan, place: Place) -> Edit {
        edit_within(field, writer, |field, writer| match field.number {
            any_value::STRING | any_value::BYTES => self.string(field, writer, plan),
            any_value::INT | any_value::DOUBLE => self.number(field, writer, plan),
            any_value::ARRAY => edit_within(field, writer, |field, writer| match field.number {
                values::VALUES => self.value(field, writer, plan, place),
                _ => Edit::Keep,
            }),
            any_value::KVLIST => edit_within(field, writer, |field, writer| match field.number {
                values::VALUES if plan.whole.is_none() => self.attribute(field, writer, place),
                values::VALUES => edit_within(field, writer, |field, writer| match field.number {
                    key_value::VALUE => self.value(field, writer, plan, place),
                    _ => Edit::Keep,
                }),
                _ => Edit::Keep,
            }),
            _ => Edit::Keep,
        })
    }

    fn string(&mut self, field: Field<'_>, writer: &mut Writer, plan: &Plan) -> Edit {
        let Some(text) = field.value.as_bytes() else {
            return Edit::Keep;
        };
        let redacted = match plan.whole {
            Some(_) if text.is_empty() => None,
            Some(rule) => self.whole(text, rule),
            None => self.redacted(text, find(text, plan.kinds), plan),
        };
        let Some(redacted) = redacted else {
            return Edit::Keep;
        };
        writer.bytes_present(field.number, &redacted);
        Edit::Replace
    }

    /// Redacts what was found in a text; `None` when nothing changes.
    fn redacted(
        &mut self,
        text: &[u8],
        found: impl Iterator<Item = Match>,
        plan: &Plan,
    ) -> Option<Vec<u8>> {
        let (rules, counts) = (self.rules, &mut self.counts);
        let rule = |found: &Match| by_kind(plan, found.kind);
        redact_found(
            text,
            found,
            |found| rules.redaction(rule(found)),
            |found| add(counts, rule(found)),
        )
    }

    /// Redacts a number that a rule redacts as a whole.
    fn number(&mut self, field: Field<'_>, writer: &mut Writer, plan: &Plan) -> Edit {
        let (Some(rule), Some(number)) = (plan.whole, field.value.as_u64()) else {
            return Edit::Keep;
        };
        let text = match field.number {
            any_value::INT => number.cast_signed().to_string(),
            _ => f64::from_bits(number).to_string(),
        };
        let Some(redacted) = self.whole(text.as_bytes(), rule) else {
            return Edit::Keep;
        };
        writer.bytes_present(any_value::STRING, &redacted);
        Edit::Replace
    }

    fn whole(&mut self, text: &[u8], rule: u8) -> Option<Vec<u8>> {
        let mut redacted = Vec::new();
        let redaction = self.rules.redaction(rule);
        redaction.write(text, Kind::Credential, &mut redacted);
        if redacted == text {
            return None;
        }
        self.count(Some(rule));
        Some(redacted)
    }

    fn removes(&self, rule: u8) -> bool {
        matches!(
            self.rules.redaction(rule),
            throughline_scrub::Redaction::Remove
        )
    }

    fn count(&mut self, rule: Option<u8>) {
        if let Some(rule) = rule {
            add(&mut self.counts, rule);
        }
    }
}

fn by_kind(plan: &Plan, kind: Kind) -> u8 {
    plan.by_kind.get(kind as usize).copied().unwrap_or(0)
}

fn add(counts: &mut [u64], rule: u8) {
    if let Some(count) = counts.get_mut(usize::from(rule)) {
        *count += 1;
    }
}
