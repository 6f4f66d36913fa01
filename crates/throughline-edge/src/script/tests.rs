//! Tests of the scripts that are served.

use super::*;
use http::Request;
use sha2::{Digest, Sha384};

/// The digest as `integrity` has it.
fn integrity(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    // 48 bytes need no padding.
    let text = Sha384::digest(bytes)
        .chunks(3)
        .flat_map(|three| {
            let bits = three
                .iter()
                .fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
            [18, 12, 6, 0].map(|shift| char::from(DIGITS[bits >> shift & 63]))
        })
        .collect::<String>();
    format!("sha384-{text}")
}

#[test]
fn each_file_is_the_script_of_its_hash() {
    for script in &SCRIPTS {
        let identity = script.identity();
        assert!(identity.starts_with(b"!function") && identity.ends_with(b"();"));
        assert_eq!(script.integrity, integrity(&identity));
        let digest = Sha384::digest(&identity);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(hex.starts_with(script.hash) && script.hash.len() == HASH_DIGITS);
        let mut brotli = Vec::new();
        let mut decoder = brotli::Decompressor::new(script.brotli, 4096);
        decoder.read_to_end(&mut brotli).unwrap();
        assert!(brotli == identity);
        // Budgets: what a page loads, and what each version adds to the Worker.
        assert!(
            script.brotli.len() <= 5_500,
            "{} bytes",
            script.brotli.len()
        );
        let added = script.brotli.len() + script.gzip.len();
        assert!(added <= 12_000, "{added} bytes");
    }
}

#[test]
fn no_two_scripts_have_one_address() {
    let mut hashes: Vec<_> = SCRIPTS.iter().map(|script| script.hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), SCRIPTS.len());
}

#[test]
fn only_addresses_of_scripts_are_named() {
    let current = current();
    let hash = Some(Named::Version(SCRIPTS[0].hash));
    assert_eq!(Named::of_path(&current.path), hash);
    for (path, expected) in [
        ("/t.js", Some(Named::Current)),
        ("/t.0123456789abcdef.js", Some(Named::Unknown)),
        ("/t.0123456789ABCDEF.js", None),
        ("/t.0123.js", None),
        ("/t..js", None),
        ("/t.min.js", None),
        ("/t.js/", None),
        ("/t.js.map", None),
        ("/tt.js", None),
        ("t.js", None),
        ("/v1/t.js", None),
        ("", None),
    ] {
        assert_eq!(Named::of_path(path), expected, "{path}");
    }
}

fn sent(path: &str, method: Method, headers: &[(&str, &str)]) -> Response<Outgoing<Bytes>> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (head, ()) = request.body(()).unwrap().into_parts();
    respond(&head, Named::of_path(path).unwrap())
}

#[test]
fn a_client_that_has_the_bytes_gets_none() {
    let tag = format!("\"{}-br\"", SCRIPTS[0].hash);
    for (named, status) in [
        (tag.clone(), 304),
        (format!("W/{tag}"), 304),
        (format!("\"x\", {tag}"), 304),
        ("*".to_owned(), 304),
        // The bytes of another encoding are other bytes.
        (format!("\"{}\"", SCRIPTS[0].hash), 200),
        ("\"x\"".to_owned(), 200),
        (String::new(), 200),
    ] {
        let headers = [("accept-encoding", "br"), ("if-none-match", &*named)];
        let response = sent("/t.js", Method::GET, &headers);
        assert_eq!(response.status(), status, "{named}");
        assert_eq!(response.headers()["etag"], *tag);
        assert_eq!(response.headers()["cache-control"], SHORTLY);
        assert_eq!(response.headers()["vary"], "Accept-Encoding");
        assert_eq!(
            response.headers().contains_key("content-type"),
            status == 200
        );
    }
}
