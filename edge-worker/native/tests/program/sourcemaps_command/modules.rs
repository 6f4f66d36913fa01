//! Tests of `throughline sourcemaps` with modules of WebAssembly.

use super::support::{Edge, Folder};
use std::fs;
use std::path::{Path, PathBuf};

const ID: &str = "01020304-0506-0708-090a-0b0c0d0e0f10";

fn case() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/wasm/rust")
}

/// A folder with the module of the case, which has a build id and DWARF.
fn folder(name: &str) -> Folder {
    let folder = Folder::of_build(name);
    fs::remove_dir_all(folder.path.join("assets")).expect("a folder");
    fs::copy(case().join("shop.wasm"), folder.path.join("shop.wasm")).expect("a module");
    folder
}

fn bytes(folder: &Folder) -> Vec<u8> {
    fs::read(folder.path.join("shop.wasm")).expect("a module")
}

/// The module without its last section, which is its build id.
fn without_build_id(folder: &Folder) {
    let module = bytes(folder);
    let name = b"\x08build_id";
    let at = module
        .windows(name.len())
        .position(|part| part == name)
        .expect("a build id")
        - 2;
    assert_eq!(module.len(), at + 28, "it is the last section");
    fs::write(folder.path.join("shop.wasm"), &module[..at]).expect("a file");
}

#[test]
fn a_module_is_uploaded_by_its_build_id_and_stripped_afterwards() {
    let edge = Edge::start();
    let folder = folder("module");
    let (out, failed) = edge.run(&["verify", folder.text()]);
    assert!(
        out.contains(&format!("shop.wasm: {ID} is not stored")),
        "{out}{failed}"
    );
    let before = bytes(&folder);
    let (out, failed) = edge.run(&["upload", folder.text()]);
    assert_eq!(
        (out.as_str(), failed.as_str()),
        ("source maps: 1 uploaded (0.0 MB), 0 stored already\n", "")
    );
    assert_eq!(bytes(&folder), before, "nothing was asked for");
    assert!(
        edge.stored()
            .get(ID)
            .is_some_and(|index| index.starts_with(b"TLSM"))
    );

    edge.run(&["upload", folder.text(), "--strip"]);
    let stripped = bytes(&folder);
    assert!(stripped.len() < before.len());
    assert!(!stripped.windows(11).any(|part| part == b".debug_info"));
    let (out, failed) = edge.run(&["upload", folder.text(), "--strip", "--inject"]);
    assert!(
        out.contains("0 uploaded (0.0 MB), 1 stored already"),
        "{out}{failed}"
    );
    assert_eq!(bytes(&folder), stripped);
    let (out, failed) = edge.run(&["verify", folder.text()]);
    assert!(
        out.starts_with("all 1 scripts and modules with an id have"),
        "{out}{failed}"
    );

    edge.forget();
    let (out, _) = edge.run(&["upload", folder.text()]);
    assert!(
        out.contains("shop.wasm: it has a build id and no debug information")
            && out.ends_with(
                "source maps: 0 uploaded (0.0 MB), 0 stored already, 1 files left out\n"
            ),
        "{out}"
    );
}

#[test]
fn a_module_without_a_build_id_gets_one_that_is_the_same_each_time() {
    let edge = Edge::start();
    let folder = folder("module-inject");
    without_build_id(&folder);
    let module = bytes(&folder);
    let (_, failed) = edge.run(&["upload", folder.text()]);
    assert!(
        failed.contains("no module in") && failed.contains("link with --build-id, or add --inject"),
        "{failed}"
    );
    let (out, _) = edge.run(&["verify", folder.text()]);
    assert!(
        out.contains("shop.wasm: no build id; link with --build-id"),
        "{out}"
    );
    edge.run(&["upload", folder.text(), "--inject"]);
    let stamped = bytes(&folder);
    assert!(stamped.starts_with(&module), "its code stays where it is");
    assert_eq!(edge.stored().len(), 1);
    fs::write(folder.path.join("shop.wasm"), &module).expect("a file");
    edge.run(&["upload", folder.text(), "--inject"]);
    assert_eq!(bytes(&folder), stamped);
}

