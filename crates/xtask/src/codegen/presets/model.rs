//! The facts of a preset as its file has them.

use toml::{Table, Value};

/// The facts of one preset, each with the page that states it.
pub(super) struct Preset {
    /// The name of the file, which is that in the configuration.
    pub(super) name: String,
    pub(super) title: String,
    pub(super) about: String,
    /// The real program that receives from the edge in `cargo xtask test backends`.
    pub(super) program: Option<String>,
    pub(super) address: Address,
    /// Where the address is stated.
    pub(super) address_source: String,
    pub(super) parameters: Vec<Parameter>,
    /// Names of keys that may be left out, and what they are.
    pub(super) optional: Vec<(String, String)>,
    pub(super) headers: Vec<Header>,
    /// The service of AWS for the signature, and where it is stated.
    pub(super) signature: Option<(String, String)>,
    pub(super) takes: Vec<Taken>,
    pub(super) limits: Vec<(String, i64, String)>,
    /// Fields that it takes and does not store, and where that is stated.
    pub(super) drops: Vec<(String, String)>,
    /// The statuses with which it refuses a request for some of its records, and where that is
    /// stated.
    pub(super) refuses: Option<(Vec<i64>, String)>,
    /// The facts of [`FACTS`] that it does not have, each with why, and where that is stated.
    pub(super) none: Vec<(String, String, String)>,
    /// How an address of the operator's must end, where it is not that of the preset.
    pub(super) ends: String,
    /// Ends of addresses that cannot be right, and what is to be written in place of them.
    pub(super) wrong: Vec<(String, String)>,
}

/// Where a backend is.
pub(super) enum Address {
    Own { path: String, wanted: String },
    At(String),
    Regions(Vec<(String, String)>),
}

/// A key that the operator has to give.
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) wanted: String,
    pub(super) one_of: Vec<String>,
}

/// A header of requests.
pub(super) struct Header {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) signal: String,
    pub(super) source: String,
}

/// A key with the values that a backend takes.
pub(super) struct Taken {
    pub(super) key: String,
    pub(super) values: Vec<String>,
    /// Why it takes no others, where its page does not say so plainly.
    pub(super) why: Option<String>,
    pub(super) source: String,
}

impl Preset {
    /// Reads the content of a file.
    pub(super) fn read(name: &str, file: &Table) -> Result<Self, String> {
        only(
            file,
            &[
                "title",
                "about",
                "program",
                "address",
                "parameters",
                "optional",
                "headers",
                "signature",
                "takes",
                "limits",
                "drops",
                "refuses",
                "none",
            ],
        )?;
        let place = table(file, "address")?;
        let address = Address::read(place)?;
        let mut parameters = Vec::new();
        for (name, entry) in entries(file, "parameters")? {
            let one_of = match &address {
                Address::Regions(regions) if name == "region" => {
                    regions.iter().map(|(name, _)| name.clone()).collect()
                }
                _ => texts(entry, "one_of")?,
            };
            parameters.push(Parameter {
                name: name.clone(),
                wanted: text(entry, "wanted")?,
                one_of,
            });
        }
        let mut headers = Vec::new();
        for (name, entry) in entries(file, "headers")? {
            headers.push(Header {
                name: name.clone(),
                value: text(entry, "value")?,
                signal: text(entry, "signal").unwrap_or_default(),
                source: source(entry)?,
            });
        }
        let mut takes = Vec::new();
        for (key, entry) in entries(file, "takes")? {
            takes.push(Taken {
                key: key.clone(),
                values: texts(entry, "values")?,
                why: text(entry, "why").ok(),
                source: source(entry)?,
            });
        }
        // The others depend on the signals.
        takes.sort_by_key(|taken| taken.key != "signals");
        let mut limits = Vec::new();
        for (key, entry) in entries(file, "limits")? {
            let value = entry.get("value").and_then(Value::as_integer);
            let value = value.ok_or_else(|| format!("limits.{key} has no number"))?;
            limits.push((key.clone(), value, source(entry)?));
        }
        let mut drops = Vec::new();
        for (field, entry) in entries(file, "drops")? {
            match field.as_str() {
                EVENT_NAME => drops.push((field.clone(), source(entry)?)),
                _ => return Err(format!("drops.{field}: the edge keeps event_name alone")),
            }
        }
        let optional = entries(file, "optional")?.into_iter();
        let signature = match file.get("signature").and_then(Value::as_table) {
            Some(signature) => Some((text(signature, "service")?, source(signature)?)),
            None => None,
        };
        let refuses = match file.get("refuses").and_then(Value::as_table) {
            Some(refuses) => Some((statuses(refuses)?, source(refuses)?)),
            None => None,
        };
        let mut none = Vec::new();
        for (fact, entry) in entries(file, "none")? {
            none.push((fact.clone(), text(entry, "why")?, source(entry)?));
        }
        let wrong = place.get("wrong").and_then(Value::as_table);
        let wrong = wrong.into_iter().flatten();
        let wrong = wrong.filter_map(|(end, why)| Some((end.clone(), why.as_str()?.to_owned())));
        let preset = Self {
            name: name.into(),
            title: text(file, "title")?,
            about: text(file, "about")?,
            program: text(file, "program").ok(),
            address,
            address_source: source(place)?,
            parameters,
            optional: optional
                .map(|(name, entry)| Ok((name.clone(), text(entry, "wanted")?)))
                .collect::<Result<_, String>>()?,
            headers,
            signature,
            takes,
            limits,
            drops,
            refuses,
            none,
            ends: text(place, "ends").unwrap_or_default(),
            wrong: wrong.collect(),
        };
        preset.check_facts()?;
        Ok(preset)
    }

