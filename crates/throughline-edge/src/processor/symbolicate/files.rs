//! The scripts and modules of an exception's stacks, with their debug ids.

use crate::SortedMap;
use throughline_otlp::attribute::{AttributeValue, attributes, values};
use throughline_otlp::field::values::VALUES;
use throughline_semconv as semconv;
use throughline_sourcemap::DebugId;
use throughline_symbolicate::stack::WasmPlace;

/// A file of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum File {
    /// A script or a module of WebAssembly, whose source map has this id.
    Mapped(DebugId),
    /// A file whose debug information has no such id.
    Unsupported,
}

/// The files of an exception's stacks by their addresses.
#[derive(Debug, Default)]
pub(in crate::processor) struct Files<'a>(SortedMap<&'a str, File>);

impl<'a> Files<'a> {
    /// Reads `throughline.exception.images`. Of two images of one address the first one counts.
    pub(in crate::processor) fn read(images: AttributeValue<'a>) -> Self {
        let mut files = Self::default();
        let AttributeValue::List(list) = images else {
            return files;
        };
        for image in values(list).take(MAX_IMAGES) {
            let AttributeValue::Map(image) = image else {
                continue;
            };
            let (mut kind, mut address, mut id) = ("", "", "");
            for entry in attributes(image, VALUES) {
                let text = entry.value().as_str().unwrap_or_default();
                match entry.key {
                    "type" => kind = text,
                    "code_file" => address = text,
                    "debug_id" => id = text,
                    _ => {}
                }
            }
            if address.is_empty() {
                continue;
            }
            match (kind, DebugId::parse(id)) {
                ("" | "sourcemap", Ok(id)) => files.add(address, File::Mapped(id)),
                ("wasm", _) => {
                    let file = module_id(id).map_or(File::Unsupported, File::Mapped);
                    files.add(address, file);
                }
                // What is no id is to be ignored, and other kinds are no files of pages.
                _ => {}
            }
        }
        files
    }

    /// Adds a file that is not known yet, unless there are too many.
    pub(super) fn add(&mut self, address: &'a str, file: File) {
        if self.0.len() >= MAX_IMAGES {
            return;
        }
        self.0.or_insert_with(address, || file);
    }

    /// The file of an address, as a stack has it.
    pub(super) fn find(&self, address: &str) -> Option<File> {
        if let Some(file) = self.0.get(address) {
            return Some(*file);
        }
        let place = WasmPlace::parse(address)?;
        self.0.get(place.module).copied()
    }

    /// The debug id of the file of an address.
    pub(in crate::processor) fn debug_id(&self, address: &str) -> Option<DebugId> {
        match self.find(address)? {
            File::Mapped(id) => Some(id),
            File::Unsupported => None,
        }
    }

    /// Whether there is none.
    pub(in crate::processor) fn are_none(&self) -> bool {
        self.0.is_empty()
    }
}

/// The id of a module of WebAssembly: the first 16 bytes of its build id, however it is written.
/// Sentry writes an age behind them:
/// <https://develop.sentry.dev/sdk/foundations/envelopes/event-payloads/debugmeta/>.
fn module_id(text: &str) -> Option<DebugId> {
    let mut digits: String = text.chars().filter(|character| *character != '-').collect();
    if digits.len() < FEWEST_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    while digits.len() < 32 {
        digits.push('0');
    }
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32];
    let groups: Option<Vec<&str>> = groups.map(|group| digits.get(group)).into_iter().collect();
    DebugId::parse(&groups?.join("-")).ok()
}

/// Whether a value of an exception names debug ids: its images, or its frames.
pub(in crate::processor) fn names_scripts(key: &str, value: AttributeValue<'_>) -> bool {
    let AttributeValue::List(list) = value else {
        return false;
    };
    match key {
        semconv::THROUGHLINE_EXCEPTION_IMAGES => values(list).next().is_some(),
        semconv::THROUGHLINE_EXCEPTION_FRAMES => values(list).any(|frame| match frame {
            AttributeValue::Map(frame) => {
                attributes(frame, VALUES).any(|entry| entry.key == "debug_id")
            }
            _ => false,
        }),
        _ => false,
    }
}

/// Files of one exception that are known: a page has fewer scripts in its stacks.
const MAX_IMAGES: usize = 512;
/// Hexadecimal digits of the shortest build id of a linker, of 8 bytes.
const FEWEST_DIGITS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_id_is_read_as_tools_write_it() {
        let id = "bd3f0b28-b0a9-4b4f-b3a3-0123456789ab";
        for text in [
            id,
            "bd3f0b28b0a94b4fb3a30123456789ab",
            "BD3F0B28B0A94B4FB3A30123456789AB0",
            "bd3f0b28-b0a9-4b4f-b3a3-0123456789ab-0",
            // SHA-1, of which the first 16 bytes count.
            "bd3f0b28b0a94b4fb3a30123456789abcdef0123",
        ] {
            let read = module_id(text).map(|id| id.to_string());
            assert_eq!(read.as_deref(), Some(id), "{text}");
        }
        let short = module_id("bd3f0b28b0a94b4f").map(|id| id.to_string());
        assert_eq!(
            short.as_deref(),
            Some("bd3f0b28-b0a9-4b4f-0000-000000000000")
        );
        for text in [
            "",
            "bd3f0b28",
            "no build id, surely",
            "größe-größe-größe-größe",
        ] {
            assert_eq!(module_id(text), None, "{text}");
        }
    }
}
