//! Tests when a batch is due, and what it holds.
#![expect(clippy::expect_used, reason = "a broken fixture ends the test")]

use flate2::{Decompress, FlushDecompress};
use throughline_browser::Engine;
use throughline_facts::to_otlp;
use throughline_wire::{Bundle, dictionary};

#[test]
fn a_batch_is_due_five_seconds_after_its_first_record() {
    let mut engine = engine();
    assert!(engine.due(1_000, 1_000) < 0, "nothing waits");
    engine.add(&session_start(1)).expect("facts");
    assert_eq!(engine.due(2_000, 2_000), 5_000);
    assert_eq!(engine.due(2_000, 6_500), 500);
    assert_eq!(engine.due(2_000, 7_000), 0);
    assert_eq!(engine.close(), 1);
    assert!(
        engine.due(7_000, 7_000) < 0,
        "nothing waits after the batch"
    );
}

#[test]
fn a_full_batch_is_due_at_once() {
    let mut engine = engine();
    for at in 0..4_000 {
        engine.add(&session_start(at)).expect("facts");
    }
    assert_eq!(engine.due(0, 10), 0);
    assert_eq!(engine.close(), 4_000);
}

#[test]
fn a_batch_waits_a_moment_for_the_timing_of_a_request() {
    let mut engine = engine();
    engine.add(&request(0, 100)).expect("facts");
    assert_eq!(engine.due(100, 100), 5_000);
    engine.add(&request(4_900, 5_000)).expect("facts");
    assert_eq!(
        engine.due(100, 5_100),
        250,
        "the second has had its response just now"
    );
    assert_eq!(engine.due(100, 6_100), 0, "it is too late for a timing");
    assert_eq!(engine.close(), 2);
}

#[test]
fn on_a_busy_page_a_batch_is_sent_all_the_same() {
    let mut engine = engine();
    engine.add(&request(0, 100)).expect("facts");
    assert_eq!(engine.due(0, 0), 5_000);
    engine.add(&request(5_900, 5_990)).expect("facts");
    assert_eq!(engine.due(0, 6_000), 0);
}

#[test]
fn a_bundle_holds_the_batch_and_its_id() {
    let mut engine = engine();
    engine.add(&session_start(1)).expect("facts");
    engine.add(&request(0, 100)).expect("facts");
    engine.add("X\u{1f}queue_full\u{1f}7\u{1e}").expect("facts");
    assert_eq!(engine.close(), 2);
    let body = inflate(&engine.bundle(ID, 1_700_000_000_123));
    let bundle = Bundle::decode(&body).expect("a Bundle");
    assert_eq!(bundle.facts, &*engine.facts());
    let telemetry = to_otlp(core::str::from_utf8(bundle.facts).expect("text")).expect("facts");
    assert_eq!(telemetry.records, 2);
    let dropped: Vec<_> = telemetry.dropped().collect();
    assert_eq!(dropped, [("queue_full", 7)]);
    assert_eq!(bundle.sent_at_unix_nano, 1_700_000_000_123_000_000);
    assert_eq!(
        bundle.batch_id,
        0x0011_2233_4455_6677_8899_aabb_ccdd_eeff_u128.to_be_bytes()
    );
}

#[test]
fn counts_of_lost_records_alone_are_a_batch() {
    let mut engine = engine();
    assert_eq!(engine.close(), 0);
    assert!(engine.bundle(ID, 1).is_empty(), "nothing to send");
    engine.add("X\u{1f}queue_full\u{1f}7\u{1e}").expect("facts");
    assert_eq!(engine.due(1_000, 1_000), 5_000);
    assert_eq!(engine.close(), 0);
    assert!(!engine.bundle(ID, 1).is_empty());
}

#[test]
fn a_closed_batch_stays_until_the_next_is_closed() {
    let mut engine = engine();
    engine.add(&session_start(1)).expect("facts");
    engine.close();
    let first = engine.facts();
    engine.add(&session_start(2)).expect("facts");
    assert_eq!(engine.facts(), first);
    engine.close();
    assert_ne!(engine.facts(), first);
}

#[test]
fn two_thousand_spans_fit_into_the_request_of_a_closing_page() {
    let mut engine = engine();
    for index in 0..2_000 {
        let id = format!("{:016x}", 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(index + 1));
        engine
            .add(&format!(
                "F\u{1f}{0}\u{1f}{1}\u{1f}4bf92f3577b34da6a3ce929d0e0e4736\u{1f}{id}\u{1f}03\u{1f}\
                 00f067aa0ba902b7\u{1f}https://shop.example/api/orders/{index}\u{1f}GET\u{1f}\u{1f}200\u{1f}\u{1f}\
                 shop.example\u{1f}443\u{1e}",
                index * 1_313,
                index * 1_717 + 20_000,
            ))
            .expect("facts");
    }
    engine.close();
    let bundle = engine.bundle(ID, 1);
    assert!(bundle.len() < 100_000, "{} bytes", bundle.len());
}

const ID: &str = "00112233445566778899aabbccddeeff";

fn engine() -> Engine {
    let mut engine = Engine::new();
    let facts = "H\u{1f}2\u{1f}0.1.0\u{1f}shop-web\u{1e}C\u{1f}1700000000000000\u{1f}s\u{1f}https://shop.example/\u{1e}";
    engine.add(facts).expect("a header");
    engine
}

fn session_start(at: u64) -> String {
    format!("S\u{1f}{at}\u{1f}\u{1f}\u{1f}\u{1f}\u{1e}")
}

fn request(start: u64, end: u64) -> String {
    format!(
        "F\u{1f}{start}000\u{1f}{end}000\u{1f}4bf92f3577b34da6a3ce929d0e0e4736\u{1f}00f067aa0ba902b7\u{1f}03\u{1f}\u{1f}\
         https://shop.example/a\u{1f}GET\u{1f}\u{1f}200\u{1f}\u{1f}shop.example\u{1f}443\u{1e}"
    )
}

fn inflate(stream: &[u8]) -> Vec<u8> {
    let mut state = Decompress::new(true);
    let mut bytes = Vec::with_capacity(1 << 16);
    let asked = state.decompress_vec(stream, &mut bytes, FlushDecompress::None);
    assert!(asked.is_err(), "a dictionary is needed");
    state
        .set_dictionary(dictionary::TEXT.as_bytes())
        .expect("the dictionary");
    let rest = &stream[state.total_in() as usize..];
    state
        .decompress_vec(rest, &mut bytes, FlushDecompress::Finish)
        .expect("a zlib stream");
    bytes
}
