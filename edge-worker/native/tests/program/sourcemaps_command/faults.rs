//! Tests of what `throughline sourcemaps` says of faults, and of what it does in spite of them.

use super::support::{Edge, Folder, INLINE, KEY, MAP, run, serve_always, text};
use std::fs;
use std::net::TcpListener;

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let edge = Edge::start();
    let folder = Folder::of_build("wrong");
    let url = format!("http://{}/_t", edge.address);
    let upload = [
        "sourcemaps",
        "upload",
        folder.text(),
        "--inject",
        "--url",
        &url,
    ];
    let output = run(&upload, Some("pk_shop"));
    assert!(
        text(&output.stderr).contains("401 Unauthorized of http://"),
        "{output:?}"
    );
    assert!(
        text(&output.stderr).contains("one of `upload_keys` of the project"),
        "{output:?}"
    );
    let output = run(&upload, None);
    assert!(
        text(&output.stderr).contains("THROUGHLINE_UPLOAD_KEY is not set"),
        "{output:?}"
    );
    let output = run(&["sourcemaps", "upload", "dist"], Some(KEY));
    assert!(
        text(&output.stderr).contains("--url is missing"),
        "{output:?}"
    );
    let output = run(
        &["sourcemaps", "upload", "nowhere", "--url", &url],
        Some(KEY),
    );
    assert!(
        text(&output.stderr).contains("nowhere: No such file"),
        "{output:?}"
    );
    fs::write(folder.path.join("assets/a.js.map"), "<!doctype html>").expect("a file");
    let output = run(&upload, Some(KEY));
    assert!(
        text(&output.stderr).contains("a.js: its source map is not JSON of a map"),
        "{output:?}"
    );
}

#[test]
fn a_script_that_cannot_be_uploaded_is_named_and_costs_the_others_nothing() {
    let edge = Edge::start();
    let folder = Folder::of_build("left-out");
    let write = |name: &str, text: &[u8]| {
        fs::write(folder.path.join("assets").join(name), text).expect("a file");
    };
    write(
        "latin1.js",
        b"f(\"Z\xfcrich\");\n//# sourceMappingURL=latin1.js.map\n",
    );
    write("latin1.js.map", MAP.as_bytes());
    write("bytes-without-a-map.js", b"\xff");
    write("inline.js", INLINE.as_bytes());
    let (out, failed) = edge.run(&["upload", folder.text(), "--inject"]);
    for expected in [
        "left out: 1 scripts, such as ",
        "assets/latin1.js: it is not text in UTF-8: build it as such\n",
        "assets/inline.js: its source map is within the script: build with maps in files of their own\n",
        "source maps: 1 uploaded (0.0 MB), 0 stored already, 2 files left out\n",
    ] {
        assert!(out.contains(expected), "{expected}: {out}{failed}");
    }
    assert_eq!(folder.read("assets/inline.js"), INLINE);
    let (out, failed) = edge.run(&["verify", folder.text()]);
    assert!(out.contains("latin1.js: it is not text in UTF-8"), "{out}");
    assert!(
        out.contains("inline.js: its source map is within the script"),
        "{out}"
    );
    assert!(failed.contains("2 of 4 files have no index"), "{failed}");

    for name in ["a.js", "latin1.js"] {
        fs::remove_file(folder.path.join("assets").join(name)).expect("removed");
    }
    let (_, failed) = edge.run(&["upload", folder.text(), "--inject"]);
    assert!(
        failed.contains("no script in") && failed.contains("its source map is within the script"),
        "{failed}"
    );
    let inline = folder.path.join("assets/inline.js").display().to_string();
    let (_, failed) = edge.run(&["inspect", &inline]);
    assert!(
        failed.contains("its source map is within the script"),
        "{failed}"
    );
}

#[test]
fn an_index_that_the_edge_refuses_is_named_and_costs_the_others_nothing() {
    let folder = Folder::of_build("refused");
    let write = |name: &str, text: &str| {
        fs::write(folder.path.join("assets").join(name), text).expect("a file");
    };
    for at in 0..20 {
        write(
            &format!("f{at}.js"),
            &format!("f({at});\n//# sourceMappingURL=f{at}.js.map\n"),
        );
        write(&format!("f{at}.js.map"), MAP);
    }
    Edge::start().run(&["upload", folder.text(), "--inject"]);
    let script = folder.read("assets/a.js");
    let (_, id) = script.split_once("//# debugId=").expect("an id");
    let id = id.lines().next().expect("a line");
    for (status, reason) in [(413, "413 Payload Too Large"), (400, "400 Bad Request")] {
        let edge = Edge::start();
        edge.refuse(id, status);
        let (out, failed) = edge.run(&["upload", folder.text()]);
        assert!(
            out.contains(&format!("assets/a.js: {reason} of http://"))
                && out.contains(": larger than it may be\n"),
            "{out}{failed}"
        );
        assert!(
            out.ends_with("source maps: 20 uploaded (0.0 MB), 0 stored already, 1 not uploaded\n"),
            "{out}{failed}"
        );
        assert!(
            failed.contains("1 of 21 files are not uploaded")
                && failed.contains(&format!("a.js: {reason}")),
            "{failed}"
        );
        assert_eq!(edge.stored().len(), 20);
    }
    let edge = Edge::start();
    edge.refuse(id, 403);
    let (out, failed) = edge.run(&["upload", folder.text()]);
    assert!(failed.contains("403 Forbidden of http://"), "{failed}");
    assert!(!out.contains("stored already"), "{out}");
}

