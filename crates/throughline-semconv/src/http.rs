//! Values of `http.request.method`.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#common-attributes>.

/// The known method that is written exactly like this: on a server methods are
/// case-sensitive. Any other method is recorded as [`OTHER_METHOD`].
///
/// ```
/// use throughline_semconv::http::known_method;
///
/// assert_eq!(known_method("GET"), Some("GET"));
/// assert_eq!(known_method("get"), None);
/// ```
pub fn known_method(method: &str) -> Option<&'static str> {
    KNOWN_METHODS.into_iter().find(|known| *known == method)
}

/// The known method that is written like this in any case: `fetch` accepts `patch` for
/// `PATCH`.
///
/// ```
/// use throughline_semconv::http::known_method_in_any_case;
///
/// assert_eq!(known_method_in_any_case("patch"), Some("PATCH"));
/// ```
pub fn known_method_in_any_case(method: &str) -> Option<&'static str> {
    let mut known = KNOWN_METHODS.into_iter();
    known.find(|known| known.eq_ignore_ascii_case(method))
}

/// Value of `http.request.method` for a method that is not known.
pub const OTHER_METHOD: &str = "_OTHER";

/// Method in the name of a span whose method is not known.
pub const UNKNOWN_METHOD_IN_SPAN_NAME: &str = "HTTP";

/// Methods of RFC 9110 and RFC 5789, and QUERY.
const KNOWN_METHODS: [&str; 10] = [
    "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE", "QUERY",
];
