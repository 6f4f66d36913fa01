//! Tests of the place, of chunks, and of compressed bodies.

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
use core::sync::atomic::Ordering;
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

/// What goes on of a body in chunks, and how it ends.
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

/// Documents, with `^` at the place.
const DOCUMENTS: &[&str] = &[
    "<!doctype html><html><head>^<script src=a.js></script></head><body>x</body></html>",
    "<!DOCTYPE HTML><HTML LANG=en><HEAD CLASS='a>b'>^<LINK HREF=a><TITLE>x</TITLE></HEAD>",
    "<!doctype html><head><meta charset=utf-8>\n<title>a <b> </titlex> </title >\n^<link href=a>",
    "<!doctype html><head><meta content='>' charset=utf-8 />^</head><body>",
    "<!doctype html><head><meta name=a content=\">'\">^<base href=/a/>",
    "<!doctype html><head><!-- a > b <script> --!><!--> <!---> <!-- -- --->^<style>p{}</style>",
    "<!-- <head> --><!doctype html><!x><?php ?></ x></p><html>\n ^<body>",
    "<!doctype html PUBLIC \"a\" \"b\">\n<meta charset=utf-8>^<p>x",
    "\u{feff}<!doctype html>^<p>x",
    "\u{feff} ^x<head>",
    "<html>^</html>",
    "<html></p>^</body>",
    "<head>^<noscript><meta></noscript>",
    "<head>^</head>",
    "<head/>^</head>",
    "<head><meta charset=utf-8></title><title>x</title></meta>^text",
    "<head>^<<meta>",
    "<head>^<3",
    "^<header>x",
    "^<p><head>",
    "<!doctype html><title>All of it</title>\n^",
    "<!doctype html><head>\n^",
    "^<script>let a = '<head>'</script>",
    "^Hello <head>",
    "<html><head><meta http-equiv=refresh content=1>^<meta-x>",
    "<html a=\"<head>\" b='<head>' c=<head>^<body>",
    "<html =a='b' / c / d=/e>^<frameset>",
];

/// Documents that stay as they are.
const UNCHANGED: &[&str] = &[
    "",
    "<!doctype html>",
    "<!doctype html><html>\n<!-- -->",
    "<!doctype html><head><!-- never ends <script>",
    "<!doctype html><head><title>never ends <script>",
    "<!doctype html><head><meta charset=utf-8",
    "<!doctype html><he",
    "<head><script src='/t.js'></script>",
    "<head><script async src=/t.js></script>",
    "<head><link href=a><script>let a = '<script>'</script><script data-throughline='{}'></script>",
    "<head><script><!-- <script> </script> --></script><SCRIPT SRC=/t.js></script>",
    "<head><style></styl </style ><script src=\"&#47;t.js\">",
    "<head><meta charset=iso-2022-jp><script>",
    "<head><meta http-equiv=Content-Security-Policy content=\"script-src 'none'\"><p>",
    "<head><link href=a><meta content='default-src a.example' http-equiv=content-security-policy><p>",
];

#[test]
fn the_script_goes_in_front_of_what_loads_or_runs() {
    for marked in DOCUMENTS {
        let (document, wanted) = (marked.replace('^', ""), marked.replace('^', SNIPPET));
        let found = inject(document.as_bytes(), true);
        assert_eq!(String::from_utf8_lossy(&found), wanted, "{marked}");
    }
    for document in UNCHANGED {
        let found = inject(document.as_bytes(), true);
        assert_eq!(&String::from_utf8_lossy(&found), document);
    }
}

#[test]
fn utf_16_stays_as_it_is() {
    for mark in [[0xff, 0xfe], [0xfe, 0xff]] {
        let document = [&mark[..], b"<head><script>"].concat();
        assert_eq!(inject(&document, true), document);
    }
}

#[test]
fn a_fragment_gets_a_script_only_where_a_document_was_asked_for() {
    for (marked, is_document) in [
        ("^<p>x</p>", false),
        ("<title>x</title>^<li>x", false),
        ("^text", false),
        ("<!doctype html>^<p>x", true),
        ("<html>^<p>x", true),
        ("<head>^<p>x", true),
        ("<meta charset=utf-8>^<p><head>", false),
    ] {
        let document = marked.replace('^', "");
        let wanted = marked.replace('^', if is_document { SNIPPET } else { "" });
        let found = inject(document.as_bytes(), false);
        assert_eq!(String::from_utf8_lossy(&found), wanted);
    }
}

#[test]
fn every_division_into_two_chunks_gives_the_same() {
    for document in DOCUMENTS.iter().chain(UNCHANGED) {
        let document = document.replace('^', "").into_bytes();
        let wanted = inject(&document, true);
        for at in 0..=document.len() {
            let (first, second) = document.split_at(at);
            let (found, _) = run(rewriter(&script(), true, None), &[first, second], Ok(()));
            assert_eq!(found, wanted, "{at}");
        }
        let bytes: Vec<&[u8]> = document.chunks(1).collect();
        let (found, _) = run(rewriter(&script(), true, None), &bytes, Ok(()));
        assert_eq!(found, wanted);
    }
}

#[test]
fn the_nonce_of_a_policy_in_the_head_is_used() {
    let document = "<head><meta http-equiv=content-security-policy \
        content=\"script-src &#39;nonce-a+/=&#39; 'strict-dynamic'\"><script nonce=a+/=>";
    let found = String::from_utf8(inject(document.as_bytes(), true)).expect("text");
    let nonced = SNIPPET.replace("></script>", " nonce='a+/='></script>");
    assert_eq!(found.replace(&nonced, ""), document);
    assert_ne!(found, document);
}

