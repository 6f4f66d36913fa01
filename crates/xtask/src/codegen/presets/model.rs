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
        Ok(Self {
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
        })
    }
}

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
