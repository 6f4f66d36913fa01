//! Decodes gzip piece by piece, so that no input makes much of itself at once.
//!
//! flate2's own decoders decode all of what they are given.
//! <https://www.rfc-editor.org/rfc/rfc1952>

use bytes::{Buf, Bytes};
use flate2::{Crc, Decompress, FlushDecompress, Status};

/// A decoder of a body of one or more members.
#[derive(Debug)]
pub(super) struct Gunzip {
    part: Part,
    inflate: Decompress,
    crc: Crc,
}

/// The part of a member that comes next.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// The fixed bytes of the header: how many were read, and the flags.
    Fixed(usize, u8),
    /// Both bytes of the length of the extra field, and the flags.
    ExtraLength(Option<u8>, u8),
    /// The extra field: how many bytes are left, and the flags.
    Extra(usize, u8),
    /// Up to a zero, and the flags: the name, then the comment.
    Text(u8),
    /// The header's checksum: how many bytes were read.
    HeaderChecksum(usize),
    Deflate,
    /// Checksum and length: how many bytes were read, and the checksum so far.
    Trailer(usize, u32),
    /// Behind a whole member. Another one may follow, or zeros.
    Between,
    /// Bytes that belong to no member and are ignored, as browsers do.
    Ignored,
}

/// Why the body cannot be decoded. The upstream is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum GunzipError {
    #[error("the header is none of gzip")]
    Header,
    #[error("the deflated data are invalid")]
    Data,
    #[error("the checksum differs")]
    Checksum,
}

impl Gunzip {
    pub(super) fn new() -> Self {
        Self {
            part: Part::Fixed(0, 0),
            inflate: Decompress::new(false),
            crc: Crc::new(),
        }
    }

    /// Decodes some of the input, and returns at most [`PIECE`] bytes of the content. They are
    /// none when all of the input is decoded.
    pub(super) fn decode(&mut self, input: &mut Bytes) -> Result<Bytes, GunzipError> {
        loop {
            if let Part::Deflate = self.part {
                let piece = self.inflate(input)?;
                if !piece.is_empty() {
                    return Ok(piece);
                }
                if let Part::Deflate = self.part {
                    return Ok(Bytes::new());
                }
            }
            let Some(byte) = input.first().copied() else {
                return Ok(Bytes::new());
            };
            if let Part::Ignored = self.part {
                input.clear();
                return Ok(Bytes::new());
            }
            input.advance(1);
            self.part = self.read(byte)?;
        }
    }

    /// Whether the last member is whole.
    pub(super) const fn is_whole(&self) -> bool {
        matches!(self.part, Part::Between | Part::Ignored)
    }

    fn inflate(&mut self, input: &mut Bytes) -> Result<Bytes, GunzipError> {
        let mut piece = vec![0; PIECE];
        let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
        let status = (self.inflate).decompress(input, &mut piece, FlushDecompress::None);
        let status = status.map_err(|_| GunzipError::Data)?;
        // Both differences are bounded by the buffers, which fit usize.
        let read = (self.inflate.total_in() - read) as usize;
        piece.truncate((self.inflate.total_out() - written) as usize);
        input.advance(read);
        self.crc.update(&piece);
        if status == Status::StreamEnd {
            self.part = Part::Trailer(0, 0);
        } else if read == 0 && piece.is_empty() && !input.is_empty() {
            return Err(GunzipError::Data);
        }
        Ok(piece.into())
    }

    /// Reads a byte in front of or behind the deflated data.
    fn read(&mut self, byte: u8) -> Result<Part, GunzipError> {
        Ok(match self.part {
            Part::Fixed(at, flags) => {
                let is_valid = match at {
                    0..3 => MAGIC.get(at) == Some(&byte),
                    3 => byte & RESERVED == 0,
                    _ => true,
                };
                if !is_valid {
                    return Err(GunzipError::Header);
                }
                let flags = if at == 3 { byte } else { flags };
                match at {
                    9 => self.after(FIXED, flags),
                    _ => Part::Fixed(at + 1, flags),
                }
            }
            Part::ExtraLength(None, flags) => Part::ExtraLength(Some(byte), flags),
            Part::ExtraLength(Some(low), flags) => {
                match usize::from(u16::from_le_bytes([low, byte])) {
                    0 => self.after(EXTRA, flags),
                    length => Part::Extra(length, flags),
                }
            }
            Part::Extra(1, flags) => self.after(EXTRA, flags),
            Part::Extra(left, flags) => Part::Extra(left - 1, flags),
            Part::Text(flags) if byte != 0 => Part::Text(flags),
            Part::Text(flags) if flags & NAME != 0 => self.after(NAME, flags & !NAME),
            Part::Text(flags) => self.after(COMMENT, flags),
            Part::HeaderChecksum(0) => Part::HeaderChecksum(1),
            Part::HeaderChecksum(_) | Part::Deflate => self.begin(),
            Part::Trailer(at, checksum) => {
                let checksum = match at {
                    0..4 => checksum | u32::from(byte) << (8 * at),
                    _ => checksum,
                };
                match at {
                    7 if checksum != self.crc.sum() => return Err(GunzipError::Checksum),
                    7 => Part::Between,
                    _ => Part::Trailer(at + 1, checksum),
                }
            }
            Part::Between if Some(&byte) == MAGIC.first() => Part::Fixed(1, 0),
            Part::Between | Part::Ignored => Part::Ignored,
        })
    }

    /// The part behind one of the header. `flags` names those that are there.
    fn after(&mut self, part: u8, flags: u8) -> Part {
        if part < EXTRA && flags & EXTRA != 0 {
            Part::ExtraLength(None, flags)
        } else if part < COMMENT && flags & (NAME | COMMENT) != 0 {
            Part::Text(flags)
        } else if flags & CHECKSUM != 0 {
            Part::HeaderChecksum(0)
        } else {
            self.begin()
        }
    }

    fn begin(&mut self) -> Part {
        self.inflate.reset(false);
        self.crc.reset();
        Part::Deflate
    }
}

/// The most bytes of content that are decoded at once.
pub(super) const PIECE: usize = 16 << 10;
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
/// The flags, each of them the name of a part here too; in the order of the parts but for the
/// checksum: <https://www.rfc-editor.org/rfc/rfc1952#page-6>.
const FIXED: u8 = 0;
const CHECKSUM: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
const RESERVED: u8 = 0xe0;
