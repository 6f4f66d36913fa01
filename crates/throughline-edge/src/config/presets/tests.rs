//! Tests of presets: what they fill in, and what they refuse.

use super::{PRESETS, fill_in_presets};
use crate::Edge;
use crate::config::Config;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A backend with its preset filled in.
fn filled(backend: Value) -> Result<Value, String> {
    let mut config = json!({ "backend": backend });
    fill_in_presets(&mut config).map_err(|wrong| wrong.to_string())?;
    Ok(config["backend"].take())
}

const REGION: &str = "eu-central-1";

fn aws() -> Value {
    json!({ "access_key": "AKID", "secret_key": "s3cret" })
}

#[test]
fn what_is_known_of_a_backend_is_filled_in() {
    for (backend, at, wanted) in [
        (
            json!({ "preset": "honeycomb", "region": "eu", "key": "k" }),
            "",
            json!({ "url": "https://api.eu1.honeycomb.io", "temporality": "delta",
                "signals": ["traces", "logs", "metrics"], "max_attribute_bytes": 65_535 }),
        ),
        (
            json!({ "preset": "honeycomb", "region": "us", "key": "k", "dataset": "d" }),
            "",
            json!({ "headers": { "x-honeycomb-team": "k" },
                "metrics": { "headers": { "x-honeycomb-dataset": "d" } } }),
        ),
        (
            json!({ "preset": "xray", "region": REGION, "sigv4": aws() }),
            "",
            json!({ "url": "https://xray.eu-central-1.amazonaws.com", "signals": ["traces"],
                "max_request_bytes": 5_000_000, "max_request_records": 10_000,
                "max_request_gap_s": 86_400,
                "sigv4": { "region": REGION, "service": "xray", "access_key": "AKID",
                    "secret_key": "s3cret" } }),
        ),
        (
            json!({ "preset": "cloudwatch-logs", "region": REGION, "log_group": "g",
                "log_stream": "s", "sigv4": aws() }),
            "/headers",
            json!({ "x-aws-log-group": "g", "x-aws-log-stream": "s" }),
        ),
        (
            json!({ "preset": "xray", "region": "cn-north-1", "sigv4": aws() }),
            "",
            json!({ "url": "https://xray.cn-north-1.amazonaws.com.cn" }),
        ),
        (
            json!({ "preset": "cloudwatch-metrics", "region": "eusc-de-east-1", "sigv4": aws() }),
            "",
            json!({ "url": "https://monitoring.eusc-de-east-1.amazonaws.eu" }),
        ),
        (
            // A token in place of a signature.
            json!({ "preset": "cloudwatch-logs", "region": REGION, "log_group": "g",
                "log_stream": "s", "headers": { "Authorization": "Bearer t" } }),
            "",
            json!({ "url": "https://logs.eu-central-1.amazonaws.com", "sigv4": null }),
        ),
        (
            json!({ "preset": "datadog", "site": "datadoghq.eu", "key": "k" }),
            "",
            json!({ "url": "https://otlp.datadoghq.eu", "headers": { "dd-api-key": "k" },
                "metrics": { "headers": {
                    "dd-otel-metric-config": "{\"resource_attributes_as_tags\": true}" } } }),
        ),
        (
            json!({ "preset": "newrelic", "region": "gov", "key": "k" }),
            "",
            json!({ "url": "https://gov-otlp.nr-data.net", "headers": { "api-key": "k" },
                "histogram": "exponential", "compression": "gzip" }),
        ),
        (
            // <https://www.rfc-editor.org/rfc/rfc7617#section-2>
            json!({ "preset": "grafana-cloud", "region": "prod-eu-west-2", "user": "Aladdin",
                "key": "open sesame" }),
            "",
            json!({ "url": "https://otlp-gateway-prod-eu-west-2.grafana.net/otlp",
                "headers": { "authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" } }),
        ),
        (
            json!({ "preset": "elastic", "url": "https://x.elastic.cloud", "key": "k" }),
            "/headers",
            json!({ "authorization": "ApiKey k" }),
        ),
        (
            json!({ "preset": "sentry", "dsn": "https://abc@o1.ingest.sentry.io/2" }),
            "",
            json!({ "url": "https://o1.ingest.sentry.io/api/2/integration/otlp",
                "headers": { "x-sentry-auth": "sentry sentry_key=abc" },
                "signals": ["traces", "logs"], "temporality": null }),
        ),
        (
            json!({ "preset": "loki", "url": "http://loki:3100/", "tenant": "t" }),
            "",
            json!({ "logs": { "url": "http://loki:3100/otlp/v1/logs" }, "traces": null,
                "headers": { "x-scope-orgid": "t" } }),
        ),
        (
            json!({ "preset": "prometheus", "url": "http://p:9090" }),
            "",
            json!({ "metrics": { "url": "http://p:9090/api/v1/otlp/v1/metrics" },
                "temporality": "cumulative", "refuses_records_with": [500] }),
        ),
        (
            // As other configurations have it.
            json!({ "preset": "prometheus", "url": "http://p:9090/api/v1/otlp" }),
            "/metrics",
            json!({ "url": null }),
        ),
        (
            json!({ "preset": "tempo", "url": "http://t:4318" }),
            "",
            json!({ "headers": null }),
        ),
        (
            json!({ "preset": "jaeger", "url": "http://j:4318" }),
            "",
            json!({ "signals": ["traces"], "protocol": "http" }),
        ),
        (
            json!({ "preset": "jaeger", "url": "http://j:4317", "protocol": "grpc" }),
            "",
            json!({ "signals": ["traces"], "protocol": "grpc" }),
        ),
        (
            json!({ "preset": "otlp", "url": "http://c:4318", "key": "t" }),
            "/headers",
            json!({ "authorization": "Bearer t" }),
        ),
        (
            json!({ "preset": "cloudwatch-metrics", "region": REGION, "sigv4": aws() }),
            "/sigv4",
            json!({ "service": "monitoring" }),
        ),
        (
            // Without metrics no host has to keep counts.
            json!({ "preset": "grafana-cloud", "region": "r", "user": "1", "key": "k",
                "signals": ["traces"] }),
            "",
            json!({ "temporality": null, "histogram": null, "signals": ["traces"] }),
        ),
    ] {
        let name = backend["preset"].clone();
        let filled = filled(backend).expect("it can be used");
        let empty = json!({});
        let place = filled.pointer(at).unwrap_or(&empty);
        for (key, wanted) in wanted.as_object().expect("a table") {
            assert_eq!(
                place.get(key).unwrap_or(&Value::Null),
                wanted,
                "{name}: {key}"
            );
        }
    }
}

