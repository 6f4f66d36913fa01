//! The cost of a request by each protocol that the native host speaks.

use super::batch::{Encoding, Request};
use super::flags::Flags;
use super::load::Responses;
use super::programs::{Program, free_port, written};
use super::results::Results;
use super::usage::{Usage, peak_memory};
use crate::command::{command, run};
use crate::failure::Failure;
use crate::process::Interrupt;
use crate::serve::native;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Sends the same requests by each protocol in turns, each round with another first, and prints what
/// the host spends on a span. It exports nothing.
pub(super) fn measure(
    throughline: &Path,
    flags: &Flags,
    folder: &Path,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let generator = native::release_build("throughline-load")?;
    let certificate = Certificate::new(folder)?;
    for spans in [20, 500] {
        let request = Request::new(spans, Encoding::Identity, folder)?;
        let body = folder.join(format!("{spans}.request"));
        std::fs::write(&body, &request.body).map_err(Failure::path(&body))?;
        println!("Protocols: {}\n", request.title());
        let start = |native: &str| Host::start(throughline, native, folder, interrupt);
        let hosts = [start("")?, start(&certificate.table())?];
        let usage = Usage::new()?;
        let requests = flags.spans.div_ceil(spans);
        let send = |row: &Row, requests: usize| {
            let host = &hosts[usize::from(row.has_tls)];
            let port = match row.protocol {
                "grpc" => host.grpc,
                _ => host.program.port,
            };
            let mut load = command("nice", &[]);
            load.arg(&generator).arg(row.protocol);
            load.arg(port.to_string()).arg(&body);
            load.arg(requests.to_string());
            if row.has_tls {
                load.arg(&certificate.file);
            }
            let process = host.program.process.id();
            let before = usage.cpu_time(process)?;
            run(&mut load)?;
            Ok::<_, Failure>(usage.cpu_time(process)?.saturating_sub(before))
        };
        let mut results = Results::new(ROWS.iter().map(|row| row.name.to_owned()).collect());
        for row in &ROWS {
            send(row, requests.div_ceil(10))?;
        }
        for round in 0..flags.rounds {
            for turn in 0..ROWS.len() {
                let index = (round + turn) % ROWS.len();
                let spent = send(&ROWS[index], requests)?;
                // The generator fails at any other response.
                let responses = Responses::from([(200, requests)]);
                results.record(index, spent, requests * spans, &responses);
            }
        }
        for (index, row) in ROWS.iter().enumerate() {
            let host = &hosts[usize::from(row.has_tls)];
            results.set_peak_memory(index, peak_memory(host.program.process.id())?);
        }
        println!("{results}");
    }
    Ok(())
}

struct Row {
    name: &'static str,
    /// As the generator names it.
    protocol: &'static str,
    has_tls: bool,
}

impl Row {
    const fn new(name: &'static str, protocol: &'static str, has_tls: bool) -> Self {
        Self {
            name,
            protocol,
            has_tls,
        }
    }
}

/// The others are compared with the first.
const ROWS: [Row; 6] = [
    Row::new("HTTP/1.1", "http1", false),
    Row::new("the same again", "http1", false),
    Row::new("HTTP/2", "http2", false),
    Row::new("HTTP/2, TLS", "http2", true),
    Row::new("OTLP/gRPC", "grpc", false),
    Row::new("OTLP/gRPC, TLS", "grpc", true),
];

/// A host with both ports, whose backend takes all and does nothing.
struct Host {
    program: Program,
    grpc: u16,
}

impl Host {
    fn start(
        throughline: &Path,
        native: &str,
        folder: &Path,
        interrupt: &Interrupt,
    ) -> Result<Self, Failure> {
        let (port, grpc) = (free_port()?, free_port()?);
        let config = format!(
            "open = true\n[backend]\nkind = \"null\"\n\
             [native]\nlisten = \"127.0.0.1:{port}\"\nthreads = 1\n\
             [native.grpc]\nlisten = \"127.0.0.1:{grpc}\"\n{native}"
        );
        let file = written(&folder.join(format!("{port}.toml")), &config)?;
        let mut command = Command::new(throughline);
        command.arg("--config").arg(file);
        let accepts = || TcpStream::connect(("127.0.0.1", grpc)).is_ok();
        let name = "throughline";
        let program = Program::start(name, &mut command, port, folder, accepts, interrupt)?;
        Ok(Self { program, grpc })
    }
}

/// A certificate for localhost, which a client trusts by itself.
struct Certificate {
    file: PathBuf,
    key: PathBuf,
}

impl Certificate {
    fn new(folder: &Path) -> Result<Self, Failure> {
        let config = written(&folder.join("openssl.cnf"), OPENSSL)?;
        let (file, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        let mut openssl = command("openssl", &["req", "-x509", "-nodes", "-days", "2"]);
        openssl.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
        openssl.arg("-config").arg(config);
        openssl.arg("-out").arg(&file).arg("-keyout").arg(&key);
        run(&mut openssl)?;
        Ok(Self { file, key })
    }

    fn table(&self) -> String {
        let (file, key) = (self.file.display(), self.key.display());
        format!("[native.tls]\ncertificate = \"{file}\"\nkey = \"{key}\"\n")
    }
}

/// No authority's certificate: clients take none of those for a server's.
const OPENSSL: &str = "[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = localhost
[extensions]
basicConstraints = critical, CA:FALSE
subjectAltName = DNS:localhost
";
