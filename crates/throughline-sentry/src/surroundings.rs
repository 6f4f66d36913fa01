//! Surroundings of an event: tags, user, request, contexts, breadcrumbs.

use crate::attributes::Attributes;
use crate::json::Json;
use crate::request;
use throughline_semconv as semconv;

/// Appends all of an event or a transaction but its breadcrumbs.
pub(crate) fn write(attributes: &mut Attributes<'_>, event: &Json<'_>, language: &str) {
    attributes.text(semconv::SENTRY_EVENT_ID, event.get("event_id").text());
    attributes.text(semconv::SENTRY_TRANSACTION, event.get("transaction").text());
    attributes.text(semconv::SENTRY_DIST, event.get("dist").text());
    attributes.text(semconv::SENTRY_LOGGER, event.get("logger").text());
    attributes.json(semconv::SENTRY_FINGERPRINT, event.get("fingerprint"));
    attributes.prefixed("sentry.tags.", event.get("tags"));
    write_user(attributes, event.get("user"));
    request::write(attributes, event.get("request"), language);
    write_contexts(attributes, event.get("contexts"));
    attributes.prefixed("sentry.extra.", event.get("extra"));
}

/// Appends the breadcrumbs as they are: a list of maps, oldest first.
pub(crate) fn write_breadcrumbs(attributes: &mut Attributes<'_>, event: &Json<'_>) {
    let breadcrumbs = event.get("breadcrumbs");
    let list = match breadcrumbs {
        Json::Map(_) => breadcrumbs.get("values"),
        _ => breadcrumbs,
    };
    if list.items().next().is_some() {
        attributes.json(semconv::SENTRY_BREADCRUMBS, list);
    }
}

fn write_user(attributes: &mut Attributes<'_>, user: &Json<'_>) {
    for (key, value) in user.entries() {
        match &**key {
            "id" => attributes.json(semconv::USER_ID, value),
            "email" => attributes.json(semconv::USER_EMAIL, value),
            "username" => attributes.json(semconv::USER_NAME, value),
            "name" => attributes.json(semconv::USER_FULL_NAME, value),
            // The SDK asks for the address that the request came from.
            "ip_address" if value.text() == "{{auto}}" => {}
            "ip_address" => attributes.json(semconv::CLIENT_ADDRESS, value),
            _ => attributes.json(&alloc::format!("sentry.user.{key}"), value),
        }
    }
}

/// Contexts that OpenTelemetry has names for get them; the others stay maps.
fn write_contexts(attributes: &mut Attributes<'_>, contexts: &Json<'_>) {
    for (name, context) in contexts.entries() {
        let known: &[(&str, &str)] = match &**name {
            // The trace is in the record's own fields.
            "trace" => continue,
            "browser" => &[
                ("name", semconv::USER_AGENT_NAME),
                ("version", semconv::USER_AGENT_VERSION),
            ],
            "os" => &[("name", semconv::OS_NAME), ("version", semconv::OS_VERSION)],
            "device" => &[
                ("model", semconv::DEVICE_MODEL_NAME),
                ("brand", semconv::DEVICE_MANUFACTURER),
            ],
            "runtime" => &[
                ("name", semconv::PROCESS_RUNTIME_NAME),
                ("version", semconv::PROCESS_RUNTIME_VERSION),
            ],
            _ => &[],
        };
        for (key, attribute) in known {
            attributes.text(attribute, context.get(key).text());
        }
        if known.is_empty() {
            attributes.json(&alloc::format!("sentry.contexts.{name}"), context);
        }
    }
}
