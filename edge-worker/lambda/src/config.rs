//! Reads the configuration of a function: TOML, as of the native host.

use crate::host::LambdaHost;
use crate::origin::{self, Origin};
use crate::platform;
use crate::queue::QueueNames;
use core::num::NonZeroUsize;
use http::uri::{Authority, Scheme};
use serde::Deserialize;
use throughline_edge::config::{BackendTemporality, ConfigError, ConfigText, Reference, WrongText};
use throughline_edge::{Config, Edge, Machine};

/// The `[lambda]` table.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LambdaConfig {
    /// Values of the header `x-throughline-origin-secret` that admit a request to the function's
    /// URL: CloudFront adds it. Two, while one takes the place of the other.
    pub(crate) origin_secrets: Vec<String>,
    /// Scheme and host of the site as clients address it; without it those of the function's
    /// URL.
    pub(crate) site: Option<String>,
    /// Whether CloudFront says where a client is, in `CloudFront-Viewer-*`: where its origin
    /// request policy has these headers. Where it has not, a client could send its own.
    pub(crate) viewer_location: bool,
    /// The URL of the queue of SQS for backends with `durable`; without it that of the variable
    /// `THROUGHLINE_QUEUE_URL`.
    pub(crate) queue_url: Option<String>,
    /// The bucket of S3 for messages that are too large for SQS, and for dead letters.
    pub(crate) bucket: Option<String>,
}

/// A function with a URL, as a configuration gives it.
#[derive(Debug)]
pub(crate) struct Configured {
    pub(crate) edge: Edge,
    pub(crate) origin: Origin,
    pub(crate) queue: Option<QueueNames>,
}

/// The edge of a function as `text` configures it.
///
/// # Errors
/// [`WrongText`] names the line and the key; the operator is at fault.
pub(crate) fn configured(text: &str) -> Result<Configured, WrongText> {
    from_text(text, find)
}

/// The edge and the queue of a function that takes messages out of it, as `text` configures them.
///
/// # Errors
/// [`WrongText`] names the line and the key; the operator is at fault.
pub(crate) fn for_consumer(text: &str) -> Result<(Edge, QueueNames), WrongText> {
    consumer_from_text(text, find)
}

/// A function between CloudFront and an origin, as a configuration gives it.
#[derive(Debug)]
pub(crate) struct Origins {
    pub(crate) edge: Edge,
    pub(crate) site: Option<(Scheme, Authority)>,
    pub(crate) queue: Option<QueueNames>,
}

/// The edge of a function at the edge, as `text` configures it.
///
/// # Errors
/// [`WrongText`] names the line and the key; the operator is at fault.
pub(crate) fn for_origins(text: &str) -> Result<Origins, WrongText> {
    origins_from_text(text, find)
}

