//! The alerting rules of `deploy/prometheus/rules`, as far as their form is checked.

use crate::command::root;
use crate::failure::Failure;
use saphyr::{LoadableYamlNode as _, Yaml};
use std::path::PathBuf;

/// An alert.
#[derive(Debug)]
pub(crate) struct Alert {
    pub(super) name: String,
    pub(super) severity: String,
    pub(super) owner: String,
    summary: String,
    runbook: String,
}

impl Alert {
    /// The file of its runbook in docs/runbooks, or all of its address where that is elsewhere.
    pub(super) fn runbook_file(&self) -> &str {
        self.runbook.strip_prefix(RUNBOOKS).unwrap_or(&self.runbook)
    }

    /// Whether it wakes somebody up.
    pub(super) fn pages(&self) -> bool {
        self.severity == "page"
    }
}

/// The files with rules.
pub(super) fn files() -> Result<Vec<PathBuf>, Failure> {
    let folder = root().join(FOLDER);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(Failure::path(&folder))? {
        files.push(entry.map_err(Failure::path(&folder))?.path());
    }
    files.sort();
    Ok(files)
}

/// All alerts.
pub(super) fn read() -> Result<Vec<Alert>, Failure> {
    each_rule(|rule| {
        let of = |section, key| text_of(rule.as_mapping_get(section), key);
        Some(Alert {
            name: rule.as_mapping_get("alert")?.as_str()?.to_owned(),
            severity: of("labels", "severity"),
            owner: of("labels", "owner"),
            summary: of("annotations", "summary"),
            runbook: of("annotations", "runbook_url"),
        })
    })
}

/// The name of each rule, a recording rule's too, with its expression.
pub(crate) fn expressions() -> Result<Vec<(String, String)>, Failure> {
    each_rule(|rule| {
        let of = |key| Some(rule.as_mapping_get(key)?.as_str()?.to_owned());
        Some((of("alert").or_else(|| of("record"))?, of("expr")?))
    })
}

/// The results of `read`, which is given each rule of all files.
fn each_rule<Found>(read: impl Fn(&Yaml<'_>) -> Option<Found>) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    for path in files()? {
        let text = std::fs::read_to_string(&path).map_err(Failure::path(&path))?;
        let documents = Yaml::load_from_str(&text)
            .map_err(|error| Failure::Check(format!("{}: {error}", path.display())))?;
        let groups = documents
            .iter()
            .flat_map(|document| list(document, "groups"));
        let rules = groups.flat_map(|group| list(group, "rules"));
        found.extend(rules.filter_map(&read));
    }
    Ok(found)
}

/// The violations, one sentence each.
pub(super) fn check(alerts: &[Alert]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (index, alert) in alerts.iter().enumerate() {
        let name = &alert.name;
        let mut say = |what: String| wrong.push(format!("the alert {name} {what}"));
        if alerts[..index].iter().any(|other| other.name == *name) {
            say("is there twice".to_owned());
        }
        if !SEVERITIES.contains(&alert.severity.as_str()) {
            say(format!(
                "has none of the severities {}",
                SEVERITIES.join(", ")
            ));
        }
        if !OWNERS.contains(&alert.owner.as_str()) {
            say(format!("has none of the owners {}", OWNERS.join(", ")));
        }
        if alert.summary.is_empty() {
            say("has no summary".to_owned());
        }
        match alert.runbook.strip_prefix(RUNBOOKS) {
            None => say(format!("has no runbook_url that begins with {RUNBOOKS}")),
            Some(file) if !root().join("docs/runbooks").join(file).is_file() => {
                say(format!(
                    "has a runbook that is not there: docs/runbooks/{file}"
                ));
            }
            Some(_) => {}
        }
    }
    wrong
}

fn list<'a, 'b>(of: &'a Yaml<'b>, key: &str) -> impl Iterator<Item = &'a Yaml<'b>> {
    let list = of.as_mapping_get(key).and_then(Yaml::as_sequence);
    list.into_iter().flatten()
}

fn text_of(section: Option<&Yaml<'_>>, key: &str) -> String {
    let text = section.and_then(|section| section.as_mapping_get(key)?.as_str());
    text.unwrap_or_default().to_owned()
}

const FOLDER: &str = "deploy/prometheus/rules";
const SEVERITIES: [&str; 2] = ["page", "ticket"];
/// docs/runbooks/README.md says who they are.
const OWNERS: [&str; 3] = ["platform", "service", "frontend"];
const RUNBOOKS: &str = "https://github.com/throughline/throughline/blob/main/docs/runbooks/";
