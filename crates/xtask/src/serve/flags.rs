//! Parses the flags of `cargo xtask serve`.

use super::miniflare::Layout;
use crate::failure::Failure;
use crate::worker::Variant;
use std::path::PathBuf;

/// The parsed command line.
#[derive(Debug)]
pub(super) struct Flags {
    pub(super) host: ServedHost,
    pub(super) port: u16,
    /// The limit of a body after decompression, in bytes.
    pub(super) limit: Option<u64>,
    /// Base URL of the OTLP backend.
    pub(super) upstream: Option<String>,
    pub(super) conformance: bool,
    pub(super) open: bool,
    pub(super) config: Option<PathBuf>,
    pub(super) variant: Variant,
    /// The bindings of `wrangler.jsonc`; without it there are none.
    pub(super) bindings: Option<Layout>,
}

/// The host that the edge runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServedHost {
    Native,
    Cloudflare,
    Lambda,
}

impl Flags {
    /// `None` when the task is to print the help.
    pub(super) fn parse(arguments: &[String]) -> Result<Option<Self>, Failure> {
        let mut words = arguments.iter().map(String::as_str);
        let host = match words.next() {
            Some("native") => ServedHost::Native,
            Some("cloudflare") => ServedHost::Cloudflare,
            Some("lambda") => ServedHost::Lambda,
            Some("--help" | "-h") => return Ok(None),
            Some(other) => return Err(usage(&format!("`{other}` is not a host"))),
            None => return Err(usage("name a host")),
        };
        let mut flags = Self {
            host,
            port: 0,
            limit: None,
            upstream: None,
            conformance: false,
            open: false,
            config: None,
            variant: Variant::Shipped,
            bindings: None,
        };
        while let Some(flag) = words.next() {
            let mut value = || {
                words
                    .next()
                    .ok_or_else(|| usage(&format!("{flag} needs a value")))
            };
            match flag {
                "--port" => flags.port = number(flag, value()?)?,
                "--limit" => flags.limit = Some(number(flag, value()?)?),
                "--upstream" => flags.upstream = Some(value()?.to_owned()),
                "--config" => flags.config = Some(PathBuf::from(value()?)),
                "--conformance" => flags.conformance = true,
                "--open" => flags.open = true,
                "--bindings" => flags.bindings = Some(Layout::default()),
                "--without" => {
                    let without = value()?.to_owned();
                    flags.bindings.get_or_insert_default().without.push(without);
                }
                "--durable" => flags.bindings.get_or_insert_default().durable = true,
                "--faults" => flags.bindings.get_or_insert_default().faults = true,
                "--panic-route" => flags.variant = Variant::PanicRoute,
                "--help" | "-h" => return Ok(None),
                _ => return Err(usage(&format!("`{flag}` is not a flag"))),
            }
        }
        if flags.port == 0 {
            return Err(usage("--port is needed"));
        }
        Ok(Some(flags))
    }
}

fn number<N: std::str::FromStr>(flag: &str, text: &str) -> Result<N, Failure> {
    text.parse()
        .map_err(|_| usage(&format!("{flag} {text}: not a valid number")))
}

fn usage(fault: &str) -> Failure {
    Failure::Usage(format!("{fault}\n\n{HELP}"))
}

pub(super) const HELP: &str = "\
cargo xtask serve <native|cloudflare|lambda> --port P [flags]

Builds what is stale, starts the edge on 127.0.0.1:P in the foreground, and prints
`ready http://127.0.0.1:P` when it is ready. Ctrl-C stops it.

  --config FILE    a throughline.toml, overridden by the flags below. Without it no
                   sender is accepted, and telemetry is discarded
  --limit BYTES    body limit after decompression
  --upstream URL   base URL of the OTLP backend (without --config: none, records
                   count as exported)
  --open           accept senders without a key from any origin
  --conformance    respond to POST /test, the service of the W3C trace-context suite
  --bindings       cloudflare only: with the bindings of wrangler.jsonc, by miniflare
  --without NAME   cloudflare only: with all bindings but this
  --durable        cloudflare only: with all bindings, and the queue that is in comments there
  --faults         cloudflare only: with all bindings, and faults for tests
  --panic-route    cloudflare only: a Worker that panics at /panic, for its own test";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Flags>, Failure> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Flags::parse(&words)
    }

    #[test]
    fn a_command_line_is_parsed() {
        let flags = parse("cloudflare --port 9 --limit 10 --open --upstream http://b")
            .expect("valid")
            .expect("not help");
        assert_eq!(flags.host, ServedHost::Cloudflare);
        assert_eq!((flags.port, flags.limit), (9, Some(10)));
        assert_eq!(flags.upstream.as_deref(), Some("http://b"));
        assert!(flags.open && !flags.conformance);
    }

    #[test]
    fn a_wrong_argument_is_named() {
        for (line, expected) in [
            ("", "name a host"),
            ("mars --port 1", "`mars` is not a host"),
            ("native", "--port is needed"),
            ("native --port 70000", "--port 70000"),
            ("native --port", "--port needs a value"),
            ("native --port 1 --loud", "`--loud` is not a flag"),
        ] {
            let message = parse(line).expect_err(line).to_string();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
