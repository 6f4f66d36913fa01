//! Tests of the layer on a simulated page.

use super::super::page::fake::{FakePage, attribute};
use super::super::{Layer, TracerProvider};
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use tracing::{Instrument, debug_span, error, info, info_span, warn};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt};

/// Runs `work` with the layer, on a page that is used.
fn traced(work: impl FnOnce()) -> super::super::page::fake::Sent {
    let page = FakePage::start();
    page.flush();
    super::with(super::super::client::Client::presence);
    let layer = Layer::new().with_filter(LevelFilter::INFO);
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, work);
    page.flush()
}

#[test]
fn spans_of_both_interfaces_are_children_of_each_other_and_events_belong_to_the_innermost() {
    let sent = traced(|| {
        let _outer = info_span!("outer").entered();
        TracerProvider.tracer("library").in_span("middle", |_| {
            info_span!("inner").in_scope(|| info!("in the innermost"));
            info!("in the middle");
        });
        info!("in the outermost");
    });
    for (child, parent) in [("middle", "outer"), ("inner", "middle")] {
        assert_eq!(
            sent.span(child)["parentSpanId"],
            sent.span(parent)["spanId"]
        );
        assert_eq!(sent.span(child)["traceId"], sent.span("outer")["traceId"]);
    }
    for (text, span) in [
        ("in the innermost", "inner"),
        ("in the middle", "middle"),
        ("in the outermost", "outer"),
    ] {
        assert_eq!(
            sent.log(text)["spanId"],
            sent.span(span)["spanId"],
            "{text}"
        );
        assert_eq!(
            sent.log(text)["traceId"],
            sent.span(span)["traceId"],
            "{text}"
        );
    }
    assert_eq!(sent.span("middle")["scope"]["name"], "library");
    assert_eq!(sent.span("inner")["scope"]["name"], module_path!());
}

#[test]
fn fields_have_the_types_that_they_are_given() {
    let sent = traced(|| {
        let span = info_span!(
            "typed",
            on = true,
            count = 3,
            big = u64::MAX,
            share = 0.5,
            text = "t",
            later = tracing::field::Empty
        );
        span.record("later", 7);
        let failure = std::fmt::Error;
        span.in_scope(|| warn!(count = 3, debug = ?Some(1), error = &failure as &dyn std::error::Error, "with {}", "words"));
    });
    let span = sent.span("typed");
    assert_eq!(attribute(span, "on"), true);
    assert_eq!(attribute(span, "count"), "3");
    assert_eq!(attribute(span, "big"), &u64::MAX.to_string());
    assert_eq!(attribute(span, "share"), 0.5);
    assert_eq!(attribute(span, "text"), "t");
    assert_eq!(attribute(span, "later"), "7");
    let log = sent.log("with words");
    assert_eq!(log["severityNumber"], 13);
    assert_eq!(log["severityText"], "WARN");
    assert_eq!(attribute(log, "debug"), "Some(1)");
    assert_eq!(attribute(log, "error"), &std::fmt::Error.to_string());
    assert!(
        attribute(log, "code.file.path")
            .as_str()
            .is_some_and(|path| path.ends_with("tests.rs"))
    );
}

#[test]
fn a_span_is_named_and_judged_by_the_fields_of_tracing_opentelemetry() {
    let sent = traced(|| {
        info_span!(
            "a",
            otel.name = "renamed",
            otel.kind = "client",
            otel.status_code = "error",
            otel.status_description = "broken"
        );
        info_span!("b", otel.status_code = "ok");
    });
    let span = sent.span("renamed");
    assert_eq!(span["kind"], 3);
    assert_eq!(span["status"]["code"], 2);
    assert_eq!(span["status"]["message"], "broken");
    assert_eq!(sent.span("b")["status"]["code"], 1);
}

#[test]
fn a_description_of_a_failure_is_kept_wherever_it_stands() {
    let sent = traced(|| {
        info_span!(
            "a",
            otel.status_description = "broken",
            otel.status_code = "error"
        );
        info_span!("b", otel.status_code = "error");
    });
    assert_eq!(sent.span("a")["status"]["code"], 2);
    assert_eq!(sent.span("a")["status"]["message"], "broken");
    assert_eq!(sent.span("b")["status"]["code"], 2);
}

#[test]
fn spans_that_a_panic_has_left_entered_are_no_parents_of_what_follows() {
    let sent = traced(|| {
        // As at a trap, nothing of the stack is dropped.
        std::mem::forget(info_span!("lost").entered());
        let tracer = TracerProvider.tracer("library");
        let lost = opentelemetry::Context::current_with_span(tracer.start("lost too"));
        std::mem::forget(lost.attach());
        std::mem::forget(info_span!("innermost").entered());
        super::leave_all();
        info!("outside");
        info_span!("next").in_scope(|| info!("in the next"));
        info!("outside again");
    });
    assert!(sent.log("outside")["spanId"].is_null());
    assert!(sent.log("outside again")["spanId"].is_null());
    assert!(sent.span("next")["parentSpanId"].is_null());
    assert_eq!(
        sent.log("in the next")["spanId"],
        sent.span("next")["spanId"]
    );
}

