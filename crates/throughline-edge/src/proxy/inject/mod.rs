//! Script injection: inserts the `<script>` of `@throughline/browser` into HTML that passes.
//!
//! The document streams: only the beginning of its head waits until the place is known. What
//! is inserted depends on the configuration and the upstream's response alone, so a shared
//! cache may keep it. Where a response cannot be changed it passes as it is.

mod attribute;
mod gunzip;
mod gzip;
mod head;
mod insertion;
mod list;
mod policy;
mod raw_text;
mod request;
mod response;
mod rewriter;
mod settings;
mod snippet;
mod source;
#[cfg(test)]
mod tests;
mod tokenizer;

pub use rewriter::{Rewriter, Step};

use crate::host::{Body, Host, Level, Outgoing, Rewritten};
use crate::http::caller::Caller;
use crate::log_limit::LogLimit;
use crate::shield::shielded;
use core::sync::atomic::{AtomicBool, Ordering};
use gzip::Gzip;
use http::request::Parts;
use http::{HeaderMap, Method, Response, StatusCode, Uri};
use insertion::Insertion;
use policy::Policies;
use request::Purpose;
use response::{Coding, Unfit};
use snippet::Snippet;
use source::ScriptAddress;
use std::sync::Arc;

/// The script of a route.
#[derive(Debug)]
pub(super) struct Injection {
    /// The route, for messages.
    pattern: Box<str>,
    script: Arc<Script>,
}

/// The script, which documents that are passing share.
#[derive(Debug)]
struct Script {
    /// The address as configured.
    address: Box<str>,
    uri: Uri,
    snippet: Snippet,
    /// Whether documents in frames get it.
    is_for_frames: bool,
    /// Whether a policy in a `<meta>` forbade the script since that was logged.
    is_forbidden: AtomicBool,
}

impl Injection {
    /// Asks the upstream for a document in an encoding that can be changed here.
    pub(super) fn ask(&self, head: &Parts, headers: &mut HeaderMap) {
        request::ask_for_readable(self.purpose(head), head, headers);
    }

    /// The use of a response; without `embedded` a document in a frame is as anything else.
    fn purpose(&self, head: &Parts) -> Purpose {
        match request::purpose(head) {
            Purpose::Frame if !self.script.is_for_frames => Purpose::Other,
            purpose => purpose,
        }
    }

    /// The response, with the script where it is a document that may have it.
    pub(super) fn apply<H: Host>(
        &self,
        host: &H,
        log_limit: &LogLimit,
        head: &Parts,
        caller: &Caller,
        mut response: Response<H::Body>,
    ) -> Response<Outgoing<H::Body>> {
        let rewriter = self.rewriter(host, log_limit, head, caller, &mut response);
        // A HEAD request gets the headers of a GET; its response has no body.
        match rewriter.filter(|_| head.method == Method::GET && !response.body().is_absent()) {
            Some(rewriter) => {
                response.map(|body| Outgoing::Rewritten(Rewritten::new(body, rewriter)))
            }
            None => response.map(Outgoing::Incoming),
        }
    }

    /// Changes the headers, and returns how the body is changed.
    fn rewriter<H: Host>(
        &self,
        host: &H,
        log_limit: &LogLimit,
        head: &Parts,
        caller: &Caller,
        response: &mut Response<H::Body>,
    ) -> Option<Rewriter> {
        let log = |why: &str| {
            let pattern = &self.pattern;
            let kind = format!("no script in the HTML of {pattern}, {why}");
            shielded(host, log_limit, || {
                log_limit.log(host, Level::Warning, kind.clone(), || kind);
            });
        };
        if self.script.is_forbidden.swap(false, Ordering::Relaxed) {
            log(&self.forbidden("a <meta>"));
        }
        let purpose = self.purpose(head);
        let status = response.status();
        let headers = response.headers_mut();
        if status == StatusCode::NOT_MODIFIED && purpose != Purpose::Other {
            // As in the response that it confirms.
            response::weaken_etag(headers);
        }
        let coding = match response::document(status, headers) {
            Ok(coding) => coding,
            Err(Unfit::Coding(coding)) if purpose != Purpose::Other => {
                log(&format!(
                    "whose content-encoding is {coding}: gzip can be read"
                ));
                return None;
            }
            Err(_) => return None,
        };
        if request::wants_unchanged(&head.headers) {
            return None;
        }
        if matches!(head.method, Method::GET | Method::HEAD) {
            response::vary_by_purpose(headers);
        }
        if purpose == Purpose::Other {
            return None;
        }
        let address = ScriptAddress::new(&self.script.uri, caller);
        let policies = Policies::of_headers(headers);
        if policies.allow(&address).is_err() {
            log(&self.forbidden("the Content-Security-Policy"));
            return None;
        }
        let onwards = match coding {
            Coding::Gzip if request::accepts_gzip(&head.headers) => Coding::Gzip,
            _ => Coding::Identity,
        };
        response::describe_changed(headers, coding, onwards);
        let gzip = match (coding, onwards) {
            (Coding::Identity, _) => None,
            (Coding::Gzip, Coding::Gzip) => Some(Box::new(Gzip::to_gzip())),
            (Coding::Gzip, Coding::Identity) => Some(Box::new(Gzip::to_identity())),
        };
        let script = Arc::clone(&self.script);
        let is_for_document = matches!(purpose, Purpose::Document | Purpose::Frame);
        let insertion = Insertion::new(script, address, policies, is_for_document);
        Some(Rewriter::new(insertion, gzip))
    }

    fn forbidden(&self, policy: &str) -> String {
        let source = match self.script.uri.host() {
            None => "'self'",
            Some(_) => &self.script.address,
        };
        format!("which {policy} forbids: add a nonce or {source} to script-src")
    }
}
