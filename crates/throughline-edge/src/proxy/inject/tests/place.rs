//! Tests of the place of the script, and of the documents that do not get it.

use super::super::head::LOOK_AHEAD;
use super::{SNIPPET, inject, rewriter, run, script};
use crate::host::{BodyError, Step};
use bytes::Bytes;
use core::sync::atomic::Ordering;

/// Documents, with `^` at the place.
pub(super) const DOCUMENTS: &[&str] = &[
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
fn a_policy_of_the_head_that_forbids_is_to_be_logged() {
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
        assert!(read <= sent + LOOK_AHEAD + 64, "{read} {sent}");
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
