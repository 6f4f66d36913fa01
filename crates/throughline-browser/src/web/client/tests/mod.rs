//! Tests of the client on a simulated page.

mod conservation;

use super::super::delivery::Reply;
use super::super::page::fake::{FakePage, attribute, options};
use super::super::page::{Navigation, is_of_extension};
use super::super::{LoggerProvider, TracerProvider, document};
use super::sending::address;
use super::*;
use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake};

#[test]
fn the_first_batch_is_sent_after_a_second_and_the_others_after_five() {
    let page = FakePage::start();
    page.wait(999);
    assert!(page.posted.borrow().is_empty());
    page.wait(1);
    assert_eq!(
        page.reply(Reply::Accepted)[0].logs.len(),
        1,
        "the session's start"
    );
    page.wait(60_000);
    assert!(page.posted.borrow().is_empty(), "nothing waits");
    log("one");
    page.wait(4_999);
    assert!(page.posted.borrow().is_empty());
    log("two");
    page.wait(1);
    let sent = page.reply(Reply::Accepted);
    assert_eq!(sent[0].logs.len(), 2, "{sent:?}");
    assert!(
        sent[0]
            .logs
            .iter()
            .all(|log| log["scope"]["name"] == "test")
    );
}

#[test]
fn a_full_batch_is_sent_at_once_and_what_has_no_room_is_counted() {
    let page = FakePage::start();
    page.flush();
    let total = 20_000;
    for _ in 0..total {
        log("in a loop that gives the page no time");
    }
    page.wait(0);
    let sent = page.reply(Reply::Accepted);
    let kept = sent[0].logs.len() as u64;
    assert!(kept > 500, "{kept}");
    assert_eq!(sent[0].dropped, [("queue_full".to_owned(), total - kept)]);
}

#[test]
fn a_session_starts_once_lasts_by_use_and_is_shared_by_the_tab() {
    let page = FakePage::start();
    let sent = page.flush();
    assert_eq!(sent.logs[0]["eventName"], "session.start");
    let first = attribute(&sent.logs[0], "session.id").clone();
    assert!(
        page.session
            .borrow()
            .as_deref()
            .is_some_and(|stored| stored.starts_with(first.as_str().unwrap_or("-")))
    );
    page.wait(29 * 60_000);
    with(Client::presence);
    page.wait(29 * 60_000);
    with(Client::presence);
    assert!(page.flush().logs.is_empty(), "it is used");
    page.wait(31 * 60_000);
    with(Client::presence);
    let sent = page.flush();
    assert_eq!(attribute(&sent.logs[0], "session.previous_id"), &first);
    assert_ne!(attribute(&sent.logs[0], "session.id"), &first);
}

#[test]
fn beside_the_javascript_package_the_session_is_its_own_whenever_it_changes() {
    let page = Rc::new(FakePage::default());
    let (one, other) = ("1".repeat(32), "2".repeat(32));
    let script = document::parse(TRACEPARENT);
    page.script.replace(script);
    page.session.replace(Some(one.clone()));
    page.start_client(&options()).expect("options");
    log("first");
    page.session.replace(Some(other.clone()));
    with(Client::presence);
    log("second");
    let sent = page.flush();
    assert_eq!(sent.logs.len(), 2, "no session starts here: {sent:?}");
    assert_eq!(attribute(sent.log("first"), "session.id"), &one);
    assert_eq!(attribute(sent.log("second"), "session.id"), &other);
    assert!(
        sent.log("first")["traceId"]
            .as_str()
            .is_some_and(|id| TRACEPARENT.contains(id))
    );
}

#[test]
fn spans_of_the_first_minute_are_children_of_the_load_until_the_page_is_used() {
    let page = FakePage::start();
    page.navigation.replace(Some(Navigation {
        fetch_start: 1.0,
        load_event_end: 250.0,
        next_hop_protocol: "h2".to_owned(),
        ..Navigation::default()
    }));
    with(Client::document_loaded);
    span("early");
    with(Client::presence);
    span("after a click");
    page.wait(61_000);
    let sent = page.flush();
    let load = sent.span("documentLoad");
    assert_eq!(sent.span("early")["parentSpanId"], load["spanId"]);
    assert_eq!(sent.span("early")["traceId"], load["traceId"]);
    assert_ne!(sent.span("after a click")["traceId"], load["traceId"]);
    assert!(sent.span("after a click")["parentSpanId"].is_null());
    assert_eq!(attribute(load, "network.protocol.version"), "2");
    with(Client::document_loaded);
    assert!(page.flush().spans.is_empty(), "the load is recorded once");
}

