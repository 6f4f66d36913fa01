//! The template of a request's path, where its sender has given none.

use super::names::key_of;
use crate::state::route_templates::{Learn, RouteTemplates};
use throughline_otlp::attribute::{self, Attribute};
use throughline_otlp::field::{log_record, span, span_kind};
use throughline_otlp::protobuf::{Value, each_field};
use throughline_otlp::rewrite::{Edit, Message, edit_fields};
use throughline_semconv as semconv;
use throughline_semconv::http::{UNKNOWN_METHOD_IN_SPAN_NAME, known_method};

/// Finds and learns templates for one batch.
#[derive(Debug)]
pub(super) struct Routes<'a> {
    pub(super) templates: &'a mut RouteTemplates,
    pub(super) project: &'a str,
    pub(super) most: usize,
}

/// The request that a record describes.
#[derive(Debug, Default)]
struct Request<'a> {
    name: &'a str,
    kind: u64,
    method: Option<&'a str>,
    url: Option<&'a str>,
    path: Option<&'a str>,
    code: i64,
    has_route: bool,
    /// The template that a page gives its own address.
    page_template: Option<&'a str>,
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
        let name = request.is_named_by_path(method, path).then(|| {
            let mut name = String::with_capacity(method.len() + 1 + template.len());
            for part in [method, " ", &template] {
                name.push_str(part);
            }
            name
        });
        record.rewrite(|message, writer| {
            let is_renamed = edit_fields(message, writer, |field, writer| match &name {
                Some(name) if field.number == span::NAME => {
                    writer.string(span::NAME, name);
                    Edit::Replace
                }
                _ => Edit::Keep,
            });
            if !is_renamed {
                writer.raw(message);
            }
            attribute::string(writer, span::ATTRIBUTES, semconv::URL_TEMPLATE, &template);
            true
        });
    }

    /// Gives the web vital of a page a template of its document: the page's own, where it has one.
    pub(super) fn web_vital(&mut self, record: &mut Message<'_>) {
        let request = Request::read(record.bytes(), log_record::ATTRIBUTES);
        if let (false, Some(path)) = (request.has_route, request.path()) {
            let given = request.page_template.map(str::to_owned);
            let template = given.unwrap_or_else(|| self.template(path, 0));
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
        each_field(message, |field| match (field.number, field.value) {
            (at, Value::Bytes(pair)) if at == number => request.see(pair),
            (span::NAME, Value::Bytes(name)) if number == span::ATTRIBUTES => {
                request.name = core::str::from_utf8(name).unwrap_or_default();
            }
            (span::KIND, Value::Varint(kind)) if number == span::ATTRIBUTES => {
                request.kind = kind;
            }
            _ => {}
        });
        request
    }

    fn see(&mut self, pair: &'a [u8]) {
        let value = || Attribute::read(pair).value();
        match key_of(pair) {
            METHOD => self.method = value().as_str(),
            STATUS_CODE => self.code = value().as_int().unwrap_or(0),
            URL => self.url = value().as_str(),
            DOCUMENT_URL if self.url.is_none() => self.url = value().as_str(),
            PATH => self.path = value().as_str(),
            ROUTE | TEMPLATE => self.has_route = true,
            PAGE_TEMPLATE => self.page_template = value().as_str(),
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

const METHOD: &[u8] = semconv::HTTP_REQUEST_METHOD.as_bytes();
const STATUS_CODE: &[u8] = semconv::HTTP_RESPONSE_STATUS_CODE.as_bytes();
const URL: &[u8] = semconv::URL_FULL.as_bytes();
const DOCUMENT_URL: &[u8] = semconv::BROWSER_DOCUMENT_URL_FULL.as_bytes();
const PAGE_TEMPLATE: &[u8] = semconv::THROUGHLINE_DOCUMENT_URL_TEMPLATE.as_bytes();
const PATH: &[u8] = semconv::URL_PATH.as_bytes();
pub(super) const ROUTE: &[u8] = semconv::HTTP_ROUTE.as_bytes();
pub(super) const TEMPLATE: &[u8] = semconv::URL_TEMPLATE.as_bytes();

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
