//! Finds the traces that have a value, in memory: attributes, and the texts that words are looked
//! for in.
//!
//! The index lets a search skip traces; whether one matches is decided by its records. So it may name
//! more traces than match, never fewer. It is in memory, because values that are different in each
//! span (ids, paths) would make SQLite write a page for each of them.

mod values;

pub(crate) use values::{TEXTS, Text};

use crate::decode::{Attributes, LogRecord, Span, TraceId, value_text};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound::{Excluded, Included, Unbounded};
use throughline_otlp::attribute::AttributeValue;
use values::{NUMBER, OTHER, TEXT, indexed, indexed_text, may_pass};

/// The traces by their values.
#[derive(Debug, Default)]
pub(crate) struct SearchIndex {
    /// Whether the index has what was stored before the store was opened.
    is_complete: bool,
    /// The traces by key and value, each list in the order of its numbers.
    keys: HashMap<Box<str>, BTreeMap<Box<str>, Vec<u32>>>,
    numbers: HashMap<TraceId, u32>,
    traces: HashMap<u32, TraceId>,
    next: u32,
    /// The traces that were evicted since the lists were cleared of them.
    evicted: usize,
}

/// Traces.
pub(crate) type Traces = BTreeSet<TraceId>;

impl SearchIndex {
    /// The index of a store that is empty.
    pub(super) fn of_nothing() -> Self {
        Self {
            is_complete: true,
            ..Self::default()
        }
    }

