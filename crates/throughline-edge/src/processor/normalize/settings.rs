//! The configuration of the stage as types.

use super::limits::Limits;
use crate::config::{ConfigError, NormalizeConfig};
use throughline_semconv::older::is_older;

/// What the stage does.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(super) names: bool,
    pub(super) keep_names: Vec<Box<str>>,
    pub(super) limits: Limits,
}

impl Settings {
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(config: &NormalizeConfig) -> Result<Self, ConfigError> {
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
        })
    }
}
