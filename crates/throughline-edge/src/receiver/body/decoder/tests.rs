//! Tests of the decoders: limits, what is damaged, and any bytes.

use super::*;
use crate::host::{BrotliDecoder, BrotliError};
use crate::lease::Leases;
use flate2::write::{GzEncoder, ZlibEncoder};
use std::sync::Arc;

fn compressed(bytes: &[u8], compression: Compression) -> Vec<u8> {
    let level = flate2::Compression::best();
    let compressed = match compression {
        Compression::Zstd => {
            let level = ruzstd::encoding::CompressionLevel::Fastest;
            Ok(ruzstd::encoding::compress_to_vec(bytes, level))
        }
        Compression::Brotli => Ok(brotli(bytes, 22)),
        Compression::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), level);
            encoder.write_all(bytes).and_then(|()| encoder.finish())
        }
        _ => {
            let mut encoder = ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(bytes).and_then(|()| encoder.finish())
        }
    };
    compressed.expect("memory")
}

/// By the usual quality, with a window of so many bits.
fn brotli(bytes: &[u8], window: u32) -> Vec<u8> {
    let mut compressed = Vec::new();
    let mut encoder = ::brotli::CompressorWriter::new(&mut compressed, 4096, 5, window);
    encoder.write_all(bytes).expect("memory");
    drop(encoder);
    compressed
}

fn lease() -> Lease {
    Leases::new(usize::MAX).take(0, 0, 1).expect("memory")
}

#[test]
fn all_bodies_share_one_limit() {
    let leases = Leases::new(1_500);
    let mut one = Decoder::new(
        Compression::None,
        1_000,
        leases.take(0, 0, 1).expect("memory"),
        host::Brotli::Own,
    );
    let mut other = Decoder::new(
        Compression::None,
        1_000,
        leases.take(0, 0, 1).expect("memory"),
        host::Brotli::Own,
    );
    assert_eq!(one.push(&[1; 900]), Ok(()));
    assert_eq!(other.push(&[1; 900]), Err(Refusal::Overloaded));
    assert_eq!(one.finish().map(|bytes| bytes.len()), Ok(900));
    let mut third = Decoder::new(
        Compression::None,
        1_000,
        leases.take(0, 0, 1).expect("memory"),
        host::Brotli::Own,
    );
    assert_eq!(third.push(&[1; 900]), Ok(()));
}

/// Decodes in chunks; also returns how many bytes it looked at.
fn decode(
    compression: Compression,
    bytes: &[u8],
    chunk: usize,
    limit: usize,
) -> (Result<Bytes, Refusal>, usize) {
    let mut decoder = Decoder::new(compression, limit, lease(), host::Brotli::Own);
    let mut read = 0;
    for chunk in bytes.chunks(chunk) {
        read += chunk.len();
        if let Err(refusal) = decoder.push(chunk) {
            return (Err(refusal), read);
        }
        if let Decoder::Gzip(gzip) = &decoder {
            assert!(gzip.get_ref().bytes.capacity() <= limit);
        }
        if let Decoder::Brotli(brotli) = &decoder {
            assert!(brotli.decoded.bytes.capacity() <= limit);
        }
        if let Decoder::Zlib(zlib) = &decoder {
            assert!(zlib.decoded.bytes.capacity() <= limit);
        }
    }
    (decoder.finish(), read)
}

#[test]
fn a_decompression_bomb_ends_at_the_limit() {
    let bomb = vec![0; 10_000_000];
    let limit = 1_000_000;
    for compression in [Compression::Gzip, Compression::Zlib] {
        let bomb = compressed(&bomb, compression);
        assert!(bomb.len() < 12_000, "it is a bomb");
        let (decoded, read) = decode(compression, &bomb, 100, limit);
        assert_eq!(decoded, Err(Refusal::TooLarge { limit }));
        assert!(read < bomb.len() / 5, "the rest was not read");
    }
}

