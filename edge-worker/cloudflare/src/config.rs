//! Reads the configuration from the Worker's environment.

use crate::bindings::Bindings;
use crate::host::WorkerHost;
use core::num::NonZeroUsize;
use serde_json::{Map, Value};
use throughline_edge::config::{
    BackendTemporality, ConfigError, Find, Reference, UnreadableKey, replace_references,
};
use throughline_edge::{Config, Edge, Machine};
use worker::Env;
use worker::js_sys::{JSON, Reflect};

/// The edge as the `THROUGHLINE` variable configures it: a table in `wrangler.jsonc`, or
/// a secret that holds the same as JSON text.
///
/// # Errors
/// The message says which key is at fault; the operator is.
pub(crate) fn edge(env: &Env) -> Result<Edge, VariableError> {
    Ok(usable(read(env)?)?)
}

/// The configuration of the `THROUGHLINE` variable.
///
/// # Errors
/// The message says which key is at fault; the operator is.
pub(crate) fn read(env: &Env) -> Result<Config, VariableError> {
    let variable = Reflect::get(env, &VARIABLE.into()).map_err(|_| VariableError::Absent)?;
    if variable.is_undefined() {
        return Err(VariableError::Absent);
    }
    // As text, because reading the object itself would ignore unknown keys.
    let json = match variable.as_string() {
        Some(secret) => secret,
        None => JSON::stringify(&variable)
            .map_err(|_| VariableError::Absent)?
            .into(),
    };
    let mut find = |reference: Reference<'_>| match reference {
        Reference::Variable(name) => Reflect::get(env, &name.into())
            .ok()
            .and_then(|value| value.as_string())
            .ok_or_else(|| "is neither a secret nor a variable of this Worker".into()),
        Reference::File(_) => Err("cannot be read: a Worker has no files, use a secret".into()),
    };
    let config = from_json(&json, &mut find)?;
    check_bindings(&config, &Bindings::of(env))?;
    Ok(config)
}

/// Refuses what needs a binding that is not there.
fn check_bindings(config: &Config, bindings: &Bindings) -> Result<(), VariableError> {
    if bindings.metrics.is_none() {
        check_temporality(config)?;
    }
    let one = [("backend".to_owned(), &config.backend)];
    let several = config.backends.iter().enumerate();
    let several = several.map(|(index, backend)| (format!("backends[{index}]"), backend));
    for (section, backend) in one.into_iter().chain(several) {
        if backend.durable && bindings.queue.is_none() {
            return Err(VariableError::Unreadable {
                key: format!("{section}.durable").into(),
                reason: "an isolate keeps nothing: bind the queue THROUGHLINE_QUEUE as wrangler.jsonc shows, or leave the key out".into(),
            });
        }
    }
    if config.sampling.tail.is_some() && bindings.traces.is_none() {
        return Err(VariableError::Unreadable {
            key: "sampling.tail".into(),
            reason: "the memory of an isolate ends with a request, and the spans of a trace arrive in several: bind the Durable Objects THROUGHLINE_TRACES as wrangler.jsonc does, or sample with sampling.head".into(),
        });
    }
    if config.ingest.rate_limit_by.is_some() && bindings.rate_limit.is_none() {
        return Err(VariableError::Unreadable {
            key: "ingest.rate_limit_by".into(),
            reason: "it needs a limit of requests: bind THROUGHLINE_RATE_LIMIT as wrangler.jsonc does, or leave the key out".into(),
        });
    }
    Ok(())
}

fn usable(config: Config) -> Result<Edge, ConfigError> {
    Edge::on(
        Machine::of::<WorkerHost>(&config, NonZeroUsize::MIN),
        config,
    )
}

/// Why the configuration cannot be used. The operator is at fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VariableError {
    #[error("the variable {VARIABLE} is not set; edge-worker/cloudflare/wrangler.jsonc shows one")]
    Absent,
    /// A text that is not JSON. The message has the line and the column.
    #[error("{VARIABLE} is not JSON: {0}")]
    NotJson(serde_json::Error),
    /// Without the value: that may be a secret.
    #[error("{VARIABLE}: {key}: {reason}")]
    Unreadable { key: Box<str>, reason: Box<str> },
    #[error("{VARIABLE}.{0}")]
    Wrong(#[from] ConfigError),
}

impl From<UnreadableKey> for VariableError {
    fn from(UnreadableKey { key, reason }: UnreadableKey) -> Self {
        VariableError::Unreadable {
            key: key.into(),
            reason: reason.into(),
        }
    }
}

