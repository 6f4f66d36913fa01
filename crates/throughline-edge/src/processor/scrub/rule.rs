//! Rules of redaction: the configuration as types.

use super::defaults;
use super::plan::{Place, Plan};
use crate::config::{
    ConfigError, QueryValues, ScrubAction, ScrubConfig, ScrubRuleConfig, ScrubSignal,
};
use std::sync::Arc;
use throughline_otlp::Signal;
use throughline_scrub::{
    HashKey, Kind, Kinds, Redaction, default_redaction, find, is_query, is_secret_name,
};

/// All rules, those of the operator first.
#[derive(Debug)]
pub(crate) struct Rules {
    rules: Vec<Rule>,
    /// How many of them are the operator's.
    own: usize,
    query_values: QueryValues,
}

#[derive(Debug)]
struct Rule {
    name: Arc<str>,
    selector: Selector,
    /// `None` keeps what was found.
    redaction: Option<Redaction>,
}

/// Where a rule looks, and what for.
#[derive(Debug, Default)]
struct Selector {
    signals: Vec<Signal>,
    places: Vec<Place>,
    keys: Vec<Box<str>>,
    kinds: Kinds,
    /// The whole value.
    everything: bool,
}

impl Rules {
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(config: &ScrubConfig) -> Result<Self, ConfigError> {
        let key = config.hash_key.as_deref();
        let hash = match key {
            Some(key) if key.len() < SHORTEST_KEY => {
                return Err(invalid(
                    "hash_key",
                    "a secret of at least 16 bytes, such as ${SCRUB_KEY}",
                ));
            }
            Some(key) => HashKey::new(key.as_bytes()),
            None => None,
        };
        let mut rules: Vec<Rule> = Vec::new();
        for (index, rule) in config.rules.iter().enumerate() {
            let at = |key: &str| format!("rules[{index}].{key}");
            let is_taken = rules.iter().any(|other| *other.name == *rule.name);
            if rule.name.is_empty() || is_taken || is_default_name(&rule.name) {
                let wanted = "a name that no other rule and no default rule has";
                return Err(invalid(&at("name"), wanted));
            }
            rules.push(Rule {
                name: rule.name.as_str().into(),
                selector: Selector::parse(rule, at)?,
                redaction: redaction(rule, hash.as_ref(), at)?,
            });
        }
        let own = rules.len();
        if own > MOST_RULES {
            return Err(invalid("rules", "a list of at most 200 rules"));
        }
        if config.defaults {
            rules.extend(Kind::ALL.map(|kind| Rule {
                name: kind.as_str().into(),
                selector: Selector::default(),
                redaction: Some(default_redaction(kind)),
            }));
            rules.push(Rule {
                name: defaults::WHOLE.into(),
                selector: Selector::default(),
                redaction: Some(Redaction::Standard),
            });
        }
        Ok(Self {
            rules,
            own,
            query_values: config.query_values,
        })
    }

    /// Number of rules.
    pub(super) const fn len(&self) -> usize {
        self.rules.len()
    }

    /// The name of the rule at a position.
    pub(crate) fn name(&self, rule: usize) -> Option<&Arc<str>> {
        self.rules.get(rule).map(|rule| &rule.name)
    }

    /// How the rule at a position redacts.
    pub(super) fn redaction(&self, rule: u8) -> &Redaction {
        let rule = self.rules.get(usize::from(rule));
        rule.and_then(|rule| rule.redaction.as_ref())
            .unwrap_or(&Redaction::Standard)
    }

    /// The plan for the value of a key. For each kind the first rule that fits decides.
    pub(super) fn plan(&self, signal: Signal, place: Place, key: &[u8]) -> Plan {
        let key = str::from_utf8(key).unwrap_or_default();
        let mut plan = Plan::NONE;
        let mut open = Kinds::ALL;
        for (index, rule) in (0..).zip(self.rules.iter().take(self.own)) {
            if !rule.selector.selects(signal, place, key) {
                continue;
            }
            if rule.selector.everything {
                plan.whole = rule.redaction.is_some().then_some(index);
                return plan;
            }
            plan.add(open, rule.selector.kinds, rule.redaction.is_some(), |_| {
                index
            });
            open = open.without(rule.selector.kinds);
        }
        if self.rules.len() > self.own {
            let first = self.own as u8;
            if is_secret_name(key.as_bytes()) {
                plan.whole = Some(first + Kind::ALL.len() as u8);
            }
            let kinds = match self.query_values {
                QueryValues::All => defaults::kinds(place, key).and(QUERY_VALUE),
                QueryValues::Secrets => defaults::kinds(place, key).without(QUERY_VALUE),
            };
            plan.add(open, kinds, true, |kind| first + kind as u8);
        }
        if is_query(key) {
            plan.kinds = plan.kinds.and(Kinds::IN_QUERY);
        }
        plan
    }
}

