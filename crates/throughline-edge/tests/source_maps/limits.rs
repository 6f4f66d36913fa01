//! Limits: what one sender, one slow store and one upload may cost the others.

use super::{UPLOAD, World, config, ended, exception, frames, images, of_exceptions, string};
use http::{Method, Request};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use throughline_edge::Edge;
use throughline_edge::config::BackendTemporality::Delta;
use throughline_edge::config::{BackendConfig, SourceMapsConfig};
use throughline_edge::outcome::{Outcome, RejectReason};
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{SimBody, SimHost, SimSourceMaps, SimTopics, StoreFault};
use throughline_testkit::source_map::{ADDRESS, DEBUG_ID, READABLE, STACK, index};

use crate::support::json_backend::backend;

/// The frames of a sender: so many times the same, with what tells them apart.
fn many_frames(count: usize) -> Value {
    let frame = |number: usize| {
        json!({ "kvlistValue": { "values": [
            string("function", &format!("f{number}")),
            string("filename", "a"),
            { "key": "lineno", "value": { "intValue": 1 } },
            { "key": "colno", "value": { "intValue": 21 } },
            string("debug_id", DEBUG_ID),
        ] } })
    };
    let list: Vec<Value> = (0..count).map(frame).collect();
    json!({ "key": "throughline.exception.frames", "value": { "arrayValue": { "values": list } } })
}

#[test]
fn of_the_frames_of_a_record_the_fifty_innermost_are_written() {
    let world = World::new();
    assert_eq!(world.put(index()).0, 204);
    let record = world.send(&json!([many_frames(60)]));
    let frames = frames(&record);
    for (at, frame) in frames.iter().enumerate() {
        if at < 10 {
            assert_eq!(frame["symbolication"], "too_many", "{at}");
            assert_eq!(frame["filename"], "a", "{at}");
        } else {
            assert_eq!(frame["filename"], "src/cart.ts", "{at}");
        }
    }
    assert_eq!(frames.len(), 60);
    assert_eq!(world.counted(), [("resolved", 50), ("too_many", 10)]);
}

#[test]
fn a_request_is_not_multiplied_by_what_is_found() {
    let world = World::new();
    assert_eq!(world.put(index()).0, 204);
    let stack = format!("Error: x\n{}", format!("a@{ADDRESS}:1:21\n").repeat(50));
    let record = json!([
        many_frames(50),
        images(ADDRESS, DEBUG_ID),
        string("exception.stacktrace", &stack),
    ]);
    let response = world.request(of_exceptions("pk_shop", &vec![record; 100]));
    assert_eq!(response.status(), 200);
    world.host.executor().run_until_idle();
    let records = world.records();
    assert_eq!(records.len(), 100);
    assert_eq!(world.counted(), [("resolved", 4096), ("too_many", 904)]);
    let readable = |record: &Value| {
        let stack = record["exception.stacktrace"].as_str().unwrap_or_default();
        stack.matches("addToBasket@").count()
    };
    assert_eq!(records.iter().map(readable).sum::<usize>(), 4096);
    // What is too much is as it came.
    let last = &records[99];
    assert_eq!(last["exception.stacktrace"], stack);
    assert_eq!(frames(last)[49]["symbolication"], "too_many");
    assert_eq!(ended(&world.edge, Outcome::Exported), 100);
}

#[test]
fn a_request_with_too_much_to_look_up_stops_no_other() {
    let world = World::new();
    world.store.set(&format!("shop/{DEBUG_ID}"), index());
    let latency = Duration::from_millis(150);
    world.store.respond_after(world.host.executor(), latency);
    let frame = |n: u32| {
        let id = format!("00000000-0000-4000-8000-{n:012x}");
        json!({ "kvlistValue": { "values": [
            string("filename", "a.js"),
            { "key": "lineno", "value": { "intValue": 1 } },
            { "key": "colno", "value": { "intValue": 1 } },
            string("debug_id", &id),
        ] } })
    };
    let list: Vec<Value> = (0..50).map(frame).collect();
    let list = json!({ "arrayValue": { "values": list } });
    let heavy = json!([{ "key": "throughline.exception.frames", "value": list }]);
    let more: Vec<Value> = (50..64).map(frame).collect();
    let more = json!({ "arrayValue": { "values": more } });
    let more = json!([{ "key": "throughline.exception.frames", "value": more }]);
    // Eight at once: 64 take 1.2 s, and a request has one.
    let response = world.request(of_exceptions("pk_shop", &[heavy, more]));
    assert_eq!(response.status(), 200);
    world.host.executor().run_until_idle();
    assert_eq!(world.records().len(), 2);
    assert_eq!(world.counted(), [("missing", 48), ("timed_out", 16)]);
    // The last eight were not asked for: there was no time left.
    assert_eq!(world.store.take_reads().len(), 56);
    let logged = world.host.logged();
    let is_said = |line: &String| line.contains("names more than could be looked up in 1 s");
    assert!(logged.iter().any(is_said), "{logged:?}");
    // The store has done nothing wrong.
    let record = world.send(&exception(&[]));
    assert_eq!(record["exception.stacktrace"], READABLE);
}

