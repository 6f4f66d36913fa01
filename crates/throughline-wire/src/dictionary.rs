//! The preset dictionary of a compressed Bundle of facts: what the facts of most pages contain.
//!
//! A zlib stream names it by its id ([RFC 1950](https://www.rfc-editor.org/rfc/rfc1950#section-2.2),
//! `FDICT`), which is its checksum: another text has another id. A page writes
//! with this one, and an edge reads it; another one comes beside it, so that an edge reads those of earlier pages.

/// The text, the most frequent parts last: they are the nearest, and cost the fewest bits.
pub const TEXT: &str = include_str!("dictionary.txt");

/// The id in a stream.
pub const ID: u32 = adler32(TEXT.as_bytes());

/// The dictionary of an id.
pub const fn of(id: u32) -> Option<&'static [u8]> {
    match id {
        ID => Some(TEXT.as_bytes()),
        _ => None,
    }
}

/// The checksum of zlib: <https://www.rfc-editor.org/rfc/rfc1950#section-9>.
pub const fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1, 0);
    let mut at = 0;
    while at < bytes.len() {
        a = (a + bytes[at] as u32) % 65_521;
        b = (b + a) % 65_521;
        at += 1;
    }
    b << 16 | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_zlib() {
        assert_eq!(adler32(b""), 1);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    /// Before the text is changed, the old one becomes a second that `of` knows.
    #[test]
    fn the_text_is_the_one_that_pages_write_with() {
        assert_eq!(ID, 0xfbcc_374e, "{ID:#010x}");
    }

    #[test]
    fn a_dictionary_is_found_by_its_id() {
        assert_eq!(of(ID), Some(TEXT.as_bytes()));
        assert_eq!(of(ID + 1), None);
    }
}