/// A sender of a few bytes can ask for a window of 16 MiB.
#[test]
fn the_window_of_brotli_counts_for_the_limit_of_all_bodies() {
    let mut noise = 7_u32;
    let bytes: Vec<u8> = (0..3 << 20)
        .map(|_| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        })
        .collect();
    let body = brotli(&bytes, 24);
    for (memory, has_room) in [(5 << 20, false), (32 << 20, true)] {
        let leases = Leases::new(memory);
        // A body that is alone has no limit but its own.
        let _other = leases.take(1, 0, 1).expect("memory");
        let lease = leases.take(0, 0, 1).expect("memory");
        let mut decoder = Decoder::new(Compression::Brotli, 4 << 20, lease, host::Brotli::Own);
        let pushed = body.chunks(1_000).try_for_each(|chunk| decoder.push(chunk));
        if has_room {
            assert_eq!(pushed, Ok(()));
            assert_eq!(decoder.finish().map(|bytes| bytes.len()), Ok(3 << 20));
        } else {
            assert_eq!(pushed, Err(Refusal::Overloaded));
        }
    }
}

/// A window of more than 16 MiB is an extension that browsers do not read either.
#[test]
fn a_large_window_of_brotli_is_refused() {
    let (decoded, _) = decode(Compression::Brotli, &[0x11, 0x1e, 0x03], 3, 1 << 10);
    assert!(matches!(decoded, Err(Refusal::Compression(_))));
}

#[test]
fn a_bomb_of_a_few_bytes_ends_at_the_limit() {
    let limit = 1_000_000;
    for compression in [Compression::Zstd, Compression::Brotli] {
        let bomb = compressed(&[0; 10_000_000], compression);
        let (decoded, _) = decode(compression, &bomb, 100, limit);
        assert_eq!(decoded, Err(Refusal::TooLarge { limit }));
    }
}

#[test]
fn what_a_decoder_of_the_platform_says_is_told() {
    let limit = 9;
    let decoder: BrotliDecoder = |body, limit, out| match body {
        b"too large" => Err(BrotliError::TooLarge),
        b"limit" => (out.write_all(&[limit as u8])).map_err(|_| BrotliError::Broken),
        b"broken" => Err(BrotliError::Broken),
        b"none" => Err(BrotliError::Unavailable),
        _ => (out.write_all(body).and_then(|()| out.write_all(body)))
            .map_err(|_| BrotliError::Broken),
    };
    let decode = |body: &[u8], leases: &Arc<Leases>| {
        let lease = leases.take(0, 0, 1).expect("memory");
        let brotli = host::Brotli::Platform(decoder);
        let mut decoder = Decoder::new(Compression::Brotli, limit, lease, brotli);
        (body.chunks(2)).try_for_each(|chunk| decoder.push(chunk))?;
        decoder.finish()
    };
    let leases = Leases::new(20);
    // A body that is alone has no limit but its own.
    let other = leases.take(1, 0, 1).expect("memory");
    assert_eq!(decode(b"abc", &leases), Ok("abcabc".into()));
    assert_eq!(decode(b"limit", &leases), Ok(Bytes::from_static(&[9])));
    for (body, refusal) in [
        (&b"large"[..], Refusal::TooLarge { limit }),
        (b"too large", Refusal::TooLarge { limit }),
        (b"broken", Refusal::Compression("br")),
        (b"none", Refusal::ContentEncoding("br".into())),
        (b"longer than the limit", Refusal::TooLarge { limit }),
        (b"", Refusal::Compression("br")),
    ] {
        assert_eq!(decode(body, &leases), Err(refusal), "{body:?}");
    }
    // What comes out of it counts for the limit of all bodies.
    other.resize(11);
    assert_eq!(decode(b"abc", &leases), Err(Refusal::Overloaded));
}

#[test]
fn two_frames_of_the_zstd_program_are_read() {
    let twice = [CHECKED, CHECKED].concat();
    let (decoded, _) = decode(Compression::Zstd, &twice, 9, 1 << 10);
    let text = "telemetry telemetry telemetry telemetry telemetry telemetry telemetry";
    assert_eq!(decoded, Ok(text.repeat(2).into()));
}

