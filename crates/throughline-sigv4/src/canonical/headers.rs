//! The canonical headers, and which headers are signed.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// The signed headers in the order of their lowercase names.
pub(crate) struct CanonicalHeaders<'a>(BTreeMap<String, Vec<&'a str>>);

impl<'a> CanonicalHeaders<'a> {
    /// The headers of the request but those that others change on the way.
    pub(crate) fn new(headers: &[(&'a str, &'a str)]) -> Self {
        let mut canonical: BTreeMap<String, Vec<&'a str>> = BTreeMap::new();
        for (name, value) in headers {
            let name = name.to_ascii_lowercase();
            if !UNSIGNED.contains(&name.as_str()) {
                canonical.entry(name).or_default().push(value);
            }
        }
        Self(canonical)
    }

    /// Gives a header the one value that is sent.
    pub(crate) fn set(&mut self, name: &str, value: &'a str) {
        self.0.insert(name.to_owned(), [value].into());
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A line for each name: its values in the order in which they are sent.
    pub(crate) fn lines(&self) -> String {
        let mut text = String::new();
        for (name, values) in &self.0 {
            text.push_str(name);
            text.push(':');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                push_folded(&mut text, value);
            }
            text.push('\n');
        }
        text
    }

    /// The names, joined by `;`.
    pub(crate) fn names(&self) -> String {
        let names: Vec<&str> = self.0.keys().map(String::as_str).collect();
        names.join(";")
    }
}

/// Appends the value without white space at its ends, each run of it inside as one space. A
/// value over several lines (RFC 9112 5.2) becomes one line.
fn push_folded(text: &mut String, value: &str) {
    for (index, word) in value.split_ascii_whitespace().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        text.push_str(word);
    }
}

/// Headers that HTTP libraries and proxies add, change or remove, and the signature's own.
const UNSIGNED: [&str; 6] = [
    "authorization",
    "connection",
    "expect",
    "transfer-encoding",
    "user-agent",
    "x-amzn-trace-id",
];
