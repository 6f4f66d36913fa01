//! The hash of small tables of recent entries, where a collision costs time alone.

/// The hash of a short text. Its lower bits are as mixed as the others.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    // The last bytes, some of them for the second time, or all of a short text.
    let rest = match bytes.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => rest
            .iter()
            .fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    let hash = words.chain([rest]).fold(bytes.len() as u64, |hash, word| {
        (hash.rotate_left(5) ^ word).wrapping_mul(MULTIPLIER)
    });
    hash ^ hash >> 32
}

/// An odd number without a pattern: the golden ratio.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
