//! Extracts context from headers and injects it into headers.
//!
//! Source: <https://www.w3.org/TR/trace-context-2/#processing-model>.

use crate::span_context::SpanContext;
use crate::traceparent::Traceparent;
use crate::tracestate::{OWS, Tracestate};

/// Name of the header with the calling span.
pub const TRACEPARENT: &str = "traceparent";
/// Name of the header with the entries of other tracing systems.
pub const TRACESTATE: &str = "tracestate";

/// Reads the caller's context from the values of all headers of the two names.
///
/// `None` means that the trace starts here: there is no traceparent, more than one, or a
/// malformed one, and then the tracestate is ignored too. A malformed tracestate is discarded
/// and the traceparent stays valid.
pub fn extract<'a>(
    traceparent: impl IntoIterator<Item = &'a str>,
    tracestate: impl IntoIterator<Item = &'a str>,
) -> Option<SpanContext> {
    let mut values = traceparent.into_iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    // A server has folded two headers into one; the second would pass as the free part of a
    // later version.
    if value.contains(',') {
        return None;
    }
    let parent = Traceparent::parse(value.trim_matches(OWS)).ok()?;
    Some(SpanContext {
        trace_id: parent.trace_id,
        span_id: parent.parent_id,
        flags: parent.flags,
        tracestate: Tracestate::parse(tracestate).unwrap_or_default(),
        is_remote: true,
    })
}

/// Reads the caller's context from all headers of a request: names in any case, a name more
/// than once. See [`extract`].
pub fn extract_from<'a, H>(headers: H) -> Option<SpanContext>
where
    H: IntoIterator<Item = (&'a str, &'a str)> + Clone,
{
    extract(
        values(headers.clone(), TRACEPARENT),
        values(headers, TRACESTATE),
    )
}

/// Sets the headers that make `span` the parent of the called span.
///
/// `span` is the client span of this one request. The `tracestate` header is not set when it
/// would be empty.
pub fn inject(span: &SpanContext, mut set: impl FnMut(&'static str, &str)) {
    set(TRACEPARENT, &span.traceparent().format());
    if span.tracestate.as_str().len() <= Tracestate::MAX_CHARS {
        set_unless_empty(&span.tracestate, set);
    } else {
        let mut tracestate = span.tracestate.clone();
        tracestate.shorten(Tracestate::MAX_CHARS);
        set_unless_empty(&tracestate, set);
    }
}

fn set_unless_empty(tracestate: &Tracestate, mut set: impl FnMut(&'static str, &str)) {
    if !tracestate.is_empty() {
        set(TRACESTATE, tracestate.as_str());
    }
}

fn values<'a>(
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    name: &'static str,
) -> impl Iterator<Item = &'a str> {
    headers
        .into_iter()
        .filter_map(move |(n, value)| n.eq_ignore_ascii_case(name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    const PARENT: &str = "00-12345678901234567890123456789012-1234567890123456-03";
    const OTHER: &str = "00-12345678901234567890123456789011-1234567890123456-01";

    #[test]
    fn repeated_headers_and_blanks_are_accepted() {
        let context = extract_from([
            (
                "TraceParent",
                "\t 00-12345678901234567890123456789012-1234567890123456-03 ",
            ),
            ("tracestate", "foo=1"),
            ("Accept", "*/*"),
            ("TraceState", " bar=2 ,"),
        ])
        .expect("valid");
        assert_eq!(context.traceparent().to_string(), PARENT);
        assert_eq!(context.tracestate.as_str(), "foo=1,bar=2");
        assert!(context.is_remote);
    }

    #[test]
    fn more_than_one_traceparent_restarts_the_trace() {
        assert_eq!(extract([PARENT, OTHER], []), None);
        assert_eq!(extract([PARENT, PARENT], []), None);
        assert_eq!(extract([format!("{PARENT}, {OTHER}").as_str()], []), None);
        assert_eq!(
            extract([format!("01{}-x,{OTHER}", &PARENT[2..]).as_str()], []),
            None
        );
        assert_eq!(extract([], ["foo=1"]), None);
    }

    #[test]
    fn a_malformed_tracestate_leaves_the_traceparent_valid() {
        let context = extract([PARENT], ["foo=1", "bar"]).expect("valid");
        assert!(context.tracestate.is_empty());
    }

    #[test]
    fn a_long_tracestate_is_shortened_when_it_is_injected() {
        let members: Vec<_> = (0..9).map(|i| format!("k{i}={}", "v".repeat(90))).collect();
        let context = extract([PARENT], [members.join(",").as_str()]).expect("valid");
        let mut sent = Vec::<(&str, String)>::new();
        inject(&context, |name, value| sent.push((name, value.into())));
        assert_eq!(sent[1].1, members[..5].join(","));
        assert_eq!(context.tracestate.members().count(), 9);
    }
}
