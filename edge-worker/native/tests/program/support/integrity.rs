//! The value of `integrity` of a script, made by a program of other authors.

use std::io::Write;
use std::process::{Command, Stdio};

/// The value of `integrity` of a script, by OpenSSL's program.
pub(crate) fn integrity(script: &str) -> String {
    let mut openssl = Command::new("sh")
        .args(["-c", "openssl dgst -sha384 -binary | openssl base64 -A"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl");
    let mut stdin = openssl.stdin.take().expect("piped");
    stdin.write_all(script.as_bytes()).expect("it reads");
    drop(stdin);
    let ended = openssl.wait_with_output().expect("it ends");
    format!("sha384-{}", String::from_utf8_lossy(&ended.stdout))
}
