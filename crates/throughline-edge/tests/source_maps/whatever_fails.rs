//! A store, an index or an exception that is not as it should be costs no record, and no count.

use super::{World, ended, exception, frames, images, of_exceptions, string};
use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::Duration;
use throughline_edge::config::BackendTemporality::Delta;
use throughline_edge::config::SourceMapsConfig;
use throughline_edge::outcome::Outcome;
use throughline_testkit::sim::StoreFault;
use throughline_testkit::source_map::{ADDRESS, DEBUG_ID, STACK, index, other_index};

use crate::support::json_backend::backend;

fn key() -> String {
    format!("shop/{DEBUG_ID}")
}

fn reasons(record: &Value) -> Vec<String> {
    let frames = frames(record).into_iter();
    let reasons = frames.filter_map(|frame| Some(frame["symbolication"].as_str()?.to_owned()));
    reasons.collect()
}

#[test]
fn a_store_that_hangs_holds_an_exception_up_for_the_stated_time() {
    let sourcemaps = SourceMapsConfig {
        wait_ms: 700,
        ..SourceMapsConfig::default()
    };
    let world = World::with(sourcemaps, backend("backend.test", Delta));
    world.store.set_fault(Some(StoreFault::Hangs));
    let begun = world.host.executor().now_unix_nano();
    assert_eq!(world.send_only("pk_shop", &exception(&[])), 200);
    // The page has its response before.
    let responded = world.host.executor().now_unix_nano();
    assert!(Duration::from_nanos(responded - begun) < Duration::from_millis(100));
    world.host.executor().run_until_idle();
    let received = world.backend.received();
    let arrived = received
        .iter()
        .find(|request| request.path.ends_with("logs"))
        .expect("it arrives");
    let after = Duration::from_nanos(arrived.at_unix_nano - begun);
    // Batches wait for others for 200 ms.
    assert!((700..950).contains(&after.as_millis()), "{after:?}");
    let record = world.records().remove(0);
    assert_eq!(record["exception.stacktrace"], STACK);
    assert_eq!(reasons(&record), ["timed_out", "timed_out", "timed_out"]);
    // Meanwhile nobody waits for it again.
    let begun = world.host.executor().now_unix_nano();
    let record = world.send(&exception(&[]));
    let waited = Duration::from_nanos(world.host.executor().now_unix_nano() - begun);
    assert!(waited < Duration::from_millis(300), "{waited:?}");
    assert_eq!(
        reasons(&record),
        ["store_failed", "store_failed", "store_failed"]
    );
    assert_eq!(ended(&world.edge, Outcome::Exported), 2);
}

#[test]
fn a_store_that_fails_leaves_the_frames_and_says_so() {
    let world = World::new();
    world.store.set(&key(), index());
    world.store.set_fault(Some(StoreFault::Fails));
    let record = world.send(&exception(&[]));
    assert_eq!(
        reasons(&record),
        ["store_failed", "store_failed", "store_failed"]
    );
    assert_eq!(record["exception.stacktrace"], STACK);
    world.store.set_fault(None);
    let executor = world.host.executor();
    executor.run(executor.sleep(Duration::from_secs(11)));
    assert_eq!(reasons(&world.send(&exception(&[]))), [""; 0]);
}

#[test]
fn an_index_that_is_broken_or_of_another_script_is_not_used() {
    let index = index();
    let other = other_index();
    for (broken, expected) in [
        (Bytes::new(), "broken"),
        (Bytes::from_static(b"<html>not here</html>"), "broken"),
        (index.slice(..40), "broken"),
        (index.slice(..index.len() / 2), "broken"),
        (other, "broken"),
    ] {
        let world = World::new();
        world.store.set(&key(), broken.clone());
        let record = world.send(&exception(&[]));
        assert_eq!(reasons(&record), [expected; 3], "{broken:?}");
        assert_eq!(record["exception.stacktrace"], STACK);
        assert_eq!(ended(&world.edge, Outcome::Exported), 1);
        let logged = world.host.logged();
        let is_said = |line: &String| line.contains("is broken: ") && line.contains(&key());
        assert!(logged.iter().any(is_said), "{broken:?}: {logged:?}");
    }
}