impl Plan {
    /// Adds those of `kinds` that are open yet.
    fn add(&mut self, open: Kinds, kinds: Kinds, redacts: bool, rule: impl Fn(Kind) -> u8) {
        let new = Kind::ALL
            .iter()
            .filter(|kind| redacts && open.has(**kind) && kinds.has(**kind));
        for kind in new {
            self.kinds = self.kinds.and(Kinds::of(*kind));
            if let Some(by_kind) = self.by_kind.get_mut(*kind as usize) {
                *by_kind = rule(*kind);
            }
        }
    }
}

impl Selector {
    fn parse(rule: &ScrubRuleConfig, at: impl Fn(&str) -> String) -> Result<Self, ConfigError> {
        let mut selector = Self {
            signals: rule
                .signals
                .iter()
                .map(|signal| signal_of(*signal))
                .collect(),
            places: rule.places.clone(),
            keys: rule.keys.iter().map(|key| key.as_str().into()).collect(),
            ..Self::default()
        };
        for (index, name) in rule.matches.iter().enumerate() {
            let kind = Kind::ALL.iter().find(|kind| kind.as_str() == name);
            selector.kinds = selector.kinds.and(match (name.as_str(), kind) {
                (_, Some(kind)) => Kinds::of(*kind),
                ("secrets", _) => Kinds::SECRETS,
                ("personal", _) => Kinds::PERSONAL,
                ("everything", _) => {
                    selector.everything = true;
                    Kinds::ALL
                }
                _ => return Err(invalid(&at(&format!("match[{index}]")), MATCHES)),
            });
        }
        if selector.kinds.is_empty() {
            return Err(invalid(&at("match"), MATCHES));
        }
        Ok(selector)
    }

    fn selects(&self, signal: Signal, place: Place, key: &str) -> bool {
        (self.signals.is_empty() || self.signals.contains(&signal))
            && (self.places.is_empty() || self.places.contains(&place))
            && (self.keys.is_empty() || self.keys.iter().any(|pattern| fits(pattern, key)))
    }
}

fn redaction(
    rule: &ScrubRuleConfig,
    hash: Option<&HashKey>,
    at: impl Fn(&str) -> String,
) -> Result<Option<Redaction>, ConfigError> {
    if rule.replacement.is_some() && rule.action != ScrubAction::Replace {
        return Err(invalid(
            &at("replacement"),
            "left out, or the text of the action replace",
        ));
    }
    Ok(match rule.action {
        ScrubAction::Keep => None,
        ScrubAction::Remove => Some(Redaction::Remove),
        ScrubAction::Mask => Some(Redaction::Mask),
        ScrubAction::Hash => {
            let key = hash.ok_or(ConfigError::Missing {
                key: "scrub.hash_key".into(),
                wanted: "the secret of the action hash, such as ${SCRUB_KEY}",
            })?;
            Some(Redaction::Hash(key.clone()))
        }
        ScrubAction::Replace => Some(match &rule.replacement {
            None => Redaction::Standard,
            Some(text) if find(text.as_bytes(), Kinds::ALL).next().is_some() => {
                return Err(invalid(
                    &at("replacement"),
                    "a text in which no rule finds anything",
                ));
            }
            Some(text) => Redaction::Replace(text.as_str().into()),
        }),
    })
}

/// Whether a key has the form of a pattern, in which `*` is any characters.
fn fits(pattern: &str, key: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == key;
    };
    let Some(key) = key.strip_prefix(start) else {
        return false;
    };
    (0..=key.len()).any(|at| key.get(at..).is_some_and(|key| fits(rest, key)))
}

fn is_default_name(name: &str) -> bool {
    name == defaults::WHOLE || Kind::ALL.iter().any(|kind| kind.as_str() == name)
}

const fn signal_of(signal: ScrubSignal) -> Signal {
    match signal {
        ScrubSignal::Traces => Signal::Traces,
        ScrubSignal::Logs => Signal::Logs,
        ScrubSignal::Metrics => Signal::Metrics,
    }
}

fn invalid(key: &str, wanted: &'static str) -> ConfigError {
    ConfigError::Invalid {
        key: format!("scrub.{key}").into(),
        wanted,
    }
}

const MATCHES: &str = "one of user_info, credential, token, private_key, email, card, iban, \
    ssn, phone, ip, host_ip, query_value, secrets, personal, everything";
const QUERY_VALUE: Kinds = Kinds::of(Kind::QueryValue);
/// Positions of rules are bytes.
const MOST_RULES: usize = 200;
const SHORTEST_KEY: usize = 16;
