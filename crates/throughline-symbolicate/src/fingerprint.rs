//! Groups exceptions: a number that stays the same for one fault over builds, releases and messages.
//!
//! Of the frames those of the application count, by function and file. Lines and columns move with
//! each release, and so do the names that a minifier gives and the hashes that a bundler puts into
//! file names: none of them counts. Without such frames the message does, as a template: what differs
//! from one time to the next (numbers, ids, quoted texts, addresses) does not count.

use crate::stack::WasmPlace;
use alloc::string::String;

/// A frame, as far as it tells one fault from another.
#[derive(Debug, Clone, Copy)]
pub struct GroupFrame<'a> {
    /// The function; `?` or empty where none is known.
    pub function: &'a str,
    /// The address or path of the file.
    pub file: &'a str,
    /// Whether it is of the application, not of a library.
    pub in_app: bool,
    /// Whether function and file are those of the source, not of a minified script.
    pub is_source: bool,
}

/// The fingerprint of an exception: of its type, and of its frames, innermost first, or its message.
///
/// ```
/// use throughline_symbolicate::fingerprint::{fingerprint, GroupFrame};
///
/// let of = |function, file| {
///     let frame = GroupFrame { function, file, in_app: true, is_source: false };
///     fingerprint("TypeError", "basket is null", [frame])
/// };
/// let before = of("e", "https://shop.example/assets/cart-B3xk2q.js");
/// assert_eq!(before, of("nt", "https://shop.example/assets/cart-Zp0a1c.js"));
/// assert_ne!(before, of("e", "https://shop.example/assets/pay-B3xk2q.js"));
/// ```
pub fn fingerprint<'a>(
    kind: &str,
    message: &str,
    frames: impl IntoIterator<Item = GroupFrame<'a>>,
) -> u64 {
    let mut hash = Fnv::new();
    hash.text(kind);
    let mut counted = 0;
    for frame in frames.into_iter().filter(|frame| frame.in_app) {
        let file = file_template(frame.file);
        let function = function_name(&frame);
        if file.is_empty() && function.is_empty() {
            continue;
        }
        hash.text(&file);
        hash.text(function);
        counted += 1;
        if counted == MOST_FRAMES {
            break;
        }
    }
    if counted == 0 {
        let end = message.floor_char_boundary(LONGEST_MESSAGE);
        hash.text(&message_template(&message[..end]));
    }
    hash.0
}

/// Whether a file may be a script that was minified: its functions have other names in each build.
pub fn is_script(file: &str) -> bool {
    let path = file.split(['?', '#']).next().unwrap_or_default();
    [".js", ".mjs", ".cjs", ".jsbundle", ".bundle"]
        .iter()
        .any(|end| path.ends_with(end))
}

/// The message, with what differs from one time to the next as `#`, `*` or `<url>`.
///
/// ```
/// use throughline_symbolicate::fingerprint::message_template;
///
/// assert_eq!(
///     message_template("order 4711 of \"Ann\" failed at https://api.example/o/1 after 2.5 s"),
///     "order # of \"*\" failed at <url> after # s"
/// );
/// ```
pub fn message_template(message: &str) -> String {
    let mut template = String::new();
    let mut rest = message;
    while let Some(first) = rest.chars().next() {
        let is_within_word = template.ends_with(char::is_alphanumeric);
        if let Some((end, closing)) = quoted(rest, first).filter(|_| !is_within_word) {
            template.push(first);
            template.push('*');
            template.push(closing);
            rest = &rest[end..];
            continue;
        }
        let address = rest.find(ends_address).unwrap_or(rest.len());
        if rest[..address].contains("://") {
            template.push_str("<url>");
            rest = &rest[address..];
            continue;
        }
        let end = rest.find(is_separator).unwrap_or(rest.len());
        if end == 0 {
            template.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (word, behind) = rest.split_at(end);
        push_word(&mut template, word);
        rest = behind;
    }
    template
}

/// The end of a text in quotes at the beginning, and the quote that closes it.
fn quoted(text: &str, first: char) -> Option<(usize, char)> {
    if !matches!(first, '"' | '\'' | '`') {
        return None;
    }
    let at = text[1..].find(first)? + 1;
    Some((at + 1, first))
}

fn push_word(template: &mut String, word: &str) {
    if word.contains('@') && word.contains('.') {
        template.push_str("<email>");
    } else if is_identifier(word) {
        template.push('#');
    } else {
        // Digits within a word: `item12`, `v1.2.3`.
        let mut was_digit = false;
        for character in word.chars() {
            let is_digit = character.is_ascii_digit();
            match (is_digit, was_digit) {
                (true, false) => template.push('#'),
                (true, true) => {}
                (false, _) => template.push(character),
            }
            was_digit = is_digit;
        }
    }
}

/// Whether a word is a number, a UUID or another id of hexadecimal digits.
fn is_identifier(word: &str) -> bool {
    let digits = word
        .trim_start_matches(['-', '+', '#'])
        .trim_end_matches(['.', '%']);
    let has_digit = digits.bytes().any(|byte| byte.is_ascii_digit());
    let is_number = has_digit
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let hex = digits.strip_prefix("0x").unwrap_or(digits);
    let is_hex = hex.len() >= 8
        && has_digit
        && hex
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_number || is_hex
}

/// A character behind an address.
fn ends_address(character: char) -> bool {
    character.is_whitespace() || matches!(character, '"' | '\'' | '`' | '(' | ')' | '<' | '>')
}

/// A character between words. Those of addresses and numbers are none.
fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '=' | '"' | '`' | '<' | '>' | '|'
        )
        || character == '\''
}

