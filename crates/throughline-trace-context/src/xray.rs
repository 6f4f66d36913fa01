//! The `X-Amzn-Trace-Id` header of AWS X-Ray.
//!
//! Load balancers, API Gateway and Lambda propagate context in it, with the same ids in
//! another punctuation.
//! Source: <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>.

use crate::ids::{SpanId, TraceId};
use crate::span_context::SpanContext;
use crate::tracestate::OWS;
use alloc::string::String;

/// Name of the header; matched in any case.
pub const X_AMZN_TRACE_ID: &str = "x-amzn-trace-id";

/// The `X-Amzn-Trace-Id` header, parsed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct XrayHeader {
    /// `Root`: id of the trace. A load balancer sends it alone.
    pub trace_id: Option<TraceId>,
    /// `Parent`: id of the caller's span in that trace.
    pub span_id: Option<SpanId>,
    /// `Sampled`: whether the caller recorded its span; `None` leaves it to the callee.
    pub sampled: Option<bool>,
}

impl XrayHeader {
    /// Reads a field value. Parts come in any order. Unknown and malformed parts count as
    /// absent, and so does a parent without its trace.
    pub fn parse(text: &str) -> Self {
        let mut header = Self::default();
        for part in text.split(';') {
            let Some((key, value)) = part.split_once('=') else {
                continue;
            };
            let (key, value) = (key.trim_matches(OWS), value.trim_matches(OWS));
            if key.eq_ignore_ascii_case(ROOT) {
                header.trace_id = parse_root(value);
            } else if key.eq_ignore_ascii_case(PARENT) {
                header.span_id = SpanId::from_hex(value);
            } else if key.eq_ignore_ascii_case(SAMPLED) {
                header.sampled = match value {
                    "0" => Some(false),
                    "1" => Some(true),
                    _ => None,
                };
            }
        }
        if header.trace_id.is_none() {
            header.span_id = None;
        }
        header
    }

    /// Writes the field value; absent parts are left out.
    pub fn format(&self) -> String {
        let mut text = String::new();
        if let Some(trace_id) = self.trace_id {
            let digits = trace_id.to_hex();
            let (seconds, rest) = digits.split_at(SECONDS_DIGITS);
            push(&mut text, ROOT, &["1-", seconds, "-", rest]);
        }
        if let Some(span_id) = self.span_id {
            push(&mut text, PARENT, &[&span_id.to_hex()]);
        }
        if let Some(sampled) = self.sampled {
            push(&mut text, SAMPLED, &[if sampled { "1" } else { "0" }]);
        }
        text
    }
}

/// Writes a span into the header of a request, which may have several lines: the span becomes
/// the caller, and the parts of others (`Self`, `Lineage`) stay behind it.
pub fn rewrite<'a>(lines: impl IntoIterator<Item = &'a str>, span: &SpanContext) -> String {
    let own = XrayHeader {
        trace_id: Some(span.trace_id),
        span_id: Some(span.span_id),
        sampled: Some(span.flags.is_sampled()),
    };
    let mut text = own.format();
    // Servers join lines by a comma, and no part has one.
    let parts = lines.into_iter().flat_map(|line| line.split([';', ',']));
    for part in parts.map(|part| part.trim_matches(OWS)) {
        let key = part.split('=').next().unwrap_or_default();
        let key = key.trim_matches(OWS);
        let is_own = |own: &&str| own.eq_ignore_ascii_case(key);
        if !part.is_empty() && ![ROOT, PARENT, SAMPLED].iter().any(is_own) {
            text.push(';');
            text.push_str(part);
        }
    }
    text
}

/// Reads `1-5759e988-bd862e3fe1be46a994272793`: a version, eight digits that once were the
/// time in seconds, and the rest of the id. Some senders omit zeros before the time, which
/// OpenTelemetry for Java accepts too.
fn parse_root(value: &str) -> Option<TraceId> {
    let (seconds, rest) = value.strip_prefix("1-")?.split_once('-')?;
    let missing = SECONDS_DIGITS.checked_sub(seconds.len())?;
    if seconds.is_empty() || rest.len() != REST_DIGITS {
        return None;
    }
    let mut digits = "0".repeat(missing);
    digits.push_str(seconds);
    digits.push_str(rest);
    TraceId::from_hex(&digits)
}

fn push(text: &mut String, key: &str, value: &[&str]) {
    if !text.is_empty() {
        text.push(';');
    }
    text.push_str(key);
    text.push('=');
    text.extend(value.iter().copied());
}

