//! Tests of documents in gzip.

use super::super::gunzip::PIECE;
use super::super::gzip::Gzip;
use super::place::DOCUMENTS;
use super::{compressed, inject, rewriter, run, script};
use crate::host::Step;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::io::{Read, Write};

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
        assert!(bytes.len() <= PIECE);
        sent += bytes.len();
    }
    assert_eq!(sent, 32 << 20);
}