#[test]
fn a_future_keeps_its_span_over_its_waits_and_gives_it_to_no_other() {
    let sent = traced(|| {
        let step = |text: &'static str| async move {
            info!("before {text}");
            yield_once().await;
            info!("after {text}");
        };
        let mut one = Box::pin(step("one").instrument(info_span!("one")));
        let mut two = Box::pin(step("two").instrument(info_span!("two")));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        for _ in 0..2 {
            let _ = one.as_mut().poll(&mut context);
            let _ = two.as_mut().poll(&mut context);
        }
        info!("outside");
    });
    for (text, span) in [
        ("before one", "one"),
        ("after one", "one"),
        ("before two", "two"),
        ("after two", "two"),
    ] {
        assert_eq!(
            sent.log(text)["spanId"],
            sent.span(span)["spanId"],
            "{text}"
        );
    }
    assert!(sent.log("outside")["spanId"].is_null());
}

#[test]
fn spans_that_are_left_in_another_order_leave_none_open() {
    let sent = traced(|| {
        let (first, second) = (
            info_span!("first").entered(),
            info_span!("second").entered(),
        );
        drop(first);
        info!("in the second");
        drop(second);
        info!("outside");
    });
    assert_eq!(
        sent.log("in the second")["spanId"],
        sent.span("second")["spanId"]
    );
    assert!(sent.log("outside")["spanId"].is_null());
}

#[test]
fn parents_and_causes_are_those_that_the_page_names() {
    let sent = traced(|| {
        let cause = info_span!("cause");
        let _entered = info_span!("entered").entered();
        info_span!(parent: &cause, "child");
        info_span!(parent: None, "root").follows_from(&cause);
    });
    assert_eq!(
        sent.span("child")["parentSpanId"],
        sent.span("cause")["spanId"]
    );
    assert!(sent.span("root")["parentSpanId"].is_null());
    assert_ne!(
        sent.span("root")["traceId"],
        sent.span("entered")["traceId"]
    );
    assert_eq!(
        sent.span("root")["links"][0]["spanId"],
        sent.span("cause")["spanId"]
    );
}

#[test]
fn what_the_level_leaves_out_costs_its_children_no_parent() {
    let sent = traced(|| {
        let _outer = info_span!("outer").entered();
        let _between = debug_span!("between").entered();
        info_span!("inner").in_scope(|| tracing::debug!("too verbose"));
    });
    assert_eq!(sent.spans.len(), 2);
    assert!(sent.logs.is_empty(), "{sent:?}");
    assert_eq!(
        sent.span("inner")["parentSpanId"],
        sent.span("outer")["spanId"]
    );
}

#[test]
fn a_loop_of_attributes_is_cut_and_counted() {
    use opentelemetry::KeyValue;
    use opentelemetry::trace::Span as _;
    let sent = traced(|| {
        let mut span = TracerProvider.tracer("library").start("long");
        for one in 0..200 {
            span.set_attribute(KeyValue::new(format!("key.{one}"), one));
            span.add_event(format!("event {one}"), Vec::new());
        }
    });
    let span = sent.span("long");
    assert_eq!(span["droppedAttributesCount"], 72);
    assert_eq!(span["events"].as_array().map(Vec::len), Some(128));
    assert_eq!(span["droppedEventsCount"], 72);
}

#[test]
fn an_error_is_sent_soon_and_a_loop_of_errors_is_not_a_loop_of_requests() {
    let page = FakePage::start();
    page.flush();
    page.wait(10_000);
    let subscriber = tracing_subscriber::registry().with(Layer::new());
    tracing::subscriber::with_default(subscriber, || {
        error!("first");
        page.wait(299);
        assert!(page.posted.borrow().is_empty());
        page.wait(1);
        assert_eq!(page.flush().logs.len(), 1);
        error!("second");
        page.wait(1_000);
        assert!(page.posted.borrow().is_empty());
        page.wait(1_000);
        assert_eq!(page.posted.borrow().len(), 1);
    });
}

#[test]
fn without_a_client_nothing_is_recorded_and_nothing_fails() {
    let subscriber = tracing_subscriber::registry().with(Layer::new());
    tracing::subscriber::with_default(subscriber, || {
        let _outer = info_span!("outer").entered();
        info!("nobody");
        TracerProvider
            .tracer("library")
            .in_span("inner", |_| info!("listens"));
    });
    assert_eq!(super::super::traceparent("/api"), None);
    let refused = super::super::init(super::super::Options::default());
    assert_eq!(refused, Err(super::super::InitError::NoPage));
}

async fn yield_once() {
    let mut waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
