//! A message during the pass, and edits of its fields.

use super::splices::Splices;
use crate::protobuf::{Field, Writer, fields};

/// A message during the pass: borrowed as received until a stage edits it.
#[derive(Debug)]
pub struct Message<'a> {
    received: &'a [u8],
    /// Holds the edited message at its end, from `from`.
    splices: &'a mut Splices,
    from: usize,
    is_edited: bool,
}

/// Decision about one field, in [`Message::edit`] and [`edit_fields`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// The field stays. What was written is discarded.
    Keep,
    /// The field is left out. What was written is discarded.
    Remove,
    /// The field is replaced by what was written.
    Replace,
}

impl<'a> Message<'a> {
    pub(super) fn new(received: &'a [u8], splices: &'a mut Splices) -> Self {
        Self {
            received,
            from: splices.written.len(),
            splices,
            is_edited: false,
        }
    }

    /// Decides about each field, in the order of the bytes. `edit` may write what replaces
    /// the field; fields that stay are copied as ranges.
    pub fn edit(&mut self, edit: impl FnMut(Field<'_>, &mut Writer) -> Edit) {
        self.rewrite(|message, writer| edit_fields(message, writer, edit));
    }

    /// Replaces the whole message by what `rewrite` writes, which returns `true`; or which
    /// writes nothing and returns `false`.
    pub fn rewrite(&mut self, rewrite: impl FnOnce(&[u8], &mut Writer) -> bool) {
        let Splices { written, spare, .. } = &mut *self.splices;
        if !self.is_edited {
            self.is_edited = rewrite(self.received, written);
            return;
        }
        spare.clear();
        spare.extend_from_slice(&written.as_bytes()[self.from..]);
        written.truncate(self.from);
        if !rewrite(spare, written) {
            written.raw(spare);
        }
    }

    /// Replaces the field at this position in [`Message::fields`] by what `write` writes.
    pub fn replace(&mut self, position: usize, mut write: impl FnMut(&mut Writer)) {
        self.edit_at(position, |writer| {
            write(writer);
            Edit::Replace
        });
    }

    /// Takes out the field at this position in [`Message::fields`].
    pub fn remove(&mut self, position: usize) {
        self.edit_at(position, |_| Edit::Remove);
    }

    /// Appends fields.
    pub fn append(&mut self, write: impl FnOnce(&mut Writer)) {
        let written = &mut self.splices.written;
        if !self.is_edited {
            written.raw(self.received);
        }
        let before = written.len();
        write(written);
        if written.len() != before {
            self.is_edited = true;
        } else if !self.is_edited {
            written.truncate(self.from);
        }
    }

    /// Replaces the whole message.
    pub fn set(&mut self, message: &[u8]) {
        self.splices.written.truncate(self.from);
        self.splices.written.raw(message);
        self.is_edited = true;
    }

    /// The message as the stages before have left it.
    pub fn bytes(&self) -> &[u8] {
        if self.is_edited {
            &self.splices.written.as_bytes()[self.from..]
        } else {
            self.received
        }
    }

    /// The fields of the message as the stages before have left it. They end where the bytes
    /// are not protobuf, which happens only before inspection.
    pub fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        fields(self.bytes()).map_while(Result::ok)
    }

    /// Whether a stage has changed the message.
    pub const fn is_edited(&self) -> bool {
        self.is_edited
    }

    fn edit_at(&mut self, position: usize, mut edit: impl FnMut(&mut Writer) -> Edit) {
        let mut next = 0;
        self.edit(|_, writer| {
            let is_there = next == position;
            next += 1;
            if is_there { edit(writer) } else { Edit::Keep }
        });
    }
}

/// Appends `message` with its fields edited and returns `true`, or appends nothing and
/// returns `false` when all fields stay. Also edits messages within messages:
///
/// ```
/// use throughline_otlp::field::{span, span_event};
/// use throughline_otlp::protobuf::{Field, Writer};
/// use throughline_otlp::rewrite::{Edit, edit_fields};
///
/// /// Takes the names out of a span's events.
/// fn edit(field: Field<'_>, writer: &mut Writer) -> Edit {
///     let (span::EVENTS, Some(event)) = (field.number, field.value.as_bytes()) else {
///         return Edit::Keep;
///     };
///     let open = writer.open(span::EVENTS);
///     let changed = edit_fields(event, writer, |field, _| match field.number {
///         span_event::NAME => Edit::Remove,
///         _ => Edit::Keep,
///     });
///     writer.close(open);
///     if changed { Edit::Replace } else { Edit::Keep }
/// }
/// # let mut span = Writer::new();
/// # let event = span.open(span::EVENTS);
/// # span.string(span_event::NAME, "retry");
/// # span.fixed64(span_event::TIME_UNIX_NANO, 7);
/// # span.close(event);
/// # let mut edited = Writer::new();
/// # assert!(edit_fields(span.as_bytes(), &mut edited, edit));
/// # assert_eq!(edited.as_bytes(), [0x5a, 9, 9, 7, 0, 0, 0, 0, 0, 0, 0]);
/// # assert!(!edit_fields(edited.as_bytes(), &mut Writer::new(), edit));
/// ```
pub fn edit_fields(
    message: &[u8],
    writer: &mut Writer,
    mut edit: impl FnMut(Field<'_>, &mut Writer) -> Edit,
) -> bool {
    let mut is_changed = false;
    // The message is copied up to here; `at` is where the field begins.
    let (mut copied, mut at) = (0, 0);
    let mut reader = fields(message);
    while let Some(Ok(field)) = reader.read() {
        let (start, end) = (at, at + field.raw.len());
        at = end;
        let mark = writer.len();
        let decision = edit(field, writer);
        if decision != Edit::Replace {
            writer.truncate(mark);
        }
        if decision != Edit::Keep {
            writer.insert(mark, &message[copied..start]);
            copied = end;
            is_changed = true;
        }
    }
    if is_changed {
        writer.raw(&message[copied..]);
    }
    is_changed
}

/// Edits the fields of the message that a field holds, as [`edit_fields`] does; keeps what is no
/// message.
pub fn edit_within(
    field: Field<'_>,
    writer: &mut Writer,
    edit: impl FnMut(Field<'_>, &mut Writer) -> Edit,
) -> Edit {
    let Some(message) = field.value.as_bytes() else {
        return Edit::Keep;
    };
    let open = writer.open(field.number);
    let is_changed = edit_fields(message, writer, edit);
    writer.close(open);
    if is_changed {
        Edit::Replace
    } else {
        Edit::Keep
    }
}
