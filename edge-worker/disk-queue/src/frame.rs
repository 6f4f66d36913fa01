//! Frames: the parts of a segment, each with its length and checksums.
//!
//! ```text
//! u32 checksum of the next 21 bytes
//! u32 length of the payload
//! u8  kind: 1 is a message, 2 an acknowledgement
//! u64 sequence of the message, 0 for an acknowledgement
//! u64 checksum of the payload
//!     payload: the message, or the sequences of acknowledged messages as u64
//! ```
//!
//! All numbers are little endian. The checksums are XXH3, seeded by the salt of the segment: a
//! message that contains frames, or a block of a removed file, is never taken for frames.

use core::ops::Range;
use twox_hash::XxHash3_64;

/// The bytes in front of a payload.
pub const HEAD_BYTES: usize = 25;

/// A frame whose checksums are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A message.
    Message {
        /// Its number, which no other message of the log has.
        sequence: u64,
        /// Its bytes.
        payload: &'a [u8],
    },
    /// Messages that are done.
    Acknowledgement(Sequences<'a>),
}

/// The sequences of acknowledged messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequences<'a>(&'a [[u8; 8]]);

/// A part of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// A frame, and where it is.
    Frame(Range<usize>, Frame<'a>),
    /// Bytes that are no frame, with a frame behind them.
    Corrupt(Range<usize>),
    /// Bytes that are no frame, up to the end: a frame that was not written as a whole.
    Torn(Range<usize>),
}

/// The parts of a segment, in order.
#[derive(Debug, Clone)]
pub struct Parts<'a> {
    segment: &'a [u8],
    salt: u64,
    at: usize,
    /// The frame behind corrupt bytes.
    next: Option<(Range<usize>, Frame<'a>)>,
}

/// Appends a message to `segment`.
pub fn encode_message(salt: u64, sequence: u64, payload: &[u8], segment: &mut Vec<u8>) {
    encode(salt, MESSAGE, sequence, payload, segment);
}

/// Appends an acknowledgement of messages to `segment`.
pub fn encode_acknowledgement(salt: u64, sequences: &[u64], segment: &mut Vec<u8>) {
    let payload: Vec<u8> = sequences.iter().flat_map(|s| s.to_le_bytes()).collect();
    encode(salt, ACKNOWLEDGEMENT, 0, &payload, segment);
}

/// Decodes the bytes of a segment. Any bytes can be decoded; none are left out.
pub fn decode(salt: u64, segment: &[u8]) -> Parts<'_> {
    Parts {
        segment,
        salt,
        at: 0,
        next: None,
    }
}

fn encode(salt: u64, kind: u8, sequence: u64, payload: &[u8], segment: &mut Vec<u8>) {
    let mut head = [0; HEAD_BYTES];
    // A log takes no longer message: `PutError::TooLong`.
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    head[4..8].copy_from_slice(&length.to_le_bytes());
    head[8] = kind;
    head[9..17].copy_from_slice(&sequence.to_le_bytes());
    let checksum = XxHash3_64::oneshot_with_seed(salt, payload);
    head[17..25].copy_from_slice(&checksum.to_le_bytes());
    let checksum = head_checksum(salt, &head);
    head[..4].copy_from_slice(&checksum);
    segment.extend_from_slice(&head);
    segment.extend_from_slice(payload);
}

/// The lower half of the hash of a head, behind the checksum itself.
fn head_checksum(salt: u64, head: &[u8; HEAD_BYTES]) -> [u8; 4] {
    let [a, b, c, d, ..] = XxHash3_64::oneshot_with_seed(salt, &head[4..]).to_le_bytes();
    [a, b, c, d]
}

/// The content at a place of a segment.
enum At<'a> {
    Frame(usize, Frame<'a>),
    /// A head of which the payload, or the kind, is wrong: the end of the frame is known.
    Broken(usize),
    Nothing,
}

fn at(salt: u64, rest: &[u8]) -> At<'_> {
    let Some((head, rest)) = rest.split_first_chunk::<HEAD_BYTES>() else {
        return At::Nothing;
    };
    if head[..4] != head_checksum(salt, head) {
        return At::Nothing;
    }
    let length = u64::from(u32::from_le_bytes(part(head, 4)));
    let Some(payload) = usize::try_from(length).ok().and_then(|at| rest.get(..at)) else {
        return At::Nothing;
    };
    let end = HEAD_BYTES + payload.len();
    let checksum = u64::from_le_bytes(part(head, 17));
    if XxHash3_64::oneshot_with_seed(salt, payload) != checksum {
        return At::Broken(end);
    }
    match (head[8], payload.as_chunks::<8>()) {
        (MESSAGE, _) => {
            let sequence = u64::from_le_bytes(part(head, 9));
            At::Frame(end, Frame::Message { sequence, payload })
        }
        (ACKNOWLEDGEMENT, (sequences, [])) => {
            At::Frame(end, Frame::Acknowledgement(Sequences(sequences)))
        }
        _ => At::Broken(end),
    }
}

