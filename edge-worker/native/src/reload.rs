//! Takes a configuration file that has changed, while the program serves.
//!
//! A file that is wrong changes nothing: the log says what is wrong with it, and the earlier
//! configuration stays.

use crate::config::{ConfigFile, NativeConfig};
use crate::kafka::KafkaConfig;
use crate::log;
use crate::queue::QueueConfig;
use crate::settings::Settings;
use crate::stamp::Stamp;
use crate::tls::CertificateFiles;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use throughline_edge::host::Level;
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::sleep;

/// The file of the configuration that the cores serve with.
pub(crate) struct Reload {
    path: PathBuf,
    /// The part that can only change with a restart.
    native: NativeConfig,
    queue: QueueConfig,
    kafka: KafkaConfig,
    max_series: usize,
    source_maps: Option<String>,
    stamp: Option<Stamp>,
    /// Why the file was refused. It is logged once.
    refused: Option<String>,
    certificate: Option<CertificateFiles>,
    hang_up: Signal,
}

impl Reload {
    /// Watches a file that was read. From now on SIGHUP does not end the program: one that
    /// listens may get it before its cores serve.
    ///
    /// # Errors
    /// The system's, which takes no handler of a signal.
    pub(crate) fn new(path: &Path, file: &ConfigFile) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let hang_up = {
            let _context = runtime.enter();
            signal(SignalKind::hangup())?
        };
        Ok(Self {
            hang_up,
            path: path.into(),
            native: file.native.clone(),
            queue: file.queue.clone(),
            kafka: file.kafka.clone(),
            max_series: file.edge.metrics.max_series,
            source_maps: file.edge.sourcemaps.directory.clone(),
            stamp: Stamp::of(path),
            refused: None,
            certificate: None,
        })
    }

    /// Watches the certificate that the cores have, too.
    pub(crate) fn with_certificate(self, certificate: Option<CertificateFiles>) -> Self {
        Self {
            certificate,
            ..self
        }
    }

    /// Gives the cores the settings of each new file, for as long as the program serves. It
    /// reads the file on SIGHUP, and once it has changed and then stayed the same. One that was
    /// refused is read each time: a file that it names may be there by now.
    pub(crate) async fn run(mut self, settings: watch::Sender<Settings>) {
        let mut seen = self.stamp;
        loop {
            tokio::select! {
                _ = self.hang_up.recv() => {
                    self.stamp = Stamp::of(&self.path);
                    self.refused = None;
                    self.take(&settings);
                }
                () = sleep(POLL) => {
                    let stamp = Stamp::of(&self.path);
                    // A file that is still being written is not read.
                    let is_whole = stamp.is_some() && stamp == seen;
                    if is_whole && stamp != self.stamp {
                        self.stamp = stamp;
                        self.refused = None;
                        self.take(&settings);
                    } else if is_whole && self.refused.is_some() {
                        self.take(&settings);
                    }
                    seen = stamp;
                    if let Some(certificate) = &mut self.certificate {
                        certificate.look();
                    }
                }
            }
        }
    }

    fn take(&mut self, settings: &watch::Sender<Settings>) {
        let file = match ConfigFile::read_usable(&self.path) {
            Ok(file) => file,
            Err(error) => return self.refuse(error.to_string()),
        };
        if self.queue.directory.is_none() && file.durable_backend().is_some() {
            return self.refuse(NO_QUEUE.into());
        }
        self.refused = None;
        if self.needs_restart(&file) {
            log::line(Level::Warning, RESTART);
        }
        if let (Some(files), Some(tls)) = (&mut self.certificate, &file.native.tls) {
            files.follow(tls);
        }
        settings.send_modify(|current| *current = current.changed(file));
        let line = format!("the configuration is that of {} now", self.path.display());
        log::line(Level::Info, &line);
    }

    fn refuse(&mut self, reason: String) {
        if self.refused.as_ref() != Some(&reason) {
            let line = format!("the earlier configuration stays: {reason}");
            log::line(Level::Error, &line);
        }
        self.refused = Some(reason);
    }

    fn needs_restart(&self, file: &ConfigFile) -> bool {
        let (now, new) = (&self.native, &file.native);
        (&now.listen, now.threads, now.log) != (&new.listen, new.threads, new.log)
            || now.end_after_ms != new.end_after_ms
            || now.grpc != new.grpc
            || now.tls.is_some() != new.tls.is_some()
            || self.queue != file.queue
            || self.kafka != file.kafka
            || self.max_series != file.edge.metrics.max_series
            || self.source_maps != file.edge.sourcemaps.directory
    }
}

const RESTART: &str = "native.listen, .threads, .end_after_ms, .log and .grpc, whether there is a native.tls, [queue], [kafka], metrics.max_series and sourcemaps.directory change with a restart only";
const NO_QUEUE: &str =
    "a backend is durable, and the queue for it starts with the program only; restart it";
/// How often the file is looked at.
const POLL: Duration = Duration::from_millis(500);
