//! Types of values, fields of newer protocols, and requests that stay requests.

use super::*;
use crate::config::{Config, ConfigError, NormalizeConfig, RecordLimitsConfig};
use proptest::prelude::*;
use throughline_otlp::attribute::{self, AttributeValue, attributes};
use throughline_otlp::field::{export_request, resource_group, scope_group};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::rewrite::{Rewritten, inspect, rewrite};

/// A request with one span, in a resource, with the fields that `write` appends to it.
fn request(resource: &[u8], write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::new();
    let group = writer.open(export_request::RESOURCE);
    writer.bytes(resource_group::RESOURCE, resource);
    let scope = writer.open(resource_group::SCOPE);
    let record = writer.open(scope_group::RECORD);
    writer.bytes(span::TRACE_ID, &[1; 16]);
    writer.bytes(span::SPAN_ID, &[2; 8]);
    write(&mut writer);
    writer.close(record);
    writer.close(scope);
    writer.close(group);
    writer.into_bytes()
}

fn run<'a>(config: &NormalizeConfig, request: &'a [u8], signal: Signal) -> Rewritten<'a> {
    let settings = settings(config).expect("usable");
    let (exceeds, sender) = (Cell::new(false), Sender::default());
    let mut routes = RouteTemplates::default();
    let mut normalize = Normalize::new(&settings, signal, &sender, &mut routes, &exceeds);
    let mut limits = LimitParts::new(&settings, signal, &exceeds);
    rewrite(signal, request, &mut [&mut normalize, &mut limits]).expect("valid")
}

fn settings(config: &NormalizeConfig) -> Result<Settings, ConfigError> {
    Settings::new(&Config {
        normalize: config.clone(),
        ..Config::default()
    })
}

fn narrow() -> NormalizeConfig {
    NormalizeConfig {
        limits: RecordLimitsConfig {
            attributes: 3,
            key_bytes: 4,
            value_bytes: 5,
            items: 2,
            depth: 2,
            events: 1,
            links: 1,
        },
        ..NormalizeConfig::default()
    }
}

/// The one span of a request.
fn span_of(request: &[u8]) -> &[u8] {
    let mut at = request;
    for number in [
        export_request::RESOURCE,
        resource_group::SCOPE,
        scope_group::RECORD,
    ] {
        at = pairs(at, number).last().expect("it is there");
    }
    at
}

#[test]
fn values_have_todays_types() {
    let request = request(&[], |writer| {
        let number = span::ATTRIBUTES;
        attribute::string(writer, number, "http.status_code", "404");
        attribute::int(writer, number, "net.host.port", 443);
        attribute::string(writer, number, "http.resend_count", "a few");
        attribute::int(writer, number, "messaging.kafka.partition", 2);
        attribute::bool(writer, number, "db.name", true);
    });
    let rewritten = run(&NormalizeConfig::default(), &request, Signal::Traces);
    let read: Vec<_> = attributes(span_of(&rewritten.request), span::ATTRIBUTES)
        .map(|attribute| (attribute.key, attribute.value()))
        .collect();
    assert_eq!(
        read,
        [
            ("http.response.status_code", AttributeValue::Int(404)),
            ("server.port", AttributeValue::Int(443)),
            ("http.resend_count", AttributeValue::String("a few")),
            (
                "messaging.destination.partition.id",
                AttributeValue::String("2")
            ),
            ("db.name", AttributeValue::Bool(true)),
        ]
    );
}

#[test]
fn fields_of_newer_protocols_stay_byte_for_byte() {
    // Field 1000 of an attribute, of the span and of its resource.
    let newer = b"\xc2\x3e\x05newer";
    let mut pair = Writer::new();
    pair.raw(newer);
    pair.string(1, "http.method");
    pair.bytes(2, b"\x0a\x03GET\xc2\x3e\x01x");
    let entity = b"\x1a\x06\x12\x04host";
    let resource = [&newer[..], entity].concat();
    let request = request(&resource, |writer| {
        writer.raw(newer);
        writer.bytes(span::ATTRIBUTES, pair.as_bytes());
    });
    let rewritten = run(&NormalizeConfig::default(), &request, Signal::Traces);
    let contains =
        |bytes: &[u8]| (rewritten.request.windows(bytes.len())).any(|window| window == bytes);
    assert!(contains(&resource));
    let expected = [
        &b"\x0a\x13http.request.method"[..],
        newer,
        b"\x12\x09\x0a\x03GET\xc2\x3e\x01x",
    ];
    assert!(contains(&expected.concat()), "{:?}", rewritten.request);
    assert!(contains(&[&[2; 8], &newer[..]].concat()));
}

