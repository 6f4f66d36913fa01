//! Recognizes exceptions of scripts that are none of the page's: of browser extensions, and those that a browser, or an app
//! around it, has put into the page.

use crate::text::{Fields, split};
use throughline_wire::facts::{context, exception};

/// Whether an exception in this context is one of such a script.
pub(crate) fn is_injected(context: &str, fields: &Fields<'_>) -> bool {
    is_of_extension(fields) || is_inline(context, fields)
}

/// Whether each address in the stack is that of a browser extension, and there is one: `webkit-masked-url://` may be the page's
/// own, because Safari masks both.
pub(crate) fn is_of_extension(fields: &Fields<'_>) -> bool {
    let mut found = false;
    let mut rest = fields.text(exception::STACKTRACE);
    while !rest.is_empty() {
        let (before, after) = split(rest, b':');
        rest = after;
        if rest.starts_with("//") {
            found = before.ends_with("-extension");
            if !found {
                break;
            }
        }
    }
    found
}

/// Whether nothing has handled an exception, and no script in a file is involved: an app has evaluated all of its code in
/// the page, or it names what apps look for in each page.
fn is_inline(context: &str, fields: &Fields<'_>) -> bool {
    if !fields.text(exception::MECHANISM).starts_with("on") {
        return false;
    }
    let [event_message, file, kind, message, stack] = [
        exception::EVENT_MESSAGE,
        exception::FILE,
        exception::TYPE,
        exception::MESSAGE,
        exception::STACKTRACE,
    ]
    .map(|position| fields.text(position));
    let (document, _) = split(Fields::of(context).text(context::DOCUMENT_URL), b'#');
    let is_elsewhere = |place: &str| {
        contains(place, "://") && (document.is_empty() || !split(place, b'#').0.ends_with(document))
    };
    let mut has_other_file = is_elsewhere(file);
    // Blink gives a script without a name the document's address.
    let mut has_address = has_other_file;
    let (mut is_evaluated, mut has_eval) = (false, false);
    // V8 begins a stack with type and message, in which there may be an address.
    let head = stack
        .strip_prefix(kind)
        .and_then(|rest| rest.strip_prefix(": "));
    let mut frames = head
        .and_then(|rest| rest.strip_prefix(message))
        .unwrap_or(stack);
    while !frames.is_empty() {
        let (frame, after) = split(frames, b'\n');
        frames = after;
        let place = before_position(frame);
        has_address |= contains(frame, "://");
        has_other_file |= is_elsewhere(place);
        // A script that the page has evaluated is the page's.
        has_eval |= contains(frame, "eval ");
        is_evaluated |= place.len() + 1 < frame.len()
            && (place.ends_with("<anonymous>") || contains(place, "user-script:"));
    }
    let message = if message.is_empty() {
        event_message
    } else {
        message
    };
    (is_evaluated && !has_address && !has_eval)
        || (!has_other_file
            && (KNOWN.iter().any(|known| contains(message, known))
                || KNOWN_ENDS.iter().any(|known| message.ends_with(known))))
}

/// A frame in front of its line and column; all of one without.
fn before_position(frame: &str) -> &str {
    let mut rest = frame.strip_suffix(')').unwrap_or(frame);
    for _ in 0..2 {
        let text = rest.trim_end_matches(|character: char| character.is_ascii_digit());
        if text.len() < rest.len() {
            rest = text.strip_suffix(':').unwrap_or(rest);
        }
    }
    rest
}

/// Whether a text has another one in it. `str::contains` would bring the general searcher along.
fn contains(text: &str, part: &str) -> bool {
    text.as_bytes()
        .windows(part.len())
        .any(|window| window == part.as_bytes())
}

/// Names that apps and browsers look for in each page: Chrome and Firefox for iOS, Instagram and Facebook, Bing, Zalo.
const KNOWN: [&str; 10] = [
    "__gCrWeb",
    "__firefox__",
    "_AutofillCallbackHandler",
    "instantSearchSDKJSBridgeClearHighlight",
    "zaloJSV2",
    "setIOSParameters",
    "logMutedMessage",
    "EmptyRanges",
    "webkit.messageHandlers",
    "Java object is gone",
];

/// Ends of messages about the name that the Google app looks for: JavaScriptCore and V8.
const KNOWN_ENDS: [&str; 2] = ["variable: gmo", "gmo is not defined"];