/// The bytes of a number of the head.
fn part<const N: usize>(head: &[u8; HEAD_BYTES], from: usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&head[from..from + N]);
    part
}

impl<'a> Sequences<'a> {
    /// The sequences, in the order in which the messages were acknowledged.
    pub fn iter(self) -> impl Iterator<Item = u64> + 'a {
        self.0.iter().map(|bytes| u64::from_le_bytes(*bytes))
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        if let Some((range, frame)) = self.next.take() {
            return Some(Part::Frame(range, frame));
        }
        let begin = self.at;
        while let Some(rest) = self.segment.get(self.at..).filter(|rest| !rest.is_empty()) {
            match at(self.salt, rest) {
                At::Nothing => self.at += 1,
                At::Broken(bytes) => self.at += bytes,
                At::Frame(bytes, frame) => {
                    let range = self.at..self.at + bytes;
                    let corrupt = begin..self.at;
                    self.at = range.end;
                    if corrupt.is_empty() {
                        return Some(Part::Frame(range, frame));
                    }
                    self.next = Some((range, frame));
                    return Some(Part::Corrupt(corrupt));
                }
            }
        }
        (begin < self.at).then_some(Part::Torn(begin..self.at))
    }
}

const MESSAGE: u8 = 1;
const ACKNOWLEDGEMENT: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SALT: u64 = 7;

    fn segment() -> impl Strategy<Value = (Vec<u8>, Vec<Range<usize>>)> {
        let payload = prop::collection::vec(any::<u8>(), 0..60);
        let frame = prop_oneof![
            (any::<u64>(), payload).prop_map(|(sequence, payload)| {
                let mut frame = Vec::new();
                encode_message(SALT, sequence, &payload, &mut frame);
                frame
            }),
            prop::collection::vec(any::<u64>(), 0..5).prop_map(|sequences| {
                let mut frame = Vec::new();
                encode_acknowledgement(SALT, &sequences, &mut frame);
                frame
            }),
        ];
        prop::collection::vec(frame, 1..8).prop_map(|frames| {
            let mut ranges = Vec::new();
            let mut segment = Vec::new();
            for frame in frames {
                ranges.push(segment.len()..segment.len() + frame.len());
                segment.extend(frame);
            }
            (segment, ranges)
        })
    }

    fn ranges<'a>(parts: impl Iterator<Item = Part<'a>>) -> Vec<(char, Range<usize>)> {
        let name = |part| match part {
            Part::Frame(range, _) => ('f', range),
            Part::Corrupt(range) => ('c', range),
            Part::Torn(range) => ('t', range),
        };
        parts.map(name).collect()
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let mut segment = Vec::new();
        encode_message(SALT, 5, b"spans", &mut segment);
        encode_acknowledgement(SALT, &[3, u64::MAX], &mut segment);
        let parts: Vec<_> = decode(SALT, &segment).collect();
        let message = Frame::Message {
            sequence: 5,
            payload: b"spans",
        };
        assert_eq!(parts[0], Part::Frame(0..30, message));
        let Part::Frame(_, Frame::Acknowledgement(sequences)) = parts[1] else {
            panic!("{parts:?}");
        };
        assert_eq!(sequences.iter().collect::<Vec<_>>(), [3, u64::MAX]);
        let of_another_segment = decode(SALT + 1, &segment).next();
        assert_eq!(of_another_segment, Some(Part::Torn(0..segment.len())));
    }

    proptest! {
        #[test]
        fn any_bytes_are_parts_without_gaps(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut end = 0;
            for (_, range) in ranges(decode(SALT, &bytes)) {
                prop_assert_eq!(range.start, end);
                end = range.end;
            }
            prop_assert_eq!(end, bytes.len());
        }

        #[test]
        fn a_wrong_byte_costs_one_frame((mut segment, frames) in segment(), at: prop::sample::Index, by in 1..=255u8) {
            let at = at.index(segment.len());
            segment[at] ^= by;
            let mut wanted: Vec<_> = frames.iter().map(|range| ('f', range.clone())).collect();
            let hit = frames.iter().position(|range| range.contains(&at)).expect("a frame");
            wanted[hit].0 = if hit + 1 == wanted.len() { 't' } else { 'c' };
            prop_assert_eq!(ranges(decode(SALT, &segment)), wanted);
        }

        #[test]
        fn a_segment_that_was_cut_has_the_frames_before_the_cut((segment, frames) in segment(), at: prop::sample::Index) {
            let cut = at.index(segment.len() + 1);
            let whole: Vec<_> = frames.iter().filter(|range| range.end <= cut).collect();
            let end = whole.last().map_or(0, |range| range.end);
            let mut wanted: Vec<_> = whole.into_iter().map(|range| ('f', range.clone())).collect();
            if end < cut {
                wanted.push(('t', end..cut));
            }
            prop_assert_eq!(ranges(decode(SALT, &segment[..cut])), wanted);
        }
    }
}
