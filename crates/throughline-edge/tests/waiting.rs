//! Tests of batches that wait for export while the backend accepts no more.

use crate::support::single::edge;
use crate::support::{BATCH, request, text};
use http::StatusCode;
use std::time::Duration;
use throughline_edge::config::{BackendCompression, BackendConfig, BackendEncoding};
use throughline_edge::host::Clock;
use throughline_edge::outcome::Outcome;
use throughline_edge::{Config, Edge, Machine};
use throughline_otlp::Signal;
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost};

#[test]
fn a_sender_is_asked_to_retry_when_too_much_waits() {
    let host = SimHost::new(5);
    let backend = Recorder::default();
    backend.will_reply(vec![Reply::status(503); 3]);
    host.serve("backend.test", &backend);
    let edge = edge(100);
    let mut responses = Vec::new();
    for _ in 0..3 {
        let response = host
            .executor()
            .run(edge.handle(&host, request(SimBody::whole(BATCH.into()))));
        responses.push(response.expect("a response"));
    }
    assert_eq!(
        responses[0].status(),
        StatusCode::OK,
        "one batch may always wait"
    );
    for response in &responses[1..] {
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "5");
        assert!(
            text(response).contains("send again in 5 s"),
            "{}",
            text(response)
        );
    }
    host.executor().run_until_idle();
    let response = host
        .executor()
        .run(edge.handle(&host, request(SimBody::whole(BATCH.into()))));
    assert_eq!(
        response.expect("a response").status(),
        StatusCode::OK,
        "the batch before it was sent"
    );
}

#[test]
fn a_backend_that_hangs_does_not_cost_a_connection_for_every_batch() {
    let (host, backend, edge) = waiting_for_a_backend_that_hangs(32, 100);
    host.executor()
        .run(host.sleep(Duration::from_secs(9)))
        .expect("an end");
    assert_eq!(backend.count(), 32);
    host.executor().run_until_idle();
    assert_eq!(edge.tally().count(Signal::Traces, Outcome::Exported), 100);
}

#[test]
fn batches_that_wait_do_not_poll() {
    let (host, _backend, edge) = waiting_for_a_backend_that_hangs(32, 500);
    let begun = host.executor().timers_begun();
    host.executor()
        .run(host.sleep(Duration::from_secs(9)))
        .expect("an end");
    let timers = host.executor().timers_begun() - begun;
    assert!(timers < 1_500, "{timers} timers in nine seconds");
    host.executor().run_until_idle();
    assert_eq!(edge.tally().count(Signal::Traces, Outcome::Exported), 500);
}

#[test]
fn batches_are_exported_in_the_order_of_arrival() {
    let host = SimHost::new(5);
    let backend = Recorder::default();
    host.serve("backend.test", &backend);
    let edge = Edge::new(Config {
        open: true,
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            encoding: BackendEncoding::Json,
            compression: BackendCompression::None,
            max_requests: 2,
            join_ms: 0,
            ..BackendConfig::default()
        },
        ..Config::default()
    });
    let edge = edge.expect("a usable configuration");
    for number in 0..50 {
        let body = BATCH.replace("a span of some length", &format!("span {number:02}"));
        let request = request(SimBody::whole(body.into()));
        host.executor()
            .run(edge.handle(&host, request))
            .expect("a response");
    }
    host.executor().run_until_idle();
    let numbers: Vec<String> = (backend.take().iter())
        .map(|export| {
            let text = String::from_utf8_lossy(&export.body);
            let at = text.find("span ").expect("its name") + 5;
            text[at..at + 2].to_owned()
        })
        .collect();
    let in_order: Vec<String> = (0..50).map(|number| format!("{number:02}")).collect();
    assert_eq!(numbers, in_order);
}

#[test]
fn the_permit_of_cancelled_work_is_used_again() {
    // Each piece of work may run for 12 s; an attempt takes up to 10.
    let host = SimHost::new(5).with_time_limit(Duration::from_secs(12));
    let backend = Recorder::default();
    let hang = Reply {
        hang: true,
        ..Reply::default()
    };
    backend.will_reply(vec![hang; 32]);
    host.serve("backend.test", &backend);
    let edge = edge(1 << 20);
    let send = || {
        let request = request(SimBody::whole(BATCH.into()));
        let response = host.executor().run(edge.handle(&host, request));
        response.expect("a response");
    };
    for _ in 0..100 {
        send();
    }
    host.executor().run_until_idle();
    send();
    host.executor().run_until_idle();
    assert_eq!(backend.count(), 33, "the batch after them is sent");
    let tally = edge.tally();
    assert_eq!(tally.ended.values().sum::<u64>(), 101);
    assert_eq!(tally.queued[&Signal::Traces], 0);
}

#[test]
fn all_cores_share_the_memory_of_the_machine() {
    let host = SimHost::new(5);
    let backend = Recorder::default();
    host.serve("backend.test", &backend);
    let config = Config {
        open: true,
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            max_in_flight_bytes: 100,
            join_ms: 0,
            ..BackendConfig::default()
        },
        ..Config::default()
    };
    let machine = Machine::new(&config);
    let core = || Edge::on(machine.clone(), config.clone()).expect("a usable configuration");
    let (one, other) = (core(), core());
    let send = |edge: &Edge| {
        let request = request(SimBody::whole(BATCH.into()));
        let response = host.executor().run(edge.handle(&host, request));
        response.expect("a response").status()
    };
    assert_eq!(send(&one), StatusCode::OK);
    assert_eq!(send(&other), StatusCode::SERVICE_UNAVAILABLE);
    host.executor().run_until_idle();
    assert_eq!(send(&other), StatusCode::OK, "the batch before it was sent");
}

/// An edge that has accepted `batches`, whose backend leaves the first `hangs` requests
/// without a response.
fn waiting_for_a_backend_that_hangs(hangs: usize, batches: usize) -> (SimHost, Recorder, Edge) {
    let host = SimHost::new(5);
    let backend = Recorder::default();
    let hang = Reply {
        hang: true,
        ..Reply::default()
    };
    backend.will_reply(vec![hang; hangs]);
    host.serve("backend.test", &backend);
    let edge = edge(1 << 20);
    for _ in 0..batches {
        let request = request(SimBody::whole(BATCH.into()));
        host.executor()
            .run(edge.handle(&host, request))
            .expect("a response");
    }
    (host, backend, edge)
}
