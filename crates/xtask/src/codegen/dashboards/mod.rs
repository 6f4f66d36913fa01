//! Generates Grafana's dashboards from the descriptions in `deploy/grafana/source`.
//!
//! A description has what differs between panels: titles, queries, units. Positions, ids and data
//! sources are the same rule for all of them, and a hundred lines of JSON for each panel would hide
//! the query that matters. The model is the classic one with a `schemaVersion`:
//! <https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/>

mod panel;
mod variable;

use super::{Generated, read};
use crate::failure::Failure;
use panel::{Panel, Place};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;
use variable::Variable;

/// The name of a dashboard's description, and of its JSON.
type Names = (&'static str, &'static str);

/// The JSON of every dashboard.
pub(super) fn generated() -> Result<Vec<Generated>, Failure> {
    DASHBOARDS.iter().map(generate).collect()
}

fn generate((source, path): &Names) -> Result<Generated, Failure> {
    let table = read(Path::new(source))?;
    let dashboard: Dashboard = (table.try_into())
        .map_err(|error: toml::de::Error| Failure::Check(format!("{source}: {error}")))?;
    let mut text = serde_json::to_string_pretty(&dashboard.into_json())
        .map_err(|error| Failure::Check(format!("{source}: {error}")))?;
    text.push('\n');
    Ok(Generated { path, source, text })
}

/// A description.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dashboard {
    uid: String,
    title: String,
    about: String,
    /// Whether a panel reads logs.
    #[serde(default)]
    logs: bool,
    #[serde(default)]
    variables: Vec<Variable>,
    panels: Vec<Panel>,
}

impl Dashboard {
    fn into_json(self) -> Value {
        let mut variables = vec![variable::datasource("datasource", "prometheus", "Metrics")];
        if self.logs {
            variables.push(variable::datasource("loki", "loki", "Logs"));
        }
        variables.extend(self.variables.iter().map(Variable::json));
        let mut place = Place::default();
        let panels: Vec<Value> = (self.panels.iter().zip(1..))
            .map(|(panel, id)| panel.json(id, &mut place))
            .collect();
        json!({
            "uid": self.uid,
            "title": self.title,
            "description": self.about,
            "tags": ["throughline"],
            "schemaVersion": SCHEMA_VERSION,
            "version": 1,
            "editable": true,
            "graphTooltip": 1,
            "refresh": "1m",
            "time": { "from": "now-6h", "to": "now" },
            "timezone": "browser",
            "timepicker": {},
            "annotations": { "list": [] },
            "links": [{
                "type": "dashboards", "title": "Throughline", "tags": ["throughline"],
                "asDropdown": true, "includeVars": true, "keepTime": true,
                "targetBlank": false, "icon": "external link", "tooltip": "", "url": "",
            }],
            "templating": { "list": variables },
            "panels": panels,
        })
    }
}

/// Of Grafana 11; later ones migrate it when they load it.
const SCHEMA_VERSION: u32 = 39;
const DASHBOARDS: &[Names] = &[
    (
        "deploy/grafana/source/vitals.toml",
        "deploy/grafana/dashboards/vitals.json",
    ),
    (
        "deploy/grafana/source/requests.toml",
        "deploy/grafana/dashboards/requests.json",
    ),
    (
        "deploy/grafana/source/errors.toml",
        "deploy/grafana/dashboards/errors.json",
    ),
    (
        "deploy/grafana/source/pipeline.toml",
        "deploy/grafana/dashboards/pipeline.json",
    ),
    (
        "deploy/grafana/source/sampling.toml",
        "deploy/grafana/dashboards/sampling.json",
    ),
    (
        "deploy/grafana/source/cost.toml",
        "deploy/grafana/dashboards/cost.json",
    ),
];