/// The function, where its name is one of the source.
fn function_name<'a>(frame: &GroupFrame<'a>) -> &'a str {
    let mut name = frame.function;
    for prefix in ["async ", "new ", "get ", "set "] {
        name = name.strip_prefix(prefix).unwrap_or(name);
    }
    let last = name.rsplit(['.', '/', ':']).next().unwrap_or(name);
    let is_unknown = matches!(
        name,
        "?" | "<anonymous>" | "(anonymous)" | "anonymous" | "eval"
    );
    // A minifier gives names of one to three characters.
    let is_minified = !frame.is_source && last.len() < FEWEST_CHARACTERS;
    match is_unknown || is_minified {
        true => "",
        false => name,
    }
}

/// The last segments of a path, without what a build puts into it: host, query, hash, version.
fn file_template(file: &str) -> String {
    // Index and offset in WebAssembly move with each build.
    let file = WasmPlace::parse(file).map_or(file, |place| place.module);
    let path = file.split(['?', '#']).next().unwrap_or_default();
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => path,
    };
    if matches!(path, "" | "<anonymous>" | "[native code]" | "native" | "?") {
        return String::new();
    }
    let segments = path
        .split(['/', '\\'])
        .filter(|segment| !matches!(*segment, "" | "." | ".."));
    let count = segments.clone().count();
    let mut template = String::new();
    for segment in segments.skip(count.saturating_sub(MOST_SEGMENTS)) {
        template.push('/');
        push_segment(&mut template, segment);
    }
    template
}

/// A segment of a path, with `*` in place of a hash or a version between dots and hyphens.
fn push_segment(template: &mut String, segment: &str) {
    for (nth, part) in segment.split_inclusive(['.', '-', '_', '~']).enumerate() {
        let name = part.trim_end_matches(['.', '-', '_', '~']);
        let end = &part[name.len()..];
        let has_digit = name.bytes().any(|byte| byte.is_ascii_digit());
        let has_upper = name.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
        let is_hash = nth > 0
            && name.len() >= FEWEST_OF_A_HASH
            && name.is_ascii()
            && (has_digit || has_upper && name.bytes().any(|byte| byte.is_ascii_lowercase()));
        let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        template.push_str(if is_hash || is_number { "*" } else { name });
        template.push_str(end);
    }
}

/// FNV-1a of 64 bits: <https://www.rfc-editor.org/rfc/rfc9923>
struct Fnv(u64);

impl Fnv {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn text(&mut self, text: &str) {
        // 0xff ends a text: no text of UTF-8 has it.
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Bytes of a message that count.
const LONGEST_MESSAGE: usize = 512;
/// Innermost frames of the application that count.
const MOST_FRAMES: usize = 6;
/// Last segments of a path that count: those before are of the machine that built it.
const MOST_SEGMENTS: usize = 3;
/// Characters of a name that no minifier gives.
const FEWEST_CHARACTERS: usize = 4;
/// Characters of a hash in a file's name: esbuild's have eight, Rollup's as few as five.
const FEWEST_OF_A_HASH: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn of(kind: &str, message: &str, frames: &[(&str, &str, bool, bool)]) -> u64 {
        let frames: Vec<_> = (frames.iter())
            .map(|&(function, file, in_app, is_source)| GroupFrame {
                function,
                file,
                in_app,
                is_source,
            })
            .collect();
        fingerprint(kind, message, frames)
    }

