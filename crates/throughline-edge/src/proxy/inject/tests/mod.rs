//! Tests of the script in documents; what they have in common, and the properties of all.

mod compressed;
mod place;

use super::gzip::Gzip;
use super::insertion::Insertion;
use super::policy::Policies;
use super::rewriter::{Rewriter, Step};
use super::source::ScriptAddress;
use super::{Injection, Script};
use crate::config::{InjectConfig, ScriptLoad};
use crate::host::BodyError;
use crate::http::caller::Caller;
use bytes::Bytes;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use http::uri::Scheme;
use proptest::prelude::*;
use std::io::{Read, Write};
use std::sync::Arc;

fn script() -> Arc<Script> {
    let config = InjectConfig {
        script: "/t.js".into(),
        endpoint: "/_t".into(),
        key: Some("pk_shop".into()),
        service_name: "shop-web".into(),
        service_version: None,
        environment: None,
        trace_propagation_targets: Vec::new(),
        web_assembly: true,
        embedded: false,
        integrity: None,
        load: ScriptLoad::First,
    };
    Injection::parse("inject", "/*", &config)
        .expect("valid")
        .script
}

const SNIPPET: &str = r#"<script src='/t.js' data-throughline='{"endpoint":"/_t","key":"pk_shop","serviceName":"shop-web"}'></script>"#;

fn rewriter(script: &Arc<Script>, is_for_document: bool, gzip: Option<Gzip>) -> Rewriter {
    let caller = Caller {
        peer: None,
        client: None,
        scheme: Scheme::HTTPS,
        authority: Some("shop.example".parse().expect("valid")),
        before_peer: None,
    };
    let address = ScriptAddress::new(&script.uri, &caller);
    let policies = Policies::default();
    let script = Arc::clone(script);
    let insertion = Insertion::new(script, address, policies, is_for_document);
    Rewriter::new(insertion, gzip.map(Box::new))
}

/// The bytes that go on of a body in chunks, and how it ends.
fn run(
    mut rewriter: Rewriter,
    chunks: &[&[u8]],
    end: Result<(), BodyError>,
) -> (Vec<u8>, Result<(), BodyError>) {
    let (mut out, mut chunks) = (Vec::new(), chunks.iter());
    loop {
        match rewriter.step() {
            Step::Send(bytes) => {
                assert!(!bytes.is_empty());
                out.extend_from_slice(&bytes);
            }
            Step::Read => match chunks.next() {
                Some(chunk) => rewriter.push(Bytes::copy_from_slice(chunk)),
                None => rewriter.end(end.clone()),
            },
            Step::End => return (out, Ok(())),
            Step::Fail(error) => return (out, Err(error)),
        }
    }
}

fn inject(document: &[u8], is_for_document: bool) -> Vec<u8> {
    let (out, end) = run(
        rewriter(&script(), is_for_document, None),
        &[document],
        Ok(()),
    );
    assert_eq!(end, Ok(()));
    out
}

fn compressed(document: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(document).expect("written");
    encoder.finish().expect("finished")
}

fn decompressed(body: &[u8]) -> Vec<u8> {
    let mut document = Vec::new();
    let read = MultiGzDecoder::new(body).read_to_end(&mut document);
    read.expect("gzip");
    document
}

/// Pieces of which every state of the tokenizer is reached.
fn html() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&str] = &[
        "<",
        ">",
        "/",
        "!",
        "-",
        "--",
        "=",
        "'",
        "\"",
        " ",
        "\n",
        "a",
        "x<",
        "</",
        "<!",
        "<!--",
        "-->",
        "<!doctype html>",
        "<html>",
        "<head>",
        "<head ",
        "</head>",
        "<meta ",
        "charset=utf-8>",
        "<title>",
        "</title>",
        "<script>",
        "</script>",
        "<script ",
        "src=/t.js",
        "data-throughline",
        "<!-- <script",
        "<body>",
        "<link>",
        "<style>",
        "</style>",
        "\u{feff}",
        "http-equiv=content-security-policy",
        " content=\"script-src 'nonce-a'\"",
        "<noscript>",
    ];
    let piece = prop_oneof![
        8 => proptest::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..4),
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

fn divided<'a>(bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let (mut rest, mut chunks) = (bytes, Vec::new());
    for size in sizes.iter().cycle().take(bytes.len()) {
        let (chunk, after) = rest.split_at((*size).min(rest.len()));
        chunks.push(chunk);
        rest = after;
    }
    chunks.push(rest);
    chunks.retain(|chunk| !chunk.is_empty());
    chunks
}

proptest! {
    #[test]
    fn any_division_gives_the_same_and_without_the_script_the_document(
        document in html(),
        sizes in proptest::collection::vec(1..40_usize, 1..8),
        is_for_document: bool,
    ) {
        let wanted = inject(&document, is_for_document);
        let chunks = divided(&document, &sizes);
        let (found, end) = run(rewriter(&script(), is_for_document, None), &chunks, Ok(()));
        prop_assert_eq!(&found, &wanted);
        prop_assert_eq!(end, Ok(()));
        let added = found.len() - document.len();
        if added > 0 {
            let same = found.iter().zip(&document).take_while(|(a, b)| a == b).count();
            // The script may begin as what follows it does.
            let is_there = (0..=same).any(|at| {
                found[at..].starts_with(b"<script src='/t.js'")
                    && [&found[..at], &found[at + added..]].concat() == document
            });
            prop_assert!(is_there);
        }
    }

    #[test]
    fn a_compressed_document_gets_the_same(
        document in html(),
        sizes in proptest::collection::vec(1..40_usize, 1..8),
    ) {
        let wanted = inject(&document, true);
        let body = compressed(&document);
        let chunks = divided(&body, &sizes);
        let (found, end) = run(rewriter(&script(), true, Some(Gzip::to_gzip())), &chunks, Ok(()));
        prop_assert_eq!(&decompressed(&found), &wanted);
        prop_assert_eq!(end, Ok(()));
        let identity = rewriter(&script(), true, Some(Gzip::to_identity()));
        let (found, end) = run(identity, &chunks, Ok(()));
        prop_assert_eq!((found, end), (wanted, Ok(())));
    }
}