#[test]
fn what_the_operator_writes_wins() {
    let written = json!({
        "preset": "newrelic", "url": "http://127.0.0.1:1", "headers": { "Api-Key": "mine" },
        "temporality": "cumulative", "compression": "zstd", "max_request_bytes": 900_000,
        "signals": ["metrics"],
    });
    let filled = filled(written.clone()).expect("it can be used");
    for (key, written) in written.as_object().expect("a table") {
        assert_eq!(&filled[key], written, "{key}");
    }
}

#[test]
fn what_is_missing_and_what_is_not_taken_is_named() {
    for (backend, wanted) in [
        (
            json!({ "preset": "honeycomb", "region": "eu" }),
            "backend.key: Honeycomb needs it: an ingest key of the environment",
        ),
        (
            json!({ "preset": "honeycomb", "key": "k" }),
            "backend.region: Honeycomb needs it: the region of the team, one of eu, us",
        ),
        (
            json!({ "preset": "honeycomb", "region": "mars", "key": "k" }),
            "backend.region: Honeycomb has one of eu, us",
        ),
        (
            json!({ "preset": "honeycomb", "region": "eu", "key": "k", "site": "x" }),
            "backend.site: Honeycomb does not use it: leave it out",
        ),
        (
            json!({ "url": "http://b", "key": "k" }),
            "backend.key: only a backend with a preset has it",
        ),
        (
            json!({ "preset": "datadog", "site": "ddog-gov.com", "key": "k" }),
            "backend.site: Datadog has one of datadoghq.com, ",
        ),
        (
            json!({ "preset": "datadog", "site": "datadoghq.com", "key": "k",
                "temporality": "cumulative" }),
            "backend.temporality: Datadog takes delta",
        ),
        (
            json!({ "preset": "datadog", "site": "datadoghq.com", "key": "k", "encoding": "json" }),
            "backend.encoding: Datadog takes protobuf",
        ),
        (
            json!({ "preset": "tempo", "url": "http://t", "signals": ["traces", "metrics"] }),
            "backend.signals: Grafana Tempo takes traces",
        ),
        (
            json!({ "preset": "xray", "region": REGION, "sigv4": aws(), "compression": "zstd" }),
            "backend.compression: AWS X-Ray takes gzip and none",
        ),
        (
            json!({ "preset": "xray", "region": REGION, "sigv4": aws(), "max_request_bytes": 0 }),
            "backend.max_request_bytes: AWS X-Ray takes 5000000 at most",
        ),
        (
            json!({ "preset": "xray", "region": "evil.example/", "sigv4": aws() }),
            "backend.region: write its name alone, and no address: a region of AWS, such as eu-central-1",
        ),
        (
            json!({ "preset": "grafana-cloud", "user": "1", "key": "k",
                "region": "https://otlp-gateway-prod-eu-west-2.grafana.net/otlp" }),
            "backend.region: write its name alone, and no address: the zone of the stack, such as prod-eu-west-2",
        ),
        (
            json!({ "preset": "grafana-cloud", "user": "1", "key": "k",
                "url": "https://otlp-gateway-prod-eu-west-2.grafana.net" }),
            "backend.url: the address of Grafana Cloud ends in /otlp: write it to its end, or leave it out",
        ),
        (
            json!({ "preset": "sentry", "dsn": "https://abc@o1.ingest.sentry.io/2",
                "url": "https://o1.ingest.sentry.io/api/2/envelope" }),
            "backend.url: the address of Sentry ends in /integration/otlp: ",
        ),
        (
            json!({ "preset": "loki", "url": "http://loki:3100/loki/api/v1/push" }),
            "backend.url: /loki/api/v1/push is the address of Loki's own protocol: write what is before it, such as http://loki:3100",
        ),
        (
            json!({ "preset": "prometheus", "url": "http://p:9090/api/v1/write/" }),
            "backend.url: /api/v1/write is the address of remote write: write what is before it, such as http://prometheus:9090",
        ),
        (
            json!({ "preset": "jaeger", "url": "http://j:14268/api/traces" }),
            "backend.url: /api/traces is the address of Jaeger's own protocol: write that of its OTLP receiver, such as http://jaeger:4318",
        ),
        (
            json!({ "preset": "elastic", "url": "https://e", "key": "ApiKey s3cret" }),
            "backend.key: write the key alone, without the word ApiKey in front of it: the preset writes the header",
        ),
        (
            json!({ "preset": "otlp", "url": "https://e", "key": "bearer s3cret" }),
            "backend.key: write the key alone, without the word Bearer in front of it: ",
        ),
        (
            json!({ "preset": "grafana-cloud", "region": "r", "user": "1", "key": "Basic s3cret" }),
            "backend.key: write the key alone, without the word Basic in front of it: ",
        ),
        (
            json!({ "preset": "honeycomb", "region": "eu", "key": " Authorization: s3cret" }),
            "backend.key: write the key alone, without the word Authorization in front of it: ",
        ),
        (
            json!({ "preset": "xray", "region": REGION }),
            "backend.sigv4: AWS X-Ray needs it: { access_key = ",
        ),
        (
            json!({ "preset": "xray", "region": REGION,
                "sigv4": { "service": "logs", "access_key": "a", "secret_key": "b" } }),
            "backend.sigv4.service: AWS X-Ray takes xray",
        ),
        (
            json!({ "preset": "cloudwatch-logs", "region": REGION, "sigv4": aws() }),
            "backend.log_group: Amazon CloudWatch Logs needs it: a log group that exists",
        ),
        (
            json!({ "preset": "loki" }),
            "backend.url: Grafana Loki needs it: the base URL of Loki, such as http://loki:3100",
        ),
        (
            json!({ "preset": "honeycomb", "region": "eu", "key": "k", "protocol": "grpc" }),
            "backend.protocol: the preset of Honeycomb is for http; for grpc write url and headers without it",
        ),
        (
            json!({ "preset": "tempo", "url": "http://t:4317", "protocol": "udp" }),
            "backend.protocol: Grafana Tempo takes http and grpc",
        ),
        (
            json!({ "preset": "sentry", "dsn": "https://o1.ingest.sentry.io/2" }),
            "backend.dsn: not a DSN, such as ",
        ),
    ] {
        let message = filled(backend.clone()).expect_err("it is refused");
        assert!(message.starts_with(wanted), "{backend}: {message}");
        assert!(!message.contains("s3cret"), "{message}");
    }
}

