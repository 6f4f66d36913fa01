//! The keys under which an edge sees the fields of facts.

use super::rest::Record;
use throughline_semconv as semconv;
use throughline_wire::facts::{
    click, context, degraded, document_load, engine_failure, exception, first_contentful_paint,
    first_input, header, hidden, log, request, session_start, span, timing, visit, web_vital,
};

/// How a field is redacted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field {
    /// As it stands: a number, an id, a name that is the package's own.
    Kept,
    /// As the value of this attribute; `""` where the key does not matter, or there is none.
    Of(&'static str),
    /// As an attribute of the resource.
    OfResource,
    /// Names, each with its value.
    Texts,
    /// The same, with values that are numbers among them.
    Pairs,
    /// The same, with a letter of its type in front of each value.
    Typed,
    /// Further fields of the record in protobuf.
    Rest(Record),
}

/// How the field at a position of a kind is redacted.
pub(super) const fn field(kind: u8, position: usize) -> Field {
    match (kind, position) {
        (header::KIND, header::PACKAGE_VERSION..) => Field::OfResource,
        (context::KIND, context::SESSION) | (session_start::KIND, session_start::PREVIOUS) => {
            Field::Of(semconv::SESSION_ID)
        }
        (request::KIND, request::HOST) => Field::Of(semconv::SERVER_ADDRESS),
        (request::KIND, request::HTTP_VERSION) | (document_load::KIND, HTTP_VERSION_OF_LOAD) => {
            Field::Of(semconv::NETWORK_PROTOCOL_VERSION)
        }
        (context::KIND, context::DOCUMENT_URL)
        | (document_load::KIND, document_load::SPAN_NAME)
        | (click::KIND, click::SPAN_NAME | click::TAG | click::SELECTOR)
        | (request::KIND, request::URL | request::METHOD | request::ERROR | request::NAME_END)
        | (
            exception::KIND,
            exception::MECHANISM
            | exception::EVENT_MESSAGE
            | exception::FILE
            | exception::TYPE
            | exception::MESSAGE
            | exception::STACKTRACE
            | exception::CAUSES
            | exception::IMAGES,
        )
        | (log::KIND, log::BODY)
        | (span::KIND, span::SPAN_NAME)
        | (engine_failure::KIND, engine_failure::REASON | engine_failure::MESSAGE)
        | (visit::KIND, visit::NAVIGATION_TYPE)
        | (web_vital::KIND, web_vital::NAVIGATION_TYPE)
        | (degraded::KIND, degraded::PART | degraded::MESSAGE) => Field::Of(""),
        (context::KIND, context::OWN) | (log::KIND, log::TEXTS) | (span::KIND, span::TEXTS) => {
            Field::Texts
        }
        (context::KIND, context::TYPED) => Field::Typed,
        (visit::KIND, visit::TTFB)
        | (first_contentful_paint::KIND, first_contentful_paint::FCP)
        | (first_input::KIND, first_input::LCP)
        | (hidden::KIND, hidden::CLS | hidden::INP)
        | (web_vital::KIND, web_vital::CAUSES) => Field::Pairs,
        (document_load::KIND, document_load::REST)
        | (click::KIND, click::REST)
        | (request::KIND, request::REST)
        | (span::KIND, span::REST) => Field::Rest(Record::Span),
        (log::KIND, log::REST) => Field::Rest(Record::Log),
        _ => Field::Kept,
    }
}

const HTTP_VERSION_OF_LOAD: usize = document_load::TIMING + timing::HTTP_VERSION;
