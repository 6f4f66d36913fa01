//! The HTML tokenizer: finds tags, their attributes and text, byte by byte.
//!
//! It has the states of the standard, without those that differ in their errors alone
//! (<https://html.spec.whatwg.org/multipage/parsing.html#tokenization>), and works in every
//! encoding whose bytes below 0x80 are those of ASCII. Its memory is bounded: a name that is
//! longer than any that matters is cut, and so is an attribute.

use super::raw_text::{RawMode, RawText};

/// The tags and the text of a document, in its order.
pub(super) trait Tokens {
    /// A character of text that is no white space, outside elements whose content is raw text.
    fn text(&mut self);
    /// A doctype.
    fn doctype(&mut self);
    /// The name of a start tag, in lower case, as soon as it is known.
    fn start(&mut self, name: &[u8]);
    /// The name of an end tag.
    fn end(&mut self, name: &[u8]);
    /// An attribute of the tag; its name is in lower case. `None` for a value that is too long.
    fn attribute(&mut self, name: &[u8], value: Option<&[u8]>);
    /// The `>` of the tag.
    fn tag_ends(&mut self);
}

/// The tokenizer of one document.
#[derive(Debug, Default)]
pub(super) struct Tokenizer {
    state: State,
    is_end_tag: bool,
    /// The name of the last tag.
    tag: Name,
    attribute: Attribute,
}

#[derive(Debug, Clone, Copy, Default)]
enum State {
    #[default]
    Data,
    TagOpen,
    EndTagOpen,
    TagName,
    BeforeAttribute,
    AttributeName,
    AfterAttributeName,
    BeforeValue,
    /// Up to this quote.
    QuotedValue(u8),
    UnquotedValue,
    AfterQuotedValue,
    SelfClosing,
    /// Up to the next `>`.
    BogusComment,
    /// After `<!`, and the number of bytes of `--` or of `doctype` after it.
    Markup(Markup, usize),
    Doctype,
    /// After `<!--`, and the number of hyphens after it.
    CommentStart(u8),
    /// Within the comment, and the number of hyphens just read.
    Comment(u8),
    /// After `--!` within the comment.
    CommentBang,
    Raw(RawText),
}

#[derive(Debug, Clone, Copy)]
enum Markup {
    Comment,
    Doctype,
}

impl Tokenizer {
    /// Whether the last byte left the tokenizer between tags.
    pub(super) fn is_between_tags(&self) -> bool {
        matches!(self.state, State::Data)
    }

    /// Whether a `<` was read that may begin a tag, whose name is not yet known.
    pub(super) fn is_undecided(&self) -> bool {
        matches!(
            self.state,
            State::TagOpen | State::EndTagOpen | State::TagName
        ) && !self.tag.is_long()
    }

    /// Reads the next byte.
    pub(super) fn feed(&mut self, byte: u8, tokens: &mut impl Tokens) {
        while !self.step(byte, tokens) {}
    }

