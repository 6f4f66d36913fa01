//! Compresses a body as zlib, synchronously.
//!
//! `CompressionStream` is asynchronous, and a page that closes has no time for that. This is
//! zlib ([RFC 1950](https://www.rfc-editor.org/rfc/rfc1950)) around deflate
//! ([RFC 1951](https://www.rfc-editor.org/rfc/rfc1951)) with repetitions found by hash
//! chains and the fixed codes: telemetry repeats itself so much that the tables of the
//! dynamic codes would add more bytes to the module than they save in bodies.

mod bits;
mod codes;
mod repetition;

use alloc::vec::Vec;
use bits::BitWriter;
use repetition::Repetitions;

/// The zlib stream of these bytes.
pub fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut out = BitWriter::new(bytes.len() / 3);
    // CMF and FLG: deflate, a window of 32 KiB, and what makes them a multiple of 31.
    out.push(0x78, 8);
    out.push(0x01, 8);
    // One last block, with the fixed codes.
    out.push(0b1, 1);
    out.push(0b01, 2);
    let mut repetitions = Repetitions::new(bytes);
    let mut covered = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if at == covered {
            let found = repetitions.longest(at);
            match found {
                Some(earlier) => codes::reference(&mut out, earlier),
                None => codes::literal(&mut out, byte),
            }
            covered += found.map_or(1, |earlier| earlier.length);
        }
        repetitions.add(at);
    }
    codes::end(&mut out);
    let mut stream = out.into_bytes();
    stream.extend_from_slice(&adler32(bytes).to_be_bytes());
    stream
}

/// <https://www.rfc-editor.org/rfc/rfc1950#section-9>
fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    // So many bytes fit before `b` overflows.
    for chunk in bytes.chunks(5552) {
        for &byte in chunk {
            a += u32::from(byte);
            b += a;
        }
        a %= 65_521;
        b %= 65_521;
    }
    b << 16 | a
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
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
        stream.len()
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
