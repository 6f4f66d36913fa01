//! Compresses a body as zlib, synchronously.
//!
//! `CompressionStream` is asynchronous, and a page that closes has no time for that. This is
//! zlib ([RFC 1950](https://www.rfc-editor.org/rfc/rfc1950)) around deflate
//! ([RFC 1951](https://www.rfc-editor.org/rfc/rfc1951)) with repetitions found by hash
//! chains, and with codes that are chosen before (codes.rs): telemetry repeats itself so much that
//! counting would add more bytes to the module than it saves in bodies.

mod bits;
mod codes;
mod repetition;

use alloc::vec::Vec;
use bits::BitWriter;
use codes::{Coder, Codes, FACTS, FIXED};
use repetition::Repetitions;
use throughline_wire::dictionary;

/// The zlib stream of any bytes.
pub fn compress(bytes: &[u8]) -> Vec<u8> {
    // CMF and FLG: deflate, a window of 32 KiB, and what makes them a multiple of 31.
    stream(&[0x78, 0x01], &[], bytes, &FIXED)
}

/// The zlib stream of a Bundle of facts, with the preset dictionary
/// [`throughline_wire::dictionary`].
pub fn compress_facts(bytes: &[u8]) -> Vec<u8> {
    // FLG says that the id of a dictionary follows.
    let [a, b, c, d] = dictionary::ID.to_be_bytes();
    let head = [0x78, 0x20, a, b, c, d];
    stream(&head, dictionary::TEXT.as_bytes(), bytes, &FACTS)
}

fn stream(head: &[u8], dictionary: &[u8], bytes: &[u8], codes: &Codes) -> Vec<u8> {
    let mut out = BitWriter::new(bytes.len() / 3);
    for byte in head {
        out.push((*byte).into(), 8);
    }
    let mut coder = Coder::begin(&mut out, codes);
    let all = [dictionary, bytes].concat();
    let mut repetitions = Repetitions::new(&all);
    let mut covered = dictionary.len();
    for (at, &byte) in all.iter().enumerate() {
        if at == covered {
            let found = repetitions.longest(at);
            match found {
                Some(earlier) => coder.reference(earlier),
                None => coder.literal(byte),
            }
            covered += found.map_or(1, |earlier| earlier.length);
        }
        repetitions.add(at);
    }
    coder.end();
    let mut stream = out.into_bytes();
    stream.extend_from_slice(&dictionary::adler32(bytes).to_be_bytes());
    stream
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use flate2::{Decompress, FlushDecompress, Status};
    use proptest::prelude::*;
    use std::io::Read;

    fn inflate(stream: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        flate2::read::ZlibDecoder::new(stream)
            .read_to_end(&mut bytes)
            .expect("a zlib stream");
        bytes
    }

    fn check(bytes: &[u8]) -> usize {
        let stream = compress(bytes);
        assert_eq!(inflate(&stream), bytes);
        assert_eq!(inflate_facts(&compress_facts(bytes)), bytes);
        stream.len()
    }

    /// As any zlib reads a stream with a preset dictionary.
    fn inflate_facts(stream: &[u8]) -> Vec<u8> {
        let mut state = Decompress::new(true);
        let mut bytes = Vec::with_capacity(1 << 20);
        let asked = state.decompress_vec(stream, &mut bytes, FlushDecompress::None);
        let asked = asked.expect_err("a dictionary is needed");
        assert_eq!(asked.needs_dictionary(), Some(dictionary::ID));
        state
            .set_dictionary(dictionary::TEXT.as_bytes())
            .expect("it is this one");
        let rest = &stream[state.total_in() as usize..];
        let ended = state.decompress_vec(rest, &mut bytes, FlushDecompress::Finish);
        assert_eq!(ended.expect("a zlib stream"), Status::StreamEnd);
        bytes
    }

    #[test]
    fn facts_of_a_session_are_a_fourth_smaller_with_their_codes_and_dictionary() {
        let facts = include_str!("../../../../tests/cases/engine/session/facts.txt");
        let [plain, preset] = [compress, compress_facts].map(|work| work(facts.as_bytes()).len());
        assert!(preset * 4 < plain * 3, "{preset} of {plain} bytes");
    }

    #[test]
    fn an_empty_body_is_a_stream() {
        check(b"");
    }

    #[test]
    fn a_match_may_overlap_itself_and_have_the_greatest_length() {
        assert!(check(&[7; 100_000]) < 700);
        for length in 250..270 {
            check(&vec![b'a'; length]);
        }
    }

    #[test]
    fn every_byte_value_and_distance_is_written() {
        let bytes: Vec<u8> = (0..=255).collect();
        check(&bytes);
        for distance in [1, 2, 4, 5, 255, 256, 1024, 24_577, 32_767, 32_768, 32_769] {
            let mut bytes: Vec<u8> = (0..distance)
                .map(|n: u32| ((n * 7919) >> 3) as u8)
                .collect();
            let head: Vec<u8> = bytes.iter().copied().take(300).collect();
            bytes.extend(head);
            check(&bytes);
        }
    }

    #[test]
    fn telemetry_becomes_eight_times_smaller() {
        let records: String = (0..500)
            .map(|n| format!("https://shop.example/api/orders/{n}\u{12}http.request.method GET\n"))
            .collect();
        let size = check(records.as_bytes());
        assert!(size * 8 < records.len(), "{size} of {}", records.len());
    }

    proptest! {
        #[test]
        fn any_bytes_are_inflated_again(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
            check(&bytes);
        }

        #[test]
        fn repeated_bytes_are_inflated_again(parts in prop::collection::vec("[ab]{1,6}", 0..600)) {
            check(parts.concat().as_bytes());
        }
    }
}
