//! A test of where a client is, as Cloudflare says it of a request.

use crate::TIMEOUT;
use crate::backend::Backend;
use crate::edge::Served;

#[test]
fn a_page_gets_the_place_that_the_request_has() {
    let backend = Backend::start();
    let edge = Served::start(
        &format!(
            "open = true\n[normalize]\nlocation = \"city\"\n[backend]\n{}",
            backend.as_toml()
        ),
        &["--bindings"],
    );
    // The header is that of miniflare: it becomes `request.cf`, as Cloudflare fills it.
    let cf = r#"{"continent":"NA","country":"CA","regionCode":"QC","city":"Montréal","timezone":"America/Toronto","asn":577,"asOrganization":"Bell\tCanada"}"#;
    let headers = format!(
        "origin: https://shop.example\r\nmf-cf-blob: {}\r\n",
        escaped(cf)
    );
    assert_eq!(edge.post_traces_with(&headers, BATCH).status, 200);
    let (path, sent) = (backend.received.recv_timeout(TIMEOUT)).expect("an export");
    assert_eq!(path, "/v1/traces");
    let attributes = &sent["resourceSpans"][0]["resource"]["attributes"];
    let found = |key: &str| {
        let all = attributes.as_array().expect("attributes");
        let found = all.iter().find(|attribute| attribute["key"] == key);
        let value = &found.unwrap_or_else(|| panic!("no {key}: {all:?}"))["value"];
        let text = value["stringValue"].as_str();
        text.or(value["intValue"].as_str()).map(str::to_owned)
    };
    for (key, value) in [
        ("client.geo.continent.code", "NA"),
        ("client.geo.country.iso_code", "CA"),
        ("client.geo.region.iso_code", "CA-QC"),
        ("client.geo.locality.name", "Montréal"),
        ("client.geo.timezone", "America/Toronto"),
        ("client.as.number", "577"),
        ("client.as.organization", "Bell Canada"),
    ] {
        assert_eq!(found(key).as_deref(), Some(value), "{key}");
    }
}

/// The same JSON in ASCII, as a header has it.
fn escaped(json: &str) -> String {
    let escape = |character: char| match character {
        '\0'..='\x7f' => character.to_string(),
        _ => format!("\\u{:04x}", u32::from(character)),
    };
    json.chars().map(escape).collect()
}

const BATCH: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop-web"}}]},"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"x"}]}]}]}"#;
