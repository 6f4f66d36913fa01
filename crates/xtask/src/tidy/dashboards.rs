//! Checks the JSON of Grafana's dashboards: what an import of Grafana silently accepts, and shows as
//! an empty panel.

use super::queries::{names, unknown_names};
use crate::command::root;
use crate::failure::Failure;
use serde_json::Value;
use std::collections::HashSet;

/// The violations, one sentence each.
pub(super) fn check() -> Result<Vec<String>, Failure> {
    let names = names()?;
    let mut wrong = Vec::new();
    let mut uids = HashSet::new();
    let folder = root().join(FOLDER);
    for entry in std::fs::read_dir(&folder).map_err(Failure::path(&folder))? {
        let path = entry.map_err(Failure::path(&folder))?.path();
        let text = std::fs::read_to_string(&path).map_err(Failure::path(&path))?;
        let dashboard: Value = serde_json::from_str(&text)
            .map_err(|error| Failure::Check(format!("{}: {error}", path.display())))?;
        let uid = dashboard["uid"].as_str().unwrap_or_default().to_owned();
        let mut found = of_dashboard(&dashboard, &names);
        if !uids.insert(uid) {
            found.push("its uid is another's too".to_owned());
        }
        let file = path.file_name().unwrap_or_default().display().to_string();
        wrong.extend(
            found
                .into_iter()
                .map(|what| format!("{FOLDER}/{file}: {what}")),
        );
    }
    Ok(wrong)
}

/// The violations in one dashboard; `names` are those of the registry, as Prometheus writes them.
fn of_dashboard(dashboard: &Value, names: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    if dashboard["schemaVersion"]
        .as_u64()
        .is_none_or(|version| version < 39)
    {
        wrong.push("schemaVersion is none of the classic model of today".to_owned());
    }
    let uid = dashboard["uid"].as_str().unwrap_or_default();
    let is_uid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if uid.is_empty() || uid.len() > 40 || !uid.chars().all(is_uid) {
        wrong.push("a uid has 1 to 40 letters, digits, - and _".to_owned());
    }
    // An import asks for what is in the first two; the id is the number in somebody's database.
    for key in ["__inputs", "__requires", "id"] {
        if dashboard.get(key).is_some() {
            wrong.push(format!("`{key}` belongs to an export"));
        }
    }
    let variables: Vec<&str> = (elements(&dashboard["templating"]["list"]))
        .filter_map(|variable| variable["name"].as_str())
        .collect();
    let (mut ids, mut taken) = (HashSet::new(), HashSet::new());
    for panel in elements(&dashboard["panels"]) {
        let title = panel["title"].as_str().unwrap_or_default();
        let mut say = |what: &str| wrong.push(format!("the panel `{title}` {what}"));
        if panel["id"].as_u64().is_none_or(|id| !ids.insert(id)) {
            say("has no id of its own");
        }
        if !takes_its_place(panel, &mut taken) {
            say("lies over another, or beyond the 24 columns");
        }
        if title.is_empty() {
            say("has no title");
        }
        if panel["type"] == "row" {
            continue;
        }
        if panel["description"].as_str().is_none_or(str::is_empty) {
            say("has no description");
        }
        if elements(&panel["targets"]).next().is_none() {
            say("has no query");
        }
        for target in elements(&panel["targets"]) {
            let query = target["expr"].as_str().unwrap_or_default();
            if query.is_empty() {
                say("has an empty query");
            }
            for name in unknown_variables(query, &variables) {
                say(&format!("uses the variable `{name}`, which is not there"));
            }
            for word in unknown_names(query, names) {
                say(&format!("asks for `{word}`, which nothing emits"));
            }
        }
    }
    datasources(dashboard, &mut |uid| {
        let name = uid.strip_prefix("${").and_then(|uid| uid.strip_suffix('}'));
        if !name.is_some_and(|name| variables.contains(&name)) {
            wrong.push(format!("the data source `{uid}` is not a variable"));
        }
    });
    wrong
}

