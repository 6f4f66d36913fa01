//! Where was this written before?

use alloc::vec;
use alloc::vec::Vec;

/// Bytes to take from what was written already.
#[derive(Debug, Clone, Copy)]
pub(super) struct Copy {
    /// 3 to 258 bytes.
    pub(super) length: usize,
    /// From 1 to 32768 bytes back.
    pub(super) distance: usize,
}

/// Where each three bytes stood last, and before that, and before that.
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

    /// The longest repetition of what begins at `at`, among the nearest.
    pub(super) fn longest(&self, at: usize) -> Option<Copy> {
        let rest = &self.bytes[at..];
        let mut best: Option<Copy> = None;
        let mut candidate = self.last[self.hash(at)?] as usize;
        for _ in 0..CHAIN {
            let Some(from) = candidate.checked_sub(1) else {
                break;
            };
            let distance = at - from;
            if distance > WINDOW {
                break;
            }
            let length = common(&self.bytes[from..], rest);
            if length >= SHORTEST && best.is_none_or(|best| length > best.length) {
                best = Some(Copy { length, distance });
            }
            candidate = self.before[from] as usize;
        }
        best
    }

    /// Remembers the position, once it was passed.
    pub(super) fn add(&mut self, at: usize) {
        if let Some(hash) = self.hash(at) {
            self.before[at] = core::mem::replace(&mut self.last[hash], at as u32 + 1);
        }
    }

    fn hash(&self, at: usize) -> Option<usize> {
        let &[a, b, c] = self.bytes.get(at..at + SHORTEST)?.first_chunk()?;
        let three = u32::from_le_bytes([a, b, c, 0]);
        Some((three.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize)
    }
}

fn common(a: &[u8], b: &[u8]) -> usize {
    let pairs = a.iter().zip(b).take(LONGEST);
    pairs.take_while(|(a, b)| a == b).count()
}

const HASH_BITS: u32 = 12;
const WINDOW: usize = 32_768;
const SHORTEST: usize = 3;
const LONGEST: usize = 258;
/// How many positions are tried: more of them save little and cost the page time.
const CHAIN: usize = 24;
