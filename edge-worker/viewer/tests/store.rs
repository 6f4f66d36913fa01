//! Does what goes into the store come out of the API?
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod shop;

use http::{Method, StatusCode, Uri};
use serde_json::Value as Json;
use shop::{Purchase, Telemetry, purchase};
use throughline_otlp::Signal;
use throughline_viewer::{Answer, Bounds, Store, StoreError, respond};

const NOW: u64 = 1_760_000_000_000_000_000;

fn get(store: &Store, uri: &str) -> (StatusCode, Json) {
    let uri: Uri = uri.parse().unwrap();
    match respond(store, &Method::GET, &uri) {
        Answer::Whole(response) => (
            response.status(),
            serde_json::from_slice(response.body()).unwrap(),
        ),
        Answer::Events(_) => panic!("{uri} goes on without end"),
    }
}

fn ok(store: &Store, uri: &str) -> Json {
    let (status, json) = get(store, uri);
    assert_eq!(status, StatusCode::OK, "{uri}: {json}");
    json
}

fn stored(telemetry: &Telemetry) -> Store {
    let store = Store::in_memory().unwrap();
    telemetry.append_to(&store).unwrap();
    store
}

fn named<'a>(trace: &'a Json, service: &str, name: &str) -> &'a Json {
    trace["spans"]
        .as_array()
        .unwrap()
        .iter()
        .find(|span| span["service"] == service && span["name"] == name)
        .unwrap_or_else(|| panic!("no span {name} of {service}"))
}

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
    assert_eq!(span["resource"]["service.version"], "1.4.2");
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
fn a_link_is_seen_from_both_ends() {
    let store = stored(&purchase(NOW, 1, Purchase::Succeeds));
    let list = ok(&store, "/api/traces?service=pricing-worker");
    let consumer = ok(
        &store,
        &format!(
            "/api/traces/{}",
            list["traces"][0]["trace_id"].as_str().unwrap()
        ),
    );
    let outgoing = &consumer["linked"][0];
    assert_eq!(outgoing["direction"], "outgoing");
    assert_eq!(outgoing["span"]["name"], "send price-events");

    let producer = ok(
        &store,
        &format!("/api/traces/{}", outgoing["trace_id"].as_str().unwrap()),
    );
    let incoming = &producer["linked"][0];
    assert_eq!(incoming["direction"], "incoming");
    assert_eq!(incoming["trace_id"], consumer["trace_id"]);
    assert_eq!(incoming["span"]["service"], "pricing-worker");
    assert_eq!(
        incoming["own_span_id"],
        named(&producer, "pricing-api", "send price-events")["span_id"]
    );
}