#[test]
fn a_name_that_is_not_known_is_refused_with_those_that_are() {
    let config = json!({ "backends": [{ "name": "a", "preset": "honeycom" }] });
    let refused = Config::from_value(config, &[]).expect_err("it is not known");
    assert_eq!(refused.key, "backends[0].preset");
    assert!(refused.reason.contains("`grafana-cloud`"), "{refused}");
    assert!(
        refused.reason.ends_with("; did you mean `honeycomb`?"),
        "{refused}"
    );
}

#[test]
fn names_as_others_write_them_lead_to_the_preset() {
    for (written, meant) in [
        ("new-relic", "newrelic"),
        ("x-ray", "xray"),
        ("grafana_cloud", "grafana-cloud"),
        ("Datadog", "datadog"),
        ("cloudwatch", "cloudwatch-logs"),
        ("promethues", "prometheus"),
        ("oltp", "otlp"),
    ] {
        let config = json!({ "backend": { "preset": written } });
        let refused = Config::from_value(config, &[]).expect_err("it is not known");
        let wanted = format!("; did you mean `{meant}`?");
        assert!(refused.reason.ends_with(&wanted), "{written}: {refused}");
    }
}

#[test]
fn what_is_probably_wrong_is_said_with_what_to_write() {
    let grpc = "4317 is the port of OTLP/gRPC, and exports are OTLP/HTTP: write the port of that, which is usually 4318";
    let unknown = "no region of AWS with this name is known; ";
    for (backend, key, wanted) in [
        (
            json!({ "url": "http://c:4317" }),
            "backend.url",
            format!("{grpc}, or protocol = \"grpc\""),
        ),
        (
            json!({ "preset": "tempo", "url": "http://t:4317/" }),
            "backend.url",
            format!("{grpc}, or protocol = \"grpc\""),
        ),
        (
            json!({ "preset": "elastic", "url": "https://e:4317", "key": "k" }),
            "backend.url",
            grpc.into(),
        ),
        (
            json!({ "url": "http://c:4318", "traces": { "url": "http://c:4317/v1/traces" } }),
            "backend.traces.url",
            format!("{grpc}, or protocol = \"grpc\""),
        ),
        (
            json!({ "url": "http://c:4318", "protocol": "grpc" }),
            "backend.url",
            "4318 is the port of OTLP/HTTP, and exports are OTLP/gRPC: write the port of that, which is usually 4317, or protocol = \"http\"".into(),
        ),
        (
            json!({ "preset": "xray", "region": "eu-cental-1", "sigv4": aws() }),
            "backend.region",
            format!("{unknown}did you mean eu-central-1?"),
        ),
        (
            json!({ "preset": "xray", "region": "frankfurt", "sigv4": aws() }),
            "backend.region",
            format!("{unknown}its name is that of the console, such as eu-central-1"),
        ),
        (
            json!({ "url": "http://c", "sigv4": { "region": "us-est-1", "service": "xray",
                "access_key": "a", "secret_key": "b" } }),
            "backend.sigv4.region",
            format!("{unknown}did you mean us-east-1?"),
        ),
    ] {
        let config = Config::from_value(json!({ "backend": backend }), &[]).expect("usable");
        let said: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
        assert_eq!(said, [format!("{key}: {wanted}")], "{backend}");
    }
}

