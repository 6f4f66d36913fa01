//! `preset` of a backend: what is known of the systems that people send to.
//!
//! A preset fills in the keys of a backend that the operator has not written, from the facts in
//! the files beside this one, which `cargo xtask codegen` turns into a table. It works on the
//! values of the configuration before they are read into types: whatever is filled in is checked
//! as if the operator had written it.

mod facts;
#[rustfmt::skip]
mod generated;
mod template;
#[cfg(test)]
mod tests;

use super::UnreadableKey;
use facts::{Address, Facts};
pub use generated::BackendPreset;
use generated::PRESETS;
use serde_json::{Map, Value};

/// Fills in what the presets of a configuration's backends say.
///
/// # Errors
/// [`UnreadableKey`] names a key that a preset needs, or one whose value the backend does not
/// take. The operator is at fault.
pub fn fill_in_presets(config: &mut Value) -> Result<(), UnreadableKey> {
    if let Some(Value::Object(backend)) = config.get_mut("backend") {
        fill_in("backend", backend)?;
    }
    let backends = config.get_mut("backends").and_then(Value::as_array_mut);
    for (index, backend) in backends.into_iter().flatten().enumerate() {
        if let Value::Object(backend) = backend {
            fill_in(&format!("backends[{index}]"), backend)?;
        }
    }
    Ok(())
}

fn fill_in(section: &str, backend: &mut Map<String, Value>) -> Result<(), UnreadableKey> {
    let facts = match backend.get("preset") {
        // Whoever reads the types refuses what is no text, and a name that is not known.
        Some(preset) if !preset.is_null() => {
            PRESETS.iter().find(|facts| preset == facts.name).copied()
        }
        _ => Some(NONE),
    };
    let Some(facts) = facts else {
        return Ok(());
    };
    let mut preset = Preset {
        section,
        facts: &facts,
        backend,
    };
    preset.refuse_foreign_parameters()?;
    preset.refuse_scheme()?;
    preset.refuse_url()?;
    preset.choose()?;
    preset.refuse_protocol()?;
    preset.limit()?;
    preset.refuse_records();
    preset.address()?;
    preset.sign()?;
    preset.add_headers()
}

/// Whether the value of a header is no secret, as a preset knows.
pub(super) fn is_plain_header(name: &str) -> bool {
    let mut headers = PRESETS.iter().flat_map(|facts| facts.headers);
    headers.any(|header| header.name.eq_ignore_ascii_case(name) && header.is_plain())
}

impl BackendPreset {
    /// Whether it receives OTLP/gRPC too.
    pub(super) fn takes_grpc(self) -> bool {
        let takes = PRESETS
            .get(self as usize)
            .map_or(&[][..], |facts| facts.takes);
        takes
            .iter()
            .any(|(key, taken)| *key == "protocol" && taken.contains(&"grpc"))
    }

    /// Whether the backend takes log records with an event's name and does not store the name.
    pub(crate) fn drops_event_name(self) -> bool {
        let facts = PRESETS.get(self as usize);
        facts.is_some_and(|facts| facts.drops_event_name)
    }
}

/// A backend whose preset is filled in.
struct Preset<'a> {
    section: &'a str,
    facts: &'a Facts,
    backend: &'a mut Map<String, Value>,
}

