//! The filters that a query cannot have, with the query that has them.

/// Why a query does not take a parameter that another one has; `None` where no query has it, or there is
/// no more to say.
pub(super) fn reason(query: &str, parameter: &str) -> Option<&'static str> {
    let found = ELSEWHERE
        .iter()
        .find(|(of, names, _)| *of == query && names.contains(&parameter));
    found.map(|(.., reason)| *reason)
}

/// Queries, parameters that they cannot have, and why.
const ELSEWHERE: &[(&str, &[&str], &str)] = &[
    (
        "errors",
        &["min_ms", "max_ms"],
        "an error has no duration, and `traces` with `status` `error` has this filter",
    ),
    (
        "errors",
        &["status", "errors"],
        "an error has a `state`, and `traces` has a status",
    ),
    (
        "errors",
        &["name"],
        "`q` has words of the type and the message, and `traces` has the name of a span",
    ),
    (
        "logs",
        &["min_ms", "max_ms"],
        "a log record has no duration, and `traces` has this filter",
    ),
    ("logs", &["errors"], "`status` `error` is the same"),
    ("logs", &["state"], "`errors` has a state"),
    (
        "logs",
        &["name"],
        "`event` is the name of an event, and `traces` has the name of a span",
    ),
    (
        "logs",
        &["release"],
        "`attribute` `service.version=…` is the same",
    ),
    (
        "vitals",
        &["min_ms", "max_ms"],
        "a web vital has a value, which `attribute` `browser.web_vital.value>…` compares; `traces` has durations",
    ),
    (
        "vitals",
        &["errors", "state"],
        "a web vital has a rating: `status`",
    ),
    (
        "vitals",
        &["release"],
        "`attribute` `service.version=…` is the same",
    ),
    (
        "sessions",
        &["route", "status", "errors", "min_ms", "max_ms", "name"],
        "`traces` has this filter, and a session is found by a trace's attribute `session.id`",
    ),
];
