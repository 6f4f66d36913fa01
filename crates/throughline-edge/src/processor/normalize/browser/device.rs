//! The class of the device that a browser runs on.

/// `mobile`, `tablet` or `desktop`; `None` when nothing says which. `is_mobile` is what the
/// browser says itself, which is the same for tablets and desktops.
pub(in crate::processor) fn device_class(
    is_mobile: Option<bool>,
    user_agent: Option<&str>,
) -> Option<&'static str> {
    let user_agent = user_agent.unwrap_or_default();
    let has = |word: &str| user_agent.contains(word);
    if is_mobile == Some(true) {
        return Some(MOBILE);
    }
    // An iPad says that it is a Macintosh unless it is asked for mobile pages.
    if has("iPad") || has("Tablet") || has("Android") && !has("Mobile") {
        return Some(TABLET);
    }
    if is_mobile == Some(false) {
        return Some(DESKTOP);
    }
    if has("iPhone") || has("iPod") || has("Mobi") {
        return Some(MOBILE);
    }
    DESKTOPS.into_iter().any(has).then_some(DESKTOP)
}

/// The class with this name.
pub(in crate::processor) fn known_device_class(name: &str) -> Option<&'static str> {
    let mut known = [MOBILE, TABLET, DESKTOP].into_iter();
    known.find(|known| *known == name)
}

const MOBILE: &str = "mobile";
const TABLET: &str = "tablet";
const DESKTOP: &str = "desktop";
/// Systems of desktops in a User-Agent.
const DESKTOPS: [&str; 5] = ["Windows NT", "Macintosh", "X11;", "CrOS", "Linux x86_64"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_browser_says_comes_before_its_user_agent() {
        let phone = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36";
        let tablet = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
        let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";
        for (is_mobile, user_agent, class) in [
            (Some(true), None, Some("mobile")),
            (Some(false), None, Some("desktop")),
            (None, None, None),
            (None, Some(phone), Some("mobile")),
            (None, Some(tablet), Some("tablet")),
            (Some(false), Some(tablet), Some("tablet")),
            (None, Some(mac), Some("desktop")),
            (Some(true), Some(mac), Some("mobile")),
            (None, Some("curl/8.5.0"), None),
        ] {
            assert_eq!(device_class(is_mobile, user_agent), class, "{user_agent:?}");
        }
    }
}
