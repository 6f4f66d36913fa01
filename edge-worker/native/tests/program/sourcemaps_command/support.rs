//! A build in a folder, the edge for it, and a server that is none.

use crate::support::program;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::thread;

/// Responds to every request with this head, and returns the address.
pub(super) fn serve_always(head: &'static str) -> String {
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
pub(super) fn run(arguments: &[&str], key: Option<&str>) -> Output {
    let mut command = program(arguments);
    command.env_remove("THROUGHLINE_UPLOAD_KEY");
    if let Some(key) = key {
        command.env("THROUGHLINE_UPLOAD_KEY", key);
    }
    command.output().expect("the program runs")
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder with a build: a script with a map, and one without.
pub(super) struct Folder {
    pub(super) path: PathBuf,
}

impl Folder {
    pub(super) fn of_build(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sourcemaps-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("assets")).expect("a folder");
        for (name, text) in [("a.js", SCRIPT), ("a.js.map", MAP), ("b.js", "f();\n")] {
            fs::write(path.join("assets").join(name), text).expect("a file");
        }
        Self { path }
    }

    pub(super) fn text(&self) -> &str {
        self.path.to_str().expect("a path")
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path.join(name)).expect("a file")
    }
}

/// The edge: indexes by id below `/_t`, and files by path.
#[derive(Clone)]
pub(super) struct Edge {
    pub(super) address: String,
    indexes: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    refusals: Arc<Mutex<BTreeMap<String, u16>>>,
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

impl Edge {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let edge = Self {
            address: listener.local_addr().expect("an address").to_string(),
            indexes: Arc::default(),
            refusals: Arc::default(),
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
    pub(super) fn run(&self, arguments: &[&str]) -> (String, String) {
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

    pub(super) fn stored(&self) -> BTreeMap<String, Vec<u8>> {
        self.indexes.lock().expect("unpoisoned").clone()
    }

    pub(super) fn forget(&self) {
        self.indexes.lock().expect("unpoisoned").clear();
    }

    /// Refuses the index of this id from now on.
    pub(super) fn refuse(&self, id: &str, status: u16) {
        let mut refusals = self.refusals.lock().expect("unpoisoned");
        refusals.insert(id.into(), status);
    }

    pub(super) fn serve(&self, path: &str, body: &[u8]) {
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
        let refusal = path.rsplit('/').next().and_then(|id| {
            let refusals = self.refusals.lock().expect("unpoisoned");
            refusals.get(id).copied()
        });
        let (status, answer) = match (method, path.strip_prefix("/_t/v1/sourcemaps/")) {
            ("GET", None) => file.map_or((404, Vec::new()), |file| (200, file)),
            (_, None) => (404, b"no such path".to_vec()),
            _ if !is_ours => (401, Vec::new()),
            ("HEAD", Some(id)) if self.stored().contains_key(id) => (200, Vec::new()),
            ("HEAD", Some(_)) => (404, Vec::new()),
            ("PUT", Some(_)) if refusal.is_some() => (
                refusal.unwrap_or_default(),
                b"larger than it may be".to_vec(),
            ),
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

pub(super) const KEY: &str = "uk_shop_secret";

/// The text that a minifier makes of the source in the map: `function pay(basket) {`, a check, `throw …`.
pub(super) const SCRIPT: &str = "function p(t){t.total;throw new TypeError(\"no price\")}p({});\n//# sourceMappingURL=a.js.map\n";
pub(super) const INLINE: &str =
    "f();\n//# sourceMappingURL=data:application/json,%7B%22version%22%3A3%7D\n";
pub(super) const MAP: &str = r#"{"version":3,"sources":["../src/pay.ts","../src/lib.ts"],"sourcesContent":["function pay(basket) {\n  basket.total;\n  throw new TypeError(\"no price\");\n}\npay({});\n",null],"names":["pay","basket","total"],"mappings":"AAAA,SAASA,EAAIC,GACX,EAAOC,MACP,MAAM,IAAI,UAAU","ignoreList":[1]}"#;
