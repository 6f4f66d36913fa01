//! `cargo xtask alerts`: proves the thresholds of alerts by days that are replayed.
//!
//! An alert that pages somebody is silent on every good day of `tests/cases/alerts`, and fires in time
//! on a bad one. Some of the days are drawn by a model, others recorded of the edge itself; these alone let
//! an alert page.
#![expect(clippy::print_stdout, reason = "a report for the terminal")]

mod day;
mod model;
mod random;
mod replay;
pub(crate) mod rules;
mod series;
mod table;

use crate::command::{command, root, run as run_command};
use crate::failure::Failure;
use series::Series;

/// Replays the days, or records those that a model describes.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    match arguments {
        [flag] if flag == "--replay" => replay::run(),
        [flag] if flag == "--record" => record(),
        _ => Err(Failure::Usage(
            "cargo xtask alerts --replay | --record\n\n  \
             --replay   replay every day of tests/cases/alerts through the alerting rules: fails when\n             \
             one pages on a good day, or not in time on a bad one\n  \
             --record   write the series again of the days that have a [model], or are [recorded] of
             \
             the edge on a simulated host"
                .to_owned(),
        )),
    }
}

/// The violations of the rules for alerts, one sentence each.
pub(crate) fn check() -> Result<Vec<String>, Failure> {
    let (alerts, days) = (rules::read()?, day::all()?);
    let mut wrong = rules::check(&alerts);
    wrong.extend(table::check(&alerts)?);
    wrong.extend(replay::unproven(&alerts, &days));
    Ok(wrong)
}

fn record() -> Result<(), Failure> {
    let days = day::all()?;
    for day in &days {
        let Some(model) = &day.model else { continue };
        let path = day.series_path();
        let series = model::record(model);
        std::fs::write(&path, Series::write(&series)).map_err(Failure::path(&path))?;
        println!("{}: {} series", day.name, series.len());
    }
    if days.iter().all(|day| day.recorded.is_none()) {
        return Ok(());
    }
    // Compiled for speed: 35,000 requests come on a day.
    let example = [
        "run",
        "--quiet",
        "--release",
        "--package",
        "throughline-testkit",
        "--example",
        "alert_days",
    ];
    run_command(command("cargo", &example).arg(root().join(day::FOLDER)))
}
