//! The variables at the top of a dashboard.

use serde::Deserialize;
use serde_json::{Value, json};

/// A choice among the values of a label.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variable {
    name: String,
    title: String,
    /// The selector of the series whose label is read.
    of: String,
    label: String,
    /// Whether one value is chosen, and not any number of them.
    #[serde(default)]
    one: bool,
}

/// The choice of a data source of a type.
pub(super) fn datasource(name: &str, kind: &str, title: &str) -> Value {
    json!({
        "name": name,
        "label": title,
        "type": "datasource",
        "query": kind,
        "options": [],
        "refresh": 1,
        "regex": "",
        "hide": 0,
        "includeAll": false,
        "multi": false,
        "skipUrlSync": false,
    })
}

impl Variable {
    pub(super) fn json(&self) -> Value {
        let query = format!("label_values({}, {})", self.of, self.label);
        let mut variable = json!({
            "name": self.name,
            "label": self.title,
            "type": "query",
            "datasource": { "type": "prometheus", "uid": "${datasource}" },
            "query": { "query": query, "refId": "Variable" },
            "options": [],
            // With the time range: a value that is no longer sent goes away.
            "refresh": 2,
            "regex": "",
            "sort": 1,
            "hide": 0,
            "includeAll": !self.one,
            "multi": !self.one,
            "skipUrlSync": false,
        });
        if !self.one {
            // Also what does not have the label.
            variable["allValue"] = ".*".into();
        }
        variable
    }
}
