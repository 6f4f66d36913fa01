//! Telemetry of an attacker who wants the viewer to run a script.

use super::MILLISECOND;
use super::model::{Log, PAGE, Span, Telemetry, attributes, id};

/// Telemetry with markup, control characters and very long text in every visible field.
pub(crate) fn hostile(at: u64) -> Telemetry {
    let trace = u128::from(id(at)) << 64 | 666;
    let long = "a".repeat(5_000);
    let exception = || {
        attributes![
            "exception.type" => MARKUP,
            "exception.message" => MARKUP,
            "exception.stacktrace" => format!("{MARKUP}\n    at {MARKUP} (javascript:alert(1):1:1)"),
        ]
    };
    let span = Span {
        service: PAGE,
        trace,
        id: 1,
        parent: None,
        name: MARKUP.to_owned(),
        kind: 1,
        start: at,
        end: at + 5 * MILLISECOND,
        attributes: attributes![
            MARKUP => MARKUP,
            "db.query.text" => MARKUP,
            "url.full" => "javascript:document.title='broken'",
            "__proto__" => "polluted",
            "constructor" => "polluted",
            "long" => long.as_str(),
            "reversed" => "\u{202e}gnp.exe\u{0000}\u{001b}[31m",
        ],
        events: vec![(at + MILLISECOND, "exception", exception())],
        links: vec![(trace, 1), (id(3).into(), 9)],
        error: Some(MARKUP.to_owned()),
    };
    // A span that is its own parent, and two that are each other's.
    let looped = [(2, 2), (3, 4), (4, 3)].map(|(id, parent)| Span {
        id,
        parent: Some(parent),
        name: format!("loop {id}"),
        links: Vec::new(),
        events: Vec::new(),
        error: None,
        ..span.clone()
    });
    let log = Log {
        service: PAGE,
        span: Some((trace, 1)),
        time: at,
        severity: (24, MARKUP),
        event_name: "exception",
        body: MARKUP.to_owned(),
        attributes: exception(),
    };
    let mut telemetry = Telemetry {
        spans: vec![span],
        logs: vec![log],
        metrics: Vec::new(),
    };
    telemetry.spans.extend(looped);
    telemetry
}

const MARKUP: &str = "<img src=x onerror=\"document.title='broken'\">";
