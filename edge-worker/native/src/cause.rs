//! Finds the cause of an error below its layers.

use std::error::Error;
use std::io;
use throughline_edge::host::FetchError;

/// The innermost source: "connection refused" says more than "client error".
pub(crate) fn innermost(error: &dyn Error) -> Box<str> {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string().into()
}

/// Why there is no connection.
pub(crate) fn unconnected(error: &(dyn Error + 'static)) -> FetchError {
    let why = innermost(error);
    if any(error, &|cause| cause.is::<rustls::Error>()) {
        FetchError::Tls(why)
    } else if any(error, &|cause| cause.to_string().starts_with(NAME_FAILED)) {
        FetchError::Name(why)
    } else {
        FetchError::Connect(why)
    }
}

/// Whether an error or one of its causes is of some kind.
pub(crate) fn any(
    error: &(dyn Error + 'static),
    is: &impl Fn(&(dyn Error + 'static)) -> bool,
) -> bool {
    // An error of the system hides the one that it was made of.
    let hidden = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    is(error)
        || hidden.is_some_and(|hidden| any(hidden, is))
        || error.source().is_some_and(|source| any(source, is))
}

/// How hyper's connector begins the message of a name that does not resolve.
const NAME_FAILED: &str = "dns error";
