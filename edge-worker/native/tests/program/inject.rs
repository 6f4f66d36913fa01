//! Tests of the program that inserts the script into HTML.

use crate::NOWHERE;
use crate::support::{Running, listen, read_all, read_head, read_until};
use std::io::Write;

#[test]
fn a_document_streams_with_the_script_in_it() {
    let (upstream, url) = listen();
    let edge = Running::configured(&injecting(&url));
    let mut client = edge.connect();
    client.write_all(REQUEST).expect("sent");
    let (mut connection, _) = upstream.accept().expect("a request");
    read_head(&mut connection);
    connection.write_all(HEAD).expect("sent");
    connection.write_all(FIRST).expect("sent");
    // The client has the first part while the upstream still writes.
    let response = read_until(&mut client, "<p>one");
    let script = response.find("<script src='/t.js'").expect("the script");
    let page = response.find("<link>").expect("the head");
    assert!(script < page, "{response}");
    assert!(!response.contains("content-length"), "{response}");
    connection
        .write_all(b"8\r\n<p>last \r\n0\r\n\r\n")
        .expect("sent");
    read_until(&mut client, "<p>last ");
}

#[test]
fn a_document_that_breaks_off_upstream_breaks_off_for_the_client() {
    let (upstream, url) = listen();
    let edge = Running::configured(&injecting(&url));
    let mut client = edge.connect();
    client.write_all(REQUEST).expect("sent");
    let (mut connection, _) = upstream.accept().expect("a request");
    read_head(&mut connection);
    connection.write_all(HEAD).expect("sent");
    connection.write_all(b"8\r\n<head><s\r\n").expect("sent");
    drop(connection);
    let response = read_all(&mut client);
    // What was held goes on, and nothing says that it is whole.
    assert!(response.contains("<head>"), "{response}");
    assert!(response.contains("<s"), "{response}");
    assert!(!response.ends_with("0\r\n\r\n"), "{response}");
}

fn injecting(url: &str) -> String {
    format!(
        "{NOWHERE}\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://{url}\"\n\
         [proxy.routes.inject]\nscript = \"/t.js\"\nendpoint = \"/_t\"\nservice_name = \"shop-web\""
    )
}

const REQUEST: &[u8] = b"GET /x HTTP/1.1\r\nhost: edge.test\r\n\r\n";
const HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ntransfer-encoding: chunked\r\n\r\n";
const FIRST: &[u8] = b"22\r\n<!doctype html><head><link></head>\r\n6\r\n<p>one\r\n";
