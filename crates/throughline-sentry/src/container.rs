//! Containers: many logs, metrics or spans in one item, with typed attributes.

use crate::attributes::Attributes;
use crate::json::Json;
use crate::source::{Source, name};
use throughline_semconv as semconv;

/// The content types of containers begin so.
pub(crate) const CONTENT_TYPE: &str = "application/vnd.sentry.items.";

/// An entry of a container.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'j> {
    pub(crate) json: &'j Json<'j>,
}

impl<'j> Entry<'j> {
    /// The value of an attribute; null when there is none.
    pub(crate) fn attribute(self, key: &str) -> &'j Json<'j> {
        self.json.get("attributes").get(key).get("value")
    }

    /// The sender, which each entry names in its attributes; `sdk` is the envelope's.
    pub(crate) fn source(self, sdk: &'j Json<'j>) -> Source<'j> {
        let own = |key| name(self.attribute(key));
        let (sdk_name, sdk_version) = match own(SDK_NAME) {
            "" => (name(sdk.get("name")), name(sdk.get("version"))),
            own_name => (own_name, own(SDK_VERSION)),
        };
        Source {
            service: own(semconv::SERVICE_NAME),
            release: own(RELEASE),
            environment: own(ENVIRONMENT),
            server_name: "",
            platform: "",
            sdk_name,
            sdk_version,
        }
    }

    /// Appends the attributes that `wanted` wants, but not those of the sender.
    pub(crate) fn write(self, attributes: &mut Attributes<'_>, wanted: impl Fn(&str) -> bool) {
        for (key, typed) in self.json.get("attributes").entries() {
            if !OF_SOURCE.contains(&&**key) && wanted(key) {
                write_typed(attributes, key, typed);
            }
        }
    }
}

/// Writes an attribute as the type that it names: `JSON.stringify` writes 1.0 as 1.
pub(crate) fn write_typed(attributes: &mut Attributes<'_>, key: &str, typed: &Json<'_>) {
    let value = typed.get("value");
    match (typed.get("type").text(), value) {
        ("double", Json::Int(whole)) => attributes.json(key, &Json::Double(*whole as f64)),
        ("integer", Json::Double(whole)) if *whole % 1.0 == 0.0 && whole.abs() < EXACT => {
            attributes.json(key, &Json::Int(*whole as i64));
        }
        _ => attributes.json(key, value),
    }
}

const RELEASE: &str = "sentry.release";
const ENVIRONMENT: &str = "sentry.environment";
const SDK_NAME: &str = "sentry.sdk.name";
const SDK_VERSION: &str = "sentry.sdk.version";
/// Attributes of entries that belong to the resource.
const OF_SOURCE: [&str; 5] = [
    RELEASE,
    ENVIRONMENT,
    SDK_NAME,
    SDK_VERSION,
    semconv::SERVICE_NAME,
];
/// 2^53: a double is exact for every integer up to here.
const EXACT: f64 = 9_007_199_254_740_992.0;