#[test]
fn what_is_as_it_should_be_is_not_copied() {
    let request = request(&[], |writer| {
        attribute::string(writer, span::ATTRIBUTES, "http.request.method", "GET");
        attribute::string(writer, span::ATTRIBUTES, "url.path", &"/a".repeat(500));
    });
    let rewritten = run(&NormalizeConfig::default(), &request, Signal::Traces);
    assert!(matches!(rewritten.request, std::borrow::Cow::Borrowed(_)));
}

#[test]
fn many_attributes_with_one_older_name_cost_no_square() {
    let request = request(&[], |writer| {
        for _ in 0..100_000 {
            attribute::int(writer, span::ATTRIBUTES, "http.method", 1);
        }
    });
    let rewritten = run(&NormalizeConfig::default(), &request, Signal::Traces);
    let left = attributes(span_of(&rewritten.request), span::ATTRIBUTES);
    assert_eq!(left.count(), NormalizeConfig::default().limits.attributes);
}

#[test]
fn a_name_that_is_no_older_one_cannot_be_kept() {
    let config = NormalizeConfig {
        keep_names: vec!["peer.service".into(), "http.request.method".into()],
        ..NormalizeConfig::default()
    };
    let refused = settings(&config).expect_err("refused");
    assert_eq!(refused.key(), "normalize.keep_names[1]");
}

#[test]
fn schemas_of_others_and_newer_ones_are_not_older() {
    for url in ["1.44.0", "1.45.0", "2.0.0", "1.21", "1.21.0.1", "1.x.0", ""] {
        assert!(!is_older_schema(&format!("{SCHEMAS}{url}")), "{url}");
    }
    assert!(!is_older_schema("https://shop.example/schemas/1.0.0"));
    assert!(is_older_schema("https://opentelemetry.io/schemas/1.43.9"));
}

/// `cargo test --release -p throughline-edge --lib cost_of -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads the clock and prints what it finds"
)]
fn cost_of_a_span() {
    let attributes = |names: [&'static str; 3], route: bool| {
        let mut all = vec![
            (names[0], "GET"),
            (names[1], "https://shop.example/api/products/1842?ref=home"),
            (names[2], "shop.example"),
            ("session.id", "5b8efff798038103d269b633813fc60c"),
            ("network.protocol.version", "h2"),
            ("browser.page.path", "/products/1842"),
            ("user_agent.device", "mobile"),
            ("http.response.status_code", "200"),
            ("http.response.body.size", "18342"),
        ];
        if route {
            all.push(("url.template", "/api/products/{id}"));
        }
        all
    };
    let today = ["http.request.method", "url.full", "server.address"];
    let older = ["http.method", "http.url", "net.peer.name"];
    let off = NormalizeConfig {
        names: false,
        routes: false,
        limits: RecordLimitsConfig {
            attributes: 0,
            key_bytes: 0,
            value_bytes: 0,
            items: 0,
            depth: 0,
            events: 0,
            links: 0,
        },
        ..NormalizeConfig::default()
    };
    let on = NormalizeConfig::default();
    for (name, config, attributes) in [
        ("inspection alone", &off, attributes(today, true)),
        ("nothing to change", &on, attributes(today, true)),
        ("a route is learned", &on, attributes(today, false)),
        ("three older names", &on, attributes(older, true)),
    ] {
        let mut writer = Writer::new();
        let group = writer.open(export_request::RESOURCE);
        let resource = writer.open(resource_group::RESOURCE);
        attribute::string(
            &mut writer,
            resource::ATTRIBUTES,
            "telemetry.sdk.language",
            "webjs",
        );
        writer.close(resource);
        let scope = writer.open(resource_group::SCOPE);
        for _ in 0..500 {
            let record = writer.open(scope_group::RECORD);
            writer.bytes(span::TRACE_ID, &[1; 16]);
            writer.bytes(span::SPAN_ID, &[2; 8]);
            writer.string(span::NAME, "GET");
            writer.varint(span::KIND, span_kind::CLIENT);
            for (key, value) in &attributes {
                attribute::string(&mut writer, span::ATTRIBUTES, key, value);
            }
            writer.close(record);
        }
        writer.close(scope);
        writer.close(group);
        let request = writer.into_bytes();
        let settings = settings(config).expect("usable");
        let (exceeds, sender) = (Cell::new(false), Sender::default());
        let mut routes = RouteTemplates::default();
        let mut best = core::time::Duration::MAX;
        for _ in 0..400 {
            let signal = Signal::Traces;
            let begun = std::time::Instant::now();
            let mut normalize = Normalize::new(&settings, signal, &sender, &mut routes, &exceeds);
            let mut limits = LimitParts::new(&settings, signal, &exceeds);
            let stages: &mut [&mut dyn Stage] = &mut [&mut normalize, &mut limits];
            core::hint::black_box(rewrite(signal, &request, stages).expect("valid"));
            best = best.min(begun.elapsed());
        }
        println!("{name}: {} ns per span", best.as_nanos() / 500);
    }
}

