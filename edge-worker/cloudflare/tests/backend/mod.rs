//! A backend that reads OTLP in JSON.

use serde_json::Value;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;

/// A backend on a free port, for as long as the test runs.
pub(crate) struct Backend {
    address: SocketAddr,
    /// Paths and bodies.
    pub(crate) received: Receiver<(String, Value)>,
    is_hanging: Arc<AtomicBool>,
    statuses: Arc<Mutex<VecDeque<u16>>>,
}

impl Backend {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (sender, received) = mpsc::channel();
        let is_hanging = Arc::new(AtomicBool::new(false));
        let hangs = Arc::clone(&is_hanging);
        let statuses = Arc::new(Mutex::new(VecDeque::new()));
        let next = Arc::clone(&statuses);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (sender, hangs) = (sender.clone(), Arc::clone(&hangs));
                let next = Arc::clone(&next);
                thread::spawn(move || serve(stream, &sender, &hangs, &next));
            }
        });
        Self {
            address,
            received,
            is_hanging,
            statuses,
        }
    }

    /// The statuses of the next exports of spans.
    pub(crate) fn will_respond(&self, statuses: impl IntoIterator<Item = u16>) {
        let mut next = self.statuses.lock().expect("no panic under it");
        next.extend(statuses);
    }

    /// Whether requests that come from now on get no response.
    pub(crate) fn set_hanging(&self, is_hanging: bool) {
        self.is_hanging.store(is_hanging, Ordering::SeqCst);
    }

    /// The keys of `[backend]`.
    pub(crate) fn as_toml(&self) -> String {
        format!(
            "url = \"http://{}\"\nencoding = \"json\"\ncompression = \"none\"\n",
            self.address
        )
    }
}

fn serve(
    mut stream: TcpStream,
    received: &Sender<(String, Value)>,
    hangs: &AtomicBool,
    statuses: &Mutex<VecDeque<u16>>,
) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    loop {
        let (mut path, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or_default() == 0 {
                return;
            }
            if path.is_empty() {
                path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("the whole body");
        let hangs = hangs.load(Ordering::SeqCst);
        let status = match path.ends_with("traces") {
            true => statuses.lock().expect("no panic under it").pop_front(),
            false => None,
        };
        // The test may have ended.
        let _ = received.send((path, serde_json::from_slice(&body).expect("JSON")));
        if hangs {
            loop {
                thread::park();
            }
        }
        let response = TAKEN.replace("200", &status.unwrap_or(200).to_string());
        if stream.write_all(response.as_bytes()).is_err() {
            return;
        }
    }
}

const TAKEN: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
