//! Modules of WebAssembly: reads their build ids, sections and debug information, and makes indexes of them.
//!
//! The generated position of an instruction is its offset in the bytes of the module, as engines print it, in line 0, as source
//! maps have it. DWARF counts from the content of the section Code
//! (<https://yurydelendik.github.io/webassembly-dwarf/#pc>).

mod build_id;
mod dwarf;
mod error;
mod index;
mod path;
mod sections;
mod sources;

pub use build_id::{BUILD_ID, debug_id_of_build_id, with_build_id};
pub use error::ModuleError;
pub use index::{ModuleParts, index_of_module};
pub use sections::{Module, without_debug_info};
