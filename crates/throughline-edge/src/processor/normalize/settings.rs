//! The configuration of the stage as types.

use super::browser::{Browser, LocationHeaders, Synthetic, synthetic};
use super::limits::Limits;
use crate::config::{BotsAction, Config, ConfigError, LocationDetail};
use throughline_semconv::older::is_older;

/// The settings of the two stages.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(super) names: bool,
    pub(super) keep_names: Vec<Box<str>>,
    pub(super) limits: Limits,
    pub(super) browser: bool,
    pub(super) location: LocationDetail,
    pub(super) location_headers: LocationHeaders,
    pub(super) marks_bots: bool,
    drops_bots: bool,
    /// How many templates a project has; 0 when none are learned.
    pub(super) most_routes: usize,
}

impl Settings {
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        let has_trusted_proxies = !config.trusted_proxies.is_empty();
        let config = &config.normalize;
        for (index, name) in config.keep_names.iter().enumerate() {
            if !is_older(name) {
                return Err(ConfigError::Invalid {
                    key: format!("normalize.keep_names[{index}]").into(),
                    wanted: "an older name of the semantic conventions, such as peer.service",
                });
            }
        }
        let keep_names = config.keep_names.iter();
        Ok(Self {
            names: config.names,
            keep_names: keep_names.map(|name| name.as_str().into()).collect(),
            limits: Limits::new(&config.limits),
            browser: config.browser,
            location: config.location,
            location_headers: LocationHeaders::parse(
                &config.location_headers,
                has_trusted_proxies,
            )?,
            marks_bots: config.bots != BotsAction::Keep,
            most_routes: if config.routes { config.max_routes } else { 0 },
            drops_bots: config.bots == BotsAction::Drop,
        })
    }

    /// Whether an export request of this browser's pages is dropped.
    pub(crate) fn drops(&self, browser: &Browser, request: &[u8]) -> bool {
        self.drops_bots
            && match browser.synthetic() {
                Some(Synthetic::Bot) => true,
                Some(Synthetic::Test) => false,
                None => synthetic::pages_say_bot(request),
            }
    }
}