fn from_json(json: &str, find: &mut Find<'_>) -> Result<Config, VariableError> {
    let mut config: Value = serde_json::from_str(json).map_err(VariableError::NotJson)?;
    replace_references("", &mut config, find)?;
    for (table, key, bytes) in SMALLER {
        set_default(&mut config, table, key, bytes);
    }
    if let Some(Value::Object(tail)) = config.pointer_mut("/sampling/tail") {
        tail.entry("max_bytes").or_insert_with(|| TAIL_BYTES.into());
    }
    if config.pointer("/proxy/upgrade_idle_ms").is_some() {
        return Err(VariableError::Unreadable {
            key: "proxy.upgrade_idle_ms".into(),
            reason: "the Workers runtime joins the connections of a WebSocket and decides when an idle one ends: leave it out".into(),
        });
    }
    Ok(Config::from_value(config, &[])?)
}

/// Refuses what needs an owner of the metrics.
fn check_temporality(config: &Config) -> Result<(), VariableError> {
    let one = [("backend".to_owned(), &config.backend)];
    let several = config.backends.iter().enumerate();
    let several = several.map(|(index, backend)| (format!("backends[{index}]"), backend));
    for (section, backend) in one.into_iter().chain(several) {
        if backend.temporality == BackendTemporality::Cumulative {
            return Err(VariableError::Unreadable {
                key: format!("{section}.temporality").into(),
                reason: "cumulative counts need an owner, because an isolate does not live on: bind the Durable Object THROUGHLINE_METRICS as wrangler.jsonc does, or use delta".into(),
            });
        }
    }
    Ok(())
}

/// Sets a key that the operator has not set. A value that is not a table stays, and is
/// refused by name.
fn set_default(config: &mut Value, table: &str, key: &str, bytes: usize) {
    let table = config
        .as_object_mut()
        .map(|config| config.entry(table).or_insert_with(|| Map::new().into()));
    if let Some(table) = table.and_then(Value::as_object_mut) {
        table.entry(key).or_insert_with(|| bytes.into());
    }
}

const VARIABLE: &str = "THROUGHLINE";
/// Defaults of this host, as `(table, key, bytes)`. An isolate has 128 MB for all of its
/// requests, and WebAssembly's memory never shrinks: what is being read, what waits for
/// export and a copy of one body of each have to fit together.
/// <https://developers.cloudflare.com/workers/platform/limits/#memory>
const SMALLER: [(&str, &str, usize); 5] = [
    ("ingest", "max_body_bytes", 8 << 20),
    ("ingest", "max_reading_bytes", 24 << 20),
    ("backend", "max_in_flight_bytes", 16 << 20),
    ("sourcemaps", "max_index_bytes", 16 << 20),
    ("sourcemaps", "cache_bytes", 4 << 20),
];

