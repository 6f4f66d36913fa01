//! Fuzz target: an index of source maps with valid checksums, whose directory and contents are any bytes. What it
//! asks for is bounded, and a look-up ends with frames or an error.
#![no_main]

use flate2::Crc;
use flate2::write::ZlibEncoder;
use libfuzzer_sys::fuzz_target;
use std::io::Write as _;
use throughline_sourcemap::{Header, Lookup, Position, Step};

fuzz_target!(|input: ([u8; 8], &[u8], &[u8])| {
    let (keys, mappings, lines) = input;
    let blocks = [block(mappings), block(lines)];
    let mut directory = Vec::new();
    let mut offset = 64 + 24;
    for (key, block) in keys.chunks(4).zip(&blocks) {
        directory.extend_from_slice(&[key[0] & 3, 0, 0, 0, key[1], 0, 0, 0]);
        directory.extend_from_slice(&(offset as u32).to_le_bytes());
        offset += block.len();
    }
    let index = seal(&directory, &blocks.concat());
    if Header::check(&index).is_err() {
        return;
    }
    let positions = (0..4).flat_map(|line| (0..64).map(move |column| Position { line, column }));
    let mut lookup = Lookup::new(positions);
    let mut read = Vec::new();
    for _ in 0..8 {
        match lookup.step(&read) {
            Ok(Step::Read(ranges)) => {
                let bytes = ranges.into_iter().map(|range| {
                    let end = index.len().min(range.end as usize);
                    &index[range.start as usize..end]
                });
                read = bytes.collect();
            }
            Ok(Step::Done(frames)) => {
                assert_eq!(frames.len(), 4 * 64);
                return;
            }
            Err(_) => return,
        }
    }
    panic!("the look-up does not end");
});

/// A block with this content.
fn block(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).expect("a vector takes all");
    let compressed = encoder.finish().expect("a vector takes all");
    [&(content.len() as u32).to_le_bytes(), compressed.as_slice()].concat()
}

/// The index of a directory of one block of each kind.
fn seal(directory: &[u8], blocks: &[u8]) -> Vec<u8> {
    let checksum = |bytes: &[u8]| {
        let mut crc = Crc::new();
        crc.update(bytes);
        crc.sum().to_le_bytes()
    };
    let content = [directory, blocks].concat();
    let mut header = b"TLSM\x01\0\0\0".to_vec();
    header.extend_from_slice(&[7; 16]);
    header.extend_from_slice(&(64 + content.len() as u64).to_le_bytes());
    for number in [1_u32, 1, 1, 0, 0] {
        header.extend_from_slice(&number.to_le_bytes());
    }
    header.extend_from_slice(&checksum(directory));
    header.extend_from_slice(&checksum(&content));
    let sum = checksum(&header);
    header.extend_from_slice(&sum);
    [header, content].concat()
}