#[test]
fn more_scripts_than_are_looked_up_say_so() {
    let world = World::new();
    let frame = |n: u32| {
        let id = format!("00000000-0000-4000-8000-{n:012x}");
        json!({ "kvlistValue": { "values": [
            string("filename", "a.js"),
            { "key": "lineno", "value": { "intValue": 1 } },
            { "key": "colno", "value": { "intValue": 1 } },
            string("debug_id", &id),
        ] } })
    };
    let exceptions = [0..50, 50..100].map(|numbers| {
        let list: Vec<Value> = numbers.map(frame).collect();
        let frames = json!({ "arrayValue": { "values": list } });
        json!([{ "key": "throughline.exception.frames", "value": frames }])
    });
    let response = world.request(of_exceptions("pk_shop", &exceptions));
    assert_eq!(response.status(), 200);
    world.host.executor().run_until_idle();
    assert_eq!(world.counted(), [("missing", 64), ("too_many", 36)]);
    assert_eq!(world.store.take_reads().len(), 64);
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(STACK.to_owned()),
        Just(ADDRESS.to_owned()),
        "[a-z@/:.()0-9 \n]{0,60}",
        ".{0,40}",
        (0u32..4, 0u32..60)
            .prop_map(|(line, column)| format!("    at a ({ADDRESS}:{line}:{column})")),
        (0u32..4, 0u32..60).prop_map(|(line, column)| format!("a@{ADDRESS}:{line}:{column}\n")),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any_text().prop_map(|text| json!({ "stringValue": text })),
        Just(json!({ "stringValue": DEBUG_ID })),
        any::<i64>().prop_map(|number| json!({ "intValue": number.to_string() })),
        (0i64..60).prop_map(|number| json!({ "intValue": number })),
        any::<bool>().prop_map(|value| json!({ "boolValue": value })),
        Just(json!({})),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let key = prop::sample::select(vec![
            "function",
            "filename",
            "lineno",
            "colno",
            "debug_id",
            "code_file",
            "type",
            "stacktrace",
            "raw_filename",
            "symbolication",
            "x",
        ]);
        prop_oneof![
            vec(inner.clone(), 0..5)
                .prop_map(|values| json!({ "arrayValue": { "values": values } })),
            vec((key, inner), 0..6).prop_map(|entries| {
                let entries = entries.into_iter();
                let entries = entries.map(|(key, value)| json!({ "key": key, "value": value }));
                json!({ "kvlistValue": { "values": entries.collect::<Vec<_>>() } })
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_record_is_lost_whatever_an_exception_and_an_index_are(
        values in vec(any_value(), 6),
        cut in 0usize..600,
        flips in vec((0usize..600, any::<u8>()), 0..4),
        fault in prop_oneof![
            4 => Just(None), 1 => Just(Some(StoreFault::Fails)), 1 => Just(Some(StoreFault::Hangs)),
        ],
    ) {
        let world = World::new();
        let mut bytes = index().to_vec();
        for (at, flip) in flips {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= flip;
            }
        }
        if cut > 0 && cut < 300 {
            bytes.truncate(cut);
        }
        world.store.set(&key(), bytes.into());
        world.store.set_fault(fault);
        let keys = [
            "throughline.exception.frames", "throughline.exception.causes",
            "throughline.exception.component_stack", "exception.stacktrace", "code.file.path",
            "code.line.number",
        ];
        let mut attributes = vec![images(ADDRESS, DEBUG_ID)];
        let values = keys.iter().zip(values);
        attributes.extend(values.map(|(key, value)| json!({ "key": key, "value": value })));
        let record = world.send(&Value::Array(attributes));
        prop_assert!(record.get("throughline.exception.images").is_some());
        prop_assert_eq!(ended(&world.edge, Outcome::Exported), 1);
        prop_assert_eq!(world.edge.tally().queued.values().sum::<u64>(), 0);
    }
}
