//! Collects the positions of a batch that are to be looked up.

use super::exception::Exception;
use super::files::File;
use super::frame::position;
use super::text;
use crate::SortedMap;
use throughline_otlp::Signal;
use throughline_otlp::rewrite::{Envelope, Interest, Keep, Message, Stage, rewrite_inspected};
use throughline_sourcemap::{DebugId, Position};
use throughline_symbolicate::stack::MAX_FRAMES;

/// The positions of a batch that are to be looked up, by script. How many there are is bounded:
/// whoever has a public key sends them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Each list in order.
    positions: SortedMap<DebugId, Vec<Position>>,
    count: usize,
}

impl Wanted {
    /// The positions of an inspected request of log records.
    pub(crate) fn of(request: &[u8]) -> Self {
        let mut wanted = Self::default();
        // An inspected request can be read.
        let _ = rewrite_inspected(Signal::Logs, request, &mut [&mut Collect(&mut wanted)]);
        wanted
    }

    /// The scripts, each with its positions.
    pub(crate) fn scripts(&self) -> impl Iterator<Item = (DebugId, Vec<Position>)> {
        let scripts = self.positions.iter();
        scripts.map(|(id, positions)| (*id, positions.clone()))
    }

    fn add(&mut self, id: DebugId, position: Position) {
        let is_full = self.count >= MAX_POSITIONS
            || (self.positions.len() >= MAX_SCRIPTS && !self.positions.contains_key(&id));
        if is_full {
            return;
        }
        let positions = self.positions.or_default(id);
        if let Err(at) = positions.binary_search(&position) {
            positions.insert(at, position);
            self.count += 1;
        }
    }
}

struct Collect<'w>(&'w mut Wanted);

impl Stage for Collect<'_> {
    fn interest(&self, signal: Signal) -> Interest {
        match signal {
            Signal::Logs => Interest::RECORD,
            Signal::Traces | Signal::Metrics => Interest::NONE,
        }
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        let Some(exception) = Exception::read(record.bytes()) else {
            return Keep::Yes;
        };
        let named = exception.named(exception.frames()).count();
        let frames = exception.named(exception.frames());
        // The innermost are the last.
        for frame in frames.skip(named.saturating_sub(MAX_FRAMES)) {
            let file = frame.file(&exception.files);
            if let (Some(File::Mapped(id)), Some(position)) = (file, frame.position()) {
                self.0.add(id, position);
            }
        }
        for line in exception.texts().flat_map(text::frames) {
            let file = exception.files.find(&line.filename);
            let position = position(&line.filename, line.lineno, line.colno);
            if let (Some(File::Mapped(id)), Some(position)) = (file, position) {
                self.0.add(id, position);
            }
        }
        Keep::Yes
    }
}

/// Scripts of one request that are looked up: each is a read of the store, at least.
const MAX_SCRIPTS: usize = 64;
/// Positions of one request that are looked up, and frames that are written.
pub(super) const MAX_POSITIONS: usize = 4096;