#[test]
fn what_is_right_has_no_warning() {
    for backend in [
        json!({}),
        json!({ "url": "http://c:4318" }),
        json!({ "url": "http://c:4317", "protocol": "grpc" }),
        json!({ "kind": "null", "url": "http://c:4317" }),
        json!({ "preset": "xray", "region": "cn-northwest-1", "sigv4": aws() }),
        json!({ "preset": "grafana-cloud", "region": "prod-eu-west-2", "user": "1", "key": "k" }),
    ] {
        let config = Config::from_value(json!({ "backend": backend }), &[]).expect("usable");
        assert_eq!(config.warnings(), [], "{backend}");
    }
}

#[test]
fn each_of_several_backends_has_its_own() {
    let config = json!({ "backends": [
        { "name": "a", "preset": "loki", "url": "http://l:3100" },
        { "name": "b", "preset": "elastic", "url": "https://e" },
    ] });
    let refused = Config::from_value(config, &[]).expect_err("no key");
    assert_eq!(refused.key, "backends[1].key");
}

#[test]
fn every_preset_is_a_configuration_that_can_be_used() {
    for facts in PRESETS {
        let config = json!({ "open": true, "backend": everything(facts.name) });
        let config = Config::from_value(config, &[]).expect(facts.name);
        let edge = Edge::new(config);
        assert!(edge.is_ok(), "{}: {:?}", facts.name, edge.err());
    }
}

