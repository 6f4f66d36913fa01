//! Finds earlier occurrences of the bytes at a position.

use alloc::vec;
use alloc::vec::Vec;

/// Bytes that were written already.
#[derive(Debug, Clone, Copy)]
pub(super) struct Match {
    /// 3 to 258 bytes.
    pub(super) length: usize,
    /// From 1 to 32768 bytes back.
    pub(super) distance: usize,
}

/// The positions of each three bytes, the last one first.
#[derive(Debug)]
pub(super) struct Repetitions<'a> {
    bytes: &'a [u8],
    /// By hash: the last position, plus one.
    last: Vec<u32>,
    /// By position: the one before it with the same hash, plus one.
    before: Vec<u32>,
}

impl<'a> Repetitions<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            last: vec![0; 1 << HASH_BITS],
            before: vec![0; bytes.len()],
        }
    }

    /// The longest match for the bytes from `at` on, among the nearest.
    pub(super) fn longest(&self, at: usize) -> Option<Match> {
        let mut best = Match {
            length: SHORTEST - 1,
            distance: 0,
        };
        let mut candidate = *self.last.get(self.hash(at)?)?;
        for _ in 0..CHAIN {
            // 0 is no position, and wraps around to one that does not exist.
            let from = candidate.wrapping_sub(1) as usize;
            let Some(&before) = self.before.get(from) else {
                break;
            };
            let distance = at - from;
            if distance > WINDOW {
                break;
            }
            let same = self.bytes.iter().skip(from).zip(self.bytes.iter().skip(at));
            let length = same.take(LONGEST).take_while(|(a, b)| a == b).count();
            if length > best.length {
                best = Match { length, distance };
            }
            candidate = before;
        }
        (best.distance > 0).then_some(best)
    }

    /// Adds a position.
    pub(super) fn add(&mut self, at: usize) {
        let last = self.hash(at).and_then(|hash| self.last.get_mut(hash));
        if let (Some(last), Some(before)) = (last, self.before.get_mut(at)) {
            *before = core::mem::replace(last, at as u32 + 1);
        }
    }

    fn hash(&self, at: usize) -> Option<usize> {
        let &[a, b, c] = self.bytes.get(at..at + SHORTEST)?.first_chunk()?;
        let three = u32::from_le_bytes([a, b, c, 0]);
        Some((three.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize)
    }
}

const HASH_BITS: u32 = 12;
const WINDOW: usize = 32_768;
const SHORTEST: usize = 3;
const LONGEST: usize = 258;
/// How many positions are tried. More of them save few bytes and cost the page time.
const CHAIN: usize = 24;