#[test]
fn debug_information_may_be_beside_the_module() {
    let edge = Edge::start();
    let folder = folder("module-beside");
    let whole = bytes(&folder);
    edge.run(&["upload", folder.text(), "--strip"]);
    let expected = edge.stored();
    edge.forget();
    fs::write(folder.path.join("shop.debug.wasm"), &whole).expect("a file");
    let (out, failed) = edge.run(&["upload", folder.text()]);
    assert!(out.starts_with("source maps: 1 uploaded"), "{out}{failed}");
    assert_eq!(edge.stored(), expected);
    let module = folder.path.join("shop.wasm");
    let module = module.to_str().expect("a path");
    let (out, failed) = edge.run(&["inspect", module]);
    assert!(
        out.contains("described   DWARF in ") && out.contains("shop.debug.wasm\n"),
        "{out}{failed}"
    );
    let (out, failed) = edge.run(&["inspect", &format!("{module}:wasm-function[0]:0x6d")]);
    assert!(
        out.ends_with("inlined into price  shop.rs:27:14\ninlined into total  shop.rs:21:5\n"),
        "{out}{failed}"
    );
    // The code of another build.
    let code = whole
        .windows(2)
        .rposition(|two| two == b"\x41\x01")
        .expect("a constant");
    let mut other = whole;
    other[code + 1] = 2;
    fs::write(folder.path.join("shop.debug.wasm"), &other).expect("a file");
    let (_, failed) = edge.run(&["inspect", module]);
    assert!(
        failed.contains("has other code: both have to be of one build"),
        "{failed}"
    );
}

#[test]
fn a_module_whose_index_is_refused_keeps_its_debug_information_and_so_do_its_copies() {
    let edge = Edge::start();
    edge.refuse(ID, 413);
    let folder = folder("module-refused");
    let copy = folder.path.join("copy.wasm");
    fs::copy(folder.path.join("shop.wasm"), &copy).expect("a module");
    let before = bytes(&folder);
    let (out, failed) = edge.run(&["upload", folder.text(), "--strip"]);
    assert!(
        out.ends_with("source maps: 0 uploaded (0.0 MB), 0 stored already, 1 not uploaded\n"),
        "{out}{failed}"
    );
    assert_eq!(bytes(&folder), before);
    assert_eq!(fs::read(copy).expect("a module"), before);
}

#[test]
fn what_is_wrong_with_a_module_is_said() {
    let edge = Edge::start();
    let folder = folder("module-broken");
    let module = folder.path.join("shop.wasm");
    let mut broken = bytes(&folder);
    let info = broken
        .windows(11)
        .position(|part| part == b".debug_info")
        .expect("DWARF")
        + 11;
    broken[info + 4] = 99;
    fs::write(&module, &broken).expect("a file");
    let (_, failed) = edge.run(&["upload", folder.text()]);
    assert!(
        failed.contains("shop.wasm: its debug information (DWARF) is broken: ")
            && failed.contains("build it anew"),
        "{failed}"
    );
    // One that is none costs the others nothing.
    fs::copy(case().join("shop.wasm"), &module).expect("a module");
    fs::write(folder.path.join("other.wasm"), "<!doctype html>").expect("a file");
    let (out, failed) = edge.run(&["upload", folder.text()]);
    assert!(
        out.contains("other.wasm: it is no whole module of WebAssembly")
            && out.contains("1 uploaded (0.0 MB), 0 stored already, 1 files left out"),
        "{out}{failed}"
    );
    let (out, _) = edge.run(&["verify", folder.text()]);
    assert!(out.contains("other.wasm: it is no whole module"), "{out}");
}
