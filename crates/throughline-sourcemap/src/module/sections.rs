//! The sections of a module: its code, its functions and their names, and what is beside them.

use super::build_id::{BUILD_ID, debug_id_of_build_id};
use super::error::ModuleError;
use crate::debug_id::DebugId;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ops::Range;
use wasmparser::{BinaryReader, Encoding, KnownCustom, Name, Parser, Payload, TypeRef};

/// A module of WebAssembly, whose sections have been found; its code is not validated.
#[derive(Debug, Clone, Default)]
pub struct Module<'a> {
    bytes: &'a [u8],
    /// Custom sections by their names; of several with one name the first.
    custom: BTreeMap<&'a str, &'a [u8]>,
    /// The content of the section Code.
    code: Option<Range<usize>>,
    /// The bodies of functions, by their offsets in the module, in order.
    pub(super) functions: Vec<Range<u32>>,
    /// Functions that are imported: their indices come first.
    imported: u32,
    names: BTreeMap<u32, &'a str>,
}

impl<'a> Module<'a> {
    /// Reads a module.
    ///
    /// # Errors
    /// [`ModuleError`]: it is none, or not a whole one.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ModuleError> {
        let mut module = Self {
            bytes,
            ..Self::default()
        };
        for payload in Parser::new(0).parse_all(bytes) {
            module.add(payload?)?;
        }
        Ok(module)
    }

    fn add(&mut self, payload: Payload<'a>) -> Result<(), ModuleError> {
        match payload {
            Payload::Version { encoding, .. } if encoding != Encoding::Module => {
                return Err(ModuleError::Component);
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    self.imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionStart { range, .. } => self.code = Some(range),
            Payload::CodeSectionEntry(body) => {
                let Range { start, end } = body.range();
                // A module has no more than 4 GiB: lengths have 32 bits.
                self.functions.push(start as u32..end as u32);
            }
            Payload::CustomSection(section) => {
                self.custom.entry(section.name()).or_insert(section.data());
                if let KnownCustom::Name(parts) = section.as_known() {
                    // A section of names that is broken breaks no module.
                    for part in parts.into_iter().map_while(Result::ok) {
                        if let Name::Function(functions) = part {
                            let functions = functions.into_iter().map_while(Result::ok);
                            self.names
                                .extend(functions.map(|named| (named.index, named.name)));
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The debug id that follows from the build id of the module.
    pub fn debug_id(&self) -> Option<DebugId> {
        debug_id_of_build_id(self.custom(BUILD_ID)?)
    }

    /// The address of the module's source map: section `sourceMappingURL`, which is a name.
    pub fn source_mapping_url(&self) -> Option<&'a str> {
        self.text("sourceMappingURL")
    }

    /// The address of the module that has the debug information of this one: section `external_debug_info`
    /// (<https://yurydelendik.github.io/webassembly-dwarf/#external-DWARF>).
    pub fn external_debug_info(&self) -> Option<&'a str> {
        self.text("external_debug_info")
    }

    /// Whether the module has DWARF.
    pub fn has_debug_info(&self) -> bool {
        self.custom(".debug_info")
            .is_some_and(|info| !info.is_empty())
    }

    /// The content of a custom section.
    pub(super) fn custom(&self, name: &str) -> Option<&'a [u8]> {
        self.custom.get(name).copied()
    }

    /// The content of the section Code.
    pub(super) fn code(&self) -> Option<&'a [u8]> {
        self.bytes.get(self.code.clone()?)
    }

    /// Where the content of the section Code begins.
    pub(super) fn code_start(&self) -> Option<u32> {
        u32::try_from(self.code.as_ref()?.start).ok()
    }

    /// The name of a function of the module's own, by its place among them.
    pub(super) fn name(&self, place: u32) -> Option<&'a str> {
        self.names.get(&self.imported.checked_add(place)?).copied()
    }

    fn text(&self, section: &str) -> Option<&'a str> {
        BinaryReader::new(self.custom(section)?, 0)
            .read_string()
            .ok()
    }
}

/// The module without its debug information: DWARF, and the addresses of a source map and of debug information elsewhere. Only what
/// is behind its code is left out, so that each instruction keeps its offset; None where there is nothing.
///
/// # Errors
/// [`ModuleError`]: it is no module.
pub fn without_debug_info(bytes: &[u8]) -> Result<Option<Vec<u8>>, ModuleError> {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut from = 0;
    let mut begin = None;
    let mut is_behind_code = false;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::Version { range, .. } => begin = Some(range.end),
            Payload::CodeSectionEntry(_) => {}
            Payload::CustomSection(section) => {
                let start = begin.replace(section.range().end).unwrap_or_default();
                if is_behind_code && is_debug_info(section.name()) {
                    kept.extend_from_slice(bytes.get(from..start).unwrap_or_default());
                    from = section.range().end;
                }
            }
            payload => {
                is_behind_code |= matches!(payload, Payload::CodeSectionStart { .. });
                if let Some((_, range)) = payload.as_section() {
                    begin = Some(range.end);
                }
            }
        }
    }
    if from == 0 {
        return Ok(None);
    }
    kept.extend_from_slice(bytes.get(from..).unwrap_or_default());
    Ok(Some(kept))
}

fn is_debug_info(section: &str) -> bool {
    section.starts_with(".debug_") || matches!(section, "sourceMappingURL" | "external_debug_info")
}
