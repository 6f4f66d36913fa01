//! Tests with an OpenTelemetry Collector, whose Kafka exporter and receiver share the topics.

mod process;

use super::topics::Topics;
use super::{BATCH, Stream, config, is_error, spans, spans_where, trace};
use crate::queue::receiver::Receiver;
use crate::support::{Running, post, post_to};
use process::Collector;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn a_trace_that_a_collector_and_a_machine_put_is_judged_as_one() {
    let backend = Receiver::start();
    let topics = Topics::start("by-trace");
    let patient = config(&backend.authority, &topics).replace("1500", "6000");
    let machine = Running::configured(&patient);
    let exporter = "partition_traces_by_id: true, partition_logs_by_trace_id: true";
    let collector = Collector::that_puts(&topics.broker(), exporter);
    for number in 0..20 {
        // Two spans of each trace come by the one, and two by the other. Errors come by the first.
        let is_by_collector = number % 2 == 0;
        let has_error = |span| is_by_collector && is_error(trace(span));
        let json = spans_where(number * BATCH..(number + 1) * BATCH, has_error);
        let authority = match is_by_collector {
            true => &collector.authority,
            false => &machine.authority,
        };
        let response = post(authority, &json).expect("a response");
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    }
    // It puts what it has before it ends.
    collector.end();
    topics.wait_until_consumed();
    machine.terminate();
    assert!(machine.ended().status.success());
    assert_account(&topics, &backend, 20 * BATCH, 10 * BATCH);
    let received = backend.spans();
    let mut traces: BTreeMap<u64, BTreeSet<bool>> = BTreeMap::new();
    for span in 0..20 * BATCH {
        let has_arrived = received.contains_key(&span);
        traces.entry(trace(span)).or_default().insert(has_arrived);
    }
    for (trace, arrived) in &traces {
        assert_eq!(arrived.len(), 1, "a part of trace {trace} has arrived");
        assert!(!is_error(*trace) || arrived.contains(&true), "{trace}");
    }
    assert!(traces.values().any(|arrived| arrived.contains(&false)));
}

#[test]
fn what_a_collector_puts_without_keys_is_exported_once() {
    let backend = Receiver::start();
    let topics = Topics::start("no-keys");
    let machine = Running::configured(&config(&backend.authority, &topics));
    let collector = Collector::that_puts(&topics.broker(), "");
    for number in 0..20 {
        let json = spans(number * BATCH..(number + 1) * BATCH);
        let response = post(&collector.authority, &json).expect("a response");
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    }
    collector.end();
    topics.wait_until_consumed();
    machine.terminate();
    assert!(machine.ended().status.success());
    assert_account(&topics, &backend, 20 * BATCH, 20 * BATCH);
}

/// Every span was taken up once, and what became of it is what the backend has.
fn assert_account(topics: &Topics, backend: &Receiver, spans: u64, by_collector: u64) {
    let (account, received) = (topics.account(), backend.spans());
    assert_eq!(topics.records(), spans);
    assert!(received.values().all(|times| *times == 1), "{received:?}");
    assert_eq!(account["received"], by_collector, "{account:?}");
    assert_eq!(account["taken_up"], spans, "{account:?}");
    assert_eq!(account["exported"], received.len() as u64, "{account:?}");
    assert_eq!(
        account["exported"] + account["sampled_out"],
        spans,
        "{account:?}"
    );
}

#[test]
fn what_machines_put_is_whole_at_a_collector() {
    let backend = Receiver::start();
    let topics = Topics::start("to-collector");
    let collector = Collector::that_takes(&topics.broker(), &backend.authority);
    let machine = Running::configured(&format!(
        "open = true\n[backend]\nkind = \"null\"\n[kafka]\nbrokers = [\"{}\"]\n[metrics]\nrequests = false\n[outcomes]\ninterval_ms = 0\n",
        topics.broker()
    ));
    let stream = Stream::default();
    stream.send_to([&machine]);
    for _ in 0..20 {
        stream.send_batch(0);
    }
    for (path, json) in [
        ("/v1/traces", TRACES),
        ("/v1/logs", LOGS),
        ("/v1/metrics", METRICS),
    ] {
        let response = post_to(&machine.authority, path, json).expect("a response");
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    }
    let sent: Vec<u64> = (0..20 * BATCH).chain([SPAN]).collect();
    backend.wait_for_spans(&sent);
    backend.wait_for(&["\"logRecords\"", "\"dataPoints\""]);
    collector.end();
    let received = backend.spans();
    assert_eq!(received.len(), sent.len());
    assert!(received.values().all(|times| *times == 1), "{received:?}");
    let bodies = backend.bodies();
    for part in RESOURCE
        .iter()
        .chain(SPAN_PARTS)
        .chain(LOG_PARTS)
        .chain(METRIC_PARTS)
    {
        assert!(bodies.contains(part), "{part} is not in {bodies}");
    }
}

