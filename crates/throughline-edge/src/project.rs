//! Who may send?

use crate::config::ProjectConfig;
use crate::refusal::Refusal;
use std::collections::HashMap;
use std::rc::Rc;

/// The projects of a configuration, found by key.
#[derive(Debug)]
pub(crate) struct Projects {
    open: bool,
    by_key: HashMap<Box<str>, Rc<Project>>,
}

#[derive(Debug)]
struct Project {
    name: Box<str>,
    origins: Vec<OriginPattern>,
}

/// Origins a project allows.
#[derive(Debug)]
enum OriginPattern {
    Any,
    Exactly(Box<str>),
    /// `https://*.shop.example`: what stands before and behind the star.
    Below(Box<str>, Box<str>),
}

impl Projects {
    pub(crate) fn new(open: bool, projects: &[ProjectConfig]) -> Self {
        let mut by_key = HashMap::new();
        for config in projects {
            let project = Rc::new(Project {
                name: config.name.as_str().into(),
                origins: config
                    .allowed_origins
                    .iter()
                    .map(|o| OriginPattern::new(o))
                    .collect(),
            });
            for key in &config.keys {
                by_key.insert(key.as_str().into(), Rc::clone(&project));
            }
        }
        Self { open, by_key }
    }

    /// Whether a sender with this key, on a page of this origin, may send. Without an
    /// origin it is no page but a program, and the key alone decides.
    pub(crate) fn authenticate(
        &self,
        key: Option<&str>,
        origin: Option<&str>,
    ) -> Result<(), Refusal> {
        if self.open {
            return Ok(());
        }
        let key = key.ok_or(Refusal::KeyMissing)?;
        let project = self.by_key.get(key).ok_or(Refusal::KeyUnknown)?;
        match origin {
            Some(origin) if !project.allows(origin) => Err(Refusal::Origin {
                origin: origin.into(),
                project: project.name.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Whether a page of this origin may read answers: of the key's project, or of any
    /// project where the key is not known yet, as in a preflight for a key in a header.
    pub(crate) fn allows_origin(&self, key: Option<&str>, origin: &str) -> bool {
        self.open
            || match key.and_then(|key| self.by_key.get(key)) {
                Some(project) => project.allows(origin),
                None => self.by_key.values().any(|project| project.allows(origin)),
            }
    }
}

impl Project {
    fn allows(&self, origin: &str) -> bool {
        self.origins.iter().any(|pattern| pattern.matches(origin))
    }
}

impl OriginPattern {
    fn new(pattern: &str) -> Self {
        match pattern.split_once('*') {
            Some(("", "")) => OriginPattern::Any,
            Some((scheme, domain)) => OriginPattern::Below(scheme.into(), domain.into()),
            None => OriginPattern::Exactly(pattern.trim_end_matches('/').into()),
        }
    }

    fn matches(&self, origin: &str) -> bool {
        match self {
            OriginPattern::Any => true,
            OriginPattern::Exactly(allowed) => origin.eq_ignore_ascii_case(allowed),
            OriginPattern::Below(scheme, domain) => origin
                .strip_prefix(&**scheme)
                .and_then(|rest| rest.strip_suffix(&**domain))
                .is_some_and(|label| !label.is_empty() && !label.contains('/')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_subdomains_only() {
        let pattern = OriginPattern::new("https://*.shop.example");
        assert!(pattern.matches("https://www.shop.example"));
        assert!(pattern.matches("https://a.b.shop.example"));
        for foreign in [
            "https://shop.example",
            "https://.shop.example",
            "http://www.shop.example",
            "https://evil.example/.shop.example",
            "https://www.shop.example.evil.example",
        ] {
            assert!(!pattern.matches(foreign), "{foreign}");
        }
    }
}
