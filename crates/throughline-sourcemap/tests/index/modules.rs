//! Indexes of WebAssembly modules: by DWARF, by a source map, by names, and of modules that are broken.

#![expect(clippy::disallowed_methods, reason = "cases are files")]
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a broken case ends the test"
)]

use crate::support::look_up;
use proptest::prelude::*;
use serde_json::Value;
use std::path::Path;
use throughline_sourcemap::module::{
    Module, ModuleError, ModuleParts, index_of_module, with_build_id, without_debug_info,
};
use throughline_sourcemap::write::{Functions, Index};
use throughline_sourcemap::{DebugId, Frame, Position, SourceMap};

const ID: DebugId = DebugId::from_bytes([7; 16]);

fn module() -> Vec<u8> {
    std::fs::read(folder().join("shop.wasm")).unwrap()
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/wasm/rust")
}

fn parts(module: &[u8]) -> ModuleParts<'_> {
    ModuleParts {
        module,
        debug: None,
        map: None,
        name: "shop.wasm",
    }
}

fn frame(index: &Index, offset: u32) -> Option<Frame> {
    look_up(&index.bytes, [Position::in_wasm(offset)])
        .unwrap()
        .0
        .remove(0)
}

/// A frame and its callers, as the case has them.
fn texts(frame: Frame) -> Vec<String> {
    let callers = frame.callers.clone();
    let frames = std::iter::once(frame).chain(callers);
    frames
        .map(|frame| {
            let function = frame.function.unwrap_or_default();
            let source = frame.source.unwrap_or_default();
            match frame.ignored {
                true => format!("{function} library"),
                false => format!("{function} {source}:{}:{}", frame.line, frame.column),
            }
        })
        .collect()
}

fn expected() -> Vec<(u32, Vec<String>)> {
    let text = std::fs::read_to_string(folder().join("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        Module::parse(&module())
            .unwrap()
            .debug_id()
            .unwrap()
            .to_string(),
        expected["debug_id"].as_str().unwrap()
    );
    let frames = expected["frames"].as_object().unwrap().iter();
    frames
        .map(|(offset, texts)| {
            let offset = u32::from_str_radix(offset.trim_start_matches("0x"), 16).unwrap();
            (offset, serde_json::from_value(texts.clone()).unwrap())
        })
        .collect()
}

fn has_expected(index: &Index) {
    for (offset, expected) in expected() {
        let frame = frame(index, offset).expect("a place");
        assert_eq!(texts(frame), expected, "{offset:#x}");
    }
}

#[test]
fn offsets_lead_to_rust_with_the_calls_that_were_inlined() {
    let index = index_of_module(parts(&module()), ID).unwrap();
    assert_eq!(index.summary.functions, Functions::Dwarf(2));
    has_expected(&index);
    assert_eq!(frame(&index, 0x10), None, "in front of the code");
}

#[test]
fn a_stripped_module_has_its_offsets_and_the_index_of_the_module_beside_it() {
    let whole = module();
    let stripped = without_debug_info(&whole).unwrap().unwrap();
    assert!(stripped.len() < whole.len());
    assert!(!Module::parse(&stripped).unwrap().has_debug_info());
    assert_eq!(without_debug_info(&stripped), Ok(None));
    let beside = |module| ModuleParts {
        debug: Some(&whole),
        ..parts(module)
    };
    let index = index_of_module(beside(&stripped), ID).unwrap();
    assert_eq!(index, index_of_module(parts(&whole), ID).unwrap());
    // A section in front of the code moves it: offsets are those of the module that pages load.
    let moved = [&stripped[..8], b"\0\x03\x01xy", &stripped[8..]].concat();
    let index = index_of_module(beside(&moved), ID).unwrap();
    let (offset, expected) = expected().remove(0);
    assert_eq!(texts(frame(&index, offset + 5).unwrap()), expected);
    // A function of the other build returns another number.
    let mut other = stripped.clone();
    let add = other
        .windows(2)
        .rposition(|two| two == b"\x41\x01")
        .expect("the 1 of sum + 1");
    other[add + 1] = 2;
    assert_eq!(
        index_of_module(beside(&other), ID),
        Err(ModuleError::OtherCode)
    );
}

#[test]
fn a_function_of_which_nothing_else_is_known_has_its_name() {
    let stripped = without_debug_info(&module()).unwrap().unwrap();
    let index = index_of_module(parts(&stripped), ID).unwrap();
    assert_eq!(index.summary.functions, Functions::NameSection(2));
    let found = frame(&index, 0x6d).expect("a place");
    // Without the hash that differs in each build.
    assert_eq!(found.function.as_deref(), Some("shop::total"));
    assert_eq!(found.source.as_deref(), Some("shop.wasm"));
}

#[test]
fn a_source_map_has_the_offset_as_its_column_and_functions_have_their_names() {
    let stripped = without_debug_info(&module()).unwrap().unwrap();
    // Column 0x60 is line 3 of shop.c.
    let map = br#"{"version":3,"sources":["shop.c"],"names":[],"mappings":"gGAEA"}"#;
    let map = SourceMap::parse(map).unwrap();
    let described = ModuleParts {
        map: Some(&map),
        ..parts(&stripped)
    };
    let index = index_of_module(described, ID).unwrap();
    for (offset, function) in [(0x6d, "shop::total"), (0x79, "pay")] {
        let found = frame(&index, offset).expect("a place");
        assert_eq!((found.source.as_deref(), found.line), (Some("shop.c"), 3));
        assert_eq!(found.function.as_deref(), Some(function));
    }
}

#[test]
fn what_is_no_module_is_refused_with_a_reason() {
    let of = |bytes: &[u8]| index_of_module(parts(bytes), ID).unwrap_err().to_string();
    assert!(of(b"<!doctype html>").starts_with("it is no whole module of WebAssembly: "));
    assert!(of(&module()[..100]).starts_with("it is no whole module of WebAssembly: "));
    assert_eq!(
        of(b"\0asm\x0d\0\x01\0"),
        "it is a component: give its modules"
    );
    assert_eq!(of(b"\0asm\x01\0\0\0"), "it has no code");
    let nameless = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x04\x01\x02\0\x0b";
    assert_eq!(
        index_of_module(parts(nameless), ID),
        Err(ModuleError::Nothing)
    );
    let mut broken = module();
    let info = broken
        .windows(11)
        .position(|part| part == b".debug_info")
        .unwrap()
        + 11;
    // The version of its first unit.
    broken[info + 4] = 99;
    assert!(
        of(&broken).starts_with("its debug information (DWARF) is broken: "),
        "{}",
        of(&broken)
    );
}

proptest! {
    #[test]
    fn any_changes_are_read_or_refused(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20), length in 0..2000_usize) {
        let mut bytes = module();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(length.max(8));
        if let Ok(index) = index_of_module(parts(&bytes), ID) {
            for offset in 0..bytes.len() as u32 {
                let found = look_up(&index.bytes, [Position::in_wasm(offset)]);
                prop_assert!(found.is_ok());
            }
        }
        let _ = without_debug_info(&bytes);
    }

    #[test]
    fn an_id_that_is_written_is_read(id in any::<[u8; 16]>()) {
        let stripped = b"\0asm\x01\0\0\0";
        let stamped = with_build_id(stripped, DebugId::from_bytes(id));
        prop_assert_eq!(Module::parse(&stamped).unwrap().debug_id(), Some(DebugId::from_bytes(id)));
    }
}
