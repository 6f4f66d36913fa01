//! User agents that no person uses.

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
const BOTS: [&str; 20] = [
    "archive.org",
    "bingpreview",
    "crawl",
    "facebookexternalhit",
    "google-inspectiontool",
    "google-read-aloud",
    "googleother",
    "headless",
    "mediapartners-google",
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
    "webdriver",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_and_tests_are_told_from_persons() {
        let chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
        for (text, kind) in [
            (
                format!(
                    "Mozilla/5.0 {chrome} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
                ),
                Some(Synthetic::Bot),
            ),
            (
                format!("Mozilla/5.0 (compatible; bingbot/2.0) {chrome}"),
                Some(Synthetic::Bot),
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/130.0.0.0 Safari/537.36".into(),
                Some(Synthetic::Bot),
            ),
            (
                "Mozilla/5.0 (compatible; Baiduspider-render/2.0)".into(),
                Some(Synthetic::Bot),
            ),
            (
                format!("Mozilla/5.0 (Macintosh) {chrome} Chrome-Lighthouse"),
                Some(Synthetic::Test),
            ),
            (
                format!("Mozilla/5.0 (X11; Linux x86_64) {chrome} DatadogSynthetics"),
                Some(Synthetic::Test),
            ),
            (
                format!("Mozilla/5.0 (Linux; Android 12; CUBOT KINGKONG 9) {chrome}"),
                None,
            ),
            (
                format!("Mozilla/5.0 (Linux; Android 12; Robotics Phone) {chrome}"),
                None,
            ),
            (
                format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {chrome}"),
                None,
            ),
            (String::new(), None),
        ] {
            assert_eq!(Synthetic::of(&text), kind, "{text}");
        }
    }
}