    /// Whether the byte was consumed; otherwise the state that follows reads it again.
    fn step(&mut self, byte: u8, tokens: &mut impl Tokens) -> bool {
        match self.state {
            State::Data => match byte {
                b'<' => {
                    self.tag.clear();
                    self.enter(State::TagOpen)
                }
                _ if is_space(byte) => true,
                _ => {
                    tokens.text();
                    true
                }
            },
            State::TagOpen => match byte {
                b'!' => self.enter(State::Markup(Markup::Comment, 0)),
                b'/' => self.enter(State::EndTagOpen),
                b'?' => self.enter(State::BogusComment),
                _ if byte.is_ascii_alphabetic() => {
                    self.is_end_tag = false;
                    self.reread(State::TagName)
                }
                _ => {
                    tokens.text();
                    self.reread(State::Data)
                }
            },
            State::EndTagOpen => match byte {
                b'>' => self.enter(State::Data),
                _ if byte.is_ascii_alphabetic() => {
                    self.is_end_tag = true;
                    self.reread(State::TagName)
                }
                _ => self.reread(State::BogusComment),
            },
            State::TagName => self.tag_name(byte, tokens),
            State::BeforeAttribute
            | State::AttributeName
            | State::AfterAttributeName
            | State::BeforeValue
            | State::QuotedValue(_)
            | State::UnquotedValue
            | State::AfterQuotedValue
            | State::SelfClosing => self.attribute(byte, tokens),
            State::BogusComment | State::Doctype => match byte {
                b'>' => self.enter(State::Data),
                _ => true,
            },
            State::Markup(kind, read) => self.markup(kind, read, byte, tokens),
            State::CommentStart(hyphens) => match (byte, hyphens) {
                (b'>', _) => self.enter(State::Data),
                (b'-', 0) => self.enter(State::CommentStart(1)),
                (b'-', _) => self.enter(State::Comment(2)),
                _ => self.reread(State::Comment(0)),
            },
            State::Comment(hyphens) => match (byte, hyphens) {
                (b'-', _) => self.enter(State::Comment(hyphens.saturating_add(1).min(2))),
                (b'>', 2) => self.enter(State::Data),
                (b'!', 2) => self.enter(State::CommentBang),
                _ => self.enter(State::Comment(0)),
            },
            State::CommentBang => match byte {
                b'>' => self.enter(State::Data),
                b'-' => self.enter(State::Comment(1)),
                _ => self.reread(State::Comment(0)),
            },
            State::Raw(mut raw) => {
                let ended = raw.feed(byte, self.tag.bytes());
                self.state = State::Raw(raw);
                if ended {
                    self.is_end_tag = true;
                    tokens.end(self.tag.bytes());
                    return self.reread(State::BeforeAttribute);
                }
                true
            }
        }
    }

    fn tag_name(&mut self, byte: u8, tokens: &mut impl Tokens) -> bool {
        if !(is_space(byte) || byte == b'/' || byte == b'>') {
            let was_long = self.tag.is_long();
            self.tag.push(byte);
            if self.tag.is_long() && !was_long {
                self.name(tokens);
            }
            return true;
        }
        if !self.tag.is_long() {
            self.name(tokens);
        }
        self.reread(State::BeforeAttribute)
    }

    fn name(&self, tokens: &mut impl Tokens) {
        match self.is_end_tag {
            true => tokens.end(self.tag.bytes()),
            false => tokens.start(self.tag.bytes()),
        }
    }

    fn attribute(&mut self, byte: u8, tokens: &mut impl Tokens) -> bool {
        match (self.state, byte) {
            (State::QuotedValue(quote), _) if byte == quote => {
                self.attribute.end(tokens);
                self.enter(State::AfterQuotedValue)
            }
            (State::QuotedValue(_), _) => self.attribute.push_value(byte),
            (State::UnquotedValue, _) if !(is_space(byte) || byte == b'>') => {
                self.attribute.push_value(byte)
            }
            (State::BeforeValue, b'"' | b'\'') => self.enter(State::QuotedValue(byte)),
            (State::AttributeName | State::AfterAttributeName, b'=') => {
                self.enter(State::BeforeValue)
            }
            (State::AttributeName, b'/' | b'>') => self.reread(State::AfterAttributeName),
            (State::AttributeName, _) if is_space(byte) => self.enter(State::AfterAttributeName),
            (State::AttributeName, _) => self.attribute.push_name(byte),
            (State::BeforeValue | State::AfterAttributeName | State::BeforeAttribute, _)
                if is_space(byte) =>
            {
                true
            }
            (_, b'>') => {
                self.attribute.end(tokens);
                tokens.tag_ends();
                self.state = self.after_tag();
                true
            }
            (State::BeforeValue, _) => self.reread(State::UnquotedValue),
            (State::UnquotedValue, _) => {
                self.attribute.end(tokens);
                self.enter(State::BeforeAttribute)
            }
            (State::AfterQuotedValue, _) if is_space(byte) => self.enter(State::BeforeAttribute),
            (_, b'/') => {
                self.attribute.end(tokens);
                self.enter(State::SelfClosing)
            }
            (State::AfterQuotedValue | State::SelfClosing, _) => {
                self.reread(State::BeforeAttribute)
            }
            // A name may begin with any other byte, also with `=`.
            _ => {
                self.attribute.end(tokens);
                self.attribute.begin(byte);
                self.enter(State::AttributeName)
            }
        }
    }

