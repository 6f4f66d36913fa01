//! Fuzz target: the parts of a segment have no gaps, and its frames are encoded to the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_disk_queue::frame::{
    Frame, Part, decode, encode_acknowledgement, encode_message,
};

fuzz_target!(|input: (u64, &[u8])| {
    let (salt, segment) = input;
    let mut end = 0;
    for part in decode(salt, segment) {
        let range = match &part {
            Part::Frame(range, _) | Part::Corrupt(range) | Part::Torn(range) => range.clone(),
        };
        assert_eq!(range.start, end);
        end = range.end;
        if let Part::Frame(_, frame) = part {
            let mut encoded = Vec::new();
            match frame {
                Frame::Message { sequence, payload } => {
                    encode_message(salt, sequence, payload, &mut encoded);
                }
                Frame::Acknowledgement(sequences) => {
                    let sequences: Vec<u64> = sequences.iter().collect();
                    encode_acknowledgement(salt, &sequences, &mut encoded);
                }
            }
            // The sequence of an acknowledgement is not read.
            assert_eq!(encoded.len(), range.len());
        }
    }
    assert_eq!(end, segment.len());
    // What is appended to whole frames is found behind them.
    let mut longer = Vec::new();
    encode_message(salt, 7, segment, &mut longer);
    longer.extend_from_slice(segment);
    let first = decode(salt, &longer).next();
    assert!(matches!(first, Some(Part::Frame(_, Frame::Message { sequence: 7, payload })) if payload == segment));
});
