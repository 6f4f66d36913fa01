//! Counts equal exceptions.

use super::output::{Output, push_field, push_number};
use super::pending::{Pending, is_full};
use crate::text::{Fields, hash, tail};
use alloc::string::String;
use alloc::vec::Vec;
use throughline_wire::facts::exception;

/// The exceptions of this batch. A loop throws the same exception many times: it becomes one
/// with a count.
#[derive(Debug)]
pub(super) struct Exceptions(Vec<Pending>);

impl Exceptions {
    /// No exceptions.
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds an exception, or counts it when the same is there.
    pub(super) fn add(&mut self, context: &str, record: &str, output: &mut Output) {
        let count = Fields::of(record).number(exception::COUNT).max(1);
        // Equal in everything but time and span is the same exception.
        let identity = hash(tail(record, exception::MECHANISM));
        for seen in &mut self.0 {
            if seen.identity == identity {
                seen.count = seen.count.saturating_add(count);
                return;
            }
        }
        if is_full(&self.0) {
            self.finish(context, output);
        }
        self.0.push(Pending {
            identity,
            count,
            record: record.into(),
        });
    }

    /// Appends the exceptions.
    pub(super) fn finish(&mut self, context: &str, output: &mut Output) {
        for Pending { record, count, .. } in self.0.drain(..) {
            if count == 1 {
                output.push(context, &record);
                continue;
            }
            let fields = Fields::of(&record);
            let mut counted = String::from(fields.text(0));
            for position in 1..exception::COUNT {
                push_field(&mut counted, fields.text(position));
            }
            push_number(&mut counted, count);
            push_field(&mut counted, tail(&record, exception::PATHS));
            output.push(context, &counted);
        }
    }

    /// Whether there are no exceptions.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
