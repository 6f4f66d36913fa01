//! The template of a request's path, where its sender has given none.

use super::names::key_of;
use crate::state::route_templates::{Learn, RouteTemplates};
use core::fmt::Write as _;
use throughline_otlp::attribute::{self, Attribute};
use throughline_otlp::field::{log_record, span, span_kind};
use throughline_otlp::protobuf::{Value, fields};
use throughline_otlp::rewrite::{Edit, Message};
use throughline_semconv as semconv;
use throughline_semconv::http::{UNKNOWN_METHOD_IN_SPAN_NAME, known_method};

/// Finds and learns templates for one batch.
#[derive(Debug)]
pub(super) struct Routes<'a> {
    pub(super) templates: &'a mut RouteTemplates,
    pub(super) project: &'a str,
    pub(super) most: usize,
}

/// What a record says of its request.
#[derive(Debug, Default)]
struct Request<'a> {
    name: &'a str,
    kind: u64,
    method: Option<&'a str>,
    url: Option<&'a str>,
    path: Option<&'a str>,
    code: i64,
    has_route: bool,
}

impl Routes<'_> {
    /// Gives the span of a request a template, and its name: of a server's, or a page's own.
    pub(super) fn span(&mut self, record: &mut Message<'_>, is_page: bool) {
        let request = Request::read(record.bytes(), span::ATTRIBUTES);
        let is_measured = match request.kind {
            span_kind::SERVER => true,
            span_kind::CLIENT => is_page,
            _ => false,
        };
        let (Some(method), Some(path)) = (request.method, request.path()) else {
            return;
        };
        if request.has_route || !is_measured {
            return;
        }
        let template = self.template(path, request.code);
        let method = known_method(method).unwrap_or(UNKNOWN_METHOD_IN_SPAN_NAME);
        let mut name = None;
        if request.is_named_by_path(method, path) {
            let mut text = String::from(method);
            // Writing to a text cannot fail.
            let _ = write!(text, " {template}");
            name = Some(text);
        }
        if let Some(name) = name {
            record.edit(|field, writer| {
                if field.number != span::NAME {
                    return Edit::Keep;
                }
                writer.string(span::NAME, &name);
                Edit::Replace
            });
        }
        record.append(|writer| {
            attribute::string(writer, span::ATTRIBUTES, semconv::URL_TEMPLATE, &template);
        });
    }

    /// Gives the web vital of a page a template of its document.
    pub(super) fn web_vital(&mut self, record: &mut Message<'_>) {
        let request = Request::read(record.bytes(), log_record::ATTRIBUTES);
        if let (false, Some(path)) = (request.has_route, request.path()) {
            let template = self.template(path, 0);
            let key = semconv::URL_TEMPLATE;
            record.append(|writer| {
                attribute::string(writer, log_record::ATTRIBUTES, key, &template);
            });
        }
    }

    fn template(&mut self, path: &str, code: i64) -> String {
        let learn = if matches!(code, 400..=499) {
            Learn::No
        } else {
            Learn::Yes
        };
        let mut template = String::new();
        (self.templates).template(self.project, path, learn, self.most, &mut template);
        template
    }
}

impl<'a> Request<'a> {
    fn read(message: &'a [u8], number: u32) -> Self {
        let mut request = Self::default();
        for field in fields(message).map_while(Result::ok) {
            match (field.number, field.value) {
                (at, Value::Bytes(pair)) if at == number => request.see(pair),
                (span::NAME, Value::Bytes(name)) if number == span::ATTRIBUTES => {
                    request.name = core::str::from_utf8(name).unwrap_or_default();
                }
                (span::KIND, Value::Varint(kind)) if number == span::ATTRIBUTES => {
                    request.kind = kind;
                }
                _ => {}
            }
        }
        request
    }

    fn see(&mut self, pair: &'a [u8]) {
        let value = || Attribute::read(pair).value();
        match core::str::from_utf8(key_of(pair)).unwrap_or_default() {
            semconv::HTTP_REQUEST_METHOD => self.method = value().as_str(),
            semconv::HTTP_RESPONSE_STATUS_CODE => self.code = value().as_int().unwrap_or(0),
            semconv::URL_FULL => self.url = value().as_str(),
            semconv::BROWSER_DOCUMENT_URL_FULL if self.url.is_none() => {
                self.url = value().as_str();
            }
            semconv::URL_PATH => self.path = value().as_str(),
            semconv::HTTP_ROUTE | semconv::URL_TEMPLATE => self.has_route = true,
            _ => {}
        }
    }

    fn path(&self) -> Option<&'a str> {
        self.path.or_else(|| path_of(self.url?))
    }

    /// Whether the span's name is its method, alone or with the path that the template replaces.
    fn is_named_by_path(&self, method: &str, path: &str) -> bool {
        let named = self.name.strip_prefix(method).map(str::trim_start);
        let rest = named.unwrap_or(self.name);
        rest.is_empty() || rest == path || Some(rest) == self.url
    }
}

/// The path of a URL.
fn path_of(url: &str) -> Option<&str> {
    let after = match url.split_once("://") {
        Some((_, after)) => after.get(after.find(['/', '?', '#']).unwrap_or(after.len())..)?,
        None => url,
    };
    let path = after.split(['?', '#']).next().unwrap_or_default();
    match path {
        "" => Some("/"),
        path if path.starts_with('/') => Some(path),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_url_is_found() {
        for (url, path) in [
            ("https://shop.example/basket/7?x=/y#z", Some("/basket/7")),
            ("https://shop.example", Some("/")),
            ("https://shop.example?x=1", Some("/")),
            ("/basket", Some("/basket")),
            ("data:text/plain,x", None),
            ("basket", None),
            ("", Some("/")),
        ] {
            assert_eq!(path_of(url), path, "{url}");
        }
    }
}
