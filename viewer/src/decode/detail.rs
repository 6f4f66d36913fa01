//! A span's detail: the second label, which distinguishes it from other spans with its name.

use super::{Attributes, Span};
use std::borrow::Cow;
use throughline_semconv::{SERVER_ADDRESS, SERVER_PORT, URL_FULL, URL_PATH};

/// The statement or table of a database span, the key and the host of a Redis span, host and path of a request, the path of a page; empty when there is nothing
/// that the span's name does not say.
pub(crate) fn detail(span: &Span<'_>) -> String {
    let text = find(span).unwrap_or_default();
    let text = one_line(&text);
    if span.name.contains(&text) {
        return String::new();
    }
    text
}

fn find<'a>(span: &Span<'a>) -> Option<Cow<'a, str>> {
    let attributes = span.attributes();
    let text = |keys: &[&str]| {
        let found = keys.iter().find_map(|key| attributes.text(key));
        found.filter(|text| !text.is_empty())
    };
    if let Some(system) = text(&DATABASE) {
        let statement = text(&STATEMENT);
        if system == "redis" || system == "valkey" {
            let keys = statement.as_deref().and_then(redis_keys).map(str::to_owned);
            let words: Vec<String> = keys.into_iter().chain(host(attributes)).collect();
            return Some(words.join(" ").into());
        }
        return statement
            .or_else(|| text(&TABLE))
            .or_else(|| host(attributes).map(Cow::Owned));
    }
    if let Some(destination) = text(&DESTINATION) {
        return Some(destination);
    }
    let url = text(&URL);
    match (span.kind(), url) {
        ("client", Some(url)) => Some(without_scheme(&url).to_owned().into()),
        ("client", None) => host(attributes).map(Cow::Owned),
        (_, url) => text(&PATH).or_else(|| {
            let url = url?;
            let rest = without_scheme(&url);
            Some(rest[rest.find('/')?..].to_owned().into())
        }),
    }
}

/// The key of a Redis command or, of a command that takes nothing but keys, all of them.
fn redis_keys(statement: &str) -> Option<&str> {
    let (command, arguments) = statement.trim().split_once(char::is_whitespace)?;
    let arguments = arguments.trim_start();
    if KEYS_ALONE.contains(&command.to_ascii_uppercase().as_str()) {
        return Some(arguments);
    }
    arguments.split_whitespace().next()
}

/// Host and port.
fn host(attributes: Attributes<'_>) -> Option<String> {
    let address = HOST.iter().find_map(|key| attributes.text(key))?;
    let port = PORT.iter().find_map(|key| attributes.text(key));
    Some(match port {
        Some(port) => format!("{address}:{port}"),
        None => address.into_owned(),
    })
}

/// A URL without scheme, query and fragment.
fn without_scheme(url: &str) -> &str {
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = url.find(['?', '#']).unwrap_or(url.len());
    &url[..end]
}

/// A text on one line, with a bounded length.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(MAX_LENGTH));
        if line.len() > 4 * MAX_LENGTH {
            break;
        }
    }
    match line.char_indices().nth(MAX_LENGTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Today's name of an attribute comes before those of earlier versions.
/// <https://opentelemetry.io/docs/specs/semconv/database/database-spans/>
const DATABASE: [&str; 2] = ["db.system.name", "db.system"];
const STATEMENT: [&str; 3] = ["db.query.text", "db.statement", "db.query.summary"];
const TABLE: [&str; 3] = ["db.collection.name", "db.sql.table", "db.namespace"];
const DESTINATION: [&str; 2] = ["messaging.destination.name", "messaging.destination"];
const URL: [&str; 2] = [URL_FULL, "http.url"];
const PATH: [&str; 2] = [URL_PATH, "http.target"];
const HOST: [&str; 2] = [SERVER_ADDRESS, "net.peer.name"];
const PORT: [&str; 2] = [SERVER_PORT, "net.peer.port"];
/// Commands of Redis whose arguments are keys.
const KEYS_ALONE: [&str; 5] = ["DEL", "EXISTS", "MGET", "TOUCH", "UNLINK"];
/// Characters.
const MAX_LENGTH: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use throughline_otlp::attribute::string;
    use throughline_otlp::field::{span, span_kind};
    use throughline_otlp::protobuf::Writer;

    fn detail_of(name: &str, kind: u64, attributes: &[(&str, &str)]) -> String {
        let mut writer = Writer::new();
        writer.string(span::NAME, name);
        writer.varint(span::KIND, kind);
        for (key, value) in attributes {
            string(&mut writer, span::ATTRIBUTES, key, value);
        }
        let span = Span::decode(writer.as_bytes()).expect("a span");
        detail(&span)
    }

    #[test]
    fn the_second_label_distinguishes_spans_of_one_name() {
        let sql = ("db.system.name", "postgresql");
        let redis = ("db.system.name", "redis");
        let (client, server) = (span_kind::CLIENT, span_kind::SERVER);
        for (name, kind, attributes, expected) in [
            (
                "SELECT",
                client,
                &[sql, ("db.query.text", "SELECT a\n  FROM b")][..],
                "SELECT a FROM b",
            ),
            (
                "SELECT",
                client,
                &[sql, ("db.collection.name", "orders")],
                "orders",
            ),
            (
                "SELECT orders",
                client,
                &[sql, ("db.collection.name", "orders")],
                "",
            ),
            (
                "GET",
                client,
                &[
                    redis,
                    ("db.query.text", "GET price:1"),
                    ("server.address", "cache"),
                    ("server.port", "6379"),
                ],
                "price:1 cache:6379",
            ),
            (
                "SET",
                client,
                &[redis, ("db.query.text", "SET price:1 1999 EX 60")],
                "price:1",
            ),
            (
                "MGET",
                client,
                &[redis, ("db.query.text", "MGET price:1 price:2")],
                "price:1 price:2",
            ),
            ("PING", client, &[redis, ("db.query.text", "PING")], ""),
            (
                "GET",
                client,
                &[("url.full", "http://a.example:81/x/y?q=1#z")],
                "a.example:81/x/y",
            ),
            (
                "GET",
                client,
                &[("server.address", "a.example")],
                "a.example",
            ),
            (
                "GET /*",
                server,
                &[("url.path", "/assets/app.js")],
                "/assets/app.js",
            ),
            ("GET /x", server, &[("url.path", "/x")], ""),
            (
                "documentLoad",
                span_kind::INTERNAL,
                &[("url.full", "https://a.example/x?y=1")],
                "/x",
            ),
            (
                "send",
                span_kind::PRODUCER,
                &[("messaging.destination.name", "prices")],
                "prices",
            ),
            (
                "work",
                span_kind::INTERNAL,
                &[("url.full", "no address")],
                "",
            ),
        ] {
            assert_eq!(
                detail_of(name, kind, attributes),
                expected,
                "{name} {attributes:?}"
            );
        }
    }

    #[test]
    fn a_long_statement_is_cut() {
        let statement = format!("SELECT {}", "ä".repeat(5_000));
        let cut = detail_of(
            "q",
            span_kind::CLIENT,
            &[("db.system", "x"), ("db.statement", &statement)],
        );
        assert_eq!(cut.chars().count(), MAX_LENGTH + 1);
    }
}
