//! Fuzz target: any bytes as a WebAssembly module, and any as its DWARF. Each is refused, or has an index that can be read; and
//! without its debug information it is a module still.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throughline_sourcemap::module::{Module, ModuleParts, index_of_module, without_debug_info};
use throughline_sourcemap::{DebugId, Header};

fuzz_target!(|bytes: &[u8]| {
    let parts = ModuleParts {
        module: bytes,
        debug: None,
        map: None,
        name: "fuzz.wasm",
    };
    let id = DebugId::from_bytes([7; 16]);
    if let Ok(index) = index_of_module(parts, id) {
        assert_eq!(Header::check(&index.bytes).map(|header| header.debug_id), Ok(id));
    }
    if let Ok(Some(stripped)) = without_debug_info(bytes) {
        assert!(stripped.len() < bytes.len());
        Module::parse(&stripped).expect("a module without some of its sections is one");
    }
});
