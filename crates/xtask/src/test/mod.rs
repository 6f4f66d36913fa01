//! `cargo xtask test`: runs all tests and counts them.
//!
//! Every step runs, also after a failed one. The output goes to the terminal and is counted
//! on the way.
#![expect(clippy::print_stdout, reason = "a test run reports to the terminal")]

mod beside;
mod count;
mod programs;
mod results;
mod shop;
mod steps;

use crate::failure::Failure;
use count::Counts;
use results::Results;
use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use steps::Phase;

/// Runs the steps, or those whose name contains an argument; with `--all` the long ones too, and
/// without it those that a name means which no other step has.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let (flags, names): (Vec<_>, Vec<_>) =
        (arguments.iter()).partition(|argument| argument.starts_with('-'));
    let (is_all, wanted) = match (flags.as_slice(), names.as_slice()) {
        ([], []) => (false, ""),
        ([], [name]) => (false, name.as_str()),
        ([flag], []) if *flag == "--all" => (true, ""),
        ([flag], [name]) if *flag == "--all" => (true, name.as_str()),
        ([flag], [name]) if *flag == beside::FLAG => return beside::run_one(name),
        _ => {
            return Err(Failure::Usage(
                "cargo xtask test [--all] [part of a step's name]".to_owned(),
            ));
        }
    };
    let mut phases = steps::regular();
    let is_regular = |name: &str| name.contains(wanted);
    if is_all || !phases.iter().flat_map(Phase::names).any(is_regular) {
        phases.push(Phase::of(steps::long()));
    }
    let names: Vec<_> = phases.iter().flat_map(Phase::names).collect();
    for phase in &mut phases {
        phase.first.retain(|step| step.name.contains(wanted));
        for row in &mut phase.beside {
            row.retain(|step| step.name.contains(wanted));
        }
    }
    phases.retain(|phase| phase.names().next().is_some());
    if phases.is_empty() {
        return Err(Failure::Usage(format!(
            "no step has `{wanted}` in its name; the steps are: {}",
            names.join(", ")
        )));
    }
    let begun = Instant::now();
    let reports: Vec<_> = phases.into_iter().flat_map(run_phase).collect();
    summarise(&reports, begun.elapsed())
}

/// Runs the steps of a phase.
fn run_phase(mut phase: Phase) -> Vec<Report> {
    // What runs alone has the terminal.
    if phase.first.is_empty() {
        phase.first.extend(phase.beside.drain(..).flatten());
    }
    let Phase { first, beside } = phase;
    let (ended, reports_beside) = mpsc::channel();
    let rows: Vec<_> = (beside.into_iter())
        .map(|row| {
            let ended = ended.clone();
            thread::spawn(move || {
                for step in row {
                    let begun = Instant::now();
                    let (output, outcome) = beside::run(step.name);
                    // The receiver is gone only after a panic.
                    let _ = ended.send((step.name, begun.elapsed(), output, outcome));
                }
            })
        })
        .collect();
    drop(ended);
    let report_beside = |(name, took, output, outcome): (_, _, String, _)| {
        println!("\n── {name} ──\n{output}");
        Report::of(name, Results::of_output(&output), &outcome, took)
    };
    let mut reports = Vec::new();
    for step in first {
        println!("\n── {} ──", step.name);
        let begun = Instant::now();
        let (results, outcome) = step.run();
        reports.push(Report::of(step.name, results, &outcome, begun.elapsed()));
        reports.extend(reports_beside.try_iter().map(report_beside));
    }
    reports.extend(reports_beside.iter().map(report_beside));
    // The further steps of a row that panics have no report: the run has failed.
    for row in rows {
        if let Err(panic) = row.join() {
            resume_unwind(panic);
        }
    }
    reports
}

struct Report {
    name: &'static str,
    results: Results,
    failed: bool,
    took: Duration,
}

impl Report {
    /// The report of a step, whose failure it prints.
    fn of(
        name: &'static str,
        results: Results,
        outcome: &Result<(), Failure>,
        took: Duration,
    ) -> Self {
        if let Err(failure) = outcome {
            println!("{name}: {failure}");
        }
        Self {
            name,
            results,
            failed: outcome.is_err(),
            took,
        }
    }
}

fn summarise(reports: &[Report], took: Duration) -> Result<(), Failure> {
    println!();
    let mut total = Counts::default();
    for report in reports {
        let mut counts = report.results.counts;
        // A step that fails without a failed test (it did not build) counts as one.
        if report.failed && counts.failed == 0 {
            counts.failed = 1;
        } else if !report.failed && counts.is_empty() {
            counts.passed = 1;
        }
        row(report.name, counts, report.took);
        total += counts;
    }
    // Less than the sum: some steps run beside others.
    row("total", total, took);
    for report in reports.iter().filter(|report| report.failed) {
        println!("\nfailed: {}", report.name);
        for failure in &report.results.failures {
            println!("  {}", failure.replace('\n', "\n  "));
        }
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
