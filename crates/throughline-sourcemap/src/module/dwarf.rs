//! The places of instructions by the debug information of a module: DWARF.

use super::error::ModuleError;
use super::path::is_library;
use super::sections::Module;
use super::sources::{Place, Sources};
use addr2line::gimli::{self, DwLang, EndianSlice, LittleEndian};
use addr2line::{Context, demangle_auto};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// The debug information of a module.
pub(super) struct Dwarf<'a> {
    context: Context<Bytes<'a>>,
    /// The folders in which compilers ran, but those of libraries.
    folders: BTreeSet<String>,
}

type Bytes<'a> = EndianSlice<'a, LittleEndian>;

impl<'a> Dwarf<'a> {
    /// Reads the sections of a module.
    pub(super) fn read(module: &Module<'a>) -> Result<Self, ModuleError> {
        let section = |name: &str| module.custom(name).unwrap_or_default();
        let dwarf = gimli::Dwarf::load(|id| {
            Ok::<_, ModuleError>(EndianSlice::new(section(id.name()), LittleEndian))
        })?;
        let mut folders = BTreeSet::new();
        let mut units = dwarf.units();
        while let Some(header) = units.next()? {
            let unit = dwarf.unit(header)?;
            let folder = unit
                .comp_dir
                .map(|folder| folder.to_string_lossy().into_owned());
            folders.extend(folder.filter(|folder| !folder.is_empty() && !is_library(folder)));
        }
        Ok(Self {
            context: Context::from_dwarf(dwarf)?,
            folders,
        })
    }

    /// Adds the places of a function's instructions, which are at these addresses; says whether it has any. `base` is what an
    /// address lacks of the offset in the module, `name` what else names the function.
    pub(super) fn add_function(
        &self,
        addresses: Range<u32>,
        base: u32,
        name: Option<&str>,
        sources: &mut Sources,
        names: &mut Demangled<'a>,
    ) -> Result<bool, ModuleError> {
        let rows =
            (self.context).find_location_range(addresses.start.into(), addresses.end.into())?;
        let rows = rows.filter_map(|(address, _, _)| u32::try_from(address).ok());
        let mut begins: Vec<u32> = rows.filter(|address| addresses.contains(address)).collect();
        begins.sort_unstable();
        begins.dedup();
        let ends = begins.iter().skip(1).copied().chain([addresses.end]);
        let mut known = Vec::new();
        for (begin, end) in begins.iter().copied().zip(ends) {
            let mut at = begin;
            loop {
                let frames = self.frames(at)?;
                let places = self.places(&frames, &known, name, sources, names);
                sources.push(base.saturating_add(at), &places);
                if !places.is_empty() {
                    known = places;
                }
                match self.change(at..end, &frames)? {
                    Some(next) => at = next,
                    None => break,
                }
            }
        }
        Ok(!known.is_empty())
    }

    /// Where in a row, whose line holds for all of it, other calls are around than at its beginning.
    fn change(
        &self,
        row: Range<u32>,
        frames: &[Found<'_, 'a>],
    ) -> Result<Option<u32>, ModuleError> {
        let (mut same, mut other) = (row.start, row.end.saturating_sub(1));
        if other <= same || self.frames(other)? == frames {
            return Ok(None);
        }
        while other - same > 1 {
            let middle = same + (other - same) / 2;
            if self.frames(middle)? == frames {
                same = middle;
            } else {
                other = middle;
            }
        }
        Ok(Some(other))
    }

    /// The frames of an address, the innermost first.
    fn frames(&self, address: u32) -> Result<Vec<Found<'_, 'a>>, ModuleError> {
        let mut frames = self.context.find_frames(address.into()).skip_all_loads()?;
        let mut found = Vec::new();
        while let Some(frame) = frames.next()? {
            let location = frame.location.as_ref();
            found.push(Found {
                function: frame
                    .function
                    .as_ref()
                    .map(|name| (name.name, name.language)),
                file: location.and_then(|location| location.file),
                line: location.and_then(|location| location.line),
                column: location.and_then(|location| location.column),
                entry: frame.dw_die_offset.map(|offset| offset.0),
            });
        }
        Ok(found)
    }

    /// The places of frames. An instruction that the compiler has made of no line has that of the one before.
    fn places(
        &self,
        frames: &[Found<'_, 'a>],
        before: &[Place],
        name: Option<&str>,
        sources: &mut Sources,
        names: &mut Demangled<'a>,
    ) -> Vec<Place> {
        let mut places = Vec::with_capacity(frames.len());
        for (at, frame) in frames.iter().enumerate() {
            let own = frame
                .function
                .map(|(name, language)| names.get(name, language));
            let is_outermost = at + 1 == frames.len();
            let function = own.or_else(|| name.filter(|_| is_outermost).map(demangled));
            let source = frame
                .file
                .and_then(|file| sources.number(file, &self.folders));
            match (source, frame.line) {
                (Some(source), Some(line)) => places.push(Place {
                    function,
                    source,
                    at: (
                        line.saturating_sub(1),
                        frame.column.unwrap_or_default().saturating_sub(1),
                    ),
                }),
                // It is of no source: the calls around it are.
                _ if !is_outermost => {}
                _ if places.is_empty() => {
                    let last = before.last().filter(|last| last.function == function);
                    places.extend(last.cloned());
                }
                _ => {}
            }
        }
        places
    }
}

/// A frame, as DWARF has it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found<'c, 'a> {
    function: Option<(Bytes<'a>, Option<DwLang>)>,
    file: Option<&'c str>,
    line: Option<u32>,
    column: Option<u32>,
    /// The entry of the function, or of the inlined call.
    entry: Option<usize>,
}

/// Names of functions as their sources have them.
#[derive(Default)]
pub(super) struct Demangled<'a>(BTreeMap<&'a [u8], String>);

impl<'a> Demangled<'a> {
    fn get(&mut self, name: Bytes<'a>, language: Option<DwLang>) -> String {
        let demangle = || demangle_auto(name.to_string_lossy(), language).into_owned();
        self.0.entry(name.slice()).or_insert_with(demangle).clone()
    }
}

/// The name of a function, as its source has it: without the hash of Rust, which differs in each build.
pub(super) fn demangled(name: &str) -> String {
    let name = demangle_auto(name.into(), None);
    // wasm-bindgen has demangled it with its hash, and may write more behind that.
    let hash = name.match_indices("::h").find_map(|(at, mark)| {
        let end = at + mark.len() + HASH;
        let digits = name.get(at + mark.len()..end)?;
        let ends = name
            .get(end..)?
            .chars()
            .next()
            .is_none_or(|next| next == ' ');
        (ends && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(at..end)
    });
    let mut name = name.into_owned();
    if let Some(hash) = hash {
        name.replace_range(hash, "");
    }
    name
}

/// Digits of the hash in a name of Rust.
const HASH: usize = 16;

#[cfg(test)]
mod tests {
    use super::demangled;

    #[test]
    fn a_name_has_no_hash() {
        for (name, expected) in [
            ("_ZN4shop5total17hffb85e46c9268937E", "shop::total"),
            ("shop::total::hffb85e46c9268937", "shop::total"),
            (
                "shop::invoke::hffb85e46c9268937 externref shim",
                "shop::invoke externref shim",
            ),
            ("_Z5totali", "total(int)"),
            ("shop::hats", "shop::hats"),
            ("pay", "pay"),
        ] {
            assert_eq!(demangled(name), expected);
        }
    }
}
