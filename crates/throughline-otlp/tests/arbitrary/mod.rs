//! Generates messages of the schema from random bytes.

use throughline_otlp::protobuf::Writer;
use throughline_otlp::schema::{Field, Kind, Message, Presence};

/// Writes one message, as its seed decides.
pub(crate) struct Generator<'a> {
    pub(crate) seed: &'a [u8],
    /// Whether fields come in either order, with fields and groups of a newer protocol
    /// between them; otherwise the message has known fields alone, in the schema's order,
    /// and one member of a `oneof`.
    pub(crate) is_newer: bool,
}

impl Generator<'_> {
    pub(crate) fn message(mut self, message: &Message) -> Vec<u8> {
        let mut writer = Writer::new();
        self.fields(message, &mut writer, 0);
        writer.into_bytes()
    }

    fn fields(&mut self, message: &Message, writer: &mut Writer, depth: usize) {
        let is_reversed = self.is_newer && self.next().is_some_and(|byte| byte > 0xaf);
        let count = message.fields.len();
        let mut has_member = false;
        for position in 0..count {
            let position = if is_reversed {
                count - 1 - position
            } else {
                position
            };
            if self.is_newer {
                self.unknown(writer);
            }
            let Some(choice) = self.next() else {
                return;
            };
            let field = &message.fields[position];
            let is_member = field.presence == Presence::OneOf;
            if is_member && has_member && !self.is_newer {
                continue;
            }
            let before = writer.as_bytes().len();
            self.field(field, choice, writer, depth);
            has_member |= is_member && writer.as_bytes().len() > before;
        }
    }

    /// Writes a field of a newer protocol, sometimes.
    fn unknown(&mut self, writer: &mut Writer) {
        match self.next().unwrap_or(0) {
            choice @ 0x80..0x90 => {
                writer.bytes_present(500, &[choice; 5][..usize::from(choice) % 6])
            }
            choice @ 0x90..0xa0 => writer.varint(501, choice.into()),
            // Group 502 with field 1 and an empty group 2 in it.
            0xa0..0xb0 => writer.raw(&[0xb3, 0x1f, 0x08, 0x01, 0x13, 0x14, 0xb4, 0x1f]),
            choice @ 0xb0..0xc0 => writer.fixed64(503, choice.into()),
            _ => {}
        }
    }

    fn field(&mut self, field: &Field, choice: u8, writer: &mut Writer, depth: usize) {
        let count = match field.presence {
            Presence::Repeated => usize::from(choice % 3),
            Presence::Explicit | Presence::OneOf => usize::from(choice.is_multiple_of(3)),
            Presence::Implicit | Presence::Required => 1,
        };
        let is_present = matches!(field.presence, Presence::Explicit | Presence::OneOf);
        let is_repeated = field.presence == Presence::Repeated;
        match field.kind {
            Kind::Message(child) => {
                for _ in 0..count {
                    if depth < 20 {
                        let open = writer.open(field.number);
                        self.fields(child, writer, depth + 1);
                        writer.close(open);
                    }
                }
            }
            Kind::Fixed64 | Kind::Sfixed64 | Kind::Double | Kind::Uint64 if is_repeated => {
                if count > 0 {
                    let open = writer.open(field.number);
                    for _ in 0..count {
                        match field.kind {
                            Kind::Double => {
                                writer.raw(&(self.number() as f64).to_bits().to_le_bytes());
                            }
                            Kind::Uint64 => writer.varint_packed(self.number()),
                            _ => writer.raw(&self.number().to_le_bytes()),
                        }
                    }
                    writer.close(open);
                }
            }
            _ if count == 0 => {}
            Kind::Bool => writer.varint(field.number, self.number() & 1),
            Kind::Enum | Kind::Uint32 | Kind::Int32 | Kind::Sint32 => {
                writer.varint(field.number, self.number() & 0x7fff_ffff);
            }
            Kind::Fixed32 => writer.fixed32(field.number, self.number() as u32),
            Kind::Uint64 | Kind::Int64 if is_present => {
                writer.varint_present(field.number, self.number());
            }
            Kind::Uint64 | Kind::Int64 => writer.varint(field.number, self.number()),
            Kind::Double if is_present => {
                writer.double_present(field.number, self.number() as f64 / 3.0);
            }
            Kind::Double => {
                writer.fixed64(field.number, (self.number() as f64 / 3.0).to_bits());
            }
            Kind::Fixed64 | Kind::Sfixed64 if is_present => {
                writer.fixed64_present(field.number, self.number());
            }
            Kind::Fixed64 | Kind::Sfixed64 => writer.fixed64(field.number, self.number()),
            Kind::String => {
                let text: String = (0..choice % 5)
                    .map(|n| char::from(choice.wrapping_add(n)))
                    .collect();
                match field.presence {
                    Presence::Implicit => writer.string(field.number, &text),
                    _ => writer.bytes_present(field.number, text.as_bytes()),
                }
            }
            Kind::Bytes => writer.bytes_present(field.number, &[choice; 3]),
            Kind::TraceId => writer.bytes(field.number, &[choice; 16]),
            Kind::SpanId => writer.bytes(field.number, &[choice; 8]),
        }
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.seed.split_first()?;
        self.seed = rest;
        Some(*first)
    }

    fn number(&mut self) -> u64 {
        u64::from(self.next().unwrap_or(1)).wrapping_mul(0x0101_0101_0101_0101)
    }
}
