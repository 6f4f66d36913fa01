//! Tests of the store: what it stores, what it evicts, and duplicates.

use crate::shop::{self, Purchase, purchase};
use crate::{NOW, append_spans, named, ok, span, stored};
use serde_json::Value as Json;
use throughline_otlp::Signal;
use throughline_viewer::{Bounds, Store, StoreError};

#[test]
fn a_click_is_found_in_the_list_and_followed_to_its_query() {
    let store = stored(&purchase(NOW, 1, Purchase::Succeeds));
    let list = ok(&store, "/api/traces?q=button");
    let row = &list["traces"][0];
    assert_eq!(row["root"]["name"], "click button#buy");
    assert_eq!(row["root"]["service"], "shop-web");
    assert_eq!(row["spans"], 14);
    assert_eq!(row["start_unix_nano"], NOW.to_string());

    let trace_id = row["trace_id"].as_str().unwrap();
    let trace = ok(&store, &format!("/api/traces/{trace_id}"));
    let mut span = named(&trace, "orders-api", "SELECT products");
    assert_eq!(span["attributes"]["db.system.name"], "postgresql");
    assert_eq!(span["kind"], "client");
    let resource = span["resource"].as_u64().unwrap() as usize;
    assert_eq!(trace["resources"][resource]["service.version"], "1.4.2");
    let mut path = vec![];
    loop {
        path.push(span["name"].as_str().unwrap());
        let parent = &span["parent_span_id"];
        let found = trace["spans"].as_array().unwrap().iter();
        match found.into_iter().find(|span| span["span_id"] == *parent) {
            Some(parent) => span = parent,
            None => break,
        }
    }
    assert_eq!(
        path,
        [
            "SELECT products",
            "POST /api/orders",
            "POST",
            "POST /api/*",
            "POST",
            "click button#buy"
        ]
    );
    let bodies: Vec<&Json> = trace["logs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|log| &log["body"])
        .collect();
    assert_eq!(
        bodies,
        ["price not cached", "price computed", "order placed"]
    );
}

#[test]
fn a_batch_that_is_sent_twice_counts_once() {
    let telemetry = purchase(NOW, 1, Purchase::BreaksInPricing);
    let once = stored(&telemetry);
    let twice = stored(&telemetry);
    for (signal, request) in telemetry.requests() {
        if signal != Signal::Metrics {
            twice.append(signal, &request, NOW + 1).unwrap();
        }
    }
    assert_eq!(ok(&once, "/api/traces"), ok(&twice, "/api/traces"));
    assert_eq!(ok(&once, "/api/errors"), ok(&twice, "/api/errors"));
    assert_eq!(
        ok(&once, "/api/status")["store"]["bytes"],
        ok(&twice, "/api/status")["store"]["bytes"]
    );
}

#[test]
fn the_oldest_traces_are_evicted_and_counted() {
    let store = Store::in_memory().unwrap().with_bounds(Bounds {
        traces: Some(3),
        bytes: None,
        ..Bounds::IN_MEMORY
    });
    for visit in 0..10 {
        shop::browse(NOW + visit * shop::SECOND, visit)
            .append_to(&store)
            .unwrap();
    }
    let starts: Vec<String> = ok(&store, "/api/traces")["traces"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["start_unix_nano"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        starts,
        [9, 8, 7].map(|visit| (NOW + visit * shop::SECOND).to_string())
    );
    let status = ok(&store, "/api/status");
    assert_eq!(status["store"]["traces"], 3);
    assert_eq!(status["store"]["traces_evicted"], 7);
}

#[test]
fn the_bytes_of_a_store_are_bounded() {
    let bounds = Bounds {
        traces: None,
        bytes: Some(64 << 10),
        ..Bounds::IN_MEMORY
    };
    let store = Store::in_memory().unwrap().with_bounds(bounds);
    for visit in 0..20 {
        purchase(NOW + visit, visit, Purchase::BreaksInPricing)
            .append_to(&store)
            .unwrap();
        shop::web_vitals(NOW).append_to(&store).unwrap();
        let held = ok(&store, "/api/status")["store"]["bytes"]
            .as_u64()
            .unwrap();
        assert!(held <= 64 << 10, "{held}");
    }
    assert!(
        ok(&store, "/api/errors")["errors"]
            .as_array()
            .unwrap()
            .len()
            <= 1
    );
}

#[test]
fn a_file_keeps_more_traces_than_memory_does() {
    let folder = std::env::temp_dir().join(format!("throughline-bounds-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let in_file = Store::open(&folder.join("store.sqlite")).unwrap();
    let in_memory = Store::in_memory().unwrap();
    // One more than memory keeps.
    let spans: Vec<Json> = (1..=10_001)
        .map(|trace| span(&format!("{trace:032x}"), 1, 0, "a", NOW, NOW))
        .collect();
    for (store, traces, most) in [
        (&in_file, 10_001, Json::Null),
        (&in_memory, 10_000, 10_000.into()),
    ] {
        append_spans(store, "shop", spans.clone().into());
        let status = ok(store, "/api/status");
        assert_eq!(status["store"]["traces"], traces);
        assert_eq!(status["store"]["max_traces"], most);
    }
    assert_eq!(
        ok(&in_file, "/api/status")["store"]["max_bytes"],
        2_u64 << 30
    );
    drop(in_file);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_file_keeps_its_telemetry_and_a_foreign_file_is_refused() {
    let folder = std::env::temp_dir().join(format!("throughline-viewer-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("store.sqlite");
    purchase(NOW, 1, Purchase::Succeeds)
        .append_to(&Store::open(&path).unwrap())
        .unwrap();
    let list = ok(&Store::open(&path).unwrap(), "/api/traces");
    assert_eq!(list["traces"].as_array().unwrap().len(), 2);

    let foreign = folder.join("foreign.sqlite");
    let connection = rusqlite::Connection::open(&foreign).unwrap();
    connection
        .execute_batch("CREATE TABLE somebody_elses (id)")
        .unwrap();
    drop(connection);
    assert!(matches!(
        Store::open(&foreign),
        Err(StoreError::Foreign { .. })
    ));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_file_has_one_owner_under_any_name() {
    let folder = std::env::temp_dir().join(format!("throughline-owner-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("store.sqlite");
    let owner = Store::open(&path).unwrap();
    let mut names = vec![path.clone(), folder.join("./store.sqlite")];
    #[cfg(unix)]
    {
        let link = folder.join("link.sqlite");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        names.push(link);
    }
    for name in names {
        let refused = Store::open(&name).unwrap_err().to_string();
        assert_eq!(
            refused,
            format!(
                "process {} has it open; stop that one, or choose another file",
                std::process::id()
            )
        );
    }
    drop(owner);
    Store::open(&path).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_name_of_a_store_in_memory_is_one_store_and_no_file() {
    let store = Store::open(std::path::Path::new(":memory:")).unwrap();
    purchase(NOW, 1, Purchase::Succeeds)
        .append_to(&store)
        .unwrap();
    let list = ok(&store, "/api/traces");
    assert_eq!(list["traces"].as_array().unwrap().len(), 2);
    assert!(!std::path::Path::new(":memory:-owner").exists());
}

#[test]
fn a_trace_of_thousands_of_spans_is_returned_whole() {
    let store = stored(&shop::large(NOW, 2_000));
    let row = &ok(&store, "/api/traces")["traces"][0];
    assert_eq!(row["spans"], 2_000);
    assert_eq!(row["root"]["name"], "click a#export");
    let trace = ok(
        &store,
        &format!("/api/traces/{}", row["trace_id"].as_str().unwrap()),
    );
    let spans = trace["spans"].as_array().unwrap().iter();
    let starts: Vec<&str> = spans
        .map(|span| span["start_unix_nano"].as_str().unwrap())
        .collect();
    assert_eq!(starts.len(), 2_000);
    assert!(starts.is_sorted(), "in the order they began");
}

#[test]
fn services_are_listed_in_the_order_in_which_they_appeared() {
    let store = stored(&shop::afternoon(NOW));
    let status = ok(&store, "/api/status");
    assert_eq!(
        status["services"],
        serde_json::json!([
            "shop-web",
            "shop-edge",
            "orders-api",
            "pricing-api",
            "pricing-worker"
        ])
    );
}