fn with_memory(bytes: usize) -> World {
    let to = BackendConfig {
        max_in_flight_bytes: bytes,
        ..backend("backend.test", Delta)
    };
    World::with(SourceMapsConfig::default(), to)
}

#[test]
fn what_waits_for_a_look_up_counts_as_waiting_for_its_backend() {
    let world = with_memory(2500);
    world.store.set_fault(Some(StoreFault::Hangs));
    assert_eq!(world.send_only("pk_shop", &exception(&[])), 200);
    // One has about 1.1 KB with its frames.
    assert_eq!(world.send_only("pk_shop", &exception(&[])), 200);
    let exceptions = [exception(&[])];
    let refused = world.request(of_exceptions("pk_shop", &exceptions));
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    world.host.executor().run_until_idle();
    assert_eq!(ended(&world.edge, Outcome::Exported), 2);
    let full = Outcome::Rejected(RejectReason::QueueFull);
    assert_eq!(ended(&world.edge, full), 1);
    // And gives its place back.
    assert_eq!(world.send_only("pk_shop", &exception(&[])), 200);
    world.host.executor().run_until_idle();
    assert_eq!(ended(&world.edge, Outcome::Exported), 3);
}

#[test]
fn what_waits_for_a_look_up_counts_as_waiting_for_its_topic() {
    let topics = SimTopics::default();
    let store = SimSourceMaps::default();
    let host = SimHost::new(7)
        .with_source_maps(&store)
        .with_topics(&topics);
    let to = backend("backend.test", Delta);
    let world = World {
        edge: Edge::new(config(SourceMapsConfig::default(), to)).expect("usable"),
        host,
        store,
        backend: Recorder::default(),
    };
    topics.set_memory(2500);
    world.store.set_fault(Some(StoreFault::Hangs));
    let statuses: Rc<RefCell<Vec<u16>>> = Rc::default();
    for _ in 0..3 {
        let (edge, host, statuses) = (world.edge.clone(), world.host.clone(), Rc::clone(&statuses));
        world.host.executor().spawn(async move {
            let request = of_exceptions("pk_shop", &[exception(&[])]);
            let response = edge.handle(&host, request).await;
            statuses.borrow_mut().push(response.status().as_u16());
        });
    }
    world.host.executor().run_until_idle();
    // The refused one has its response first: the others wait for the look-up.
    assert_eq!(*statuses.borrow(), [503, 200, 200]);
    assert_eq!(topics.take().len(), 2);
    assert_eq!(world.send_only("pk_shop", &exception(&[])), 200);
}

#[test]
fn uploads_that_wait_for_the_store_are_limited() {
    let limits = SourceMapsConfig {
        max_index_bytes: index().len() * 2,
        ..SourceMapsConfig::default()
    };
    let world = World::with(limits, backend("backend.test", Delta));
    world.store.set_fault(Some(StoreFault::Hangs));
    let statuses: Rc<RefCell<Vec<u16>>> = Rc::default();
    for _ in 0..2 {
        let (edge, host, statuses) = (world.edge.clone(), world.host.clone(), Rc::clone(&statuses));
        world.host.executor().spawn(async move {
            let response = edge.handle(&host, upload()).await;
            statuses.borrow_mut().push(response.status().as_u16());
        });
    }
    let executor = world.host.executor();
    executor.run(executor.sleep(Duration::from_secs(1)));
    let response = world.request(upload());
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    let why = crate::support::text(&response);
    assert!(why.contains("too much is waiting here"), "{why}");
    assert_eq!(*statuses.borrow(), [0; 0]);
    // Telemetry has memory of its own.
    assert_eq!(world.send_only("pk_shop", &exception(&[])), 200);
    executor.run_until_idle();
    assert_eq!(*statuses.borrow(), [503, 503], "the store did not respond");
    assert_eq!(world.records()[0]["exception.stacktrace"], STACK);
    world.store.set_fault(None);
    assert_eq!(world.put(index()).0, 204);
}

fn upload() -> Request<SimBody> {
    Request::builder()
        .method(Method::PUT)
        .uri(format!("https://edge.test/v1/sourcemaps/{DEBUG_ID}"))
        .header("authorization", format!("Bearer {UPLOAD}"))
        .body(SimBody::whole(index()))
        .expect("a request")
}
