//! The projects of a configuration: their ingest keys and the origins they allow.

use super::key::{self, KeyKind};
use crate::config::{ConfigError, ProjectConfig};
use crate::http::Refusal;
use crate::http::cors::AllowedHeaders;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// The projects of a configuration, found by key.
#[derive(Debug, Clone)]
pub(crate) struct Projects {
    open: bool,
    /// In the order of the configuration, which is the same on all cores.
    list: Rc<[Rc<Project>]>,
    by_key: BTreeMap<Box<str>, Access>,
}

/// The project of a key, and how long the key is accepted.
#[derive(Debug, Clone)]
struct Access {
    project: Rc<Project>,
    kind: KeyKind,
    /// When the key ends, in ns since the Unix epoch.
    ends_unix_nano: u64,
}

/// A project: its name, and the origins that it allows.
#[derive(Debug)]
pub(crate) struct Project {
    name: Arc<str>,
    origins: Vec<OriginPattern>,
}

/// Origins that a project allows.
#[derive(Debug)]
enum OriginPattern {
    Any,
    Exactly(Box<str>),
    /// `https://*.shop.example`: the text before the star, and the text after it with its dot.
    Below(Box<str>, Box<str>),
}

impl Projects {
    pub(crate) fn new(open: bool, projects: &[ProjectConfig]) -> Result<Self, ConfigError> {
        let mut by_key = BTreeMap::new();
        let mut list = Vec::new();
        for (index, config) in projects.iter().enumerate() {
            if config.name.trim().is_empty() {
                return Err(ConfigError::Invalid {
                    key: format!("projects[{index}].name").into(),
                    wanted: "a name for messages, such as shop",
                });
            }
            if config.keys.is_empty() && config.secret_keys.is_empty() {
                return Err(ConfigError::Invalid {
                    key: format!("projects[{index}].keys").into(),
                    wanted: "a list of at least one ingest key, such as [\"pk_change_me\"]: nobody can send without one",
                });
            }
            if projects[..index]
                .iter()
                .any(|other| other.name == config.name)
            {
                return Err(ConfigError::Invalid {
                    key: format!("projects[{index}].name").into(),
                    wanted: "a name that no other project has",
                });
            }
            let origins = config.allowed_origins.iter().enumerate();
            let origins = origins.map(|(at, origin)| {
                OriginPattern::parse(origin).ok_or_else(|| ConfigError::Invalid {
                    key: format!("projects[{index}].allowed_origins[{at}]").into(),
                    wanted: WANTED_ORIGIN,
                })
            });
            let project = Rc::new(Project {
                name: config.name.as_str().into(),
                origins: origins.collect::<Result<_, _>>()?,
            });
            list.push(Rc::clone(&project));
            let public = config.keys.iter().map(|key| (KeyKind::Public, key));
            let secret = config.secret_keys.iter().map(|key| (KeyKind::Secret, key));
            let upload = config.upload_keys.iter().map(|key| (KeyKind::Upload, key));
            for (section, keys) in [
                ("keys", public.collect::<Vec<_>>()),
                ("secret_keys", secret.collect()),
                ("upload_keys", upload.collect()),
            ] {
                for (at, (kind, key)) in keys.into_iter().enumerate() {
                    let invalid = |wanted| ConfigError::Invalid {
                        key: format!("projects[{index}].{section}[{at}]").into(),
                        wanted,
                    };
                    let key = key::read(key, kind).map_err(invalid)?;
                    let access = Access {
                        project: Rc::clone(&project),
                        kind,
                        ends_unix_nano: key.ends_unix_nano,
                    };
                    if by_key.insert(key.text.into(), access).is_some() {
                        return Err(invalid("a key that no other project has"));
                    }
                }
            }
        }
        Ok(Self {
            open,
            list: list.into(),
            by_key,
        })
    }

    /// The number of a project by which another core finds it; 0 for none.
    pub(crate) fn index_of(&self, project: Option<&Rc<Project>>) -> u32 {
        let index = project.and_then(|project| {
            let mut list = self.list.iter();
            list.position(|known| Rc::ptr_eq(known, project))
        });
        index.map_or(0, |index| index as u32 + 1)
    }

    /// The number of the project of this name; 0 for none.
    pub(crate) fn index_of_name(&self, name: &str) -> u32 {
        let index = self.list.iter().position(|known| *known.name == *name);
        index.map_or(0, |index| index as u32 + 1)
    }

    /// The project of this number.
    pub(crate) fn at(&self, index: u32) -> Option<Rc<Project>> {
        let index = (index as usize).checked_sub(1)?;
        self.list.get(index).map(Rc::clone)
    }

    /// The project of a sender with this key, on a page of this origin.
    /// Without an origin the sender is a program, and the key alone decides. An open
    /// edge admits senders without a project.
    ///
    /// # Errors
    /// [`Refusal`] says which of the two does not fit; the sender is at fault.
    pub(crate) fn authenticate(
        &self,
        key: Option<&str>,
        origin: Option<&str>,
        now_unix_nano: u64,
    ) -> Result<Option<Rc<Project>>, Refusal> {
        let access = key.and_then(|key| self.by_key.get(key));
        // A key that only uploads is one that nobody sends with, on an open edge too.
        let access = access.filter(|access| access.kind != KeyKind::Upload);
        if self.open {
            return Ok(access.map(|access| Rc::clone(&access.project)));
        }
        let access = match (key, access) {
            (None, _) => return Err(Refusal::KeyMissing),
            (Some(_), None) => return Err(Refusal::KeyUnknown),
            (Some(_), Some(access)) => access,
        };
        let project = &access.project;
        if now_unix_nano >= access.ends_unix_nano {
            return Err(Refusal::KeyEnded);
        }
        match origin {
            Some(_) if access.kind == KeyKind::Secret => Err(Refusal::SecretInPage),
            Some(origin) if !project.allows(origin) => Err(Refusal::Origin {
                origin: origin.into(),
                project: (*project.name).into(),
            }),
            _ => Ok(Some(Rc::clone(project))),
        }
    }