#[test]
fn a_policy_of_the_head_that_forbids_is_told() {
    let script = script();
    let document = b"<head><meta http-equiv=content-security-policy content='script-src a'><p>";
    let _ = run(rewriter(&script, true, None), &[document], Ok(()));
    assert!(script.is_forbidden.load(Ordering::Relaxed));
}

#[test]
fn a_policy_that_is_too_long_to_be_read_forbids() {
    let document = format!(
        "<head><meta http-equiv=content-security-policy content=\"script-src 'self' {}\"><p>",
        "a".repeat(5000)
    );
    assert_eq!(inject(document.as_bytes(), true), document.as_bytes());
}

#[test]
fn at_most_the_look_ahead_is_held() {
    let mut rewriter = rewriter(&script(), true, None);
    let (mut read, mut sent) = (0, 0);
    let long = format!(
        "<!doctype html><!--{}--><head><link a='{}'>{}",
        "x".repeat(9000),
        "y".repeat(9000),
        "<style> </style>".repeat(900)
    );
    for chunk in long.as_bytes().chunks(64) {
        rewriter.push(Bytes::copy_from_slice(chunk));
        read += chunk.len();
        while let Step::Send(bytes) = rewriter.step() {
            sent += bytes.len();
        }
        assert!(read <= sent + super::head::LOOK_AHEAD + 64, "{read} {sent}");
    }
    assert_eq!(sent, read + SNIPPET.len());
    assert!(rewriter.is_done());
}

#[test]
fn a_body_that_breaks_off_goes_on_as_far_as_it_came() {
    let broken = Err(BodyError("reset".into()));
    for document in ["<!doctype ht", "<head><scr", "<head><script>let a"] {
        let rewriter = rewriter(&script(), true, None);
        let (out, end) = run(rewriter, &[document.as_bytes()], broken.clone());
        assert_eq!(out, document.as_bytes());
        assert_eq!(end, broken);
    }
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

#[test]
fn what_is_no_gzip_passes() {
    for body in [&b""[..], b"<", b"<head><script>", &[0x1f]] {
        for gzip in [Gzip::to_gzip(), Gzip::to_identity()] {
            let chunks: Vec<&[u8]> = body.chunks(1).collect();
            let (out, end) = run(rewriter(&script(), true, Some(gzip)), &chunks, Ok(()));
            assert_eq!((&*out, end), (body, Ok(())));
        }
    }
}

#[test]
fn broken_gzip_goes_on_as_far_as_it_can_be_read_and_fails() {
    let document = DOCUMENTS.concat().replace('^', "").repeat(20);
    let body = compressed(document.as_bytes());
    let wanted = inject(document.as_bytes(), true);
    let (half, _) = body.split_at(body.len() / 2);
    let mut changed = body.clone();
    let checksum = changed.len() - 6;
    changed[checksum] ^= 1;
    for broken in [half, &changed] {
        let rewriter = rewriter(&script(), true, Some(Gzip::to_identity()));
        let (out, end) = run(rewriter, &[broken], Ok(()));
        assert!(out.len() > 500, "{} {end:?}", out.len());
        assert_eq!(out, wanted[..out.len()]);
        assert!(end.is_err());
    }
}

#[test]
fn headers_of_gzip_members_are_read() {
    let document = b"<head><script></script>";
    let plain = compressed(document);
    let (fixed, data) = plain.split_at(10);
    let mut all = fixed.to_vec();
    all[3] = 2 + 4 + 8 + 16;
    all.extend(b"\x03\x00abcname\0comment\0\x12\x34");
    all.extend(data);
    let mut empty_extra = fixed.to_vec();
    empty_extra[3] = 4 + 16;
    empty_extra.extend(b"\x00\x00comment\0");
    empty_extra.extend(data);
    let (first, second) = document.split_at(9);
    let members = [compressed(first), compressed(second)].concat();
    let padded = [&plain[..], &[0; 9]].concat();
    for body in [all, empty_extra, members, padded] {
        let rewriter = rewriter(&script(), true, Some(Gzip::to_identity()));
        let chunks: Vec<&[u8]> = body.chunks(1).collect();
        let (out, end) = run(rewriter, &chunks, Ok(()));
        assert_eq!((out, end), (inject(document, true), Ok(())));
    }
}

#[test]
fn a_document_is_shown_while_it_arrives() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(b"<!doctype html><head></head><p>first")
        .expect("written");
    encoder.flush().expect("flushed");
    let mut rewriter = rewriter(&script(), true, Some(Gzip::to_gzip()));
    assert_eq!(rewriter.step(), Step::Read);
    rewriter.push(encoder.get_ref().clone().into());
    let mut body = Vec::new();
    while let Step::Send(bytes) = rewriter.step() {
        body.extend_from_slice(&bytes);
    }
    let mut shown = Vec::new();
    let _ = MultiGzDecoder::new(&*body).read_to_end(&mut shown);
    assert!(
        shown.ends_with(b"<p>first"),
        "{}",
        String::from_utf8_lossy(&shown)
    );
}

#[test]
fn much_compressed_little_is_decoded_piece_by_piece() {
    let body = compressed(&vec![b' '; 32 << 20]);
    let mut rewriter = rewriter(&script(), true, Some(Gzip::to_identity()));
    rewriter.push(body.into());
    let mut sent = 0;
    while let Step::Send(bytes) = rewriter.step() {
        assert!(bytes.len() <= super::gunzip::PIECE);
        sent += bytes.len();
    }
    assert_eq!(sent, 32 << 20);
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
