//! Whether bytes are UTF-8.

/// Whether the bytes of a string field are UTF-8. Most are short and ASCII, and are looked at
/// in words: `core::str::from_utf8` goes byte by byte up to an aligned address.
#[inline]
pub(crate) fn is_utf8(bytes: &[u8]) -> bool {
    is_ascii(bytes) || core::str::from_utf8(bytes).is_ok()
}

#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let words = words
        .iter()
        .fold(0, |all, word| all | u64::from_le_bytes(*word));
    // The last word may overlap the one in front of it.
    let rest = match bytes.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => rest.iter().fold(0, |all, byte| all | u64::from(*byte)),
    };
    (words | rest) & OUTSIDE_ASCII == 0
}

/// The highest bit of each byte.
const OUTSIDE_ASCII: u64 = 0x8080_8080_8080_8080;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    proptest::proptest! {
        #[test]
        fn it_says_what_the_standard_library_says(
            text in ".{0,40}",
            bytes: Vec<u8>,
            from in 0..40usize,
        ) {
            proptest::prop_assert!(is_utf8(text.as_bytes()));
            let cut = text.as_bytes().get(from..).unwrap_or_default();
            for bytes in [cut, &bytes] {
                proptest::prop_assert_eq!(is_utf8(bytes), core::str::from_utf8(bytes).is_ok());
            }
        }
    }

    #[test]
    fn one_byte_outside_ascii_is_found_wherever_it_is() {
        for length in 1..40 {
            for at in 0..length {
                let mut bytes = [b'a'; 40];
                bytes[at] = 0xff;
                assert!(!is_utf8(&bytes[..length]), "{at} of {length}");
            }
        }
    }
}
