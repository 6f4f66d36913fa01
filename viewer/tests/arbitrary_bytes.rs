//! Property tests: arbitrary bytes leave the store consistent.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test a panic is a failure"
)]

use http::{Method, StatusCode};
use proptest::prelude::*;
use throughline_otlp::Signal;
use throughline_otlp::protobuf::Writer;
use throughline_viewer::{Store, StoreError, ViewerResponse, respond};

fn query(store: &Store, uri: &str) -> serde_json::Value {
    match respond(store, &Method::GET, &uri.parse().unwrap()) {
        ViewerResponse::Whole(response) => {
            assert_eq!(response.status(), StatusCode::OK, "{uri}");
            serde_json::from_slice(response.body()).unwrap()
        }
        ViewerResponse::Events(_) => panic!("{uri} is a stream"),
    }
}

/// Checks that every query has a result, and that every listed trace exists.
fn check(store: &Store) {
    for uri in [
        "/api/logs",
        "/api/errors",
        "/api/vitals",
        "/api/exemplars",
        "/api/routes",
        "/api/durations?status=error",
        "/api/durations?operation=a",
        "/api/errors?state=open",
        "/api/services",
        "/api/sessions",
        "/api/attributes",
        "/api/attributes?key=a",
        "/api/status",
        "/api/traces?q=a%3D*+b",
        "/api/traces?q=a%3E1+abcd&errors=1",
    ] {
        query(store, uri);
    }
    for row in query(store, "/api/traces")["traces"].as_array().unwrap() {
        query(
            store,
            &format!("/api/traces/{}", row["trace_id"].as_str().unwrap()),
        );
    }
}

/// Nested messages with field numbers as small as OTLP's.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..24),
        Just(vec![7; 16]),
        Just(vec![7; 8]),
        Just(b"exception".to_vec()),
        Just(b"browser.web_vital".to_vec()),
        Just(b"exception.type".to_vec()),
    ];
    leaf.prop_recursive(8, 96, 6, |inner| {
        prop::collection::vec((1_u32..17, inner, any::<u64>(), 0_u8..8), 1..6).prop_map(|fields| {
            let mut writer = Writer::new();
            for (number, message, scalar, kind) in fields {
                match kind {
                    0 => writer.varint(number, scalar),
                    1 => writer.fixed64(number, scalar),
                    _ => writer.bytes_present(number, &message),
                }
            }
            writer.into_bytes()
        })
    })
}

/// An export request whose one record is arbitrary.
fn request() -> impl Strategy<Value = Vec<u8>> {
    (message(), message(), message()).prop_map(|(resource, scope, mut record)| {
        // Valid ids, so that the span is stored and read again.
        let mut identity = Writer::new();
        identity.bytes(1, &[7; 16]);
        identity.bytes(2, &[7; 8]);
        record.extend(identity.into_bytes());
        let mut writer = Writer::new();
        let group = writer.open(1);
        writer.bytes(1, &resource);
        let scope_group = writer.open(2);
        writer.bytes(1, &scope);
        writer.bytes(2, &record);
        writer.close(scope_group);
        writer.close(group);
        writer.into_bytes()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_bytes_are_refused_or_stored(
        bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..64), message(), request()],
        received_at in any::<u64>(),
    ) {
        let store = Store::in_memory().unwrap();
        for signal in Signal::ALL {
            match store.append(signal, &bytes, received_at) {
                Ok(()) | Err(StoreError::Malformed(_) | StoreError::Identity) => {}
                Err(other) => panic!("blames the machine for the sender's bytes: {other}"),
            }
        }
        check(&store);
    }

    #[test]
    fn nothing_of_a_refused_batch_is_stored(request in request()) {
        let store = Store::in_memory().unwrap();
        let cut = &request[..request.len() - 1];
        prop_assert!(matches!(
            store.append(Signal::Traces, cut, 1),
            Err(StoreError::Malformed(_) | StoreError::Identity)
        ));
        prop_assert!(query(&store, "/api/traces")["traces"] == serde_json::json!([]));
    }

    #[test]
    fn any_query_has_a_response(path in "/api/[a-z/]{0,12}", query in "[ -~]{0,40}") {
        let store = Store::in_memory().unwrap();
        let uri = format!("{path}?{query}");
        if let Ok(uri) = uri.parse()
            && let ViewerResponse::Whole(response) = respond(&store, &Method::GET, &uri)
        {
            prop_assert!(response.status() != StatusCode::INTERNAL_SERVER_ERROR);
        }
    }
}
