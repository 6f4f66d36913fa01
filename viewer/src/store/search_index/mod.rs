//! Finds the traces, and the log records of no trace, that have a value, in memory: attributes, and the
//! texts that words are looked for in.
//!
//! The index lets a search skip traces; whether one matches is decided by its records. So it may name
//! more traces than match, never fewer. It is in memory, because values that are different in each
//! span (ids, paths) would make SQLite write a page for each of them.

mod values;

pub(crate) use values::{TEXTS, Text};

use crate::decode::{Attributes, LogRecord, Span, TraceId, value_text};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Bound::{Excluded, Included, Unbounded};
use throughline_otlp::attribute::AttributeValue;
use throughline_otlp::field::{resource, scope};
use values::{NUMBER, OTHER, TEXT, indexed, indexed_text, may_pass};

/// The traces, and the log records of no trace, by their values.
#[derive(Debug, Default)]
pub(crate) struct SearchIndex {
    /// Whether the index has what was stored before the store was opened.
    is_complete: bool,
    /// The traces and log records by key and value, each list in the order of its numbers.
    keys: HashMap<Box<str>, BTreeMap<Box<str>, Vec<u32>>>,
    numbers: HashMap<TraceId, u32>,
    traces: HashMap<u32, TraceId>,
    /// The numbers of log records of no trace, by the ids of their rows, and back.
    log_numbers: HashMap<i64, u32>,
    logs: HashMap<u32, i64>,
    /// The resources and scopes that are known of a trace: the spans of one have few.
    senders: HashSet<(u32, Sender)>,
    next: u32,
    /// The traces and log records that were evicted since the lists were cleared of them.
    evicted: usize,
}

/// Traces.
pub(crate) type Traces = BTreeSet<TraceId>;

/// A resource or a scope, by the id of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Sender {
    Resource(i64),
    Scope(i64),
}

/// The bytes of a resource or a scope, with the id of its row.
pub(super) type SenderBytes<'a> = (i64, &'a [u8]);

