//! Tests that every record has exactly one outcome, whatever happens.
//!
//! The whole pipeline runs on a host made of a clock, a seed and a list of faults; the
//! edge's counts are compared with what the backends received.

use http::{HeaderValue, Method, Request, StatusCode};
use proptest::collection::vec;
use proptest::prelude::*;
use std::cell::RefCell;
use std::io::Read;
use std::rc::Rc;
use std::time::Duration;
use throughline_edge::config::{BackendConfig, IngestConfig, OutcomesConfig};
use throughline_edge::host::Clock;
use throughline_edge::outcome::{Outcome, RejectReason};
use throughline_edge::{Config, Edge};
use throughline_otlp::{Signal, inspect, json, schema};
use throughline_testkit::recorder::{Received, Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn every_record_has_exactly_one_outcome(
        seed: u64,
        sent in vec(sending(), 1..20),
        faults in vec(fault(), 0..30),
        max_in_flight_bytes in prop_oneof![Just(200usize), Just(1_000), Just(1 << 20)],
        background_limit_s in prop_oneof![Just(5u64), Just(30), Just(3_000)],
    ) {
        let host = SimHost::new(seed).with_time_limit(Duration::from_secs(background_limit_s));
        let backend = Recorder::default();
        backend.will_reply(faults.iter().map(Fault::reply));
        host.serve("backend.test", &backend);
        let edge = Edge::new(config(max_in_flight_bytes)).expect("a usable configuration");
        let responses = Rc::new(RefCell::new(Vec::new()));
        for sending in &sent {
            let (edge, worker, responses) = (edge.clone(), host.clone(), Rc::clone(&responses));
            let sending = sending.clone();
            host.executor().spawn(async move {
                worker.sleep(Duration::from_millis(sending.at_ms)).await;
                let response = edge.handle(&worker, sending.request()).await;
                responses.borrow_mut().push((sending, response.status()));
            });
        }
        host.executor().run_until_idle();

        let tally = edge.tally();
        let responses = responses.borrow();
        prop_assert_eq!(responses.len(), sent.len(), "every request has a response");
        for signal in [Signal::Traces, Signal::Logs] {
            let count = |outcome| tally.count(signal, outcome);
            let received = tally.received.get(&signal).copied().unwrap_or(0);
            let ended: u64 = (tally.ended.iter())
                .filter(|(ended, _)| ended.signal == Some(signal))
                .map(|(_, count)| count)
                .sum();
            prop_assert_eq!(received, ended, "received = exported + rejected; nothing is queued: {:?}", tally);
            prop_assert_eq!(tally.queued.get(&signal).copied().unwrap_or(0), 0);

            // The requests of senders, and the responses to them.
            let of_signal = || responses.iter().filter(|(sending, _)| sending.signal == signal);
            let sound = |(sending, _): &&(Sending, StatusCode)| !sending.broken;
            let all: u64 = of_signal().filter(sound).map(|(sending, _)| sending.records()).sum();
            prop_assert_eq!(received, all, "every readable record is received");
            let turned_away: u64 = of_signal()
                .filter(|(_, status)| *status == StatusCode::SERVICE_UNAVAILABLE)
                .map(|(sending, _)| sending.records())
                .sum();
            prop_assert_eq!(count(Outcome::Rejected(RejectReason::QueueFull)), turned_away);

            // The records that the backend received, and said that it took.
            let taken: u64 = seen(&backend, signal, &faults).iter().map(|(records, fault)| fault.took(*records)).sum();
            prop_assert_eq!(count(Outcome::Exported), taken);
            prop_assert_eq!(count(Outcome::Rejected(RejectReason::Abandoned)), 0);
        }
    }

    #[test]
    fn each_backend_has_counts_of_its_own(
        seed: u64,
        sent in vec(sending(), 1..20),
        faults in [vec(fault(), 0..20), vec(fault(), 0..20), vec(fault(), 0..20)],
        max_in_flight_bytes in prop_oneof![Just(200usize), Just(1 << 20)],
        join_ms in prop_oneof![Just(0u64), Just(200)],
        max_request_records in 0u64..4,
        dead_letters: bool,
        background_limit_s in prop_oneof![Just(None), Just(Some(30u64))],
    ) {
        let mut host = SimHost::new(seed);
        if let Some(limit) = background_limit_s {
            host = host.with_time_limit(Duration::from_secs(limit));
        }
        let names = ["first", "second", "archive"];
        let recorders = [(); 3].map(|()| Recorder::default());
        let mut backends = Vec::new();
        for ((name, recorder), faults) in names.iter().zip(&recorders).zip(&faults) {
            recorder.will_reply(faults.iter().map(Fault::reply));
            host.serve(&format!("{name}.test"), recorder);
            backends.push(BackendConfig {
                name: (*name).into(),
                url: Some(format!("http://{name}.test")),
                max_in_flight_bytes,
                join_ms,
                max_request_records,
                timeout_ms: 2_000,
                retry_for_ms: 20_000,
                dead_letters_to: (dead_letters && *name == "first").then(|| "archive".into()),
                ..BackendConfig::default()
            });
        }
        let edge = Edge::new(Config { backend: BackendConfig::default(), backends, ..config(0) });
        let edge = edge.expect("a usable configuration");
        for sending in &sent {
            let (edge, worker, sending) = (edge.clone(), host.clone(), sending.clone());
            host.executor().spawn(async move {
                worker.sleep(Duration::from_millis(sending.at_ms)).await;
                edge.handle(&worker, sending.request()).await;
            });
        }
        host.executor().run_until_idle();

        let tally = edge.tally();
        for signal in [Signal::Traces, Signal::Logs] {
            let count = |backend: Option<&str>, outcome: Option<Outcome>| -> u64 {
                let ended = tally.ended.iter().filter(|(ended, _)| {
                    ended.signal == Some(signal)
                        && ended.backend.as_deref() == backend
                        && outcome.is_none_or(|outcome| ended.outcome == outcome)
                });
                ended.map(|(_, count)| count).sum()
            };
            prop_assert_eq!(tally.queued.get(&signal).copied().unwrap_or(0), 0);
            let received = tally.received.get(&signal).copied().unwrap_or(0);
            let routed = received - count(None, None);
            for ((name, recorder), faults) in names.iter().zip(&recorders).zip(&faults) {
                let seen = seen(recorder, signal, faults);
                let taken = seen.iter().map(|(records, fault)| fault.took(*records));
                prop_assert_eq!(count(Some(name), Some(Outcome::Exported)), taken.sum::<u64>(), "{}", name);
                let abandoned = Outcome::Rejected(RejectReason::Abandoned);
                prop_assert_eq!(count(Some(name), Some(abandoned)), 0);
                if *name != "archive" || !dead_letters {
                    prop_assert_eq!(count(Some(name), None), routed, "{}: {:?}", name, tally);
                }
            }
            if dead_letters {
                let copied = tally.copied.get(&signal).copied().unwrap_or(0);
                prop_assert_eq!(count(Some("archive"), None), copied - routed);
            }
        }
    }

    #[test]
    fn the_reports_add_up_to_the_tally(
        seed: u64,
        sent in vec(sending(), 1..10),
        faults in vec(fault(), 0..10),
    ) {
        let host = SimHost::new(seed);
        let backend = Recorder::default();
        host.serve("backend.test", &backend);
        let edge = Edge::new(config(1 << 20)).expect("a usable configuration");
        for sending in &sent {
            host.executor().run(edge.handle(&host, sending.request())).expect("a response");
            host.executor().run_until_idle();
        }
        // The report itself may fail; its counts are in the next one.
        backend.take();
        let replies: Vec<Fault> = faults.into_iter().filter(|fault| *fault != Fault::Partial).collect();
        backend.will_reply(replies.iter().map(Fault::reply));
        let mut reported = 0;
        for _ in 0..=replies.len() {
            host.executor().run(edge.flush_outcomes(&host)).expect("an end");
        }
        host.executor().run_until_idle();
        let received = backend.take();
        for (index, request) in received.iter().enumerate() {
            if replies.get(index).copied().unwrap_or(Fault::None).took(1) > 0 {
                reported += data_points(request);
            }
        }
        prop_assert_eq!(reported, edge.tally().ended.values().sum::<u64>());
    }
}