    fn markup(&mut self, kind: Markup, read: usize, byte: u8, tokens: &mut impl Tokens) -> bool {
        let (kind, word) = match (kind, read, byte) {
            (_, 0, b'd' | b'D') => (Markup::Doctype, DOCTYPE),
            (Markup::Comment, ..) => (Markup::Comment, COMMENT),
            (Markup::Doctype, ..) => (Markup::Doctype, DOCTYPE),
        };
        if word.get(read) != Some(&byte.to_ascii_lowercase()) {
            return self.reread(State::BogusComment);
        }
        self.state = match kind {
            _ if read + 1 < word.len() => State::Markup(kind, read + 1),
            Markup::Comment => State::CommentStart(0),
            Markup::Doctype => {
                tokens.doctype();
                State::Doctype
            }
        };
        true
    }

    /// The state for the content of the element: text with tags, or raw.
    fn after_tag(&self) -> State {
        if self.is_end_tag {
            return State::Data;
        }
        match self.tag.bytes() {
            b"script" => State::Raw(RawText::new(RawMode::Script)),
            // With scripts, the content of `noscript` is raw text too.
            b"title" | b"textarea" | b"style" | b"xmp" | b"iframe" | b"noembed" | b"noframes"
            | b"noscript" => State::Raw(RawText::new(RawMode::Text)),
            _ => State::Data,
        }
    }

    fn enter(&mut self, state: State) -> bool {
        self.state = state;
        true
    }

    fn reread(&mut self, state: State) -> bool {
        self.state = state;
        false
    }
}

/// The name of a tag in lower case. One that is too long is no element's that matters.
#[derive(Debug, Default)]
struct Name {
    bytes: [u8; LONGEST_NAME],
    length: usize,
}

impl Name {
    fn clear(&mut self) {
        self.length = 0;
    }

    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.length) {
            *slot = byte.to_ascii_lowercase();
            self.length += 1;
        }
    }

    fn is_long(&self) -> bool {
        self.length == LONGEST_NAME
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// The attribute that is being read.
#[derive(Debug, Default)]
struct Attribute {
    name: Vec<u8>,
    value: Vec<u8>,
    is_cut: bool,
}

impl Attribute {
    fn begin(&mut self, byte: u8) {
        self.name.push(byte.to_ascii_lowercase());
    }

    fn push_name(&mut self, byte: u8) -> bool {
        if self.name.len() < LONGEST_ATTRIBUTE_NAME {
            self.name.push(byte.to_ascii_lowercase());
        }
        true
    }

    fn push_value(&mut self, byte: u8) -> bool {
        if self.value.len() < LONGEST_VALUE {
            self.value.push(byte);
        } else {
            self.is_cut = true;
        }
        true
    }

    /// Hands out the attribute, if there is one.
    fn end(&mut self, tokens: &mut impl Tokens) {
        if !self.name.is_empty() {
            let value = (!self.is_cut).then_some(&*self.value);
            tokens.attribute(&self.name, value);
        }
        self.name.clear();
        self.value.clear();
        self.is_cut = false;
    }
}

/// White space of HTML.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

/// One more than the longest name that matters, `plaintext`.
pub(super) const LONGEST_NAME: usize = 10;
const LONGEST_ATTRIBUTE_NAME: usize = 32;
/// Policies are the longest values that matter.
pub(super) const LONGEST_VALUE: usize = 4096;
const COMMENT: &[u8] = b"--";
const DOCTYPE: &[u8] = b"doctype";