/// In how much a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Occurrences {
    /// Traces.
    pub(crate) traces: usize,
    /// Log records of no trace.
    pub(crate) logs: usize,
}

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
        let resources = senders(connection, "SELECT id, bytes FROM resource")?;
        let scopes = senders(connection, "SELECT id, bytes FROM scope")?;
        let mut statement =
            connection.prepare("SELECT trace_id, bytes, resource, scope FROM span")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(1)?.as_blob().unwrap_or_default();
            let (resource, scope) = (row.get(2)?, row.get(3)?);
            if let Ok(span) = Span::decode(bytes) {
                let resource = (resource, bytes_of(&resources, resource));
                let scope = (scope, bytes_of(&scopes, scope));
                self.insert_span(row.get(0)?, &span, resource, scope);
            }
        }
        let mut statement = connection.prepare("SELECT id, bytes, resource FROM log")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(1)?.as_blob().unwrap_or_default();
            let resource = row.get(2)?;
            if let Ok(log) = LogRecord::decode(bytes) {
                let resource = (resource, bytes_of(&resources, resource));
                self.insert_log(row.get(0)?, &log, resource);
            }
        }
        self.is_complete = true;
        Ok(())
    }

    /// Adds a span that is being stored.
    pub(super) fn add_span(
        &mut self,
        trace_id: TraceId,
        span: &Span<'_>,
        resource: SenderBytes<'_>,
        scope: SenderBytes<'_>,
    ) {
        // What is stored before the first search is read then.
        if self.is_complete {
            self.insert_span(trace_id, span, resource, scope);
        }
    }

    /// Adds a log record that is being stored, with the id of its row.
    pub(super) fn add_log(&mut self, id: i64, log: &LogRecord<'_>, resource: SenderBytes<'_>) {
        if self.is_complete {
            self.insert_log(id, log, resource);
        }
    }

    /// Removes a trace.
    pub(super) fn remove(&mut self, trace_id: &TraceId) {
        let Some(number) = self.numbers.remove(trace_id) else {
            return;
        };
        self.traces.remove(&number);
        self.clear_evicted();
    }

    /// Removes a log record of no trace, by the id of its row.
    pub(super) fn remove_log(&mut self, id: i64) {
        let Some(number) = self.log_numbers.remove(&id) else {
            return;
        };
        self.logs.remove(&number);
        self.clear_evicted();
    }

    /// Clears the lists of what was evicted: rarely enough to cost each record little, often enough
    /// to double the memory at most.
    fn clear_evicted(&mut self) {
        self.evicted += 1;
        if self.evicted <= (self.traces.len() + self.logs.len()).max(FEWEST_EVICTED) {
            return;
        }
        self.evicted = 0;
        let (traces, logs) = (&self.traces, &self.logs);
        self.senders
            .retain(|(number, _)| traces.contains_key(number));
        self.keys.retain(|_, values| {
            values.retain(|_, numbers| {
                numbers.retain(|number| traces.contains_key(number) || logs.contains_key(number));
                !numbers.is_empty()
            });
            !values.is_empty()
        });
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

    /// The values of a key that begin so, with in how much each is, those in most traces first.
    pub(crate) fn values(
        &self,
        key: &str,
        start: &str,
        limit: usize,
    ) -> Vec<(String, Occurrences)> {
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
        let is_any = |found: &Occurrences| found.traces + found.logs > 0;
        let mut shown: Vec<_> = shown.filter(|(_, found)| is_any(found)).collect();
        let most = |found: &Occurrences| (found.traces, found.logs);
        shown.sort_by(|(one, a), (other, b)| most(b).cmp(&most(a)).then(one.cmp(other)));
        shown.truncate(limit);
        shown
            .into_iter()
            .map(|(text, found)| (text.to_owned(), found))
            .collect()
    }

    /// The texts of a key, those whose newest trace or log record came last first.
    pub(crate) fn newest_values(&self, key: &str, limit: usize) -> Vec<String> {
        let values = self.keys.get(key).into_iter().flatten();
        let is_stored =
            |number: &&u32| self.traces.contains_key(number) || self.logs.contains_key(number);
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
        let newest = self.numbers_with(key, text).iter().rev();
        let traces = newest.filter_map(|number| self.traces.get(number));
        traces.take(most).copied().collect()
    }

    /// The newest log records of no trace with this text of a key, by the ids of their rows, the
    /// newest first.
    pub(crate) fn newest_logs(&self, key: &str, text: &str, most: usize) -> Vec<i64> {
        let newest = self.numbers_with(key, text).iter().rev();
        let logs = newest.filter_map(|number| self.logs.get(number));
        logs.take(most).copied().collect()
    }

    fn numbers_with(&self, key: &str, text: &str) -> &[u32] {
        let value = format!("{TEXT}{text}");
        let values = self.keys.get(key);
        let numbers = values.and_then(|values| values.get(value.as_str()));
        numbers.map_or(&[], Vec::as_slice)
    }

    /// How many of the traces and log records are stored still.
    fn stored(&self, numbers: &[u32]) -> Occurrences {
        let count = |is_stored: &dyn Fn(&u32) -> bool| {
            let stored = numbers.iter().filter(|number| is_stored(number));
            stored.count()
        };
        Occurrences {
            traces: count(&|number| self.traces.contains_key(number)),
            logs: count(&|number| self.logs.contains_key(number)),
        }
    }

    /// All traces.
    pub(crate) fn traces(&self) -> impl Iterator<Item = &TraceId> {
        self.numbers.keys()
    }

    fn insert_span(
        &mut self,
        trace_id: TraceId,
        span: &Span<'_>,
        resource: SenderBytes<'_>,
        scope: SenderBytes<'_>,
    ) {
        let number = self.number(trace_id);
        self.insert_resource(number, resource);
        if self.senders.insert((number, Sender::Scope(scope.0))) {
            self.insert_attributes(Attributes::of(scope.1, scope::ATTRIBUTES), number);
        }
        self.insert(TEXTS, indexed_text(&span.name), number);
        for (_, exception) in span.exceptions() {
            self.insert(TEXTS, indexed_text(&exception.kind), number);
            self.insert(TEXTS, indexed_text(&exception.message), number);
        }
        for attributes in span.all_attributes() {
            self.insert_attributes(attributes, number);
        }
    }

    fn insert_log(&mut self, id: i64, log: &LogRecord<'_>, resource: SenderBytes<'_>) {
        let Some(trace_id) = log.trace_id else {
            let number = self.next_number();
            self.log_numbers.insert(id, number);
            self.logs.insert(number, id);
            self.insert_attributes(Attributes::of(resource.1, resource::ATTRIBUTES), number);
            // No search for traces looks for its texts.
            self.insert_attributes(log.attributes(), number);
            return;
        };
        let number = self.number(trace_id);
        self.insert_resource(number, resource);
        self.insert(TEXTS, indexed_text(&log.event_name), number);
        self.insert(TEXTS, indexed_text(&value_text(log.body())), number);
        if let Some(exception) = log.exception() {
            self.insert(TEXTS, indexed_text(&exception.kind), number);
            self.insert(TEXTS, indexed_text(&exception.message), number);
        }
        self.insert_attributes(log.attributes(), number);
    }

    fn insert_resource(&mut self, number: u32, (id, bytes): SenderBytes<'_>) {
        if self.senders.insert((number, Sender::Resource(id))) {
            self.insert_attributes(Attributes::of(bytes, resource::ATTRIBUTES), number);
        }
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
        if let Some(number) = self.numbers.get(&trace_id) {
            return *number;
        }
        let number = self.next_number();
        self.numbers.insert(trace_id, number);
        self.traces.insert(number, trace_id);
        number
    }

    fn next_number(&mut self) -> u32 {
        let number = self.next;
        self.next = number.wrapping_add(1);
        number
    }
}

/// The resources or the scopes that are stored, by the ids of their rows.
fn senders(connection: &Connection, select: &str) -> rusqlite::Result<HashMap<i64, Vec<u8>>> {
    let mut statement = connection.prepare(select)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn bytes_of(senders: &HashMap<i64, Vec<u8>>, id: i64) -> &[u8] {
    senders.get(&id).map_or(&[], Vec::as_slice)
}

/// Values that are compared for the most frequent ones.
const COMPARED: usize = 20_000;
const FEWEST_EVICTED: usize = 1_000;

#[cfg(test)]
mod tests;
