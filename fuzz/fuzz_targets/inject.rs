//! Fuzz target: documents through an edge that inserts a script. What arrives is the document, with
//! the script or without it, whatever its chunks and its compression. The first byte has two
//! options, the second is the size of a chunk, and the policy ends with a zero byte.
#![no_main]

use flate2::read::MultiGzDecoder;
use http::{HeaderValue, Request};
use libfuzzer_sys::fuzz_target;
use std::io::Read;
use throughline_edge::config::{
    BackendConfig, BackendKind, InjectConfig, ProxyConfig, RouteConfig, ScriptLoad,
};
use throughline_edge::{Config, Edge};
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost, collect};

fuzz_target!(|sent: &[u8]| {
    let [options, chunk_bytes, rest @ ..] = sent else {
        return;
    };
    let (is_for_document, is_gzip) = (options & 1 == 0, options & 2 != 0);
    let policy_bytes = rest.iter().position(|byte| *byte == 0).unwrap_or(0);
    let (policy, document) = rest.split_at(policy_bytes);
    let document = document.strip_prefix(b"\0").unwrap_or(document);
    let exchange = |bytes: &[u8], chunk_bytes: Option<usize>, is_gzip: bool| {
        let mut headers = vec![("content-type".into(), "text/html".into())];
        match std::str::from_utf8(policy) {
            Ok(policy) if !policy.is_empty() => {
                headers.push(("content-security-policy".into(), policy.into()));
            }
            _ => {}
        }
        if is_gzip {
            headers.push(("content-encoding".into(), "gzip".into()));
        }
        let reply = Reply {
            headers,
            bytes: Some(bytes.to_vec().into()),
            chunk_bytes,
            ..Reply::default()
        };
        respond(reply, is_for_document)
    };
    let chunk_bytes = Some(usize::from(*chunk_bytes).max(1));
    let changed = exchange(document, chunk_bytes, is_gzip);
    if !is_gzip {
        assert_eq!(changed, exchange(document, None, false));
        assert!(without_script(&changed, document));
        return;
    }
    let mut decoded = Vec::new();
    if MultiGzDecoder::new(document)
        .read_to_end(&mut decoded)
        .is_ok()
        && !document.is_empty()
    {
        let is_forbidden = changed == document;
        assert!(is_forbidden || changed == exchange(&decoded, None, false));
    }
});

fn respond(reply: Reply, is_for_document: bool) -> Vec<u8> {
    let mut request = Request::new(SimBody::default());
    *request.uri_mut() = "http://edge.test/".parse().expect("a URL");
    if is_for_document {
        let document = HeaderValue::from_static("document");
        request.headers_mut().insert("sec-fetch-dest", document);
    }
    let edge = Edge::new(Config {
        backend: BackendConfig {
            kind: BackendKind::Null,
            ..BackendConfig::default()
        },
        proxy: ProxyConfig {
            routes: vec![RouteConfig {
                path: "/*".into(),
                upstream: "http://upstream.test".into(),
                inject: Some(InjectConfig {
                    script: "/t.js".into(),
                    endpoint: "/_t".into(),
                    key: None,
                    service_name: "shop-web".into(),
                    service_version: None,
                    environment: None,
                    trace_propagation_targets: Vec::new(),
                    web_assembly: true,
                    embedded: false,
                    integrity: None,
                    load: ScriptLoad::First,
                }),
                ..RouteConfig::default()
            }],
            ..ProxyConfig::default()
        },
        ..Config::default()
    })
    .expect("a usable configuration");
    let host = SimHost::new(1);
    let upstream = Recorder::default();
    upstream.will_reply([reply]);
    host.serve("upstream.test", &upstream);
    let response = host.executor().run(edge.handle(&host, request));
    let document = collect(response.expect("a response").into_body());
    host.executor().run_until_idle();
    document.to_vec()
}

/// Whether one is the other, perhaps with a script in it.
fn without_script(changed: &[u8], document: &[u8]) -> bool {
    if changed == document {
        return true;
    }
    let Some(added) = changed.len().checked_sub(document.len()) else {
        return false;
    };
    let same = changed
        .iter()
        .zip(document)
        .take_while(|(a, b)| a == b)
        .count();
    // The script may begin as what follows it does.
    (0..=same).any(|at| {
        changed[at..].starts_with(b"<script src='/t.js' data-throughline=")
            && changed[at..at + added].ends_with(b"></script>")
            && changed[at + added..] == document[at..]
    })
}
