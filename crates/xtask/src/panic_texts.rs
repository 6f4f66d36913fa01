//! Blanks the texts of panic messages in a module, which it never prints.
//!
//! The standard library keeps the texts of its panics, and what it formats numbers with. In
//! the engine a panic is a trap without a text: `wasm-opt` removes the code, and leaves the
//! data. Zeros in their place cost nothing once the module is compressed.

use crate::failure::Failure;
use std::path::Path;

/// Blanks the data in a module.
pub(crate) fn blank(module: &Path) -> Result<(), Failure> {
    let mut bytes = std::fs::read(module).map_err(Failure::path(module))?;
    blank_messages(&mut bytes);
    blank_digits(&mut bytes);
    std::fs::write(module, bytes).map_err(Failure::path(module))
}

/// The texts of panics. Without them a panic would say less, and do the same.
fn blank_messages(bytes: &mut [u8]) {
    for text in [
        "memory allocation of ",
        " bytes failed",
        "capacity overflow",
    ] {
        while let Some(at) = find(bytes, text.as_bytes()) {
            bytes[at..at + text.len()].fill(0);
        }
    }
    while let Some(at) = find(bytes, b"/rustc/") {
        let length = find(&bytes[at..], b".rs").map_or("/rustc/".len(), |end| end + ".rs".len());
        bytes[at..at + length].fill(0);
    }
}

/// The digits of the numbers up to 99, unless the code names their address.
fn blank_digits(bytes: &mut [u8]) {
    let digits: String = (0..100).map(|number| format!("{number:02}")).collect();
    let Some(at) = find(bytes, digits.as_bytes()) else {
        return;
    };
    let address = address_of(bytes, at);
    if address.is_some_and(|address| address < 1 << 20 && find(bytes, &leb128(address)).is_none()) {
        bytes[at..at + digits.len()].fill(0);
    }
}

/// The address in memory of the byte at a position in the file; `None` when it is not in the
/// data of the module.
fn address_of(bytes: &[u8], at: usize) -> Option<usize> {
    let mut rest = bytes.get(HEADER..)?;
    while let [section, after @ ..] = rest {
        let (length, body) = number(after)?;
        rest = body.get(length..)?;
        if *section != DATA {
            continue;
        }
        let (count, mut segments) = number(body)?;
        for _ in 0..count {
            // A segment of the first memory at a constant address.
            let (address, after) = number(segments.strip_prefix(&[0, I32_CONST])?)?;
            let (length, data) = number(after.strip_prefix(&[END])?)?;
            let start = bytes.len() - data.len();
            if (start..start + length).contains(&at) {
                return Some(address + at - start);
            }
            segments = data.get(length..)?;
        }
    }
    None
}

/// Reads a number in LEB128, and returns what is after it.
/// <https://webassembly.github.io/spec/core/binary/values.html#integers>
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let length = 1 + bytes.iter().position(|byte| byte & 0x80 == 0)?;
    let (digits, rest) = bytes.split_at(length);
    let number = digits
        .iter()
        .rev()
        .fold(0, |number, byte| number << 7 | usize::from(byte & 0x7f));
    Some((number, rest))
}

/// Writes a number in LEB128. Below a mebibyte, three bytes, signed and unsigned are alike.
fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// Length of the magic number and the version.
const HEADER: usize = 8;
/// The id of the section with the data.
const DATA: u8 = 11;
const I32_CONST: u8 = 0x41;
const END: u8 = 0x0b;

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with code that names an address, and with data at 0x10a00.
    fn module(named: usize, data: &str) -> Vec<u8> {
        let code = leb128(named);
        let mut segment = vec![1, 0, I32_CONST, 0x80, 0x94, 0x04, END];
        segment.extend([data.len() as u8 | 0x80, (data.len() >> 7) as u8]);
        segment.extend(data.bytes());
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        for (section, body) in [(10, code), (DATA, segment)] {
            module.extend([section, body.len() as u8 | 0x80, (body.len() >> 7) as u8]);
            module.extend(body);
        }
        module
    }

    fn digits() -> String {
        (0..100).map(|number| format!("{number:02}")).collect()
    }

    #[test]
    fn the_texts_of_panics_are_blanked_and_other_data_stays() {
        let data = "exception/rustc/59807616/library/alloc/src/alloc.rs\0memory allocation of \u{1} bytes failed.capacity overflow url.full";
        let mut bytes = module(0x10_a00, data);
        let length = bytes.len();
        blank_messages(&mut bytes);
        assert_eq!(bytes.len(), length);
        let rest: Vec<u8> = bytes.split_off(length - data.len());
        let rest: String = rest
            .into_iter()
            .filter(|byte| *byte > 1)
            .map(char::from)
            .collect();
        assert_eq!(rest, "exception. url.full");
    }

    #[test]
    fn digits_are_blanked_unless_the_code_names_them() {
        let data = format!("ab{}", digits());
        let mut unused = module(0x10_a00, &data);
        blank_digits(&mut unused);
        assert_eq!(find(&unused, b"0001"), None);
        let mut used = module(0x10_a02, &data);
        blank_digits(&mut used);
        assert!(find(&used, digits().as_bytes()).is_some());
    }
}
