//! The scripts of an exception's stacks, with their debug ids.

use crate::SortedMap;
use throughline_otlp::attribute::{AttributeValue, attributes, values};
use throughline_otlp::field::values::VALUES;
use throughline_semconv as semconv;
use throughline_sourcemap::DebugId;

/// A file of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum File {
    /// A script, whose source map has this id.
    Script(DebugId),
    /// A file that has another kind of debug information.
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
                ("wasm", _) => files.add(address, File::Unsupported),
                ("" | "sourcemap", Ok(id)) => files.add(address, File::Script(id)),
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
        // `https://shop.example/app.wasm:wasm-function[7]`
        let (module, _) = address.split_once(":wasm-function[")?;
        self.0.get(module).copied()
    }

    /// The debug id of the script of an address.
    pub(in crate::processor) fn debug_id(&self, address: &str) -> Option<DebugId> {
        match self.0.get(address)? {
            File::Script(id) => Some(*id),
            File::Unsupported => None,
        }
    }

    /// Whether there is none.
    pub(in crate::processor) fn are_none(&self) -> bool {
        self.0.is_empty()
    }
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
