//! Measures what the script costs in HTML that is forwarded, in microseconds per kilobyte of
//! HTML: the best of many rounds of a document of 100 kB, with what the same document costs
//! that passes unchanged.
//!
//! ```text
//! cargo run --release -p throughline-edge --example inject_cost
//! ```
//!
//! `inject_cost gzip 500` and `inject_cost script 500` hold 500 responses of which half is sent,
//! and end: the peak memory of the process, beside that of `inject_cost gzip 0`, says
//! what one takes.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement reads the clock, prints what it finds, and panics"
)]

use bytes::Bytes;
use http::{HeaderValue, Request};
use std::fmt::Write;
use std::time::{Duration, Instant};
use throughline_edge::Edge;
use throughline_edge::config::{BackendConfig, BackendKind, Config, ProxyConfig};
use throughline_edge::host::{Outgoing, Step};
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost, collect};

fn main() {
    let document = document();
    let mut arguments = std::env::args().skip(1);
    if let (Some(name), Some(count)) = (arguments.next(), arguments.next()) {
        let compress = (name == "gzip").then_some("gzip");
        return hold(&document, compress, count.parse().expect("a count"));
    }
    for (name, path, compress) in [
        ("unchanged", "/plain", None),
        ("script", "/", None),
        ("unchanged-gzip", "/plain", Some("gzip")),
        ("script-gzip", "/", Some("gzip")),
    ] {
        let edge = edge();
        let reply = reply(&document, compress);
        let (mut best, begun) = (Duration::MAX, Instant::now());
        let mut sent = 0;
        while begun.elapsed() < Duration::from_secs(2) {
            let round = Instant::now();
            sent = collect(response(&edge, path, &reply)).len();
            best = best.min(round.elapsed());
        }
        let us = best.as_secs_f64() * 1e6 / (document.len() as f64 / 1000.0);
        println!(
            "html {name} bytes {} sent {sent} us_per_kb {us:.2}",
            document.len()
        );
    }
}

/// Holds responses of which half is sent.
fn hold(document: &str, compress: Option<&str>, count: usize) {
    let (edge, reply) = (edge(), reply(document, compress));
    let half = reply.bytes.as_ref().map_or(0, Bytes::len) / 2;
    let open: Vec<_> = (0..count)
        .map(|_| {
            let Outgoing::Rewritten(rewritten) = response(&edge, "/", &reply) else {
                panic!("a document gets the script");
            };
            let (_, mut rewriter) = rewritten.into_parts();
            let mut sent = 0;
            rewriter.push(
                reply
                    .bytes
                    .as_ref()
                    .map_or_else(Bytes::new, |all| all.slice(..half)),
            );
            while let Step::Send(bytes) = rewriter.step() {
                sent += bytes.len();
            }
            (rewriter, sent)
        })
        .collect();
    let sent: usize = open.iter().map(|(_, sent)| sent).sum();
    println!("held {count} sent {sent}");
}

fn response(edge: &Edge, path: &str, reply: &Reply) -> Outgoing<SimBody> {
    let (host, upstream) = (SimHost::new(1), Recorder::default());
    upstream.will_reply([reply.clone()]);
    host.serve("upstream.test", &upstream);
    let mut request = Request::new(SimBody::default());
    let url = format!("http://edge.test{path}");
    *request.uri_mut() = url.parse().expect("a URL");
    let accepted = HeaderValue::from_static("gzip");
    request.headers_mut().insert("accept-encoding", accepted);
    let response = host.executor().run(edge.handle(&host, request));
    response.expect("a response").into_body()
}

fn reply(document: &str, compress: Option<&str>) -> Reply {
    Reply {
        headers: headers(compress),
        bytes: Some(Reply::encoded(document.as_bytes(), compress)),
        chunk_bytes: Some(16 << 10),
        ..Reply::default()
    }
}

fn headers(compress: Option<&str>) -> Vec<(String, String)> {
    let mut headers = vec![("content-type".into(), "text/html; charset=utf-8".into())];
    headers.extend(compress.map(|coding| ("content-encoding".into(), coding.into())));
    headers
}

/// A list of products, as a server renders it.
fn document() -> String {
    let mut html = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Shop</title>\
         <link rel=\"stylesheet\" href=\"/static/app.3f2a1b9c.css\"></head><body><ul>",
    );
    let mut random = 1_u32;
    while html.len() < 100_000 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (id, price) = (random >> 12, random % 10_000);
        // Writing to a string does not fail.
        let _ = writeln!(
            html,
            "<li class=\"product\" data-id=\"{id}\"><a href=\"/products/{id}\">Product {id:x}</a>\
             <span class=\"price\">{}.{:02} €</span></li>",
            price / 100,
            price % 100
        );
    }
    html
}

fn edge() -> Edge {
    let proxy: ProxyConfig = toml::from_str(PROXY).expect("a configuration");
    Edge::new(Config {
        backend: BackendConfig {
            kind: BackendKind::Null,
            ..BackendConfig::default()
        },
        proxy,
        ..Config::default()
    })
    .expect("a usable configuration")
}

const PROXY: &str = r#"
[[routes]]
path = "/plain"
upstream = "http://upstream.test"
[[routes]]
path = "/*"
upstream = "http://upstream.test"
[routes.inject]
script = "/throughline.iife.js"
endpoint = "/_t"
service_name = "shop-web"
"#;