/// One request of a sender.
#[derive(Debug, Clone)]
struct Sending {
    at_ms: u64,
    signal: Signal,
    good: u64,
    /// Records that no backend could use.
    bad: u64,
    /// Whether the request cannot be read at all.
    broken: bool,
}

impl Sending {
    fn records(&self) -> u64 {
        self.good + self.bad
    }

    fn request(&self) -> Request<SimBody> {
        let record = |id: &str| match self.signal {
            Signal::Traces => format!(r#"{{"traceId":"{id}","spanId":"eee19b7ec3c1b174"}}"#),
            _ => format!(r#"{{"traceId":"{id}","body":{{"stringValue":"x"}}}}"#),
        };
        let good = (0..self.good).map(|_| record("5b8efff798038103d269b633813fc60c"));
        let bad = (0..self.bad).map(|_| record("5b8e"));
        let records: Vec<String> = good.chain(bad).collect();
        let records = records.join(",");
        let mut body = match self.signal {
            Signal::Traces => {
                format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{records}]}}]}}]}}"#)
            }
            _ => format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{records}]}}]}}]}}"#),
        };
        if self.broken {
            body.pop();
        }
        let mut request = Request::new(SimBody::in_chunks(body.into(), 64));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = format!("/{}", self.signal.path()).parse().expect("a path");
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert("content-type", json);
        request
    }
}

