//! The sampling rules of a configuration, ready to be applied.

use super::cutoff::Cutoff;
use super::facts::{Facts, Wanted};
use super::pattern::Pattern;
use crate::config::{ConfigError, RuleConfig};

/// The rules of a head or tail sampler.
///
/// A record gets the share of the rule that keeps the most, and no more than any limit allows:
/// the cutoff is `max(min(baseline, keep…), limit…)`.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    baseline: Option<Cutoff>,
    pub(crate) keep: Vec<Rule>,
    pub(crate) limit: Vec<Rule>,
    pub(crate) wanted: Wanted,
    /// Spans per second of each rule that has a rate.
    pub(crate) rates: Vec<f64>,
    /// The rules whose share depends on a key.
    pub(crate) keyed: Vec<Keyed>,
}

/// A rule: conditions, all of which must hold, and a share.
#[derive(Debug)]
pub(crate) struct Rule {
    errors: Option<bool>,
    slower_than_nano: Option<u64>,
    attributes: Vec<(usize, Vec<Pattern>)>,
    pub(crate) share: Share,
}

/// The share of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// A share that never changes.
    Fixed(Cutoff),
    /// The share of this number in [`Rules::rates`].
    Rate(usize),
    /// The share of this number in [`Rules::keyed`].
    Keyed(usize),
}

/// A share that depends on a key.
#[derive(Debug)]
pub(crate) struct Keyed {
    pub(crate) one_in: f64,
    /// The attributes that the key is made of.
    by: Vec<usize>,
}

impl Rules {
    /// Reads the rules in the section `at`, such as `sampling.head`.
    ///
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(
        at: &str,
        probability: f64,
        keep: &[RuleConfig],
        limit: &[RuleConfig],
    ) -> Result<Self, ConfigError> {
        let baseline = Cutoff::checked(probability)
            .map_err(|_| invalid(format!("{at}.probability"), A_SHARE))?;
        let mut rules = Self {
            baseline: Some(baseline),
            ..Self::default()
        };
        for (index, config) in keep.iter().enumerate() {
            let rule = rules.rule(&format!("{at}.keep[{index}]"), config, Some(Cutoff::ALL))?;
            rules.keep.push(rule);
        }
        for (index, config) in limit.iter().enumerate() {
            let rule = rules.rule(&format!("{at}.limit[{index}]"), config, None)?;
            rules.limit.push(rule);
        }
        Ok(rules)
    }

    /// The cutoff that holds without any other rule.
    pub(crate) fn baseline(&self) -> Cutoff {
        self.baseline.unwrap_or(Cutoff::ALL)
    }

    /// Combines the shares of the rules that match. `share` is that of a rule, given the
    /// cutoff without it.
    pub(crate) fn cutoff(
        &self,
        facts: &Facts,
        mut share: impl FnMut(Share, Cutoff) -> Cutoff,
    ) -> Cutoff {
        let mut kept = self.baseline();
        for rule in self.keep.iter().filter(|rule| rule.matches(facts)) {
            kept = kept.min(share(rule.share, Cutoff::ALL));
        }
        let mut limited = kept;
        for rule in self.limit.iter().filter(|rule| rule.matches(facts)) {
            limited = limited.max(share(rule.share, kept));
        }
        limited
    }

    /// Writes the key of a record for a rule whose share depends on one.
    pub(crate) fn write_key(&self, keyed: usize, facts: &Facts, key: &mut String) {
        key.clear();
        for name in self.keyed.get(keyed).iter().flat_map(|keyed| &keyed.by) {
            let mut values: Vec<&str> = facts.values(*name).collect();
            values.sort_unstable();
            values.dedup();
            values.truncate(MAX_VALUES_OF_KEY);
            for (index, value) in values.into_iter().enumerate() {
                if index > 0 {
                    key.push(',');
                }
                key.push_str(value);
            }
            key.push(SEPARATOR);
        }
    }

