//! Reads the language of a sender.

use throughline_otlp::attribute::attributes;
use throughline_otlp::field::resource;
use throughline_otlp::rewrite::Message;
use throughline_semconv as semconv;

/// Whether a resource names a language other than JavaScript. Without a name it may be a
/// page.
pub(super) fn is_foreign(resource: &Message<'_>) -> bool {
    let language = attributes(resource.bytes(), resource::ATTRIBUTES)
        .find(|attribute| attribute.key == semconv::TELEMETRY_SDK_LANGUAGE)
        .and_then(|attribute| attribute.value().as_str());
    language.is_some_and(|language| !JAVASCRIPT.contains(&language))
}

/// JavaScript by `telemetry.sdk.language`.
const JAVASCRIPT: [&str; 2] = ["webjs", "nodejs"];
