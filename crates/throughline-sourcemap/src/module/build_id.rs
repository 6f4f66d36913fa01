//! The custom section `build_id` of a module, and the debug id that follows from it.
//!
//! `wasm-ld --build-id` writes a vector of bytes
//! (<https://github.com/WebAssembly/tool-conventions/blob/main/BuildId.md>); `wasm-split` of Sentry writes 16 bytes without
//! their number. `npm/browser/src/wasm/build-id.ts` reads both likewise.

use crate::debug_id::DebugId;
use alloc::vec::Vec;

/// The name of the section.
pub const BUILD_ID: &str = "build_id";

/// The debug id of a module by the content of its section: the first 16 bytes of its build id, a shorter one filled with zeros. None
/// where there are fewer than 8, which no linker writes.
pub fn debug_id_of_build_id(section: &[u8]) -> Option<DebugId> {
    let id = match section.split_first() {
        Some((length, rest)) if section.len() != BYTES && usize::from(*length) == rest.len() => {
            rest
        }
        _ => section,
    };
    if id.len() < FEWEST {
        return None;
    }
    let mut bytes = [0; BYTES];
    for (to, from) in bytes.iter_mut().zip(id) {
        *to = *from;
    }
    Some(DebugId::from_bytes(bytes))
}

/// The module with a section `build_id` at its end. It has none.
pub fn with_build_id(module: &[u8], id: DebugId) -> Vec<u8> {
    let name = BUILD_ID.as_bytes();
    let mut section = Vec::from([name.len() as u8]);
    section.extend_from_slice(name);
    section.push(BYTES as u8);
    section.extend_from_slice(id.as_bytes());
    // Each length is one of a single byte of LEB128.
    [module, &[CUSTOM, section.len() as u8], &section].concat()
}

/// Bytes of a debug id, and of the shortest build id of a linker.
const BYTES: usize = 16;
const FEWEST: usize = 8;
/// The kind of a custom section.
const CUSTOM: u8 = 0;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn the_sections_of_linkers_and_of_sentry_are_read() {
        let of = |section: &[u8]| debug_id_of_build_id(section).map(|id| id.to_string());
        let uuid: Vec<u8> = (1..=16).collect();
        let id = Some("01020304-0506-0708-090a-0b0c0d0e0f10".to_string());
        assert_eq!(of(&uuid), id, "without a number");
        assert_eq!(of(&[&[16], &uuid[..]].concat()), id);
        let sha1: Vec<u8> = (1..=20).collect();
        assert_eq!(of(&[&[20], &sha1[..]].concat()), id);
        let fast = Some("01020304-0506-0708-0000-000000000000".to_string());
        assert_eq!(of(&[8, 1, 2, 3, 4, 5, 6, 7, 8]), fast);
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[3, 1, 2, 3]), None);
    }

    #[test]
    fn an_id_that_is_written_is_read() {
        let id = DebugId::from_bytes([7; 16]);
        let module = with_build_id(b"\0asm\x01\0\0\0", id);
        let module = crate::module::Module::parse(&module).expect("a module");
        assert_eq!(module.debug_id(), Some(id));
    }
}
