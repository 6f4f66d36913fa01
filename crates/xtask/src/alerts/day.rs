//! The days that are replayed: `tests/cases/alerts/<day>/day.toml`, with `series.txt` beside it.

use crate::command::root;
use crate::failure::Failure;
use serde::Deserialize;
use std::path::PathBuf;

/// A day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Day {
    /// The name of its folder.
    #[serde(skip)]
    pub(super) name: String,
    /// The course of it, in a sentence.
    pub(super) about: String,
    /// The alerts that have to page somebody on it; none on a good day.
    #[serde(default)]
    pub(super) pages: Vec<Page>,
    /// The alerts that come close to paging somebody on it, and must not.
    #[serde(default)]
    pub(super) near: Vec<String>,
    /// The model that its series were made by.
    pub(super) model: Option<Model>,
    /// The senders and faults while its series were recorded: `alert_days` of the test kit reads
    /// them. A day with neither was recorded in production.
    pub(super) recorded: Option<toml::Table>,
}

/// An alert that has to page somebody.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    pub(super) alert: String,
    /// The minute of the day in which the incident begins, before which it must be silent.
    pub(super) begins: usize,
    /// In how many minutes after that it has to fire.
    pub(super) within: usize,
    /// The minute of the day until which it goes on, where that is told.
    pub(super) lasts: Option<usize>,
    /// The minute of the day in which it is over, where that is told.
    pub(super) over: Option<usize>,
}

/// A model of a day, by which its series are drawn at random.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model {
    pub(super) seed: u64,
    /// Requests of each service, in a minute of the afternoon.
    pub(super) peak: f64,
    /// The least of them at night, as a share of the peak.
    pub(super) night: f64,
    /// Share of requests that fail.
    pub(super) errors: f64,
    /// Share of records that are lost.
    pub(super) lost: f64,
    /// Share of requests with telemetry that are refused.
    pub(super) refused: f64,
    #[serde(default)]
    pub(super) events: Vec<Event>,
}

/// A difference for some minutes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    pub(super) kind: EventKind,
    /// The minute of the day.
    pub(super) at: usize,
    pub(super) minutes: usize,
    /// The share during the event, of those kinds that have one; of a rush the factor.
    #[serde(default)]
    pub(super) share: f64,
}

/// The kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum EventKind {
    /// Requests of the first service fail.
    Errors,
    /// Records are lost, since the backend cannot be reached.
    Lost,
    /// More requests come.
    Rush,
    /// No edge runs; then another one does, whose counts begin with 0.
    EdgeGone,
    /// Requests with telemetry are refused.
    Refused,
}

impl Day {
    /// The path of its series.
    pub(super) fn series_path(&self) -> PathBuf {
        root().join(FOLDER).join(&self.name).join("series.txt")
    }

    /// Whether an edge has counted its series, and no model has drawn them.
    pub(super) const fn is_recorded(&self) -> bool {
        self.model.is_none()
    }
}

impl Model {
    /// The share of an event in a minute, or the `usual` one.
    pub(super) fn share(&self, kind: EventKind, minute: usize, usual: f64) -> f64 {
        self.event(kind, minute)
            .map_or(usual, |event| event.share.max(usual))
    }

    /// The event of a kind in a minute.
    pub(super) fn event(&self, kind: EventKind, minute: usize) -> Option<&Event> {
        (self.events.iter())
            .filter(|event| event.kind == kind)
            .find(|event| (event.at..event.at + event.minutes).contains(&minute))
    }
}

/// All days, by name.
pub(super) fn all() -> Result<Vec<Day>, Failure> {
    let folder = root().join(FOLDER);
    let mut days = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(Failure::path(&folder))? {
        let path = entry.map_err(Failure::path(&folder))?.path();
        let file = path.join("day.toml");
        if !file.is_file() {
            continue;
        }
        let text = std::fs::read_to_string(&file).map_err(Failure::path(&file))?;
        let mut day: Day = toml::from_str(&text)
            .map_err(|error| Failure::Check(format!("{}: {error}", file.display())))?;
        day.name = path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        days.push(day);
    }
    days.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(days)
}

pub(super) const FOLDER: &str = "tests/cases/alerts";
pub(super) const MINUTES: usize = 1_440;