/// A backend with all that its preset can want.
fn everything(name: &str) -> Value {
    let facts = PRESETS.iter().find(|facts| facts.name == name);
    let facts = facts.expect("a preset");
    let mut backend = json!({ "preset": name });
    for parameter in facts.parameters {
        let value = match (parameter.name, parameter.one_of) {
            ("dsn", _) => "https://abc@o1.ingest.sentry.io/2",
            (_, []) => "some",
            (_, [first, ..]) => first,
        };
        backend[parameter.name] = value.into();
    }
    if let super::Address::Own { .. } = facts.address {
        backend["url"] = "http://127.0.0.1:9".into();
    }
    if !facts.service.is_empty() {
        backend["sigv4"] = aws();
    }
    backend
}

proptest! {
    /// A configuration that is printed is read again: then nothing may change.
    #[test]
    fn a_backend_that_is_filled_in_stays_as_it_is(
        index in 0..PRESETS.len(),
        left_out in proptest::collection::vec(0_usize..40, 0..4),
        odd in proptest::option::of((0_usize..40, "[a-z0-9]{0,4}")),
    ) {
        let mut backend = everything(PRESETS[index].name);
        let table = backend.as_object_mut().expect("a table");
        for at in left_out {
            if let Some(key) = table.keys().nth(at).cloned().filter(|key| key != "preset") {
                table.remove(&key);
            }
        }
        if let Some((at, value)) = odd
            && let Some(key) = table.keys().nth(at).cloned()
        {
            table.insert(key, value.into());
        }
        if let Ok(once) = filled(backend) {
            prop_assert_eq!(filled(once.clone()), Ok(once));
        }
    }
}
