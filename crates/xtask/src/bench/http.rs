//! Reads HTTP/1.1 messages.

use std::io::{self, BufRead, ErrorKind};

/// An HTTP request or response.
#[derive(Debug)]
pub(super) struct HttpMessage {
    /// The request line or the status line.
    pub(super) start: String,
    pub(super) body: Vec<u8>,
}

impl HttpMessage {
    /// Reads the next message of a connection; `None` at its end.
    pub(super) fn read(connection: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut start = String::new();
        if connection.read_line(&mut start)? == 0 {
            return Ok(None);
        }
        let (mut length, mut is_chunked) = (0, false);
        loop {
            let mut line = String::new();
            if connection.read_line(&mut line)? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(invalid)?;
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                is_chunked = true;
            }
        }
        let mut body = Vec::new();
        if is_chunked {
            while read_chunk(connection, &mut body)? {}
        } else {
            read_bytes(connection, length, &mut body)?;
        }
        Ok(Some(Self {
            start: start.trim_end().to_owned(),
            body,
        }))
    }

    /// The status code of a response.
    pub(super) fn status(&self) -> io::Result<u16> {
        let code = self.start.split(' ').nth(1).unwrap_or_default();
        code.parse().map_err(invalid)
    }
}

/// Whether another chunk follows: <https://www.rfc-editor.org/rfc/rfc9112#section-7.1>.
fn read_chunk(connection: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<bool> {
    let mut line = String::new();
    connection.read_line(&mut line)?;
    let length = usize::from_str_radix(line.trim_end(), 16).map_err(invalid)?;
    read_bytes(connection, length, body)?;
    connection.read_line(&mut line)?;
    Ok(length > 0)
}

fn read_bytes(connection: &mut impl BufRead, length: usize, body: &mut Vec<u8>) -> io::Result<()> {
    let begin = body.len();
    if length > MAX_BODY_BYTES - begin {
        return Err(invalid("a body over 64 MiB"));
    }
    body.resize(begin + length, 0);
    connection.read_exact(&mut body[begin..])
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error)
}

const MAX_BODY_BYTES: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_one_connection_are_read_one_by_one() {
        let mut connection: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\
            HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
        for (status, body) in [(200, "ok"), (503, "")] {
            let message = HttpMessage::read(&mut connection)
                .expect("well formed")
                .expect("a message");
            assert_eq!(message.status().expect("a status"), status);
            assert_eq!(message.body, body.as_bytes());
        }
        assert!(
            HttpMessage::read(&mut connection)
                .expect("the end")
                .is_none()
        );
    }

    #[test]
    fn a_message_in_chunks_is_read_to_its_end() {
        let mut chunked: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
            2\r\nok\r\nA\r\n0123456789\r\n0\r\n\r\nHTTP/1.1 503";
        let message = HttpMessage::read(&mut chunked).expect("well formed");
        assert_eq!(message.expect("a message").body, b"ok0123456789");
        assert_eq!(chunked, b"HTTP/1.1 503");
    }

    #[test]
    fn a_message_that_is_cut_off_is_refused() {
        let mut chunked: &[u8] = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok";
        assert!(HttpMessage::read(&mut chunked).is_err());
        let mut cut: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no";
        assert!(HttpMessage::read(&mut cut).is_err());
    }
}
