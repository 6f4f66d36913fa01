//! Proves that each threshold of an alert that pages is where it has to be: with half or twice of it, a recorded
//! day goes wrong.
#![expect(clippy::print_stdout, reason = "a report for the terminal")]

use super::day::Day;
use super::replay;
use super::rules::{self, Alert};
use crate::backends;
use crate::command::{command, root};
use crate::failure::Failure;
use std::path::PathBuf;

/// Replays, for half and for twice each threshold, the recorded days that the alert pages on or comes close to.
pub(super) fn run(alerts: &[Alert], days: &[Day]) -> Result<(), Failure> {
    let mut loose = Vec::new();
    for path in rules::files()? {
        let text = std::fs::read_to_string(&path).map_err(Failure::path(&path))?;
        for alert in alerts.iter().filter(|alert| alert.pages()) {
            let Some(rule) = rule_of(&text, &alert.name) else {
                continue;
            };
            let concerned: Vec<&Day> = (days.iter().filter(|day| day.is_recorded()))
                .filter(|day| {
                    day.near.contains(&alert.name)
                        || day.pages.iter().any(|page| page.alert == alert.name)
                })
                .collect();
            for threshold in thresholds(rule) {
                for factor in [0.5, 2.0] {
                    let other = threshold.times(factor);
                    let changed = text.replace(rule, &rule.replace(&threshold.text, &other));
                    let file = changed_file(&changed)?;
                    let promtool = backends::program("promtool").display().to_string();
                    let file_name = file.display().to_string();
                    let valid = command(&promtool, &["check", "rules", &file_name]).output();
                    if !valid.map_err(Failure::path(&file))?.status.success() {
                        return Err(Failure::Check(format!("`{other}` makes no valid rule")));
                    }
                    let mut replayed = replay::promtool_of(&concerned, &[file], alerts)?;
                    let output = replayed.output().map_err(Failure::path(&path))?;
                    let name = &alert.name;
                    match output.status.success() {
                        true => loose.push(format!(
                            "no recorded day goes wrong when {name} has `{other}` in place of `{}`: add one that does",
                            threshold.text
                        )),
                        false => println!("{name}: `{other}` is wrong on a recorded day"),
                    }
                }
            }
        }
    }
    match loose.is_empty() {
        true => Ok(()),
        false => Err(Failure::Check(loose.join("\n  "))),
    }
}

/// A number that decides whether an alert fires.
#[derive(Debug, PartialEq)]
struct Threshold {
    /// The number with its comparison, such as `> 0.02`, or a range such as `[15m]`.
    text: String,
    number: f64,
    kind: Kind,
}

#[derive(Debug, PartialEq)]
enum Kind {
    /// A number behind this comparison.
    Compared(&'static str),
    /// Minutes.
    Range,
}

impl Threshold {
    /// The text with another number.
    fn times(&self, factor: f64) -> String {
        let number = self.number * factor;
        match self.kind {
            Kind::Compared(comparison) => format!("{comparison}{number}"),
            // Half a minute is written in seconds.
            Kind::Range => format!("[{}s]", number * 60.0),
        }
    }
}

/// The text of the rule of an alert.
fn rule_of<'a>(text: &'a str, alert: &str) -> Option<&'a str> {
    let begins = text.find(&format!("- alert: {alert}\n"))?;
    let rule = &text[begins..];
    let end = rule[1..].find("      - ").map_or(rule.len(), |end| end + 1);
    Some(&rule[..end])
}

/// The numbers that something is compared with, and where that is 0, the minutes over which it is.
fn thresholds(rule: &str) -> Vec<Threshold> {
    let mut found: Vec<Threshold> = Vec::new();
    for comparison in [" > ", " < ", " == "] {
        for (at, _) in rule.match_indices(comparison) {
            let number = leading_number(&rule[at + comparison.len()..]);
            let threshold = match number.parse() {
                Ok(0.0) => range_before(&rule[..at]),
                Ok(value) => Some(Threshold {
                    text: format!("{comparison}{number}"),
                    number: value,
                    kind: Kind::Compared(comparison),
                }),
                Err(_) => None,
            };
            found.extend(threshold.filter(|one| !found.contains(one)));
        }
    }
    found
}

fn leading_number(text: &str) -> &str {
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.');
    &text[..end.unwrap_or(text.len())]
}

/// The last range of minutes in a text.
fn range_before(text: &str) -> Option<Threshold> {
    let begins = text.rfind('[')?;
    let minutes = leading_number(&text[begins + 1..]);
    Some(Threshold {
        text: format!("[{minutes}m]"),
        number: minutes.parse().ok()?,
        kind: Kind::Range,
    })
}

/// The file with changed rules, for promtool.
fn changed_file(text: &str) -> Result<PathBuf, Failure> {
    let file = root().join("target/alerts/changed-rules.yaml");
    std::fs::write(&file, text).map_err(Failure::path(&file))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_what_something_is_compared_with() {
        let text = "\
      - alert: One
        expr: |
          a:ratio > 14.4 * 0.001 and b > 14.4 * 0.001
          and (sum(increase(c[15m])) or vector(0)) == 0
      - alert: Two
        expr: d > 7
";
        let rule = rule_of(text, "One").expect("a rule");
        let found = thresholds(rule);
        let texts: Vec<&str> = found.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(texts, [" > 14.4", "[15m]"]);
        assert_eq!(found[0].times(2.0), " > 28.8");
        assert_eq!(found[1].times(0.5), "[450s]");
        assert_eq!(
            rule_of(text, "Two"),
            Some("- alert: Two\n        expr: d > 7\n")
        );
    }
}
