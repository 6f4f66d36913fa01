//! The places that were found for the positions of a batch, and the reasons for the others.

use crate::SortedMap;
use throughline_sourcemap::{DebugId, Frame, Position};
use throughline_symbolicate::stack::UNKNOWN_FUNCTION;

/// How a frame of a script with a debug id ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Symbolication {
    /// The frame has its place in a source.
    Resolved,
    /// The frame is as it came.
    Unresolved(Unresolved),
}

/// Why a frame has no place in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unresolved {
    /// No source map of its script was uploaded to its project.
    Missing,
    /// The index of the source map cannot be read.
    Broken,
    /// The source map says nothing of the position, or the frame has none.
    NoPosition,
    /// The store of source maps failed, or has failed a moment ago.
    StoreFailed,
    /// The store did not respond in time.
    TimedOut,
    /// The request had more scripts or positions than are looked up for one.
    TooMany,
    /// A module of WebAssembly whose image has no build id.
    Unsupported,
}

impl Symbolication {
    /// The value of `throughline.reason`, and of `symbolication` in a frame.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resolved => "resolved",
            Self::Unresolved(why) => why.as_str(),
        }
    }
}

impl Unresolved {
    /// The value of `symbolication` in a frame.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Broken => "broken",
            Self::NoPosition => "no_position",
            Self::StoreFailed => "store_failed",
            Self::TimedOut => "timed_out",
            Self::TooMany => "too_many",
            Self::Unsupported => "unsupported",
        }
    }
}

/// The places of the positions of a batch.
#[derive(Debug, Default)]
pub(crate) struct Places(SortedMap<DebugId, Result<Found, Unresolved>>);

/// The places in one script, in the order of their positions.
pub(crate) type Found = Vec<(Position, Option<Frame>)>;

impl Places {
    /// Adds what was found of a script.
    pub(crate) fn add(&mut self, id: DebugId, found: Result<Found, Unresolved>) {
        self.0.insert(id, found);
    }

    /// The place of a position.
    pub(super) fn find(&self, id: DebugId, position: Position) -> Result<&Frame, Unresolved> {
        match self.0.get(&id) {
            None => Err(Unresolved::TooMany),
            Some(Err(why)) => Err(*why),
            Some(Ok(found)) => {
                let at = found.binary_search_by_key(&position, |(position, _)| *position);
                match at.ok().and_then(|at| found.get(at)) {
                    None => Err(Unresolved::TooMany),
                    Some((_, None)) => Err(Unresolved::NoPosition),
                    Some((_, Some(frame))) => Ok(frame),
                }
            }
        }
    }
}

/// A place, and those from which its function was called, where the calls were inlined: the innermost first.
pub(super) fn with_callers(place: &Frame) -> impl DoubleEndedIterator<Item = &Frame> {
    core::iter::once(place).chain(&place.callers)
}

/// The source of a place.
pub(super) fn source(place: &Frame) -> &str {
    place.source.as_deref().unwrap_or(UNKNOWN_SOURCE)
}

/// The function of a frame: as it is named in its source. Where that is not known, its caller's
/// place may have the name that the function is called by: an engine that prints none knows of
/// none, and neither is the name at the caller's then.
pub(super) fn function<'a>(place: &'a Frame, raw: &'a str, caller: Option<&'a Frame>) -> &'a str {
    if let Some(function) = &place.function {
        return function;
    }
    let called = caller.and_then(|caller| caller.name.as_deref());
    called.filter(|_| raw != UNKNOWN_FUNCTION).unwrap_or(raw)
}

/// The source of a place whose map names none, as V8 writes a script without a name.
const UNKNOWN_SOURCE: &str = "<anonymous>";
