//! The script's element, as it is inserted.

use super::attribute::push_quoted;
use crate::config::{InjectConfig, ScriptLoad};
use serde::Serialize;

/// The element, in two parts: a nonce goes between them.
#[derive(Debug)]
pub(super) struct Snippet {
    before_nonce: Box<str>,
    after_nonce: Box<str>,
}

/// The options of `init`, as `@throughline/browser` reads them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Options<'a> {
    endpoint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    service_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    trace_propagation_targets: &'a [String],
    #[serde(skip_serializing_if = "is_default")]
    web_assembly: bool,
    #[serde(skip_serializing_if = "is_off")]
    embedded: bool,
}

impl Snippet {
    pub(super) fn new(config: &InjectConfig) -> Self {
        let options = Options {
            endpoint: &config.endpoint,
            key: config.key.as_deref(),
            service_name: &config.service_name,
            service_version: config.service_version.as_deref(),
            environment: config.environment.as_deref(),
            trace_propagation_targets: &config.trace_propagation_targets,
            web_assembly: config.web_assembly,
            embedded: config.embedded,
        };
        // Text and booleans: there is nothing that JSON cannot hold.
        let options = serde_json::to_string(&options).unwrap_or_default();
        let mut before_nonce = String::from("<script src=");
        push_quoted(&mut before_nonce, &config.script);
        before_nonce.push_str(" data-throughline=");
        push_quoted(&mut before_nonce, &options);
        if let Some(hashes) = &config.integrity {
            // The bytes of another origin can be compared only where that origin permits it.
            before_nonce.push_str(" crossorigin='anonymous' integrity=");
            push_quoted(&mut before_nonce, hashes);
        }
        let after_nonce = match config.load {
            ScriptLoad::First => "></script>",
            ScriptLoad::Async => " async></script>",
        };
        Self {
            before_nonce: before_nonce.into(),
            after_nonce: after_nonce.into(),
        }
    }

    /// The element, which is the same for all responses but for the nonce.
    pub(super) fn with(&self, nonce: Option<&str>) -> String {
        let mut element = String::from(&*self.before_nonce);
        if let Some(nonce) = nonce {
            element.push_str(" nonce=");
            push_quoted(&mut element, nonce);
        }
        element.push_str(&self.after_nonce);
        element
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_default(web_assembly: &bool) -> bool {
    *web_assembly
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_off(embedded: &bool) -> bool {
    !*embedded
}

/// The attribute that holds the options, and by which an edge finds a script that another one
/// has inserted.
pub(super) const MARKER: &[u8] = b"data-throughline";
