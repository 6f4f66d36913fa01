//! Tests of precision and recall on the labelled lines of `tests/fixtures/pii`:
//! `cargo test -p throughline-scrub --test corpus -- --nocapture`.
//!
//! `⟦KIND|text⟧` is what has to be found. What is found counts as right when it is a
//! label, from its first byte to its last, of its kind.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test reads its fixtures, and people read its measures"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;
use std::path::Path;
use throughline_scrub::{Kind, Kinds, find};

#[test]
fn precision_and_recall_are_what_they_are_said_to_be() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/pii");
    let mut scores = BTreeMap::<String, Score>::new();
    let mut lines = 0;
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        for line in std::fs::read_to_string(path)?.lines() {
            lines += 1;
            judge(line, &mut scores);
        }
    }
    println!("{lines} lines");
    println!("kind           right missed wrong recall precision");
    let mut all = Score::default();
    for (kind, score) in &scores {
        println!("{kind:14} {score}");
        all.right += score.right;
        all.missed += score.missed;
        all.wrong += score.wrong;
    }
    println!("{:14} {all}", "all");
    for (kind, score) in &scores {
        let is_good = score.recall() >= 0.95 && score.precision() >= 0.98;
        assert!(is_good, "{kind}: {score}");
    }
    assert!(lines >= 600);
    Ok(())
}

/// How often a kind was found and not found.
#[derive(Debug, Default)]
struct Score {
    right: u32,
    missed: u32,
    wrong: u32,
}

impl Score {
    fn recall(&self) -> f64 {
        ratio(self.right, self.missed)
    }

    fn precision(&self) -> f64 {
        ratio(self.right, self.wrong)
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            right,
            missed,
            wrong,
        } = self;
        let (recall, precision) = (self.recall(), self.precision());
        write!(
            formatter,
            "{right:5} {missed:6} {wrong:5} {recall:6.3} {precision:9.3}"
        )
    }
}

fn ratio(right: u32, other: u32) -> f64 {
    f64::from(right) / f64::from((right + other).max(1))
}

fn judge(line: &str, scores: &mut BTreeMap<String, Score>) {
    let (text, labels) = read(line);
    let mut found: Vec<_> = find(text.as_bytes(), Kinds::ALL).collect();
    for (kind, range) in &labels {
        let score = scores.entry((*kind).into()).or_default();
        let position =
            (found.iter()).position(|found| name(found.kind) == *kind && found.range() == *range);
        match position {
            Some(position) => {
                found.remove(position);
                score.right += 1;
            }
            None => {
                println!("missed {kind} in {text}");
                score.missed += 1;
            }
        }
    }
    for found in found {
        println!(
            "wrong {} at {:?} in {text}",
            found.kind.as_str(),
            text.get(found.range())
        );
        scores.entry(name(found.kind).into()).or_default().wrong += 1;
    }
}

/// The text of a line, and its labels.
fn read(line: &str) -> (String, Vec<(&str, Range<usize>)>) {
    let (mut text, mut labels) = (String::new(), Vec::new());
    let mut rest = line;
    while let Some((before, label)) = rest.split_once('⟦') {
        text.push_str(before);
        let (kind, value) = label.split_once('|').unwrap_or_default();
        let (value, after) = value.split_once('⟧').unwrap_or_default();
        labels.push((kind, text.len()..text.len() + value.len()));
        text.push_str(value);
        rest = after;
    }
    text.push_str(rest);
    (text, labels)
}

const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Card => "CREDIT_CARD",
        Kind::Email => "EMAIL_ADDRESS",
        Kind::Iban => "IBAN_CODE",
        Kind::Ip | Kind::HostIp => "IP_ADDRESS",
        Kind::Ssn => "US_SSN",
        Kind::Phone => "PHONE_NUMBER",
        Kind::UserInfo | Kind::Credential | Kind::Token | Kind::PrivateKey => "SECRET",
    }
}