/// An encoded `AnyValue`.
fn any_value() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        "\\PC{0,9}".prop_map(|text| {
            let mut writer = Writer::new();
            writer.bytes_present(1, text.as_bytes());
            writer.into_bytes()
        }),
        Just(vec![0x18, 7]),
        Just(vec![]),
    ];
    leaf.prop_recursive(5, 32, 4, |value| {
        let list = proptest::collection::vec(value.clone(), 0..4).prop_map(|items| {
            let mut writer = Writer::new();
            let open = writer.open(5);
            for item in &items {
                writer.bytes_present(1, item);
            }
            writer.close(open);
            writer.into_bytes()
        });
        let map = proptest::collection::vec(("[a-z]{0,6}", value), 0..4).prop_map(|items| {
            let mut writer = Writer::new();
            let open = writer.open(6);
            for (key, item) in &items {
                let pair = writer.open(1);
                writer.string(1, key);
                writer.bytes_present(2, item);
                writer.close(pair);
            }
            writer.close(open);
            writer.into_bytes()
        });
        prop_oneof![list, map]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-d]{1,6}",
        "http\\.(method|target|url)",
        Just("db.system".to_owned())
    ]
}

proptest! {
    #[test]
    fn what_is_cut_keeps_the_limits_and_is_valid(
        all in proptest::collection::vec((key(), any_value()), 0..7),
        events in proptest::collection::vec(("[a-z]{0,8}", any_value()), 0..3),
    ) {
        let request = request(&[], |writer| {
            for (key, value) in &all {
                let pair = writer.open(span::ATTRIBUTES);
                writer.string(1, key);
                writer.bytes(2, value);
                writer.close(pair);
            }
            for (name, value) in &events {
                let event = writer.open(span::EVENTS);
                writer.string(span_event::NAME, name);
                let pair = writer.open(span_event::ATTRIBUTES);
                writer.string(1, "a");
                writer.bytes(2, value);
                writer.close(pair);
                writer.close(event);
            }
        });
        let config = narrow();
        let limits = settings(&config).expect("usable").limits;
        let rewritten = run(&config, &request, Signal::Traces);
        prop_assert_eq!(rewritten.kept(), 1);
        prop_assert_eq!(inspect(Signal::Traces, &rewritten.request).expect("valid").kept(), 1);
        let span = span_of(&rewritten.request);
        let kept: Vec<_> = pairs(span, span::ATTRIBUTES).collect();
        prop_assert!(kept.iter().all(|pair| limits.allow_pair(pair)), "{:?}", kept);
        prop_assert!(kept.len() <= 3 && pairs(span, span::EVENTS).count() <= 1);
        for event in pairs(span, span::EVENTS) {
            prop_assert!(pairs(event, span_event::ATTRIBUTES).all(|pair| limits.allow_pair(pair)));
        }
        let dropped = fields(span).map_while(Result::ok)
            .find(|field| field.number == span::DROPPED_ATTRIBUTES_COUNT)
            .and_then(|field| field.value.as_u64());
        if let Some(dropped) = dropped {
            prop_assert!(dropped as usize + kept.len() <= all.len() + 1);
        }
        // What is cut is not cut again.
        let again = run(&config, &rewritten.request, Signal::Traces);
        prop_assert_eq!(&*again.request, &*rewritten.request);
    }

    #[test]
    fn any_bytes_are_taken(bytes: Vec<u8>) {
        let config = narrow();
        let settings = settings(&config).expect("usable");
        let (exceeds, sender) = (Cell::new(false), Sender::default());
    let mut routes = RouteTemplates::default();
        for signal in Signal::ALL {
            let mut normalize = Normalize::new(&settings, signal, &sender, &mut routes, &exceeds);
            let mut limits = LimitParts::new(&settings, signal, &exceeds);
            let _ = rewrite(signal, &bytes, &mut [&mut normalize, &mut limits]);
            let request = request(&bytes, |writer| writer.raw(&bytes));
            let mut normalize = Normalize::new(&settings, signal, &sender, &mut routes, &exceeds);
            let mut limits = LimitParts::new(&settings, signal, &exceeds);
            let _ = rewrite(signal, &request, &mut [&mut normalize, &mut limits]);
        }
    }
}
