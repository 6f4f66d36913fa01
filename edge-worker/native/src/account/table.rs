//! The account of a group as a table, for a terminal.

use super::Group;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Formats an account: partitions, then counts.
pub(super) fn format(group: &Group) -> String {
    let mut text = format!("group {}\n\n", group.group);
    let topics = group.partitions.iter().map(|of| of.topic.len());
    let width = topics.max().unwrap_or(0).max("topic".len());
    let mut line = |topic: &str, rest: [&str; 4]| {
        let [partition, committed, end, lag] = rest;
        // Writing into a String does not fail.
        let _ = writeln!(
            text,
            "{topic:<width$} {partition:>9} {committed:>12} {end:>12} {lag:>9}"
        );
    };
    line("topic", ["partition", "committed", "end", "lag"]);
    let mut lags: BTreeMap<&str, i64> = BTreeMap::new();
    for of in &group.partitions {
        let committed = of
            .committed
            .map_or_else(|| "-".to_owned(), |offset| offset.to_string());
        let numbers = [of.partition.into(), of.end, of.lag].map(|number: i64| number.to_string());
        line(
            &of.topic,
            [&numbers[0], &committed, &numbers[1], &numbers[2]],
        );
        *lags.entry(&of.topic).or_default() += of.lag;
    }
    for (topic, lag) in lags {
        line(topic, ["all", "", "", &lag.to_string()]);
    }
    text.push('\n');
    let mut line = |cells: [&str; 4], records: &str| {
        let [signal, outcome, reason, backend] = cells;
        let _ = writeln!(
            text,
            "{signal:<8} {outcome:<12} {reason:<24} {backend:<16} {records:>12}"
        );
    };
    line(["signal", "outcome", "reason", "backend"], "records");
    for (name, counts) in &group.taken {
        for (signal, records) in counts {
            line([signal, name, "", ""], &records.to_string());
        }
    }
    for of in &group.ended {
        let [reason, backend] = [&of.reason, &of.backend].map(|text| text.as_deref().unwrap_or(""));
        line(
            [of.signal, &of.outcome, reason, backend],
            &of.records.to_string(),
        );
    }
    if group.without_account > 0 {
        let partitions = match group.without_account {
            1 => "1 partition".to_owned(),
            many => format!("{many} partitions"),
        };
        text += &format!("\nanother program has committed the offsets of {partitions}\n");
    }
    text
}