impl Preset<'_> {
    fn refuse_foreign_parameters(&self) -> Result<(), UnreadableKey> {
        let facts = self.facts;
        for name in PARAMETERS {
            let mut required = facts.parameters.iter().map(|parameter| parameter.name);
            let is_taken = required.any(|taken| taken == name) || facts.optional.contains(&name);
            if is_taken || self.set(name).is_none() {
                continue;
            }
            return Err(self.wrong(
                name,
                match facts.name {
                    "" => "only a backend with a preset has it".into(),
                    _ => format!("{} does not use it: leave it out", facts.title),
                },
            ));
        }
        Ok(())
    }

    /// Refuses a key that is given as it stands in a header: the preset writes the word before it.
    fn refuse_scheme(&self) -> Result<(), UnreadableKey> {
        let key = self.text("key").unwrap_or_default().trim();
        let word = key.split_once(' ').map(|(word, _)| word);
        let word = word.and_then(|word| {
            (SCHEMES.iter()).find(|scheme| scheme.eq_ignore_ascii_case(word.trim_end_matches(':')))
        });
        match word {
            None => Ok(()),
            Some(word) => {
                let reason = format!(
                    "write the key alone, without the word {word} in front of it: the preset writes the header"
                );
                Err(self.wrong("key", reason))
            }
        }
    }

    /// Refuses an address of the operator's that cannot be right.
    fn refuse_url(&self) -> Result<(), UnreadableKey> {
        let Some(url) = self.text("url").map(|url| url.trim_end_matches('/')) else {
            return Ok(());
        };
        let facts = self.facts;
        if let Some((end, instead)) = facts.wrong.iter().find(|(end, _)| url.ends_with(end)) {
            return Err(self.wrong("url", format!("{end} is {instead}")));
        }
        // An address of the edge's own kind is refused with what is to be written.
        let is_of_signal = SIGNALS
            .iter()
            .any(|signal| url.ends_with(&format!("/v1/{signal}")));
        if !url.ends_with(facts.ends) && !is_of_signal {
            let (end, title) = (facts.ends, facts.title);
            let reason = format!(
                "the address of {title} ends in {end}: write it to its end, or leave it out"
            );
            return Err(self.wrong("url", reason));
        }
        Ok(())
    }

    /// Sets the keys with a choice of values, or refuses a value that the backend does not take.
    fn choose(&mut self) -> Result<(), UnreadableKey> {
        for (key, taken) in self.facts.takes {
            let is_taken = |value: &Value| value.as_str().is_none_or(|text| taken.contains(&text));
            match self.set(key) {
                Some(Value::Array(list)) if list.is_empty() => {}
                Some(Value::Array(list)) if list.iter().all(is_taken) => continue,
                Some(value) if !value.is_array() && is_taken(value) => continue,
                Some(_) => {
                    let taken = taken.join(" and ");
                    return Err(self.wrong(key, format!("{} takes {taken}", self.facts.title)));
                }
                None if matches!(*key, "temporality" | "histogram") && !self.takes("metrics") => {
                    continue;
                }
                None => {}
            }
            let value = match *key {
                "signals" => Value::from(*taken),
                _ => taken.first().copied().into(),
            };
            self.backend.insert((*key).into(), value);
        }
        Ok(())
    }

    /// Refuses gRPC where the facts are about OTLP/HTTP alone.
    fn refuse_protocol(&self) -> Result<(), UnreadableKey> {
        let facts = self.facts;
        let is_said = facts.takes.iter().any(|(key, _)| *key == "protocol");
        match self.text("protocol") {
            Some("grpc") if !is_said && !facts.name.is_empty() => {
                let title = facts.title;
                let reason = format!(
                    "the preset of {title} is for http; for grpc write url and headers without it"
                );
                Err(self.wrong("protocol", reason))
            }
            _ => Ok(()),
        }
    }

    /// Sets the limits, or refuses one that is larger than that of the backend.
    fn limit(&mut self) -> Result<(), UnreadableKey> {
        for (key, most) in self.facts.limits {
            match self.set(key).map(Value::as_u64) {
                // Whoever reads the types refuses what is no number.
                Some(None) => {}
                Some(Some(limit)) if (1..=*most).contains(&limit) => {}
                Some(_) => {
                    let title = self.facts.title;
                    return Err(self.wrong(key, format!("{title} takes {most} at most")));
                }
                None => {
                    self.backend.insert((*key).into(), (*most).into());
                }
            }
        }
        Ok(())
    }

    /// Sets the statuses that are about records, unless the operator has.
    fn refuse_records(&mut self) {
        let statuses = self.facts.refuses_with;
        if !statuses.is_empty() && self.set("refuses_records_with").is_none() {
            let key = String::from("refuses_records_with");
            self.backend.insert(key, statuses.into());
        }
    }

    /// Sets the address, unless the operator has written one.
    fn address(&mut self) -> Result<(), UnreadableKey> {
        match self.facts.address {
            Address::Own { path, wanted } => {
                if self.set("url").is_none() && !self.facts.name.is_empty() {
                    return Err(self.needed("url", wanted));
                }
                self.append(path);
            }
            _ if self.set("url").is_some() => {}
            Address::At(template) => {
                // All keys of an address are required.
                let url = self.expand(template)?.unwrap_or_default();
                self.backend.insert("url".into(), url.into());
            }
            Address::Regions(regions) => {
                let region = self.parameter("region")?.unwrap_or_default();
                let url = regions.iter().find(|(name, _)| *name == region);
                let url = url.map_or("", |(_, url)| *url);
                self.backend.insert("url".into(), url.into());
            }
        }
        Ok(())
    }

    /// Sets the address of each signal below `path`, where the operator's address has not that
    /// path already.
    fn append(&mut self, path: &str) {
        let base = self.text("url").unwrap_or_default();
        let base = base.trim_end_matches('/').to_owned();
        if base.ends_with(path) {
            return;
        }
        for signal in SIGNALS {
            if self.takes(signal)
                && let Some(own) = self.table(signal)
            {
                let url = format!("{base}{path}/v1/{signal}");
                own.entry("url").or_insert_with(|| url.into());
            }
        }
    }

    /// Names region and service of the signature, unless the operator authenticates in a header.
    fn sign(&mut self) -> Result<(), UnreadableKey> {
        let service = self.facts.service;
        if service.is_empty() || self.has_header("headers", "authorization") {
            return Ok(());
        }
        let region = self.parameter("region")?.unwrap_or_default().to_owned();
        let title = self.facts.title;
        if self.set("sigv4").is_none() {
            return Err(self.needed("sigv4", KEYS_OF_AWS));
        }
        let Some(sigv4) = self.table("sigv4") else {
            return Ok(());
        };
        sigv4.entry("region").or_insert_with(|| region.into());
        let signed = sigv4.entry("service").or_insert_with(|| service.into());
        if signed.as_str().is_some_and(|signed| signed != service) {
            return Err(self.wrong("sigv4.service", format!("{title} takes {service}")));
        }
        Ok(())
    }

    /// Adds the headers that the operator has not written.
    fn add_headers(&mut self) -> Result<(), UnreadableKey> {
        for header in self.facts.headers {
            let is_written = self.has_header("headers", header.name)
                || self.has_header(header.signal, header.name);
            let is_needed = header.signal.is_empty() || self.takes(header.signal);
            if is_written || !is_needed {
                continue;
            }
            let Some(value) = self.expand(header.value)? else {
                continue;
            };
            let headers = match header.signal {
                "" => self.table("headers"),
                signal => self.table(signal).and_then(|own| table(own, "headers")),
            };
            if let Some(headers) = headers {
                headers.insert(header.name.into(), value.into());
            }
        }
        Ok(())
    }

    /// Whether the operator has written a header: in `headers`, or in those of a signal.
    fn has_header(&self, key: &str, name: &str) -> bool {
        let written = self.set(key);
        let written = match key {
            "headers" => written,
            _ => written.and_then(|signal| signal.get("headers")),
        };
        let names = written.and_then(Value::as_object).into_iter().flatten();
        names
            .into_iter()
            .any(|(own, _)| own.eq_ignore_ascii_case(name))
    }

    /// Whether a signal goes there.
    fn takes(&self, signal: &str) -> bool {
        let signals = self.set("signals").and_then(Value::as_array);
        signals.is_none_or(|signals| signals.is_empty() || signals.iter().any(|own| own == signal))
    }

    /// A key that the operator has set, or the preset.
    fn set(&self, key: &str) -> Option<&Value> {
        self.backend.get(key).filter(|value| !value.is_null())
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.set(key).and_then(Value::as_str)
    }

    /// A table below the backend; `None` where something else is in its place.
    fn table(&mut self, key: &str) -> Option<&mut Map<String, Value>> {
        table(self.backend, key)
    }

    /// The value of a key of the operator's; `None` where it may be left out, and is.
    fn parameter(&self, name: &str) -> Result<Option<&str>, UnreadableKey> {
        let mut parameters = self.facts.parameters.iter();
        let parameter = parameters.find(|parameter| parameter.name == name);
        let value = self
            .text(name)
            .map(str::trim)
            .filter(|text| !text.is_empty());
        let Some(parameter) = parameter else {
            return Ok(value);
        };
        let list = parameter.one_of.join(", ");
        if let (Some(region), "region", true) = (value, name, list.is_empty())
            && !template::is_label(region)
        {
            let wanted = parameter.wanted;
            return Err(self.wrong(
                name,
                format!("write its name alone, and no address: {wanted}"),
            ));
        }
        match value {
            None if list.is_empty() => Err(self.needed(name, parameter.wanted)),
            None => Err(self.needed(name, &format!("{}, one of {list}", parameter.wanted))),
            Some(value) if !list.is_empty() && !parameter.one_of.contains(&value) => {
                let title = self.facts.title;
                Err(self.wrong(name, format!("{title} has one of {list}")))
            }
            value => Ok(value),
        }
    }

    fn needed(&self, key: &str, wanted: &str) -> UnreadableKey {
        self.wrong(key, format!("{} needs it: {wanted}", self.facts.title))
    }

    fn wrong(&self, key: &str, reason: String) -> UnreadableKey {
        UnreadableKey {
            key: format!("{}.{key}", self.section),
            reason,
        }
    }
}

