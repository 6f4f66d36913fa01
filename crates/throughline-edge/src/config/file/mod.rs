//! A configuration as TOML text: its references replaced, its faults with their lines.
//!
//! The edge's own keys stand beside tables of the host's, such as `[native]` or `[lambda]`.

mod lines;

use lines::Lines;

use super::{
    Config, ConfigError, Reference, UnreadableKey, fill_in_presets, from_value, replace_references,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};
use toml::de::{DeTable, DeValue};

/// A configuration as TOML text, parsed.
#[derive(Debug, Clone)]
pub struct ConfigText {
    table: Map<String, Value>,
    /// The same with its references.
    written: Map<String, Value>,
    /// The tables of the host, which are not the edge's.
    of_host: &'static [&'static str],
    lines: Lines,
}

impl ConfigText {
    /// Parses a text, and replaces its references by what `find` says of them. `of_host` names
    /// the tables of the host.
    ///
    /// # Errors
    /// [`WrongText`] names the line and the key; the operator is at fault.
    pub fn parse(
        text: &str,
        of_host: &'static [&'static str],
        mut find: impl FnMut(Reference<'_>) -> Result<String, Box<str>>,
    ) -> Result<Self, WrongText> {
        let parsed = DeTable::parse(text).map_err(|error| not_toml(text, &error))?;
        let written = table(parsed.get_ref());
        let (mut table, lines) = (written.clone(), Lines::of(text));
        for (key, value) in &mut table {
            replace_references(key, value, &mut find).map_err(|wrong| lines.locate(wrong))?;
        }
        Ok(Self {
            table,
            written,
            of_host,
            lines,
        })
    }

    /// Sets a key of a table that the operator has not set. A value that is not a table stays,
    /// and is refused by name.
    pub fn set_default(&mut self, table: &str, key: &str, value: impl Into<Value>) {
        let table = (self.table.entry(table)).or_insert_with(|| Map::new().into());
        if let Value::Object(table) = table {
            table.entry(key).or_insert_with(|| value.into());
        }
    }

    /// Sets a key of each table in a list of tables, where the operator has not set it.
    pub fn set_default_in_each(&mut self, table: &str, list: &str, key: &str, value: &Value) {
        let list = (self.table.get_mut(table)).and_then(|table| table.get_mut(list));
        for element in list.and_then(Value::as_array_mut).into_iter().flatten() {
            if let Value::Object(element) = element {
                element.entry(key).or_insert_with(|| value.clone());
            }
        }
    }

    /// The edge's keys.
    ///
    /// # Errors
    /// [`WrongText`] names the line and the key; the operator is at fault.
    pub fn edge(&self) -> Result<Config, WrongText> {
        let mut table = self.table.clone();
        table.retain(|name, _| !self.of_host.contains(&name.as_str()));
        let config = Config::from_value(table.into(), self.of_host);
        config.map_err(|wrong| self.lines.locate(wrong))
    }

    /// The keys of a table of the host, which may be left out.
    ///
    /// # Errors
    /// [`WrongText`] names the line and the key; the operator is at fault.
    pub fn of_host<T: DeserializeOwned>(&self, name: &str) -> Result<T, WrongText> {
        let table = self.table.get(name).cloned();
        let table = table.unwrap_or_else(|| Map::new().into());
        from_value(&table, &[]).map_err(|UnreadableKey { key, reason }| {
            let key = match key.as_str() {
                "." => name.into(),
                key => format!("{name}.{key}"),
            };
            self.lines.locate(UnreadableKey { key, reason })
        })
    }

    /// All keys as they were written, with their references.
    pub const fn written(&self) -> &Map<String, Value> {
        &self.written
    }

    /// All keys with their values: those that were written, and those that presets fill in.
    ///
    /// # Errors
    /// [`WrongText`] names the line and the key; the operator is at fault.
    pub fn filled_in(&self) -> Result<Value, WrongText> {
        let mut table = Value::Object(self.table.clone());
        fill_in_presets(&mut table).map_err(|wrong| self.lines.locate(wrong))?;
        Ok(table)
    }

