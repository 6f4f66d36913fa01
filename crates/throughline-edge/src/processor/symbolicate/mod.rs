//! Symbolication: positions of minified scripts in exceptions become places in their sources.
//!
//! A second pass, over batches that have exceptions of scripts with debug ids. What has to be
//! looked up is collected ([`Wanted`]), looked up elsewhere ([`Places`]), and written
//! ([`apply`]). A position that is not found leaves its frame as it came, with the reason.

mod by_address;
mod collect;
mod exception;
mod files;
mod frame;
mod places;
mod text;
mod write;

pub use by_address::{ServedScript, script_addresses, symbolicate_served};
pub(crate) use collect::Wanted;
pub(super) use files::{Files, names_scripts};
pub(crate) use places::Found;
pub(crate) use places::Places;
pub use places::{Symbolication, Unresolved};
pub(super) use write::apply;