    /// Each fact is there, or the preset says that there is none.
    fn check_facts(&self) -> Result<(), String> {
        for fact in FACTS {
            let none = self.none.iter().any(|(name, ..)| name == fact);
            match (self.has(fact), none) {
                (false, false) => {
                    return Err(format!(
                        "{fact} is missing: state it, or why there is none in [none.{fact}], with the page that says so"
                    ));
                }
                (true, true) => return Err(format!("[none.{fact}]: there is one")),
                _ => {}
            }
        }
        match self
            .none
            .iter()
            .find(|(name, ..)| !FACTS.contains(&name.as_str()))
        {
            Some((name, ..)) => Err(format!("[none.{name}]: the facts are {}", FACTS.join(", "))),
            None => Ok(()),
        }
    }

    /// Whether it has a fact, or needs none since no metrics go there.
    fn has(&self, fact: &str) -> bool {
        let takes = |key: &str| self.takes.iter().any(|taken| taken.key == key);
        let limits =
            |keys: &[&str]| (self.limits.iter()).any(|(key, ..)| keys.contains(&key.as_str()));
        match fact {
            "authentication" => !self.headers.is_empty() || self.signature.is_some(),
            "encoding" => takes("encoding"),
            "limits" => !self.limits.is_empty(),
            "temporality" | "histogram" => takes(fact) || self.without_metrics().is_some(),
            "truncation" => limits(&["max_attribute_bytes", "max_body_bytes"]),
            "signature" => self.signature.is_some(),
            // A file without an address is not read.
            _ => true,
        }
    }

    /// The page that says which signals it takes, where metrics are none of them.
    pub(super) fn without_metrics(&self) -> Option<&str> {
        let signals = self.takes.iter().find(|taken| taken.key == "signals")?;
        let has_metrics = signals.values.iter().any(|signal| signal == "metrics");
        (!has_metrics).then_some(&signals.source)
    }
}

/// The facts that a backend differs in: each preset has all of them, or says that there is none.
pub(super) const FACTS: [&str; 8] = [
    "address",
    "authentication",
    "encoding",
    "limits",
    "temporality",
    "histogram",
    "truncation",
    "signature",
];

impl Address {
    fn read(place: &Table) -> Result<Self, String> {
        if let Some(regions) = place.get("regions").and_then(Value::as_table) {
            let regions = regions
                .iter()
                .filter_map(|(name, url)| Some((name.clone(), url.as_str()?.to_owned())));
            return Ok(Self::Regions(regions.collect()));
        }
        if let Ok(url) = text(place, "url") {
            return Ok(Self::At(url));
        }
        Ok(Self::Own {
            path: text(place, "path")?,
            wanted: text(place, "wanted")?,
        })
    }
}

/// The field of a log record that the edge repeats as an attribute.
pub(super) const EVENT_NAME: &str = "event_name";