/// Default of `sampling.tail.max_bytes`, for each object: several may be in one isolate.
const TAIL_BYTES: usize = 24 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Config, VariableError> {
        from_json(json, &mut |reference| match reference {
            Reference::Variable("TOKEN") => Ok("s3cret".into()),
            Reference::Variable(_) => Err("is not here".into()),
            Reference::File(_) => Err("cannot be read".into()),
        })
    }

    #[track_caller]
    fn refusal(json: &str) -> String {
        parse(json).expect_err("refused").to_string()
    }

    #[test]
    fn secrets_are_found_by_name() {
        let backend = |value: &str| format!(r#"{{"backend":{{"headers":{{"a":"{value}"}}}}}}"#);
        let config = parse(&backend("Bearer ${TOKEN}")).expect("usable");
        assert_eq!(config.backend.headers["a"], "Bearer s3cret");
        for (value, expected) in [
            (
                "${TOKN}",
                "THROUGHLINE: backend.headers.a: ${TOKN} is not here",
            ),
            (
                "${file:/x}",
                "THROUGHLINE: backend.headers.a: ${file:/x} cannot be read",
            ),
        ] {
            assert_eq!(refusal(&backend(value)), expected);
        }
        let expected = refusal(r#"{"projects":[{"name":"a","keys":["${X}"]}]}"#);
        assert!(
            expected.starts_with("THROUGHLINE: projects[0].keys[0]: ${X}"),
            "{expected}"
        );
    }

    #[test]
    fn the_key_at_fault_is_named() {
        let message = refusal(r#"{"ingest":{"max_body_bytes":"64MB"}}"#);
        assert!(
            message.contains("THROUGHLINE: ingest.max_body_bytes"),
            "{message}"
        );
        for (json, key) in [
            (r#"{"backnd":{}}"#, "backnd"),
            (r#"{"ingest":7}"#, "ingest"),
        ] {
            let message = refusal(json);
            assert!(message.contains(key), "{message}");
        }
    }

    #[test]
    fn no_value_is_repeated() {
        for (json, expected) in [
            (
                r#"{"backend":{"headers":"Bearer s3cret"}}"#,
                "THROUGHLINE: backend.headers: invalid type: string, expected a map",
            ),
            (
                r#"{"backend":{"kind":"s3cret"}}"#,
                "THROUGHLINE: backend.kind: unknown variant, expected one of",
            ),
            (
                r#"{"backend":{"headers":{"a":"s3cret}}"#,
                "THROUGHLINE is not JSON: EOF while parsing a string at line 1 column 36",
            ),
            (
                "{} s3cret",
                "THROUGHLINE is not JSON: trailing characters at line 1 column 4",
            ),
            (
                r#"{"proxy":{"upgrade_idle_ms":1000}}"#,
                "THROUGHLINE: proxy.upgrade_idle_ms: the Workers runtime",
            ),
        ] {
            let message = refusal(json);
            assert!(message.starts_with(expected), "{message}");
            assert!(!message.contains("s3cret"), "{message}");
        }
    }

    #[test]
    fn what_is_held_in_memory_fits_an_isolate() {
        for json in [
            "{}",
            r#"{"ingest":{"path":"/_t"},"backend":{"kind":"null"}}"#,
        ] {
            let config = parse(json).expect("usable");
            let held = config.ingest.max_reading_bytes + config.backend.max_in_flight_bytes;
            // Growing a body holds it twice; JSON is translated, and an export compressed.
            let copies = 4 * config.ingest.max_body_bytes;
            assert!(held + copies < 96 << 20, "of 128 MB: {config:?}");
            assert!(config.ingest.max_body_bytes <= config.ingest.max_reading_bytes);
        }
    }

    #[test]
    fn what_a_worker_cannot_do_is_refused_with_the_reason() {
        for (json, wanted) in [
            (
                r#"{"backend":{"url":"http://b","compression":"zstd"}}"#,
                "backend.compression cannot be used on this host: of the encoders",
            ),
            (
                r#"{"backends":[{"name":"a","url":"http://a"},{"name":"b","url":"http://b","compression":"zstd"}]}"#,
                "backends[1].compression cannot be used on this host: of the encoders",
            ),
            (
                r#"{"backend":{"url":"http://b","protocol":"grpc"}}"#,
                "backend.protocol cannot be used on this host: its HTTP client gives no trailers",
            ),
        ] {
            let config = parse(json).expect("of the right shape");
            let refused = usable(config).expect_err("refused").to_string();
            assert!(refused.starts_with(wanted), "{refused}");
        }
    }

    #[test]
    fn cumulative_counts_need_an_owner() {
        for (json, key) in [
            (r#"{"backend":{"temporality":"cumulative"}}"#, "backend"),
            (
                r#"{"backends":[{"name":"a"},{"name":"b","temporality":"cumulative"}]}"#,
                "backends[1]",
            ),
        ] {
            let config = parse(json).expect("of the right shape");
            let refused = check_temporality(&config).expect_err("refused").to_string();
            let wanted = format!("THROUGHLINE: {key}.temporality: cumulative counts need an owner");
            assert!(refused.starts_with(&wanted), "{refused}");
        }
    }

    #[test]
    fn what_needs_a_binding_is_refused_without_it() {
        for (json, wanted) in [
            (
                r#"{"ingest":{"rate_limit_by":"client_address"}}"#,
                "THROUGHLINE: ingest.rate_limit_by: it needs a limit of requests",
            ),
            (
                r#"{"backends":[{"name":"a"},{"name":"b","durable":true}]}"#,
                "THROUGHLINE: backends[1].durable: an isolate keeps nothing: bind the queue",
            ),
            (
                r#"{"sampling":{"tail":{}}}"#,
                "THROUGHLINE: sampling.tail: the memory of an isolate ends with a request",
            ),
        ] {
            let config = parse(json).expect("of the right shape");
            let refused = check_bindings(&config, &Bindings::default()).expect_err("refused");
            assert!(refused.to_string().starts_with(wanted), "{refused}");
        }
    }

    #[test]
    fn a_protocol_that_a_worker_does_not_speak_is_refused_with_the_reason() {
        let config = parse(
            r#"{"backend":{"kind":"null"},"proxy":{"routes":[{"path":"/*","upstream":"http://up","upgrades":["websocket","tcp"]}]}}"#,
        );
        let refused = usable(config.expect("of the right shape")).expect_err("refused");
        let wanted = "proxy.routes[0].upgrades[1] cannot be used on this host: a Worker";
        assert!(refused.to_string().contains(wanted), "{refused}");
    }

    #[test]
    fn what_the_operator_set_stays() {
        let config = parse(r#"{"ingest":{"max_body_bytes":1000}}"#).expect("usable");
        assert_eq!(config.ingest.max_body_bytes, 1000);
    }

    #[test]
    fn a_usable_configuration_gives_an_edge() {
        let config = parse(r#"{"open":true,"backend":{"kind":"null"}}"#).expect("usable");
        assert!(usable(config).is_ok());
    }
}
