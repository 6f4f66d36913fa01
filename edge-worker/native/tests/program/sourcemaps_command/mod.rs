//! Tests of `throughline sourcemaps` against a small edge that stores indexes, and is strict about what it is sent.

mod faults;
mod modules;
mod support;

use std::fs;
use std::net::TcpListener;
use support::{Edge, Folder, SCRIPT};

#[test]
fn scripts_get_ids_and_their_maps_are_stored_once() {
    let edge = Edge::start();
    let folder = Folder::of_build("inject");
    let (out, failed) = edge.run(&["upload", folder.text()]);
    assert!(
        failed.contains("no script in") && failed.contains("--inject"),
        "{failed}{out}"
    );
    assert!(edge.stored().is_empty());

    let (out, failed) = edge.run(&["upload", folder.text(), "--inject"]);
    assert_eq!(
        (out.as_str(), failed.as_str()),
        ("source maps: 1 uploaded (0.0 MB), 0 stored already\n", "")
    );
    let script = folder.read("assets/a.js");
    let (_, id) = script.split_once("//# debugId=").expect("an id");
    let (id, link) = id.split_once('\n').expect("a line");
    assert_eq!(link, "//# sourceMappingURL=a.js.map\n");
    assert!(
        folder
            .read("assets/a.js.map")
            .contains(&format!("\"debugId\":\"{id}\""))
    );
    let stored = edge.stored();
    assert!(
        stored
            .get(id)
            .is_some_and(|index| index.starts_with(b"TLSM")),
        "{stored:?}"
    );

    let (out, failed) = edge.run(&["upload", folder.text(), "--inject"]);
    assert_eq!(
        (out.as_str(), failed.as_str()),
        ("source maps: 0 uploaded (0.0 MB), 1 stored already\n", "")
    );
    assert_eq!(folder.read("assets/a.js"), script, "it has its id");
}

#[test]
fn a_script_without_its_index_is_named() {
    let edge = Edge::start();
    let folder = Folder::of_build("verify");
    let (out, failed) = edge.run(&["verify", folder.text()]);
    assert!(
        out.contains("a.js: no debug id; build with the plugin"),
        "{out}"
    );
    assert!(failed.contains("1 of 2 files have no index"), "{failed}");
    edge.run(&["upload", folder.text(), "--inject"]);
    let (out, failed) = edge.run(&["verify", folder.text()]);
    assert!(out.contains("b.js: no debug id and no source map"), "{out}");
    assert!(
        out.contains("all 1 scripts and modules with an id"),
        "{out}{failed}"
    );

    edge.serve(
        "/shop/page.html",
        b"<script type=module src=\"../assets/a.js\"></script>",
    );
    edge.serve("/assets/a.js", folder.read("assets/a.js").as_bytes());
    let page = format!("http://{}/shop/page.html", edge.address);
    let (out, failed) = edge.run(&["verify", &page]);
    assert!(
        out.starts_with("all 1 scripts and modules with an id have"),
        "{out}{failed}"
    );
    edge.forget();
    let (out, failed) = edge.run(&["verify", &page]);
    assert!(
        out.contains("/assets/a.js: ") && out.contains(" is not stored"),
        "{out}"
    );
    assert!(failed.contains("1 of 1 files"), "{failed}");
}

#[test]
fn a_script_of_another_origin_that_cannot_be_read_is_no_success() {
    let edge = Edge::start();
    let folder = Folder::of_build("elsewhere");
    edge.run(&["upload", folder.text(), "--inject"]);
    // A port at which nobody listens.
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
    let elsewhere = format!("http://{}", closed.local_addr().expect("an address"));
    drop(closed);
    let html = format!("<script src=/assets/a.js></script><script src={elsewhere}/b.js></script>");
    edge.serve("/page.html", html.as_bytes());
    edge.serve("/assets/a.js", folder.read("assets/a.js").as_bytes());
    let page = format!("http://{}/page.html", edge.address);
    let (out, failed) = edge.run(&["verify", &page]);
    assert!(
        out.contains(&format!("{elsewhere}/b.js: cannot be read: ")),
        "{out}"
    );
    assert!(
        failed.contains("1 of 2 scripts could not be read") && failed.contains("--third-party"),
        "{failed}"
    );
    let (out, failed) = edge.run(&["verify", &page, "--third-party", &elsewhere]);
    assert!(
        out.contains(&format!("{elsewhere}/b.js: of a third party, left out"))
            && out.contains("all 1 scripts and modules with an id have"),
        "{out}"
    );
    assert_eq!(failed, "");
}