fn only(file: &Table, known: &[&str]) -> Result<(), String> {
    match file.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("{key} is not known")),
        None => Ok(()),
    }
}

fn table<'a>(within: &'a Table, key: &str) -> Result<&'a Table, String> {
    let table = within.get(key).and_then(Value::as_table);
    table.ok_or_else(|| format!("[{key}] is missing"))
}

/// The tables in a table, which may be left out.
fn entries<'a>(file: &'a Table, key: &str) -> Result<Vec<(&'a String, &'a Table)>, String> {
    let entries = file
        .get(key)
        .and_then(Value::as_table)
        .into_iter()
        .flatten();
    entries
        .map(|(name, entry)| match entry.as_table() {
            Some(entry) => Ok((name, entry)),
            None => Err(format!("{key}.{name} is no table")),
        })
        .collect()
}

fn text(table: &Table, key: &str) -> Result<String, String> {
    let text = table.get(key).and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| format!("{key} is missing"))
}

/// The page that states a fact: each has one.
fn source(table: &Table) -> Result<String, String> {
    let source = text(table, "source")?;
    match source.starts_with("https://") {
        true => Ok(source),
        false => Err(format!("{source} is no address of a page")),
    }
}

fn texts(table: &Table, key: &str) -> Result<Vec<String>, String> {
    let list = table
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    list.map(|text| text.as_str().map(str::to_owned))
        .collect::<Option<_>>()
        .ok_or_else(|| format!("{key} is a list of texts"))
}

fn statuses(table: &Table) -> Result<Vec<i64>, String> {
    let list = table.get("statuses").and_then(Value::as_array);
    let list = list.map(|list| list.iter().map(Value::as_integer).collect::<Option<_>>());
    list.flatten()
        .ok_or_else(|| "refuses.statuses is a list of numbers".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A preset with all eight facts, but for what is done to it.
    fn read(change: impl FnOnce(&mut Table)) -> Result<Preset, String> {
        let whole = r#"
            title = "Any"
            about = "Any."
            address = { path = "", wanted = "an address", source = "https://a" }
            headers.key = { value = "{key}", source = "https://a" }
            takes.encoding = { values = ["json"], source = "https://a" }
            takes.temporality = { values = ["delta"], source = "https://a" }
            takes.histogram = { values = ["explicit"], source = "https://a" }
            limits.max_request_bytes = { value = 1, source = "https://a" }
            none.truncation = { why = "nobody says", source = "https://a" }
            none.signature = { why = "the key is all", source = "https://a" }
        "#;
        let mut file: Table = whole.parse().expect("TOML");
        change(&mut file);
        Preset::read("any", &file)
    }

    fn within<'a>(file: &'a mut Table, key: &str) -> &'a mut Table {
        (file.get_mut(key).and_then(Value::as_table_mut)).expect("a table")
    }

    #[test]
    fn each_of_eight_facts_is_there_or_it_is_said_why_not() {
        assert!(read(|_| {}).is_ok());
        for (table, key, fact) in [
            ("headers", "key", "authentication"),
            ("takes", "encoding", "encoding"),
            ("takes", "temporality", "temporality"),
            ("takes", "histogram", "histogram"),
            ("limits", "max_request_bytes", "limits"),
            ("none", "truncation", "truncation"),
            ("none", "signature", "signature"),
        ] {
            let refused = read(|file| drop(within(file, table).remove(key)));
            let why = refused.err().expect(fact);
            assert!(why.starts_with(&format!("{fact} is missing: ")), "{why}");
        }
        assert!(read(|file| drop(file.remove("address"))).is_err());
    }

    #[test]
    fn a_fact_without_the_page_that_states_it_is_refused() {
        let refused =
            read(|file| drop(within(within(file, "none"), "truncation").remove("source")));
        assert_eq!(refused.err().as_deref(), Some("source is missing"));
    }

    #[test]
    fn a_fact_is_not_there_and_missing_at_once() {
        let limit = Table::from_iter([
            ("value".to_owned(), Value::from(1)),
            ("source".to_owned(), Value::from("https://a")),
        ]);
        let both = read(|file| {
            within(file, "limits").insert("max_body_bytes".into(), limit.into());
        });
        assert_eq!(
            both.err().as_deref(),
            Some("[none.truncation]: there is one")
        );
    }
}
