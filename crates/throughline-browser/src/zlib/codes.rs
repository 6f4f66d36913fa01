//! Writes bytes and references to earlier ones as deflate codes.

use super::bits::BitWriter;
use super::repetition::Match;
use alloc::vec::Vec;

/// How the codes of a block are chosen. They are known before its bytes: to count these would
/// cost the engine more than it saves.
#[derive(Debug)]
pub(super) struct Codes {
    /// The first bits of the block: that it is the last one, and which codes it has.
    head: &'static [u8],
    /// How many bits of the last byte of the head are none of it.
    unused: u32,
    /// The lengths of the codes of bytes, the block's end and lengths of references, in bits, as
    /// runs of equal ones: how many, and how long.
    literals: &'static [(u8, u8)],
    /// The same of distances.
    distances: &'static [(u8, u8)],
}

/// The fixed codes: <https://www.rfc-editor.org/rfc/rfc1951#section-3.2.6>.
pub(super) const FIXED: Codes = Codes {
    head: &[0b011],
    unused: 5,
    literals: &[(144, 8), (112, 9), (24, 7), (8, 8)],
    distances: &[(32, 5)],
};

/// Codes for a Bundle of facts, as a block with codes of its own gives them
/// (<https://www.rfc-editor.org/rfc/rfc1951#section-3.2.7>): `head` says the same as the lengths.
/// tests/bench/deflate-codes.mjs found them, for the least bytes of several pages' facts with the
/// head: digits and separators are short, what a text seldom has is long. A session of twenty
/// requests takes some 1,620 bytes with them and the dictionary, 1,830 without the dictionary, and 2,210
/// with the fixed codes.
#[rustfmt::skip]
pub(super) const FACTS: Codes = Codes {
    head: &[
        0xed, 0x9d, 0x03, 0x80, 0x6c, 0x3d, 0x16, 0xe7, 0xab, 0x06, 0x6b, 0xdb, 0xb9, 0xfb, 0xc6, 0xaa, 0xce, 0x89, 0x53, 0x63, 0xdb, 0x5c, 0x6f, 0xd8, 0x78, 0xf6, 0x78, 0x6d, 0xdb, 0xb6, 0x6d, 0xdb, 0xb6, 0x6d, 0xdb, 0xf8, 0x27, 0xa9, 0xee, 0xbe, 0x6d, 0xcd, 0x7a, 0x6f, 0xf7, 0xfb, 0x10, 0x9e, 0xdf, 0x51, 0x34, 0x00,
    ],
    unused: 5,
    literals: &[
        (2, 7), (4, 11), (25, 13), (1, 5), (1, 6), (1, 13), (1, 9), (11, 11), (1, 7), (1, 8), (1, 5), (1, 4), (8, 5), (1, 7), (30, 11), (8, 13), (6, 5), (4, 8), (13, 9), (7, 11), (130, 13), (1, 3), (3, 5), (1, 7), (3, 8), (1, 6), (11, 8), (1, 11), (8, 13),
    ],
    distances: &[(1, 6), (2, 8), (1, 9), (4, 10), (6, 5), (1, 4), (1, 2), (5, 4), (5, 5), (4, 11)],
};

/// Writes a block.
#[derive(Debug)]
pub(super) struct Coder<'a> {
    out: &'a mut BitWriter,
    /// By symbol: the code, and how many bits it has.
    literals: Vec<(u32, u32)>,
    distances: Vec<(u32, u32)>,
}

impl<'a> Coder<'a> {
    /// Begins a block.
    pub(super) fn begin(out: &'a mut BitWriter, codes: &Codes) -> Self {
        for (at, byte) in codes.head.iter().enumerate() {
            let unused = if at + 1 == codes.head.len() {
                codes.unused
            } else {
                0
            };
            out.push((*byte).into(), 8 - unused);
        }
        Self {
            out,
            literals: assign(codes.literals),
            distances: assign(codes.distances),
        }
    }

    /// Appends a byte.
    pub(super) fn literal(&mut self, byte: u8) {
        self.symbol(byte.into());
    }

    /// Appends a reference to earlier bytes.
    pub(super) fn reference(&mut self, Match { length, distance }: Match) {
        // From 8 on, each doubling of the length is four codes with one more extra bit.
        let length = length as u32 - 3;
        let extra = log2(length.max(4)) - 2;
        if length == 255 {
            // The longest has a code of its own.
            self.symbol(285);
        } else {
            self.symbol(257 + (extra << 2) + (length >> extra));
            self.out.push(length & ((1 << extra) - 1), extra);
        }
        // Of distances, two codes.
        let distance = distance as u32 - 1;
        let extra = log2(distance.max(2)) - 1;
        let symbol = (extra << 1) + (distance >> extra);
        push(self.out, &self.distances, symbol);
        self.out.push(distance & ((1 << extra) - 1), extra);
    }

    /// Appends the end of the block.
    pub(super) fn end(mut self) {
        self.symbol(256);
    }

    fn symbol(&mut self, symbol: u32) {
        push(self.out, &self.literals, symbol);
    }
}

fn push(out: &mut BitWriter, codes: &[(u32, u32)], symbol: u32) {
    // Each symbol has a code.
    let (code, length) = codes.get(symbol as usize).copied().unwrap_or_default();
    out.push(code, length);
}

/// Assigns codes to symbols: <https://www.rfc-editor.org/rfc/rfc1951#section-3.2.2>.
fn assign(runs: &[(u8, u8)]) -> Vec<(u32, u32)> {
    let mut codes = Vec::new();
    for &(count, length) in runs {
        for _ in 0..count {
            codes.push((0, length.into()));
        }
    }
    let mut next = 0u32;
    for length in 1..=LONGEST {
        for (code, own) in &mut codes {
            if *own == length {
                // Other than all else, with its most significant bit first.
                *code = next.reverse_bits() >> (32 - length);
                next += 1;
            }
        }
        next <<= 1;
    }
    codes
}

/// `ilog2` without its panic: no value here is 0.
const fn log2(value: u32) -> u32 {
    31 - value.leading_zeros()
}

/// Bits of the longest code that deflate has.
const LONGEST: u32 = 15;
