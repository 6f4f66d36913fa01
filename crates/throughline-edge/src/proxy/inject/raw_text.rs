//! The content of elements that holds no tags: `<title>`, `<style>`, `<script>` and the like.
//!
//! <https://html.spec.whatwg.org/multipage/parsing.html#script-data-state>

use super::tokenizer::is_space;

/// The place within an element of raw text.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawText {
    mode: RawMode,
    step: Step,
}

/// The kind of content, by which its end is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RawMode {
    /// Only its end tag matters.
    Text,
    /// A script.
    Script,
    /// A script, after `<!--`.
    Escaped,
    /// A script, after `<!--` and `<script`: an end tag only leads back.
    DoubleEscaped,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// The number of hyphens just read, of which two and a `>` end an escape.
    Content(u8),
    LessThan,
    /// After `<!`, and the number of hyphens after it, of which two begin an escape.
    Escape(u8),
    EndTagOpen,
    /// The number of letters that were read and equal those of the element's name.
    EndTagName(usize),
    /// The number of letters of `script` that were read; `None` when one differed.
    Script(Option<usize>),
}

impl RawText {
    pub(super) const fn new(mode: RawMode) -> Self {
        Self {
            mode,
            step: Step::Content(0),
        }
    }

    /// Reads the next byte. Whether it follows the name of the end tag of `element`; then
    /// the byte is part of that tag.
    pub(super) fn feed(&mut self, byte: u8, element: &[u8]) -> bool {
        let ends_name = is_space(byte) || byte == b'/' || byte == b'>';
        match self.step {
            Step::Content(hyphens) => return self.content(byte, hyphens),
            Step::LessThan => match (self.mode, byte) {
                (RawMode::Script, b'!') => self.step = Step::Escape(0),
                (RawMode::DoubleEscaped, b'/') => self.step = Step::Script(Some(0)),
                (RawMode::DoubleEscaped, _) => return self.content(byte, 0),
                (_, b'/') => self.step = Step::EndTagOpen,
                (RawMode::Escaped, _) if byte.is_ascii_alphabetic() => {
                    self.step = Step::Script(Some(0));
                    return self.feed(byte, element);
                }
                _ => return self.content(byte, 0),
            },
            Step::Escape(hyphens) => match (byte, hyphens) {
                (b'-', 0) => self.step = Step::Escape(1),
                (b'-', _) => {
                    self.mode = RawMode::Escaped;
                    self.step = Step::Content(2);
                }
                _ => return self.content(byte, 0),
            },
            Step::EndTagOpen if byte.is_ascii_alphabetic() => {
                self.step = Step::EndTagName(0);
                return self.feed(byte, element);
            }
            Step::EndTagOpen => return self.content(byte, 0),
            Step::EndTagName(read) => {
                if ends_name && read == element.len() {
                    return true;
                }
                if element.get(read) != Some(&byte.to_ascii_lowercase()) {
                    return self.content(byte, 0);
                }
                self.step = Step::EndTagName(read + 1);
            }
            Step::Script(read) => {
                if ends_name {
                    if read == Some(SCRIPT.len()) {
                        self.mode = match self.mode {
                            RawMode::Escaped => RawMode::DoubleEscaped,
                            _ => RawMode::Escaped,
                        };
                    }
                    self.step = Step::Content(0);
                } else if byte.is_ascii_alphabetic() {
                    let is_equal =
                        |read: &usize| SCRIPT.get(*read) == Some(&byte.to_ascii_lowercase());
                    self.step = Step::Script(read.filter(is_equal).map(|read| read + 1));
                } else {
                    return self.content(byte, 0);
                }
            }
        }
        false
    }

    fn content(&mut self, byte: u8, hyphens: u8) -> bool {
        let is_escaped = matches!(self.mode, RawMode::Escaped | RawMode::DoubleEscaped);
        self.step = match byte {
            b'<' => Step::LessThan,
            b'-' if is_escaped => Step::Content(hyphens.saturating_add(1).min(2)),
            b'>' if is_escaped && hyphens == 2 => {
                self.mode = RawMode::Script;
                Step::Content(0)
            }
            _ => Step::Content(0),
        };
        false
    }
}

const SCRIPT: &[u8] = b"script";
