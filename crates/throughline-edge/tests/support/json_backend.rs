//! A backend that reads JSON, and what it received of a metric.

use serde_json::Value;
use throughline_edge::config::{
    BackendCompression, BackendConfig, BackendEncoding, BackendTemporality,
};
use throughline_testkit::recorder::Received;

/// A backend that reads JSON.
pub(crate) fn backend(authority: &str, temporality: BackendTemporality) -> BackendConfig {
    BackendConfig {
        url: Some(format!("http://{authority}")),
        encoding: BackendEncoding::Json,
        compression: BackendCompression::None,
        temporality,
        ..BackendConfig::default()
    }
}

/// The data of a metric that a backend received, with the name of its kind.
pub(crate) fn of_metric(received: &[Received], name: &str) -> Vec<(String, Value)> {
    let metrics = received
        .iter()
        .filter(|request| request.path.ends_with("metrics"));
    let requests =
        metrics.map(|request| serde_json::from_slice::<Value>(&request.body).expect("JSON"));
    let groups = requests.flat_map(|request| list(&request["resourceMetrics"]));
    let scopes = groups.flat_map(|group| list(&group["scopeMetrics"]));
    let all = scopes.flat_map(|scope| list(&scope["metrics"]));
    let wanted = all.filter(|metric| metric["name"] == name);
    wanted
        .flat_map(|metric| {
            let kinds = ["histogram", "exponentialHistogram", "sum", "gauge"].into_iter();
            kinds.filter_map(move |kind| Some((kind.to_owned(), metric.get(kind)?.clone())))
        })
        .collect()
}

/// The elements of a list; none where there is no list.
pub(crate) fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}
