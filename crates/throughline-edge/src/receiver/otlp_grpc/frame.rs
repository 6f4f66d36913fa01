//! The one message of a unary call, in its frame of gRPC.
//!
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests>

use bytes::Bytes;

/// Decodes the frame of a message while it arrives: a byte that says whether the message is
/// compressed, its length in four bytes, and the message.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    prefix: [u8; PREFIX_BYTES],
    /// How much of the prefix has arrived.
    arrived: usize,
    /// Bytes of the message that are still to come.
    left: usize,
}

/// The prefix of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Prefix {
    pub(crate) is_compressed: bool,
    /// Bytes of the message, as it arrives.
    pub(crate) length: usize,
}

/// Why bytes are not the frame of one message. The sender is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("a call has one message, and here is none")]
    Missing,
    #[error("a call has one message, and here is more")]
    More,
    #[error("the message is cut off")]
    CutOff,
    #[error("the first byte of a message is 0, or 1 where it is compressed")]
    Flag,
    #[error("the message is compressed, but grpc-encoding does not say how")]
    Uncompressed,
}

impl Frame {
    /// Takes a chunk, and gives the part of the message in it.
    ///
    /// # Errors
    /// [`FrameError`]; the sender is at fault.
    pub(crate) fn push(&mut self, mut chunk: Bytes) -> Result<Bytes, FrameError> {
        if self.arrived < PREFIX_BYTES {
            let missing = PREFIX_BYTES - self.arrived;
            let first = chunk.split_to(missing.min(chunk.len()));
            let places = self.prefix.iter_mut().skip(self.arrived);
            for (place, byte) in places.zip(&first) {
                *place = *byte;
            }
            self.arrived += first.len();
            match self.prefix() {
                Some(prefix) => self.left = prefix?.length,
                None => return Ok(Bytes::new()),
            }
        }
        let left = self.left.checked_sub(chunk.len());
        self.left = left.ok_or(FrameError::More)?;
        Ok(chunk)
    }

    /// The prefix of the message, once it has arrived.
    pub(crate) fn prefix(&self) -> Option<Result<Prefix, FrameError>> {
        if self.arrived < PREFIX_BYTES {
            return None;
        }
        let [flag, length @ ..] = self.prefix;
        Some(match flag {
            0 | 1 => Ok(Prefix {
                is_compressed: flag == 1,
                length: usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX),
            }),
            _ => Err(FrameError::Flag),
        })
    }

    /// Ends the body.
    ///
    /// # Errors
    /// [`FrameError`] when something is missing; the sender is at fault.
    pub(crate) fn finish(&self) -> Result<(), FrameError> {
        match (self.arrived, self.left) {
            (0, _) => Err(FrameError::Missing),
            (PREFIX_BYTES, 0) => Ok(()),
            _ => Err(FrameError::CutOff),
        }
    }
}

/// The frame of a message that is not compressed.
pub(crate) fn encode(message: &[u8]) -> Bytes {
    with_flag(0, message)
}

/// The frame of a message that is compressed.
pub(crate) fn encode_compressed(message: &[u8]) -> Bytes {
    with_flag(1, message)
}

/// Decodes the frame of a message that has arrived: whether it is compressed, and the message.
///
/// # Errors
/// [`FrameError`]; the sender is at fault.
pub(crate) fn decode(body: Bytes) -> Result<(bool, Bytes), FrameError> {
    let mut frame = Frame::default();
    let message = frame.push(body)?;
    frame.finish()?;
    let prefix = frame.prefix().ok_or(FrameError::Missing)??;
    Ok((prefix.is_compressed, message))
}

fn with_flag(flag: u8, message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let mut frame = Vec::with_capacity(PREFIX_BYTES + message.len());
    frame.push(flag);
    frame.extend(length.to_be_bytes());
    frame.extend(message);
    frame.into()
}

/// Bytes in front of a message.
const PREFIX_BYTES: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The message of a body that arrives in chunks of some length.
    fn decode_chunks(body: &[u8], chunk_bytes: usize) -> Result<Vec<u8>, FrameError> {
        let mut frame = Frame::default();
        let mut message = Vec::new();
        for chunk in body.chunks(chunk_bytes) {
            message.extend(frame.push(Bytes::copy_from_slice(chunk))?);
        }
        frame.finish().map(|()| message)
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        for (body, error) in [
            (&b""[..], FrameError::Missing),
            (b"\0", FrameError::CutOff),
            (b"\0\0\0\0", FrameError::CutOff),
            (b"\0\0\0\0\x02a", FrameError::CutOff),
            (b"\0\0\0\0\x02abc", FrameError::More),
            (b"\0\0\0\0\0\0\0\0\0\0", FrameError::More),
            (b"\x02\0\0\0\0", FrameError::Flag),
        ] {
            for chunk_bytes in [1, 3, 100] {
                assert_eq!(decode_chunks(body, chunk_bytes), Err(error), "{body:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_message_is_read_as_it_was_written(
            message in proptest::collection::vec(any::<u8>(), 0..64),
            chunk_bytes in 1_usize..12,
        ) {
            let written = decode_chunks(&encode(&message), chunk_bytes);
            prop_assert_eq!(written.as_ref(), Ok(&message));
            let message = Bytes::from(message);
            prop_assert_eq!(decode(encode(&message)), Ok((false, message.clone())));
            prop_assert_eq!(decode(encode_compressed(&message)), Ok((true, message)));
        }

        #[test]
        fn any_bytes_are_read_alike_in_any_chunks(
            body in proptest::collection::vec(prop_oneof![Just(0_u8), Just(1), any::<u8>()], 0..16),
            chunk_bytes in 1_usize..12,
        ) {
            let whole = decode_chunks(&body, body.len().max(1));
            prop_assert_eq!(decode_chunks(&body, chunk_bytes), whole.clone());
            let message = decode(body.into()).map(|(_, message)| Vec::from(message));
            prop_assert_eq!(message, whole);
        }
    }
}
