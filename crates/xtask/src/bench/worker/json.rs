//! An OTLP request in JSON, of spans like those of `batch.rs`.

use serde_json::{Value, json};

/// A request of `spans` spans.
pub(super) fn export_request(spans: usize) -> String {
    let spans: Vec<Value> = (0..spans as u64).map(span).collect();
    let resource = attributes(&[
        ("service.name", "shop-page"),
        ("service.version", "1.4.2"),
        ("telemetry.sdk.name", "throughline"),
        ("telemetry.sdk.language", "webjs"),
    ]);
    let request = json!({
        "resourceSpans": [{
            "resource": { "attributes": resource },
            "scopeSpans": [{ "scope": { "name": "throughline.fetch" }, "spans": spans }],
        }],
    });
    request.to_string()
}

fn span(index: u64) -> Value {
    // Digits that differ from span to span, and are the same in every run.
    let digits = (index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let start = 1_790_000_000_000_000_000 + index * 7_000_000;
    let url = format!(
        "https://shop.example/api/products/{}?page=2&sort=price-ascending",
        digits % 10_000
    );
    let session = format!("{digits:016x}");
    let mut attributes = attributes(&[
        ("http.request.method", "GET"),
        ("url.full", &url),
        ("url.template", "/api/products/{id}"),
        ("server.address", "shop.example"),
        ("network.protocol.name", "h2"),
        ("session.id", &session),
        ("browser.page", "/products/"),
        ("http.request.priority", "high"),
    ]);
    for (key, value) in [
        ("http.response.status_code", 200),
        ("http.response.body.size", digits % 100_000),
    ] {
        attributes.push(json!({ "key": key, "value": { "intValue": value.to_string() } }));
    }
    json!({
        "traceId": format!("{digits:016x}{:016x}", digits.rotate_left(17)),
        "spanId": format!("{:016x}", digits.rotate_left(31)),
        "parentSpanId": format!("{:016x}", digits.rotate_left(43)),
        "name": "GET /api/products/{id}",
        "kind": 3,
        "startTimeUnixNano": start.to_string(),
        "endTimeUnixNano": (start + digits % 900_000_000).to_string(),
        "attributes": attributes,
    })
}

fn attributes(texts: &[(&str, &str)]) -> Vec<Value> {
    let texts = texts.iter();
    texts
        .map(|(key, value)| json!({ "key": key, "value": { "stringValue": value } }))
        .collect()
}