/// Calls `seen` with the uid of each data source that anything in this value names.
fn datasources(value: &Value, seen: &mut impl FnMut(&str)) {
    if let Some(uid) = value.get("datasource") {
        seen(uid["uid"].as_str().unwrap_or_default());
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| datasources(value, seen)),
        Value::Object(values) => values.values().for_each(|value| datasources(value, seen)),
        _ => {}
    }
}

/// Whether the cells of a panel were free.
fn takes_its_place(panel: &Value, taken: &mut HashSet<(u64, u64)>) -> bool {
    let of = |key: &str| panel["gridPos"][key].as_u64();
    let (Some(x), Some(y), Some(width), Some(height)) = (of("x"), of("y"), of("w"), of("h")) else {
        return false;
    };
    let mut is_free = width > 0 && height > 0 && x + width <= 24;
    for row in y..y + height {
        for column in x..x + width {
            is_free &= taken.insert((row, column));
        }
    }
    is_free
}

/// The variables of a query that neither Grafana nor the dashboard has.
fn unknown_variables<'a>(query: &'a str, variables: &[&str]) -> Vec<&'a str> {
    let names = query.split('$').skip(1).map(|text| {
        let text = text.strip_prefix('{').unwrap_or(text);
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        &text[..end.unwrap_or(text.len())]
    });
    names
        .filter(|name| !OF_GRAFANA.contains(name) && !variables.contains(name))
        .collect()
}

fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

const FOLDER: &str = "deploy/grafana/dashboards";
/// <https://grafana.com/docs/grafana/latest/dashboards/variables/add-template-variables/#global-variables>
const OF_GRAFANA: [&str; 3] = ["__rate_interval", "__range", "__interval"];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn dashboard(panel: Value) -> Vec<String> {
        let mut whole = json!({
            "uid": "a", "schemaVersion": 39,
            "templating": { "list": [{ "name": "datasource" }, { "name": "service" }] },
            "panels": [{
                "id": 1, "title": "Panel", "type": "stat", "description": "About it.",
                "gridPos": { "x": 0, "y": 0, "w": 24, "h": 4 },
                "datasource": { "type": "prometheus", "uid": "${datasource}" },
                "targets": [{ "expr": "rate(throughline_edge_records_total{a=\"$service\"}[$__range])" }],
            }],
        });
        if let (Some(to), Some(from)) = (whole["panels"][0].as_object_mut(), panel.as_object()) {
            to.extend(from.clone());
        }
        of_dashboard(&whole, &["throughline_edge_records".to_owned()])
    }

    #[test]
    fn a_dashboard_that_shows_something_is_accepted() {
        assert_eq!(dashboard(json!({})), [""; 0]);
    }

    #[test]
    fn what_would_be_an_empty_panel_is_found() {
        for (panel, violation) in [
            (
                json!({ "gridPos": { "x": 1, "y": 0, "w": 24, "h": 4 } }),
                "lies over another, or beyond the 24 columns",
            ),
            (json!({ "description": "" }), "has no description"),
            (json!({ "targets": [] }), "has no query"),
            (
                json!({ "targets": [{ "expr": "up{a=\"$other\"}" }] }),
                "uses the variable `other`, which is not there",
            ),
            (
                json!({ "targets": [{ "expr": "throughline_edge_losses_total" }] }),
                "asks for `throughline_edge_losses_total`, which nothing emits",
            ),
            (
                json!({ "targets": [{ "expr": "throughline_edge_records_seconds" }] }),
                "asks for `throughline_edge_records_seconds`, which nothing emits",
            ),
        ] {
            assert_eq!(dashboard(panel), [format!("the panel `Panel` {violation}")]);
        }
        assert_eq!(
            dashboard(json!({ "datasource": { "uid": "P1809F7CD0C75ACF3" } })),
            ["the data source `P1809F7CD0C75ACF3` is not a variable"]
        );
    }
}
