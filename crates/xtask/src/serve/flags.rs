//! What was `cargo xtask serve` asked for?

use crate::failure::Failure;
use crate::worker::Variant;
use std::path::PathBuf;

/// The command line, read.
#[derive(Debug)]
pub(super) struct Flags {
    pub(super) host: ServedHost,
    pub(super) port: u16,
    /// Bytes a body may have after decompression.
    pub(super) limit: Option<u64>,
    /// Base URL of the OTLP backend.
    pub(super) upstream: Option<String>,
    pub(super) conformance: bool,
    pub(super) open: bool,
    pub(super) config: Option<PathBuf>,
    pub(super) variant: Variant,
}

/// Where the edge runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServedHost {
    Native,
    Cloudflare,
}

impl Flags {
    /// `None` when help is wanted.
    pub(super) fn parse(arguments: &[String]) -> Result<Option<Self>, Failure> {
        let mut words = arguments.iter().map(String::as_str);
        let host = match words.next() {
            Some("native") => ServedHost::Native,
            Some("cloudflare") => ServedHost::Cloudflare,
            Some("--help" | "-h") => return Ok(None),
            Some(other) => return Err(usage(&format!("`{other}` is not a host"))),
            None => return Err(usage("which host?")),
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
        .map_err(|_| usage(&format!("{flag} {text}: not a number it can be")))
}

fn usage(fault: &str) -> Failure {
    Failure::Usage(format!("{fault}\n\n{HELP}"))
}

pub(super) const HELP: &str = "\
cargo xtask serve <native|cloudflare> --port P [flags]

Builds what is stale, starts the edge on 127.0.0.1:P in the foreground, and prints
`ready http://127.0.0.1:P` when it answers. Ctrl-C stops it.

  --config FILE    a throughline.toml to start from; the flags below go over it.
                   Without it nobody may send, and what is sent goes nowhere
  --limit BYTES    body limit after decompression
  --upstream URL   base URL of the OTLP backend (without --config: none, records
                   count as exported)
  --open           accept senders without a key from any origin
  --conformance    answer POST /test, the service of the W3C trace-context suite
  --panic-route    cloudflare only: a Worker that panics at /panic, for its own test";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Flags>, Failure> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Flags::parse(&words)
    }

    #[test]
    fn a_whole_command_line() {
        let flags = parse("cloudflare --port 9 --limit 10 --open --upstream http://b")
            .expect("well formed")
            .expect("no help");
        assert_eq!(flags.host, ServedHost::Cloudflare);
        assert_eq!((flags.port, flags.limit), (9, Some(10)));
        assert_eq!(flags.upstream.as_deref(), Some("http://b"));
        assert!(flags.open && !flags.conformance);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, said) in [
            ("", "which host?"),
            ("mars --port 1", "`mars` is not a host"),
            ("native", "--port is needed"),
            ("native --port 70000", "--port 70000"),
            ("native --port", "--port needs a value"),
            ("native --port 1 --loud", "`--loud` is not a flag"),
        ] {
            let message = parse(line).expect_err(line).to_string();
            assert!(message.starts_with(said), "{message}");
        }
    }
}