fn from_text(
    text: &str,
    mut find: impl FnMut(Reference<'_>) -> Result<String, Box<str>>,
) -> Result<Configured, WrongText> {
    let named = find(QUEUE_VARIABLE).ok();
    let text = ConfigText::parse(text, &["lambda"], find)?;
    let Read {
        text,
        edge,
        lambda,
        queue,
    } = read(text, named, |_| Ok(()))?;
    let origin = Origin::new(&lambda).map_err(|error| text.wrong(&error))?;
    Ok(Configured {
        edge,
        origin,
        queue,
    })
}

fn consumer_from_text(
    text: &str,
    mut find: impl FnMut(Reference<'_>) -> Result<String, Box<str>>,
) -> Result<(Edge, QueueNames), WrongText> {
    let named = find(QUEUE_VARIABLE).ok();
    let text = ConfigText::parse(text, &["lambda"], find)?;
    let read = read(text, named, |_| Ok(()))?;
    let queue = read.queue.ok_or(ConfigError::Missing {
        key: "lambda.queue_url".into(),
        wanted: "the queue whose messages this function takes up",
    });
    let queue = queue.map_err(|error| read.text.wrong(&error))?;
    Ok((read.edge, queue))
}

fn origins_from_text(
    text: &str,
    find: impl FnMut(Reference<'_>) -> Result<String, Box<str>>,
) -> Result<Origins, WrongText> {
    let mut text = ConfigText::parse(text, &["lambda"], find)?;
    text.set_default("ingest", "max_body_bytes", TRUNCATED_BYTES);
    let Read {
        text,
        edge,
        lambda,
        queue,
    } = read(text, None, check_for_origins)?;
    let site = origin::site(&lambda).map_err(|error| text.wrong(&error))?;
    Ok(Origins { edge, site, queue })
}

/// The parts that all functions have.
struct Read {
    text: ConfigText,
    edge: Edge,
    lambda: LambdaConfig,
    queue: Option<QueueNames>,
}

/// `queue_url` is that of the environment.
fn read(
    mut text: ConfigText,
    queue_url: Option<String>,
    check_more: fn(&Config) -> Result<(), ConfigError>,
) -> Result<Read, WrongText> {
    for (table, key, bytes) in SMALLER {
        text.set_default(table, key, bytes);
    }
    // The default of the other hosts is what this one has not.
    text.set_default_in_each("proxy", "routes", "upgrades", &Vec::<String>::new().into());
    let (config, mut lambda) = (text.edge()?, text.of_host::<LambdaConfig>("lambda")?);
    lambda.queue_url = lambda.queue_url.or(queue_url);
    let checked = check(&config).and_then(|()| check_more(&config));
    checked.map_err(|error| text.wrong(&error))?;
    let queue = QueueNames::new(&lambda, &config).map_err(|error| text.wrong(&error))?;
    let machine = Machine::of::<LambdaHost>(&config, NonZeroUsize::MIN);
    let edge = Edge::on(machine, config).map_err(|error| text.wrong(&error))?;
    Ok(Read {
        text,
        edge,
        lambda,
        queue,
    })
}

/// Refuses what a function between CloudFront and an origin cannot do.
fn check_for_origins(config: &Config) -> Result<(), ConfigError> {
    let mut routes = config.proxy.routes.iter();
    match routes.position(|route| route.inject.is_some()) {
        None => Ok(()),
        Some(index) => Err(ConfigError::Unavailable {
            key: format!("proxy.routes[{index}].inject").into(),
            why: "Lambda@Edge is not given the bodies of responses: load the script in the page",
        }),
    }
}

/// Refuses what a function cannot do.
fn check(config: &Config) -> Result<(), ConfigError> {
    let one = [("backend".to_owned(), &config.backend)];
    let several = config.backends.iter().enumerate();
    let several = several.map(|(index, backend)| (format!("backends[{index}]"), backend));
    for (section, backend) in one.into_iter().chain(several) {
        if backend.temporality == BackendTemporality::Cumulative {
            return Err(ConfigError::Unavailable {
                key: format!("{section}.temporality").into(),
                why: "cumulative needs a process that lives on, and an instance of a function does not: use delta, or send to the native program and let it export",
            });
        }
    }
    if config.proxy.upgrade_idle_ms
        != throughline_edge::config::ProxyConfig::default().upgrade_idle_ms
    {
        return Err(ConfigError::Unavailable {
            key: "proxy.upgrade_idle_ms".into(),
            why: "a function has no connections that outlive its response: leave it out",
        });
    }
    Ok(())
}

/// Finds the thing that a reference of the configuration names.
fn find(reference: Reference<'_>) -> Result<String, Box<str>> {
    match reference {
        Reference::Variable(name) => platform::variable(name)
            .ok_or_else(|| "is not set in the function's environment".into()),
        Reference::File(path) => platform::read_text(path)
            // An editor ends a file with a line break, which is not part of a secret.
            .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
            .map_err(|thrown| format!("cannot be read: {}", platform::message(&thrown)).into()),
    }
}

/// Defaults of this host, as `(table, key, bytes)`: an instance has one request at a time, and as
/// little as 128 MB. An event has at most 6 MB, of which a compressed body may be the most.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const SMALLER: [(&str, &str, i64); 5] = [
    ("ingest", "max_body_bytes", 8 << 20),
    ("ingest", "max_reading_bytes", 24 << 20),
    ("backend", "max_in_flight_bytes", 16 << 20),
    ("sourcemaps", "max_index_bytes", 4 << 20),
    ("sourcemaps", "cache_bytes", 4 << 20),
];

const QUEUE_VARIABLE: Reference<'_> = Reference::Variable("THROUGHLINE_QUEUE_URL");

/// Bytes of a request's body that Lambda@Edge is given; the rest is cut off.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-lambda-at-edge>
const TRUNCATED_BYTES: i64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    const LAMBDA: &str = "[lambda]\norigin_secrets = [\"0123456789abcdef\"]\n";

    fn parse(text: &str) -> Result<Configured, WrongText> {
        from_text(&format!("{text}\n{LAMBDA}"), |reference| match reference {
            Reference::Variable("TOKEN") => Ok("s3cret".into()),
            Reference::Variable(_) => Err("is not set".into()),
            Reference::File(_) => Err("cannot be read".into()),
        })
    }

    #[test]
    fn a_usable_configuration_gives_an_edge() {
        for text in [
            "[backend]\nkind = \"null\"",
            "[backend]\nurl = \"http://backend\"\nheaders = { a = \"${TOKEN}\" }",
            "[backend]\nkind = \"null\"\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://up\"",
        ] {
            parse(text).expect(text);
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, expected) in [
            ("\n[backnd]", "line 2: backnd: unknown field"),
            (
                "[ingest]\nmax_body_bytes = \"64MB\"",
                "line 2: ingest.max_body_bytes: invalid type",
            ),
            (
                "[backend]\nurl = \"${TOKN}\"",
                "line 2: backend.url: ${TOKN} is not set",
            ),
            ("[backend", "line 1: not TOML at column"),
            (
                "[backend]\nkind = \"null\"\n[sampling.tail]",
                "line 3: sampling.tail cannot be used on this host: its memory ends with a request",
            ),
            (
                "[backend]\nkind = \"null\"\ntemporality = \"cumulative\"",
                "line 3: backend.temporality cannot be used on this host: cumulative needs",
            ),
            (
                "[proxy]\nupgrade_idle_ms = 7",
                "line 2: proxy.upgrade_idle_ms cannot be used on this host: a function has no",
            ),
            (
                "[backend]\nkind = \"null\"\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://up\"\nupgrades = [\"websocket\"]",
                "line 6: proxy.routes[0].upgrades[0] cannot be used on this host: a Lambda function ends",
            ),
            (
                "[backend]\nurl = \"http://b:4317\"\nprotocol = \"grpc\"",
                "line 3: backend.protocol cannot be used on this host: its HTTP client gives no trailers",
            ),
        ] {
            let message = parse(text).expect_err("refused").to_string();
            assert!(message.starts_with(expected), "{message}\n{expected}");
        }
    }

    #[test]
    fn the_queue_is_that_of_the_configuration_or_else_of_the_environment() {
        const DURABLE: &str = "[backend]\nurl = \"http://backend\"\ndurable = true";
        let read = |text: &str, variable: Option<&str>| {
            consumer_from_text(text, |reference| match reference {
                Reference::Variable("THROUGHLINE_QUEUE_URL") => {
                    variable.map(String::from).ok_or("is not set".into())
                }
                _ => Err("is not set".into()),
            })
            .map(|(_, names)| names)
        };
        let queue = |url: &str| format!("{DURABLE}\n[lambda]\nqueue_url = \"{url}\"");
        let (one, other) = ("https://sqs/1/one", "https://sqs/1/other");
        let from_text = read(&queue(one), Some(other)).expect("usable");
        assert_eq!(read(&queue(one), None).expect("usable"), from_text);
        let from_variable = read(DURABLE, Some(other)).expect("usable");
        assert_ne!(from_variable, from_text);
        for (text, expected) in [
            (DURABLE, "lambda.queue_url is missing"),
            ("[backend]\nkind = \"null\"", "lambda.queue_url is missing"),
            (&queue("one"), "line 5: lambda.queue_url cannot"),
        ] {
            let message = read(text, None).expect_err("refused").to_string();
            assert!(message.contains(expected), "{message}");
        }
        let message = parse(DURABLE).expect_err("refused").to_string();
        assert!(message.contains("lambda.queue_url is missing"), "{message}");
    }

    #[test]
    fn at_the_edge_no_secret_is_needed_and_no_script_is_inserted() {
        let origins = |text: &str| origins_from_text(text, |_| Err("is not set".into()));
        let text = "[backend]\nkind = \"null\"\n[[proxy.routes]]\npath = \"/*\"\nupstream = \"http://up\"\n";
        origins(text).expect("usable");
        let inject = format!(
            "{text}inject = {{ script = \"/s.js\", endpoint = \"/_t\", service_name = \"shop\" }}"
        );
        let refused = origins(&inject).expect_err("refused").to_string();
        assert!(refused.contains("inject"), "{refused}");
        let site = format!("[lambda]\nsite = \"shop\"\n{text}");
        let refused = origins(&site).expect_err("refused").to_string();
        assert!(
            refused.starts_with("line 2: lambda.site cannot"),
            "{refused}"
        );
    }

    #[test]
    fn the_table_of_the_host_is_read() {
        for (text, expected) in [
            ("[lambda]", "lambda.origin_secrets is missing"),
            (
                "[lambda]\norigin_secret = \"x\"",
                "line 2: lambda.origin_secret: unknown field",
            ),
            (
                "[lambda]\norigin_secrets = [\"short\"]",
                "line 2: lambda.origin_secrets[0] cannot",
            ),
        ] {
            let text = format!("{text}\n[backend]\nkind = \"null\"");
            let refused = from_text(&text, |_| Err("is not set".into()));
            let message = refused.expect_err("refused").to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
