//! User agents that no person uses.

use throughline_otlp::attribute::{Attribute, attributes};
use throughline_otlp::field::{export_request, resource, resource_group};
use throughline_otlp::protobuf::fields;
use throughline_otlp::rewrite::{Edit, Message};
use throughline_semconv::USER_AGENT_SYNTHETIC_TYPE;

/// A kind of program that visits pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Synthetic {
    /// A crawler, or a browser that a program drives.
    Bot,
    /// A test or a monitor of the site.
    Test,
}

impl Synthetic {
    /// The kind of a User-Agent; `None` for a person's.
    pub(super) fn of(user_agent: &str) -> Option<Self> {
        let text = user_agent.to_ascii_lowercase();
        let has = |word: &&str| text.contains(*word);
        if TESTS.iter().any(has) {
            Some(Self::Test)
        } else if is_called_bot(&text) || BOTS.iter().any(has) {
            Some(Self::Bot)
        } else {
            None
        }
    }

    /// The value of `user_agent.synthetic.type`.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Test => "test",
        }
    }
}

/// Whether a page says itself that a program drives its browser. A request comes from one browser, so
/// that one resource is enough.
pub(in super::super) fn pages_say_bot(request: &[u8]) -> bool {
    let parts = |message, number| {
        fields(message)
            .map_while(Result::ok)
            .filter(move |field| field.number == number)
            .filter_map(|field| field.value.as_bytes())
    };
    parts(request, export_request::RESOURCE)
        .flat_map(|group| parts(group, resource_group::RESOURCE))
        .any(|resource| attributes(resource, resource::ATTRIBUTES).any(|said| says_bot(&said)))
}

/// Removes `bot` from what a page says: it knows that a program drives its browser, and the
/// User-Agent that this program tests the site.
pub(super) fn forget_bot(resource: &mut Message<'_>) {
    resource.edit(|field, _| {
        let pair = (field.number == resource::ATTRIBUTES).then(|| field.value.as_bytes());
        match pair.flatten().map(Attribute::read) {
            Some(said) if says_bot(&said) => Edit::Remove,
            _ => Edit::Keep,
        }
    });
}

fn says_bot(attribute: &Attribute<'_>) -> bool {
    attribute.key == USER_AGENT_SYNTHETIC_TYPE
        && attribute.value().as_str() == Some(Synthetic::Bot.as_str())
}

/// Whether a word ends in `bot` or `bots`: `Googlebot/2.1`. Cubot is a maker of phones.
fn is_called_bot(text: &str) -> bool {
    text.match_indices("bot").any(|(at, bot)| {
        let after = text.get(at + bot.len()..).unwrap_or_default();
        let after = after.strip_prefix('s').unwrap_or(after);
        let goes_on = after.starts_with(|next: char| next.is_ascii_alphanumeric());
        let before = text.get(..at).unwrap_or_default();
        !goes_on && !before.ends_with(" cu") && !before.ends_with("(cu")
    })
}

/// Monitors and laboratories, of those that run the scripts of pages. After the list of
/// <https://github.com/omrilotan/isbot>, without its expressions for programs that run none.
const TESTS: [&str; 24] = [
    "alertsite",
    "catchpoint",
    "chrome-lighthouse",
    "cloudwatchsynthetics",
    "checkly",
    "cypress/",
    "dareboost",
    "datadogsynthetics",
    "dejaclick",
    "dynatracesynthetic",
    "elastic/synthetics",
    "gtmetrix",
    "lighthouse",
    "neustar wpm",
    "newrelicsynthetics",
    "pagespeed",
    "pingdom",
    "ptst/",
    "rigor",
    "site24x7",
    "speedcurve",
    "statuscake",
    "synthetic",
    "uptime",
];
const BOTS: [&str; 28] = [
    "archive.org",
    "bingpreview",
    "chatgpt-user",
    "claude-user",
    "crawl",
    "facebookexternalhit",
    "google-inspectiontool",
    "google-read-aloud",
    "googleother",
    "headless",
    "ia_archiver",
    "mediapartners-google",
    "meta-external",
    "mistralai-user",
    "perplexity-user",
    "phantomjs",
    "playwright",
    "prerender",
    "puppeteer",
    "scrape",
    "selenium",
    "slurp",
    "sogou",
    "spider",
    "storebot",
    "uripreview",
    "web preview",
    "webdriver",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_and_tests_are_told_from_persons() {
        for (agents, kind) in [
            (
                include_str!("../../../../../../tests/cases/synthetic/bot/agents.txt"),
                Some(Synthetic::Bot),
            ),
            (
                include_str!("../../../../../../tests/cases/synthetic/test/agents.txt"),
                Some(Synthetic::Test),
            ),
            (
                include_str!("../../../../../../tests/cases/synthetic/person/agents.txt"),
                None,
            ),
        ] {
            assert!(agents.lines().count() > 5);
            for agent in agents.lines() {
                assert_eq!(Synthetic::of(agent), kind, "{agent}");
            }
        }
        assert_eq!(Synthetic::of(""), None);
    }
}
