//! Indexes of many blocks: what is read of them, and frames at the borders of blocks.

use crate::support::{Place, Segment, encode, look_up};
use std::ops::Range;
use throughline_sourcemap::write::create_index;
use throughline_sourcemap::{Header, IndexError, Lookup, Position, Step};

const LINES: u32 = 8_000;

/// A map whose script has a line for every line of its one source, with a mapping each.
fn map() -> String {
    let lines: Vec<Vec<Segment>> = (0..LINES).map(|line| vec![segment(line)]).collect();
    let content: Vec<String> = (0..LINES).map(text).collect();
    serde_json::json!({
        "version": 3,
        "sources": ["https://shop.example/cart.ts"],
        "sourcesContent": [content.join("\n")],
        "names": (0..LINES).map(|line| format!("name{line}")).collect::<Vec<_>>(),
        "mappings": encode(&lines),
    })
    .to_string()
}

fn segment(line: u32) -> Segment {
    let place = Place {
        source: 0,
        line,
        column: line % 7,
        name: Some(line),
    };
    Segment {
        column: line % 5,
        place: Some(place),
    }
}

/// Lines that deflate badly, so that there are many blocks.
fn text(line: u32) -> String {
    let hash = |factor: u64| (u64::from(line) + 1).wrapping_mul(factor);
    format!(
        "{:x}{:x}",
        hash(0x9e37_79b9_7f4a_7c15),
        hash(0xbf58_476d_1ce4_e5b9)
    )
}

#[test]
fn every_line_has_its_frame_and_those_around_it() {
    let index = create_index(map().as_bytes(), None).unwrap().bytes;
    let positions = (0..LINES).map(|line| Position { line, column: 9 });
    let (frames, _) = look_up(&index, positions).unwrap();
    for (line, frame) in (0..LINES).zip(frames) {
        let frame = frame.unwrap();
        assert_eq!((frame.line, frame.column), (line + 1, line % 7 + 1));
        assert_eq!(frame.name.unwrap(), format!("name{line}"));
        let context = frame.context.unwrap();
        assert_eq!(context.line, text(line));
        let lines = |range: Range<u32>| range.map(text).collect::<Vec<_>>();
        assert_eq!(context.before, lines(line.saturating_sub(5)..line));
        assert_eq!(context.after, lines(line + 1..LINES.min(line + 6)));
    }
}

#[test]
fn little_of_it_is_read_in_few_steps() {
    let index = create_index(map().as_bytes(), None).unwrap().bytes;
    assert!(index.len() > 150_000, "{}", index.len());
    let (_, bytes) = look_up(
        &index,
        [Position {
            line: 5_432,
            column: 9,
        }],
    )
    .unwrap();
    assert!(bytes < 40_000, "{bytes} bytes of {}", index.len());

    let stack = (0..50).map(|frame| Position {
        line: frame * 160,
        column: 9,
    });
    let mut lookup = Lookup::new(stack);
    let mut read: Vec<&[u8]> = Vec::new();
    let mut steps = 0;
    while let Step::Read(ranges) = lookup.step(&read).unwrap() {
        steps += 1;
        read = ranges.into_iter().map(|range| of(&index, range)).collect();
    }
    assert!(steps <= 4, "{steps}");
}

fn of(index: &[u8], range: Range<u64>) -> &[u8] {
    &index[range.start as usize..index.len().min(range.end as usize)]
}

#[test]
fn what_is_no_index_says_so() {
    let index = create_index(map().as_bytes(), None).unwrap().bytes;
    assert_eq!(
        Header::check(b"<!doctype html>"),
        Err(IndexError::NotAnIndex)
    );
    assert_eq!(Header::check(b""), Err(IndexError::NotAnIndex));
    assert_eq!(Header::check(&index[..40]), Err(IndexError::NotAnIndex));
    let cut = &index[..index.len() - 1];
    let (expected, actual) = (index.len() as u64, cut.len() as u64);
    assert_eq!(
        Header::check(cut),
        Err(IndexError::Length { expected, actual })
    );
    let mut newer = index.clone();
    newer[4] = 2;
    assert_eq!(Header::check(&newer), Err(IndexError::Version(2)));
    let mut changed = index.clone();
    changed[index.len() / 2] ^= 1;
    assert_eq!(Header::check(&changed), Err(IndexError::Checksum));
    let all = (0..LINES).map(|line| Position { line, column: 9 });
    assert_eq!(look_up(&changed, all), Err(IndexError::Checksum));
}

#[test]
fn a_store_that_returns_too_little_is_told_apart() {
    let index = create_index(map().as_bytes(), None).unwrap().bytes;
    for broken in 1..=4 {
        let mut lookup = Lookup::new([Position {
            line: 5_432,
            column: 9,
        }]);
        let mut read: Vec<&[u8]> = Vec::new();
        let mut step = 0;
        let error = loop {
            match lookup.step(&read) {
                Ok(Step::Read(ranges)) => {
                    step += 1;
                    let bytes = ranges.into_iter().map(|range| of(&index, range));
                    read = bytes
                        .map(|bytes| {
                            if step == broken {
                                &bytes[..bytes.len() / 2]
                            } else {
                                bytes
                            }
                        })
                        .collect();
                }
                Ok(Step::Done(_)) => break None,
                Err(error) => break Some(error),
            }
        };
        let expected = (step >= broken).then_some(IndexError::ShortRead);
        assert_eq!(error, expected, "in step {broken}");
    }
}

#[test]
fn what_is_long_is_cut() {
    let [name, url] = [2_000, 9_000].map(|count| "\u{e9}".repeat(count));
    let line = "\u{1f600}".repeat(300);
    let map = serde_json::json!({
        "version": 3,
        "sources": [url],
        "sourcesContent": [format!("{line}\r\nnext\rlast")],
        "names": [name],
        "mappings": "AAAAA;AACA;AACA",
    });
    let index = create_index(map.to_string().as_bytes(), None)
        .unwrap()
        .bytes;
    let (frames, _) = look_up(&index, (0..3).map(|line| Position { line, column: 0 })).unwrap();
    let frames: Vec<_> = frames.into_iter().flatten().collect();
    assert_eq!(frames[0].source.as_ref().unwrap().len(), 4_096);
    assert_eq!(frames[0].name.as_ref().unwrap().len(), 1_024);
    let context = frames[0].context.clone().unwrap();
    assert_eq!(context.line, "\u{1f600}".repeat(256));
    assert_eq!(context.after, ["next", "last"]);
    assert_eq!(frames[2].context.clone().unwrap().line, "last");
}
