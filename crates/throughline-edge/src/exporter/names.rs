//! Checks the names of several backends, and what they say of each other and of projects.

use super::backend::Backend;
use crate::config::{Config, ConfigError};

/// Checks the names, and resolves which backend gets what another one does not take.
///
/// # Errors
/// [`ConfigError`] names the key that is wrong; the operator is at fault.
pub(super) fn resolve(config: &Config, backends: &mut [Backend]) -> Result<(), ConfigError> {
    if !config.backends.is_empty() && config.backend.url.is_some() {
        return Err(ConfigError::Invalid {
            key: "backend".into(),
            wanted: "left out beside [[backends]]: write it as one of them",
        });
    }
    let sections = config.backends();
    let position = |name: &str| {
        sections
            .iter()
            .position(|(_, backend)| backend.name == name)
    };
    for (index, (section, backend)) in sections.iter().enumerate() {
        let invalid = |key: &str, wanted| ConfigError::Invalid {
            key: format!("{section}.{key}").into(),
            wanted,
        };
        if !config.backends.is_empty() && backend.name.trim().is_empty() {
            return Err(invalid(
                "name",
                "a name for messages and counts, such as tempo",
            ));
        }
        if position(&backend.name) != Some(index) {
            return Err(invalid("name", "a name that no other backend has"));
        }
        for (at, name) in backend.projects.iter().enumerate() {
            if !config.projects.iter().any(|project| project.name == *name) {
                let key = format!("projects[{at}]");
                return Err(invalid(&key, "the name of one of [[projects]]"));
            }
        }
        let Some(name) = &backend.dead_letters_to else {
            continue;
        };
        let to = position(name).filter(|to| *to != index);
        let to = to.ok_or_else(|| invalid("dead_letters_to", OTHER_BACKEND))?;
        let is_last = sections
            .get(to)
            .is_some_and(|(_, backend)| backend.dead_letters_to.is_none());
        if !is_last {
            return Err(invalid(
                "dead_letters_to",
                "a backend without dead_letters_to of its own",
            ));
        }
        if let Some(backend) = backends.get_mut(to) {
            if backend.is_durable {
                return Err(ConfigError::Invalid {
                    key: format!("backends[{to}].durable").into(),
                    wanted: "left out: what another backend did not take is sent at once",
                });
            }
            backend.is_for_dead_letters = true;
        }
        if let Some(backend) = backends.get_mut(index) {
            backend.dead_letters_to = Some(to);
        }
    }
    if backends.iter().all(|backend| backend.is_for_dead_letters) {
        return Err(ConfigError::Invalid {
            key: "backends".into(),
            wanted: "at least one backend that is in no dead_letters_to",
        });
    }
    Ok(())
}

const OTHER_BACKEND: &str = "the name of another one of [[backends]]";
