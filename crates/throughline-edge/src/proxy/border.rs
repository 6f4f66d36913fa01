//! The trust border: whose traces the proxy continues, and which baggage it passes on.
//!
//! Anybody can send a `traceparent`. One that is continued decides whether a request is
//! recorded, and puts spans into a trace that somebody else has named.

use crate::config::ContinueTraces;
use crate::http::caller::Caller;
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;
use throughline_trace_context::baggage::Baggage;

/// The rules at the border.
#[derive(Debug)]
pub(super) struct Border {
    continue_traces: ContinueTraces,
    baggage: Vec<Box<str>>,
}

impl Border {
    pub(super) fn new(continue_traces: ContinueTraces, baggage: &[String]) -> Self {
        Self {
            continue_traces,
            baggage: baggage.iter().map(|key| key.as_str().into()).collect(),
        }
    }

    /// Whether the trace that a request names goes on. `is_of_project`: some project allows
    /// the page that the request names as its origin.
    pub(super) fn continues(&self, head: &Parts, caller: &Caller, is_of_project: bool) -> bool {
        match self.continue_traces {
            ContinueTraces::Always => true,
            ContinueTraces::Never => false,
            ContinueTraces::SameSite => is_of_project || is_same_site(head, caller),
        }
    }

    /// Removes the baggage that is not to reach the upstream.
    pub(super) fn filter_baggage(&self, headers: &mut HeaderMap) {
        if !headers.contains_key(BAGGAGE) {
            return;
        }
        let values = headers.get_all(BAGGAGE).iter();
        let sent = Baggage::parse(values.filter_map(|value| value.to_str().ok()));
        let mut kept = Baggage::default();
        for entry in sent.entries() {
            if self.baggage.iter().any(|key| **key == *entry.key()) {
                kept.push(entry.clone());
            }
        }
        headers.remove(BAGGAGE);
        if let Ok(value) = HeaderValue::try_from(kept.format())
            && !value.is_empty()
        {
            headers.insert(BAGGAGE, value);
        }
    }
}

/// Whether the browser says that a page of the same site sent the request. Browsers say it in
/// `Sec-Fetch-Site`, which no page can set; over plain HTTP the page's address remains.
/// <https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header>
fn is_same_site(head: &Parts, caller: &Caller) -> bool {
    if let Some(site) = head.headers.get(SEC_FETCH_SITE) {
        return site == "same-origin" || site == "same-site";
    }
    let page = [header::ORIGIN, header::REFERER].into_iter();
    let page = page
        .filter_map(|name| head.headers.get(name)?.to_str().ok())
        .next();
    let (Some(page), Some(own)) = (page, &caller.authority) else {
        return false;
    };
    let after_scheme = page.split_once("://").map(|(_, rest)| rest);
    let authority = after_scheme.and_then(|rest| rest.split(['/', '?', '#']).next());
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(own.as_str()))
}

const SEC_FETCH_SITE: &str = "sec-fetch-site";
const BAGGAGE: &str = "baggage";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::caller::TrustedProxies;
    use http::Request;

    #[test]
    fn over_plain_http_a_page_is_known_by_its_address() {
        let border = Border::new(ContinueTraces::SameSite, &[]);
        for (name, value, continues) in [
            ("referer", "http://shop.internal:8080/basket?x", true),
            ("referer", "http://SHOP.internal:8080", true),
            ("origin", "http://shop.internal:8080", true),
            ("referer", "http://shop.internal/basket", false),
            ("referer", "http://shop.internal:8080.evil.example/", false),
            (
                "referer",
                "http://evil.example/?http://shop.internal:8080/",
                false,
            ),
            ("referer", "http://shop.internal:8080@evil.example/", false),
            ("origin", "null", false),
            ("accept", "*/*", false),
        ] {
            let request = Request::get("http://shop.internal:8080/api").header(name, value);
            let (head, ()) = request.body(()).expect("a request").into_parts();
            let proxies = TrustedProxies::parse(&[]).expect("none");
            let caller = proxies.caller(&head);
            assert_eq!(
                border.continues(&head, &caller, false),
                continues,
                "{name}: {value}"
            );
        }
    }
}
