//! Makes the index of a module.

use super::dwarf::{Demangled, Dwarf, demangled};
use super::error::ModuleError;
use super::sections::Module;
use super::sources::{Place, Sources};
use crate::debug_id::DebugId;
use crate::map::SourceMap;
use crate::write::{self, Boundary, Functions, Index, Names, Scopes, WriteError};
use core::ops::Range;

/// The parts of which the index of a module is made.
#[derive(Debug, Clone, Copy)]
pub struct ModuleParts<'a> {
    /// The module that pages load.
    pub module: &'a [u8],
    /// A module with the debug information of that one, whose code is the same.
    pub debug: Option<&'a [u8]>,
    /// The module's source map, which counts where there is no debug information.
    pub map: Option<&'a SourceMap>,
    /// The name of the module's file, for functions of which nothing but their name is known.
    pub name: &'a str,
}

/// Makes the index of the module that `debug_id` names: by its DWARF, or its source map. Functions that neither knows have the name in
/// the module's section of names, with the module itself as their source.
///
/// # Errors
/// [`ModuleError`].
pub fn index_of_module(parts: ModuleParts<'_>, debug_id: DebugId) -> Result<Index, ModuleError> {
    let module = Module::parse(parts.module)?;
    let beside = parts.debug.map(Module::parse).transpose()?;
    let (Some(start), Some(code)) = (module.code_start(), module.code()) else {
        return Err(ModuleError::NoCode);
    };
    // One with the debug information alone has no code.
    let other = beside.as_ref().and_then(Module::code);
    if other.is_some_and(|other| other != code) {
        return Err(ModuleError::OtherCode);
    }
    let name = |place: u32| {
        let beside = beside.as_ref().and_then(|beside| beside.name(place));
        module.name(place).or(beside)
    };
    let described = [&beside, &Some(module.clone())]
        .into_iter()
        .flatten()
        .find(|module| module.has_debug_info())
        .cloned();
    let index = match (&described, parts.map) {
        (None, Some(map)) => return of_map(map, &module, name, debug_id),
        (Some(described), _) => {
            let dwarf = Dwarf::read(described)?;
            let mut names = Demangled::default();
            let add = |body: Range<u32>, name: Option<&str>, sources: &mut Sources| {
                let addresses = body.start.saturating_sub(start)..body.end.saturating_sub(start);
                dwarf.add_function(addresses, start, name, sources, &mut names)
            };
            of_functions(&module, name, parts.name, true, debug_id, add)?
        }
        (None, None) => of_functions(&module, name, parts.name, false, debug_id, |_, _, _| {
            Ok(false)
        })?,
    };
    match index.summary.functions {
        Functions::Dwarf(0) | Functions::NameSection(0) => Err(ModuleError::Nothing),
        _ => Ok(index),
    }
}

/// The index of a module's functions, whose places `add` knows.
fn of_functions<'n>(
    module: &Module<'_>,
    name: impl Fn(u32) -> Option<&'n str>,
    file: &str,
    has_debug_info: bool,
    debug_id: DebugId,
    mut add: impl FnMut(Range<u32>, Option<&str>, &mut Sources) -> Result<bool, ModuleError>,
) -> Result<Index, ModuleError> {
    let mut sources = Sources::default();
    let mut known = 0;
    for (place, body) in (0..).zip(&module.functions) {
        let name = name(place);
        let named = name.and_then(|name| {
            Some(Place {
                function: Some(demangled(name)),
                // What a compiler adds is not of the application; where nothing is known all may be.
                source: sources.module(file, has_debug_info)?,
                at: (0, body.start),
            })
        });
        // The function before has ended.
        sources.push(body.start, named.as_slice());
        let has_places = add(body.clone(), name, &mut sources)?;
        known += u32::from(has_places || named.is_some() && !has_debug_info);
        if sources.entries.len() > MAX_ENTRIES {
            return Err(ModuleError::TooLarge(MAX_ENTRIES));
        }
    }
    let functions = match has_debug_info {
        true => Functions::Dwarf(known),
        false => Functions::NameSection(known),
    };
    let (map, scopes, entries) = sources.into_parts();
    written(write::assembled(
        &map, &scopes, &entries, functions, debug_id,
    ))
}

/// The index of a source map, with the names of the module's functions.
fn of_map<'n>(
    map: &SourceMap,
    module: &Module<'_>,
    name: impl Fn(u32) -> Option<&'n str>,
    debug_id: DebugId,
) -> Result<Index, ModuleError> {
    let mut names = Names::default();
    let mut found = 0;
    let mut boundaries = alloc::vec::Vec::with_capacity(module.functions.len());
    for (place, body) in (0..).zip(&module.functions) {
        let function = name(place).map(|name| names.place(demangled(name)));
        found += u32::from(function.is_some());
        boundaries.push(Boundary {
            at: (0, body.start),
            function,
        });
    }
    let scopes = Scopes {
        names: names.all,
        boundaries,
        calls: alloc::vec::Vec::new(),
    };
    let entries = write::merge(map, &scopes);
    let functions = Functions::NameSection(found);
    written(write::assembled(
        map, &scopes, &entries, functions, debug_id,
    ))
}

fn written(index: Result<Index, WriteError>) -> Result<Index, ModuleError> {
    index.map_err(|_| ModuleError::TooLarge(MAX_ENTRIES))
}

/// The most places of an index: those of a module of hundreds of megabytes.
const MAX_ENTRIES: usize = 16_000_000;