/// `telemetry` seven times, by `zstd -19`: a frame with a checksum of its content.
const CHECKED: [u8; 29] = [
    0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x68, 0x85, 0x00, 0x00, 0x50, 0x74, 0x65, 0x6c, 0x65, 0x6d, 0x65,
    0x74, 0x72, 0x79, 0x20, 0x01, 0x00, 0xa8, 0x54, 0x90, 0x56, 0x07, 0x97, 0x6b,
];

#[test]
fn skippable_frames_are_skipped() {
    let text = "telemetry telemetry telemetry telemetry telemetry telemetry telemetry";
    let note = b"\x50\x2a\x4d\x18\x04\0\0\0note";
    let empty = b"\x5f\x2a\x4d\x18\0\0\0\0";
    for (bytes, wanted) in [
        ([&note[..], &CHECKED].concat(), text.to_owned()),
        ([&CHECKED[..], note].concat(), text.to_owned()),
        (
            [&CHECKED[..], empty, note, &CHECKED].concat(),
            text.repeat(2),
        ),
        (note.to_vec(), String::new()),
    ] {
        let (decoded, _) = decode(Compression::Zstd, &bytes, 9, 1 << 10);
        assert_eq!(decoded, Ok(wanted.into()));
    }
    let cut_off = [&CHECKED[..], &note[..10]].concat();
    let (decoded, _) = decode(Compression::Zstd, &cut_off, 9, 1 << 10);
    assert!(matches!(decoded, Err(Refusal::Compression(_))));
}

#[test]
fn a_zstd_body_of_another_content_than_its_checksum_is_refused() {
    for changed in [10, 15, 25, 28] {
        let mut bytes = CHECKED;
        bytes[changed] ^= 1;
        let (decoded, _) = decode(Compression::Zstd, &bytes, 9, 1 << 10);
        assert!(matches!(decoded, Err(Refusal::Compression(_))), "{changed}");
    }
}

#[test]
fn a_body_of_exactly_the_limit_is_accepted() {
    for compression in ALL {
        let bytes = compressed(&[7; 1000], compression);
        assert_eq!(
            decode(compression, &bytes, 7, 1000).0,
            Ok(vec![7; 1000].into())
        );
        let refused = Err(Refusal::TooLarge { limit: 999 });
        assert_eq!(decode(compression, &bytes, 7, 999).0, refused);
    }
}

#[test]
fn a_truncated_or_continued_body_is_refused() {
    for compression in ALL {
        let bytes = compressed(&[7; 40_000], compression);
        // zstd of nothing is nothing.
        for length in 1..bytes.len() {
            let (decoded, _) = decode(compression, &bytes[..length], 16, 1 << 20);
            assert!(matches!(decoded, Err(Refusal::Compression(_))), "{length}");
        }
    }
    // Bytes after a gzip member are ignored by every reader; zlib and brotli have one end.
    for compression in [Compression::Zlib, Compression::Brotli] {
        let mut longer = compressed(&[7; 40_000], compression);
        longer.extend_from_slice(b"more");
        for chunk in [16, longer.len()] {
            let (decoded, _) = decode(compression, &longer, chunk, 1 << 20);
            assert!(matches!(decoded, Err(Refusal::Compression(_))));
        }
    }
}

proptest::proptest! {
    #[test]
    fn compressed_bytes_are_decoded(bytes: Vec<u8>, chunk in 1..300usize) {
        for compression in ALL {
            let (decoded, _) = decode(compression, &compressed(&bytes, compression), chunk, 1 << 20);
            proptest::prop_assert_eq!(decoded, Ok(bytes.clone().into()));
        }
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes: Vec<u8>, chunk in 1..300usize) {
        for compression in ALL.into_iter().chain([Compression::Sniffed]) {
            let _ = decode(compression, &bytes, chunk, 1 << 10);
        }
    }
}

const ALL: [Compression; 4] = [
    Compression::Gzip,
    Compression::Zlib,
    Compression::Zstd,
    Compression::Brotli,
];
