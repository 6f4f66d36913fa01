//! Property: what an index returns is what its map returns, for any map.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a broken case ends the test"
)]

use crate::support::{Place, Segment, encode, look_up};
use proptest::collection::vec;
use proptest::prelude::*;
use throughline_sourcemap::write::create_index;
use throughline_sourcemap::{Frame, Header, Position, SourceMap};

const SOURCES: u32 = 4;
const NAMES: u32 = 3;

fn segment() -> impl Strategy<Value = Segment> {
    let number = prop_oneof![8 => 0..40_u32, 1 => 0..0x7fff_ffff_u32];
    let place = (
        0..SOURCES,
        number.clone(),
        number.clone(),
        proptest::option::of(0..NAMES),
    );
    let place = place.prop_map(|(source, line, column, name)| Place {
        source,
        line,
        column,
        name,
    });
    (number, proptest::option::weighted(0.9, place))
        .prop_map(|(column, place)| Segment { column, place })
}

fn source_map() -> impl Strategy<Value = serde_json::Value> {
    let lines = vec(vec(segment(), 0..12), 0..12);
    let content =
        proptest::option::of(vec("[a-zé😀]{0,8}", 0..60).prop_map(|lines| lines.join("\n")));
    let url = proptest::option::of("[a-z]{1,8}/[a-z]{1,4}\\.ts");
    let count = SOURCES as usize;
    let sources = vec((url, content, any::<bool>()), count..=count);
    (
        lines,
        sources,
        vec("[a-zé]{0,6}", NAMES as usize..=NAMES as usize),
    )
        .prop_map(|(lines, sources, names)| {
            let ignored = sources.iter().zip(0..).filter(|(source, _)| source.2);
            serde_json::json!({
                "version": 3,
                "sources": sources.iter().map(|source| &source.0).collect::<Vec<_>>(),
                "sourcesContent": sources.iter().map(|source| &source.1).collect::<Vec<_>>(),
                "ignoreList": ignored.map(|(_, number)| number).collect::<Vec<u32>>(),
                "names": names,
                "mappings": encode(&lines),
            })
        })
}

/// Positions at, before and after those of mappings, and others.
fn positions(map: &serde_json::Value) -> Vec<Position> {
    let lines = map["mappings"].as_str().unwrap().split(';').count() as u32;
    let columns = (0..45).chain([0x7fff_fffe, 0x7fff_ffff, u32::MAX]);
    (0..lines + 1)
        .flat_map(|line| columns.clone().map(move |column| Position { line, column }))
        .collect()
}

/// The lines around, straight from the source's text.
fn around(content: &str, line: u32, frame: &Frame) {
    let lines: Vec<&str> = content.split('\n').collect();
    let line = line as usize;
    let Some(expected) = lines.get(line) else {
        assert_eq!(frame.context, None);
        return;
    };
    let context = frame.context.as_ref().expect("the source has the line");
    assert_eq!(context.line, *expected);
    assert_eq!(context.before, lines[line.saturating_sub(5)..line]);
    assert_eq!(context.after, lines[line + 1..lines.len().min(line + 6)]);
}

proptest! {
    #[test]
    fn frames_are_those_of_the_map(json in source_map()) {
        let text = json.to_string();
        let map = SourceMap::parse(&text).unwrap();
        let index = create_index(text.as_bytes(), None).unwrap();
        let header = Header::check(&index.bytes).unwrap();
        prop_assert_eq!(header.debug_id, index.debug_id);

        let positions = positions(&json);
        let (frames, _) = look_up(&index.bytes, positions.clone()).unwrap();
        prop_assert_eq!(frames.len(), positions.len());
        for (at, frame) in positions.iter().zip(frames) {
            let Some(original) = map.lookup(at.line, at.column) else {
                prop_assert_eq!(frame, None);
                continue;
            };
            let frame = frame.expect("the map has a place");
            let source = &map.sources()[original.source];
            prop_assert_eq!(frame.source.as_deref(), original.url);
            prop_assert_eq!(frame.line - 1, original.line);
            prop_assert_eq!(frame.column - 1, original.column);
            prop_assert_eq!(frame.name.as_deref(), original.name);
            prop_assert_eq!(frame.ignored, source.ignored);
            match &source.content {
                Some(content) => around(content, original.line, &frame),
                None => prop_assert_eq!(frame.context, None),
            }
        }
    }

    /// Cut or changed, an index gives an error or some frames, and never a panic.
    #[test]
    fn a_broken_index_is_an_error(json in source_map(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut index = create_index(json.to_string().as_bytes(), None).unwrap().bytes;
        let positions = positions(&json);
        let cut = at.index(index.len());
        prop_assert!(Header::check(&index[..cut]).is_err());
        let _ = look_up(&index[..cut], positions.clone());
        let before = std::mem::replace(&mut index[cut], byte);
        prop_assert_eq!(Header::check(&index).is_ok(), before == byte);
        let _ = look_up(&index, positions);
    }
}