fn table<'a>(within: &'a mut Map<String, Value>, key: &str) -> Option<&'a mut Map<String, Value>> {
    let entry = within.entry(key).or_insert(Value::Null);
    if entry.is_null() {
        *entry = Map::new().into();
    }
    entry.as_object_mut()
}

/// A backend without a preset.
const NONE: Facts = Facts {
    name: "",
    title: "",
    address: Address::Own {
        path: "",
        wanted: "",
    },
    ends: "",
    wrong: &[],
    parameters: &[],
    optional: &[],
    headers: &[],
    service: "",
    takes: &[],
    limits: &[],
    drops_event_name: false,
    refuses_with: &[],
};

/// The keys of a backend that presets alone use.
const PARAMETERS: [&str; 9] = [
    "region",
    "site",
    "key",
    "user",
    "tenant",
    "dataset",
    "log_group",
    "log_stream",
    "dsn",
];

/// The words that stand before a key in a header.
const SCHEMES: [&str; 5] = ["Bearer", "Basic", "ApiKey", "Token", "Authorization"];
const SIGNALS: [&str; 3] = ["traces", "logs", "metrics"];
const KEYS_OF_AWS: &str =
    "{ access_key = \"${AWS_ACCESS_KEY_ID}\", secret_key = \"${AWS_SECRET_ACCESS_KEY}\" }";
