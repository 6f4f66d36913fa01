//! Collects the changes to a request and assembles the rewritten request from them.

use super::part::Part;
use crate::protobuf::Writer;
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::ops::Range;

/// Replaced ranges of a request, in the order of its bytes, with what replaces them.
///
/// Each method that adds a change returns by how many bytes the request grows.
#[derive(Debug, Default)]
pub(super) struct Splices {
    list: Vec<Splice>,
    /// The bytes that replace the ranges, one after the other.
    pub(super) written: Writer,
    /// Room for a message that is edited a second time; kept to allocate once.
    pub(super) spare: Vec<u8>,
}

#[derive(Debug)]
struct Splice {
    /// In the request.
    replaced: Range<usize>,
    /// In [`Splices::written`].
    by: Range<usize>,
}

/// State to which [`Splices::undo`] returns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    splices: usize,
    written: usize,
}

impl Splices {
    /// Takes a range out. It follows all earlier ones.
    pub(super) fn remove(&mut self, range: Range<usize>) -> isize {
        let grown = -range.len().cast_signed();
        let end = self.written.len();
        match self.list.last_mut() {
            Some(last) if last.replaced.end == range.start => last.replaced.end = range.end,
            _ => self.list.push(Splice {
                replaced: range,
                by: end..end,
            }),
        }
        grown
    }

    /// Inserts a length-delimited field. It follows all earlier changes.
    pub(super) fn insert(&mut self, at: usize, field: u32, value: &[u8]) -> isize {
        let from = self.written.len();
        self.written.bytes_present(field, value);
        self.push(at..at, from)
    }

    /// Replaces the body of a part by what was written since `mark`. It follows all earlier
    /// changes.
    pub(super) fn replace_body(&mut self, part: Part<'_>, mark: Mark) -> isize {
        // The length comes first in the request, but is known last.
        let to = self.written.len();
        self.written.varint_packed((to - mark.written) as u64);
        let by = mark.written..to;
        let grown = self.push(part.length(), to) + difference(&by, &part.body());
        self.list.push(Splice {
            replaced: part.body(),
            by,
        });
        grown
    }

    /// Corrects the length of a part whose body has grown by changes since `mark`.
    pub(super) fn resize(&mut self, mark: Mark, part: Part<'_>, grown: isize) -> isize {
        if grown == 0 {
            return 0;
        }
        let from = self.written.len();
        let length = part.body.len().wrapping_add_signed(grown);
        self.written.varint_packed(length as u64);
        let splice = Splice {
            replaced: part.length(),
            by: from..self.written.len(),
        };
        let grown = grown + difference(&splice.by, &splice.replaced);
        // The length precedes the changes in the body.
        self.list.insert(mark.splices, splice);
        grown
    }

    /// Forgets all changes since `mark`.
    pub(super) fn undo(&mut self, mark: Mark) {
        self.list.truncate(mark.splices);
        self.written.truncate(mark.written);
    }

    /// Assembles the request. What lies between two changes is copied as one range; nothing
    /// is copied when there are none.
    pub(super) fn apply(self, request: &[u8]) -> Cow<'_, [u8]> {
        if self.list.is_empty() {
            return Cow::Borrowed(request);
        }
        let grown = self.list.iter().map(Splice::grown).sum();
        let mut bytes = Vec::with_capacity(request.len().wrapping_add_signed(grown));
        let mut from = 0;
        for splice in self.list {
            bytes.extend_from_slice(&request[from..splice.replaced.start]);
            bytes.extend_from_slice(&self.written.as_bytes()[splice.by]);
            from = splice.replaced.end;
        }
        bytes.extend_from_slice(&request[from..]);
        Cow::Owned(bytes)
    }

    pub(super) const fn mark(&self) -> Mark {
        Mark {
            splices: self.list.len(),
            written: self.written.len(),
        }
    }

    fn push(&mut self, replaced: Range<usize>, from: usize) -> isize {
        let splice = Splice {
            replaced,
            by: from..self.written.len(),
        };
        let grown = splice.grown();
        self.list.push(splice);
        grown
    }
}

impl Splice {
    fn grown(&self) -> isize {
        difference(&self.by, &self.replaced)
    }
}

fn difference(new: &Range<usize>, old: &Range<usize>) -> isize {
    new.len().cast_signed() - old.len().cast_signed()
}
