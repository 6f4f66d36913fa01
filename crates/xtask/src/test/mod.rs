//! `cargo xtask test`: runs all tests and counts them.
//!
//! Every step runs, also after a failed one. The output goes to the terminal and is counted
//! on the way.
#![expect(clippy::print_stdout, reason = "a test run reports to the terminal")]

mod count;
mod programs;
mod steps;

use crate::failure::Failure;
use count::Counts;
use std::time::{Duration, Instant};

/// Runs the steps, or those whose name contains an argument; with `--all` the long ones too.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let (flags, names): (Vec<_>, Vec<_>) =
        (arguments.iter()).partition(|argument| argument.starts_with('-'));
    let (is_all, wanted) = match (flags.as_slice(), names.as_slice()) {
        ([], []) => (false, ""),
        ([], [name]) => (false, name.as_str()),
        ([flag], []) if *flag == "--all" => (true, ""),
        ([flag], [name]) if *flag == "--all" => (true, name.as_str()),
        _ => {
            return Err(Failure::Usage(
                "cargo xtask test [--all] [part of a step's name]".to_owned(),
            ));
        }
    };
    let mut steps = steps::regular();
    if is_all {
        steps.extend(steps::long());
    }
    let names: Vec<_> = steps.iter().map(|step| step.name).collect();
    steps.retain(|step| step.name.contains(wanted));
    if steps.is_empty() {
        return Err(Failure::Usage(format!(
            "no step has `{wanted}` in its name; the steps are: {}",
            names.join(", ")
        )));
    }
    let mut reports = Vec::new();
    for step in steps {
        println!("\n── {} ──", step.name);
        let begun = Instant::now();
        let (counts, outcome) = step.run();
        if let Err(failure) = &outcome {
            println!("{}: {failure}", step.name);
        }
        reports.push(Report {
            name: step.name,
            counts,
            failed: outcome.is_err(),
            took: begun.elapsed(),
        });
    }
    summarise(&reports)
}

struct Report {
    name: &'static str,
    counts: Counts,
    failed: bool,
    took: Duration,
}

fn summarise(reports: &[Report]) -> Result<(), Failure> {
    println!();
    let mut total = Counts::default();
    for report in reports {
        let mut counts = report.counts;
        // A step that fails without a failed test (it did not build) counts as one.
        if report.failed && counts.failed == 0 {
            counts.failed = 1;
        } else if !report.failed && counts.is_empty() {
            counts.passed = 1;
        }
        row(report.name, counts, report.took);
        total += counts;
    }
    row(
        "total",
        total,
        reports.iter().map(|report| report.took).sum(),
    );
    let failed: Vec<_> = reports
        .iter()
        .filter(|report| report.failed)
        .map(|report| report.name)
        .collect();
    if !failed.is_empty() {
        println!("\nfailed: {}", failed.join(", "));
    }
    // Programs read the last line, after success and failure.
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 {
        Ok(())
    } else {
        Err(Failure::Printed)
    }
}

fn row(name: &str, counts: Counts, took: Duration) {
    println!(
        "{name:<28} {:>5} passed {:>3} failed {:>3} skipped {:>7.1} s",
        counts.passed,
        counts.failed,
        counts.skipped,
        took.as_secs_f64()
    );
}
