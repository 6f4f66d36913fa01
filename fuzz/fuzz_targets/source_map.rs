//! Fuzz target: any bytes as a source map, and as one inside of a comment. Each is refused, or has an index
//! whose frames are the places of the map.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_sourcemap::write::index_of;
use throughline_sourcemap::{DebugId, Header, Lookup, Position, SourceMap, Step, decode_inline_map};

fuzz_target!(|map: &[u8]| {
    if let Ok(url) = core::str::from_utf8(map) {
        let decoded = decode_inline_map(url);
        assert!(decoded.is_none_or(|decoded| decoded.len() < url.len()));
    }
    let Ok(map) = SourceMap::parse(map) else {
        return;
    };
    let id = DebugId::from_bytes([7; 16]);
    let Ok(index) = index_of(&map, None, id) else {
        return;
    };
    assert_eq!(Header::check(&index.bytes).map(|header| header.debug_id), Ok(id));
    let positions = (0..4).flat_map(|line| (0..40).map(move |column| Position { line, column }));
    let mut lookup = Lookup::new(positions.clone());
    let mut read = Vec::new();
    let frames = loop {
        match lookup.step(&read) {
            Ok(Step::Done(frames)) => break frames,
            Ok(Step::Read(ranges)) => {
                let bytes = ranges.into_iter().map(|range| {
                    let end = index.bytes.len().min(range.end as usize);
                    &index.bytes[range.start as usize..end]
                });
                read = bytes.collect();
            }
            Err(error) => panic!("{error}"),
        }
    };
    for (at, frame) in positions.zip(frames) {
        let original = map.lookup(at.line, at.column);
        let place = |line: u32, column: u32| (line.saturating_add(1), column.saturating_add(1));
        assert_eq!(
            frame.as_ref().map(|frame| (frame.line, frame.column)),
            original.map(|original| place(original.line, original.column)),
        );
    }
});
