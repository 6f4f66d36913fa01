//! A compressed body: decoded, given to the insertion, and compressed again.

use super::gunzip::Gunzip;
use super::insertion::Insertion;
use crate::host::BodyError;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// A gzip body on its way through.
#[derive(Debug)]
pub(super) struct Gzip {
    state: State,
    /// Bytes that arrived and are not decoded.
    input: Bytes,
    gunzip: Gunzip,
    /// `None` for a client that does not read gzip.
    encoder: Option<GzEncoder<Vec<u8>>>,
    /// Whether the encoder holds something back.
    is_dirty: bool,
    fault: Option<BodyError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was decoded yet.
    New,
    Open,
    /// Nothing more arrives; whether the body did not end early.
    Ended(bool),
    /// Everything is decoded; whether it is whole.
    Decoded(bool),
    /// Everything was handed out.
    Over,
    /// The body is no gzip, whatever its headers say, and passes.
    Unchanged,
}

impl Gzip {
    /// A body that goes on as gzip.
    pub(super) fn to_gzip() -> Self {
        Self {
            encoder: Some(GzEncoder::new(Vec::new(), LEVEL)),
            ..Self::to_identity()
        }
    }

    /// A body that goes on as it is when decoded.
    pub(super) fn to_identity() -> Self {
        Self {
            state: State::New,
            input: Bytes::new(),
            gunzip: Gunzip::new(),
            encoder: None,
            is_dirty: false,
            fault: None,
        }
    }

    pub(super) fn push(&mut self, chunk: Bytes) {
        self.input = match self.input.is_empty() {
            true => chunk,
            false => [&*self.input, &*chunk].concat().into(),
        };
    }

    pub(super) fn end(&mut self) {
        self.end_with(true);
    }

    pub(super) fn break_off(&mut self) {
        self.end_with(false);
    }

    /// Why the body is not whole.
    pub(super) const fn fault(&self) -> Option<&BodyError> {
        self.fault.as_ref()
    }

    /// The next bytes that go on. `None` when all that arrived went on.
    pub(super) fn next(&mut self, insertion: &mut Insertion) -> Option<Bytes> {
        loop {
            while let Some(bytes) = insertion.pop() {
                match &mut self.encoder {
                    Some(encoder) if self.state != State::Unchanged => {
                        // Writing to a vector does not fail.
                        let _ = encoder.write_all(&bytes);
                        self.is_dirty = true;
                        if encoder.get_ref().len() >= FULL {
                            return Some(core::mem::take(encoder.get_mut()).into());
                        }
                    }
                    _ => return Some(bytes),
                }
            }
            match self.state {
                State::New if self.input.len() < MAGIC.len() => return None,
                State::New if !self.input.starts_with(&MAGIC) => {
                    insertion.give_up();
                    self.state = State::Unchanged;
                }
                State::New => self.state = State::Open,
                State::Open | State::Ended(_) => {
                    if self.decode(insertion) {
                        continue;
                    }
                    match self.state {
                        State::Ended(is_whole) => self.decoded(insertion, is_whole),
                        _ => return self.flush(),
                    }
                }
                State::Decoded(is_whole) => {
                    self.state = State::Over;
                    return match is_whole {
                        true => self.finish(),
                        false => self.flush(),
                    };
                }
                State::Over => return None,
                State::Unchanged if self.input.is_empty() => return None,
                State::Unchanged => return Some(core::mem::take(&mut self.input)),
            }
        }
    }

    fn end_with(&mut self, is_whole: bool) {
        match self.state {
            // Too short to be gzip.
            State::New => self.state = State::Unchanged,
            State::Open => self.state = State::Ended(is_whole),
            _ => {}
        }
    }

    /// Decodes a piece; whether there was one.
    fn decode(&mut self, insertion: &mut Insertion) -> bool {
        match self.gunzip.decode(&mut self.input) {
            Ok(piece) if piece.is_empty() => false,
            Ok(piece) => {
                insertion.push(piece);
                true
            }
            Err(error) => {
                self.fail(&error.to_string());
                self.state = State::Ended(false);
                self.input.clear();
                false
            }
        }
    }

    fn decoded(&mut self, insertion: &mut Insertion, is_whole: bool) {
        if is_whole && self.gunzip.is_whole() {
            insertion.end();
            self.state = State::Decoded(true);
            return;
        }
        if is_whole {
            self.fail("it ends early");
        }
        insertion.give_up();
        self.state = State::Decoded(false);
    }

    fn fail(&mut self, why: &str) {
        self.fault = Some(BodyError(format!("the body is broken gzip: {why}").into()));
    }

    /// Bytes that the encoder holds back: a page is shown while it arrives.
    fn flush(&mut self) -> Option<Bytes> {
        let encoder = self.encoder.as_mut().filter(|_| self.is_dirty)?;
        // Writing to a vector does not fail.
        let _ = encoder.flush();
        self.is_dirty = false;
        Some(core::mem::take(encoder.get_mut()).into())
    }

    fn finish(&mut self) -> Option<Bytes> {
        self.encoder.take()?.finish().ok().map(Bytes::from)
    }
}

/// The compressed bytes that go on at once.
const FULL: usize = 16 << 10;
const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// A quarter smaller than the first level, and 2 to 18 % larger than the sixth, in half of its
/// time.
const LEVEL: Compression = Compression::new(2);
