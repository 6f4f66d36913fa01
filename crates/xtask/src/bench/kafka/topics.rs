//! Creates topics by one request to a broker: the tool of Kafka starts Java for each.
//!
//! <https://kafka.apache.org/protocol#The_Messages_CreateTopics>, version 2.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Creates the topics that do not exist.
pub(super) fn create(port: u16, names: &[String], partitions: u32) -> io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(&request(names, partitions))?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut response = vec![0; u32::from_be_bytes(length).min(MOST_BYTES) as usize];
    stream.read_exact(&mut response)?;
    let codes = error_codes(&response).ok_or(ErrorKind::InvalidData)?;
    match codes.into_iter().find(|code| ![0, EXISTS].contains(code)) {
        None => Ok(()),
        Some(code) => Err(io::Error::other(format!("error {code} of Kafka"))),
    }
}

fn request(names: &[String], partitions: u32) -> Vec<u8> {
    // The name of the request, its version, its number, and no name of the client.
    let mut body = vec![0, 19, 0, 2, 0, 0, 0, 1, 0xff, 0xff];
    body.extend((names.len() as u32).to_be_bytes());
    for name in names {
        body.extend((name.len() as u16).to_be_bytes());
        body.extend(name.as_bytes());
        body.extend(partitions.to_be_bytes());
        // One copy; no assignments; no settings.
        body.extend([0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
    body.extend((PATIENCE.as_millis() as u32).to_be_bytes());
    // It is no trial.
    body.push(0);
    let mut request = (body.len() as u32).to_be_bytes().to_vec();
    request.extend(body);
    request
}

/// The error code of each topic, zero when it was created.
fn error_codes(response: &[u8]) -> Option<Vec<u16>> {
    // The request's number and how long it was throttled come first.
    let mut rest = response.get(8..)?;
    let mut take = |bytes: usize| {
        let (taken, behind) = rest.split_at_checked(bytes)?;
        rest = behind;
        Some(taken)
    };
    let count = u32::from_be_bytes(take(4)?.try_into().ok()?);
    let mut codes = Vec::new();
    for _ in 0..count {
        let name = u16::from_be_bytes(take(2)?.try_into().ok()?);
        take(name.into())?;
        codes.push(u16::from_be_bytes(take(2)?.try_into().ok()?));
        // A length of -1 is no message.
        let message = i16::from_be_bytes(take(2)?.try_into().ok()?);
        take(usize::try_from(message).unwrap_or(0))?;
    }
    Some(codes)
}

const EXISTS: u16 = 36;
const PATIENCE: Duration = Duration::from_secs(10);
const MOST_BYTES: u32 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_its_length_in_front() {
        let request = request(&["ab".to_owned()], 3);
        assert_eq!(request[..4], (request.len() as u32 - 4).to_be_bytes());
        assert_eq!(request[18..26], [0, 2, b'a', b'b', 0, 0, 0, 3]);
    }

    #[test]
    fn error_codes_are_read_with_and_without_a_message() {
        let head = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2];
        let topics = [0, 1, b'a', 0, 0, 0xff, 0xff, 0, 1, b'b', 0, 36, 0, 1, b'!'];
        let response = [&head[..], &topics].concat();
        assert_eq!(error_codes(&response), Some(vec![0, 36]));
        assert_eq!(error_codes(&response[..20]), None);
    }
}