#[test]
fn the_trace_of_the_server_that_sent_the_document_is_continued() {
    let entry = super::super::page::ServerTiming {
        name: "trace".to_owned(),
        description: TRACEPARENT.to_owned(),
    };
    for (delivery, transferred, body, protocol, continued) in [
        ("", None, 0.0, "", true),
        ("", Some(1449.0), 1149.0, "h2", true),
        // It still arrives.
        ("", Some(0.0), 0.0, "h2", true),
        // By a service worker.
        ("", Some(1449.0), 1149.0, "", true),
        ("cache", None, 0.0, "", false),
        ("", Some(0.0), 1149.0, "h2", false),
        ("", Some(0.0), 0.0, "", false),
        ("", Some(300.0), 1149.0, "", false),
    ] {
        let page = FakePage::default();
        page.navigation.replace(Some(Navigation {
            server_timing: vec![entry.clone()],
            delivery_type: delivery.to_owned(),
            transfer_size: transferred,
            encoded_body_size: body,
            next_hop_protocol: protocol.to_owned(),
            ..Navigation::default()
        }));
        let load = DocumentLoad::identify(&page, None);
        let is_continued = TRACEPARENT.contains(&load.context.trace_id().to_string());
        assert_eq!(is_continued, continued, "{delivery} {transferred:?} {body}");
    }
}

