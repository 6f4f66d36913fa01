//! Tests of the scripts that are served.

use super::*;
use http::Request;
use sha2::{Digest, Sha256, Sha384};
use throughline_otlp::json::base64;

/// The scripts of two made-up versions.
#[path = "../../../../tests/fixtures/scripts/generated.rs"]
mod generated;

const TWO: &[Script] = &generated::SCRIPTS;

/// The digest as `integrity` has it.
fn integrity(bytes: &[u8]) -> String {
    format!("sha384-{}", base64::encode(&Sha384::digest(bytes)))
}

/// The value of `Available-Dictionary` of a browser that has this script.
fn available(script: &Script) -> String {
    let hash = Sha256::digest(script.identity());
    format!(":{}:", base64::encode(&hash))
}

/// Applies a difference, as a browser does.
fn applied(difference: &[u8], dictionary: &Bytes) -> Vec<u8> {
    assert_eq!(difference[..4], [0xff, b'D', b'C', b'B']);
    assert_eq!(difference[4..36], Sha256::digest(dictionary)[..]);
    let (bytes, dictionary) = (&difference[36..], dictionary.to_vec().into());
    let mut decoder = brotli::reader::Decompressor::new_with_custom_dict(bytes, 4096, dictionary);
    let mut text = Vec::new();
    decoder.read_to_end(&mut text).unwrap();
    text
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
        assert!(applied(script.to_current, &identity) == SCRIPTS[0].identity());
        let added = script.brotli.len() + script.gzip.len() + script.to_current.len();
        assert!(added <= 14_000, "{added} bytes");
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
    let other = Some(Named::Version("0123456789abcdef"));
    assert_eq!(Named::of_path(&current.path), hash);
    for (path, expected) in [
        ("/t.js", Some(Named::Current)),
        ("/t.0123456789abcdef.js", other),
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

fn sent_to(
    scripts: &[Script],
    path: &str,
    method: Method,
    headers: &[(&str, &str)],
) -> Response<Bytes> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (head, ()) = request.body(()).unwrap().into_parts();
    let response: Response<Outgoing<Bytes>> = respond_from(scripts, &head).unwrap();
    response.map(|body| match body {
        Outgoing::Bytes(bytes) => bytes,
        _ => unreachable!("a script is in memory"),
    })
}

fn sent(path: &str, method: Method, headers: &[(&str, &str)]) -> Response<Bytes> {
    sent_to(&SCRIPTS, path, method, headers)
}

#[test]
fn a_client_that_has_an_earlier_script_gets_the_difference() {
    let [current, earlier] = [&TWO[0], &TWO[1]];
    let hash = available(earlier);
    let headers = [
        ("accept-encoding", "gzip, deflate, br, zstd, dcb, dcz"),
        ("available-dictionary", &*hash),
    ];
    for path in ["/t.js".to_owned(), format!("/t.{}.js", current.hash)] {
        let response = sent_to(TWO, &path, Method::GET, &headers);
        let headers_there = response.headers();
        assert_eq!(headers_there["content-encoding"], "dcb");
        assert_eq!(headers_there["vary"], VARIES);
        assert_eq!(headers_there["use-as-dictionary"], FOR_SCRIPTS);
        assert_eq!(
            headers_there["etag"],
            *format!("W/\"{}-dcb\"", current.hash)
        );
        let length = response.body().len().to_string();
        assert_eq!(headers_there["content-length"], *length);
        assert!(response.body().len() < 1_000, "{}", response.body().len());
        let text = applied(response.body(), &earlier.identity());
        assert_eq!(integrity(&text), current.integrity);

        let head = sent_to(TWO, &path, Method::HEAD, &headers);
        assert_eq!(head.headers(), headers_there);
        assert!(head.body().is_empty());
    }
}

#[test]
fn a_client_gets_a_whole_script_where_there_is_no_difference() {
    let [current, earlier] = [&TWO[0], &TWO[1]].map(available);
    let unknown = format!(":{}:", base64::encode(&[7; 32]));
    let address = |place: usize| format!("/t.{}.js", TWO[place].hash);
    for (path, accepted, dictionary, expected) in [
        ("/t.js".to_owned(), "br, dcz", &earlier, "br"),
        ("/t.js".to_owned(), "br, dcb;q=0", &earlier, "br"),
        ("/t.js".to_owned(), "*", &earlier, "br"),
        ("/t.js".to_owned(), "gzip, dcb", &unknown, "gzip"),
        ("/t.js".to_owned(), "br, dcb", &"x".to_owned(), "br"),
        (address(1), "br, dcb", &earlier, "br"),
        (address(1), "br, dcb", &current, "br"),
        (address(0), "br, dcb", &current, "dcb"),
    ] {
        let headers = [
            ("accept-encoding", accepted),
            ("available-dictionary", dictionary),
        ];
        let response = sent_to(TWO, &path, Method::GET, &headers);
        let encoding = &response.headers()["content-encoding"];
        assert_eq!(encoding, expected, "{path} {accepted} {dictionary}");
    }
}

/// A browser keeps what a difference became with the tag of the difference, and says afterwards that it
/// has the current script as a dictionary.
#[test]
fn a_client_that_has_the_current_script_gets_none_by_the_tag_of_each_encoding() {
    let (current, earlier) = (available(&TWO[0]), available(&TWO[1]));
    let [difference, whole, other] = [
        format!("W/\"{}-dcb\"", TWO[0].hash),
        format!("\"{}-br\"", TWO[0].hash),
        format!("\"{}-br\"", TWO[1].hash),
    ];
    for (dictionary, tag, expected) in [
        (&current, &difference, 304),
        (&current, &whole, 304),
        (&earlier, &difference, 304),
        (&earlier, &other, 200),
        (&current, &other, 200),
    ] {
        let headers = [
            ("accept-encoding", "br, dcb"),
            ("available-dictionary", &**dictionary),
            ("if-none-match", tag),
        ];
        let response = sent_to(TWO, "/t.js", Method::GET, &headers);
        assert_eq!(response.status(), expected, "{dictionary} {tag}");
        let told = if expected == 304 { tag } else { &difference };
        assert_eq!(response.headers()["etag"], **told);
        assert_eq!(response.headers()["vary"], VARIES);
    }
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
        assert_eq!(response.headers()["vary"], VARIES);
        assert_eq!(
            response.headers().contains_key("content-type"),
            status == 200
        );
    }
}
