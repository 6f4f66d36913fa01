//! Writes protobuf messages and counts the messages in one.
//!
//! xtask generates code of the crates, so it depends on none of them, `throughline-otlp`
//! included.

/// A protobuf message under construction.
#[derive(Debug, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    /// Adds a string, bytes or a message.
    pub(super) fn bytes(mut self, number: u64, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref();
        self.push_varint(number << 3 | LENGTH_DELIMITED);
        self.push_varint(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    /// Adds an integer of variable length.
    pub(super) fn varint(mut self, number: u64, value: u64) -> Self {
        self.push_varint(number << 3 | VARINT);
        self.push_varint(value);
        self
    }

    /// Adds an integer of eight bytes.
    pub(super) fn fixed64(mut self, number: u64, value: u64) -> Self {
        self.push_varint(number << 3 | FIXED64);
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// The encoded message.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn push_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

impl AsRef<[u8]> for Message {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Counts the messages at the end of `path`, which has a field number for each level. `None`
/// when the bytes are not protobuf.
pub(super) fn count(mut bytes: &[u8], path: &[u64]) -> Option<usize> {
    let Some((wanted, below)) = path.split_first() else {
        return Some(1);
    };
    let mut found = 0;
    while !bytes.is_empty() {
        let tag = take_varint(&mut bytes)?;
        let length = match tag & 7 {
            VARINT => {
                take_varint(&mut bytes)?;
                continue;
            }
            FIXED64 => 8,
            LENGTH_DELIMITED => usize::try_from(take_varint(&mut bytes)?).ok()?,
            FIXED32 => 4,
            _ => return None,
        };
        let (value, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        if tag == wanted << 3 | LENGTH_DELIMITED {
            found += count(value, below)?;
        }
    }
    Some(found)
}

fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const LENGTH_DELIMITED: u64 = 2;
const FIXED32: u64 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_at_the_end_of_a_path_are_counted() {
        let leaf = || Message::default().varint(1, 300).fixed64(2, 7);
        let branch = Message::default()
            .bytes(2, leaf())
            .bytes(3, leaf())
            .bytes(2, "");
        let root = Message::default()
            .bytes(1, &branch)
            .varint(1, 1)
            .bytes(1, branch);
        assert_eq!(count(root.as_ref(), &[1, 2]), Some(4));
        assert_eq!(count(root.as_ref(), &[1, 3]), Some(2));
        assert_eq!(count(root.as_ref(), &[4]), Some(0));
    }

    #[test]
    fn bytes_that_are_cut_off_are_not_counted() {
        let whole = Message::default().bytes(1, "four").into_bytes();
        assert_eq!(count(&whole[..3], &[1]), None);
    }
}
