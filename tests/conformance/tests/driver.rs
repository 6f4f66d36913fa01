//! Tests the driver over pipes, as independent suites use it.

use serde_json::{Value, json};
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

type Outcome = Result<(), Box<dyn Error>>;

#[test]
fn sampling() -> Outcome {
    cases("sampling")
}

#[test]
fn xray() -> Outcome {
    cases("xray")
}

#[test]
fn baggage() -> Outcome {
    cases("baggage")
}

#[test]
fn sigv4() -> Outcome {
    cases("sigv4")
}

#[test]
fn pii() -> Outcome {
    cases("pii")
}

#[test]
fn stack() -> Outcome {
    cases("stack")
}

#[test]
fn sourcemap() -> Outcome {
    cases("sourcemap")
}

#[test]
fn an_invalid_request_gets_an_error() -> Outcome {
    let mut driver = Driver::start("sampling")?;
    for line in [
        "{",
        "[]",
        "{\"op\":\"guess\"}",
        "{\"op\":\"prob_to_th\",\"p\":\"half\"}",
        "{\"op\":\"prob_to_th\",\"p\":0.5,\"precision\":15}",
        "{\"op\":\"decide\",\"trace_id\":\"00\",\"ot\":null,\"th\":\"8\"}",
    ] {
        let response = driver.request(line)?;
        assert!(response["error"].is_string(), "{line}: {response}");
    }
    let request = json!({"op": "th_to_prob", "th": "8"});
    assert_eq!(driver.request(request.to_string())?, json!({"p": 0.5}));
    Ok(())
}

#[test]
fn a_line_that_is_not_utf_8_does_not_end_the_session() -> Outcome {
    let mut driver = Driver::start("baggage")?;
    let response = driver.request(b"{\"op\":\"parse\",\"s\":\"a=\xff,b=2\"}")?;
    assert_eq!(response["entries"][0]["key"], "b");
    assert!(driver.request([0xff])?["error"].is_string());
    assert_eq!(
        driver.request("{\"op\":\"parse\",\"s\":\"\"}\r")?,
        json!({"entries": []})
    );
    Ok(())
}

#[test]
fn an_unknown_suite_is_a_usage_error() -> Outcome {
    for arguments in [&[][..], &["everything"]] {
        let output = Command::new(DRIVER).args(arguments).output()?;
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        let usage = String::from_utf8(output.stderr)?;
        assert!(
            usage.contains("sampling | xray | baggage | pii | sigv4 | stack | sourcemap"),
            "{usage}"
        );
    }
    Ok(())
}

/// Sends the requests of `tests/cases/<suite>/<case>/input.json`: one, or a list.
fn cases(suite: &str) -> Outcome {
    let mut driver = Driver::start(suite)?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../cases")
        .join(suite);
    let mut count = 0;
    for case in std::fs::read_dir(&folder)? {
        let case = case?.path();
        let requests = read(&case.join("input.json"))?;
        let expected = read(&case.join("expected.json"))?;
        assert_eq!(requests.len(), expected.len(), "{}", case.display());
        for (request, expected) in requests.iter().zip(expected) {
            let response = driver.request(request.to_string())?;
            assert_eq!(response, expected, "{}: {request}", case.display());
            count += 1;
        }
    }
    assert_ne!(count, 0, "no cases in {}", folder.display());
    Ok(())
}

fn read(path: &Path) -> Result<Vec<Value>, Box<dyn Error>> {
    Ok(
        match serde_json::from_str(&std::fs::read_to_string(path)?)? {
            Value::Array(list) => list,
            value => vec![value],
        },
    )
}

/// The running driver.
struct Driver {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Driver {
    fn start(suite: &str) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(DRIVER)
            .arg(suite)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Self {
            input: child.stdin.take().ok_or("no input")?,
            output: BufReader::new(child.stdout.take().ok_or("no output")?),
            child,
        })
    }

    /// Sends a request and waits for its response.
    fn request(&mut self, line: impl AsRef<[u8]>) -> Result<Value, Box<dyn Error>> {
        self.input.write_all(line.as_ref())?;
        self.input.write_all(b"\n")?;
        let mut response = String::new();
        self.output.read_line(&mut response)?;
        Ok(serde_json::from_str(&response)?)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const DRIVER: &str = env!("CARGO_BIN_EXE_throughline-conformance");