#[test]
fn addresses_leave_without_secrets_wherever_they_stand() {
    let page = FakePage::start();
    page.address
        .replace("https://shop.example/cart?token=s3cret".to_owned());
    let mut span = TracerProvider
        .tracer("test")
        .start("GET https://u:pa55@shop.example/");
    span.set_attribute(opentelemetry::KeyValue::new(
        "app.link",
        "https://shop.example/?token=s3cret",
    ));
    span.end();
    log("see https://shop.example/?token=s3cret");
    let sent = page.flush();
    let text = format!("{:?}{:?}", sent.spans, sent.logs);
    assert!(text.contains("REDACTED"), "{text}");
    for secret in ["s3cret", "pa55"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn what_a_page_that_ends_cannot_send_is_counted_in_its_last_request() {
    let page = FakePage::start();
    page.flush();
    let mut sent = 0;
    // The receiver is away, and more waits than outlives a page.
    for _ in 0..12 {
        log_noise(400);
        sent += 400;
        with(Client::close);
    }
    with(Client::ends);
    let bytes: usize = page.posted.borrow().iter().map(|one| one.body.len()).sum();
    assert!(page.posted.borrow().iter().all(|one| one.outlives));
    assert!(bytes <= 48 * 1024, "{bytes}");
    let all = page.reply(Reply::Accepted);
    let arrived: usize = all.iter().map(|one| one.logs.len()).sum();
    let lost: u64 = all
        .iter()
        .flat_map(|one| &one.dropped)
        .map(|(reason, count)| {
            assert_eq!(reason, "page_ended");
            count
        })
        .sum();
    assert!(lost > 0 && arrived > 0);
    assert_eq!(arrived as u64 + lost, sent);
}

#[test]
fn after_a_shutdown_nothing_is_recorded_sent_or_stored_until_the_next_start() {
    let page = FakePage::start();
    log("before");
    super::super::shutdown();
    page.session.replace(None);
    log("after");
    with(Client::presence);
    page.wait(60_000);
    with(Client::ends);
    assert!(page.posted.borrow().is_empty());
    assert_eq!(*page.session.borrow(), None);
    page.start_client(&options()).expect("options");
    log("again");
    let sent = page.flush();
    assert_eq!(sent.logs.len(), 2, "and the start of a session: {sent:?}");
    sent.log("again");
}

#[test]
fn a_response_to_a_batch_of_before_a_shutdown_settles_none_of_afterwards() {
    let page = FakePage::start();
    with(Client::close);
    with(Client::work);
    let before = page.posted.take();
    super::super::shutdown();
    page.start_client(&options()).expect("options");
    log("again");
    with(Client::close);
    with(Client::work);
    settled(before[0].id, Reply::Accepted);
    page.reply(Reply::None);
    page.wait(10_000);
    let sent = page.reply(Reply::Accepted);
    sent.first().expect("a second attempt").log("again");
}

#[test]
fn a_page_that_starts_again_has_the_load_of_its_document_once() {
    let page = FakePage::start();
    page.navigation.replace(Some(Navigation::default()));
    with(Client::document_loaded);
    let load = page.flush().span("documentLoad")["spanId"].clone();
    super::super::shutdown();
    page.start_client(&options()).expect("options");
    with(Client::document_loaded);
    span("again");
    let sent = page.flush();
    assert_eq!(sent.spans.len(), 1, "{sent:?}");
    assert_eq!(sent.span("again")["parentSpanId"], load);
}

#[test]
fn a_shutdown_ends_the_wait_for_a_flush() {
    struct Woken(AtomicBool);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let page = FakePage::start();
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = Context::from_waker(&waker);
    let mut flush = pin!(super::super::flush());
    assert!(flush.as_mut().poll(&mut context).is_pending());
    super::super::shutdown();
    assert!(woken.0.load(Ordering::Relaxed));
    assert!(flush.as_mut().poll(&mut context).is_ready());
    drop(page);
}

#[test]
fn a_frame_and_an_extension_are_recorded_where_they_ask_for_it_alone() {
    let page = Rc::new(FakePage::default());
    page.is_embedded.set(true);
    let asked = Options {
        embedded: true,
        ..options()
    };
    is_recorded_with_these_options_alone(&page, &asked);
}

#[test]
fn extensions_are_known_by_their_scheme() {
    for origin in [
        "chrome-extension://nkbihfbeogaeaoehlefnkodbefgpgknn",
        "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
        "safari-web-extension://8a6a5a2e",
    ] {
        assert!(is_of_extension(origin), "{origin}");
    }
    for origin in ["https://my-external-shop.example", "null", ""] {
        assert!(!is_of_extension(origin), "{origin}");
    }
}

#[test]
fn a_browser_that_asks_not_to_be_followed_is_followed_with_consent_alone() {
    let page = Rc::new(FakePage::default());
    page.is_private.set(true);
    let agreed = Options {
        consent: true,
        ..options()
    };
    is_recorded_with_these_options_alone(&page, &agreed);
}

#[track_caller]
fn is_recorded_with_these_options_alone(page: &Rc<FakePage>, given: &Options) {
    page.start_client(&options()).expect("no failure");
    log("without");
    span("without");
    page.wait(60_000);
    assert!(page.posted.borrow().is_empty());
    assert_eq!(*page.session.borrow(), None);
    page.start_client(given).expect("options");
    log("with");
    let sent = page.flush();
    assert_eq!(sent.logs.len(), 2, "and the start of a session: {sent:?}");
    sent.log("with");
}

#[test]
fn a_javascript_package_that_starts_before_the_load_records_it_alone() {
    let page = FakePage::start();
    page.navigation.replace(Some(Navigation::default()));
    page.script.replace(document::parse(TRACEPARENT));
    with(Client::document_loaded);
    with(Client::ends);
    let spans: usize = page.flush().spans.len();
    assert_eq!(spans, 0);
}

#[test]
fn a_javascript_package_that_starts_later_has_its_share_of_what_outlives_the_page() {
    let page = FakePage::start();
    page.flush();
    page.script.replace(document::parse(TRACEPARENT));
    for _ in 0..4 {
        log_noise(160);
        with(Client::close);
    }
    with(Client::ends);
    let bytes: usize = page.posted.borrow().iter().map(|one| one.body.len()).sum();
    assert!((1..=12 * 1024).contains(&bytes), "{bytes}");
}

#[test]
fn a_key_is_escaped_in_the_address() {
    let page = FakePage::start();
    let targets = with(|client| Rc::clone(&client.targets)).expect("a client");
    assert_eq!(
        address(&targets, Some("pk demo&x")),
        "https://shop.example/_t/v1/bundle?key=pk%20demo%26x"
    );
    drop(page);
}

/// Records texts that do not become smaller by compression.
fn log_noise(records: u64) {
    for one in 0..records {
        let noise = (one + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        log(&format!(
            "{noise:016x}{:016x}",
            noise.rotate_left(17).wrapping_mul(noise)
        ));
    }
}

fn log(text: &str) {
    let logger = LoggerProvider.logger("test");
    let mut record = logger.create_log_record();
    record.set_body(text.to_owned().into());
    logger.emit(record);
}

fn span(name: &'static str) {
    TracerProvider.tracer("test").start(name).end();
}

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03";
