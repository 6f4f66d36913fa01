//! Tests of `throughline sourcemaps` against a small edge that stores indexes, and is strict about what it is sent.

use crate::support::program;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::thread;

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
    assert!(failed.contains("1 of 2 scripts have no index"), "{failed}");
    edge.run(&["upload", folder.text(), "--inject"]);
    let (out, failed) = edge.run(&["verify", folder.text()]);
    assert!(out.contains("b.js: no debug id and no source map"), "{out}");
    assert!(
        out.contains("all 1 scripts with a debug id"),
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
        out.starts_with("all 1 scripts with a debug id have"),
        "{out}{failed}"
    );
    edge.forget();
    let (out, failed) = edge.run(&["verify", &page]);
    assert!(
        out.contains("/assets/a.js: ") && out.contains(" is not stored"),
        "{out}"
    );
    assert!(failed.contains("1 of 1 scripts"), "{failed}");
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
    assert!(out.starts_with("source maps: 1 uploaded"), "{out}{failed}");
}

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
        "source maps: 1 uploaded (0.0 MB), 0 stored already, 2 scripts left out\n",
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
    assert!(failed.contains("2 of 4 scripts have no index"), "{failed}");

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

/// Responds to every request with this head, and returns the address.
fn serve_always(head: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = BufReader::new(stream.try_clone().expect("a stream"));
            let mut line = String::new();
            while request.read_line(&mut line).is_ok_and(|read| read > 2) {
                line.clear();
            }
            let _ = stream.write_all(head.as_bytes());
        }
    });
    address
}

/// Runs a command with a key, or none.
fn run(arguments: &[&str], key: Option<&str>) -> Output {
    let mut command = program(arguments);
    command.env_remove("THROUGHLINE_UPLOAD_KEY");
    if let Some(key) = key {
        command.env("THROUGHLINE_UPLOAD_KEY", key);
    }
    command.output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder with a build: a script with a map, and one without.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn of_build(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sourcemaps-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("assets")).expect("a folder");
        for (name, text) in [("a.js", SCRIPT), ("a.js.map", MAP), ("b.js", "f();\n")] {
            fs::write(path.join("assets").join(name), text).expect("a file");
        }
        Self { path }
    }

    fn text(&self) -> &str {
        self.path.to_str().expect("a path")
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path.join(name)).expect("a file")
    }
}

/// The edge: indexes by id below `/_t`, and files by path.
#[derive(Clone)]
struct Edge {
    address: String,
    indexes: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

impl Edge {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let edge = Self {
            address: listener.local_addr().expect("an address").to_string(),
            indexes: Arc::default(),
            files: Arc::default(),
        };
        let serving = edge.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serving.respond(stream);
            }
        });
        edge
    }

    /// Runs a command with the key, and the address where it takes one; returns what it prints, and its error.
    fn run(&self, arguments: &[&str]) -> (String, String) {
        let url = format!("http://{}/_t", self.address);
        let mut all = vec!["sourcemaps"];
        all.extend(arguments);
        if arguments.first() != Some(&"inspect") {
            all.extend(["--url", &url]);
        }
        let output = run(&all, Some(KEY));
        assert_eq!(
            output.status.success(),
            output.stderr.is_empty(),
            "{output:?}"
        );
        (text(&output.stdout), text(&output.stderr))
    }

    fn stored(&self) -> BTreeMap<String, Vec<u8>> {
        self.indexes.lock().expect("unpoisoned").clone()
    }

    fn forget(&self) {
        self.indexes.lock().expect("unpoisoned").clear();
    }

    fn serve(&self, path: &str, body: &[u8]) {
        let mut files = self.files.lock().expect("unpoisoned");
        files.insert(path.into(), body.into());
    }

    fn respond(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|read| read > 0)
        {
        }
        let value = |name: &str| {
            let mut lines = head.lines();
            lines
                .find_map(|line| line.strip_prefix(name))
                .map(str::trim)
        };
        let length = value("content-length:").and_then(|length| length.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).expect("a body");
        let mut words = head.split(' ');
        let (method, path) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        let is_ours = value("authorization:") == Some(&format!("Bearer {KEY}"));
        let file = self.files.lock().expect("unpoisoned").get(path).cloned();
        let (status, answer) = match (method, path.strip_prefix("/_t/v1/sourcemaps/")) {
            ("GET", None) => file.map_or((404, Vec::new()), |file| (200, file)),
            (_, None) => (404, b"no such path".to_vec()),
            _ if !is_ours => (401, Vec::new()),
            ("HEAD", Some(id)) if self.stored().contains_key(id) => (200, Vec::new()),
            ("HEAD", Some(_)) => (404, Vec::new()),
            ("PUT", Some(id)) if body.starts_with(b"TLSM") => {
                self.indexes
                    .lock()
                    .expect("unpoisoned")
                    .insert(id.into(), body);
                (204, Vec::new())
            }
            _ => (400, b"no index".to_vec()),
        };
        let length = match status {
            204 => String::new(),
            _ => format!("content-length: {}\r\n", answer.len()),
        };
        let head = format!("HTTP/1.1 {status} \r\n{length}connection: close\r\n\r\n");
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(&answer);
    }
}

const KEY: &str = "uk_shop_secret";

/// The text that a minifier makes of the source in the map: `function pay(basket) {`, a check, `throw …`.
const SCRIPT: &str = "function p(t){t.total;throw new TypeError(\"no price\")}p({});\n//# sourceMappingURL=a.js.map\n";
const INLINE: &str = "f();\n//# sourceMappingURL=data:application/json,%7B%22version%22%3A3%7D\n";
const MAP: &str = r#"{"version":3,"sources":["../src/pay.ts","../src/lib.ts"],"sourcesContent":["function pay(basket) {\n  basket.total;\n  throw new TypeError(\"no price\");\n}\npay({});\n",null],"names":["pay","basket","total"],"mappings":"AAAA,SAASA,EAAIC,GACX,EAAOC,MACP,MAAM,IAAI,UAAU","ignoreList":[1]}"#;
