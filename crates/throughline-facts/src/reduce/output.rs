//! Gathers reduced facts, each behind its context.

use alloc::string::String;
use throughline_wire::facts::{FIELD_END, RECORD_END};

/// Reduced facts.
#[derive(Debug)]
pub(super) struct Output {
    /// Contexts and records, without the header.
    pub(super) text: String,
    /// How many records there are.
    pub(super) records: u32,
    /// The context that was written last.
    context: String,
}

impl Output {
    /// No facts.
    pub(super) const fn new() -> Self {
        Self {
            text: String::new(),
            records: 0,
            context: String::new(),
        }
    }

    /// Appends a record that belongs to a context.
    pub(super) fn push(&mut self, context: &str, record: &str) {
        if self.context != context {
            self.context = context.into();
            // Before the first context there is none.
            self.end(if context.is_empty() { "C" } else { context });
        }
        self.records += 1;
        self.end(record);
    }

    /// Appends a record without the absent fields at its end.
    fn end(&mut self, record: &str) {
        self.text
            .push_str(record.trim_end_matches(char::from(FIELD_END)));
        self.text.push(char::from(RECORD_END));
    }
}

/// Appends a field to a record.
pub(super) fn push_field(record: &mut String, field: &str) {
    record.push(char::from(FIELD_END));
    record.push_str(field);
}

/// Appends a number to a record as a field.
pub(super) fn push_number(record: &mut String, number: u64) {
    let mut digits = [0; 20];
    let mut rest = number;
    let mut first = digits.len();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        first -= 1;
        if rest == 0 {
            break;
        }
    }
    let digits = digits.get(first..).unwrap_or_default();
    push_field(record, core::str::from_utf8(digits).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_in_decimal_digits() {
        for number in [0, 7, 10, 1_700_000_000_000_000, u64::MAX] {
            let mut record = String::new();
            push_number(&mut record, number);
            assert_eq!(record, alloc::format!("\u{1f}{number}"));
        }
    }

    #[test]
    fn a_context_is_written_once_for_the_records_that_follow() {
        let mut output = Output::new();
        for (context, record) in [("C1", "S"), ("C1", "L\u{1f}a\u{1f}\u{1f}"), ("C2", "S")] {
            output.push(context, record);
        }
        assert_eq!(output.text, "C1\u{1e}S\u{1e}L\u{1f}a\u{1e}C2\u{1e}S\u{1e}");
        assert_eq!(output.records, 3);
    }
}
