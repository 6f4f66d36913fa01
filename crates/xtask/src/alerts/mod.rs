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
mod thresholds;

use crate::command::{command, root, run as run_command};
use crate::failure::Failure;
use series::Series;

/// Replays the days, or records those that a model describes.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    match arguments {
        [flag] if flag == "--replay" => replay::run(),
        [flag, days @ ..] if flag == "--record" => record(days),
        _ => Err(Failure::Usage(
            "cargo xtask alerts --replay | --record [DAY…]\n\n  \
             --replay   replay every day of tests/cases/alerts through the alerting rules: fails when\n             \
             one pages on a good day, or not in time on a bad one, and when half or twice of\n             \
             a threshold would pass, too\n  \
             --record   write the series again of the days that have a [model], or are [recorded] of\n             \
             the edge on a simulated host: of all, or of those named"
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

fn record(names: &[String]) -> Result<(), Failure> {
    let mut days = day::all()?;
    if let Some(unknown) = names
        .iter()
        .find(|name| !days.iter().any(|day| day.name == **name))
    {
        return Err(Failure::Usage(format!(
            "{} has no day {unknown}",
            day::FOLDER
        )));
    }
    days.retain(|day| names.is_empty() || names.contains(&day.name));
    for day in &days {
        let Some(model) = &day.model else { continue };
        let path = day.series_path();
        let series = model::record(model);
        std::fs::write(&path, Series::write(&series)).map_err(Failure::path(&path))?;
        println!("{}: {} series", day.name, series.len());
    }
    let recorded = days.iter().filter(|day| day.recorded.is_some());
    let folders = recorded.map(|day| root().join(day::FOLDER).join(&day.name));
    let folders: Vec<_> = folders.collect();
    if folders.is_empty() {
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
    run_command(command("cargo", &example).args(folders))
}