const ROOT: &str = "Root";
const PARENT: &str = "Parent";
const SAMPLED: &str = "Sampled";
const SECONDS_DIGITS: usize = 8;
const REST_DIGITS: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TraceFlags;
    use proptest::prelude::*;

    const ROOT_ONLY: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";

    #[test]
    fn parts_come_in_any_order_among_unknown_ones() {
        let header = XrayHeader::parse(
            "Self=1-67891234-12456789abcdef012345678;sampled=1 ; PARENT=53995c3f42cd8ad8;\
             Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a87bd80c:1|68fd508a:5;CalledFrom=app",
        );
        assert_eq!(
            header.format(),
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
        );
    }

    #[test]
    fn a_load_balancer_sends_the_root_alone() {
        let header = XrayHeader::parse(ROOT_ONLY);
        assert_eq!(
            header.trace_id,
            TraceId::from_hex("5759e988bd862e3fe1be46a994272793")
        );
        assert_eq!((header.span_id, header.sampled), (None, None));
        assert_eq!(header.format(), ROOT_ONLY);
    }

    #[test]
    fn malformed_parts_count_as_absent() {
        for root in [
            "",
            "1-5759e988-bd862e3fe1be46a99427279",
            "1-5759e988-bd862e3fe1be46a9942727930",
            "1-5759e98-8bd862e3fe1be46a994272793",
            "2-5759e988-bd862e3fe1be46a994272793",
            "1-5759e988bd862e3fe1be46a994272793",
            "1-00000000-000000000000000000000000",
            "1-5759é988-bd862e3fe1be46a99427279",
        ] {
            let header = XrayHeader::parse(&alloc::format!("Root={root};Parent=53995c3f42cd8ad8"));
            assert_eq!(header, XrayHeader::default(), "{root}");
        }
        for part in [
            "Sampled=?",
            "Sampled=",
            "Sampled=01",
            "Sampled",
            "Parent=foo",
            "=",
            "",
        ] {
            let header = XrayHeader::parse(&alloc::format!("{ROOT_ONLY};{part}"));
            assert_eq!(header.format(), ROOT_ONLY, "{part}");
        }
    }

    #[test]
    fn a_span_takes_the_place_of_the_caller() {
        let span = SpanContext::root(
            TraceId::from_bytes([0xab; 16]).expect("not zero"),
            SpanId::from_bytes([0xcd; 8]).expect("not zero"),
            TraceFlags::SAMPLED,
        );
        const OWN: &str =
            "Root=1-abababab-abababababababababababab;Parent=cdcdcdcdcdcdcdcd;Sampled=1";
        for (lines, others) in [
            (&[][..], ""),
            (&[ROOT_ONLY], ""),
            (&["Sampled=?; parent = 53995c3f42cd8ad8 ;;"], ""),
            (
                &[
                    "Self=1-67891234-12456789abcdef012345678;Root=1-x;Lineage=a:1|b:5; CalledFrom=app",
                ],
                ";Self=1-67891234-12456789abcdef012345678;Lineage=a:1|b:5;CalledFrom=app",
            ),
            // Two lines, and two that a server has joined.
            (&["Lineage=a:1", "ROOT=1-x;Sampled=0"], ";Lineage=a:1"),
            (&["Lineage=a:1, Root=1-x,Sampled=0"], ";Lineage=a:1"),
        ] {
            let rewritten = rewrite(lines.iter().copied(), &span);
            assert_eq!(rewritten, alloc::format!("{OWN}{others}"), "{lines:?}");
        }
    }

    proptest! {
        #[test]
        fn a_rewritten_header_names_the_span_and_no_other(
            lines: alloc::vec::Vec<String>,
            text in "([RrotPaens=;,1-9a-f -]{0,60})",
        ) {
            let trace_id = TraceId::from_bytes([7; 16]).expect("not zero");
            let span_id = SpanId::from_bytes([9; 8]).expect("not zero");
            let span = SpanContext::root(trace_id, span_id, TraceFlags::default());
            let lines = lines.iter().map(String::as_str).chain([text.as_str()]);
            let named = XrayHeader::parse(&rewrite(lines, &span));
            let wanted = XrayHeader {
                trace_id: Some(trace_id),
                span_id: Some(span_id),
                sampled: Some(false),
            };
            prop_assert_eq!(named, wanted);
        }

        #[test]
        fn a_formatted_header_is_parsed_back(trace: u128, span: u64, sampled: Option<bool>) {
            let trace_id = TraceId::from_bytes(trace.to_be_bytes());
            let span_id = SpanId::from_bytes(span.to_be_bytes()).filter(|_| trace_id.is_some());
            let header = XrayHeader { trace_id, span_id, sampled };
            prop_assert_eq!(XrayHeader::parse(&header.format()), header);
        }

        #[test]
        fn any_text_is_parsed(text in "([RrotPaens=;1-9a-f -]{0,60}|\\PC{0,60})") {
            let _ = XrayHeader::parse(&text);
        }
    }
}