    #[test]
    fn one_fault_in_two_builds_is_one_group() {
        for (one, other) in [
            // Names and hashes of two builds.
            (
                (
                    "e",
                    "https://a.example/assets/index-DqL1x9ab.js",
                    true,
                    false,
                ),
                (
                    "rt",
                    "https://b.example/assets/index-C0ffee12.js?v=3",
                    true,
                    false,
                ),
            ),
            (
                (
                    "t",
                    "https://a.example/static/main.8f3a9c1b.js",
                    true,
                    false,
                ),
                (
                    "n",
                    "https://a.example/static/main.77aa0e42.js",
                    true,
                    false,
                ),
            ),
            (
                ("o", "https://a.example/v1.2.3/app.js", true, false),
                ("o", "https://a.example/v1.10.0/app.js", true, false),
            ),
            // The source, as two bundlers name it on two machines.
            (
                ("total", "webpack://shop/./src/cart/total.ts", true, true),
                ("total", "../../src/cart/total.ts", true, true),
            ),
            (
                (
                    "compute",
                    "/home/ci/build-12/app/pricing/discount.py",
                    true,
                    true,
                ),
                (
                    "compute",
                    "/srv/releases/7/app/pricing/discount.py",
                    true,
                    true,
                ),
            ),
            (
                (
                    "shop::total",
                    "wasm://wasm/shop.wasm-01fb6f42:wasm-function[9264]:0x3673b1",
                    true,
                    true,
                ),
                (
                    "shop::total",
                    "wasm://wasm/shop.wasm-7d1e00ab:wasm-function[9311]:0x36a0c2",
                    true,
                    true,
                ),
            ),
            (
                ("async save", "src/cart.ts", true, true),
                ("save", "src/cart.ts", true, true),
            ),
        ] {
            assert_eq!(
                of("TypeError", "a", &[one]),
                of("TypeError", "b", &[other]),
                "{one:?}"
            );
        }
    }

    #[test]
    fn different_faults_are_different_groups() {
        let frame = ("total", "src/cart.ts", true, true);
        let base = of("TypeError", "x", &[frame]);
        for other in [
            of("RangeError", "x", &[frame]),
            of("TypeError", "x", &[("totals", "src/cart.ts", true, true)]),
            of("TypeError", "x", &[("total", "src/basket.ts", true, true)]),
            of(
                "TypeError",
                "x",
                &[frame, ("render", "src/app.tsx", true, true)],
            ),
            of("TypeError", "x", &[]),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn frames_of_libraries_and_lines_do_not_count() {
        let own = ("total", "src/cart.ts", true, true);
        let library = ("dispatch", "node_modules/react-dom/index.js", false, true);
        assert_eq!(of("E", "x", &[library, own]), of("E", "x", &[own, library]));
        // Without frames of the application the message tells.
        assert_ne!(
            of("E", "no price", &[library]),
            of("E", "no tax", &[library])
        );
    }

    #[test]
    fn what_differs_each_time_is_no_part_of_a_template() {
        for (message, expected) in [
            ("order 4711 not found", "order # not found"),
            ("no user 'ann@shop.example'", "no user '*'"),
            ("mail ann@shop.example bounced", "mail <email> bounced"),
            (
                "id 0af76519-16cd-43dd-8448-eb211c80319c is gone",
                "id # is gone",
            ),
            ("trace 0af7651916cd43dd8448eb211c80319c", "trace #"),
            (
                "GET https://api.example/o/12?x=1 failed (503)",
                "GET <url> failed (#)",
            ),
            ("item12 of list3", "item# of list#"),
            (
                "can't read properties of null (reading 'price')",
                "can't read properties of null (reading '*')",
            ),
            ("deadbeef", "deadbeef"),
            ("took -3.5 ms", "took # ms"),
            ("", ""),
            ("it's", "it's"),
            ("größe 12 ü", "größe # ü"),
        ] {
            assert_eq!(message_template(message), expected, "{message}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_a_fingerprint(kind: String, message: String, function: String, file: String) {
            let frame = (function.as_str(), file.as_str(), true, false);
            let _ = of(&kind, &message, &[frame]);
            // What is put in is never much longer than what is taken out.
            proptest::prop_assert!(message_template(&message).len() <= 3 * message.len());
        }

        #[test]
        fn numbers_never_split_a_group(one: u32, other: u32) {
            let of = |number: u32| fingerprint("E", &alloc::format!("order {number} failed"), []);
            proptest::prop_assert_eq!(of(one), of(other));
        }
    }
}