#[test]
fn a_map_of_which_no_index_can_be_made_costs_the_others_nothing() {
    let edge = Edge::start();
    let folder = Folder::of_build("no-index");
    edge.run(&["upload", folder.text(), "--inject"]);
    edge.forget();
    let script = folder.read("assets/a.js").replace("a.js.map", "c.js.map");
    let (text, _) = script.split_once("//# debugId=").expect("an id");
    let id = "//# debugId=85314830-023f-4cf1-a267-535f4e37bb17\n";
    let broken = format!("{text}{id}//# sourceMappingURL=c.js.map\n");
    fs::write(folder.path.join("assets/c.js"), broken).expect("a file");
    fs::write(folder.path.join("assets/c.js.map"), "{\"version\":2}").expect("a file");
    let (out, failed) = edge.run(&["upload", folder.text()]);
    assert!(
        out.contains("not uploaded: ") && out.contains("c.js.map: "),
        "{out}{failed}"
    );
    assert!(
        out.ends_with("source maps: 1 uploaded (0.0 MB), 0 stored already, 1 not uploaded\n"),
        "{out}{failed}"
    );
    assert!(failed.contains("1 of 2 files are not uploaded"), "{failed}");
}

#[test]
fn an_upload_that_was_interrupted_is_made_good_by_the_next() {
    let edge = Edge::start();
    let folder = Folder::of_build("interrupted");
    edge.run(&["upload", folder.text(), "--inject"]);
    let map = folder.path.join("assets/a.js.map");
    let stamped = folder.read("assets/a.js.map");
    // The program was killed when the script had its id, and the map had not.
    fs::write(
        folder.path.join("assets/a.js.map.throughline-new"),
        &stamped,
    )
    .expect("a file");
    fs::write(&map, MAP).expect("a file");
    let (out, failed) = edge.run(&["upload", folder.text(), "--inject"]);
    assert!(out.contains("1 stored already"), "{out}{failed}");
    assert_eq!(folder.read("assets/a.js.map"), stamped);
    let files = fs::read_dir(folder.path.join("assets")).expect("a folder");
    assert_eq!(files.count(), 3);
}

#[test]
fn a_server_that_is_no_edge_is_told_from_one() {
    let folder = Folder::of_build("stranger");
    Edge::start().run(&["upload", folder.text(), "--inject"]);
    let page = "HTTP/1.1 200 \r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: 15\r\n\r\n";
    let url = format!("http://{}/_t", serve_always(page));
    for command in ["upload", "verify"] {
        let output = run(
            &["sourcemaps", command, folder.text(), "--url", &url],
            Some(KEY),
        );
        let said = text(&output.stderr);
        assert!(
            said.contains(&format!("{url} is no edge, but says of any path that it is there: see whether the address has the prefix")),
            "{output:?}"
        );
    }
    let url = format!(
        "http://{}/_t",
        serve_always("HTTP/1.1 202 \r\nconnection: close\r\n\r\n")
    );
    let output = run(
        &["sourcemaps", "upload", folder.text(), "--url", &url],
        Some(KEY),
    );
    assert!(
        text(&output.stderr).contains("is no edge, but says 202 Accepted to HEAD"),
        "{output:?}"
    );
}

#[test]
fn a_key_with_a_line_break_is_in_no_message() {
    let folder = Folder::of_build("key");
    for key in [
        "uk_shop_secret\n",
        "uk_shop\nsecret",
        "uk_shop secret",
        "uk_shop_sécret",
    ] {
        let arguments = [
            "sourcemaps",
            "upload",
            folder.text(),
            "--url",
            "http://127.0.0.1:9",
        ];
        let output = run(&arguments, Some(key));
        let said = text(&output.stderr);
        assert!(
            said.contains("THROUGHLINE_UPLOAD_KEY has a character that no key has"),
            "{output:?}"
        );
        assert!(!said.contains("uk_") && !said.contains("cret"), "{said}");
    }
}

#[test]
fn a_page_that_cannot_be_read_is_named() {
    let edge = Edge::start();
    // A port at which nobody listens.
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port");
    let page = format!(
        "http://{}/page.html",
        closed.local_addr().expect("an address")
    );
    drop(closed);
    let (_, failed) = edge.run(&["verify", &page]);
    assert!(
        failed.contains(&format!("{page} does not respond (")),
        "{failed}"
    );
    assert!(!failed.contains(&edge.address), "{failed}");

    let moved = serve_always(
        "HTTP/1.1 301 \r\nlocation: https://shop.example/\r\nconnection: close\r\n\r\n",
    );
    let page = format!("http://{moved}/");
    let (_, failed) = edge.run(&["verify", &page]);
    assert!(
        failed.contains(&format!(
            "301 Moved Permanently of {page}: it redirects to https://shop.example/"
        )),
        "{failed}"
    );
    let (_, failed) = edge.run(&["verify", "http://shop example/"]);
    assert!(
        failed.contains("http://shop example/ is no address of a page"),
        "{failed}"
    );
}
