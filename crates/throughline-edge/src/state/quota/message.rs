//! Messages between edges and the owner of a project's limits.
//!
//! ```proto
//! message Ask {                // see `numbered`
//!   fixed64 sender = 1;
//!   uint64 sequence = 2;
//!   repeated Amount parts = 3;
//! }
//! message Lease {
//!   repeated Amount parts = 3;
//! }
//! message Amount {
//!   uint64 limit = 1;          // signal and unit
//!   uint64 used = 2;           // what was used beyond a lease
//!   uint64 returned = 3;       // what was leased, and not used
//!   uint64 wanted = 4;
//!   uint64 leased = 5;
//!   uint64 wait_nano = 6;      // until something can be leased, in ns
//! }
//! ```

use super::{Limit, Unit};
use crate::numbered::{Numbered, Part};
use throughline_otlp::Signal;
use throughline_otlp::protobuf::{DecodeError, Value, Writer, fields};

/// Message of an edge to the owner, or its response.
pub(super) type Message = Numbered<(Limit, Amount)>;

/// Amounts of one limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) used: u64,
    pub(super) returned: u64,
    pub(super) wanted: u64,
    pub(super) leased: u64,
    pub(super) wait_nano: u64,
}

impl Amount {
    const fn values(&self) -> [u64; 5] {
        [
            self.used,
            self.returned,
            self.wanted,
            self.leased,
            self.wait_nano,
        ]
    }
}

impl Part<'_> for (Limit, Amount) {
    fn decode(bytes: &[u8]) -> Result<Option<Self>, DecodeError> {
        let (mut limit, mut amount) = (0, Amount::default());
        for field in fields(bytes) {
            let field = field?;
            let Value::Varint(value) = field.value else {
                continue;
            };
            match field.number {
                1 => limit = value,
                2 => amount.used = value,
                3 => amount.returned = value,
                4 => amount.wanted = value,
                5 => amount.leased = value,
                6 => amount.wait_nano = value,
                _ => {}
            }
        }
        let signal = Signal::ALL
            .into_iter()
            .find(|signal| *signal as u64 == limit / UNITS);
        let unit = Unit::ALL
            .into_iter()
            .find(|unit| *unit as u64 == limit % UNITS);
        Ok(signal.zip(unit).map(|limit| (limit, amount)))
    }

    fn write(&self, writer: &mut Writer) {
        let ((signal, unit), amount) = self;
        writer.varint(1, *signal as u64 * UNITS + *unit as u64);
        for (number, value) in (2..).zip(amount.values()) {
            writer.varint(number, value);
        }
    }
}

const UNITS: u64 = Unit::ALL.len() as u64;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount() -> impl Strategy<Value = (Limit, Amount)> {
        let limit = (0..Signal::ALL.len(), 0..Unit::ALL.len());
        (limit, any::<[u64; 5]>()).prop_map(|((signal, unit), values)| {
            let [used, returned, wanted, leased, wait_nano] = values;
            let amount = Amount {
                used,
                returned,
                wanted,
                leased,
                wait_nano,
            };
            ((Signal::ALL[signal], Unit::ALL[unit]), amount)
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            sender: u64,
            sequence: u64,
            amounts in prop::collection::vec(amount(), 0..7),
        ) {
            let message = Message { sender, sequence, parts: amounts };
            prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = Message::decode(&bytes);
        }
    }
}
