//! The panels of a dashboard: their place, their queries, and how they are drawn.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A panel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Panel {
    title: String,
    about: String,
    kind: Kind,
    /// In columns, of which a row has 24.
    width: u32,
    #[serde(default = "Panel::height")]
    height: u32,
    /// Grafana's id of the unit: `s`, `reqps`, `percentunit`.
    #[serde(default = "Panel::unit")]
    unit: String,
    decimals: Option<u32>,
    /// The greatest value of the axis.
    max: Option<f64>,
    /// The values from which on the colour is yellow, and red. The first is the greater one where
    /// less is worse.
    limits: Option<(f64, f64)>,
    #[serde(default)]
    stacked: bool,
    /// Of a table: units of columns.
    #[serde(default)]
    columns: Vec<Column>,
    /// Of a table: the column by which it is sorted, greatest first.
    sorted_by: Option<String>,
    #[serde(default)]
    queries: Vec<Query>,
}

/// How a panel is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Row,
    Stat,
    Timeseries,
    Bargauge,
    Table,
    Logs,
}

/// A query, in PromQL or LogQL.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    expr: String,
    #[serde(default)]
    legend: String,
    #[serde(default)]
    logs: bool,
    #[serde(default)]
    exemplars: bool,
}

/// A column of a table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    /// The label, or the letter of the query: `A`.
    of: String,
    title: String,
    unit: Option<String>,
}

/// The place of the next panel.
#[derive(Debug, Default)]
pub(super) struct Place {
    x: u32,
    y: u32,
    /// The height of the highest panel of the line.
    height: u32,
}

impl Place {
    fn take(&mut self, width: u32, height: u32) -> Value {
        if self.x + width > COLUMNS {
            self.x = 0;
            self.y += self.height;
            self.height = 0;
        }
        let position = json!({ "x": self.x, "y": self.y, "w": width, "h": height });
        self.x += width;
        self.height = self.height.max(height);
        position
    }
}

impl Panel {
    const fn height() -> u32 {
        8
    }

    fn unit() -> String {
        "short".to_owned()
    }

    pub(super) fn json(&self, id: u32, place: &mut Place) -> Value {
        let mut panel = json!({
            "id": id,
            "title": self.title,
            "type": self.kind.grafana(),
            "gridPos": place.take(self.width, self.height),
        });
        if self.kind == Kind::Row {
            panel["collapsed"] = false.into();
            panel["panels"] = json!([]);
            return panel;
        }
        panel["description"] = self.about.as_str().into();
        panel["datasource"] = datasource(self.queries.iter().all(|query| query.logs));
        let targets = (self.queries.iter().zip('A'..)).map(|(query, id)| self.target(query, id));
        panel["targets"] = targets.collect();
        panel["fieldConfig"] = self.field_config();
        panel["options"] = self.options();
        if self.kind == Kind::Table {
            panel["transformations"] = self.transformations();
        }
        panel
    }

    fn target(&self, query: &Query, id: char) -> Value {
        let is_range = matches!(self.kind, Kind::Timeseries | Kind::Logs);
        let mut target = json!({
            "refId": id.to_string(),
            "datasource": datasource(query.logs),
            "expr": query.expr.trim(),
            "legendFormat": query.legend,
        });
        if query.logs {
            target["queryType"] = if is_range { "range" } else { "instant" }.into();
        } else {
            target["range"] = is_range.into();
            target["instant"] = (!is_range).into();
            target["exemplar"] = query.exemplars.into();
            let format = if self.kind == Kind::Table {
                "table"
            } else {
                "time_series"
            };
            target["format"] = format.into();
        }
        target
    }