/// The span of [`TRACES`].
const SPAN: u64 = 9_000_000;
const TRACES: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"scope":{"name":"checkout","version":"1.2"},"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","parentSpanId":"eee19b7ec3c1b173","traceState":"shop=1","name":"span-9000000","kind":2,"startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000","attributes":[{"key":"shop.items","value":{"intValue":"3"}},{"key":"shop.total","value":{"doubleValue":19.5}},{"key":"shop.gift","value":{"boolValue":true}},{"key":"shop.names","value":{"arrayValue":{"values":[{"stringValue":"cup"},{"stringValue":"plate"}]}}}],"events":[{"timeUnixNano":"1544712660500000000","name":"packed"}],"links":[{"traceId":"5b8efff798038103d269b633813fc60d","spanId":"eee19b7ec3c1b175"}],"status":{"code":2,"message":"no stock"}}]}]}]}"#;
const LOGS: &str = r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeLogs":[{"scope":{"name":"checkout"},"logRecords":[{"timeUnixNano":"1544712660300000000","severityNumber":17,"severityText":"ERROR","traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","body":{"stringValue":"out of stock"},"attributes":[{"key":"shop.item","value":{"stringValue":"cup"}}]}]}]}]}"#;
const METRICS: &str = r#"{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeMetrics":[{"scope":{"name":"checkout"},"metrics":[{"name":"shop.orders","unit":"{order}","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"startTimeUnixNano":"1544712660000000000","timeUnixNano":"1544712661000000000","asInt":"5","attributes":[{"key":"shop.paid","value":{"stringValue":"card"}}]}]}}]}]}]}"#;
const RESOURCE: &[&str] = &[r#"{"key":"service.name","value":{"stringValue":"shop"}}"#];
const SPAN_PARTS: &[&str] = &[
    r#""scope":{"name":"checkout","version":"1.2"}"#,
    r#""traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174""#,
    r#""traceState":"shop=1""#,
    r#""parentSpanId":"eee19b7ec3c1b173""#,
    r#""kind":2"#,
    r#""startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000""#,
    r#"{"key":"shop.items","value":{"intValue":"3"}}"#,
    r#"{"key":"shop.total","value":{"doubleValue":19.5}}"#,
    r#"{"key":"shop.gift","value":{"boolValue":true}}"#,
    r#"{"key":"shop.names","value":{"arrayValue":{"values":[{"stringValue":"cup"},{"stringValue":"plate"}]}}}"#,
    r#"{"timeUnixNano":"1544712660500000000","name":"packed"}"#,
    r#"{"traceId":"5b8efff798038103d269b633813fc60d","spanId":"eee19b7ec3c1b175"}"#,
    r#""status":{"message":"no stock","code":2}"#,
];
const LOG_PARTS: &[&str] = &[
    r#""timeUnixNano":"1544712660300000000""#,
    r#""severityNumber":17,"severityText":"ERROR""#,
    r#""body":{"stringValue":"out of stock"}"#,
    r#"{"key":"shop.item","value":{"stringValue":"cup"}}"#,
];
const METRIC_PARTS: &[&str] = &[
    r#""name":"shop.orders""#,
    r#""unit":"{order}""#,
    r#""asInt":"5""#,
    r#""aggregationTemporality":1,"isMonotonic":true"#,
    r#"{"key":"shop.paid","value":{"stringValue":"card"}}"#,
];
