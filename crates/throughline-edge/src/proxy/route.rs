//! The routes of the proxy: path patterns and their upstreams.

use super::inject::Injection;
use super::template::Template;
use super::upgrade;
use crate::config::{ConfigError, RouteConfig};
use crate::http::base_url;
use crate::http::route::is_as_sent;
use http::Uri;
use http::header::HeaderValue;
use http::uri::{Authority, Parts, PathAndQuery, Scheme};

/// A path pattern and its upstream.
#[derive(Debug)]
pub(crate) struct Route {
    /// The pattern as configured.
    pub(crate) pattern: Box<str>,
    templates: Vec<Template>,
    /// The protocols that a connection may change to.
    pub(super) upgrades: Vec<HeaderValue>,
    scheme: Scheme,
    authority: Authority,
    /// The path in front of the request's path: `/v2` of `http://host/v2`.
    base_path: Box<str>,
    /// The script for its HTML.
    pub(super) inject: Option<Injection>,
}

impl Route {
    /// The routes, the most specific first.
    /// `check` says to which protocols the platform can change a connection.
    pub(crate) fn parse_all(
        routes: &[RouteConfig],
        check: fn(&str) -> Result<(), &'static str>,
    ) -> Result<Vec<Self>, ConfigError> {
        let mut parsed = Vec::new();
        for (index, config) in routes.iter().enumerate() {
            let route = Self::parse(index, config, check)?;
            if parsed
                .iter()
                .any(|before: &Self| before.pattern == route.pattern)
            {
                return Err(ConfigError::Invalid {
                    key: format!("proxy.routes[{index}].path").into(),
                    wanted: "a path that no other route has",
                });
            }
            // An exact path before a prefix, a long prefix before a short one.
            let rank = |route: &Self| {
                let is_prefix = route.pattern.ends_with('*');
                (is_prefix, core::cmp::Reverse(route.pattern.len()))
            };
            let at = parsed.partition_point(|before| rank(before) <= rank(&route));
            parsed.insert(at, route);
        }
        Ok(parsed)
    }

    /// Whether the route has this path.
    pub(crate) fn matches(&self, path: &str) -> bool {
        match self.pattern.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == &*self.pattern,
        }
    }

    /// The kind of a path, for `http.route`: a template, or the pattern.
    pub(crate) fn template(&self, path: &str) -> &str {
        Template::of(&self.templates, path).unwrap_or(&self.pattern)
    }

    /// Scheme and authority of the upstream, for messages.
    pub(crate) fn upstream(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }

    /// The upstream's address for a request.
    pub(crate) fn upstream_uri(&self, request: &Uri) -> Uri {
        let path = request.path_and_query().map_or("/", PathAndQuery::as_str);
        let mut parts = Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = match &*self.base_path {
            "" => request.path_and_query().cloned(),
            base => format!("{base}{path}").parse().ok(),
        };
        // Only `OPTIONS *` has no path that can follow another.
        parts
            .path_and_query
            .get_or_insert(PathAndQuery::from_static("/"));
        Uri::from_parts(parts).unwrap_or_default()
    }

    fn parse(
        index: usize,
        config: &RouteConfig,
        check: fn(&str) -> Result<(), &'static str>,
    ) -> Result<Self, ConfigError> {
        let invalid = |key: &str, wanted| ConfigError::Invalid {
            key: format!("proxy.routes[{index}].{key}").into(),
            wanted,
        };
        let star = config.path.find('*').unwrap_or(config.path.len());
        if !config.path.starts_with('/') || star + 1 < config.path.len() {
            let wanted = "a path that begins with / and may end in *";
            return Err(invalid("path", wanted));
        }
        if !is_as_sent(&config.path) {
            let wanted = "a path as clients send it, percent-encoded and without ? and #";
            return Err(invalid("path", wanted));
        }
        let uri = base_url::parse(&config.upstream);
        let parts = uri.map(Uri::into_parts).unwrap_or_default();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(invalid("upstream", base_url::WANTED));
        };
        let base_path = parts.path_and_query.as_ref().map_or("", PathAndQuery::path);
        let inject = config.inject.as_ref();
        let inject = inject.map(|inject| {
            let key = format!("proxy.routes[{index}].inject");
            Injection::parse(&key, &config.path, inject)
        });
        Ok(Self {
            inject: inject.transpose()?,
            pattern: config.path.as_str().into(),
            templates: Template::parse_all(index, config)?,
            upgrades: upgrade::parse(index, config, check)?,
            scheme,
            authority,
            base_path: base_path.trim_end_matches('/').into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{AnyProtocol, Upgrades};

    fn routes(paths: &[&str]) -> Vec<Route> {
        let configs: Vec<_> = (paths.iter())
            .map(|path| RouteConfig {
                path: (*path).into(),
                upstream: "http://up/base/".into(),
                ..RouteConfig::default()
            })
            .collect();
        Route::parse_all(&configs, AnyProtocol::check).expect("valid")
    }

    #[test]
    fn the_most_specific_route_wins() {
        let routes = routes(&["/*", "/api/*", "/api/health", "/api/v1/*"]);
        let matching = |path: &str| {
            let route = routes.iter().find(|route| route.matches(path));
            route.map(|route| &*route.pattern)
        };
        assert_eq!(matching("/api/health"), Some("/api/health"));
        assert_eq!(matching("/api/v1/x"), Some("/api/v1/*"));
        assert_eq!(matching("/api/x"), Some("/api/*"));
        assert_eq!(matching("/apix"), Some("/*"));
    }

    #[test]
    fn path_and_query_go_behind_the_base() {
        let uri = "/api/x?y=%20&z".parse().expect("valid");
        assert_eq!(
            routes(&["/*"])[0].upstream_uri(&uri).to_string(),
            "http://up/base/api/x?y=%20&z"
        );
    }
}