/// The backend's reaction to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Status(u16),
    /// One record is rejected.
    Partial,
    RetryAfter(u8),
    Drop,
    Hang,
}

impl Fault {
    fn reply(&self) -> Reply {
        let mut reply = Reply::default();
        match self {
            Fault::None => {}
            Fault::Status(status) => reply.status = Some(*status),
            // partial_success { rejected: 1 }
            Fault::Partial => reply.body = "\u{a}\u{2}\u{8}\u{1}".into(),
            Fault::RetryAfter(seconds) => {
                reply.status = Some(429);
                reply.headers = vec![("retry-after".into(), seconds.to_string())];
            }
            Fault::Drop => reply.drop = true,
            Fault::Hang => reply.hang = true,
        }
        reply
    }

    fn took(self, records: u64) -> u64 {
        match self {
            Fault::None => records,
            Fault::Partial => records.saturating_sub(1),
            Fault::Status(status) if (200..300).contains(&status) => records,
            _ => 0,
        }
    }
}

fn sending() -> impl Strategy<Value = Sending> {
    let signal = prop_oneof![Just(Signal::Traces), Just(Signal::Logs)];
    (
        0..5_000u64,
        signal,
        0..5u64,
        0..3u64,
        prop::bool::weighted(0.1),
    )
        .prop_map(|(at_ms, signal, good, bad, broken)| Sending {
            at_ms,
            signal,
            good,
            bad,
            broken,
        })
}

fn fault() -> impl Strategy<Value = Fault> {
    let status = prop::sample::select(vec![200u16, 202, 400, 404, 413, 429, 500, 502, 503, 504]);
    prop_oneof![
        2 => Just(Fault::None),
        4 => status.prop_map(Fault::Status),
        1 => Just(Fault::Partial),
        1 => (0..20u8).prop_map(Fault::RetryAfter),
        1 => Just(Fault::Drop),
        1 => Just(Fault::Hang),
    ]
}

fn config(max_in_flight_bytes: usize) -> Config {
    Config {
        open: true,
        ingest: IngestConfig::default(),
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            max_in_flight_bytes,
            timeout_ms: 2_000,
            retry_for_ms: 20_000,
            ..BackendConfig::default()
        },
        outcomes: OutcomesConfig {
            interval_ms: u64::MAX,
            ..OutcomesConfig::default()
        },
        ..Config::default()
    }
}

/// The records of each request of a signal, and its fault. Requests arrive in the order in
/// which faults are used.
fn seen(backend: &Recorder, signal: Signal, faults: &[Fault]) -> Vec<(u64, Fault)> {
    let received = backend.received();
    (received.iter().enumerate())
        .filter(|(_, request)| request.path.ends_with(signal.path()))
        .map(|(index, request)| {
            let body = gunzip(request);
            let inspection = inspect(signal, &body).expect("a sound request");
            assert_eq!(
                inspection.unusable, 0,
                "the backend gets usable records only"
            );
            let fault = faults.get(index).copied().unwrap_or(Fault::None);
            (inspection.records, fault)
        })
        .collect()
}

/// The sum of all data points of a metrics export.
fn data_points(request: &Received) -> u64 {
    let message = schema::export_request(Signal::Metrics);
    let text = json::from_protobuf(message, &gunzip(request)).expect("a sound request");
    // Requests are counted beside records, in the metric after this one.
    let (records, _) = text
        .split_once("throughline.edge.requests")
        .unwrap_or((&text, ""));
    records
        .split(r#""asInt":""#)
        .skip(1)
        .map(|rest| {
            rest.split('"')
                .next()
                .and_then(|count| count.parse::<u64>().ok())
        })
        .map(|count| count.expect("a count"))
        .sum()
}

fn gunzip(request: &Received) -> Vec<u8> {
    let mut body = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(&*request.body);
    decoder.read_to_end(&mut body).expect("gzip");
    body
}
