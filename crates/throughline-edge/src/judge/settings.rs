//! Settings of tail samplers, as the configuration and the platform have them.

use crate::config::{Config, ConfigError, KeyConfig, TailConfig};
use crate::processor::sample::rules::Rules;
use crate::state::tail::Settings;

/// How many owners elsewhere share the traces, where the platform has such owners: `usual` of
/// them where nothing else is configured.
pub(crate) fn owners(
    config: &TailConfig,
    usual: Option<usize>,
) -> Result<Option<usize>, ConfigError> {
    match (config.owners, usual) {
        (Some(_), None) => Err(ConfigError::Unavailable {
            key: "sampling.tail.owners".into(),
            why: "its own cores share the traces; leave the key out",
        }),
        (Some(0 | MOST_OWNERS..), Some(_)) => Err(ConfigError::Invalid {
            key: "sampling.tail.owners".into(),
            wanted: "1 to 999, such as 8",
        }),
        (own, usual) => Ok(usual.map(|usual| own.unwrap_or(usual))),
    }
}

/// The salt of the hash by which traces are shared out. It is a secret where a project has
/// `secret_keys`: then nobody else can choose ids that all go to one owner. Pages make `keys`
/// public, so with those alone it is none.
pub(super) fn salt(config: &Config) -> u64 {
    let projects = config.projects.iter();
    let keys = projects.flat_map(|project| [&project.secret_keys, &project.keys]);
    let texts = keys.flatten().map(|key| match key {
        KeyConfig::Key(key) => key,
        KeyConfig::Ending(ending) => &ending.key,
    });
    // FNV-1a: <https://www.rfc-editor.org/rfc/rfc9923>
    texts
        .flat_map(|text| text.bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

/// Divisors of the limits of the configuration.
pub(crate) struct Parts {
    pub(crate) rates: usize,
    pub(crate) memory: usize,
}

impl Parts {
    /// Each core has its part of the traces.
    pub(super) const fn cores(cores: usize) -> Self {
        Self {
            rates: cores,
            memory: cores,
        }
    }
}

/// The rules and the settings of a tail sampler that has these parts of the limits.
pub(crate) fn read(config: &TailConfig, parts: &Parts) -> Result<(Rules, Settings), ConfigError> {
    let invalid = |key: &str, wanted| ConfigError::Invalid {
        key: format!("sampling.tail.{key}").into(),
        wanted,
    };
    if config.wait_ms == 0 {
        return Err(invalid("wait_ms", "at least 1, such as 30000"));
    }
    if config.max_bytes < LEAST_BYTES {
        return Err(invalid("max_bytes", "at least 1048576, such as 268435456"));
    }
    let TailConfig {
        probability,
        keep,
        limit,
        ..
    } = config;
    let mut rules = Rules::new("sampling.tail", *probability, keep, limit)?;
    for rate in &mut rules.rates {
        *rate /= parts.rates as f64;
    }
    let settings = Settings {
        wait: config.wait_ms.saturating_mul(1_000_000),
        wait_after_root: config.wait_after_root_ms.saturating_mul(1_000_000),
        max_bytes: config.max_bytes / parts.memory,
        remembered: config.remembered_traces / parts.memory,
        has_floor: true,
    };
    Ok((rules, settings))
}

const LEAST_BYTES: usize = 1 << 20;
/// More than any limit of requests asks for.
const MOST_OWNERS: usize = 1_000;