    /// The line of a key, counted from 1, where it is known.
    pub fn line_of(&self, key: &str) -> Option<usize> {
        self.lines.line_of(key)
    }

    /// The fault of a key of this text that the edge has found.
    pub fn wrong(&self, error: &ConfigError) -> WrongText {
        WrongText::Unusable {
            line: self.lines.line_of(error.key()),
            why: error.to_string().into(),
        }
    }
}

/// A fault in a configuration. The operator is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WrongText {
    /// Not TOML.
    #[error("line {line}: not TOML at column {column}: {reason}")]
    Toml {
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// The parser's message.
        reason: Box<str>,
    },
    /// An unknown key, or one with an invalid value. The message does not show the value: it may
    /// be a secret.
    #[error("{}{key}: {reason}", place(.line))]
    Key {
        /// The line, counted from 1, where it is known.
        line: Option<usize>,
        /// The key's path.
        key: Box<str>,
        /// The reason.
        reason: Box<str>,
    },
    /// A key whose value cannot be used.
    #[error("{}{why}", place(.line))]
    Unusable {
        /// The line, counted from 1, where it is known.
        line: Option<usize>,
        /// The key, and what its value should be.
        why: Box<str>,
    },
}

impl WrongText {
    /// The line of the fault, counted from 1, where it is known.
    pub const fn line(&self) -> Option<usize> {
        match self {
            WrongText::Toml { line, .. } => Some(*line),
            WrongText::Key { line, .. } | WrongText::Unusable { line, .. } => *line,
        }
    }
}

fn place(line: &Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!("line {line}: "))
}

/// The values of a table. Those of JSON, whose deserializer is in every host already; TOML has
/// times besides, which no key of the configuration has.
fn table(parsed: &DeTable<'_>) -> Map<String, Value> {
    let entries = parsed.iter();
    entries
        .map(|(name, entry)| (name.get_ref().to_string(), value(entry.get_ref())))
        .collect()
}

fn value(parsed: &DeValue<'_>) -> Value {
    match parsed {
        DeValue::String(text) => Value::from(&**text),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::from(number.as_str()), Value::from),
        DeValue::Float(number) => (number.as_str().parse().ok())
            .and_then(Number::from_f64)
            .map_or_else(|| Value::from(number.as_str()), Value::Number),
        DeValue::Boolean(is) => Value::from(*is),
        DeValue::Datetime(time) => Value::from(time.to_string()),
        DeValue::Array(list) => list
            .iter()
            .map(|element| value(element.get_ref()))
            .collect(),
        DeValue::Table(entries) => Value::Object(table(entries)),
    }
}

/// The location of a syntax error. toml's own message shows the whole line, and with it perhaps a
/// secret.
fn not_toml(text: &str, error: &toml::de::Error) -> WrongText {
    let at = error.span().map_or(0, |span| span.start);
    let before = text.get(..at).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before.get(line_start..).unwrap_or_default();
    WrongText::Toml {
        line: before.matches('\n').count() + 1,
        column: column.chars().count() + 1,
        reason: error.message().lines().next().unwrap_or_default().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_is_read() {
        let text = "a = 0x_ff\nb = [1_000, -2]\nc = 1.5e-1\nd = true\ne = \"x\"\nf = { g.h = 1 }\ni = 1979-05-27\nj = inf";
        let text = ConfigText::parse(&text.replace("0x_ff", "0xff"), &["native"], |_| {
            Err("none".into())
        });
        let expected = serde_json::json!({
            "a": 255, "b": [1000, -2], "c": 0.15, "d": true, "e": "x", "f": { "g": { "h": 1 } },
            "i": "1979-05-27", "j": "inf",
        });
        assert_eq!(Value::Object(text.expect("TOML").table), expected);
    }
}
