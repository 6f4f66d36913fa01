//! Templates of paths: which kind of path a request has, for `http.route`.

use crate::config::{ConfigError, RouteConfig};

/// A path whose segments may be parameters: `/products/{id}`, `/files/*`.
#[derive(Debug)]
pub(super) struct Template {
    text: Box<str>,
    segments: Vec<Segment>,
}

/// A segment of a template. The order is that of preference where several fit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(Box<str>),
    /// One segment that is not empty.
    Parameter,
    /// Whatever follows, at the end of a template.
    Rest,
}

impl Template {
    /// Reads `templates` of the route at `index`, the most specific first.
    ///
    /// # Errors
    /// [`ConfigError`] names the entry that is wrong; the operator is at fault.
    pub(super) fn parse_all(index: usize, config: &RouteConfig) -> Result<Vec<Self>, ConfigError> {
        let mut parsed: Vec<Self> = Vec::new();
        for (at, text) in config.templates.iter().enumerate() {
            let invalid = |wanted| ConfigError::Invalid {
                key: format!("proxy.routes[{index}].templates[{at}]").into(),
                wanted,
            };
            let template = Self::parse(text).ok_or_else(|| invalid(FORM))?;
            let is_below = match config.path.strip_suffix('*') {
                Some(prefix) => text.starts_with(prefix),
                None => *text == config.path,
            };
            if !is_below {
                return Err(invalid("a path that the route has"));
            }
            if parsed
                .iter()
                .any(|other| other.segments == template.segments)
            {
                return Err(invalid("a path that no other template has"));
            }
            let at = parsed.partition_point(|before| before.segments < template.segments);
            parsed.insert(at, template);
        }
        Ok(parsed)
    }

    /// The text of the first template that a path fits.
    pub(super) fn of<'a>(templates: &'a [Self], path: &str) -> Option<&'a str> {
        let found = templates.iter().find(|template| template.fits(path));
        found.map(|template| &*template.text)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut segments: Vec<Segment> = Vec::new();
        for segment in text.strip_prefix('/')?.split('/') {
            if segments.last() == Some(&Segment::Rest) {
                return None;
            }
            let parameter = segment
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'));
            segments.push(match (segment, parameter) {
                ("*", _) => Segment::Rest,
                (_, Some(name)) if is_name(name) => Segment::Parameter,
                _ if segment.contains(['{', '}', '*', '?', '#']) => return None,
                _ => Segment::Literal(segment.into()),
            });
        }
        Some(Self {
            text: text.into(),
            segments,
        })
    }

    fn fits(&self, path: &str) -> bool {
        let Some(path) = path.strip_prefix('/') else {
            return false;
        };
        let mut given = path.split('/');
        for segment in &self.segments {
            let fits = match (segment, given.next()) {
                (Segment::Rest, Some(_)) => return true,
                (Segment::Literal(text), Some(given)) => **text == *given,
                (Segment::Parameter, Some(given)) => !given.is_empty(),
                (_, None) => false,
            };
            if !fits {
                return false;
            }
        }
        given.next().is_none()
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['{', '}', '*'])
}

/// The form of a template, for messages.
const FORM: &str =
    "a path whose segments may be a {name}, or a * at the end, such as /products/{id}";

#[cfg(test)]
mod tests {
    use super::*;

    fn templates(path: &str, texts: &[&str]) -> Result<Vec<Template>, ConfigError> {
        let config = RouteConfig {
            path: path.into(),
            templates: texts.iter().map(|text| (*text).into()).collect(),
            ..RouteConfig::default()
        };
        Template::parse_all(3, &config)
    }

    #[test]
    fn the_most_specific_template_is_that_of_a_path() {
        let templates = templates(
            "/*",
            &[
                "/",
                "/shop/*",
                "/shop/{kind}/{id}",
                "/shop/{kind}/new",
                "/shop/tea/{id}",
                "/a/",
            ],
        );
        let templates = templates.expect("valid");
        for (path, wanted) in [
            ("/", Some("/")),
            ("/shop/tea/7", Some("/shop/tea/{id}")),
            ("/shop/tea/new", Some("/shop/tea/{id}")),
            ("/shop/cup/new", Some("/shop/{kind}/new")),
            ("/shop/cup/%7Bid%7D", Some("/shop/{kind}/{id}")),
            ("/shop/cup/", Some("/shop/*")),
            ("/shop/cup", Some("/shop/*")),
            ("/shop/", Some("/shop/*")),
            ("/shop/cup/7/8", Some("/shop/*")),
            ("/shop", None),
            ("/Shop/tea/7", None),
            ("/a/", Some("/a/")),
            ("/a", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(Template::of(&templates, path), wanted, "{path}");
        }
    }

    #[test]
    fn a_template_that_fits_no_request_is_refused() {
        for text in [
            "",
            "api/x",
            "/api/{}",
            "/api/{id",
            "/api/a{id}",
            "/api/*/x",
            "/api/a*",
            "/api/x?y",
            "/api/{a}{b}",
        ] {
            let refused = templates("/*", &["/ok", text]).expect_err(text).to_string();
            assert!(
                refused.starts_with("proxy.routes[3].templates[1] "),
                "{refused}"
            );
            assert!(refused.contains("such as /products/{id}"), "{refused}");
        }
        for (path, texts, why) in [
            ("/api/*", &["/shop/{id}"][..], "a path that the route has"),
            ("/api/*", &["/{any}/x"], "a path that the route has"),
            ("/api", &["/api/{id}"], "a path that the route has"),
            (
                "/api/*",
                &["/api/{id}", "/api/{name}"],
                "no other template has",
            ),
        ] {
            let refused = templates(path, texts).expect_err(path).to_string();
            assert!(refused.contains(why), "{refused}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_and_any_path_compared(text: String, path: String, parts in "[/{}*a]{0,12}") {
            for text in [&text, &parts] {
                if let Some(template) = Template::parse(text) {
                    let _ = template.fits(&path);
                    let literal = !text.contains(['{', '*']);
                    proptest::prop_assert!(!literal || template.fits(text), "{}", text);
                }
            }
        }
    }
}
