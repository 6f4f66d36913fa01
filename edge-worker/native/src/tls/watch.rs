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
        }
    }

    /// Reads the files once they have changed and then stayed the same.
    pub(crate) fn look(&mut self) {
        let now = stamps(&self.config);
        if now == self.seen && now != self.read && now.iter().all(Option::is_some) {
            self.take();
        }
        self.seen = now;
    }

    /// Follows the files that a new configuration names, and reads them.
    pub(crate) fn follow(&mut self, config: &TlsConfig) {
        self.config = config.clone();
        self.take();
    }

    /// Reads the files. What cannot be used changes nothing.
    fn take(&mut self) {
        self.read = stamps(&self.config);
        match self.tls.current.replace(&self.config) {
            Ok(()) => {
                let path = self.config.certificate.display();
                let line = format!("the certificate is that of {path} now");
                log::line(Level::Info, &line);
            }
            Err(error) => {
                let line = format!("the earlier certificate stays: {error}");
                log::line(Level::Error, &line);
            }
        }
    }
}

fn stamps(config: &TlsConfig) -> Stamps {
    [&config.certificate, &config.key].map(|file| Stamp::of(file))
}
