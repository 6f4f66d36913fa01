//! Writes bytes and references to earlier ones as deflate codes.
//!
//! The fixed codes: <https://www.rfc-editor.org/rfc/rfc1951#section-3.2.6>.

use super::bits::BitWriter;
use super::repetition::Match;

/// Appends a byte.
pub(super) fn literal(out: &mut BitWriter, byte: u8) {
    symbol(out, byte.into());
}

/// Appends a reference to earlier bytes.
pub(super) fn reference(out: &mut BitWriter, Match { length, distance }: Match) {
    // From 8 on, each doubling of the length is four codes with one more extra bit.
    let length = length as u32 - 3;
    let extra = log2(length.max(4)) - 2;
    if length == 255 {
        // The longest has a code of its own.
        symbol(out, 285);
    } else {
        symbol(out, 257 + (extra << 2) + (length >> extra));
        out.push(length & ((1 << extra) - 1), extra);
    }
    // Of distances, two codes.
    let distance = distance as u32 - 1;
    let extra = log2(distance.max(2)) - 1;
    let code = (extra << 1) + (distance >> extra);
    reversed(out, code, 5);
    out.push(distance & ((1 << extra) - 1), extra);
}

/// Appends the end of the block.
pub(super) fn end(out: &mut BitWriter) {
    symbol(out, 256);
}

fn symbol(out: &mut BitWriter, symbol: u32) {
    let (code, count) = match symbol {
        0..144 => (0x30 + symbol, 8),
        144..256 => (0x190 + symbol - 144, 9),
        256..280 => (symbol - 256, 7),
        _ => (0xc0 + symbol - 280, 8),
    };
    reversed(out, code, count);
}

/// `ilog2` without its panic: no value here is 0.
const fn log2(value: u32) -> u32 {
    31 - value.leading_zeros()
}

/// Appends a code: other than all else, with its most significant bit first.
fn reversed(out: &mut BitWriter, code: u32, count: u32) {
    out.push(code.reverse_bits() >> (32 - count), count);
}
