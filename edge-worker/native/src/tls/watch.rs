//! Takes the certificate of files that have changed.

use super::{Tls, TlsConfig};
use crate::log;
use crate::stamp::Stamp;
use throughline_edge::host::Level;

/// The files of a certificate and its key, with those who serve with them.
pub(crate) struct CertificateFiles {
    tls: Tls,
    config: TlsConfig,
    /// The files as they were last read, and as they were last seen.
    read: Stamps,
    seen: Stamps,
    /// Why they were refused. It is logged once.
    refused: Option<String>,
}

type Stamps = [Option<Stamp>; 2];

impl CertificateFiles {
    /// Files that were read a moment ago.
    pub(crate) fn new(tls: Tls, config: TlsConfig) -> Self {
        let stamps = stamps(&config);
        Self {
            tls,
            config,
            read: stamps,
            seen: stamps,
            refused: None,
        }
    }

    /// Reads the files once they have changed and then stayed the same. Those that were refused
    /// are read each time: a certificate may be valid by now, or a key have arrived.
    pub(crate) fn look(&mut self) {
        let now = stamps(&self.config);
        let is_whole = now == self.seen && now.iter().all(Option::is_some);
        if is_whole && now != self.read {
            self.refused = None;
            self.take();
        } else if is_whole && self.refused.is_some() {
            self.take();
        }
        self.seen = now;
    }

    /// Follows the files that a new configuration names, and reads them.
    pub(crate) fn follow(&mut self, config: &TlsConfig) {
        self.config = config.clone();
        self.refused = None;
        self.take();
    }

    /// Reads the files. What cannot be used changes nothing.
    fn take(&mut self) {
        self.read = stamps(&self.config);
        match self.tls.current.replace(&self.config) {
            Ok(()) => {
                self.refused = None;
                let path = self.config.certificate.display();
                let line = format!("the certificate is that of {path} now");
                log::line(Level::Info, &line);
            }
            Err(error) => {
                let reason = error.to_string();
                if self.refused.as_ref() != Some(&reason) {
                    let line = format!("the earlier certificate stays: {reason}");
                    log::line(Level::Error, &line);
                }
                self.refused = Some(reason);
            }
        }
    }
}

fn stamps(config: &TlsConfig) -> Stamps {
    [&config.certificate, &config.key].map(|file| Stamp::of(file))
}
