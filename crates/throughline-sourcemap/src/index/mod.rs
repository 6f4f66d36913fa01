//! The index of one script or module: its format, version 1, and the reader.
//!
//! An index answers one question: which place in which source a position of a minified script
//! comes from, in which function, and what the lines around it are. It is read where it is
//! stored, by ranges: whoever looks a position up reads the header with the directory, one block
//! of mappings and one of lines. All integers are little endian; a *varint* is LEB128, seven bits
//! to a byte, the lowest first; a *signed* varint is a varint of `n << 1 ^ n >> 31`; a *text* is a
//! varint, the number of bytes, and as many bytes of UTF-8.
//!
//! `symbolic-sourcemapcache` has the whole file in memory for a look-up, and the text of all sources
//! in it as it is; `cargo xtask bench symbolication` measures both.
//!
//! ```text
//!   ┌────────┬───────────┬──────────────────┬─────────────────┐
//!   │ header │ directory │ mapping blocks … │ line blocks …   │
//!   └────────┴───────────┴──────────────────┴─────────────────┘
//!   0        64
//! ```
//!
//! # Header, 64 bytes
//!
//! | offset | bytes | content |
//! |---|---|---|
//! | 0 | 4 | `TLSM` |
//! | 4 | 4 | version: 1 |
//! | 8 | 16 | debug id |
//! | 24 | 8 | length of the index in bytes |
//! | 32 | 4 | number of mapping blocks |
//! | 36 | 4 | number of line blocks |
//! | 40 | 4 | number of sources |
//! | 44 | 4 | number of functions that were found in the script |
//! | 48 | 4 | 0, reserved |
//! | 52 | 4 | CRC-32 of the directory |
//! | 56 | 4 | CRC-32 of all that follows the header |
//! | 60 | 4 | CRC-32 of the 60 bytes before |
//!
//! # Directory
//!
//! 12 bytes for each block, first of mappings, then of lines, each kind in ascending order; 4 MiB
//! at most:
//!
//! | offset | bytes | of a mapping block | of a line block |
//! |---|---|---|---|
//! | 0 | 4 | line of its first entry | source of its first line |
//! | 4 | 4 | column of its first entry | its first line |
//! | 8 | 4 | where the block begins in the index | the same |
//!
//! A block ends where the next begins, the last at the end of the index. The first begins behind
//! the directory.
//!
//! # Block
//!
//! 4 bytes: the length of its content, at most 1 MiB; then the content, as zlib data (RFC 1950),
//! which ends with a checksum of its own.
//!
//! ## Content of a mapping block
//!
//! Entries in ascending order of generated position, no two with the same. Each holds from its
//! position to that of the next entry, or to the end of its line.
//!
//! 1. Varints: number of entries, of sources, of strings.
//! 2. The sources that the entries name: a varint, the number that line blocks know it by; a
//!    varint of flags (1: ignored, 2: the map names it, 4: it has lines); a text, its address, of at most
//!    4096 bytes.
//! 3. The strings that the entries name, as texts of at most 1024 bytes.
//! 4. Seven lists of one varint for each entry, one list after the other:
//!    generated line, less that of the entry before (the first: less the directory's);
//!    generated column, less that of the entry before if it is in the same line;
//!    one more than the source's place in list 2, 0 for none;
//!    original line and original column, each a signed varint, less that of the entry before;
//!    one more than the place in list 3 of the name that the map has here, 0 for none;
//!    the same for the name of the function around it.
//! 5. Where calls were inlined, as compilers of WebAssembly modules do, and nowhere else: for each entry a varint, one more than the
//!    place in the table that follows of the call by which its function was inlined, 0 for none; then a varint, the number of calls,
//!    and for each varints: one more than its source's place in list 2, its line and its column there, one more than the place in
//!    list 3 of the calling function's name, and one more than the place of the call by which that was inlined itself, which is
//!    in front of it; 0 for none. At most 15 are around an entry. A reader that does not know them finds the innermost place.
//!
//! ## Content of a line block
//!
//! Lines of sources, those that are at most five away from one that a mapping names; a line is
//! cut at 512 UTF-16 code units. Each run of lines has five more at either end where a block ends
//! within them, so that one block is enough for one place.
//!
//! 1. A varint: number of runs.
//! 2. For each run varints: its source, its first line, the number of its lines, and for each line
//!    its length in bytes.
//! 3. The bytes of all lines, without line breaks.

mod block;
mod bytes;
mod calls;
mod directory;
mod error;
mod frame;
mod header;
mod lines;
mod lookup;
mod mappings;

pub use error::IndexError;
pub use frame::{Context, Frame};
pub use header::Header;
pub use lookup::{Lookup, Step};

#[cfg(feature = "module")]
pub(crate) use calls::MAX_CALLS;
#[cfg(feature = "write")]
pub(crate) use {
    block::MAX_CONTENT,
    directory::{ENTRY_LENGTH, MAX_DIRECTORY},
    frame::CONTEXT_LINES,
    header::{HEADER_LENGTH, HeaderFields},
    lines::LINE,
    mappings::{HAS_LINES, HAS_URL, IGNORED, STRING, URL},
};
