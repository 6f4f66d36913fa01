//! Tests with a broker that wants TLS, and a user with a password.

use super::topics::Topics;
use super::{BATCH, Stream};
use crate::queue::receiver::Receiver;
use crate::support::tls::Certificate;
use crate::support::{Running, post};
use throughline_testkit::broker::Credentials;

#[test]
fn machines_reach_brokers_by_tls_and_by_a_password() {
    let certificate = Certificate::new();
    let topics = start("secure", &certificate);
    let ca = certificate.files().certificate.display().to_string();
    let secure = topics.secure();
    let backend = Receiver::start();
    let stream = Stream::default();
    // One machine gives over to the other.
    for (broker, credentials) in [(secure.tls, String::new()), (secure.scram, user(PASSWORD))] {
        let kafka = format!("brokers = [\"{broker}\"]\ntls = true\nca = \"{ca}\"\n{credentials}");
        let machine = Running::configured(&config(&topics, &backend, &kafka));
        stream.send_to([&machine]);
        for _ in 0..5 {
            stream.send_batch(0);
        }
        topics.wait_until_consumed();
        machine.terminate();
        assert!(machine.ended().status.success());
    }
    assert_eq!(stream.accepted(), 10 * BATCH as usize);
    assert_eq!(topics.account()["exported"], 10 * BATCH);
    assert_eq!(backend.spans().len() as u64, 10 * BATCH);
}

#[test]
fn a_wrong_password_and_a_wrong_authority_are_logged() {
    let certificate = Certificate::new();
    let topics = start("refused", &certificate);
    let right = certificate.files().certificate.display().to_string();
    let wrong = Certificate::new().files().certificate.display().to_string();
    let secure = topics.secure();
    let backend = Receiver::start();
    for (broker, credentials, ca, expected) in [
        (secure.scram, user("guessed"), &right, WRONG_PASSWORD),
        (secure.tls, String::new(), &wrong, WRONG_AUTHORITY),
    ] {
        let kafka = format!("brokers = [\"{broker}\"]\ntls = true\nca = \"{ca}\"\n{credentials}");
        let mut machine = Running::configured(&config(&topics, &backend, &kafka));
        // On this core, and why.
        let log = machine.logs_until("no topic is consumed on this core");
        let (_, why) = log.split_once("do not trust each other: ").expect(&log);
        assert!(why.contains(expected), "{why}");
        let response = post(&machine.authority, &super::spans(0..BATCH)).expect("a response");
        assert!(response.starts_with("HTTP/1.1 503 "), "{response}");
    }
    assert_eq!(topics.records(), 0);
}

fn start(name: &str, certificate: &Certificate) -> Topics {
    let pem = format!("{}{}", certificate.key, certificate.pem);
    let credentials = Credentials {
        pem: &pem,
        user: "edge",
        password: PASSWORD,
    };
    Topics::start_secure(name, credentials)
}

fn config(topics: &Topics, backend: &Receiver, kafka: &str) -> String {
    format!(
        "open = true\n[kafka]\ngroup = \"{}\"\n{kafka}[backend]\nurl = \"http://{}\"\nencoding = \"json\"\ncompression = \"none\"\n[outcomes]\ninterval_ms = 0\n",
        topics.group(),
        backend.authority,
    )
}

fn user(password: &str) -> String {
    format!("user = \"edge\"\npassword = \"{password}\"\n")
}

const PASSWORD: &str = "open sesame";
const WRONG_PASSWORD: &str = "invalid credentials";
const WRONG_AUTHORITY: &str = "certificate verify failed";