    /// The project whose source maps a sender with this key may upload. An open edge is open to
    /// telemetry alone.
    ///
    /// # Errors
    /// [`Refusal`] when the key uploads nothing; the sender is at fault.
    pub(crate) fn authenticate_upload(
        &self,
        key: Option<&str>,
        now_unix_nano: u64,
    ) -> Result<Rc<Project>, Refusal> {
        let key = key.ok_or(Refusal::UploadKeyMissing)?;
        match self.by_key.get(key) {
            None => Err(Refusal::UploadKeyUnknown),
            Some(access) if access.kind != KeyKind::Upload => Err(Refusal::NoUploadKey),
            Some(access) if now_unix_nano >= access.ends_unix_nano => Err(Refusal::UploadKeyEnded),
            Some(access) => Ok(Rc::clone(&access.project)),
        }
    }

    /// The project of a sender whose key may be in the body too: the one that `key`, of the
    /// head, was found to belong to, or that of the key in the body where the head has none.
    ///
    /// # Errors
    /// [`Refusal`]: the keys differ, or do not fit; the sender is at fault.
    pub(crate) fn confirm(
        &self,
        project: Option<Rc<Project>>,
        key: Option<&str>,
        in_body: Option<&str>,
        origin: Option<&str>,
        now_unix_nano: u64,
    ) -> Result<Option<Rc<Project>>, Refusal> {
        match (key, in_body) {
            (None, in_body) => self.authenticate(in_body, origin, now_unix_nano),
            (Some(key), Some(in_body)) if key != in_body => Err(Refusal::KeysDiffer),
            _ => Ok(project),
        }
    }

    /// Those of the headers that a page asks for which it may send.
    pub(crate) fn allowed_headers(&self) -> AllowedHeaders {
        match self.open {
            true => AllowedHeaders::AsAsked,
            false => AllowedHeaders::Known,
        }
    }

    /// Whether some project allows pages of this origin.
    pub(crate) fn allows_origin(&self, origin: &str) -> bool {
        self.open
            || self
                .by_key
                .values()
                .any(|access| access.project.allows(origin))
    }
}

impl Project {
    /// The name in the configuration.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The same, for counts.
    pub(crate) const fn shared_name(&self) -> &Arc<str> {
        &self.name
    }

    fn allows(&self, origin: &str) -> bool {
        self.origins.iter().any(|pattern| pattern.matches(origin))
    }
}

impl OriginPattern {
    fn parse(pattern: &str) -> Option<Self> {
        if pattern == "*" {
            return Some(OriginPattern::Any);
        }
        // As browsers write it.
        let pattern = pattern.trim_end_matches('/').to_ascii_lowercase();
        let (scheme, host) = pattern.split_once("://")?;
        // A star for anything but whole labels would admit hosts with a similar name:
        // `*shop.example` is evilshop.example too.
        let (below, host) = match host.strip_prefix("*.") {
            Some(domain) => (true, domain),
            None => (false, host),
        };
        let is_origin = !scheme.is_empty()
            && scheme.bytes().all(is_scheme_byte)
            && !host.is_empty()
            && !host.starts_with(['.', ':'])
            && host.bytes().all(is_host_byte);
        is_origin.then(|| match below {
            true => OriginPattern::Below(format!("{scheme}://").into(), format!(".{host}").into()),
            false => OriginPattern::Exactly(pattern.as_str().into()),
        })
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

/// <https://www.rfc-editor.org/rfc/rfc3986#section-3.1>
fn is_scheme_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// A byte of what follows `://` in an Origin header: a name, in punycode if need be, or an
/// address, and perhaps a port.
fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'[' | b']')
}

/// The form that a pattern should have, for the message about one that means nothing, or too much.
const WANTED_ORIGIN: &str =
    "an origin such as https://shop.example, https://*.shop.example for all below it, or *";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_means_more_than_it_says_is_refused() {
        for pattern in [
            "https://*shop.example",
            "https://shop.example*",
            "https://shop.*",
            "https://*",
            "https://*.",
            "https://*.*.shop.example",
            "https://a.*.shop.example",
            "https://*..shop.example",
            "http*://shop.example",
            "*://shop.example",
            "*.shop.example",
            "https://",
            "https://:443",
            "https://shop.example/path",
            "https://user@shop.example",
            "https://shop.example?x",
            "https://müller.example",
            "https://shop.example, https://blog.example",
            "**",
            "",
        ] {
            assert!(OriginPattern::parse(pattern).is_none(), "{pattern}");
        }
    }

    #[test]
    fn patterns_are_read_as_browsers_write_origins() {
        for (pattern, origin) in [
            ("HTTPS://*.Shop.example/", "https://www.shop.example"),
            ("https://Shop.example", "https://shop.example"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://[::1]:5173", "http://[::1]:5173"),
            ("https://*.shop.example:8443", "https://a.shop.example:8443"),
            ("capacitor://localhost", "capacitor://localhost"),
        ] {
            let parsed = OriginPattern::parse(pattern).expect(pattern);
            assert!(parsed.matches(origin), "{pattern}");
        }
    }

    #[test]
    fn a_star_stands_for_subdomains_only() {
        let pattern = OriginPattern::parse("https://*.shop.example").expect("valid");
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
