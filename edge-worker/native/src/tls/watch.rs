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

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::generate_simple_self_signed;
    use std::fs::{self, File};

    #[test]
    fn files_that_were_refused_are_read_again_without_another_change() {
        let directory =
            std::env::temp_dir().join(format!("throughline-tls-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory");
        let config = TlsConfig {
            certificate: directory.join("certificate.pem"),
            key: directory.join("key.pem"),
        };
        let [first, second] = [(); 2].map(|()| {
            let made = generate_simple_self_signed(["localhost".to_owned()]);
            let made = made.expect("a certificate");
            (made.cert.pem(), made.signing_key.serialize_pem())
        });
        fs::write(&config.certificate, &first.0).expect("written");
        fs::write(&config.key, &first.1).expect("written");
        let tls = Tls::open(&config).expect("a certificate");
        let mut files = CertificateFiles::new(tls, config.clone());
        // The key arrives later, within the time that a file system tells apart.
        fs::write(&config.certificate, [&second.0, "\n"].concat()).expect("written");
        files.look();
        files.look();
        let refused = files.refused.clone().expect("the key of another");
        assert!(
            refused.contains("is not that of the certificate"),
            "{refused}"
        );
        let modified = fs::metadata(&config.key).and_then(|key| key.modified());
        fs::write(&config.key, &second.1).expect("written");
        let key = File::options().write(true).open(&config.key);
        let key = key.expect("it is there");
        key.set_modified(modified.expect("it is known"))
            .expect("set");
        assert_eq!(stamps(&config), files.read);
        files.look();
        assert_eq!(files.refused, None);
        fs::remove_dir_all(&directory).expect("it is there");
    }
}
