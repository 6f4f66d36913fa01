//! The kinds of requests that the Worker is measured with.

use super::json;
use crate::bench::batch::{self, Encoding, GZIP, compress};
use crate::bench::protobuf::Message;
use crate::failure::Failure;
use std::path::Path;

/// A request, ready to be sent any number of times.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) title: String,
    /// Method, path and the headers that describe the body.
    pub(super) head: String,
    pub(super) body: Vec<u8>,
    /// Whether it makes the Worker send a request of its own.
    pub(super) leaves: bool,
}

impl Request {
    /// All kinds. `folder` is where a body waits for compression.
    pub(super) fn all(folder: &Path) -> Result<Vec<Self>, Failure> {
        let request = |encoding| batch::Request::new(SPANS, encoding, folder);
        let plain = request(Encoding::Identity)?.body;
        let gzip = request(Encoding::Gzip)?.body;
        let brotli = compress("node", &["--eval", BROTLI], &plain, folder)?;
        // Sniffed by its first byte, as zlib is. Without an id: each would be a duplicate.
        let bundle = Message::default().bytes(1, &plain).into_bytes();
        let bundle = compress("gzip", GZIP, &bundle, folder)?;
        let protobuf = |title: &str, encoding: &str, body: &[u8], leaves| {
            let encoding = match encoding {
                "" => String::new(),
                name => format!("content-encoding: {name}\r\n"),
            };
            let head = format!("POST /v1/traces HTTP/1.1\r\n{PROTOBUF}{encoding}");
            Self::new(title, head, body.to_vec(), leaves)
        };
        let mut all = vec![protobuf("protobuf", "", &plain, false)];
        all.push(protobuf("protobuf, gzip", "gzip", &gzip, false));
        all.push(protobuf("protobuf, br", "br", &brotli, false));
        let head = "POST /v1/traces HTTP/1.1\r\ncontent-type: application/json\r\n";
        let json = json::export_request(SPANS).into_bytes();
        all.push(Self::new("JSON", head.to_owned(), json, false));
        let head = "POST /v1/bundle HTTP/1.1\r\ncontent-type: text/plain\r\n";
        all.push(Self::new("Bundle", head.to_owned(), bundle, false));
        all.push(protobuf("protobuf, exported", "", &plain, true));
        for (title, path) in [
            ("proxied, response of 10 KB", "/10000"),
            ("the same, length not announced", "/10000/chunked"),
            ("proxied, response of 1 MB", "/1000000"),
        ] {
            let head = format!("GET {path} HTTP/1.1\r\n");
            all.push(Self::new(title, head, Vec::new(), true));
        }
        Ok(all)
    }

    fn new(title: &str, head: String, body: Vec<u8>, leaves: bool) -> Self {
        let title = match body.len() {
            0 => title.to_owned(),
            bytes => format!("{title}, {bytes} bytes"),
        };
        Self {
            title,
            head,
            body,
            leaves,
        }
    }
}

/// As a page sends them.
const SPANS: usize = 20;
const PROTOBUF: &str = "content-type: application/x-protobuf\r\n";
/// Writes the named file, compressed, to standard output.
const BROTLI: &str = "const {readFileSync} = require('fs'); \
    const {brotliCompressSync} = require('zlib'); \
    process.stdout.write(brotliCompressSync(readFileSync(process.argv[1])))";
