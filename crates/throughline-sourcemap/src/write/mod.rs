//! Makes the index of a script from its source map and, where there is one, its text.
//!
//! ```
//! use throughline_sourcemap::write::create_index;
//!
//! let map = br#"{"version":3,"sources":["cart.ts"],"names":["add"],"mappings":"AAAA,SAASA"}"#;
//! let index = create_index(map, Some(b"function a(){}"))?;
//! assert_eq!(index.summary.mappings, 2);
//! # Ok::<(), throughline_sourcemap::write::WriteError>(())
//! ```

mod block;
mod bytes;
mod entries;
mod lines;
mod mappings;
mod scopes;

use crate::debug_id::DebugId;
use crate::index::{ENTRY_LENGTH, HeaderFields, MAX_DIRECTORY};
use crate::map::{SourceMap, SourceMapError};
use alloc::string::String;
use alloc::vec::Vec;
use block::Blocks;
use serde::{Deserialize, Serialize};

pub(crate) use entries::Entry;
pub(crate) use scopes::Scopes;
#[cfg(feature = "module")]
pub(crate) use {
    entries::{merge, push},
    scopes::{Boundary, Call, Names},
};

/// An index, to be stored under its debug id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The index itself.
    pub bytes: Vec<u8>,
    /// The debug id of the script.
    pub debug_id: DebugId,
    /// The content of the index.
    pub summary: Summary,
}

/// The parts that an index was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Mappings of the map.
    pub mappings: usize,
    /// Sources of the map.
    pub sources: usize,
    /// Sources whose text the map has, so that frames in them have lines around them.
    pub sources_with_content: usize,
    /// Sources that the map lists as somebody else's.
    pub ignored_sources: usize,
    /// Where the names of functions come from.
    pub functions: Functions,
}

/// Where the names of functions come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Functions {
    /// From the script; so many were found.
    Found(u32),
    /// From the DWARF of a module of WebAssembly: so many of its functions have places in sources.
    Dwarf(u32),
    /// From the section of names of a module of WebAssembly: so many of its functions have one.
    NameSection(u32),
    /// There was no script. Frames have the names that the map has at their positions.
    NoScript,
    /// The script could not be parsed: the parser's message. Frames have the names that the map has at
    /// their positions.
    Unparsable(String),
}

/// Error for a map of which no index can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The map is wrong.
    #[error(transparent)]
    SourceMap(#[from] SourceMapError),
    /// The script is not UTF-8.
    #[error("the script is not UTF-8")]
    Script,
    /// The index would be larger than the format permits.
    #[error("the index would have more than 4 GiB, or more than 300,000 blocks: split the script")]
    TooLarge,
}

/// Makes the index of a script from the text of its map and its own, by the debug id that they
/// have; where they have none, by the one that [`debug_id_of`] makes of the script, or of the map
/// where there is no script.
///
/// The parser calls itself for what is nested in a script: some thousand levels need megabytes of
/// the thread's stack.
///
/// # Errors
/// [`WriteError`]: there is no index.
pub fn create_index(map: &[u8], script: Option<&[u8]>) -> Result<Index, WriteError> {
    let parsed = SourceMap::parse(map)?;
    let script = script.map(core::str::from_utf8).transpose();
    let script = script.map_err(|_| WriteError::Script)?;
    let debug_id = script
        .and_then(DebugId::of_script)
        .or(parsed.debug_id())
        .unwrap_or_else(|| debug_id_of(script.map_or(map, str::as_bytes)));
    index_of(&parsed, script, debug_id)
}

/// Makes the index of the script that `debug_id` names.
///
/// # Errors
/// [`WriteError::TooLarge`].
pub fn index_of(
    map: &SourceMap,
    script: Option<&str>,
    debug_id: DebugId,
) -> Result<Index, WriteError> {
    let (scopes, functions) = scopes::find(map, script);
    let entries = entries::merge(map, &scopes);
    assembled(map, &scopes, &entries, functions, debug_id)
}

/// The index of these entries.
pub(crate) fn assembled(
    map: &SourceMap,
    scopes: &Scopes,
    entries: &[Entry],
    functions: Functions,
    debug_id: DebugId,
) -> Result<Index, WriteError> {
    let found = match functions {
        Functions::Found(found) | Functions::Dwarf(found) | Functions::NameSection(found) => found,
        _ => 0,
    };
    let mut blocks = Blocks::default();
    let mapping_blocks = mappings::write(entries, map, scopes, &mut blocks);
    let line_blocks = lines::write(map, &scopes.calls, &mut blocks);
    let content = &map.sources;
    Ok(Index {
        bytes: assemble(
            debug_id,
            mapping_blocks,
            line_blocks,
            content.len(),
            found,
            &blocks,
        )?,
        debug_id,
        summary: Summary {
            mappings: map.mappings.len(),
            sources: content.len(),
            sources_with_content: content
                .iter()
                .filter(|source| source.content.is_some())
                .count(),
            ignored_sources: content.iter().filter(|source| source.ignored).count(),
            functions,
        },
    })
}

/// A debug id made of a script's bytes: the same for the same bytes, a UUID of version 5.
pub fn debug_id_of(content: &[u8]) -> DebugId {
    use sha1::{Digest as _, Sha1};
    let hash = Sha1::new()
        .chain_update(NAMESPACE)
        .chain_update(content)
        .finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    id[6] = id[6] & 0x0f | 0x50;
    id[8] = id[8] & 0x3f | 0x80;
    DebugId::from_bytes(id)
}

fn assemble(
    debug_id: DebugId,
    mapping_blocks: usize,
    line_blocks: usize,
    sources: usize,
    functions: u32,
    blocks: &Blocks,
) -> Result<Vec<u8>, WriteError> {
    let number = |number: usize| u32::try_from(number).map_err(|_| WriteError::TooLarge);
    let begin = crate::index::HEADER_LENGTH + blocks.entries.len() * ENTRY_LENGTH;
    let mut directory = Vec::with_capacity(blocks.entries.len() * ENTRY_LENGTH);
    for (key, offset) in &blocks.entries {
        directory.extend_from_slice(&key.0.to_le_bytes());
        directory.extend_from_slice(&key.1.to_le_bytes());
        directory.extend_from_slice(&number(begin + offset)?.to_le_bytes());
    }
    if directory.len() > MAX_DIRECTORY {
        return Err(WriteError::TooLarge);
    }
    let header = HeaderFields {
        debug_id,
        mapping_blocks: number(mapping_blocks)?,
        line_blocks: number(line_blocks)?,
        sources: number(sources)?,
        functions,
        directory: &directory,
        blocks: &blocks.bytes,
    };
    Ok([&header.encode(), directory.as_slice(), &blocks.bytes].concat())
}

/// The UUID in whose namespace ids are made.
const NAMESPACE: [u8; 16] = [
    0x5f, 0x0e, 0x3c, 0x1a, 0x9d, 0x4b, 0x4f, 0x7e, 0x8a, 0x61, 0x2d, 0x90, 0xb3, 0xc4, 0x77, 0x18,
];