    /// Whether nothing that is stored is missing.
    pub(super) const fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Adds all that is stored, once.
    pub(super) fn complete(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.is_complete {
            return Ok(());
        }
        let mut statement = connection.prepare("SELECT trace_id, bytes FROM span")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(1)?.as_blob().unwrap_or_default();
            if let Ok(span) = Span::decode(bytes) {
                self.insert_span(row.get(0)?, &span);
            }
        }
        let mut statement =
            connection.prepare("SELECT trace_id, bytes FROM log WHERE trace_id IS NOT NULL")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(1)?.as_blob().unwrap_or_default();
            if let Ok(log) = LogRecord::decode(bytes) {
                self.insert_log(row.get(0)?, &log);
            }
        }
        self.is_complete = true;
        Ok(())
    }

    /// Adds a span that is being stored.
    pub(super) fn add_span(&mut self, trace_id: TraceId, span: &Span<'_>) {
        // What is stored before the first search is read then.
        if self.is_complete {
            self.insert_span(trace_id, span);
        }
    }

    /// Adds a log record that is being stored.
    pub(super) fn add_log(&mut self, trace_id: TraceId, log: &LogRecord<'_>) {
        if self.is_complete {
            self.insert_log(trace_id, log);
        }
    }

    /// Removes a trace.
    pub(super) fn remove(&mut self, trace_id: &TraceId) {
        let Some(number) = self.numbers.remove(trace_id) else {
            return;
        };
        self.traces.remove(&number);
        self.evicted += 1;
        // Rarely enough to cost each trace little, often enough to double the memory at most.
        if self.evicted > self.traces.len().max(FEWEST_EVICTED) {
            self.evicted = 0;
            let traces = &self.traces;
            self.keys.retain(|_, values| {
                values.retain(|_, numbers| {
                    numbers.retain(|number| traces.contains_key(number));
                    !numbers.is_empty()
                });
                !values.is_empty()
            });
        }
    }

    /// Adds to `found` the traces that have a value of `key` which passes, until they are more
    /// than `most`. `text` is what is known of the texts that pass.
    pub(crate) fn find(
        &self,
        key: &str,
        text: Text<'_>,
        passes: &dyn Fn(AttributeValue<'_>) -> bool,
        most: usize,
        found: &mut Traces,
    ) {
        let Some(values) = self.keys.get(key) else {
            return;
        };
        let (start, end) = text.range();
        let texts = values.range::<str, _>((
            Included(&*start),
            end.as_deref().map_or(Unbounded, Excluded),
        ));
        // Numbers and what is not indexed come before and behind all texts.
        let rest = match text {
            Text::Any => None,
            _ => {
                let numbers = values.range::<str, _>((Unbounded, Excluded(TEXT)));
                let others = values.range::<str, _>((Included(OTHER), Unbounded));
                Some(numbers.chain(others))
            }
        };
        for (value, numbers) in texts.chain(rest.into_iter().flatten()) {
            if !may_pass(value, passes) {
                continue;
            }
            for trace_id in numbers.iter().filter_map(|number| self.traces.get(number)) {
                found.insert(*trace_id);
                if found.len() > most {
                    return;
                }
            }
        }
    }

    /// The keys that begin so, with how many values each has, the first `limit` in their order.
    pub(crate) fn keys(&self, start: &str, limit: usize) -> Vec<(String, usize)> {
        let keys = self
            .keys
            .iter()
            .filter(|(key, _)| key.starts_with(start) && &***key != TEXTS);
        let mut keys: Vec<_> = keys
            .map(|(key, values)| (key.to_string(), values.len()))
            .collect();
        keys.sort_unstable();
        keys.truncate(limit);
        keys
    }

    /// The values of a key that begin so, with in how many traces each is, those in most first.
    pub(crate) fn values(&self, key: &str, start: &str, limit: usize) -> Vec<(String, usize)> {
        let Some(values) = self.keys.get(key) else {
            return Vec::new();
        };
        let shown = [NUMBER, TEXT].into_iter().flat_map(|kind| {
            let first = format!("{kind}{start}");
            let from = values.range::<str, _>((Included(first.as_str()), Unbounded));
            let shown = from.map_while(|(value, numbers)| {
                let text = value.strip_prefix(kind)?;
                text.starts_with(start)
                    .then_some((text, self.stored(numbers)))
            });
            shown.take(COMPARED).collect::<Vec<_>>()
        });
        let mut shown: Vec<_> = shown.filter(|(_, traces)| *traces > 0).collect();
        shown.sort_by(|(one, a), (other, b)| b.cmp(a).then(one.cmp(other)));
        shown.truncate(limit);
        shown
            .into_iter()
            .map(|(text, traces)| (text.to_owned(), traces))
            .collect()
    }

    /// The texts of a key, those whose newest trace began to come last first.
    pub(crate) fn newest_values(&self, key: &str, limit: usize) -> Vec<String> {
        let values = self.keys.get(key).into_iter().flatten();
        let is_stored = |number: &&u32| self.traces.contains_key(number);
        let mut newest: Vec<_> = values
            .filter_map(|(value, numbers)| {
                let newest = numbers.iter().rev().find(is_stored)?;
                Some((newest, value.strip_prefix(TEXT)?))
            })
            .collect();
        newest.sort_unstable_by(|a, b| b.cmp(a));
        newest
            .into_iter()
            .take(limit)
            .map(|(_, text)| text.to_owned())
            .collect()
    }

    /// The newest traces with this text of a key, the newest first.
    pub(crate) fn newest_traces(&self, key: &str, text: &str, most: usize) -> Vec<TraceId> {
        let value = format!("{TEXT}{text}");
        let numbers = self
            .keys
            .get(key)
            .and_then(|values| values.get(value.as_str()));
        let newest = numbers.into_iter().flatten().rev();
        let traces = newest.filter_map(|number| self.traces.get(number));
        traces.take(most).copied().collect()
    }

    /// How many of the traces are stored still.
    fn stored(&self, numbers: &[u32]) -> usize {
        let stored = numbers
            .iter()
            .filter(|number| self.traces.contains_key(number));
        stored.count()
    }

    /// All traces.
    pub(crate) fn traces(&self) -> impl Iterator<Item = &TraceId> {
        self.numbers.keys()
    }

    fn insert_span(&mut self, trace_id: TraceId, span: &Span<'_>) {
        let number = self.number(trace_id);
        self.insert(TEXTS, indexed_text(&span.name), number);
        for (_, exception) in span.exceptions() {
            self.insert(TEXTS, indexed_text(&exception.kind), number);
            self.insert(TEXTS, indexed_text(&exception.message), number);
        }
        for attributes in span.all_attributes() {
            self.insert_attributes(attributes, number);
        }
    }

    fn insert_log(&mut self, trace_id: TraceId, log: &LogRecord<'_>) {
        let number = self.number(trace_id);
        self.insert(TEXTS, indexed_text(&log.event_name), number);
        self.insert(TEXTS, indexed_text(&value_text(log.body())), number);
        if let Some(exception) = log.exception() {
            self.insert(TEXTS, indexed_text(&exception.kind), number);
            self.insert(TEXTS, indexed_text(&exception.message), number);
        }
        self.insert_attributes(log.attributes(), number);
    }

    fn insert_attributes(&mut self, attributes: Attributes<'_>, number: u32) {
        for (key, value) in attributes.iter() {
            self.insert(key, indexed(value), number);
        }
    }

    fn insert(&mut self, key: &str, value: String, number: u32) {
        if !self.keys.contains_key(key) {
            self.keys.insert(key.into(), BTreeMap::new());
        }
        let Some(values) = self.keys.get_mut(key) else {
            return;
        };
        match values.get_mut(value.as_str()) {
            // Each once, in their order: the spans of several services come in turns.
            Some(numbers) => {
                if let Err(place) = numbers.binary_search(&number) {
                    numbers.insert(place, number);
                }
            }
            None => drop(values.insert(value.into(), vec![number])),
        }
    }

    fn number(&mut self, trace_id: TraceId) -> u32 {
        let next = &mut self.next;
        let number = *self.numbers.entry(trace_id).or_insert_with(|| {
            let number = *next;
            *next = next.wrapping_add(1);
            number
        });
        self.traces.entry(number).or_insert(trace_id);
        number
    }
}

/// Values that are compared for the most frequent ones.
const COMPARED: usize = 20_000;
const FEWEST_EVICTED: usize = 1_000;

#[cfg(test)]
mod tests;
