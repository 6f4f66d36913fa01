//! Symbolication by the addresses of scripts: for a host that reads scripts and their maps where
//! they are served, as in development, so that nothing has to be uploaded and no script needs a
//! debug id.

use super::frame::RawFrame;
use super::{Places, Unresolved, Wanted, apply, text};
use crate::processor::exception::is_exception;
use crate::processor::in_app::InApp;
use bytes::Bytes;
use core::ops::Range;
use std::collections::BTreeSet;
use throughline_otlp::Signal;
use throughline_otlp::attribute::{self, AttributeValue, attributes, values};
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_otlp::field::values::VALUES;
use throughline_otlp::protobuf::Writer;
use throughline_otlp::rewrite::{
    Edit, Envelope, Interest, Keep, Message, Stage, edit_fields, rewrite_inspected,
};
use throughline_semconv as semconv;
use throughline_sourcemap::{DebugId, Frame, Lookup, Position, Step};

/// A script, and the index of its source map.
#[derive(Debug, Clone)]
pub struct ServedScript {
    /// The address, as stacks have it.
    pub address: Box<str>,
    /// The debug id of the script, or one that is made of its bytes.
    pub debug_id: DebugId,
    /// The index of its source map.
    pub index: Bytes,
}

/// The addresses of the files in the stacks of a request of log records, in order and without
/// repetitions: 64 at most. The edge has processed the request.
pub fn script_addresses(request: &[u8]) -> Vec<String> {
    let mut stage = Addresses(BTreeSet::new());
    // A request that the edge has processed can be read.
    let _ = rewrite_inspected(Signal::Logs, request, &mut [&mut stage]);
    stage.0.into_iter().collect()
}

/// The request with the places in sources of the frames in these scripts. The exceptions name them
/// with their debug ids, as those of scripts that have one do. No record is added or dropped.
pub fn symbolicate_served(request: &Bytes, scripts: &[ServedScript]) -> Bytes {
    if scripts.is_empty() {
        return request.clone();
    }
    let named = rewrite_inspected(Signal::Logs, request, &mut [&mut Name(scripts)]);
    let Ok(named) = named.map(|named| Bytes::from(named.request.into_owned())) else {
        return request.clone();
    };
    let mut places = Places::default();
    for (id, positions) in Wanted::of(&named).scripts() {
        let script = scripts.iter().find(|script| script.debug_id == id);
        let frames = match script {
            Some(script) => look_up(&script.index, &positions).ok_or(Unresolved::Broken),
            None => Err(Unresolved::Missing),
        };
        places.add(
            id,
            frames.map(|frames| positions.into_iter().zip(frames).collect()),
        );
    }
    apply(&named, &places, &InApp::default()).0
}

fn look_up(index: &[u8], positions: &[Position]) -> Option<Vec<Option<Frame>>> {
    let mut lookup = Lookup::new(positions.iter().copied());
    let mut wanted: Vec<Range<u64>> = Vec::new();
    loop {
        let read: Vec<&[u8]> = wanted.iter().map(|range| part(index, range)).collect();
        match lookup.step(&read).ok()? {
            Step::Read(ranges) => wanted = ranges,
            Step::Done(frames) => return Some(frames),
        }
    }
}

/// The bytes in a range, as far as they are there.
fn part<'a>(index: &'a [u8], range: &Range<u64>) -> &'a [u8] {
    let at = |offset: u64| usize::try_from(offset).map_or(index.len(), |at| at.min(index.len()));
    index
        .get(at(range.start)..at(range.end))
        .unwrap_or_default()
}

/// Calls `found` with the address of each file in the stacks of an exception.
fn each_address(record: &[u8], found: &mut dyn FnMut(&str)) {
    if !is_exception(record) {
        return;
    }
    for attribute in attributes(record, ATTRIBUTES) {
        match (attribute.key, attribute.value()) {
            (semconv::THROUGHLINE_EXCEPTION_FRAMES, AttributeValue::List(list)) => {
                for frame in values(list) {
                    if let AttributeValue::Map(map) = frame {
                        found(RawFrame::read(map).filename);
                    }
                }
            }
            (semconv::THROUGHLINE_EXCEPTION_CAUSES, AttributeValue::List(list)) => {
                for cause in values(list) {
                    if let AttributeValue::Map(cause) = cause {
                        let stack =
                            attributes(cause, VALUES).find(|entry| entry.key == "stacktrace");
                        each_in(stack.and_then(|stack| stack.value().as_str()), found);
                    }
                }
            }
            (semconv::THROUGHLINE_EXCEPTION_COMPONENT_STACK, stack) => {
                each_in(stack.as_str(), found);
            }
            _ => {}
        }
    }
}

fn each_in(stack: Option<&str>, found: &mut dyn FnMut(&str)) {
    for frame in stack.into_iter().flat_map(text::frames) {
        found(&frame.filename);
    }
}

struct Addresses(BTreeSet<String>);

impl Stage for Addresses {
    fn interest(&self, signal: Signal) -> Interest {
        of_records(signal)
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        each_address(record.bytes(), &mut |address| {
            if self.0.len() < MAX_ADDRESSES && !address.is_empty() {
                self.0.insert(address.to_owned());
            }
        });
        Keep::Yes
    }
}

/// Names the scripts of each exception with their debug ids, beside those that are named.
struct Name<'s>(&'s [ServedScript]);

impl Stage for Name<'_> {
    fn interest(&self, signal: Signal) -> Interest {
        of_records(signal)
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        let mut scripts: Vec<&ServedScript> = Vec::new();
        each_address(record.bytes(), &mut |address| {
            let is_new = scripts.iter().all(|script| &*script.address != address);
            let script = self.0.iter().find(|script| &*script.address == address);
            scripts.extend(script.filter(|_| is_new));
        });
        if !scripts.is_empty() {
            record.rewrite(|bytes, writer| {
                name(bytes, &scripts, writer);
                true
            });
        }
        Keep::Yes
    }
}

fn name(record: &[u8], scripts: &[&ServedScript], writer: &mut Writer) {
    const KEY: &str = semconv::THROUGHLINE_EXCEPTION_IMAGES;
    let mut before: &[u8] = &[];
    for attribute in attributes(record, ATTRIBUTES) {
        if let (KEY, AttributeValue::List(list)) = (attribute.key, attribute.value()) {
            before = list;
        }
    }
    let is_changed = edit_fields(record, writer, |field, _| {
        let bytes = field
            .value
            .as_bytes()
            .filter(|_| field.number == ATTRIBUTES);
        let key = bytes.map(|bytes| attribute::Attribute::read(bytes).key);
        if key == Some(KEY) {
            Edit::Remove
        } else {
            Edit::Keep
        }
    });
    if !is_changed {
        writer.raw(record);
    }
    attribute::list(writer, ATTRIBUTES, KEY, |list| {
        // Of two images of one address the first one counts: the map that is served is right.
        for script in scripts {
            attribute::map(list, |map| {
                attribute::string(map, VALUES, "type", "sourcemap");
                attribute::string(map, VALUES, "code_file", &script.address);
                attribute::string(map, VALUES, "debug_id", &script.debug_id.to_string());
            });
        }
        list.raw(before);
    });
}

const fn of_records(signal: Signal) -> Interest {
    match signal {
        Signal::Logs => Interest::RECORD,
        Signal::Traces | Signal::Metrics => Interest::NONE,
    }
}

/// Files of one request: as many as are looked up.
const MAX_ADDRESSES: usize = 64;