#[test]
fn a_position_leads_to_its_source() {
    let edge = Edge::start();
    let folder = Folder::of_build("inspect");
    let script = folder.path.join("assets/a.js").display().to_string();
    let place = format!(
        "{script}:1:{}",
        SCRIPT.find("throw").expect("it throws") + 1
    );
    let (out, failed) = edge.run(&["inspect", &place]);
    assert_eq!(failed, "");
    let (first, context) = out.split_once('\n').expect("lines");
    assert_eq!(first, "pay  ../src/pay.ts:3:3");
    assert!(
        context.contains("  >   throw new TypeError(\"no price\");\n"),
        "{out}"
    );

    let (out, _) = edge.run(&["inspect", &script]);
    for expected in [
        "debug id    none: build with the plugin",
        "sources     2, 1 with their text, 1 in ignoreList",
        "lib.ts  without its text  ignored",
    ] {
        assert!(out.contains(expected), "{expected}: {out}");
    }
    let (_, failed) = edge.run(&[
        "inspect",
        &folder.path.join("assets/b.js").display().to_string(),
    ]);
    assert!(
        failed.contains("has no source map: none beside it"),
        "{failed}"
    );
}

#[test]
fn of_a_build_of_next_the_scripts_for_browsers_are_uploaded() {
    let edge = Edge::start();
    let folder = Folder::of_build("next");
    let output = folder.path.join(".next");
    fs::create_dir_all(output.join("static")).expect("a folder");
    fs::create_dir_all(output.join("server")).expect("a folder");
    fs::write(output.join("BUILD_ID"), "1").expect("a file");
    fs::rename(folder.path.join("assets"), output.join("static/chunks")).expect("moved");
    for name in ["a.js", "a.js.map"] {
        let text = fs::read_to_string(output.join("static/chunks").join(name)).expect("a file");
        fs::write(output.join("server").join(name), text).expect("a file");
    }
    let (out, failed) = edge.run(&["upload", folder.text(), "--inject"]);
    assert!(out.starts_with("source maps: 1 uploaded"), "{out}{failed}");
    assert!(!folder.read(".next/server/a.js").contains("debugId"));
}

#[test]
fn a_script_that_is_nested_too_deeply_has_no_functions() {
    let edge = Edge::start();
    let folder = Folder::of_build("deep");
    let script = folder.path.join("assets/a.js").display().to_string();
    let deep = |open: &str, close: &str| {
        let levels = 400_000;
        let (open, close) = (open.repeat(levels), close.repeat(levels));
        let text = format!("x={open}1{close}\n//# sourceMappingURL=a.js.map\n");
        fs::write(&script, text).expect("a file");
    };
    // A chain is nested in the tree alone, which takes less of the stack.
    for (open, close, functions) in [
        ("1+", "", "0, by the script"),
        ("[", "]", "the parser ended: it is nested too deeply"),
    ] {
        deep(open, close);
        let (out, failed) = edge.run(&["inspect", &script]);
        assert_eq!(failed, "", "{open}");
        assert!(out.contains(functions), "{open}: {out}");
    }
    let (out, failed) = edge.run(&["upload", folder.text(), "--inject"]);
    let (named, summary) = out.split_once('\n').expect("two lines");
    assert!(named.contains("a.js: its functions have"), "{out}{failed}");
    assert!(summary.starts_with("source maps: 1 uploaded"), "{out}");
}
