//! A client of HTTP/2 that shows what it receives.

use crate::support::TIMEOUT;
use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use http::{HeaderMap, Request};
use std::future::Future;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// Runs the steps of a test, for no longer than any step takes.
pub(crate) fn run(steps: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let ended = runtime.block_on(async { timeout(TIMEOUT, steps).await });
    ended.expect("in time");
}

/// One connection in HTTP/2.
pub(crate) struct Client {
    requests: SendRequest<Bytes>,
    connection: JoinHandle<Result<(), h2::Error>>,
}

/// A request whose response may be awaited. Dropping it resets the request.
pub(crate) struct Begun {
    response: ResponseFuture,
    body: SendStream<Bytes>,
}

/// A whole response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) bytes: Bytes,
    pub(crate) trailers: HeaderMap,
}

impl Client {
    /// Connects with prior knowledge.
    pub(crate) async fn connect(authority: &str) -> Self {
        let stream = TcpStream::connect(authority).await.expect("it listens");
        Self::over(stream).await
    }

    pub(crate) async fn over<I>(io: I) -> Self
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (requests, connection) = h2::client::handshake(io).await.expect("HTTP/2");
        Self {
            requests,
            connection: tokio::spawn(connection),
        }
    }

    /// Sends a request.
    pub(crate) async fn begin(&mut self, request: Request<()>, body: &[u8]) -> Begun {
        let (response, mut sender) = self.send(request, body.is_empty()).await;
        if !body.is_empty() {
            let body = Bytes::copy_from_slice(body);
            sender.send_data(body, true).expect("it may send");
        }
        Begun {
            response,
            body: sender,
        }
    }

    /// Sends a request with a first part of its body.
    pub(crate) async fn begin_half(&mut self, request: Request<()>, body: &[u8]) -> Begun {
        let (response, mut sender) = self.send(request, false).await;
        let body = Bytes::copy_from_slice(body);
        sender.send_data(body, false).expect("it may send");
        Begun {
            response,
            body: sender,
        }
    }

    async fn send(
        &mut self,
        request: Request<()>,
        is_whole: bool,
    ) -> (ResponseFuture, SendStream<Bytes>) {
        self.requests = self.requests.clone().ready().await.expect("it may send");
        let sent = self.requests.send_request(request, is_whole);
        sent.expect("it may send")
    }

    /// Waits until the server has read what was sent before.
    pub(crate) async fn settled(&mut self) {
        let request = Request::get("http://a/").body(()).expect("valid");
        self.begin(request, b"").await.end().await;
    }

    /// How many requests may be open.
    pub(crate) fn max_streams(&self) -> usize {
        self.requests.current_max_send_streams()
    }

    /// Waits for GOAWAY, after which no request may begin.
    pub(crate) async fn is_told_to_go(&mut self) {
        while let Ok(requests) = self.requests.clone().ready().await {
            self.requests = requests;
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// How the connection ended.
    pub(crate) async fn ended(self) -> Result<(), String> {
        let Self {
            requests,
            connection,
        } = self;
        let ended = connection.await.expect("no panic");
        drop(requests);
        match ended {
            // The program had closed before the client's own last frame: all is over then.
            Err(error) if is_broken_pipe(&error) => Ok(()),
            ended => ended.map_err(|error| error.to_string()),
        }
    }
}

fn is_broken_pipe(error: &h2::Error) -> bool {
    let error = error.get_io().map(std::io::Error::kind);
    error == Some(std::io::ErrorKind::BrokenPipe)
}

impl Begun {
    /// Sends the rest of the body.
    pub(crate) fn send_rest(&mut self, body: &[u8]) {
        let body = Bytes::copy_from_slice(body);
        self.body.send_data(body, true).expect("it may send");
    }

    pub(crate) async fn end(self) -> Response {
        let (head, mut body) = self.response.await.expect("a response").into_parts();
        let bytes = whole(&mut body).await;
        let trailers = body.trailers().await.expect("trailers");
        Response {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
            trailers: trailers.unwrap_or_default(),
        }
    }
}

async fn whole(body: &mut RecvStream) -> Bytes {
    let mut bytes = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.expect("a whole body");
        let _ = body.flow_control().release_capacity(chunk.len());
        bytes.extend_from_slice(&chunk);
    }
    bytes.into()
}

/// A frame: <https://www.rfc-editor.org/rfc/rfc9113#section-4.1>.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// The frame HEADERS of a POST of JSON, with these flags.
pub(crate) fn post(path: &str, flags: u8, stream: u32) -> Vec<u8> {
    // Fields of the static table, and literal values for their names:
    // <https://www.rfc-editor.org/rfc/rfc7541#appendix-A>
    let mut block = vec![0x83, 0x86];
    for (name, value) in [
        (&[0x04][..], path),
        (&[0x01], "a"),
        (&[0x0f, 0x10], "application/json"),
    ] {
        block.extend(name);
        block.push(u8::try_from(value.len()).expect("short"));
        block.extend(value.bytes());
    }
    frame(HEADERS, END_HEADERS | flags, stream, &block)
}

/// The preface of a client, with its SETTINGS.
pub(crate) fn preface() -> Vec<u8> {
    [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
pub(crate) const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
