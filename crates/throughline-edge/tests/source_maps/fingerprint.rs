//! Fingerprints: exceptions of one fault have one, over builds and messages.

use super::{World, exception, frames, string};
use serde_json::{Value, json};
use throughline_testkit::source_map::{ADDRESS, DEBUG_ID, index};

const KEY: &str = "throughline.exception.fingerprint";

fn of(world: &World, attributes: &Value) -> String {
    let record = world.send(attributes);
    record[KEY].as_str().expect("a fingerprint").to_owned()
}

fn stack(text: &str) -> Value {
    json!([
        string("exception.type", "TypeError"),
        string("exception.message", "order 4711 has no price"),
        string("exception.stacktrace", text),
    ])
}

#[test]
fn one_fault_has_one_fingerprint_in_two_builds_and_engines() {
    let world = World::new();
    let chromium = "TypeError: order 4711 has no price\n    at e (https://shop.example/assets/cart-B3xk2q.js:1:20)";
    let firefox = "rt@https://shop.example/assets/cart-Zp0a1c.js:7:913\n";
    let one = of(&world, &stack(chromium));
    assert_eq!(one.len(), 16);
    assert!(one.bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
    assert_eq!(of(&world, &stack(firefox)), one);
    let other = firefox.replace("cart", "pay");
    assert_ne!(of(&world, &stack(&other)), one);
    // Without frames the message tells, without what differs each time.
    let message = |text: &str| {
        let attributes = json!([string("exception.message", text)]);
        of(&world, &attributes)
    };
    assert_eq!(message("no order 4711"), message("no order 12"));
    assert_ne!(message("no order 4711"), message("no basket"));
}

#[test]
fn the_source_of_an_exception_gives_its_fingerprint() {
    let raw = of(&World::new(), &exception(&[]));
    let world = World::new();
    assert_eq!(world.put(index()).0, 204);
    let record = world.send(&exception(&[]));
    assert_eq!(frames(&record)[3]["filename"], "src/cart.ts");
    let resolved = record[KEY].as_str().expect("a fingerprint").to_owned();
    assert_ne!(resolved, raw);
    // As that of the same fault in a build that is not minified.
    let unminified = json!([
        string("exception.type", "Error"),
        string("exception.message", "x"),
        string(
            "exception.stacktrace",
            "Error: x\n    at addToBasket (https://shop.example/src/cart.ts:2:9)\n    at onClick (https://shop.example/src/cart.ts:6:3)\n    at d (https://cdn.example/other.js:7:9)"
        ),
    ]);
    assert_eq!(of(&world, &unminified), resolved);
}

#[test]
fn a_fingerprint_of_the_sender_stays() {
    let world = World::new();
    assert_eq!(world.put(index()).0, 204);
    let sent = json!({ "stringValue": "checkout" });
    let record = world.send(&exception(&[(KEY, sent)]));
    assert_eq!(record[KEY], "checkout");
    assert_eq!(record["code.file.path"], "src/cart.ts");
}

#[test]
fn frames_of_a_sender_count_and_those_of_libraries_do_not() {
    let world = World::new();
    let frame = |function: &str, file: &str| {
        json!({ "kvlistValue": { "values": [
            string("function", function), string("filename", file),
        ] } })
    };
    let of = |frames: &[Value]| {
        let list = json!({ "arrayValue": { "values": frames } });
        let frames = json!({ "key": "throughline.exception.frames", "value": list });
        of(&world, &json!([string("exception.type", "Error"), frames]))
    };
    let own = frame("total", "src/cart.ts");
    let library = frame("dispatch", "node_modules/react-dom/index.js");
    assert_eq!(of(&[library, own.clone()]), of(core::slice::from_ref(&own)));
    assert_ne!(of(&[own]), of(&[frame("totals", "src/cart.ts")]));
}

#[test]
fn a_record_that_is_no_exception_or_of_another_language_gets_none() {
    let world = World::new();
    let record = world.send(&json!([string("session.id", "a")]));
    assert_eq!(record[KEY], Value::Null);
    let images = super::images(ADDRESS, DEBUG_ID);
    let record = json!({ "eventName": "exception", "attributes": [
        string("exception.type", "ValueError"), images,
    ] });
    let python = json!({ "attributes": [string("telemetry.sdk.language", "python")] });
    let body = json!({ "resourceLogs": [
        { "resource": python, "scopeLogs": [{ "logRecords": [record] }] },
    ] });
    assert_eq!(world.send_body(&body), 200);
    world.host.executor().run_until_idle();
    assert_eq!(world.records()[0][KEY], Value::Null);
}
