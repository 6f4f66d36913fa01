//! Writes messages that may be nested deep, in linear time.

use super::Writer;
use alloc::vec::Vec;

/// Writer for messages whose depth a sender chooses.
///
/// [`Writer::close`] makes room for a length by moving the message up, so the bytes inside a
/// hundred messages move a hundred times. Here each byte moves once, at the end.
#[derive(Debug, Default)]
pub(crate) struct Nesting {
    writer: Writer,
    /// Lengths that do not fit the byte that is reserved for them.
    long: Vec<Length>,
    /// Bytes that have to be inserted for them.
    missing: usize,
}

/// A nested message that is open until [`Nesting::close`].
#[must_use = "an open message has no length until it is closed"]
#[derive(Debug)]
pub(crate) struct OpenNested {
    body: usize,
    missing: usize,
}

#[derive(Debug)]
struct Length {
    body: usize,
    length: usize,
}

impl Nesting {
    /// Writer for the fields of the message that is open.
    pub(crate) const fn fields(&mut self) -> &mut Writer {
        &mut self.writer
    }

    /// Opens a nested message; what is written until [`Nesting::close`] belongs to it.
    pub(crate) fn open(&mut self, field: u32) -> OpenNested {
        OpenNested {
            body: self.writer.open(field).body,
            missing: self.missing,
        }
    }

    /// Closes a nested message.
    pub(crate) fn close(&mut self, open: OpenNested) {
        let written = self.writer.bytes.len() - open.body;
        let length = written + self.missing - open.missing;
        if length < 0x80 {
            self.writer.bytes[open.body - 1] = length as u8;
            return;
        }
        self.long.push(Length {
            body: open.body,
            length,
        });
        self.missing += length_bytes(length) - 1;
    }

    /// The finished message.
    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        // A message is closed after the messages in it, but its length precedes theirs.
        self.long.sort_unstable_by_key(|long| long.body);
        let mut bytes = self.writer.into_bytes();
        let mut from = bytes.len();
        let mut to = from + self.missing;
        bytes.resize(to, 0);
        for Length { body, length } in self.long.into_iter().rev() {
            to -= from - body;
            bytes.copy_within(body..from, to);
            // The reserved byte is part of the length.
            from = body - 1;
            to -= length_bytes(length);
            let mut rest = length;
            for slot in &mut bytes[to..to + length_bytes(length)] {
                *slot = rest as u8 & 0x7f | if rest > 0x7f { 0x80 } else { 0 };
                rest >>= 7;
            }
        }
        bytes
    }
}

/// Number of bytes of an encoded length.
const fn length_bytes(length: usize) -> usize {
    (length | 1).ilog2() as usize / 7 + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lengths_are_the_same_as_those_of_the_plain_writer(steps in prop::collection::vec((0u8..3, 0usize..400), 0..60)) {
            let (mut nesting, mut writer) = (Nesting::default(), Writer::new());
            let mut open = Vec::new();
            for (step, length) in steps {
                match (step, open.pop()) {
                    (0, Some((nested, plain))) => {
                        nesting.close(nested);
                        writer.close(plain);
                    }
                    (1, last) => {
                        open.extend(last);
                        nesting.fields().bytes(2, &[7; 400][..length]);
                        writer.bytes(2, &[7; 400][..length]);
                    }
                    (_, last) => {
                        open.extend(last);
                        open.push((nesting.open(1), writer.open(1)));
                    }
                }
            }
            for (nested, plain) in open.into_iter().rev() {
                nesting.close(nested);
                writer.close(plain);
            }
            prop_assert_eq!(nesting.into_bytes(), writer.into_bytes());
        }
    }
}
