//! Replays the days through the rules, by `promtool test rules`: the engine of Prometheus itself, with
//! a clock of its own.
#![expect(clippy::print_stdout, reason = "a report for the terminal")]

use super::day::{self, Day, MINUTES, Page};
use super::rules::{self, Alert};
use super::series::Series;
use super::thresholds;
use crate::backends;
use crate::command::{command, root, run as run_command};
use crate::failure::Failure;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

/// Replays every day.
pub(super) fn run() -> Result<(), Failure> {
    let promtool = backends::program("promtool");
    if !promtool.is_file() {
        return Err(Failure::Missing {
            program: promtool.display().to_string(),
            remedy: "run `cargo xtask backends`, which builds it".to_owned(),
        });
    }
    let (alerts, days) = (rules::read()?, day::all()?);
    let wrong = unproven(&alerts, &days);
    if !wrong.is_empty() {
        return Err(Failure::Check(wrong.join("\n  ")));
    }
    for day in &days {
        println!("{:<29} {}", day.name, shown(day));
    }
    let (all, files) = (days.iter().collect::<Vec<_>>(), rules::files()?);
    run_command(&mut promtool_of(&all, &files, &alerts)?)?;
    thresholds::run(&alerts, &days)
}

/// The command that replays days through files of rules.
pub(super) fn promtool_of(
    days: &[&Day],
    rules: &[PathBuf],
    alerts: &[Alert],
) -> Result<Command, Failure> {
    let folder = root().join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(Failure::path(&folder))?;
    let mut arguments = vec!["test".to_owned(), "rules".to_owned()];
    for day in days {
        let path = day.series_path();
        let text = std::fs::read_to_string(&path).map_err(Failure::path(&path))?;
        let series = Series::read(&text)
            .ok_or_else(|| Failure::Check(format!("{} is no series", path.display())))?;
        let tests = json!({
            "rule_files": rules,
            "evaluation_interval": "1m",
            "tests": [test(day, &series, alerts)],
        });
        // JSON is YAML.
        let file = folder.join(format!("{}.yaml", day.name));
        std::fs::write(&file, tests.to_string()).map_err(Failure::path(&file))?;
        arguments.push(file.display().to_string());
    }
    let promtool = backends::program("promtool").display().to_string();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    Ok(command(&promtool, &arguments))
}

/// The alerts that page without a proof, one sentence each. A model knows what its author thought of; so the
/// days that permit an alert to page are recorded ones.
pub(super) fn unproven(alerts: &[Alert], days: &[Day]) -> Vec<String> {
    let mut wrong = Vec::new();
    let good = (days.iter()).filter(|day| day.is_recorded() && day.pages.is_empty());
    if good.count() < GOOD_DAYS {
        wrong.push(format!(
            "there are no {GOOD_DAYS} good days in {} that are recorded",
            day::FOLDER
        ));
    }
    for alert in alerts.iter().filter(|alert| alert.pages()) {
        let recorded = days.iter().filter(|day| day.is_recorded());
        let mut pages = recorded.flat_map(|day| &day.pages);
        if !pages.any(|page| page.alert == alert.name) {
            wrong.push(format!(
                "no recorded day of {} proves that {} pages when it should: add one, or make its severity `ticket`",
                day::FOLDER,
                alert.name
            ));
        }
    }
    let named = days.iter().flat_map(|day| {
        let pages = day.pages.iter().map(|page| &page.alert);
        pages.chain(&day.near)
    });
    for name in named {
        if !(alerts.iter()).any(|alert| alert.pages() && alert.name == *name) {
            wrong.push(format!("{name} is no alert that pages"));
        }
    }
    wrong
}

/// The test of a day.
fn test(day: &Day, series: &[Series], alerts: &[Alert]) -> Value {
    let series: Vec<Value> = (series.iter())
        .map(|series| json!({ "series": series.name, "values": series.values() }))
        .collect();
    let mut expected = Vec::new();
    for alert in alerts.iter().filter(|alert| alert.pages()) {
        let pages = day.pages.iter().filter(|page| page.alert == alert.name);
        let mut silent_until = MINUTES - 1;
        for page in pages {
            silent_until = silent_until.min(page.begins);
            expected.push(fired(&alert.name, page.begins + page.within, true));
            let fires = [(page.lasts, true), (page.over, false)];
            expected.extend(fires.iter().filter_map(|(minute, does)| {
                minute.map(|minute| fires_at(&alert.name, minute, *does))
            }));
        }
        expected.push(fired(&alert.name, silent_until, false));
    }
    json!({
        "name": format!("{}: {}", day.name, day.about),
        "interval": "1m",
        "input_series": series,
        "promql_expr_test": expected,
    })
}

/// Whether an alert has fired until a minute of the day.
fn fired(alert: &str, minute: usize, has: bool) -> Value {
    let firing = format!(r#"ALERTS{{alertname="{alert}",alertstate="firing"}}"#);
    json!({
        "expr": format!("(count(count_over_time({firing}[1d])) or vector(0)) > bool 0"),
        "eval_time": format!("{minute}m"),
        "exp_samples": [{ "labels": "{}", "value": u8::from(has) }],
    })
}

/// Whether an alert fires in a minute of the day.
fn fires_at(alert: &str, minute: usize, does: bool) -> Value {
    json!({
        "expr": format!(r#"count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)"#),
        "eval_time": format!("{minute}m"),
        "exp_samples": [{ "labels": "{}", "value": u8::from(does) }],
    })
}

fn shown(day: &Day) -> String {
    if day.pages.is_empty() {
        return "good: nobody is paged".to_owned();
    }
    let pages = day.pages.iter().map(|page| {
        let (hour, minute) = (page.begins / 60, page.begins % 60);
        let Page { alert, within, .. } = page;
        format!("{alert} within {within} min of {hour:02}:{minute:02}")
    });
    format!("bad: {}", pages.collect::<Vec<_>>().join(", "))
}

const FOLDER: &str = "target/alerts";
/// One good day could be good by chance.
const GOOD_DAYS: usize = 2;
