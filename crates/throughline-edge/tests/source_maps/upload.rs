//! Uploads: who may, of what, and what the responses say.

use super::{OTHER_UPLOAD, UPLOAD, World, config};
use bytes::Bytes;
use http::Method;
use throughline_edge::Edge;
use throughline_edge::config::{BackendConfig, BackendKind, S3Config, SourceMapsConfig};
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{SimHost, SimSourceMaps, StoreFault};
use throughline_testkit::source_map::{DEBUG_ID, index, other_index};

#[test]
fn an_index_is_stored_under_its_project_and_never_given_out() {
    let world = World::new();
    let head = |key| world.upload(Method::HEAD, DEBUG_ID, key, Bytes::new()).0;
    assert_eq!(head(UPLOAD), 404);
    let index = index();
    for _ in 0..2 {
        assert_eq!(world.put(index.clone()), (204, String::new()));
        assert_eq!(world.store.keys(), [format!("shop/{DEBUG_ID}")]);
    }
    assert_eq!(world.store.get(&format!("shop/{DEBUG_ID}")), Some(index));
    assert_eq!(head(UPLOAD), 200);
    // Another project has none of it.
    assert_eq!(head(OTHER_UPLOAD), 404);
    for method in [Method::GET, Method::POST, Method::DELETE, Method::OPTIONS] {
        let (status, why) = world.upload(method.clone(), DEBUG_ID, UPLOAD, Bytes::new());
        assert_eq!(status, 405, "{method}");
        assert!(why.contains("none is ever given out"), "{why}");
    }
    // Upper case is the same id.
    let upper = DEBUG_ID.to_uppercase();
    assert_eq!(
        world.upload(Method::HEAD, &upper, UPLOAD, Bytes::new()).0,
        200
    );
}

#[test]
fn a_key_that_does_not_upload_is_refused_with_what_to_do() {
    let world = World::new();
    let index = index();
    for (key, status, why) in [
        ("", 401, "no upload key"),
        ("uk_unknown_0123456789", 401, "not known here"),
        ("pk_shop", 403, "sends telemetry and uploads nothing"),
        (
            "sk_shop_0123456789abcdef",
            403,
            "sends telemetry and uploads nothing",
        ),
    ] {
        for method in [Method::PUT, Method::HEAD] {
            let response = world.upload(method, DEBUG_ID, key, index.clone());
            assert_eq!(response.0, status, "{key}");
            assert!(response.1.contains(why), "{key}: {}", response.1);
        }
    }
    assert_eq!(world.store.keys(), [""; 0]);
    // And a key for uploads sends no telemetry.
    assert_eq!(world.send_only(UPLOAD, &super::exception(&[])), 401);
}

#[test]
fn what_is_no_other_index_the_id_is_not_stored() {
    let world = World::new();
    let index = index();
    let mut changed = index.to_vec();
    *changed.last_mut().expect("a byte") ^= 1;
    let other = other_index();
    for (body, why) in [
        (Bytes::new(), "no index"),
        (Bytes::from_static(b"{\"version\":3}"), "no index"),
        (index.slice(..index.len() - 1), "no index"),
        (changed.into(), "no index"),
        (
            other,
            "it is of the debug id 11111111-1111-4111-8111-111111111111",
        ),
    ] {
        let (status, message) = world.put(body);
        assert_eq!(status, 400, "{message}");
        assert!(message.contains(why), "{message}");
    }
    let long = format!("{DEBUG_ID}0");
    for id in ["", "x", &long, "..%2f..%2fother", "%2e%2e"] {
        let (status, message) = world.upload(Method::PUT, id, UPLOAD, index.clone());
        assert_eq!(status, 400, "{id}: {message}");
    }
    assert_eq!(world.store.keys(), [""; 0]);
}

#[test]
fn an_index_over_the_limit_is_refused() {
    let config = SourceMapsConfig {
        max_index_bytes: 100,
        ..SourceMapsConfig::default()
    };
    let world = World::with(
        config,
        BackendConfig {
            kind: BackendKind::Null,
            ..BackendConfig::default()
        },
    );
    let (status, message) = world.put(index());
    assert_eq!(status, 413);
    assert!(message.contains("sourcemaps.max_index_bytes"), "{message}");
}

#[test]
fn a_store_that_fails_is_said_and_counted() {
    let world = World::new();
    for fault in [StoreFault::Fails, StoreFault::Hangs] {
        world.store.set_fault(Some(fault));
        let (status, message) = world.put(index());
        assert_eq!(status, 503, "{message}");
        let (status, _) = world.upload(Method::HEAD, DEBUG_ID, UPLOAD, Bytes::new());
        assert_eq!(status, 503);
    }
    let logged = world.host.logged();
    assert!(
        logged
            .iter()
            .any(|line| line.contains("the store of source maps failed: out of order")),
        "{logged:?}"
    );
    let requests = world.edge.tally().requests;
    let refused = requests.iter().filter(|(response, _)| {
        response.route == Some("/v1/sourcemaps")
            && response
                .reason
                .is_some_and(|reason| reason.as_str() == "source_map_store")
    });
    assert_eq!(refused.map(|(_, count)| count).sum::<u64>(), 4);
}

#[test]
fn without_a_store_the_operator_is_named() {
    let backend = BackendConfig {
        kind: BackendKind::Null,
        ..BackendConfig::default()
    };
    let world = World {
        host: SimHost::new(1),
        store: SimSourceMaps::default(),
        backend: Recorder::default(),
        edge: Edge::new(config(SourceMapsConfig::default(), backend)).expect("usable"),
    };
    let (status, message) = world.put(index());
    assert_eq!(status, 404);
    assert!(message.contains("the operator of the edge"), "{message}");
}

#[test]
fn a_store_that_cannot_be_used_is_refused_by_its_key() {
    let s3 = S3Config {
        bucket: "maps".into(),
        region: "eu-central-1".into(),
        endpoint: None,
        access_key: "a".into(),
        secret_key: "b".into(),
        session_token: None,
    };
    let refused = |sourcemaps| {
        let backend = BackendConfig {
            kind: BackendKind::Null,
            ..BackendConfig::default()
        };
        let edge = Edge::new(config(sourcemaps, backend));
        edge.err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    let with_s3 = |s3: S3Config| {
        refused(SourceMapsConfig {
            s3: Some(s3),
            ..SourceMapsConfig::default()
        })
    };
    assert_eq!(with_s3(s3.clone()), "");
    for (key, wrong) in [
        (
            "bucket",
            S3Config {
                bucket: "../x".into(),
                ..s3.clone()
            },
        ),
        (
            "region",
            S3Config {
                region: "x.evil.example/".into(),
                ..s3.clone()
            },
        ),
        (
            "endpoint",
            S3Config {
                endpoint: Some("minio:9000".into()),
                ..s3.clone()
            },
        ),
        (
            "access_key",
            S3Config {
                access_key: " ".into(),
                ..s3.clone()
            },
        ),
        (
            "secret_key",
            S3Config {
                secret_key: String::new(),
                ..s3.clone()
            },
        ),
    ] {
        let message = with_s3(wrong);
        assert!(
            message.starts_with(&format!("sourcemaps.s3.{key} ")),
            "{message}"
        );
    }
    let both = refused(SourceMapsConfig {
        directory: Some("maps".into()),
        s3: Some(s3),
        ..SourceMapsConfig::default()
    });
    assert!(both.contains("sourcemaps.directory"), "{both}");
    let none = refused(SourceMapsConfig {
        wait_ms: 0,
        ..SourceMapsConfig::default()
    });
    assert!(none.contains("sourcemaps.wait_ms"), "{none}");
}
