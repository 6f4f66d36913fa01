//! Source maps: reads them by ECMA-426, makes a compact index of each, and looks positions up in
//! an index that is somewhere else, a few kilobytes of it at a time.
//!
//! ```text
//!  developer's machine, CI                          edge
//!  map ──► SourceMap ──┐
//!                      ├─► write::Index ──upload──► store ──ranged reads──► Lookup ──► Frame
//!  minified script ────┘
//! ```
//!
//! - [`Lookup`] and [`Frame`]: positions of a minified script to places in its sources, from an
//!   index. A step function: it asks for ranges of bytes, and whoever stores the index reads them.
//! - [`Header`]: what an index says of itself, checked before it is stored.
//! - [`DebugId`]: what names a script and its map, and [`link`], the comment that names a map.
//! - Feature `map`: [`SourceMap`], and [`decode_inline_map`]. Feature `write`: [`write`](mod@write), which makes an index; feature
//!   `module`: `module`, which makes one of a module of WebAssembly.
#![no_std]

extern crate alloc;

mod debug_id;
mod index;
#[cfg(feature = "map")]
mod inline_map;
pub mod link;
#[cfg(feature = "map")]
mod map;
#[cfg(feature = "module")]
pub mod module;
mod position;
#[cfg(feature = "write")]
pub mod write;

pub use debug_id::{DebugId, DebugIdError};
pub use index::{Context, Frame, Header, IndexError, Lookup, Step};
#[cfg(feature = "map")]
pub use inline_map::decode_inline_map;
#[cfg(feature = "map")]
pub use map::{MappingFault, Original, Source, SourceMap, SourceMapError, json_of};
pub use position::Position;
