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
        "/api/metrics?q=a&attribute=a%3D*",
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
    for row in query(store, "/api/metrics")["metrics"].as_array().unwrap() {
        let name = row["metric"].as_str().unwrap();
        let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
        // One without a name cannot be asked for.
        if !name.is_empty() {
            query(store, &format!("/api/metric?metric={name}&steps=3"));
        }
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
        request_of(&resource, &scope, &record)
    })
}

fn request_of(resource: &[u8], scope: &[u8], record: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    let group = writer.open(1);
    writer.bytes(1, resource);
    let scope_group = writer.open(2);
    writer.bytes(1, scope);
    writer.bytes(2, record);
    writer.close(scope_group);
    writer.close(group);
    writer.into_bytes()
}

/// A field of a data point: numbers of eight bytes, such as times, counts and values that are not numbers,
/// lists of them, scales, ranges, and bytes that are none of these.
fn point_field() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![
        any::<u64>(),
        0..40_u64,
        Just(1_760_000_000_000_000_000),
        (-9.0..1e300).prop_map(f64::to_bits),
        Just(f64::NAN.to_bits()),
        Just(f64::INFINITY.to_bits()),
    ];
    let list = prop::collection::vec(number.clone(), 0..12);
    (1_u32..15, number, list, message(), 0_u8..6).prop_map(
        |(field, number, list, message, kind)| {
            let mut writer = Writer::new();
            match kind {
                0 | 1 => writer.fixed64_present(field, number),
                2 => writer.varint_present(field, number),
                3 => {
                    let packed: Vec<u8> = list
                        .iter()
                        .flat_map(|number| number.to_le_bytes())
                        .collect();
                    writer.bytes_present(field, &packed);
                }
                4 => {
                    let ranges = writer.open(field);
                    writer.varint_present(1, number);
                    list.iter()
                        .for_each(|count| writer.varint_present(2, *count));
                    writer.close(ranges);
                }
                _ => writer.bytes_present(field, &message),
            }
            writer.into_bytes()
        },
    )
}

/// An export request with one metric of any kind.
fn metric_request() -> impl Strategy<Value = Vec<u8>> {
    let point = prop::collection::vec(point_field(), 0..12);
    let kind = prop::sample::select(vec![5_u32, 7, 9, 10, 11]);
    (kind, 0..3_u64, prop::collection::vec(point, 0..6)).prop_map(|(kind, temporality, points)| {
        let mut metric = Writer::new();
        metric.string(1, "m");
        let data = metric.open(kind);
        for point in points {
            metric.bytes_present(1, &point.concat());
        }
        metric.varint(2, temporality);
        metric.close(data);
        request_of(b"", b"", metric.as_bytes())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_bytes_are_refused_or_stored(
        bytes in prop_oneof![prop::collection::vec(any::<u8>(), 0..64), message(), request(), metric_request()],
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
    fn metrics_of_any_values_are_stored_and_shown(
        requests in prop::collection::vec(metric_request(), 1..4),
    ) {
        let store = Store::in_memory().unwrap();
        for request in &requests {
            store.append(Signal::Metrics, request, 1_760_000_000_000_000_000).unwrap();
        }
        let points = query(&store, "/api/status")["store"]["metric_points"].clone();
        check(&store);
        for request in &requests {
            store.append(Signal::Metrics, request, 1_760_000_000_000_000_000).unwrap();
        }
        prop_assert_eq!(&points, &query(&store, "/api/status")["store"]["metric_points"]);
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
