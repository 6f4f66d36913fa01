//! Messages of edges to an owner: the edge, the number of the message, and parts.
//!
//! ```proto
//! message Numbered {
//!   fixed64 sender = 1;        // the edge, at random
//!   uint64 sequence = 2;       // of this edge for this owner, from 1 on: a second copy is known by it
//!   repeated Part parts = 3;
//! }
//! ```

use throughline_otlp::protobuf::{DecodeError, Value, Writer, fields};

/// Message of an edge to an owner, or the owner's response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Numbered<P> {
    pub(crate) sender: u64,
    pub(crate) sequence: u64,
    pub(crate) parts: Vec<P>,
}

/// The part of a message.
pub(crate) trait Part<'a>: Sized {
    /// Reads a part; `None` when it is of a later version and can be left out.
    ///
    /// # Errors
    /// [`DecodeError`]: it is not protobuf.
    fn decode(bytes: &'a [u8]) -> Result<Option<Self>, DecodeError>;

    /// Appends the fields of the part.
    fn write(&self, writer: &mut Writer);
}

impl<'a, P: Part<'a>> Numbered<P> {
    /// # Errors
    /// [`DecodeError`]: the message, or a part of it, is not protobuf.
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut parts = Vec::new();
        let (sender, sequence) = read(bytes, &mut |part| {
            parts.extend(P::decode(part)?);
            Ok(())
        })?;
        Ok(Self {
            sender,
            sequence,
            parts,
        })
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.fixed64(SENDER, self.sender);
        writer.varint(SEQUENCE, self.sequence);
        for part in &self.parts {
            let open = writer.open(PARTS);
            part.write(&mut writer);
            writer.close(open);
        }
        writer.into_bytes()
    }
}

impl<P> Default for Numbered<P> {
    fn default() -> Self {
        Self {
            sender: 0,
            sequence: 0,
            parts: Vec::new(),
        }
    }
}

/// Sender and number of a message. Compiled once, for all kinds of parts.
fn read<'a>(
    bytes: &'a [u8],
    read_part: &mut dyn FnMut(&'a [u8]) -> Result<(), DecodeError>,
) -> Result<(u64, u64), DecodeError> {
    let (mut sender, mut sequence) = (0, 0);
    for field in fields(bytes) {
        let field = field?;
        match (field.number, field.value) {
            (SENDER, Value::Fixed64(value)) => sender = value,
            (SEQUENCE, Value::Varint(value)) => sequence = value,
            (PARTS, Value::Bytes(part)) => read_part(part)?,
            _ => {}
        }
    }
    Ok((sender, sequence))
}

const SENDER: u32 = 1;
const SEQUENCE: u32 = 2;
const PARTS: u32 = 3;
