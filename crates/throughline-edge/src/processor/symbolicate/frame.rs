//! A frame of `throughline.exception.frames`, as it came.

use super::files::{File, Files};
use super::places::{Places, Unresolved};
use throughline_otlp::attribute::attributes;
use throughline_otlp::field::values::VALUES;
use throughline_sourcemap::{DebugId, Frame, Position};
use throughline_symbolicate::stack::{UNKNOWN_FUNCTION, WasmPlace};

/// A frame, as it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawFrame<'a> {
    pub(super) function: &'a str,
    pub(super) filename: &'a str,
    pub(super) lineno: Option<u32>,
    pub(super) colno: Option<u32>,
    pub(super) debug_id: Option<DebugId>,
    /// The offset in a module of WebAssembly.
    address: Option<u32>,
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
            address: None,
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
                "instruction_addr" => {
                    let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
                    let offset = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
                    frame.address = offset;
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
        match self.debug_id {
            Some(id) => Some(File::Mapped(id)),
            None => files.find(self.filename),
        }
    }

    /// Where the frame is in its script or module, as source maps count.
    pub(super) fn position(&self) -> Option<Position> {
        let place = position(self.filename, self.lineno, self.colno);
        place.or_else(|| self.address.map(Position::in_wasm))
    }

    /// The place of the frame in a source; `None` where nothing is to be looked up.
    pub(super) fn place<'p>(
        &self,
        files: &Files<'_>,
        places: &'p Places,
    ) -> Option<Result<&'p Frame, Unresolved>> {
        Some(match (self.file(files)?, self.position()) {
            (File::Unsupported, _) => Err(Unresolved::Unsupported),
            (File::Mapped(_), None) => Err(Unresolved::NoPosition),
            (File::Mapped(id), Some(position)) => places.find(id, position),
        })
    }
}

/// Where a frame is, as source maps count: a position in a script, or the offset in a module.
pub(super) fn position(file: &str, lineno: Option<u32>, colno: Option<u32>) -> Option<Position> {
    match WasmPlace::parse(file) {
        Some(place) => Some(Position::in_wasm(place.offset?)),
        None => Position::from_stack(lineno?, colno?),
    }
}
