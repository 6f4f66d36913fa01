//! Source expressions of a content security policy: which addresses they allow.
//!
//! <https://www.w3.org/TR/CSP3/#match-url-to-source-expression>

use crate::http::caller::Caller;
use http::Uri;
use http::uri::Authority;

/// The absolute address of the script, as a page sees it, and the page's own origin.
#[derive(Debug)]
pub(super) struct ScriptAddress {
    scheme: Box<str>,
    /// In lower case.
    host: Box<str>,
    port: Option<u16>,
    path: Box<str>,
    page_scheme: Box<str>,
    is_of_page: bool,
}

impl ScriptAddress {
    /// The address of a script, for a page that `caller` asked for.
    pub(super) fn new(script: &Uri, caller: &Caller) -> Self {
        let page_scheme = caller.scheme.as_str();
        let page = caller.authority.as_ref();
        let page_host = page.map_or("", Authority::host).to_ascii_lowercase();
        let page_port = page.and_then(Authority::port_u16);
        let (scheme, host, port) = match script.host() {
            Some(host) => (
                script.scheme_str().unwrap_or("https"),
                host.to_ascii_lowercase(),
                script.port_u16(),
            ),
            None => (page_scheme, page_host.clone(), page_port),
        };
        Self {
            is_of_page: host == page_host
                && scheme == page_scheme
                && port_of(scheme, port) == port_of(scheme, page_port),
            scheme: scheme.into(),
            host: host.into(),
            port,
            path: script.path().into(),
            page_scheme: page_scheme.into(),
        }
    }

    /// Whether a source expression allows this address: `'self'`, a scheme or a host.
    pub(super) fn is_allowed_by(&self, expression: &str) -> bool {
        let expression = &*with_lower_case_origin(expression);
        if expression == "*" {
            return true;
        }
        if expression == "'self'" {
            return self.is_of_page;
        }
        if expression.starts_with('\'') {
            return false;
        }
        if let Some(scheme) = expression.strip_suffix(':') {
            return scheme_matches(scheme, &self.scheme);
        }
        let (scheme, rest) = match expression.split_once("://") {
            Some((scheme, rest)) => (scheme, rest),
            None => (&*self.page_scheme, expression),
        };
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (host, port) = split_port(authority);
        scheme_matches(scheme, &self.scheme)
            && self.host_matches(host)
            && self.port_matches(port)
            && self.path_matches(path)
    }

    fn host_matches(&self, pattern: &str) -> bool {
        match pattern.strip_prefix('*') {
            Some("") => true,
            Some(suffix) => suffix.starts_with('.') && self.host.ends_with(suffix),
            None => *self.host == *pattern,
        }
    }

    fn port_matches(&self, port: Option<&str>) -> bool {
        let own = port_of(&self.scheme, self.port);
        match port {
            Some("*") => true,
            None => own == port_of(&self.scheme, None),
            Some(port) => port
                .parse()
                .is_ok_and(|port: u16| port == own || (port == 80 && own == 443)),
        }
    }

    fn path_matches(&self, path: &str) -> bool {
        match path {
            "" | "/" => true,
            _ if path.ends_with('/') => self.path.starts_with(path),
            _ => *self.path == *path,
        }
    }
}

/// `https` satisfies a policy of `http`.
fn scheme_matches(expression: &str, scheme: &str) -> bool {
    expression == scheme || (expression == "http" && scheme == "https")
}

fn port_of(scheme: &str, port: Option<u16>) -> u16 {
    port.unwrap_or(if scheme == "https" { 443 } else { 80 })
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        // Not the colons of an IPv6 address.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// The expression with all but its path in lower case: the path is compared as it is.
fn with_lower_case_origin(expression: &str) -> String {
    let host = expression.find("://").map_or(0, |at| at + 3);
    let mut lower = expression.to_owned();
    let path = lower.get(host..).and_then(|rest| rest.find('/'));
    let path = path.map_or(lower.len(), |at| host + at);
    if let Some(origin) = lower.get_mut(..path) {
        origin.make_ascii_lowercase();
    }
    lower
}