#[test]
fn a_batch_that_is_sent_twice_counts_once() {
    let telemetry = purchase(NOW, 1, Purchase::BreaksInPricing);
    let once = stored(&telemetry);
    let twice = stored(&telemetry);
    for (signal, request) in telemetry.requests() {
        if signal == Signal::Traces {
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
fn the_newest_are_kept_and_the_rest_is_counted() {
    let store = Store::in_memory().unwrap().with_bounds(Bounds {
        traces: 3,
        bytes: u64::MAX,
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
    assert_eq!(status["store"]["traces_let_go"], 7);
}

#[test]
fn bytes_are_bounded_whatever_comes() {
    let bounds = Bounds {
        traces: u64::MAX,
        bytes: 64 << 10,
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
        assert!(held <= bounds.bytes, "{held}");
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
fn a_file_keeps_what_it_holds_and_refuses_what_is_not_its_own() {
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
fn exceptions_are_grouped_and_counted_once_each() {
    let mut telemetry = purchase(NOW, 1, Purchase::BreaksInPricing);
    telemetry.extend(purchase(NOW + shop::SECOND, 2, Purchase::BreaksInPricing));
    telemetry.extend(purchase(NOW, 3, Purchase::BreaksInPage));
    let errors = ok(&stored(&telemetry), "/api/errors");
    let groups: Vec<_> = errors["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| {
            (
                group["type"].as_str().unwrap(),
                group["count"].as_u64().unwrap(),
                group["thrown_at"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        groups,
        [
            (
                "ZeroDivisionError",
                2,
                "compute (/app/pricing/discount.py:17)"
            ),
            (
                "TypeError",
                1,
                "formatTotal (http://127.0.0.1:8787/assets/checkout-B3xk2.js:2)"
            ),
        ]
    );
    assert_eq!(errors["errors"][0]["recent"].as_array().unwrap().len(), 2);
    assert_eq!(
        errors["errors"][1]["latest"]["attributes"]["throughline.exception.frames"][2]["lineno"],
        2
    );
}

#[test]
fn an_exception_that_only_a_span_event_tells_is_an_error_too() {
    let mut telemetry = purchase(NOW, 1, Purchase::BreaksInPricing);
    telemetry.logs.clear();
    let errors = ok(&stored(&telemetry), "/api/errors");
    assert_eq!(errors["errors"][0]["count"], 1);
    assert_eq!(
        errors["errors"][0]["latest"]["attributes"]["exception.type"],
        "ZeroDivisionError"
    );
}

#[test]
fn a_search_finds_what_a_person_remembers() {
    let mut telemetry = purchase(NOW, 1, Purchase::Succeeds);
    telemetry.extend(purchase(NOW + shop::SECOND, 2, Purchase::BreaksInPricing));
    telemetry.extend(shop::browse(NOW + 2 * shop::SECOND, 3));
    let store = stored(&telemetry);
    for (query, found) in [
        ("", 4),
        ("errors=1", 1),
        ("service=orders-api", 3),
        ("min_ms=236", 3),
        ("min_ms=236.1", 2),
        ("q=DOCUMENTLOAD", 1),
        ("q=http.response.status_code%3D201", 1),
        ("q=db.query.text%3D%22*FROM+products*%22", 3),
        ("q=telemetry.sdk.language%3Dgo+documentLoad", 1),
        ("q=order.id%3D1001", 1),
        ("q=order.id%3D*", 1),
        ("q=nothing-of-that-name", 0),
    ] {
        let list = ok(&store, &format!("/api/traces?{query}"));
        assert_eq!(list["traces"].as_array().unwrap().len(), found, "{query}");
    }
    let trace_id = ok(&store, "/api/traces")["traces"][1]["trace_id"]
        .as_str()
        .unwrap()
        .to_uppercase();
    let list = ok(&store, &format!("/api/traces?q={trace_id}"));
    assert_eq!(list["traces"].as_array().unwrap().len(), 1);
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition() {
    let mut telemetry = Telemetry::default();
    for visit in 0..450 {
        // Several traces share a start: the trace id decides.
        telemetry.extend(shop::browse(NOW + visit / 3, visit));
    }
    let store = stored(&telemetry);
    let mut seen = std::collections::BTreeSet::new();
    let mut uri = "/api/traces?limit=100".to_owned();
    let mut pages = 0;
    loop {
        let page = ok(&store, &uri);
        for row in page["traces"].as_array().unwrap() {
            assert!(seen.insert(row["trace_id"].to_string()), "twice: {row}");
        }
        pages += 1;
        match page["next"].as_str() {
            Some(next) => uri = format!("/api/traces?limit=100&before={next}"),
            None => break,
        }
    }
    assert_eq!((seen.len(), pages), (450, 5));
}

#[test]
fn web_vitals_are_rated_at_their_75th_percentile() {
    let vitals = ok(&stored(&shop::web_vitals(NOW)), "/api/vitals");
    let basket = &vitals["pages"][1];
    assert_eq!(basket["page"], "/basket");
    let lcp = &basket["vitals"]["lcp"];
    assert_eq!(lcp["count"], 20);
    assert_eq!(lcp["rating"], "poor");
    assert!(lcp["worst"][0]["value"].as_f64() >= lcp["p75"].as_f64());
}

#[test]
fn what_cannot_be_read_is_refused_with_the_reason() {
    let store = Store::in_memory().unwrap();
    for (uri, status, reason) in [
        (
            "/api/traces?min_ms=soon",
            400,
            "min_ms: \"soon\" is not a number of milliseconds",
        ),
        (
            "/api/traces?limit=0",
            400,
            "limit: \"0\" is not a number from 1 to 1000",
        ),
        (
            "/api/traces?before=yesterday",
            400,
            "before: \"yesterday\" is not a `next` that an earlier answer gave",
        ),
        (
            "/api/traces?eror=1",
            400,
            "\"eror\" is not a parameter of this resource",
        ),
        (
            "/api/logs?trace_id=12",
            400,
            "trace_id: \"12\" is not a trace id of 32 hexadecimal digits",
        ),
        (
            "/api/traces/0af7651916cd43dd8448eb211c80319c",
            404,
            "no such trace in this store: it has not arrived, or made room for newer ones",
        ),
    ] {
        let (found, json) = get(&store, uri);
        assert_eq!(
            (found.as_u16(), json["error"].as_str()),
            (status, Some(reason)),
            "{uri}"
        );
    }
}

#[test]
fn the_edge_reports_how_its_records_ended() {
    let telemetry = shop::edge_outcomes(NOW);
    let store = stored(&telemetry);
    // Cumulative: the newest state, not the sum.
    telemetry.append_to(&store).unwrap();
    let edge = &ok(&store, "/api/status")["edge"];
    let exported = edge
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["outcome"] == "exported" && row["signal"] == "traces");
    assert_eq!(exported.unwrap()["count"], 412);
}

#[test]
fn text_that_wants_to_be_more_is_only_text() {
    let store = stored(&shop::hostile(NOW));
    let list = ok(&store, "/api/traces");
    let trace = ok(
        &store,
        &format!(
            "/api/traces/{}",
            list["traces"][0]["trace_id"].as_str().unwrap()
        ),
    );
    assert_eq!(trace["spans"].as_array().unwrap().len(), 4);
    assert_eq!(trace["spans"][0]["attributes"]["__proto__"], "polluted");
}

#[test]
fn a_trace_of_thousands_of_spans_is_answered_whole() {
    let store = stored(&shop::large(NOW, 2_000));
    let row = &ok(&store, "/api/traces")["traces"][0];
    assert_eq!(row["spans"], 2_000);
    assert_eq!(row["root"]["name"], "click a#export");
    let trace = ok(
        &store,
        &format!("/api/traces/{}", row["trace_id"].as_str().unwrap()),
    );
    assert_eq!(trace["spans"].as_array().unwrap().len(), 2_000);
}

#[test]
fn services_are_told_in_the_order_they_appeared() {
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
