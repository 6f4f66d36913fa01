//! The edges that have given metrics, and the number of the last ones of each.

use crate::SortedMap;
use throughline_otlp::protobuf::{Value, Writer, each_field};

/// The edges that have given metrics within an hour.
#[derive(Debug, Default)]
pub(crate) struct Senders(SortedMap<u64, Last>);

/// The last metrics of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Last {
    sequence: u64,
    at_unix_nano: u64,
}

impl Senders {
    /// Whether these metrics of an edge did not come before.
    pub(crate) fn is_new(&self, sender: u64, sequence: u64) -> bool {
        let last = self.0.get(&sender);
        last.is_none_or(|last| last.sequence < sequence)
    }

    /// Remembers that they have come.
    pub(crate) fn remember(&mut self, sender: u64, sequence: u64, now_unix_nano: u64) {
        let last = Last {
            sequence,
            at_unix_nano: now_unix_nano,
        };
        self.0.insert(sender, last);
    }

    /// Forgets the edges that have given nothing for an hour: they have ended.
    pub(crate) fn forget_ended(&mut self, now_unix_nano: u64) {
        let since = |last: &Last| now_unix_nano.saturating_sub(last.at_unix_nano);
        self.0.retain(|_, last| since(last) < ENDED_NANO);
    }

    /// Appends all of them, each in this field.
    pub(crate) fn write(&self, writer: &mut Writer, field: u32) {
        for (sender, last) in &self.0 {
            let open = writer.open(field);
            writer.fixed64(SENDER, *sender);
            writer.varint(SEQUENCE, last.sequence);
            writer.fixed64(AT, last.at_unix_nano);
            writer.close(open);
        }
    }

    /// Reads one of them.
    pub(crate) fn read(&mut self, message: &[u8]) {
        let (mut sender, mut sequence, mut at) = (0, 0, 0);
        each_field(message, |field| match (field.number, field.value) {
            (SENDER, Value::Fixed64(value)) => sender = value,
            (SEQUENCE, Value::Varint(value)) => sequence = value,
            (AT, Value::Fixed64(value)) => at = value,
            _ => {}
        });
        self.remember(sender, sequence, at);
    }
}

/// Longer than an edge waits before it gives the same again.
const ENDED_NANO: u64 = 3_600_000_000_000;
const SENDER: u32 = 1;
const SEQUENCE: u32 = 2;
const AT: u32 = 3;
