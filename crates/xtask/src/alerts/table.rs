//! The table of alerts in docs/runbooks/README.md, which has to say what the rules say.

use super::rules::Alert;
use crate::command::root;
use crate::failure::Failure;

/// The violations, one sentence each.
pub(super) fn check(alerts: &[Alert]) -> Result<Vec<String>, Failure> {
    let path = root().join(TABLE);
    let text = std::fs::read_to_string(&path).map_err(Failure::path(&path))?;
    Ok(differences(&text, alerts))
}

fn differences(text: &str, alerts: &[Alert]) -> Vec<String> {
    let expected: Vec<String> = alerts.iter().map(row).collect();
    let rows: Vec<&str> = (text.lines())
        .filter(|line| line.starts_with("| ["))
        .collect();
    let missing = expected.iter().filter(|row| !rows.contains(&row.as_str()));
    let mut wrong: Vec<String> = missing
        .map(|row| format!("{TABLE} has no row `{row}`, as the rules have it"))
        .collect();
    let unknown = rows
        .iter()
        .filter(|row| !expected.iter().any(|of| of == *row));
    wrong.extend(unknown.map(|row| format!("{TABLE} has `{row}`, which is in no rule")));
    wrong
}

/// The row of an alert.
fn row(alert: &Alert) -> String {
    let (name, file) = (&alert.name, alert.runbook_file());
    let (severity, owner) = (&alert.severity, &alert.owner);
    format!("| [{name}]({file}) | {severity} | {owner} |")
}

const TABLE: &str = "docs/runbooks/README.md";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::rules;

    #[test]
    fn a_row_that_differs_from_the_rules_is_named() {
        let alerts = rules::read().expect("rules");
        let rows: Vec<String> = alerts.iter().map(row).collect();
        assert!(differences(&rows.join("\n"), &alerts).is_empty());
        let other = rows
            .join("\n")
            .replace("| page | service |", "| page | platform |");
        let wrong = differences(&other, &alerts);
        assert_eq!(wrong.len(), 2, "{wrong:?}");
        assert!(wrong.iter().all(|of| of.contains("ServiceErrorBudgetBurn")));
    }
}
