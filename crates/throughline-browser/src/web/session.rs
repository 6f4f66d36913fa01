//! The session of the tab, which the page's JavaScript shares: its id, and when it ends.

/// The session as it is stored: `id,began,seen`, both in ms since the Unix epoch.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    id: String,
    began: u64,
    seen: u64,
}

impl Session {
    /// Reads what is stored; a text that is damaged is no session.
    pub(crate) fn parse(stored: &str) -> Option<Self> {
        let mut fields = stored.split(',');
        let (id, began, seen) = (fields.next()?, fields.next()?, fields.next()?);
        let is_id = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_id && fields.next().is_none()).then_some(Self {
            id: id.to_owned(),
            began: began.parse().ok()?,
            seen: seen.parse().ok()?,
        })
    }

    /// The text that is stored.
    pub(crate) fn format(&self) -> String {
        format!("{},{},{}", self.id, self.began, self.seen)
    }

    /// Continues the session because the page is used, or starts a new one after a pause or at
    /// its maximum length: then returns the id of the session before, empty for none.
    pub(crate) fn touch(&mut self, now_ms: u64, new_id: impl FnOnce() -> String) -> Option<String> {
        let is_same = now_ms.wrapping_sub(self.seen) < PAUSE_MS
            && now_ms.wrapping_sub(self.began) < LENGTH_MS
            && !self.id.is_empty();
        self.seen = now_ms;
        if is_same {
            return None;
        }
        self.began = now_ms;
        Some(std::mem::replace(&mut self.id, new_id()))
    }

    /// The id; empty before the first use.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

/// A session without use for so long is over.
const PAUSE_MS: u64 = 30 * 60_000;
/// No session is longer.
const LENGTH_MS: u64 = 4 * 3_600_000;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "0af7651916cd43dd8448eb211c80319c";

    #[test]
    fn a_session_lasts_as_long_as_the_page_is_used_and_four_hours_at_most() {
        let mut session = Session::default();
        assert_eq!(session.touch(HOUR, || ID.to_owned()), Some(String::new()));
        let mut now = HOUR;
        for _ in 0..8 {
            now += PAUSE_MS - 1;
            assert_eq!(session.touch(now, String::new), None, "it is used");
        }
        now += PAUSE_MS - 1;
        let previous = session.touch(now, || "b".to_owned());
        assert_eq!(previous.as_deref(), Some(ID), "four hours are over");
        let previous = session.touch(now + PAUSE_MS, || "c".to_owned());
        assert_eq!(previous.as_deref(), Some("b"), "nobody used it");
    }

    #[test]
    fn the_session_of_the_javascript_is_continued() {
        // As npm/browser/src/context/session.ts writes it.
        let mut session = Session::parse(&format!("{ID},{HOUR},{HOUR}")).expect("a session");
        assert_eq!(session.touch(HOUR + 5, String::new), None);
        assert_eq!(session.format(), format!("{ID},{HOUR},{}", HOUR + 5));
    }

    proptest! {
        #[test]
        fn any_text_is_a_session_or_none(text in "(\\PC{0,60}|[0-9a-f]{32},[0-9]{0,25},[0-9]{0,25}(,1)?)") {
            if let Some(session) = Session::parse(&text) {
                prop_assert_eq!(Session::parse(&session.format()), Some(session));
            }
        }
    }

    const HOUR: u64 = 3_600_000;
}