    fn field_config(&self) -> Value {
        let mut defaults = Map::new();
        defaults.insert("unit".to_owned(), self.unit.as_str().into());
        if let Some(decimals) = self.decimals {
            defaults.insert("decimals".to_owned(), decimals.into());
        }
        if self.kind != Kind::Logs {
            defaults.insert("min".to_owned(), 0.into());
        }
        if let Some(max) = self.max {
            defaults.insert("max".to_owned(), max.into());
        }
        if let Some((yellow, red)) = self.limits {
            let colors = if yellow < red {
                ["green", "yellow", "red"]
            } else {
                ["red", "yellow", "green"]
            };
            let (first, second) = (yellow.min(red), yellow.max(red));
            defaults.insert("color".to_owned(), json!({ "mode": "thresholds" }));
            defaults.insert(
                "thresholds".to_owned(),
                json!({ "mode": "absolute", "steps": [
                    { "color": colors[0], "value": null },
                    { "color": colors[1], "value": first },
                    { "color": colors[2], "value": second },
                ]}),
            );
        } else {
            defaults.insert("color".to_owned(), json!({ "mode": "palette-classic" }));
        }
        if self.kind == Kind::Timeseries {
            let stacking = if self.stacked { "normal" } else { "none" };
            let fill = if self.stacked { 40 } else { 0 };
            defaults.insert(
                "custom".to_owned(),
                json!({
                    "drawStyle": "line", "lineWidth": 1, "fillOpacity": fill,
                    "showPoints": "never", "spanNulls": false,
                    "stacking": { "mode": stacking, "group": "A" },
                }),
            );
        }
        let overrides: Vec<Value> = self.columns.iter().filter_map(Column::unit).collect();
        json!({ "defaults": defaults, "overrides": overrides })
    }

    fn options(&self) -> Value {
        let reduce = json!({ "calcs": ["lastNotNull"], "fields": "", "values": false });
        match self.kind {
            Kind::Row => json!({}),
            Kind::Stat => json!({
                "colorMode": "value", "graphMode": "none", "justifyMode": "auto",
                "orientation": "auto", "textMode": "auto", "reduceOptions": reduce,
                "wideLayout": true, "showPercentChange": false,
                "percentChangeColorMode": "standard",
            }),
            Kind::Timeseries => json!({
                "legend": { "displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": [] },
                "tooltip": { "mode": "multi", "sort": "desc" },
            }),
            Kind::Bargauge => json!({
                "displayMode": "basic", "orientation": "horizontal", "showUnfilled": true,
                "valueMode": "color", "reduceOptions": reduce, "namePlacement": "auto",
                "sizing": "auto", "minVizWidth": 8, "minVizHeight": 16, "maxVizHeight": 300,
                "legend": { "displayMode": "list", "placement": "bottom", "showLegend": false, "calcs": [] },
            }),
            Kind::Table => {
                let sort = self.sorted_by.iter();
                let sort: Vec<Value> = sort
                    .map(|title| json!({ "displayName": title, "desc": true }))
                    .collect();
                json!({ "frameIndex": 0, "showHeader": true, "cellHeight": "sm", "sortBy": sort })
            }
            Kind::Logs => json!({
                "showTime": true, "wrapLogMessage": true, "enableLogDetails": true,
                "sortOrder": "Descending", "dedupStrategy": "none", "prettifyLogMessage": false,
                "showLabels": false, "showCommonLabels": false, "showLogContextToggle": false,
            }),
        }
    }

    /// Joins the queries of a table by their labels, and names the columns in their order.
    fn transformations(&self) -> Value {
        let mut names = Map::new();
        let mut order = Map::new();
        for (column, index) in self.columns.iter().zip(0..) {
            let field = column.field(self.queries.len());
            names.insert(field.clone(), column.title.as_str().into());
            order.insert(field, json!(index));
        }
        json!([
            { "id": "merge", "options": {} },
            { "id": "organize", "options": {
                "excludeByName": { "Time": true },
                "indexByName": order,
                "renameByName": names,
            }},
        ])
    }
}

impl Kind {
    const fn grafana(self) -> &'static str {
        match self {
            Kind::Row => "row",
            Kind::Stat => "stat",
            Kind::Timeseries => "timeseries",
            Kind::Bargauge => "bargauge",
            Kind::Table => "table",
            Kind::Logs => "logs",
        }
    }
}

impl Column {
    /// The name of the field: Grafana writes `Value #A` where there are several queries.
    fn field(&self, queries: usize) -> String {
        match (self.of.len(), queries) {
            (1, 1) => "Value".to_owned(),
            (1, _) => format!("Value #{}", self.of),
            _ => self.of.clone(),
        }
    }

    fn unit(&self) -> Option<Value> {
        let unit = self.unit.as_ref()?;
        Some(json!({
            "matcher": { "id": "byName", "options": self.title },
            "properties": [{ "id": "unit", "value": unit }],
        }))
    }
}

fn datasource(is_logs: bool) -> Value {
    if is_logs {
        json!({ "type": "loki", "uid": "${loki}" })
    } else {
        json!({ "type": "prometheus", "uid": "${datasource}" })
    }
}

const COLUMNS: u32 = 24;
