//! Checks the names of metrics in queries of Prometheus: those of rules, and of the documentation.

use crate::alerts;
use crate::codegen;
use crate::command::root;
use crate::failure::Failure;
use std::path::Path;

/// The violations, one sentence each.
pub(super) fn check() -> Result<Vec<String>, Failure> {
    let mut names = names()?;
    let expressions = alerts::rules::expressions()?;
    // `level:metric:operations`, of which the middle is a word of its own.
    let recorded = expressions.iter().filter(|(name, _)| name.contains(':'));
    names.extend(recorded.filter_map(|(name, _)| name.split(':').nth(1).map(str::to_owned)));
    let mut wrong = Vec::new();
    for (rule, query) in &expressions {
        let unknown = unknown_names(query, &names);
        wrong.extend(
            unknown
                .iter()
                .map(|word| format!("the rule {rule} asks for `{word}`, which nothing emits")),
        );
    }
    for folder in ["docs", "docs/runbooks"] {
        let path = root().join(folder);
        for entry in std::fs::read_dir(&path).map_err(Failure::path(&path))? {
            let file = entry.map_err(Failure::path(&path))?.path();
            if file.extension().is_some_and(|extension| extension == "md") {
                wrong.extend(of_page(&file, &names)?);
            }
        }
    }
    Ok(wrong)
}

/// The violations in the blocks of PromQL in a page.
fn of_page(file: &Path, names: &[String]) -> Result<Vec<String>, Failure> {
    let text = std::fs::read_to_string(file).map_err(Failure::path(file))?;
    let blocks = text.split("```promql\n").skip(1);
    let queries = blocks.filter_map(|rest| rest.split("```").next());
    let unknown = queries.flat_map(|query| unknown_names(query, names));
    let shown = file.strip_prefix(root()).unwrap_or(file).display();
    Ok(unknown
        .map(|word| format!("{shown}: a query asks for `{word}`, which nothing emits"))
        .collect())
}

/// The names of the registry, as Prometheus writes them.
pub(super) fn names() -> Result<Vec<String>, Failure> {
    let registry = codegen::registry()?.into_iter();
    Ok(registry.map(|(name, _)| name.replace('.', "_")).collect())
}

/// The words of a query that look like a name of ours and are none.
pub(super) fn unknown_names<'a>(query: &'a str, names: &[String]) -> Vec<&'a str> {
    let is_in_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = query.split(|c: char| !is_in_word(c));
    words
        .filter(|word| word.starts_with(PREFIX) && *word != PREFIX)
        .filter(|word| {
            !names.iter().any(|name| {
                let suffix = word.strip_prefix(name.as_str());
                suffix.is_some_and(|suffix| SUFFIXES.contains(&suffix))
            })
        })
        .collect()
}

const PREFIX: &str = "throughline_";
/// The endings that Prometheus adds to a name for its unit and kind:
/// <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/>
const SUFFIXES: [&str; 10] = [
    "",
    "_total",
    "_count",
    "_bucket",
    "_bytes",
    "_bytes_total",
    "_seconds_count",
    "_seconds_bucket",
    "_milliseconds_count",
    "_milliseconds_bucket",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_metric_of_a_rule_is_named_and_a_recording_rule_is_known() {
        let names = [
            "throughline_edge_records".to_owned(),
            "throughline_records_lost".to_owned(),
        ];
        let query = r#"job:throughline_records_lost:ratio_rate10m > 1 and throughline_edge_recods_total{a="b"}"#;
        assert_eq!(
            unknown_names(query, &names),
            ["throughline_edge_recods_total"]
        );
    }
}
