//! A frame of `throughline.exception.frames`, as it came.

use super::files::{File, Files};
use super::places::{Places, Unresolved};
use throughline_otlp::attribute::attributes;
use throughline_otlp::field::values::VALUES;
use throughline_sourcemap::{DebugId, Frame, Position};
use throughline_symbolicate::stack::UNKNOWN_FUNCTION;

/// A frame, as it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawFrame<'a> {
    pub(super) function: &'a str,
    pub(super) filename: &'a str,
    pub(super) lineno: Option<u32>,
    pub(super) colno: Option<u32>,
    pub(super) debug_id: Option<DebugId>,
    /// Whether it was looked up before.
    is_done: bool,
}

impl<'a> RawFrame<'a> {
    /// Reads the entries of a frame.
    pub(super) fn read(map: &'a [u8]) -> Self {
        let mut frame = Self {
            function: UNKNOWN_FUNCTION,
            filename: "",
            lineno: None,
            colno: None,
            debug_id: None,
            is_done: false,
        };
        for entry in attributes(map, VALUES) {
            let value = entry.value();
            let number = || u32::try_from(value.as_int()?).ok();
            match entry.key {
                "function" => frame.function = value.as_str().unwrap_or(UNKNOWN_FUNCTION),
                "filename" => frame.filename = value.as_str().unwrap_or_default(),
                "lineno" => frame.lineno = number(),
                "colno" => frame.colno = number(),
                "debug_id" => {
                    frame.debug_id = value.as_str().and_then(|id| DebugId::parse(id).ok());
                }
                "raw_filename" | "symbolication" => frame.is_done = true,
                _ => {}
            }
        }
        frame
    }

    /// The file of the frame; `None` where nothing is to be looked up.
    pub(super) fn file(&self, files: &Files<'_>) -> Option<File> {
        if self.is_done {
            return None;
        }
        // The place in WebAssembly is no line of a script, whatever the id is of.
        let is_wasm = self.filename.contains(":wasm-function[");
        match self.debug_id {
            Some(_) if is_wasm => Some(File::Unsupported),
            Some(id) => Some(File::Script(id)),
            None => files.find(self.filename),
        }
    }

    /// Where the frame is in its script, as source maps count.
    pub(super) fn position(&self) -> Option<Position> {
        Position::from_stack(self.lineno?, self.colno?)
    }

    /// The place of the frame in a source; `None` where nothing is to be looked up.
    pub(super) fn place<'p>(
        &self,
        files: &Files<'_>,
        places: &'p Places,
    ) -> Option<Result<&'p Frame, Unresolved>> {
        Some(match (self.file(files)?, self.position()) {
            (File::Unsupported, _) => Err(Unresolved::Unsupported),
            (File::Script(_), None) => Err(Unresolved::NoPosition),
            (File::Script(id), Some(position)) => places.find(id, position),
        })
    }
}