    fn rule(
        &mut self,
        at: &str,
        config: &RuleConfig,
        default: Option<Cutoff>,
    ) -> Result<Rule, ConfigError> {
        let mut attributes = Vec::new();
        for (name, values) in &config.attributes {
            if values.is_empty() {
                return Err(invalid(
                    format!("{at}.attributes.{name}"),
                    "a list of values, such as [\"/checkout\", \"/pay/*\"]",
                ));
            }
            let values = values.iter().map(|value| Pattern::parse(value)).collect();
            attributes.push((self.wanted.name(name), values));
        }
        self.wanted.errors |= config.errors.is_some();
        Ok(Rule {
            errors: config.errors,
            slower_than_nano: (config.slower_than_ms).map(|ms| ms.saturating_mul(1_000_000)),
            attributes,
            share: self.share(at, config, default)?,
        })
    }

    fn share(
        &mut self,
        at: &str,
        config: &RuleConfig,
        default: Option<Cutoff>,
    ) -> Result<Share, ConfigError> {
        let RuleConfig {
            probability,
            spans_per_second,
            one_in,
            by,
            ..
        } = config;
        if !by.is_empty() && one_in.is_none() {
            return Err(invalid(
                format!("{at}.one_in"),
                "the number of spans of which one is kept, such as 20, which goes with by",
            ));
        }
        match (probability, spans_per_second, one_in) {
            (Some(probability), None, None) => {
                let cutoff = Cutoff::checked(*probability);
                let cutoff = cutoff.map_err(|_| invalid(format!("{at}.probability"), A_SHARE))?;
                Ok(Share::Fixed(cutoff))
            }
            (None, Some(_), None) if default.is_some() => Err(invalid(
                format!("{at}.spans_per_second"),
                "in a rule of limit: rules of keep have a probability, or one_in together with by",
            )),
            (None, Some(rate), None) => {
                if !rate.is_finite() || *rate <= 0.0 {
                    let key = format!("{at}.spans_per_second");
                    return Err(invalid(key, "a number above 0, such as 1000"));
                }
                self.rates.push(*rate);
                Ok(Share::Rate(self.rates.len() - 1))
            }
            (None, None, Some(one_in)) => {
                if !one_in.is_finite() || *one_in < 1.0 {
                    let key = format!("{at}.one_in");
                    return Err(invalid(key, "a number from 1, such as 20"));
                }
                if by.is_empty() {
                    return Err(invalid(
                        format!("{at}.by"),
                        "a list of attributes, such as [\"service.name\", \"http.route\"]",
                    ));
                }
                self.keyed.push(Keyed {
                    one_in: *one_in,
                    by: by.iter().map(|name| self.wanted.name(name)).collect(),
                });
                Ok(Share::Keyed(self.keyed.len() - 1))
            }
            (None, None, None) => default
                .map(Share::Fixed)
                .ok_or_else(|| invalid(format!("{at}.probability"), ONE_SHARE)),
            _ => Err(invalid(at.to_owned(), ONE_SHARE)),
        }
    }
}

impl Rule {
    /// Whether all conditions hold.
    pub(crate) fn matches(&self, facts: &Facts) -> bool {
        self.errors.is_none_or(|errors| errors == facts.is_error)
            && (self.slower_than_nano).is_none_or(|limit| facts.duration_nano() > limit)
            && self.attributes.iter().all(|(name, patterns)| {
                let mut values = facts.values(*name);
                values.any(|value| patterns.iter().any(|pattern| pattern.matches(value)))
            })
    }
}

fn invalid(key: String, wanted: &'static str) -> ConfigError {
    ConfigError::Invalid {
        key: key.into(),
        wanted,
    }
}

const A_SHARE: &str = "a share from 0 to 1, such as 0.1";
const ONE_SHARE: &str =
    "a rule with one share: probability, spans_per_second, or one_in together with by";
/// As Refinery has it: <https://docs.honeycomb.io/manage-data-volume/sample/honeycomb-refinery/>.
const MAX_VALUES_OF_KEY: usize = 100;
const SEPARATOR: char = '\u{2022}';
