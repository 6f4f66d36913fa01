//! Puts a signature into the headers of a request.

use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};

/// Sets the headers that a signature consists of, in place of any that the request has of these names.
/// That with the signature itself is not shown where headers are printed.
pub(crate) fn set_signature(headers: &mut HeaderMap, signed: Vec<(&'static str, String)>) {
    for (name, value) in signed {
        if let Ok(mut value) = HeaderValue::try_from(value) {
            value.set_sensitive(name == AUTHORIZATION.as_str());
            headers.insert(name, value);
        }
    }
}
